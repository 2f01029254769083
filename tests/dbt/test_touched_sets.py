"""Who reads a touched set: what lets a changed set stay empty, and gates look at what is new."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reachline.quality.contract import CONTRACT, TOUCHED
from tests.dbt.landed import PROJECT

MODELS = {
    path.stem: path.read_text("utf-8") for path in (PROJECT / "dbt_project/models").rglob("*.sql")
}
SET = re.compile(r"'touched':\s*'(\w+)',\s*'touched_key':\s*\[([^]]*)\]")
READS = {name: set(re.findall(r"ref\('(int_touched__\w+)'\)", sql)) for name, sql in MODELS.items()}


def _is_incremental(name: str) -> bool:
    return "materialized='incremental'" in MODELS[name]


@pytest.mark.parametrize("name", sorted(name for name in MODELS if SET.search(MODELS[name])))
def test_an_incremental_model_depends_on_the_set_that_it_follows(name: str) -> None:
    # else a set could change, stay empty, and the model would not be built in full
    found = SET.search(MODELS[name])
    assert found
    assert found[1] in READS[name]
    assert _is_incremental(name)


def test_only_sets_and_incremental_models_read_sets() -> None:
    # a model that is built each night from a set that stays empty would lose its rows
    readers = {name for name, sets in READS.items() if sets and not name.startswith("int_touched")}
    assert readers
    assert {name for name in readers if not _is_incremental(name)} == set()


def test_the_gates_look_at_the_sets_that_the_models_follow() -> None:
    published = {table.split(".")[1] for table in CONTRACT}
    followed = {
        name: (found[1], tuple(re.findall(r"\w+", found[2])))
        for name, sql in MODELS.items()
        if name in published and (found := SET.search(sql))
    }
    assert {name: (each.model, each.columns) for name, each in TOUCHED.items()} == followed


def test_the_contract_names_every_published_table() -> None:
    folders = ("core", "reports", "quality", "meta")
    found = {
        f"{folder}.{path.stem}"
        for folder in folders
        for path in Path(PROJECT / "dbt_project/models" / folder).glob("*.sql")
    }
    assert found == set(CONTRACT)
