"""Tables of a page: which figure of which row of the database each cell shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, urlsplit

from reachline.languages import N_, day_text, gettext
from reachline.publish.labels import label_of
from reachline.publish.report import words
from reachline.warehouse.metrics import Metric

Row = Mapping[str, Any]

_CLIP = 90
_KEY_SAFE = ":/@#+.,~!()"
_NO_FIGURES = (str, bool, date, list)


@dataclass(frozen=True)
class Catalogue:
    """What the release says about its own columns: `columns` is (table, column) -> facts.

    `headers` are those made so far: the same few stand over the tables of hundreds of pages.
    """

    currency: str
    metrics: Mapping[str, Metric]
    columns: Mapping[tuple[str, str], tuple[str, str | None]]
    headers: dict[tuple[Any, ...], Header] = field(default_factory=dict)

    def metric(self, table: str, column: str) -> Metric | None:
        """Return the metric that a column of a table shows, if it shows one."""
        _, name = self.columns.get((table, column), ("", None))
        return self.metrics.get(name) if name else None

    def anchor(self, table: str, column: str) -> str | None:
        """Return where on the page of definitions a column is explained."""
        if metric := self.metric(table, column):
            return f"metric-{metric.name}"
        if (table, column) in self.columns:
            return f"c-{table.split('.', 1)[1]}-{column}"
        return None


@lru_cache(maxsize=1 << 16)
def _encoded(text: str) -> str:
    return quote(text, safe=_KEY_SAFE)


class Source(NamedTuple):
    """The row of the database that a figure stands in, or the rows that it is worked out of."""

    table: str
    keys: tuple[str, ...]
    key: tuple[Any, ...]

    @property
    def names(self) -> str:
        """The key's columns, as an attribute has them."""
        return " ".join(self.keys)

    @property
    def values(self) -> str:
        """The key's values, percent-encoded, as an attribute has them."""
        return " ".join(_encoded(words.exact(value)) for value in self.key)


class Cell(NamedTuple):
    """What a cell shows, and for a figure its exact value and where it comes from.

    A named tuple, as all that a page has thousands of: they are made in a third of the time.
    """

    text: str
    kind: Literal["number", "date", "null", "text", "caption", "status", "empty", "blank"] = "text"
    column: str = ""
    value: str | None = None
    source: Source | None = None
    expression: str = ""
    database: str = ""
    href: str = ""
    full: str = ""
    prefix: str = ""
    ends: tuple[Cell, ...] = ()
    note: str = ""
    picture: str = ""
    """Of a post, the address of a picture of it."""
    state: str = ""
    """Of a status, its word in the database."""


Kind = Literal["", "text", "caption", "status", "name"]


@dataclass(frozen=True)
class Column:
    """A column of a table. `name` is a field of the rows and a column of the database.

    `source` (table, {key column: field}) is given where the figure is of another table; `field`
    where it is called otherwise in the rows; `low` and `high` are the ends of its interval; `link`
    is the field with the page that it leads to, and `note` one with a word to add. `absent` is the
    field that says why there is no figure. `expression` is what the figure is worked out by from
    the row of the table, where it is no column of it.
    """

    name: str
    label: str = ""
    kind: Kind = ""
    source: tuple[str, Mapping[str, str]] | None = None
    field: str = ""
    low: str = ""
    high: str = ""
    link: str = ""
    note: str = ""
    absent: str = ""
    expression: str = ""


class Header(NamedTuple):
    """What stands over a column; `adds_up` where its figures may be summed over the rows."""

    name: str
    label: str
    numeric: bool
    unit: str = ""
    anchor: str | None = None
    estimate: bool = False
    expression: str = ""
    adds_up: bool = False

    @property
    def is_named_by_anchor(self) -> bool:
        """Whether the anchor ends with the column's name, so that no page need say it twice."""
        return bool(self.anchor) and str(self.anchor).rpartition("-")[2] == self.name


