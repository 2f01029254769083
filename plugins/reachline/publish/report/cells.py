"""The headers and rows of a table as HTML.

There are hundreds of thousands of cells in a report of 500 creators: here they take a third of the
time that a template takes for them, and no byte that a browser does not need: a cell ends where the
next begins, as HTML allows, and a figure is known by its value. Every text is escaped, by
the standard library's `escape`: in half the time that `markupsafe` takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markupsafe import Markup

from reachline.languages import SOURCE, gettext, spoken
from reachline.publish.report.tables import Cell, Header, Source, Table, TableRow
from reachline.publish.report.words import WRITTEN_IN_SOURCE
from reachline.publish.sheets import TONES

_CLASSES = {"good": "good", "watch": "fair", "bad": "poor", "quiet": "plain"}
_CLASS_OF = {
    # said by the report alone
    **{"active": "good", "paid": "good", "success": "good", "goal reached": "good"},
    **{"overdue": "fair", "late": "poor", "error": "poor", "goal missed": "poor"},
    **{
        word.replace("_", " "): _CLASSES[tone]
        for of_column in TONES.values()
        for word, tone in of_column.items()
        if word != "yes"
    },
}
_LONG = 40
_LONG_HEADER = 16


def headers_html(table: Table, root: str) -> Markup:
    """Return the headers of a table; `root` leads from its page to the report's folder."""
    return _headers(spoken().code, table.headers, root)


@lru_cache(maxsize=4096)
def _headers(_: str, headers: Sequence[Header], root: str) -> Markup:
    # the same columns stand over the tables of hundreds of pages
    by_day = headers[0].name == "date_day"
    parts = []
    for header in headers:
        is_long = len(header.label) > _LONG_HEADER
        at = ""
        if header.numeric:
            at = ' class="n long"' if is_long else " class=n"
        elif is_long:
            at = " class=long"
        if not header.is_named_by_anchor:
            at += f' data-column="{escape(header.name)}"'
        if header.adds_up and by_day:
            at += " data-adds-up"
        if header.expression:
            at += f' data-expression="{escape(header.expression)}"'
        parts.append(f"<th{at}>{head_html(header, root)}</th>")
    return Markup("".join(parts))  # noqa: S704 - each part is escaped where it is made # nosec B704


def head_html(header: Header, root: str) -> Markup:
    """Return what a header says, with a link to where it is explained."""
    head = _text(header.label)
    if header.anchor:
        href = f"{escape(root)}definitions.html#{escape(header.anchor)}"
        head = f'<a href="{href}">{head}</a>'
    if header.unit:
        head += f" <small>{_text(header.unit)}</small>"
    if header.estimate:
        title, short = escape(gettext("estimated")), _text(gettext("est."))
        head += f' <small><abbr title="{title}">{short}</abbr></small>'
    return Markup(head)  # noqa: S704 - each part is escaped above # nosec B704


def _text(text: str) -> str:
    """Return what stands between tags; what stands in an attribute needs `escape`."""
    return escape(text, quote=False)


def rows_html(table: Table, root: str, default_method: str) -> Markup:
    """Return the rows of a table; `root` leads from its page to the report's folder."""
    return _rows(table, table.rows, root, default_method)


def totals_html(table: Table, root: str, default_method: str) -> Markup:
    """Return the rows below those of a table."""
    # a total is of no single row, whatever the keys of its table are
    return _rows(table, table.totals, root, default_method, keys=' data-keys=""')


def _rows(
    table: Table, rows: Sequence[TableRow], root: str, default_method: str, keys: str = ""
) -> Markup:
    parts = []
    for row in rows:
        method = ""
        if row.methods:
            hidden = "" if default_method in row.methods else " hidden"
            method = f' data-method="{escape(" ".join(row.methods))}"{hidden}'
        cells, at = row.cells, f' data-key="{escape(row.key)}"{keys}'
        source = _shared(cells, table.table)
        if source is not None:
            at = _told(Cell("", source=source), "")
            cells = tuple(cell._replace(source=None) for cell in cells)
        parts.append(f"<tr{at}{method}>")
        parts += [
            _cell(cell, header, table.table, root, first=place == 0)
            for place, (cell, header) in enumerate(zip(cells, table.headers, strict=True))
        ]
        parts.append("</tr>\n")
    return Markup("".join(parts))  # noqa: S704 - each part is escaped where it is made # nosec B704


