"""The rows of a table as HTML.

There are hundreds of thousands of cells in a report of 500 creators: here they take a third of the
time that a template takes for them, and no byte that a browser does not need: a cell ends where the
next begins, as HTML allows, and a figure is known by its value. Every text goes through `escape`.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

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
_NOTHING = Markup("")


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
            at = source_attributes(Cell("", source=source))
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
    source = cell.source
    if not source and not cell.expression and not cell.database:
        return _NOTHING
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
    return Markup(parts)  # noqa: S704 - each part is escaped above # nosec B704


def _cell(cell: Cell, header: Header, own: str, root: str, *, first: bool) -> str:
    # the column that a cell shows is its header's, unless it says otherwise
    column = "" if cell.column == header.name else f' data-column="{escape(cell.column)}"'
    if cell.kind == "number":
        return _number(cell, column, own)
    text = escape(cell.text)
    if cell.kind == "null":
        return f"<td{column} data-null{source_attributes(cell, own)}>{text}"
    if cell.kind == "date":
        return f'<td><time datetime="{escape(cell.value)}">{text}</time>'
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
            f'<span data-column="{escape(end.column)}" data-value="{escape(end.value)}"'
            f"{source_attributes(end, own)}>{escape(end.text)}</span>"
            for end in cell.ends
        )
        ends = f" <small>[{low_to_high}]</small>"
    if cell.note:
        note = f" <small>{escape(cell.note)}</small>"
    prefix = escape(cell.prefix) if cell.prefix else ""
    return (
        f"<td{column} data-value={escape(cell.value)}{source_attributes(cell, own)}>"
        f"{prefix}{escape(cell.text)}{ends}{note}"
    )


def apart(text: str) -> str:
    """Return a text as markup; one that may run from right to left apart from what is around it."""
    return escape(text) if text.isascii() else Markup("<bdi>{}</bdi>").format(text)


def _words(cell: Cell, root: str) -> str:
    text = escape(cell.text)
    if cell.kind == "caption":
        at = f' data-picture="{escape(cell.picture)}"' if cell.picture else ""
        words = f'<span dir="auto"{at}>{text}</span>'
        if cell.href:
            label = escape(gettext("Open the post"))
            words += f' <a class="out" href="{escape(cell.href)}" aria-label="{label}">↗</a>'
    else:
        words = apart(cell.text)
        if cell.href:
            words = f'<a href="{escape(root + cell.href)}">{words}</a>'
        if cell.note:
            words += f" <small>{escape(cell.note)}</small>"
    if cell.full:
        whole = escape(gettext("whole text"))
        words += (
            f' <details class="full"><summary>{whole}</summary>'
            f'<p dir="auto">{escape(cell.full)}</p></details>'
        )
    return words
