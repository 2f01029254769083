"""The Postgres copy, against a real server: whole, swapped in one step, and readable meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import psycopg
import pytest

from reachline.publish import postgres
from reachline.publish.connections import DeliveryError, needed_connection
from reachline.publish.postgres import copy_to_postgres
from reachline.publish.releases import Release
from reachline.settings import Paths, PostgresCopy
from tests.shared import postgres_server
from tests.unit.publish.small_release import publish_release

TARGET = PostgresCopy(connection="copy_here")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server() as (uri, _):
        yield uri


@pytest.fixture
def uri(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database without copies, and the Airflow connection that names it."""
    socket = server.split("host=")[1]
    monkeypatch.setenv(
        "AIRFLOW_CONN_COPY_HERE", f"postgres://postgres@{quote(socket, safe='')}/try"
    )
    # Airflow sets up its logging when it is first asked: not while a test listens
    needed_connection(Paths(tmp_path), "copy_here")
    with psycopg.connect(server, autocommit=True) as con:
        con.execute("drop database if exists try with (force)")
        con.execute("create database try")
    return server.replace("/postgres?", "/try?")


def copy(home: Path, release: Release, target: PostgresCopy = TARGET) -> dict[str, int]:
    return copy_to_postgres(Paths(home), target, release)


def schemas(uri: str) -> list[str]:
    with psycopg.connect(uri) as con:
        rows = con.execute(
            "select nspname from pg_namespace where nspname like 'reachline%' order by 1"
        )
        return [name for (name,) in rows.fetchall()]


COPIED = [
    "reachline_core",
    "reachline_meta",
    "reachline_quality",
    "reachline_reports",
    "reachline_views",
]


def test_every_table_is_there_with_all_its_rows_and_its_comments(uri: str, tmp_path: Path) -> None:
    release = publish_release(tmp_path)
    rows = copy(tmp_path, release)
    assert {name: n for name, n in rows.items() if name != "reports.late"} == release.about["rows"]
    assert rows["reports.late"] == 1, "a view is copied as a table"
    assert schemas(uri) == COPIED
    with (
        psycopg.connect(uri, options="-c timezone=UTC") as con,
        duckdb.connect(str(release.path / "warehouse.duckdb"), read_only=True) as served,
    ):
        for name in rows:
            if name == "core.dim_kinds":  # the next test
                continue
            theirs = [
                tuple(v.replace(tzinfo=None) if isinstance(v, datetime) else v for v in row)
                for row in con.execute(f"select * from reachline_{name}").fetchall()
            ]
            assert sorted(map(repr, theirs)) == sorted(
                map(repr, served.execute(f"select * from {name}").fetchall())
            ), name
        described = con.execute(
            "select obj_description('reachline_core.fct_facts'::regclass), "
            "col_description('reachline_core.fct_facts'::regclass, 4), "
            "obj_description('reachline_core'::regnamespace)"
        ).fetchone()
        assert described is not None
        assert described[:2] == ("A row is a fact; it's known.", "In EUR.")
        assert release.release_id in described[2]
        required = con.execute(
            "select column_name from information_schema.columns where is_nullable = 'NO' "
            "and table_schema = 'reachline_core' and table_name = 'fct_facts'"
        ).fetchall()
        assert required == [("fact_id",)]


