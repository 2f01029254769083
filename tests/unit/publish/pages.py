"""Reads a report's pages as a test does: its figures, with where each says that it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import duckdb

VOID = frozenset({"meta", "link", "input", "img", "br", "hr"})
CELLS = ("td", "th")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parent: Element | None
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def inherited(self, name: str) -> str:
        """Return an attribute of the element, or of the nearest around it that has one."""
        element: Element | None = self
        while element is not None:
            if name in element.attributes:
                return element.attributes[name] or ""
            element = element.parent
        return ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CELLS:
            self.end_cell()
        element = Element(tag, dict(attrs), self.open[-1] if self.open else None)
        if element.parent:
            element.parent.children.append(element)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def end_cell(self) -> None:
        """End a cell that has no end of its own: the next one or its row's end is it."""
        if self.open and self.open[-1].tag == "td":
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self.end_cell()
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data


def elements(page: str) -> list[Element]:
    """Return every element of a page; AssertionError where its tags do not match."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    return reader.elements


@dataclass(frozen=True)
class Figure:
    table: str
    keys: tuple[str, ...]
    key: tuple[str, ...]
    column: str
    value: str | None
    shown: str
    expression: str
    database: str


def header_of(cell: Element) -> Element:
    """Return the header that stands over a cell."""
    assert cell.tag == "td"
    row = cell.parent
    table = row.parent.parent if row and row.parent else None
    assert row
    assert table
    headers = table.children[0].children[0].children
    assert len(headers) == len(row.children)
    place = next(place for place, other in enumerate(row.children) if other is cell)
    return headers[place]


def column_of(cell: Element) -> str:
    """Return the column that stands over a cell."""
    return column_under(header_of(cell))


def column_under(header: Element) -> str:
    """Return the column that a header says, or else the end of the anchor that it leads to."""
    if said := header.attributes.get("data-column"):
        return said
    (link,) = (child for child in header.children if child.tag == "a")
    return (link.attributes["href"] or "").rpartition("-")[2]


def columns_of(head: str) -> list[str]:
    """Return the columns of a table, from the markup of its head."""
    headers = (each for each in elements(f"<table>{head}</table>") if each.tag == "th")
    return [column_under(header) for header in headers]


def expression_over(element: Element) -> str:
    """Return what the figures of a cell's column are worked out by; "" where they are columns."""
    return header_of(element).attributes.get("data-expression") or "" if element.tag == "td" else ""


def figures(page: str) -> Iterator[Figure]:
    """Yield the figures of a page, those that are not reported among them."""
    for element in elements(page):
        if "data-value" in element.attributes or "data-null" in element.attributes:
            yield Figure(
                table=element.inherited("data-table"),
                keys=tuple(element.inherited("data-keys").split()),
                key=tuple(unquote(part) for part in element.inherited("data-key").split()),
                column=element.attributes.get("data-column") or column_of(element),
                value=element.attributes.get("data-value"),
                shown=element.text,
                expression=element.attributes.get("data-expression") or expression_over(element),
                database=element.attributes.get("data-database") or "",
            )


class Database:
    """The figures of a database, asked a table at a time."""

    def __init__(self, path: Path) -> None:
        self.con = duckdb.connect(str(path), read_only=True)
        self.rows: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], dict[str, object]]] = {}
        self.worked_out: dict[tuple[str, ...], object] = {}

    def value(self, figure: Figure) -> object:
        """Return what the database has where a figure says that it stands."""
        assert len(figure.keys) == len(figure.key), figure
        if figure.expression:
            where = " and ".join(f'cast("{name}" as varchar) = ?' for name in figure.keys) or "true"
            query = f"select {figure.expression} from {figure.table} where {where}"
            asked = (query, *figure.key)
            if asked not in self.worked_out:
                self.worked_out[asked] = self.con.execute(query, list(figure.key)).fetchall()[0][0]
            return self.worked_out[asked]
        at = (figure.table, figure.keys)
        if at not in self.rows:
            keys = ", ".join(f'cast("{name}" as varchar)' for name in figure.keys)
            cursor = self.con.execute(f"select [{keys}], * from {figure.table}")
            names = [column[0] for column in cursor.description or ()][1:]
            self.rows[at] = {
                tuple(row[0]): dict(zip(names, row[1:], strict=True)) for row in cursor.fetchall()
            }
        return self.rows[at].get(figure.key, {}).get(figure.column)


def wrong(figure: Figure, current: Database, previous: Database | None) -> str:
    """Return what is wrong with a figure: nothing, where it is exactly the database's."""
    if figure.database == "previous":
        assert previous is not None
        there = previous.value(figure)
    elif figure.database == "change":
        assert previous is not None
        now, was = current.value(figure), previous.value(figure)
        there = None if now is None or was is None else now - was  # type: ignore[operator]
    else:
        there = current.value(figure)
    if there is None or figure.value is None:
        # words in its place, which may name a day or a count, and are never a figure
        said = re.match("[a-z]", figure.shown) is not None
        known = there is None and figure.value is None and said
        return "" if known else f"{figure}: the database has {there}"
    same = (
        float(figure.value) == there
        if isinstance(there, float)
        else Decimal(figure.value) == Decimal(str(there))
    )
    if not same:
        return f"{figure}: the database has {there}"
    text = figure.shown.replace("Σ", "").replace("\N{NO-BREAK SPACE}", "")
    text = text.replace(",", "").replace("\N{MINUS SIGN}", "-").strip()
    times = 100 if text.endswith("%") else 1
    number = Decimal(text.rstrip("%×"))
    places = -number.as_tuple().exponent  # type: ignore[operator]
    away = abs(number - times * Decimal(figure.value))
    rounded = away <= Decimal("0.5000001") * Decimal(10) ** -places
    return "" if rounded else f"{figure}: shown is {figure.shown}, the value {figure.value}"
