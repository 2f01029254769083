"""The first sheet of the workbook: the sentences of the morning, its numbers, and a few charts.

The charts are the spreadsheet's own, over figures that stand in cells below them.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reachline.languages import N_, gettext, long_day_text
from reachline.publish.labels import label_of
from reachline.publish.morning import Choices, Morning, Number, Sentence, plain
from reachline.publish.report import queries
from reachline.publish.sheets import Kind, header
from reachline.publish.workbook_cells import (
    COLOURS,
    FORMULA_START,
    Formats,
    number_formats,
    safe_text,
)

SHEET = N_("Summary")

_WIDTH, _COLUMN = 12, 13
"""Columns of the sheet, and the width of one in signs of its font."""
_SIGNS = 1.12  # of a sentence, which is mostly small letters, for each sign of a width
_AT_MOST = 10  # bars of a chart
_WEEKS = 12
_LINES = 5  # brands in a chart
_CHART_ROWS = 18
_PAPER_A4 = 9

_FIRST, _SECOND = "#1F5FA8", "#E08A1E"
_DASHES = ("solid", "dash", "round_dot", "long_dash_dot", "square_dot")
_HUES = (_FIRST, _SECOND, "#2C7A6B", "#7A3E9D", "#8A8F98")

_CAMPAIGNS = f"""
select
    coalesce(c.campaign_name, p.campaign_id) as campaign, p.attributed_revenue, p.cost_committed
from reports.campaign_performance as p
left join core.dim_campaign as c on p.campaign_id = c.campaign_id
where p.is_default_method and (p.cost_committed > 0 or p.attributed_revenue > 0)
order by p.cost_committed desc, p.campaign_id
limit {_AT_MOST}
"""

_FEES = f"""
select
    case
        when count(distinct brand_id) over () = 1 then creator_name
        else creator_name || ', ' || brand_name
    end as creator,
    next_break_even_fee, last_fee
from ({queries.BOOKINGS})
where next_break_even_fee is not null and last_fee is not null
order by next_break_even_fee - last_fee desc, creator_id, brand_id
limit {_AT_MOST}
"""

_DAYS = f"select date_day, revenue_of_day, revenue_of_day_before from ({queries.DAYS_OF_TRENDS})"

_VOICES = f"""
select v.week, coalesce(b.brand_name, v.brand_id) as brand, v.brand_id, v.share_of_posts
from reports.share_of_voice as v
left join core.dim_brand as b on v.brand_id = b.brand_id
where v.brand_id = v.voice_brand_id and not v.is_partial
    and v.week > {queries.TODAY} - {7 * (_WEEKS + 1)}
order by v.week, v.brand_id
"""


@dataclass(frozen=True)
class ChartOf:
    """A chart's figures: a column of names or days, and the series beside it.

    `nothing` is said where there are none.
    """

    title: str
    kind: str
    headers: tuple[str, ...]
    formats: tuple[Kind, ...]
    rows: tuple[tuple[Any, ...], ...]
    nothing: str


def read_charts(connection: duckdb.DuckDBPyConnection) -> tuple[ChartOf, ...]:
    """Return what the charts show of a release's database."""
    ((currency,),) = connection.execute("select currency from meta.run").fetchall()

    def rows(query: str) -> tuple[tuple[Any, ...], ...]:
        return tuple(connection.execute(query).fetchall())

    def named(*columns: str) -> tuple[str, ...]:
        return tuple(header(column, "money", currency) for column in columns)

    days = tuple(sorted(row for row in rows(_DAYS) if row[1] is not None))
    return (
        ChartOf(
            gettext("Revenue by day ({currency}), and 14 days before", currency=currency),
            "days",
            (
                label_of("date_day").text,
                *named("revenue_of_day", "revenue_of_day_before"),
            ),
            ("day", "money", "money"),
            days,
            gettext("Orders of the last 14 days are not known."),
        ),
        ChartOf(
            gettext(
                "Revenue and cost by campaign ({currency}), the {number} that cost most",
                currency=currency,
                number=_AT_MOST,
            ),
            "bars",
            (label_of("campaign").text, *named("attributed_revenue", "cost_committed")),
            ("text", "money", "money"),
            rows(_CAMPAIGNS),
            gettext("No campaign has cost or earned anything yet."),
        ),
        ChartOf(
            gettext(
                "Break-even fee of the next collaboration and the last fee ({currency}), the "
                "{number} that leave most",
                currency=currency,
                number=_AT_MOST,
            ),
            "bars",
            (label_of("creator").text, *named("next_break_even_fee", "last_fee")),
            ("text", "money", "money"),
            rows(_FEES),
            gettext("It takes measured collaborations of 4 creators of a brand to tell."),
        ),
        _voices(connection),
    )