def test_each_type_has_its_own_in_postgres(uri: str, tmp_path: Path) -> None:
    copy(tmp_path, publish_release(tmp_path))
    with psycopg.connect(uri) as con:
        con.execute("set timezone = 'UTC'")
        cursor = con.execute("select * from reachline_core.dim_kinds order by yes nulls last")
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
        first, nothing = (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
        kinds = dict(
            con.execute(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute "
                "where attrelid = 'reachline_core.dim_kinds'::regclass and attnum > 0"
            ).fetchall()
        )
    assert kinds == {
        **{"build": "integer", "yes": "boolean", "tiny": "smallint", "small": "smallint"},
        **{"whole": "integer", "large": "bigint", "byte": "smallint", "short": "integer"},
        **{"count": "bigint", "huge": "numeric(38,0)", "above": "numeric(38,0)", "half": "real"},
        **{"double": "double precision", "money": "numeric(28,10)", "day": "date"},
        **{"at": "timestamp with time zone", "zoned": "timestamp with time zone"},
        **{"words": "text", "bytes": "bytea", "tags": "text[]", "numbers": "integer[]"},
        **{"nested": "json", "record": "json", "long": "text", "unique_id": "text"},
        "clock": "text",
    }
    assert {name for name, value in nothing.items() if value is not None} == {"build"}
    assert first == {
        **{"build": 1, "yes": True, "tiny": -128, "small": -32768, "whole": 1},
        **{"large": -(2**63), "byte": 255, "short": 65535, "count": 2**32 - 1},
        **{"huge": Decimal(-(10**38) + 1), "above": Decimal(2**64 - 1), "half": 0.5},
        **{"double": 1e300, "money": Decimal("123456789012345678.0123456789")},
        "day": date(1969, 12, 31),
        "at": datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC),
        "zoned": datetime(2026, 3, 9, 22, tzinfo=UTC),
        "words": "a\u200d\"b'\\\ufffd\U0001f600",
        "bytes": b"\xaa\x00",
        "tags": ["a", None, 'b"{},\ufffd'],
        "numbers": [1, None],
        **{"nested": [[1], [2, None]], "record": {"a": 1, "b": "x"}},
        **{"long": "1 day", "unique_id": "00000000-0000-0000-0000-000000000001"},
        "clock": "23:59:59",
    }


def served(folder: Path, *statements: str) -> Release:
    """A release with tables of its own, of names that the models' YAML knows."""
    folder.mkdir()
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        for schema in ("core", "reports", "views", "meta"):
            con.execute(f"create schema {schema}")
        con.execute(
            "create table meta.tables (table_schema varchar, table_name varchar, description "
            "varchar); create table meta.columns (table_schema varchar, table_name varchar, "
            "column_name varchar, description varchar)"
        )
        for statement in statements:
            con.execute(statement)
    return Release("by-hand", 1, date(2026, 3, 10), True, folder, {"published_at": "now"})


def declared(uri: str) -> set[tuple[str, str]]:
    """The keys and references of a copy, in the catalogue, where BI tools look for them."""
    with psycopg.connect(uri) as con:
        rows = con.execute(
            "select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint "
            "where contype in ('p', 'f') and connamespace::regnamespace::text like 'reachline%'"
        ).fetchall()
    return {(table.removeprefix("reachline_"), what) for table, what in rows}


CREATORS = (
    "create table core.dim_creator (creator_id varchar not null, creator_name varchar)",
    "insert into core.dim_creator values ('c1', 'Ann')",
    "create table core.dim_account (account_id varchar not null, creator_id varchar)",
    # of two, one is of a creator that is not there
    "insert into core.dim_account values ('x:1', 'c1'), ('x:2', 'c2'), ('x:3', null)",
    "create table core.fct_account_daily (account_id varchar not null, date_day date not null)",
    "insert into core.fct_account_daily values ('x:1', '2026-03-01'), ('x:1', '2026-03-02')",
    # a column of its key may be NULL
    "create table core.dim_account_history (account_id varchar not null, valid_from timestamp)",
    "create view views.creator_accounts as from core.dim_account",
)


def test_keys_and_references_are_declared(uri: str, tmp_path: Path) -> None:
    release = served(tmp_path / "release", *CREATORS)
    with psycopg.connect(uri) as con:
        con.execute("create role draws login")
    target = PostgresCopy(connection="copy_here", reader_roles=("draws",))
    for _ in range(2):  # a copy with references is dropped whole
        copy(tmp_path, release, target)
        assert schemas(uri) == COPIED
    account = "FOREIGN KEY (account_id) REFERENCES reachline_core.dim_account(account_id) NOT VALID"
    creator = "FOREIGN KEY (creator_id) REFERENCES reachline_core.dim_creator(creator_id) NOT VALID"
    found = declared(uri.replace("postgres:@", "draws:@"))
    assert {one for one in found if not one[0].startswith("meta.")} == {
        ("core.dim_creator", "PRIMARY KEY (creator_id)"),
        ("core.dim_account", "PRIMARY KEY (account_id)"),
        ("core.dim_account", creator),
        ("core.fct_account_daily", "PRIMARY KEY (account_id, date_day)"),
        ("core.fct_account_daily", account),
        ("core.dim_account_history", account),
        ("views.creator_accounts", account),
        ("views.creator_accounts", creator),
    }