def _shared(cells: Sequence[Cell], own: str) -> Source | None:
    """Return where all figures of a row come from, if it is one place and not that of its table."""
    told = [cell for cell in cells if cell.kind in ("number", "null")]
    sources = {cell.source for cell in told}
    if len(sources) != 1 or any(end.source for cell in told for end in cell.ends):
        return None
    (source,) = sources
    says_more = source is not None and (source.keys or source.table not in ("", own))
    return source if says_more else None


def source_attributes(cell: Cell, own: str = "") -> Markup:
    """Return the attributes that say where a figure comes from, if its row does not say it."""
    return Markup(_told(cell, own))  # noqa: S704 - each part is escaped # nosec B704


def _told(cell: Cell, own: str) -> str:
    source = cell.source
    if not source and not cell.expression and not cell.database:
        return ""
    parts = ""
    if source and source.table and (not own or source.keys or source.table != own):
        parts += (
            f' data-table="{escape(source.table)}" data-keys="{escape(source.names)}"'
            f' data-key="{escape(source.values)}"'
        )
    if cell.expression:
        parts += f' data-expression="{escape(cell.expression)}"'
    if cell.database:
        parts += f' data-database="{escape(cell.database)}"'
    return parts


def _cell(cell: Cell, header: Header, own: str, root: str, *, first: bool) -> str:
    # the column that a cell shows is its header's, unless it says otherwise
    column = "" if cell.column == header.name else f' data-column="{escape(cell.column)}"'
    if cell.kind == "number":
        return _number(cell, column, own)
    text = _text(cell.text)
    if cell.kind == "null":
        return f"<td{column} data-null{_told(cell, own)}>{text}"
    if cell.kind == "date":
        return f'<td><time datetime="{escape(cell.value or "")}">{text}</time>'
    if cell.kind == "status":
        tone = _CLASS_OF.get(cell.state or cell.text, "plain")
        return f'<td><span class="status {tone}">{text}</span>'
    if cell.kind == "blank":
        return "<td>"
    if cell.kind == "empty":
        return f"<td class=null>{text}"
    words = _words(cell, root)
    if first:
        return f"<th scope=row>{words}</th>"
    wide = " class=t" if cell.kind == "caption" or len(cell.text) > _LONG else ""
    if (own, cell.column) in WRITTEN_IN_SOURCE and spoken().code != SOURCE:
        wide += f" lang={SOURCE}"
    return f"<td{wide}>{words}"


def _number(cell: Cell, column: str, own: str) -> str:
    ends = note = ""
    if cell.ends:
        low_to_high = "–".join(
            f'<span data-column="{escape(end.column)}" data-value="{escape(end.value or "")}"'
            f"{_told(end, own)}>{_text(end.text)}</span>"
            for end in cell.ends
        )
        ends = f" <small>[{low_to_high}]</small>"
    if cell.note:
        note = f" <small>{_text(cell.note)}</small>"
    prefix = _text(cell.prefix) if cell.prefix else ""
    return (
        f"<td{column} data-value={escape(cell.value or '')}{_told(cell, own)}>"
        f"{prefix}{_text(cell.text)}{ends}{note}"
    )


def apart(text: str) -> Markup:
    """Return a text as markup; one that may run from right to left apart from what is around it."""
    return Markup(_apart(text))  # noqa: S704 - escaped # nosec B704


def _apart(text: str) -> str:
    return _text(text) if text.isascii() else f"<bdi>{_text(text)}</bdi>"


def _words(cell: Cell, root: str) -> str:
    if cell.kind == "caption":
        at = f' data-picture="{escape(cell.picture)}"' if cell.picture else ""
        words = f'<span dir="auto"{at}>{_text(cell.text)}</span>'
        if cell.href:
            label = escape(gettext("Open the post"))
            words += f' <a class="out" href="{escape(cell.href)}" aria-label="{label}">↗</a>'
    else:
        words = _apart(cell.text)
        if cell.href:
            words = f'<a href="{escape(root + cell.href)}">{words}</a>'
        if cell.note:
            words += f" <small>{_text(cell.note)}</small>"
    if cell.full:
        whole = _text(gettext("whole text"))
        words += (
            f' <details class="full"><summary>{whole}</summary>'
            f'<p dir="auto">{_text(cell.full)}</p></details>'
        )
    return words
