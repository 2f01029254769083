"""The name of a lambda's element hides a column of that name in what the macro was called with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.dbt.landed import PROJECT

DBT = Path(PROJECT / "dbt_project")
LAMBDAS = {
    str(path.relative_to(DBT)): names
    for path in sorted((DBT / "macros").rglob("*.sql"))
    if (names := set(re.findall(r"\blambda (\w+):", path.read_text("utf-8"))))
}


def columns() -> set[str]:
    """Return the names of all columns: those that SQL gives, and those that YAML describes."""
    found: set[str] = set()
    for path in DBT.glob("m*/**/*"):
        if path.suffix == ".sql":
            text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
            found |= set(re.findall(r'\bas "?(\w+)"?', text))
            found |= set(re.findall(r'"name": "(\w+)"', text))
        elif path.suffix == ".yml":
            found |= set(re.findall(r"- name: (\w+)", path.read_text("utf-8")))
    return found


@pytest.mark.parametrize("macros", sorted(LAMBDAS))
def test_no_element_of_a_lambda_is_called_as_a_column_is(macros: str) -> None:
    assert LAMBDAS[macros] & columns() == set()
