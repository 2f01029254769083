"""SQL lets a suite pass that is proven; Great Expectations is asked about any other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import duckdb
import pytest

from reachline.quality import proven, runner, validation
from reachline.quality.checks import (
    Check,
    GateError,
    Result,
    Suite,
    between,
    equal,
    never_null,
    no_group,
    no_row,
    one_of,
    unique,
)
from reachline.quality.model import suites
from reachline.settings import Thresholds
from tests.gates.definitions import WHOLE, definitions
from tests.gates.small_night import NIGHT, warehouse
from tests.gates.verdicts import both

COUNTED = Suite(
    "model",
    "t",
    "select unnest([1, 2, 2, null]) as id",
    ("id",),
    (
        no_row("id_is_small", "id > 2", "at most 2", "why"),
        no_group("ids_are_few", "select 1 as id from looked_at having count(*) > 9", "few", "why"),
    ),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tables of the suites that Great Expectations is asked about."""
    tables: list[str] = []
    sound = validation.validate

    def validate(
        con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]
    ) -> dict[str, tuple[Result, ...]]:
        tables.extend(suite.table for suite in suites)
        return sound(con, suites)

    monkeypatch.setattr(validation, "validate", validate)
    return tables


@pytest.fixture
def proven_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every suite for proven."""
    monkeypatch.setattr(runner, "is_proven", lambda _suite: True)


# --- who is asked --------------------------------------------------------------------------------


@pytest.mark.usefixtures("proven_too")
def test_a_proven_suite_passes_by_one_query(asked: list[str]) -> None:
    results = runner.run_suites(duckdb.connect(), [COUNTED])
    assert asked == []
    assert [(r.expectation, r.success, r.observed) for r in results] == [
        ("id_is_small", True, "0"),
        ("ids_are_few", True, "0"),
    ]


@pytest.mark.usefixtures("proven_too")
def test_a_suite_that_fails_is_handed_over_alone_and_whole(asked: list[str]) -> None:
    bad = replace(COUNTED, table="bad", checks=(never_null("id", "why"), *COUNTED.checks))
    results = runner.run_suites(duckdb.connect(), [bad, COUNTED])
    assert asked == ["bad"]
    assert [(r.table, r.expectation, r.observed, r.failing_keys) for r in results] == [
        ("bad", "id_is_never_null", "1 of 4 rows", ("NULL",)),
        ("bad", "id_is_small", "0", ()),
        ("bad", "ids_are_few", "0", ()),
        ("t", "id_is_small", "0", ()),
        ("t", "ids_are_few", "0", ()),
    ]


@pytest.mark.usefixtures("proven_too")
def test_great_expectations_has_the_last_word(asked: list[str]) -> None:
    """Its result is recorded also where SQL counts otherwise."""
    wrong = replace(COUNTED.checks[0], unexpected_count="count(*)")
    (result,) = runner.run_suites(duckdb.connect(), [replace(COUNTED, checks=(wrong,))])
    assert asked == ["t"]
    assert (result.success, result.observed) == (True, "0")


@pytest.mark.usefixtures("proven_too")
def test_a_count_that_is_null_is_no_pass(asked: list[str]) -> None:
    unknown = replace(COUNTED.checks[0], unexpected_count="sum(id) filter (where id > 9)")
    runner.run_suites(duckdb.connect(), [replace(COUNTED, checks=(unknown,))])
    assert asked == ["t"]


WARNED = replace(
    COUNTED,
    table="warned",
    checks=(replace(never_null("id", "why"), severity="warn"), *COUNTED.checks),
)


@pytest.mark.usefixtures("proven_too")
def test_a_warning_that_stands_is_not_judged_again(asked: list[str]) -> None:
    before = runner.run_suites(duckdb.connect(), [WARNED])
    assert asked == ["warned"]
    standing = {(r.table, r.expectation) for r in before if not r.success}
    assert standing == {("warned", "id_is_never_null")}
    assert runner.run_suites(duckdb.connect(), [WARNED], standing) == before
    assert asked == ["warned"]


@pytest.mark.usefixtures("proven_too")
@pytest.mark.parametrize(
    "suite",
    [
        # it blocks by now
        replace(WARNED, checks=(never_null("id", "why"), *COUNTED.checks)),
        # another check fails beside it
        replace(WARNED, checks=(*WARNED.checks, no_row("id_is_1", "id > 1", "x", "y"))),
        # nobody can count it
        replace(WARNED, checks=(replace(WARNED.checks[0], unexpected_count="null"),)),
        # it is another table's
        replace(WARNED, table="other"),
    ],
)
def test_any_other_failure_is_judged(asked: list[str], suite: Suite) -> None:
    runner.run_suites(duckdb.connect(), [suite], {("warned", "id_is_never_null")})
    assert asked == [suite.table]


def test_a_suite_that_is_not_proven_is_handed_over(asked: list[str]) -> None:
    assert all(result.success for result in runner.run_suites(duckdb.connect(), [COUNTED]))
    assert asked == ["t"]


def test_a_check_that_sql_can_not_count_is_handed_over(asked: list[str]) -> None:
    by_hand = Check(
        "most_is_small",
        "block",
        "why",
        "ExpectColumnMaxToBeBetween",
        {"column": "id", "max_value": 2},
        "at most 2",
    )
    (result,) = runner.run_suites(duckdb.connect(), [replace(COUNTED, checks=(by_hand,))])
    assert asked == ["t"]
    assert (result.success, result.observed) == (True, "2")


@pytest.mark.usefixtures("proven_too")
@pytest.mark.parametrize(
    ("suite", "words"),
    [
        (
            replace(COUNTED, checks=(*COUNTED.checks, never_null("other", "why"))),
            "gate model: t: other_is_never_null could not be run: .*other",
        ),
        (replace(COUNTED, rows="select * from gone"), "t: the query of its rows could not.*gone"),
    ],
)
def test_what_can_not_be_counted_is_an_error_and_no_pass(suite: Suite, words: str) -> None:
    with pytest.raises(GateError, match=words):
        runner.run_suites(duckdb.connect(), [suite])


def test_a_good_night_imports_no_great_expectations() -> None:
    code = (
        "import sys\n"
        "from reachline.quality import model, staging\n"
        "from reachline.quality.runner import run_suites\n"
        "from tests.gates.small_night import NIGHT, warehouse\n"
        "run_suites(warehouse(), [*staging.suites(NIGHT), *model.suites(NIGHT)])\n"
        "sys.exit('great_expectations' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- what is proven ------------------------------------------------------------------------------


def test_what_is_listed_as_proven_are_the_suites_that_were_compared() -> None:
    """Red after an edit of a suite: `make proven` compares both verdicts and lists it."""
    assert proven.FILE.read_text(encoding="utf-8") == proven.listing(definitions())


def test_a_definition_is_the_same_whatever_the_night_and_the_thresholds() -> None:
    other = replace(
        NIGHT,
        logical_date=date(2031, 12, 24),
        as_of_end=datetime(2031, 12, 25, 0, 30),  # noqa: DTZ001 - UTC, as in the models
        first_seq=71234,
        thresholds=Thresholds(
            fx_missing_block_share=0.000015, fx_stale_days=90, authenticity_min_score=7
        ),
    )
    assert [proven.entry(s) for s in suites(other)] == [proven.entry(s) for s in suites(NIGHT)]
    assert all(proven.is_proven(suite) for suite in suites(replace(WHOLE, first_seq=3)))


@pytest.mark.parametrize(
    "edited",
    [
        replace(COUNTED, rows=COUNTED.rows + " where id is not null"),
        replace(COUNTED, checks=COUNTED.checks[:1]),
        replace(COUNTED, checks=(no_row("id_is_small", "id >= 2", "x", "y"), COUNTED.checks[1])),
        replace(
            COUNTED,
            checks=(replace(COUNTED.checks[0], unexpected_count="0"), COUNTED.checks[1]),
        ),
    ],
)
def test_an_edited_definition_is_another_one(edited: Suite) -> None:
    assert proven.entry(edited) != proven.entry(COUNTED)


def test_no_rows_pass_every_check() -> None:
    con = warehouse()
    for suite in definitions():
        if suite.stage in ("staging", "model"):
            nothing = replace(suite, rows=f"select * from ({suite.rows}) where false")
            assert all(result.success for result in runner.count(con, nothing)), suite.table


def test_nulls_nan_and_doubles_count_the_same_by_both_verdicts() -> None:
    rows = """
    select * from (values
        (1, 1, 1.5::double, 'a'), (1, 1, 'nan', null), (null, 1, null, 'b'), (null, 1, 2, 'b'),
        (null, null, 3, 'a'), (null, null, 9, 'a'), (2, null, 1e300, 'z'), (2, null, -1, 'q')
    ) as rows (a, b, c, d)
    """
    checks = (
        never_null("a", "why"),
        unique(("a",), "why"),
        replace(unique(("a", "b"), "why"), name="pairs_are_unique"),
        between("c", "why", low=0),
        replace(between("c", "why", low=0, high=10), name="c_is_small"),
        replace(between("c", "why", high=10), name="c_is_at_most_10"),
        one_of("d", ("a", "b"), "why"),
        equal("a", "b", "a_is_b", "why"),
        no_row("a_is_below_c", "a > c", "a <= c", "why"),
        no_group(
            "few_have_a_d",
            "select min(a) as a, b from looked_at group by b, d having count(*) > 1",
            "one row for each b and d",
            "why",
        ),
    )
    results = both(duckdb.connect(), [Suite("model", "t", rows, ("a",), checks)])
    assert {result.expectation: result.observed for result in results} == {
        "a_is_never_null": "4 of 8 rows",
        "grain_is_unique": "4 of 8 rows",  # 1 and 2 twice; four NULLs are compared with none
        "pairs_are_unique": "2 of 8 rows",  # (1, 1) twice
        "c_is_in_range": "1 of 8 rows",  # -1; NaN is above every number
        "c_is_small": "3 of 8 rows",  # -1, 1e300, NaN
        "c_is_at_most_10": "2 of 8 rows",  # 1e300, NaN
        "d_is_known": "2 of 8 rows",
        "a_is_b": "4 of 8 rows",  # the last two, and two that have b alone
        "a_is_below_c": "1",  # 2 > -1
        "few_have_a_d": "2",  # (1, b) and (NULL, a) twice
    }
