"""A person is removed from everything that a home holds, and her figures alone go with her."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import psycopg
import pytest

from reachline.erasure import Asked, PersonError, asked, finish_pending, forget
from reachline.erasure import forget as forget_person
from reachline.erasure.certificate import STATISTICS
from reachline.erasure.person import find_person
from reachline.landing import State, commit_states, manifests, verify
from reachline.night import NightBusyError, run_night
from reachline.night.lock import LOCK
from reachline.publish.postgres import copy_to_postgres, erase_replaced
from reachline.publish.releases import current_release, releases
from reachline.publish.rewriting import recover_releases
from reachline.publish.storage import copy_again, copy_to_storage
from reachline.settings import Paths, PostgresCopy, Settings, StorageCopy
from tests.shared import postgres_server
from tests.unit.erasure.two_people import (
    ADDRESS,
    CHANNEL,
    CREATOR,
    DID,
    HANDLE,
    NATIVE,
    SECRETS,
    SKY,
    TOOT,
    places_of,
    write_airflow,
)
from tests.unit.nights import copy_of
from tests.unit.publish.small_release import publish_release

THIRD = date(2026, 3, 3)


def found_of_her(settings: Settings) -> dict[str, list[str]]:
    found = {name: list(places_of(settings.paths.home, text)) for name, text in SECRETS.items()}
    return {name: places for name, places in found.items() if places}


@pytest.fixture
def landed(landed_people: Settings, tmp_path: Path) -> Settings:
    return copy_of(landed_people, tmp_path / "landed")


HERS = {
    *(f"handle instagram:{HANDLE}", f"handle bluesky:{SKY}", f"handle youtube:{CHANNEL.lower()}"),
    *("handle mastodon:annameier@social.example", f"account instagram:{NATIVE}"),
    *(f"account bluesky:{DID}", f"account mastodon:{TOOT}", f"account youtube:{CHANNEL.lower()}"),
    *(f"creator {CREATOR}", "collaboration col-1", "code moka10", "link link-1"),
    f"email {hashlib.sha256(ADDRESS.encode()).hexdigest()}",
    *("customer cust-anna-7", "post instagram:ig-anna-0000001"),
    *("post instagram:ig-anna-0000002", "post youtube:vid-of-anna-1"),
}


def test_a_database_that_others_hold_is_told_of_and_done_the_next_time(
    landed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Airflow's, beside its services; a table without rowids is read like any other."""
    monkeypatch.setattr("reachline.erasure.leftovers.WAIT_SECONDS", 0.1)
    path = write_airflow(landed)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("create table keyed (key text primary key) without rowid")
        other.execute("insert into keyed values (?)", [f"account:{HANDLE}"])
        other.execute("begin exclusive")
        done = forget(landed, asked(landed, "instagram", HANDLE, None))
        assert not done.is_whole
        assert any("database is locked: stop Airflow" in text for text in done.not_done)
        other.execute("rollback")
    assert [each.is_whole for each in finish_pending(landed)] == [True]
    assert found_of_her(landed) == {}


@pytest.mark.parametrize(
    "what",
    [
        ("instagram", HANDLE),
        ("instagram", "@" + HANDLE.upper()),
        ("instagram", NATIVE),
        ("bluesky", DID),
        ("bluesky", SKY),
        ("youtube", CHANNEL),
        ("mastodon", "annameier@social.example"),
        ("mastodon", TOOT),
        (None, ADDRESS.upper()),
        (None, hashlib.sha256(ADDRESS.encode()).hexdigest()),
    ],
)
def test_whatever_she_is_asked_by_it_is_all_of_her(
    landed_people: Settings, what: tuple[str | None, str]
) -> None:
    platform, value = what
    who = asked(landed_people, platform, value if platform else None, None if platform else value)
    person = find_person(landed_people, who)
    found = {f"{kind} {text}" for kind, text in person.things}
    assert found >= HERS
    assert not [text for text in found if "ben" in text or "112233" in text]


def test_a_creator_of_files_alone_and_a_visitor_by_the_hash(landed: Settings) -> None:
    ben = find_person(landed, Asked(platform="instagram", account="ben.pours"))
    assert ("creator", "crt-ben") in ben.things
    assert ("customer", "cust-900002") in ben.things
    assert ("creator", CREATOR) not in ben.things
    nobody = hashlib.sha256(b"visitor@people.example").hexdigest()
    done = forget(landed, asked(landed, None, None, nobody))
    assert done.removed == []
    assert done.is_whole


