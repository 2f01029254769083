"""Quoting of names and values in SQL, the same for DuckDB and Postgres."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def identifier(name: str) -> str:
    """Return a name as an SQL identifier, in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """Return a text, or a path, as an SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def file_pattern(path: str | Path) -> str:
    """Return a path for DuckDB's readers, so that wildcards in its name stand for themselves."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def list_literal(texts: Iterable[str]) -> str:
    """Return texts as a DuckDB list of string literals."""
    return "[" + ", ".join(map(literal, texts)) + "]"
