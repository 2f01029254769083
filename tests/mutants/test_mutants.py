"""The mutants themselves, and a sample of them in one world."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.__main__ import choose, report, run
from tests.mutants.mutations import mutants, mutated, parsed, written
from tests.mutants.worlds import build_world

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


@pytest.mark.long
def test_most_of_a_sample_are_noticed(tmp_path: Path) -> None:
    world = build_world(0, tmp_path)
    found = list(run([world], choose(world[1], (), 80, 0), 2))
    assert report(found, [], 0.55) == 0
