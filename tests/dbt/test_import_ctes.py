"""A model starts with its import CTEs: one for each relation that it reads, and none elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dbt.landed import PROJECT

MODELS = {
    path.stem: path
    for folder in ("core", "intermediate", "meta", "quality", "reports", "views")
    for path in Path(PROJECT / "dbt_project/models" / folder).rglob("*.sql")
}
GROWING = {
    name for name, path in MODELS.items() if "materialized='incremental'" in path.read_text("utf-8")
}
RELATION = r"(?:(?:ref|source|merged|previous_rows|rows_of_unfinished_run)\(|this\b)"
# what makes a select a step of its own
STEP = re.compile(
    r"\b(?:distinct|join|union|group by|having|over|unpivot)\b|exploded\("
    r"|\b(?:count|sum|min|max|min_by|max_by)\("
)
CTE = re.compile(r"^( *)(\w+) as \(\n(.*?)^\1\),?$", re.M | re.S)


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", re.sub(r"\{#.*?#\}", "", sql, flags=re.S))


def _relation(sql: str) -> re.Pattern[str]:
    """What prints a relation into this model: a call, or a variable that holds one."""
    held = re.findall(rf"\{{%-? set (\w+) = {RELATION}", sql)
    names = "".join(rf"|{name}\b" for name in held)
    return re.compile(rf"\{{\{{-?\s*(?:{RELATION}{names}).*?\}}\}}", re.S)


def _is_read(cte: str, sql: str) -> bool:
    """Whether a select or the argument of a macro names a CTE."""
    without_names = re.sub(r"(?:ref|merged|previous_rows)\('\w+'|source\('\w+', '\w+'", "", sql)
    return re.search(rf"(?:\b(?:from|join)\s+|'){cte}\b", without_names) is not None


def _faults(sql: str) -> Iterator[str]:
    sql = re.sub(r"\{\{ config\(.*?\) \}\}", "", _without_comments(sql), flags=re.S)
    sql = re.sub(r"^with ", "", sql, flags=re.M)
    relation = _relation(sql)
    if relation.search(CTE.sub("", sql)):
        yield "a relation is read outside of the import CTEs"
    imports: set[str] = set()
    steps: list[str] = []
    for _, name, body in CTE.findall(sql):
        if not _is_read(name, sql):
            yield f"nothing reads {name}"
        relations = relation.findall(body)
        if not relations:
            steps.append(name)
            continue
        imports.add(name)
        if steps:
            yield f"{name} is an import and stands after the step {steps[-1]}"
        if len(relations) > 1:
            yield f"{name} imports {len(relations)} relations"
        plain = relation.sub("", re.sub(r"\{%.*?%\}", "", body, flags=re.S))
        filters = re.findall(r"\bin \(\s*select [\w.]+ from (\w+)", plain)
        if STEP.search(plain) or plain.count("select ") + plain.count("select\n") != 1 + len(
            filters
        ):
            yield f"{name} imports a relation and is a step too"
        for cte in filters:
            if cte not in imports:
                yield f"{name} is an import and reads {cte}, which is none"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_starts_with_its_imports(name: str) -> None:
    assert list(_faults(MODELS[name].read_text("utf-8"))) == []


@pytest.mark.parametrize("name", sorted(MODELS))
def test_what_grows_is_imported_once_for_each_reading(name: str) -> None:
    """Of a CTE that is read twice DuckDB makes a temporary table: of a fact, all of its history."""
    sql = _without_comments(MODELS[name].read_text("utf-8"))
    read_twice = {
        cte
        for _, cte, body in CTE.findall(sql.replace("with ", ""))
        if "where" not in body
        and any(parent in GROWING for parent in re.findall(r"ref\('(\w+)'\) \}\}", body))
        and len(re.findall(rf"\b(?:from|join) {cte}\b", sql)) > 1
    }
    assert not read_twice


def test_the_configuration_is_read_as_a_source_alone() -> None:
    """Read by name it is no parent: where it changes, nothing would be built anew."""
    folders = (PROJECT / "dbt_project" / kind for kind in ("macros", "models"))
    files = [path for folder in folders for path in folder.rglob("*.sql")]
    assert len(files) > 100
    assert [path.name for path in files if "work.config." in path.read_text("utf-8")] == []