class TableRow(NamedTuple):
    """The cells of a row; with methods, it is shown only while one of these is chosen."""

    cells: tuple[Cell, ...]
    key: str = ""
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table as a page shows it. `left_out` says what is not shown, and where it is.

    `totals` are rows below the others. `charts` are kinds of chart, each with its title.
    """

    name: str
    caption: str
    table: str
    keys: str
    headers: tuple[Header, ...]
    rows: tuple[TableRow, ...]
    left_out: str = ""
    empty: str = ""
    folded: bool = False
    charts: tuple[tuple[str, str], ...] = ()
    totals: tuple[TableRow, ...] = ()

    @property
    def by_method(self) -> bool:
        """Whether what it shows depends on the method of attribution."""
        return any(row.methods for row in self.rows)


def make_table(
    catalogue: Catalogue,
    name: str,
    caption: str,
    source: tuple[str, Sequence[str]],
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    limit: int = 500,
    total: int | None = None,
    where: str = "",
    by_method: bool = False,
    empty: str = "",
    folded: bool = False,
    charts: Sequence[tuple[str, str]] = (),
    total_by: Sequence[str] | None = None,
) -> Table:
    """Return a table of `rows`, which come of the table and by the key in `source`.

    With `total_by`, the columns that may be summed are: over all rows of the table in which these
    of its columns are the same, of which `rows` must be all.

    Of more than `limit` rows the first are shown, and how many more there are is said, with the
    file of the release (`where`) that holds them; `total` is given where rows are left out already.
    """
    table, keys = source
    shown = rows[:limit]
    count = len(rows) if total is None else total
    headers = tuple(_header(catalogue, table, column, shown) for column in columns)
    made = tuple(
        TableRow(
            cells=tuple(_cell(catalogue, table, column, row) for column in columns),
            key=Source(table, tuple(keys), tuple(row[key] for key in keys)).values,
            methods=(row["method"],) if by_method else (),
        )
        for row in shown
    )
    if by_method:
        others = [tuple(row[key] for key in keys if key != "method") for row in shown]
        made = _alike(made, others)
    left_out = ""
    if count > len(shown):
        file = where or f"reports/{table.split('.', 1)[1]}.csv"
        left_out = gettext(
            "{number} more rows are in {file} of the release.",
            number=count - len(shown),
            file=file,
        )
    return Table(
        name=name,
        caption=caption,
        table=table,
        keys=" ".join(keys),
        headers=headers,
        rows=made,
        left_out=left_out,
        empty=empty or gettext("Nothing to show."),
        folded=folded,
        charts=tuple(charts),
        totals=_totals(catalogue, table, columns, shown, total_by, by_method)
        if total_by is not None and count == len(shown)
        else (),
    )


def _alike(rows: Sequence[TableRow], of: Sequence[tuple[Any, ...]]) -> tuple[TableRow, ...]:
    """Return rows with one in place of those of one thing (`of`) that say the same by all methods.

    It has the key of the first. Most orders have one touch, so that most methods agree.
    """
    groups: dict[tuple[Any, ...], list[TableRow]] = {}
    for row, thing in zip(rows, of, strict=True):
        groups.setdefault((thing, row.cells), []).append(row)
    return tuple(
        those[0]._replace(methods=tuple(method for row in those for method in row.methods))
        for those in groups.values()
    )


def _totals(
    catalogue: Catalogue,
    table: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    by: Sequence[str],
    by_method: bool,
) -> tuple[TableRow, ...]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in by), []).append(row)
    made = []
    for key, those in groups.items():
        if len(those) < 2:
            continue
        source = Source(table, tuple(by), key)
        cells = [Cell(gettext("All {number}", number=len(those)), "text", columns[0].name)]
        for column in columns[1:]:
            if not _header(catalogue, table, column, ()).adds_up:
                cells.append(Cell("", "blank", column.name))
                continue
            known = [row[column.name] for row in those if row[column.name] is not None]
            cells.append(
                figure(
                    catalogue,
                    source,
                    column.name,
                    sum(known) if known else None,
                    expression=f"sum({column.name})",
                    note=words.of_all(len(known), len(those), N_("{some} of {all} known")),
                    absent=gettext("none is known"),
                )
            )
        made.append(TableRow(tuple(cells), "", (those[0]["method"],) if by_method else ()))
    return tuple(made)


def _adds_up(metric: Metric) -> bool:
    """Whether a metric may be summed over campaigns, collaborations or days, by one method.

    Posts may not, as two may share one.
    """
    if metric.unit in ("posts", "people") or metric.name.startswith("collaborations"):
        return False
    by_method = (metric.not_over or "").startswith("attribution methods")
    return metric.additivity == "additive" or by_method


def figure(
    catalogue: Catalogue,
    source: Source | None,
    column: str,
    value: object,
    *,
    own: str = "",
    ends: tuple[Cell, ...] = (),
    note: str = "",
    expression: str = "",
    database: str = "",
    change: bool = False,
    goal: str = "",
    absent: str = "",
) -> Cell:
    """Return the cell of one figure; without a source it is of the row of the table `own`.

    `expression` is what it is worked out by over the rows that `source` names; `database` is empty,
    `previous` (a figure of the release before) or `change` (this release less the one before).
    `goal` is what the campaign's goal counts, where it is the unit of the column. `absent` says why
    there is no figure, if it is not known.
    """
    if value is None:
        return Cell(
            absent or words.why_not(column),
            "null",
            column,
            source=source,
            expression=expression,
            database=database,
        )
    shown_as = label_of(column).format
    if goal == "revenue":
        shown_as, note = "money", catalogue.currency
    elif goal:
        note = words.state(goal)
    metric = catalogue.metric(source.table if source else own, column)
    # people are counted once a post
    is_sum_of_posts = goal == "reach" or (metric is not None and bool(metric.upper_bound_of))
    return Cell(
        words.number(value, shown_as, change=change),
        "number",
        column,
        words.exact(value),
        source,
        expression,
        database,
        prefix="Σ\N{NO-BREAK SPACE}" if is_sum_of_posts else "",
        ends=ends,
        note=note,
    )


def header_of(
    catalogue: Catalogue, table: str, column: str, text: str = "", numeric: bool = True
) -> Header:
    """Return the header of a column, with its unit and where it is explained."""
    label = label_of(column)
    return Header(
        name=column,
        label=text or label.brief,
        numeric=numeric,
        unit=catalogue.currency if label.is_money else "",
        anchor=catalogue.anchor(table, column)
        or (f"report-{column}" if column in words.OWN_WORDS else None),
        estimate=label.is_estimate,
    )


def own_header(name: str) -> Header:
    """Return the header of a column that the report makes itself."""
    return Header(name, label_of(name).brief, True, anchor=f"report-{name}")


def safe_name(identifier: str) -> str:
    """Return a file's name for an id from outside: some of its letters, and a hash of all."""
    plain = re.sub(r"[^a-z0-9]+", "-", identifier.lower()).strip("-")[:32].strip("-")
    digest = hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{plain}-{digest}" if plain else digest


