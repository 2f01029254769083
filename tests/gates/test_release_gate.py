"""Gate 4 sees what must not be served."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from reachline.quality import drift, release
from reachline.quality.contract import CONTRACT, VIEWS
from tests.gates import verdicts

ROWS = 60
# what is compared with the release before: test_drift.py
SUITES = [s for s in release.suites() if s.table not in (drift.DRIFT, drift.NIGHT)]
FILES = [release.FileFact("warehouse.duckdb", "abc", "abc")]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every table of the contract; texts with handles and nothing personal."""
    path = tmp_path_factory.mktemp("good") / "warehouse.duckdb"
    with opened(path) as con:
        for schema in release.PUBLISHED_SCHEMAS:
            con.execute(f"create schema {schema}")
        for table in CONTRACT:
            columns = {
                "core.dim_post": (
                    "cast(i as varchar) as post_id, 'by @user@host.example, 12.03.2026' as text"
                ),
                "core.dim_account": "i as account_id, 'call me maybe' as bio",
                "quality.rejects": "'b' || i as batch_id, 'order 0044 1234567890' as raw",
            }.get(table, "i")
            con.execute(f"create table {table} as select {columns} from range({ROWS}) t(i)")
        for view in VIEWS:
            con.execute(f"create view {view} as select * from core.dim_post")
    return path


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(path)) as con:
        yield con
        con.execute("checkpoint")


@pytest.fixture
def candidate(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(good, tmp_path / "warehouse.duckdb"))


def execute(sql: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        with opened(path) as con:
            con.execute(sql)

    return spoil


def view_on_another_database(path: Path) -> None:
    with opened(path) as con:
        con.execute("attach ':memory:' as work; create table work.main.t as select 1 as a")
        con.execute("create view reports.bad as select * from work.main.t")


def leave_a_log(path: Path) -> None:
    path.with_name(path.name + ".wal").touch()


SPOIL: dict[str, Callable[[Path], None]] = {
    "contract_tables_are_there": execute("drop table core.fct_clicks"),
    "rows_equal_the_working_file": execute("delete from core.fct_orders where i = 0"),
    "no_write_ahead_log": leave_a_log,
    "views_stand_alone": view_on_another_database,
    "nothing_else_is_served": execute("create schema staging; create table staging.t (i int)"),
    "no_email_address": execute(
        "update core.dim_post set text = 'write to Joe.Doe+shop@mail.example.com!' "
        "where post_id = '7'"
    ),
    "no_phone_number": execute(
        "update core.dim_account set bio = 'whatsapp +4915112345678' where account_id = 7"
    ),
}


def keys(*post_ids: str) -> dict[str, pa.Table]:
    return {"core.dim_post": pa.table({"post_id": post_ids})}


def red(path: Path, **changes: object) -> dict[str, tuple[str, ...]]:
    rows = dict.fromkeys(CONTRACT, ROWS)
    arguments = {"working_rows": rows, "files": FILES, **changes}
    facts = release.gather(path, **arguments)  # type: ignore[arg-type]
    try:
        return verdicts.red(facts, SUITES)
    finally:
        facts.close()


def test_a_sound_candidate_passes(candidate: Path) -> None:
    rows = dict.fromkeys(CONTRACT, ROWS)
    facts = release.gather(candidate, rows, FILES)
    assert all(result.success for result in verdicts.both(facts, SUITES))
    facts.close()


@pytest.mark.parametrize("check", SPOIL)
def test_a_bad_input_turns_each_check_red(candidate: Path, check: str) -> None:
    SPOIL[check](candidate)
    found = red(candidate)
    assert check in found
    assert found[check], "a failing check shows which rows are meant"


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (execute("drop view views.posts"), "contract_tables_are_there"),
        (
            execute("create view main.hidden as select * from core.dim_post"),
            "nothing_else_is_served",
        ),
    ],
)
def test_a_view_that_is_gone_or_bad_is_found(
    candidate: Path, spoil: Callable[[Path], None], check: str
) -> None:
    spoil(candidate)
    assert set(red(candidate)) == {check}


def test_a_hash_that_is_not_the_file_s_is_found(candidate: Path) -> None:
    wrong = [*FILES, release.FileFact("tables/fct_orders.parquet", "abc", "abd")]
    assert red(candidate, files=wrong) == {"hash_matches": ("tables/fct_orders.parquet",)}


def test_every_check_of_the_gate_has_a_bad_input() -> None:
    known = {check.name for suite in SUITES for check in suite.checks}
    assert {*SPOIL, "hash_matches"} == known


def test_only_texts_that_the_night_wrote_are_searched(candidate: Path) -> None:
    SPOIL["no_email_address"](candidate)
    assert red(candidate, touched=keys("8")) == {}
    found = red(candidate, touched=keys("7", "8"))
    assert found == {"no_email_address": ("core.dim_post | text | 7",)}


