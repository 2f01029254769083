"""Keys of the published tables, and what they refer to, as their YAML says.

The reference pages draw them, and the copy in Postgres declares them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from reachline.publish.aggregates import Column, described, model_yaml
from reachline.warehouse.dbt import PROJECT
from reachline.warehouse.files import PUBLISHED_SCHEMAS

_REFERENCE = re.compile(r"ref\('(\w+)'\)")


@dataclass(frozen=True)
class Reference:
    """A column whose values are keys of another published table.

    `is_tested`: a dbt test holds it; else the row that it names may be missing.
    """

    column: str
    table: str
    is_tested: bool


@dataclass(frozen=True)
class Table:
    """A published table or view: its grain in words, its key, and what it points at."""

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]

    @property
    def grain(self) -> str:
        """What one row is: the first sentence of the description, up to its colon."""
        return self.description.split(": ")[0].split(". ")[0].rstrip(".")


@cache
def published() -> tuple[Table, ...]:
    """Return the tables and views of a release, by schema and name.

    ValueError where a model has no unique_grain test: then nothing says what its key is.
    """
    tables = [
        _table(schema, path)
        for schema in PUBLISHED_SCHEMAS
        for path in sorted((PROJECT / "models" / schema).glob("*.yml"))
    ]
    tables += _beside_dbt()
    tables.sort(key=lambda table: (PUBLISHED_SCHEMAS.index(table.schema), table.name))
    return tuple(_referring(table, tables) for table in tables)


def _referring(table: Table, tables: Sequence[Table]) -> Table:
    """Return the table with its references to published tables, those without a test included.

    Without a test, a column refers to the table of core whose whole key is a column of this name.
    """
    names = {other.name for other in tables}
    tested = [reference for reference in table.references if reference.table in names]
    known = {reference.column for reference in tested}
    owners: dict[str, str] = {}
    for other in tables:
        if other.schema == "core" and len(other.key) == 1 and other.name != "dim_date":
            owners.setdefault(other.key[0], other.name)  # dim_post before fct_post_latest
    untested = [
        Reference(column.name, owners[column.name], is_tested=False)
        for column in table.columns
        if owners.get(column.name, table.name) != table.name and column.name not in known
    ]
    return replace(table, references=(*tested, *untested))


def _table(schema: str, path: Path) -> Table:
    description, columns = described(schema, path.stem)
    model = model_yaml(schema, path.stem)
    # a test without arguments is its name alone
    tests = [test for test in model.get("data_tests", []) if isinstance(test, Mapping)]
    keys = [
        test["unique_grain"]["arguments"]["columns"] for test in tests if "unique_grain" in test
    ]
    if not keys:
        raise ValueError(f"{path}: {path.stem} needs a unique_grain test; the first names its key.")
    references = []
    for test in tests:
        arguments = test.get("relationships", {}).get("arguments")
        if arguments is None:
            continue
        target = _REFERENCE.fullmatch(arguments["to"])
        if target is None:
            raise ValueError(f"{path}: {arguments['to']} is not ref('<model>').")
        references.append(Reference(arguments["column_name"], target[1], is_tested=True))
    return Table(schema, path.stem, description, columns, tuple(keys[0]), tuple(references))


def _beside_dbt() -> list[Table]:
    """Return what is published beside dbt's models: the source `published`."""
    found = []
    for path in sorted((PROJECT / "models").rglob("*sources.yml")):
        for source in YAML(typ="safe").load(path)["sources"]:
            if source["name"] != "published":
                continue
            for table in source["tables"]:
                columns = tuple(Column(**column) for column in table["columns"])
                description = " ".join(table["description"].split())
                key = ("stage", "table_name", "expectation")
                found.append(Table(source["schema"], table["name"], description, columns, key, ()))
    return found