def _voices(connection: duckdb.DuckDBPyConnection) -> ChartOf:
    """Return each brand's own share of the posts about it and its competitors, by week."""
    shares: dict[date, dict[str, Any]] = {}
    brands: dict[str, str] = {}
    for week, brand, brand_id, share in connection.execute(_VOICES).fetchall():
        if brand_id in brands or len(brands) < _LINES:
            brands[brand_id] = brand
            shares.setdefault(week, {})[brand_id] = share
    share_of: Kind = "percent"
    return ChartOf(
        gettext("Share of posts about a brand and its competitors, by week"),
        "weeks",
        (label_of("week").text, *brands.values()),
        ("day", *(share_of for _ in brands)),
        tuple((week, *(of_week.get(each) for each in brands)) for week, of_week in shares.items()),
        gettext("No week of mentions is known whole."),
    )


def write_summary(
    book: xlsxwriter.Workbook,
    formats: Formats,
    morning: Morning,
    charts: Sequence[ChartOf],
    currency: str,
    about: str,
) -> None:
    """Write the sheet into a book that writes rows as they come; `about` stands below its title."""
    page = _Page(book, formats, currency)
    page.title(gettext("What came in by {day}", day=long_day_text(morning.day)), about)
    page.numbers(morning.numbers)
    page.heading(gettext("What came in"))
    page.sentences(morning.came_in)
    page.heading(gettext("Is the data whole?"))
    page.sentences(morning.data)
    page.heading(gettext("Needs somebody"))
    for need in morning.needs:
        page.line(need.label, (*need.words, "."), "bad" if need.kind == "poor" else "watch")
    if morning.nothing_else:
        page.sentences((morning.nothing_else,))
    for choices in morning.choices:
        page.choices(choices)
    page.charts(charts)