def test_a_key_that_postgres_cannot_hold_is_left_out_with_a_warning(
    uri: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Strangers may write hashtags that no index takes, or that U+0000 alone tells apart."""
    letters = random.Random(1).choices([chr(n) for n in range(0x4E00, 0x9000)], k=2_000)
    long, fits = "".join(letters), "".join(letters[:866])  # of three bytes each
    release = served(
        tmp_path / "release",
        *CREATORS,
        "create table core.dim_hashtag (hashtag varchar not null)",
        f"insert into core.dim_hashtag values ('coffee'), ('{long}')",
        "create table reports.hashtag_trends (hashtag varchar)",
        "create table core.dim_brand (brand_id varchar not null)",
        f"insert into core.dim_brand values ('{fits}')",
        "create table reports.code_health (code varchar not null, brand_id varchar)",
        "insert into reports.code_health values (chr(0), null), ('\ufffd', 'b1')",
    )
    rows = copy(tmp_path, release)
    assert (rows["core.dim_hashtag"], rows["reports.code_health"]) == (2, 2)
    assert [record.message.partition(" is not")[0] for record in caplog.records] == [
        "the key of core.dim_hashtag", "the key of reports.code_health"
    ]  # fmt: skip
    found = {what for table, what in declared(uri) if table.startswith(("core.", "reports."))}
    assert "PRIMARY KEY (brand_id)" in found, "as many bytes as are said to fit"
    assert "PRIMARY KEY (account_id)" in found
    brand = "FOREIGN KEY (brand_id) REFERENCES reachline_core.dim_brand(brand_id) NOT VALID"
    assert brand in found, "a table without a key refers all the same"
    assert not any("hashtag" in what or "code" in what for what in found)


def _read(uri: str, level: str, ready: Any, stop: Any, out: Any) -> None:
    """Read two tables in one statement, and two more in the same transaction, again and again."""
    builds: set[int] = set()
    problems: list[str] = []
    longest, reads = 0.0, 0
    with psycopg.connect(uri, autocommit=True) as con:
        con.execute(f"set default_transaction_isolation = '{level}'")
        ready.release()
        while not stop.is_set():
            started = time.perf_counter()
            try:
                with con.transaction():
                    found = con.execute(
                        "select build, count(*) from reachline_core.fct_facts group by build "
                        "union all select build, 1000 from reachline_meta.run"
                    ).fetchall()
                    stop.wait(0.001)
                    found += con.execute("select build, 1000 from reachline_meta.run").fetchall()
                    found += con.execute(
                        "select build, 500 * count(*) from reachline_core.dim_kinds group by build"
                    ).fetchall()
            except Exception as error:  # whatever a reader meets is what the test is about
                problems.append(repr(error))
                continue
            longest = max(longest, time.perf_counter() - started)
            if len(found) != 4 or len(set(found)) != 1 or found[0][1] != 1000:
                problems.append(f"mixed: {found}")
            builds.add(found[0][0])
            reads += 1
            stop.wait(0.002)
    out.put((reads, builds, longest, problems))


@pytest.mark.long
def test_readers_meet_no_error_and_no_mixed_release_over_twelve_copies(
    uri: str, tmp_path: Path
) -> None:
    copy(tmp_path, publish_release(tmp_path, 0))
    spawn = multiprocessing.get_context("spawn")
    ready, stop, out = spawn.Semaphore(0), spawn.Event(), spawn.Queue()
    readers = [
        spawn.Process(target=_read, args=(uri, level, ready, stop, out), daemon=True)
        for level in ("read committed", "repeatable read", "read committed")
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        assert ready.acquire(timeout=60)
    for build in range(1, 13):
        copy(tmp_path, publish_release(tmp_path, build))
    stop.set()
    answers = [out.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join(timeout=60)
    assert [problem for *_, problems in answers for problem in problems] == []
    assert all(reads > 10 for reads, *_ in answers)
    assert len(set().union(*(builds for _, builds, *_ in answers))) > 3, "readers saw swaps"
    assert schemas(uri) == COPIED


def test_a_transaction_that_stays_open_delays_a_copy_for_a_while_only(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(postgres, "SWAP_WAIT_SECONDS", 0.3)
    monkeypatch.setattr(postgres, "_DROP_WAIT_MS", 50)
    copy(tmp_path, publish_release(tmp_path, 1))
    with psycopg.connect(uri) as idle:
        idle.execute("select 1 from reachline_core.fct_facts limit 1")
        copy(tmp_path, publish_release(tmp_path, 2))
        assert "still open" in caplog.text
        assert "is left in Postgres" in caplog.text
        with psycopg.connect(uri) as con:
            assert con.execute("select build from reachline_meta.run").fetchall() == [(2,)]
        assert len(schemas(uri)) == len(COPIED) + 1, "what is still read is kept"
    copy(tmp_path, publish_release(tmp_path, 3))
    assert schemas(uri) == COPIED


def _copy_and_hang(home: str, before: str) -> None:
    """Copy, and hang just before a step, for the parent to kill."""

    def hang(*_: Any) -> None:
        Path(home, "hangs").touch()
        time.sleep(600)

    if before == "after the swap":
        swap = postgres._swap

        def swap_and_hang(connection: Any, cursor: Any, target: PostgresCopy) -> None:
            swap(connection, cursor, target)
            connection.commit()
            hang()

        setattr(postgres, "_swap", swap_and_hang)  # noqa: B010
    else:
        setattr(postgres, before, hang)
    copy_to_postgres(Paths(Path(home)), TARGET, _current(Path(home)))


def _current(home: Path) -> Release:
    from reachline.publish.releases import find_release

    return find_release(home / "published", "current")


@pytest.mark.parametrize("before", ["_count", "_swap", "after the swap"])
def test_a_copy_that_is_killed_leaves_a_whole_one_and_the_next_cleans_up(
    uri: str, tmp_path: Path, before: str
) -> None:
    copy(tmp_path, publish_release(tmp_path, 1))
    publish_release(tmp_path, 2)
    killed = multiprocessing.get_context("spawn").Process(
        target=_copy_and_hang, args=(str(tmp_path), before), daemon=True
    )
    killed.start()
    until = time.monotonic() + 60
    while not (tmp_path / "hangs").exists():
        assert killed.is_alive()
        assert time.monotonic() < until
        time.sleep(0.02)
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    killed.join()
    whole = 2 if before == "after the swap" else 1
    with psycopg.connect(uri) as con:
        facts = con.execute(
            "select build, count(*) from reachline_core.fct_facts group by build"
        ).fetchall()
        assert facts == [(whole, 1000)]
        assert con.execute("select build from reachline_meta.run").fetchall() == [(whole,)]
        until = time.monotonic() + 30
        while con.execute(
            "select 1 from pg_stat_activity where application_name = 'reachline'"
        ).fetchall():
            assert time.monotonic() < until, "the server has not noticed"
            time.sleep(0.05)
    assert len(schemas(uri)) == len(COPIED) * (1 if before == "_count" else 2)
    copy(tmp_path, publish_release(tmp_path, 3))
    assert schemas(uri) == COPIED
    with psycopg.connect(uri) as con:
        assert con.execute("select build from reachline_meta.run").fetchall() == [(3,)]


def test_a_reader_role_may_read_every_copy_and_write_none(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copies are made by a role that may no more than docs/deliveries.md grants it."""
    with psycopg.connect(uri, autocommit=True) as con:
        con.execute("create role looks_on login")
        con.execute("create role writes login")
        con.execute("grant connect, create on database try to writes")
    as_writer = os.environ["AIRFLOW_CONN_COPY_HERE"].replace("postgres@", "writes@")
    monkeypatch.setenv("AIRFLOW_CONN_COPY_HERE", as_writer)
    target = PostgresCopy(connection="copy_here", reader_roles=("looks_on",))
    for build in (1, 2):
        copy(tmp_path, publish_release(tmp_path, build), target)
        with psycopg.connect(uri.replace("postgres:@", "looks_on:@"), autocommit=True) as con:
            assert con.execute("select build from reachline_meta.run").fetchall() == [(build,)]
            assert con.execute("select count(*) from reachline_reports.late").fetchall() == [(1,)]
            for forbidden in (
                "delete from reachline_core.fct_facts",
                "create table reachline_core.mine (i int)",
                "drop table reachline_core.fct_facts",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    con.execute(forbidden)


def test_a_role_that_is_not_there_stops_the_copy_and_the_old_one_stays(
    uri: str, tmp_path: Path
) -> None:
    copy(tmp_path, publish_release(tmp_path, 1))
    target = PostgresCopy(connection="copy_here", reader_roles=("nobody_knows",))
    with pytest.raises(DeliveryError, match='role "nobody_knows" does not exist'):
        copy(tmp_path, publish_release(tmp_path, 2), target)
    assert schemas(uri) == COPIED
    with psycopg.connect(uri) as con:
        assert con.execute("select build from reachline_meta.run").fetchall() == [(1,)]


def test_somebody_elses_schema_is_never_replaced(uri: str, tmp_path: Path) -> None:
    with psycopg.connect(uri) as con:
        con.execute("create schema reachline_core")
        con.execute("create table reachline_core.mine as select 1 as i")
    with pytest.raises(DeliveryError, match="no copy of a release: reachline_core"):
        copy(tmp_path, publish_release(tmp_path))
    with psycopg.connect(uri) as con:
        assert con.execute("select i from reachline_core.mine").fetchall() == [(1,)]


def test_somebody_elses_view_keeps_the_copy_that_it_stands_on(
    uri: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy(tmp_path, publish_release(tmp_path, 1))
    with psycopg.connect(uri) as con:
        con.execute("create schema own")
        con.execute("create view own.runs as select build from reachline_meta.run")
    copy(tmp_path, publish_release(tmp_path, 2))
    assert "own.runs depends" in caplog.text
    with psycopg.connect(uri) as con:
        assert con.execute("select build from own.runs").fetchall() == [(1,)]


def test_two_copies_at_once_are_told_apart(uri: str, tmp_path: Path) -> None:
    release = publish_release(tmp_path)
    with psycopg.connect(uri) as con:
        con.execute("select pg_advisory_lock(hashtext('reachline'))")
        with pytest.raises(DeliveryError, match="another copy to reachline is under way"):
            copy(tmp_path, release)
    copy(tmp_path, release)


def test_no_error_tells_a_password(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = publish_release(tmp_path)
    for conn in (
        "postgres://me:hunter2secret@127.0.0.1:1/db",
        "postgres://me:hunter2secret@127.0.0.1:1/db?sslmode=hunter2secret",
    ):
        monkeypatch.setenv("AIRFLOW_CONN_COPY_HERE", conn)
        with pytest.raises(DeliveryError, match="copy_here") as caught:
            copy(tmp_path, release)
        assert "hunter2secret" not in str(caught.value)
        assert caught.value.__cause__ is None
    monkeypatch.setenv("AIRFLOW_CONN_COPY_HERE", "mysql://me:hunter2secret@127.0.0.1:1/db")
    with pytest.raises(DeliveryError, match="of the type mysql"):
        copy(tmp_path, release)
    monkeypatch.delenv("AIRFLOW_CONN_COPY_HERE")
    with pytest.raises(DeliveryError, match="AIRFLOW_CONN_COPY_HERE"):
        copy(tmp_path, release)