def safe_link(url: str | None) -> str:
    """Return an http or https address as it is, and nothing for any other."""
    if not url or any(character.isspace() or ord(character) < 32 for character in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def _header(catalogue: Catalogue, own: str, column: Column, rows: Iterable[Row]) -> Header:
    name = column.field or column.name
    numeric = not column.kind and all(
        value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))
        for value in (row[name] for row in rows)
    )
    table = column.source[0] if column.source else own
    text = column.label or label_of(column.name).brief
    is_own = not column.source and not column.field
    made = (table, column.name, text, numeric, is_own, column.expression)
    header = catalogue.headers.get(made)
    if header is None:
        metric = catalogue.metric(table, column.name)
        header = catalogue.headers[made] = header_of(
            catalogue, table, column.name, text, numeric
        )._replace(
            expression=column.expression,
            adds_up=is_own and metric is not None and _adds_up(metric),
        )
    return header


def _cell(catalogue: Catalogue, own: str, column: Column, row: Row) -> Cell:
    value = row[column.field or column.name]
    if column.kind or isinstance(value, _NO_FIGURES):
        return _words_cell(column, row, value)
    source = None
    if column.source:
        table, keys = column.source
        source = Source(table, tuple(keys), tuple(row[name] for name in keys.values()))
    ends: tuple[Cell, ...] = ()
    if column.low and row[column.low] is not None and row[column.high] is not None:
        ends = tuple(
            figure(catalogue, source, end, row[end], own=own) for end in (column.low, column.high)
        )
    note = str(row[column.note]) if column.note and row[column.note] else ""
    goal = (row["goal_metric"] or "") if column.name in words.OF_THE_GOAL else ""
    absent = row[column.absent] or "" if column.absent else ""
    if value is None and not absent:
        metric = catalogue.metric(source.table if source else own, column.name)
        if metric and row.get("platform") in metric.not_reported_by:
            absent = gettext("{platform} never tells", platform=row["platform"])
    return figure(
        catalogue,
        source,
        column.name,
        value,
        own=own,
        ends=ends,
        note=note,
        goal=goal,
        absent=absent,
    )


