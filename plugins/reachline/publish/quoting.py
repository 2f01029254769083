"""Names and texts as SQL has them, for DuckDB and Postgres alike."""

from __future__ import annotations


def identifier(name: str) -> str:
    """Return a name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Return a text in single quotes."""
    return "'" + str(value).replace("'", "''") + "'"
