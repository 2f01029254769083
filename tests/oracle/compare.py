"""Comparing tables: the oracle's with a published one, and two published databases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
MISSING = "(no row)"


class Anything:
    """Equals every value: a column that the contract leaves open for this row."""

    def __repr__(self) -> str:
        return "(anything)"


ANYTHING = Anything()


@dataclass(frozen=True, eq=False)
class Saying:
    """Equals every text that holds all of its pieces, whatever their case, and none of `but`."""

    pieces: tuple[str, ...]
    but: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        held = str(other).casefold()
        return (
            isinstance(other, str)
            and all(piece.casefold() in held for piece in self.pieces)
            and not any(piece.casefold() in held for piece in self.but)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class Near:
    """Equals a number that was computed in doubles or rounded to 4 decimals."""

    value: float

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool) or not isinstance(other, (int, float, Decimal)):
            return False
        return abs(self.value - float(other)) <= max(1e-9 * abs(self.value), 1e-4)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class About(Near):
    """Equals a number up to what rounding of its parts does to it."""

    allowed: float = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (int, float, Decimal)) and (
            abs(self.value - float(other)) <= max(1e-9 * abs(self.value), self.allowed)
        )

    __hash__ = None  # type: ignore[assignment]


def plain(value: Any) -> Any:
    """A value as both sides write it: UTC times without zone."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def same(expected: Any, found: Any) -> bool:
    """Null-safe equality: doubles to 1e-12 of their size, all else exactly."""
    if expected is ANYTHING:
        return True
    if isinstance(expected, About):
        return expected == found
    if isinstance(expected, frozenset):
        items = found or []
        return len(items) == len(set(items)) and set(items) == expected
    if expected is None or found is None:
        return expected is None and found is None
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, float) or isinstance(found, float):
        if isinstance(found, Decimal):
            return False
        return abs(expected - found) <= 1e-12 * max(abs(expected), abs(found))
    return bool(plain(expected) == plain(found))


def differences(
    expected: Mapping[tuple[Any, ...], Row], found: Mapping[tuple[Any, ...], Row]
) -> list[str]:
    """One line for each key on one side only, and each column that differs; none if all agree."""
    lines = []
    for key in sorted(expected.keys() | found.keys(), key=str):
        if key not in found:
            lines.append(f"{key}: oracle {dict(expected[key])}, published {MISSING}")
        elif key not in expected:
            lines.append(f"{key}: oracle {MISSING}, published {dict(found[key])}")
        else:
            for column, value in expected[key].items():
                other = found[key].get(column, "no such column")
                if column not in found[key] or not same(value, other):
                    lines.append(f"{key} {column}: oracle {value!r}, published {other!r}")
    return lines


def published(connection: Any, table: str, keys: tuple[str, ...]) -> dict[tuple[Any, ...], Row]:
    """A table of a DuckDB database by its key; raises AssertionError where a key comes twice."""
    result = connection.execute(f"select * from {table}")
    names = [column[0] for column in result.description]
    found: dict[tuple[Any, ...], Row] = {}
    for values in result.fetchall():
        row = dict(zip(names, values, strict=True))
        key = tuple(plain(row[name]) for name in keys)
        assert key not in found, f"{table}: {key} comes twice"
        found[key] = row
    return found


def database_differences(
    connection: Any, left: str, right: str, but: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """What differs between two attached databases, row for row, `but` named columns of a table."""
    listing = "select schema_name, table_name from duckdb_tables() where database_name = ?"
    tables = {name: set(connection.execute(listing, [name]).fetchall()) for name in (left, right)}
    lines = [f"only in one: {table}" for table in sorted(tables[left] ^ tables[right])]
    for schema, table in sorted(tables[left] & tables[right]):
        name = f"{schema}.{table}"
        out = ", ".join(but.get(name, ()))
        columns = f"* exclude ({out})" if out else "*"
        for one, other in ((left, right), (right, left)):
            rows = connection.execute(
                f"select {columns} from {one}.{name} "
                f"except all select {columns} from {other}.{name}"
            ).fetchall()
            lines += [f"{name}: only in {one}: {row}" for row in rows[:5]]
    return lines
