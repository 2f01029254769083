"""The mutants themselves, and a sample of them in one world."""

from __future__ import annotations

import csv
from itertools import chain
from pathlib import Path

import duckdb
import pytest

from tests.mutants.__main__ import (
    JUDGED,
    Tried,
    _is_judged,
    aligned,
    choose,
    read_judged,
    report,
    run,
)
from tests.mutants.mutations import mutants, mutated, parsed, written
from tests.mutants.trial import UnitTrial
from tests.mutants.worlds import UnitTest, build_world, unit_tests

QUERY = """
select a, sum(b) filter (where c > 1) as total, coalesce(d, 0) as d
from t left join u on t.a = u.a
where e is not null and f = 'x'
group by all
"""

CHANGED = {
    "aggregate": ("sum(b)", "max(b)"),
    "calculate": ("not e is null and f = 'x'", "not e is null or f = 'x'"),
    "compare": ("c > 1", "c >= 1"),
    "default": ("coalesce(d, 0)", "d"),
    "filter": (" filter(where c > 1)", ""),
    "join": ("left join u", "join u"),
    "null": ("not e is null", "e is null"),
    "number": ("c > 1", "c > 2"),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_a_query_is_changed_in_one_place(kind: str) -> None:
    tree = parsed(QUERY)
    plain = written(tree).lower()
    before, after = CHANGED[kind]
    assert before in plain
    made = [mutated(tree, each).lower() for each in mutants(tree) if each.kind == kind]
    assert plain.replace(before, after, 1) in made
    assert written(tree).lower() == plain


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        # an aggregate passes NULLs over, a table has no order
        ("select max(a) filter (where a is not null) as a from t", ["aggregate", "null", "null"]),
        ("select a from t order by a", []),
        ("select max(a) filter (where b is not null) from t", ["filter"]),
        ("select list(a order by a) from t", ["order"]),
        # rows of a unit test are not changed
        ("with __dbt__cte__t as (select 1 as a where 1 > 0) select a from __dbt__cte__t", []),
    ],
)
def test_what_changes_nothing_is_no_mutant(sql: str, kinds: list[str]) -> None:
    made = [each.kind for each in mutants(parsed(sql))]
    assert set(kinds) <= set(made)
    assert made if kinds else not made
    assert "filter" not in made or "filter" in kinds


def test_whether_there_is_any_is_asked_of_the_smallest_as_well() -> None:
    tree = parsed("select 1 from t having max(a) filter (where b) is not null and max(c) > 1")
    assert [each.place for each in mutants(tree) if each.kind == "aggregate"] == ["MAX(c)"]


def test_equal_words_are_told_apart_by_what_they_are_for() -> None:
    tree = parsed("select coalesce(sign(a * b) * (a * b), a * b, (select max(a * b) from u))")
    found = [each.place for each in mutants(tree) if each.kind == "calculate"]
    assert sorted(found) == [
        "SIGN(a * b) * (a * b)",
        "a * b",
        "a * b",
        "a * b, for its sign",
        "a * b, in a default",
    ]


def test_a_mutant_of_a_model_is_found_in_its_unit_test() -> None:
    model = mutants(parsed("select a + 1 as a from t where day < date '2026-03-11' and b > 2"))
    test = mutants(
        parsed(
            "with __dbt__cte__t as (select 1 as a), u as (select max(a) as a from v) "
            "select a + 1 as a from t where day < date '2026-04-01' and b > 2"
        )
    )
    found = aligned(model, test)
    assert {model[ours].kind: test[theirs].kind for ours, theirs in found.items()} == {
        each.kind: each.kind for each in model
    }
    assert len(found) == len(model) == len(test) - 1


@pytest.fixture
def doubled() -> UnitTrial:
    """A unit test of a model that doubles numbers."""
    sql = "select a * 2 as a from (values (0), (2)) as t (a)"
    query = (
        f"with made as ({sql}) select a, 'actual' from made "
        "union all select * from (values (0, 'expected'), (4, 'expected'))"
    )
    return UnitTrial(duckdb.connect(), UnitTest("doubles", "numbers", sql, query))


def test_a_unit_test_is_red_for_another_query_and_for_one_that_fails(doubled: UnitTrial) -> None:
    assert doubled.is_green(doubled.test.sql)
    assert doubled.is_green("select a + a as a from (values (2), (0)) as t (a)")
    assert doubled.is_red("select a * a as a from (values (0), (2), (2)) as t (a)")
    assert doubled.is_red("select a * 3 as a from (values (0), (2)) as t (a)")
    assert doubled.is_red("select nothing as a")


def test_a_unit_test_without_the_model_is_none() -> None:
    with pytest.raises(ValueError, match="doubles: the model does not stand"):
        UnitTrial(duckdb.connect(), UnitTest("doubles", "numbers", "select 1", "select 2"))


def test_what_is_judged_counts_neither_way(capsys: pytest.CaptureFixture[str]) -> None:
    found = [Tried("m", "order", "a", True), Tried("m", "order", "b", False)]
    assert report(found, [], 0.6) == 1
    assert report(found, [("m", "order", "b")], 1.0) == 0
    assert report([found[0], Tried("n", "order", "b", False)], [("m", "*", "b")], 0.6) == 1
    assert "survives: m: order: b" in capsys.readouterr().out


def test_each_judgement_has_its_reason() -> None:
    with JUDGED.open(encoding="utf-8", newline="") as file:
        reasons = {
            (row["model"], row["kind"], row["words"]): row["why"] for row in csv.DictReader(file)
        }
    assert [*reasons] == read_judged()
    assert len(reasons) > 10
    assert all(len(why.split()) > 3 for why in reasons.values())


@pytest.mark.long
def test_nearly_all_of_a_sample_are_noticed(tmp_path: Path) -> None:
    world = build_world(0, tmp_path)
    every = [
        Tried(model.name, change.kind, change.place, False)
        for model in world[1]
        for change in mutants(parsed(model.sql))
    ]
    # a judgement of what no model says any more would wait for another fault
    assert [j for j in read_judged() if not any(_is_judged(each, [j]) for each in every)] == []
    chosen = choose(world[1], (), 120, 0)
    found = list(chain.from_iterable(run([world], unit_tests(world[0]), chosen, 2)))
    assert report(found, read_judged(), 0.88) == 0