def _words_cell(column: Column, row: Row, value: Any) -> Cell:
    if column.kind == "caption":
        url, picture = safe_link(row["permalink"]), safe_link(row.get("media_url"))
        text = value or ""
        short = words.clipped(text, _CLIP)
        return Cell(
            short or gettext("(no text)"),
            "caption",
            column.name,
            href=url,
            full=text if short != text else "",
            picture=picture if picture.startswith("https://") else "",
        )
    if column.kind == "status" and value is not None:
        state = str(value).replace("_", " ")
        return Cell(words.state(state), "status", column.name, state=state)
    if isinstance(value, bool):
        return Cell(gettext("yes") if value else gettext("no"), "text", column.name)
    if isinstance(value, date):
        return Cell(day_text(value), "date", column.name, words.exact(value))
    if isinstance(value, list):
        texts = [str(item) for item in value]
        return Cell(", ".join(texts) or gettext("none"), "text" if texts else "empty", column.name)
    if value is None or value == "":
        return Cell(gettext("none"), "empty", column.name)
    if column.name in words.STATES_IN_WORDS:
        value = words.state(str(value))
    short = words.clipped(str(value), _CLIP if column.kind != "text" else 300)
    full = str(value) if short != str(value) else ""
    href = row[column.link] or "" if column.link else ""
    return Cell(short, "text", column.name, href=href, full=full)


@dataclass(frozen=True)
class Stat:
    """A figure that stands by itself, under a header of its own."""

    header: Header
    cell: Cell
    method: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page: a heading, words, figures and tables."""

    title: str
    name: str
    words: tuple[str, ...] = ()
    stats: tuple[Stat, ...] = ()
    tables: tuple[Table, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    is_printed: bool = False


@dataclass(frozen=True)
class Page:
    """A page of the report, at `path` below its folder.

    Of one that `is_sheet`, the sections that are printed are on paper, on one page, and no others.
    """

    path: str
    title: str
    area: str
    sections: tuple[Section, ...]
    lead: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    crumbs: tuple[tuple[str, str], ...] = ()
    below: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """What is said beneath a chart, by its table or its kind: a sentence of publish.morning."""
    is_sheet: bool = False
    template: str = "page.html.j2"
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """What leads from the page to the report's folder."""
        return "../" * self.path.count("/")

    @property
    def by_method(self) -> bool:
        """Whether anything on the page depends on the method of attribution."""
        return any(table.by_method for section in self.sections for table in section.tables) or any(
            stat.method for section in self.sections for stat in section.stats
        )