@pytest.mark.parametrize(
    ("platform", "account", "email", "told"),
    [
        ("instagramm", "anna", None, "did you mean instagram"),
        ("instagram", "acmecoffee", None, "is an account of the brand acme"),
        ("instagram", None, None, "say who"),
        (None, None, "nobody", "no e-mail address"),
        ("instagram", "anna", ADDRESS, "not both"),
        ("instagram", "anna brews", None, "neither a handle nor an id"),
    ],
)
def test_what_names_nobody_is_refused(
    landed_people: Settings,
    platform: str | None,
    account: str | None,
    email: str | None,
    told: str,
) -> None:
    with pytest.raises(PersonError, match=told):
        asked(landed_people, platform, account, email)


def test_a_dry_run_changes_nothing_and_says_the_same(landed: Settings) -> None:
    def state() -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for path in landed.paths.home.rglob("*")
            if path.is_file()
            and path.suffix != ".lock"
            and path.name != "home.key"
            and not path.name.startswith(".")
        }

    before = state()
    dry = forget(landed, asked(landed, "instagram", HANDLE, None), is_dry=True)
    assert state() == before
    wet = forget(landed, asked(landed, "instagram", HANDLE, None))
    assert {(r.where, r.count) for r in wet.removed} == {(r.where, r.count) for r in dry.removed}


def test_the_certificate_names_nobody(landed: Settings) -> None:
    done = forget(landed, asked(landed, "instagram", HANDLE, None))
    (told,) = landed.paths.erasure.glob(f"{done.person}-*.json")
    (text,) = landed.paths.erasure.glob(f"{done.person}-*.txt")
    body = json.loads(told.read_text(encoding="utf-8"))
    assert body["person"] == done.person
    assert {"where": "landing", "what": "rows of theirs", "count": 17} in body["removed"]
    assert "rows of theirs: 17" in text.read_text(encoding="utf-8")
    assert found_of_her(landed) == {}