@pytest.mark.parametrize(
    "text",
    [
        "@user@host.example",
        "a@b",
        "2@3 for 4.50",
        "see https://host.example/@user",
        "me @ host.com",
        "https://host.example/@user@other.example/1",
        "https://host.example/%40user%40other.example/1",
        "https://x.example/cup@2x.png?w=1",
        "https://x.example/cup@3x.JPEG",
        "npm i react@18.2.0",
        "2026-03-01T10:00:00+00:00",
        "+1.5 %, +12, + 100 000 000 views",
        "7421953286341 #1001 1234567890.1700000000",
        "https://x.example/?t=+4915112345678",
        "hashed-lgaihdjbkjmmadlapakiggkaolcabbcn",
        "/data/published/releases/.2026-03-01-0001.partial/warehouse.duckdb",
        "[✉] or [☎]",
        # what staging lets stand, as nobody could be reached by it
        "½@mail.example joe@-mail.example",
        "фото@2x.png",
        "https://x.example/?q=a,+491711234567 https://x.example/(+491711234567",
    ],
)
def test_what_looks_like_an_address_and_is_none_passes(candidate: Path, text: str) -> None:
    with opened(candidate) as con:
        con.execute("update core.dim_post set text = ?", [text])
    assert red(candidate) == {}


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("joe@mail.example", "no_email_address"),
        ("grin:joe@mail.example", "no_email_address"),
        ("https://x.example/?e=joe%40mail.example", "no_email_address"),
        ("https://joe:word@mail.example/", "no_email_address"),
        ("joe＠mail.example", "no_email_address"),
        ("иван@пример.рф", "no_email_address"),
        ("cup@2x.png, joe@mail.example", "no_email_address"),
        ("@ann@mail.example joe@mail.example", "no_email_address"),
        ("+49 171 1234567", "no_phone_number"),
        ("cust +491711234567", "no_phone_number"),
        ('"+1 415-555-0132"', "no_phone_number"),
    ],
)
@pytest.mark.parametrize(
    "where",
    [
        "alter table core.fct_orders add column customer_id varchar; "
        "update core.fct_orders set customer_id = $text where i = 7",
        "alter table core.dim_hashtag add column tags varchar[]; "
        "update core.dim_hashtag set tags = ['a', $text] where i = 7",
        "alter table reports.compliance add column about struct(said varchar, day date); "
        "update reports.compliance set about = {'said': $text, 'day': null} where i = 7",
        "create table meta.stranger as select $text as word",
    ],
)
def test_every_text_of_every_table_is_searched(
    candidate: Path, where: str, text: str, check: str
) -> None:
    with opened(candidate) as con:
        for statement in where.split("; "):
            con.execute(statement, {"text": text} if "$text" in statement else None)
    assert check in red(candidate)


def test_a_handle_that_names_its_server_is_one_on_such_a_platform_alone(candidate: Path) -> None:
    with opened(candidate) as con:
        con.execute("alter table core.dim_account add column handle varchar")
        con.execute("alter table core.dim_account add column platform varchar")
        con.execute("update core.dim_account set handle = 'a@host.example', platform = 'mastodon'")
    assert red(candidate) == {}
    with opened(candidate) as con:
        con.execute("update core.dim_account set platform = 'x' where account_id = 7")
    assert red(candidate) == {"no_email_address": ("core.dim_account | handle | 7",)}
    with opened(candidate) as con:
        con.execute("alter table core.fct_clicks add column post_id varchar")
        con.execute("alter table core.fct_clicks add column account_id varchar")
        con.execute("update core.fct_clicks set post_id = 'mastodon:a@host.example'")
        con.execute("update core.dim_account set platform = 'mastodon'")
    assert red(candidate) == {}
    with opened(candidate) as con:
        con.execute("update core.fct_clicks set account_id = 'x:a@host.example' where i = 7")
    assert set(red(candidate)) == {"no_email_address"}
    with opened(candidate) as con:
        con.execute("update core.fct_clicks set account_id = null")
        con.execute("update core.dim_account set bio = handle")
    assert "no_email_address" in red(candidate)


def test_a_brand_s_name_with_its_server_is_no_address_wherever_it_stands(candidate: Path) -> None:
    with opened(candidate) as con:
        con.execute("alter table core.dim_post add column mentions varchar[]")
        con.execute("update core.dim_post set mentions = ['b', 'acme@social.example', 'c']")
    assert set(red(candidate)) == {"no_email_address"}
    assert red(candidate, names=["acme@social.example"]) == {}
    assert set(red(candidate, names=["cme@social.example"])) == {"no_email_address"}


def test_the_key_that_is_shown_holds_no_address(candidate: Path) -> None:
    with opened(candidate) as con:
        con.execute("update core.dim_post set post_id = 'x:joe@mail.example' where post_id = '7'")
    assert red(candidate) == {"no_email_address": ("core.dim_post | post_id | x:…",)}
