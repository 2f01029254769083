"""Quoting of names and texts in SQL, the same for DuckDB and Postgres."""

from __future__ import annotations

from pathlib import Path


def identifier(name: str) -> str:
    """Return a name as an SQL identifier, in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """Return a text, or a path, as an SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"