def test_nobody_is_forgotten_while_a_night_runs(landed: Settings) -> None:
    with (landed.paths.home / LOCK).open("a+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(NightBusyError, match="another run is under way"):
            forget(landed, asked(landed, "instagram", HANDLE, None))


STEPS = [
    *("_landing", "_manifests", "_warehouse", "_kept", "_releases", "_texts", "_databases"),
    *("_copies", "_left"),
]


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_before_any_step_is_made_good(
    landed: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"reachline.erasure.forgetting._Work.{step}", killed)
        with pytest.raises(KeyboardInterrupt):
            forget(landed, asked(landed, "instagram", HANDLE, None))
    assert list(landed.paths.erasure.glob("pending-*.json"))
    (done,) = finish_pending(landed)
    assert done.is_whole
    assert list(landed.paths.erasure.glob("pending-*.json")) == []
    assert found_of_her(landed) == {}
    assert verify(landed.paths.landing) == []


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_kill_between_two_batches_is_made_good(
    landed: Settings, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    from reachline.landing import rewrite_batch

    calls = 0

    def few(*args: Any, **more: Any) -> object:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return rewrite_batch(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr("reachline.night.screening.rewrite_batch", few)
        with pytest.raises(KeyboardInterrupt):
            forget(landed, asked(landed, "instagram", HANDLE, None))
    # she is not found by her creator any more: what was found at first is what counts
    done = forget(landed, asked(landed, "instagram", HANDLE, None))
    assert done.is_whole
    assert found_of_her(landed) == {}
    assert verify(landed.paths.landing) == []


def test_a_release_that_a_kill_left_between_two_names_is_put_back(tmp_path: Path) -> None:
    release = publish_release(tmp_path)
    gone = release.path.with_name(f".{release.release_id}.gone.partial")
    release.path.rename(gone)
    recover_releases(tmp_path / "published")
    assert current_release(tmp_path / "published") is not None
    assert not gone.exists()
    # killed after the new one has its name
    gone.mkdir()
    (gone / "warehouse.duckdb").write_bytes(b"of her")
    recover_releases(tmp_path / "published")
    assert not gone.exists()
    assert [r.release_id for r in releases(tmp_path / "published")] == [release.release_id]


def test_copies_in_storage_become_what_releases_are_now(tmp_path: Path) -> None:
    target = StorageCopy(url=f"file://{tmp_path}/bucket")
    paths = Paths(tmp_path)
    for build, day in enumerate((date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11)), 1):
        copy_to_storage(paths, target, publish_release(tmp_path, build=build, rows=9, day=day))
    first, second, third = releases(tmp_path / "published")
    shutil.rmtree(first.path)
    copies = tmp_path / "bucket" / "releases"
    stale = copies / second.release_id / "warehouse.duckdb"
    stale.write_bytes(b"of her")
    removed = copy_again(paths, target, [second, third], third)
    assert removed == [first.release_id]
    assert stale.read_bytes() == (second.path / "warehouse.duckdb").read_bytes()
    assert sorted(path.name for path in copies.iterdir()) == [second.release_id, third.release_id]
    told = json.loads((tmp_path / "bucket" / "current.json").read_text(encoding="utf-8"))
    assert told["release_id"] == third.release_id


def test_a_word_that_reads_like_her_handle_stays(landed: Settings) -> None:
    """A hashtag on a server, a query for it, and a word of a language are nobody."""
    forget(landed, asked(landed, "mastodon", "coffee@social.example", None))
    queries = [batch.query for batch in manifests(landed.paths.landing)]
    assert "hashtag:coffee@social.example" in queries
    (statuses,) = (b for b in manifests(landed.paths.landing) if b.source == "mastodon")
    assert statuses.rows == 3


def test_what_runs_without_data_asked_and_the_index_name_her_no_more(
    landed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("reachline.landing.manifests"), "WORTH", 1)
    root = landed.paths.landing
    told = [
        State("posts", f"account:{SKY}", "no_data", "2026-03-01T10:00:00Z", {"at": DID}),
        State("posts", "hashtag:coffee", "no_data", "2026-03-01T10:00:00Z", {"at": "9"}),
        State("posts", "hashtag:tea", "no_data", "2026-03-01T10:00:00Z", {"at": DID}),
    ]
    commit_states(root, "bluesky", told, logical_date=date(2026, 3, 1), run_id="r")
    manifests(root, fresh=True)
    assert DID.encode() in (root / "_index").read_bytes()
    forget(landed, asked(landed, "bluesky", SKY, None))
    states = {b.query: b.cursor for b in manifests(root) if b.batch_id.startswith("bluesky-states")}
    assert states == {
        "account:[forgotten]": None,
        "hashtag:coffee": {"at": "9"},
        "hashtag:tea": None,
    }
    assert found_of_her(landed) == {}
    assert verify(root) == []


@pytest.mark.slow
def test_nothing_of_her_is_found_in_any_byte(settings: Settings) -> None:
    database = write_airflow(settings)
    for name, text in SECRETS.items():
        assert list(places_of(settings.paths.home, text)), name
    ids = [release.release_id for release in releases(settings.paths.published)]
    done = forget_person(settings, asked(settings, "instagram", HANDLE, None))
    assert done.is_whole, done.not_done
    assert found_of_her(settings) == {}
    with closing(sqlite3.connect(database)) as con:
        assert con.execute("select count(*) from xcom").fetchall() == [(1,)]
    assert [release.release_id for release in releases(settings.paths.published)] == ids
    for release in releases(settings.paths.published):
        for name, facts in release.about["files"].items():
            content = (release.path / name).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (
                *(facts["bytes"], facts["sha256"]),
            ), name
        assert release.about["rewritten"][0]["reason"] == "forgotten"
    current = current_release(settings.paths.published)
    assert current is not None
    assert current.release_id == ids[-1]
    told = """
        select
            (select count(*) from core.fct_orders), (select sum(net_revenue) from core.fct_orders),
            (select count(*) from core.fct_clicks), (select count(*) from core.dim_creator),
            (select count(*) from core.fct_clicks where collaboration_id is null)
    """
    with duckdb.connect(str(current.path / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute(told).fetchall() == [(3, 30, 2, 1, 1)]
        assert (
            con.execute(
                "select count(*) from duckdb_columns()"
                " where comment is not null and schema_name = 'core'"
            ).fetchall()[0][0]
            > 50
        )
    report = run_night(settings, THIRD)
    assert report.is_current
    assert found_of_her(settings) == {}
    with duckdb.connect(str(report.release.path / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute(told).fetchall() == [(3, 30, 2, 1, 1)]


@pytest.mark.slow
def test_no_file_of_the_database_that_copies_are_in_holds_her(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = current_release(settings.paths.published)
    assert release is not None
    with postgres_server() as (uri, folder):
        socket = quote(uri.split("host=")[1], safe="")
        monkeypatch.setenv("AIRFLOW_CONN_COPY_HERE", f"postgres://postgres@{socket}/postgres")
        target = PostgresCopy(connection="copy_here")
        copy_to_postgres(settings.paths, target, release)

        def held() -> set[str]:
            with psycopg.connect(uri, autocommit=True) as con:
                con.execute("checkpoint")
            found = [path for path in (folder / "base").rglob("*") if path.is_file()]
            files = [path.read_bytes().lower() for path in found]
            return {
                name
                for name, text in SECRETS.items()
                if any(text.lower().encode() in content for content in files)
            }

        assert {"handle", "id", "name", "post"} <= held()
        given = replace(settings, publish=settings.publish.model_copy(update={"postgres": target}))
        with psycopg.connect(uri) as reader:
            reader.execute("select count(*) from reachline_core.dim_creator")
            done = forget(given, asked(given, "instagram", HANDLE, None))
            assert any("somebody reads them" in text for text in done.not_done), done.not_done
        assert held()
        (done,) = finish_pending(given)
        assert done.is_whole, done.not_done
        assert held() == set()
        assert STATISTICS not in done.out_of_reach
        with psycopg.connect(uri) as con:
            asked_for = "select count(*) from reachline_core.dim_creator"
            assert con.execute(asked_for).fetchone() == (1,)


def test_a_login_that_does_not_own_the_database_is_told_what_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres_server() as (uri, _):
        with psycopg.connect(uri, autocommit=True) as con:
            con.execute("create role copier login")
            con.execute("grant create on database postgres to copier")
        socket = quote(uri.split("host=")[1], safe="")
        monkeypatch.setenv("AIRFLOW_CONN_COPY_HERE", f"postgres://copier@{socket}/postgres")
        target = PostgresCopy(connection="copy_here")
        copy_to_postgres(Paths(tmp_path), target, publish_release(tmp_path))
        assert not erase_replaced(Paths(tmp_path), target)


@pytest.mark.slow
def test_figures_are_those_of_a_home_that_never_knew_her(
    settings: Settings, tmp_path: Path
) -> None:
    from reachline.settings import load_settings
    from tests.unit.erasure.two_people import ROWS, as_csv, drop, land_records, status

    forget(settings, asked(settings, "instagram", HANDLE, None))
    night = run_night(settings, THIRD).release
    other = load_settings(tmp_path / "never", settings.config_dir)
    ben = [("112", status(2, "benpours")), ("113", status(3, "benpours", reblog=None))]
    land_records(other, "mastodon", "statuses", ben, "hashtag:coffee@social.example")
    for stream, rows in ROWS.items():
        kept = [row for row in rows if not is_hers(row)]
        drop(other, stream, f"{stream}.csv", as_csv([without(stream, row) for row in kept]))
    later = {"followers": "1100", "observed_at": "2026-03-02T09:00:00Z"}
    rows = [{**row, **later} for row in ROWS["profiles"] if not is_hers(row)]
    run_night(other, date(2026, 3, 1))
    drop(other, "profiles", "second.csv", as_csv(rows))
    run_night(other, date(2026, 3, 2))
    never = run_night(other, THIRD).release
    assert figures(night.path) == figures(never.path)


def is_hers(row: dict[str, str]) -> bool:
    marks = (CREATOR, HANDLE, "annameier", SKY, CHANNEL, "ig-anna", "cust-anna")
    of = row.get("collaboration_id") == "col-1"
    told = [row.get(name, "") for name in ("creator_id", "handle", "native_post_id")]
    customer = "order_id" not in row and row.get("customer_id", "").startswith("cust-anna")
    return of or customer or any(mark in text for mark in marks for text in told)


def without(stream: str, row: dict[str, str]) -> dict[str, str]:
    if stream == "orders":
        row = {**row, "discount_codes": row["discount_codes"].replace("MOKA10", "")}
        return {**row, "customer_id": row["customer_id"].replace("cust-anna-7", "")}
    if stream == "clicks" and row["link_id"] == "link-1":
        return {**row, "link_id": "", "landing_url": "[forgotten]"}
    if stream == "posts":
        return {**row, "text": row["text"].replace(f"@{HANDLE}", "[forgotten]")}
    return row


OTHERS = ("batch_id", "batch_ids", "batches", "run_id", "loaded_seq", "first_seen_sequence")
ASIDE = ("meta.", "quality.", "reports.data_health")


def figures(release: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All tables of a release but for what tells of batches."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as con:
        found = {}
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall():
            name = f"{schema}.{table}"
            if name.startswith(ASIDE):
                continue
            left = ", ".join(
                column
                for (column,) in con.execute(
                    "select column_name from duckdb_columns() where table_name = ?", [table]
                ).fetchall()
                if column in OTHERS
            )
            excluded = f"* exclude ({left})" if left else "*"
            found[name] = con.execute(f"select {excluded} from {name} order by all").fetchall()
        return found