class _Page:
    """Writes from the top down."""

    def __init__(self, book: xlsxwriter.Workbook, formats: Formats, currency: str) -> None:
        self._book = book
        self._formats = formats
        self._number_formats = number_formats(currency)
        self._row = 0
        self._page: Worksheet = book.add_worksheet(gettext(SHEET))
        self._page.hide_gridlines(2)
        self._page.set_column(0, _WIDTH - 1, _COLUMN)
        self._page.set_landscape()
        self._page.set_paper(_PAPER_A4)
        self._page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self._page.fit_to_pages(1, 0)
        self._page.set_footer("&L&A&R" + gettext("Page &P of &N"))

    def title(self, text: str, about: str) -> None:
        self._page.set_row(0, 28)
        self._put(0, _WIDTH, text, bold=True, font_size=18)
        self._row += 1
        self._put(0, _WIDTH, about, **COLOURS["quiet"])
        self._row += 1

    def heading(self, text: str) -> None:
        self._row += 1
        self._page.set_row(self._row, 20)
        self._put(0, _WIDTH, text, bold=True, font_size=12, bottom=1)
        self._row += 1

    def sentences(self, sentences: Sequence[Sentence]) -> None:
        for sentence in sentences:
            self._lines(((0, _WIDTH, plain(sentence), {}),))

    def line(self, label: str, sentence: Sentence, colour: str) -> None:
        self._lines(
            ((0, 2, label, {"bold": True, **COLOURS[colour]}), (2, _WIDTH - 2, plain(sentence), {}))
        )

    def choices(self, choices: Choices) -> None:
        self.heading(choices.title)
        for choice in choices.those:
            who = {"bold": True}
            self._lines(
                (
                    (0, 2, choice.who.text, who),
                    (2, 3, choice.where, COLOURS["quiet"]),
                    (5, _WIDTH - 5, plain(choice.why), {}),
                )
            )
        if choices.rest:
            self._lines(((0, _WIDTH, plain(choices.rest), COLOURS["quiet"]),))

    def numbers(self, numbers: Sequence[Number]) -> None:
        """Write the large numbers side by side: what each is, itself, and what it says."""
        self._row += 1
        span = _WIDTH // len(numbers)
        at = [index * span for index in range(len(numbers))]
        for column, number in zip(at, numbers, strict=True):
            unit = f" ({number.unit.strip()})" if number.unit else ""
            self._put(column, span, number.label + unit, **COLOURS["quiet"])
        self._row += 1
        self._page.set_row(self._row, 30)
        for column, number in zip(at, numbers, strict=True):
            style = {"bold": True, "font_size": 20, "align": "left"}
            if number.figure is None:
                self._put(column, span, gettext("not known"), **style)
                continue
            kind = "percent" if number.figure.text.endswith("%") else "money"
            made = self._formats(valign="top", num_format=self._number_formats[kind], **style)
            self._page.merge_range(self._row, column, self._row, column + span - 1, "", made)
            self._page.write_number(self._row, column, float(number.figure.value), made)
        self._row += 1
        self._lines(
            tuple(
                (column, span, plain(number.below).strip(), {})
                for column, number in zip(at, numbers, strict=True)
            )
        )

    def charts(self, charts: Sequence[ChartOf]) -> None:
        """Write the charts two a row, and below them the figures that they are drawn from."""
        self.heading(gettext("Charts"))
        first, half = self._row, _WIDTH // 2
        places = [
            (first + index // 2 * _CHART_ROWS, index % 2 * half) for index in range(len(charts))
        ]
        below = first + math.ceil(len(charts) / 2) * _CHART_ROWS
        self._row = below
        self._page.set_h_pagebreaks([first - 1, below])
        for chart, (row, column) in zip(charts, places, strict=True):
            self.heading(chart.title)
            if not chart.rows:
                self.sentences(((chart.nothing,),))
                continue
            top = self._figures(chart)
            self._draw(chart, top, row, column)

    def _figures(self, chart: ChartOf) -> int:
        """Write a chart's figures; return the row of their headers."""
        top = self._row
        head = self._formats(bold=True, text_wrap=True, valign="top", bg_color="#EAEEF3", bottom=1)
        self._page.set_row(top, 60)
        for index, text in enumerate(chart.headers):
            self._text(self._place(index), text, head, self._span(index))
        self._row += 1
        for row in chart.rows:
            for index, (value, kind) in enumerate(zip(row, chart.formats, strict=True)):
                style = self._formats.cell("", kind, at="left" if index == 0 else "")
                if isinstance(value, str):
                    self._text(self._place(index), value, style, self._span(index))
                elif isinstance(value, date):
                    if self._span(index) > 1:
                        self._merge(self._place(index), self._span(index), style)
                    self._page.write_datetime(self._row, self._place(index), value, style)
                elif value is not None:
                    self._page.write_number(self._row, self._place(index), float(value), style)
            self._row += 1
        return top

    @staticmethod
    def _place(index: int) -> int:
        """Return the column of a chart's figures: names take the room of three."""
        return index + 2 if index else 0

    @staticmethod
    def _span(index: int) -> int:
        return 1 if index else 3

    def _draw(self, chart: ChartOf, top: int, row: int, column: int) -> None:
        made: Chart = self._book.add_chart({"type": "bar" if chart.kind == "bars" else "line"})
        last = top + len(chart.rows)
        for index in range(1, len(chart.headers)):
            place = self._place(index)
            made.add_series(
                {
                    "name": [gettext(SHEET), top, place],
                    "categories": [gettext(SHEET), top + 1, 0, last, 0],
                    "values": [gettext(SHEET), top + 1, place, last, place],
                    **_look(chart.kind, index),
                }
            )
        kind = chart.formats[1]
        made.set_title({"name": chart.title, "name_font": {"size": 11}, "overlay": False})
        made.set_legend({"position": "bottom"})
        axis = {"num_format": "0%" if kind == "percent" else "#,##0", "major_gridlines": _GRID}
        if chart.kind == "bars":
            # every name is shown, the first one on top
            made.set_y_axis({"reverse": True, "interval_unit": 1, "num_font": {"size": 8}})
            made.set_x_axis({**axis, "label_position": "high"})
        else:
            made.set_x_axis({"num_format": "d mmm", "text_axis": True})
            made.set_y_axis({**axis, "min": 0, **({"max": 1} if kind == "percent" else {})})
        made.show_na_as_empty_cell()
        made.set_size({"width": 96 * _WIDTH // 2 - 8, "height": 20 * _CHART_ROWS - 8})
        self._page.insert_chart(
            row,
            column,
            made,
            {"description": gettext("{title}. Its figures stand below.", title=chart.title)},
        )

    # --- cells

    def _lines(self, cells: Sequence[tuple[int, int, str, dict[str, Any]]]) -> None:
        """Write a row of texts, each with its column and width; it is as high as they need."""
        high = max(
            len(textwrap.wrap(text, max(1, int(span * _COLUMN * _SIGNS))))
            for _, span, text, _ in cells
        )
        self._page.set_row(self._row, 15 * max(1, high))
        for column, span, text, style in cells:
            self._put(column, span, text, **style)
        self._row += 1

    def _put(self, column: int, span: int, text: str, **style: Any) -> None:
        made = {"text_wrap": True, "valign": "top", **style}
        if FORMULA_START.match(text):
            made["quote_prefix"] = True
        self._text(column, text, self._formats(**made), span)

    def _text(self, column: int, text: str, style: Format, span: int = 1) -> None:
        kept = safe_text(text)
        if kept.startswith("<r>"):
            kept += " "  # xlsxwriter would take `<r>…</r>` for XML of its own
        if span > 1:
            self._merge(column, span, style)
        self._page.write_string(self._row, column, kept, style)

    def _merge(self, column: int, span: int, style: Format) -> None:
        self._page.merge_range(self._row, column, self._row, column + span - 1, "", style)


_GRID = {"visible": True, "line": {"color": "#D9DCE1", "width": 0.5}}


def _look(kind: str, index: int) -> dict[str, Any]:
    """Return how a series is drawn, so that greyscale tells it from the others too."""
    colour = _HUES[(index - 1) % len(_HUES)]
    if kind == "bars":
        if index == 1:
            return {"fill": {"color": colour}, "border": {"color": colour}, "gap": 60}
        pattern = {"pattern": "wide_upward_diagonal", "fg_color": colour, "bg_color": "#FFFFFF"}
        return {"pattern": pattern, "border": {"color": colour}}
    return {
        "line": {"color": colour, "width": 2.25, "dash_type": _DASHES[(index - 1) % len(_DASHES)]},
        "marker": {"type": "circle", "size": 4, "fill": {"color": colour}}
        if index == 1
        else {"type": "none"},
    }
