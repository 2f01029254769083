"""The site of bi/evidence: four pages over a release, in the Markdown and SQL that Evidence builds.

`make format` writes what lies in pages/ and sources/ there, with the catalogue's labels and
formats; package.json and its lock, the configuration and the connection are written by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from reachline.publish.labels import label_of
from reachline.warehouse.dbt import PROJECT
from reachline.warehouse.metrics import Format, load_metrics

TARGET = PROJECT.parent / "bi" / "evidence"
SOURCE = "reachline"

_FORMATS: dict[Format, str] = {
    "number": "#,##0",
    "signed number": "+#,##0;-#,##0;0",
    "percent": "0.00%",
    "signed percent": "+0.00%;-0.00%;0.00%",
    "times": "0.00",
    "fraction": "0.000",
    "money": "#,##0.00",
    "small money": "#,##0.0000",
}

# what Evidence copies out of the release. Days are text: a date is a moment in UTC there, and shown
# as the day before west of Greenwich. Addresses are of the web alone: they become links
SOURCES = {
    "run": "select strftime(logical_date, '%Y-%m-%d') as day, currency from meta.run",
    "campaigns": (
        "select campaign_label, brand_name, result_state, cost_committed, attributed_revenue,\n"
        "    attributed_profit, roi, roas\n"
        "from views.campaign_results"
    ),
    "bookings": (
        "select brand_name, creator_name, verdict, how_sure, expected_profit,\n"
        "    expected_profit_low, expected_profit_high, next_break_even_fee, last_fee,\n"
        "    collaborations, strftime(last_on, '%Y-%m-%d') as last_on,\n"
        "    case when regexp_matches(profile_url, '^https?://') then profile_url end\n"
        "        as profile_url\n"
        "from views.bookings"
    ),
    "paid_posts": (
        "select strftime(published_on, '%Y-%m-%d') as published_on, brand_name, campaign_name,\n"
        "    creator_name, platform, content_type, disclosure,\n"
        "    case when regexp_matches(permalink, '^https?://') then permalink end as permalink\n"
        "from views.posts\n"
        "where collaboration_id is not null"
    ),
    "streams": (
        "select source, stream, freshness, gate, completeness, rows_last_day, quarantined_7d,\n"
        "    queries_incomplete, files_refused\n"
        "from reports.data_health"
    ),
}


@dataclass(frozen=True)
class Listed:
    """A table on a page: the query that it shows, its columns, and what stands where it has no row.

    `links` are columns of addresses, and the words that they are shown as.
    """

    query: str
    sql: str
    columns: tuple[str, ...]
    empty: str
    links: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return it in Markdown, with its query before."""
        columns = "".join(f"    {self._column(name)}\n" for name in self.columns)
        return (
            f"{query(self.query, self.sql)}\n"
            f"<DataTable data={{{self.query}}} rows=all emptySet=pass "
            f"emptyMessage={_quoted(self.empty)}>\n{columns}</DataTable>\n"
        )

    def _column(self, name: str) -> str:
        label, metric = label_of(name), load_metrics().get(name)
        parts = [f"id={name}", f"title={_quoted(label.brief if metric else label.text)}"]
        if label.format:
            parts += [f"fmt={_quoted(_FORMATS[label.format])}", "align=right"]
        if metric:
            parts.append(f"description={_quoted(metric.formula)}")
        if name in self.links:
            parts.append(f"contentType=link linkLabel={_quoted(self.links[name])} openInNewTab")
        return f"<Column {' '.join(parts)} />"


LOSING = Listed(
    "losing",
    "select * from reachline.campaigns where roi < 0 order by roi, campaign_label",
    (
        "campaign_label",
        "brand_name",
        "cost_committed",
        "attributed_revenue",
        "attributed_profit",
        "roi",
        "roas",
    ),
    "No campaign is known to lose money.",
)
OTHERS = Listed(
    "others",
    "select * from reachline.campaigns where roi is null or roi >= 0\n"
    "order by roi desc nulls last, campaign_label",
    (*LOSING.columns, "result_state"),
    "No other campaign.",
)
BOOKINGS = Listed(
    "chosen",
    "select * from reachline.bookings where verdict = '${inputs.verdict}'\n"
    "order by expected_profit desc nulls last, brand_name, creator_name",
    (
        "brand_name",
        "creator_name",
        "how_sure",
        "expected_profit",
        "expected_profit_low",
        "expected_profit_high",
        "next_break_even_fee",
        "last_fee",
        "collaborations",
        "last_on",
        "profile_url",
    ),
    "Nobody has this verdict.",
    {"profile_url": "Profile"},
)
UNDISCLOSED = Listed(
    "undisclosed",
    "select * from reachline.paid_posts where disclosure = 'missing'\n"
    "order by published_on desc, brand_name, creator_name, permalink",
    (
        "published_on",
        "brand_name",
        "campaign_name",
        "creator_name",
        "platform",
        "content_type",
        "permalink",
    ),
    "No paid post lacks its disclosure.",
    {"permalink": "Post"},
)
UNWELL = Listed(
    "unwell",
    "select * from reachline.streams\n"
    "where freshness <> 'fresh' or gate <> 'pass' or queries_incomplete > 0 or files_refused > 0\n"
    "    or completeness in ('below_usual', 'above_usual')\n"
    "order by source, stream",
    (
        "source",
        "stream",
        "freshness",
        "gate",
        "completeness",
        "rows_last_day",
        "quarantined_7d",
        "queries_incomplete",
        "files_refused",
    ),
    "All streams are fresh, passed their gate and have their usual rows.",
)

COUNTS = """select
    (select day from reachline.run) as day,
    (select currency from reachline.run) as currency,
    (select count(*) from reachline.streams) as streams,
    (select count(*) from reachline.campaigns where roi < 0) as losing,
    (select count(*) from reachline.campaigns where roi is not null) as told,
    (select count(*) from reachline.bookings where verdict = 'rebook') as rebook,
    (select count(*) from reachline.paid_posts where disclosure = 'missing') as undisclosed,
    (select count(*) from reachline.paid_posts) as paid_posts"""


def query(name: str, sql: str) -> str:
    """Return a query as Evidence reads it in a page."""
    return f"```sql {name}\n{sql}\n```\n"


def page(title: str, place: int, *parts: str) -> str:
    """Return a page; the menu lists pages by their place."""
    head = (
        f"---\ntitle: {title}\nsidebar_position: {place}\nfull_width: true\nhide_toc: true\n---\n"
    )
    return "\n".join((head, *parts))


def _value(column: str) -> str:
    return f"<Value data={{counts}} column={column} />"


def pages() -> dict[str, str]:
    """Return each page's Markdown by its name."""
    counts = query("counts", COUNTS)
    # Evidence puts a space behind a value: no sentence goes on there
    money = "Results are by the default method of attribution. Money is in "
    money += f"{_value('currency')}\n"
    return {
        "index.md": page(
            "Is the data whole?",
            1,
            counts,
            f"A dash is not known, and never 0. As of {_value('day')}\n",
            "## Streams that need a look\n",
            UNWELL.text(),
            f"Of {_value('streams')} streams in all.\n",
            "## What needs somebody\n",
            f"- [Campaigns](/campaigns): {_value('losing')} of {_value('told')} whose return is"
            " known lose money\n"
            f"- [Bookings](/bookings): {_value('rebook')} creators to book again\n"
            f"- [Disclosure](/disclosure): {_value('undisclosed')} of {_value('paid_posts')} paid"
            " posts do not say that they are paid for\n",
        ),
        "campaigns.md": page(
            "Which campaigns lose money?",
            2,
            counts,
            money,
            LOSING.text(),
            "## All others\n",
            OTHERS.text(),
            query(
                "money",
                "select campaign_label, 'Cost' as what, cost_committed as amount"
                " from reachline.campaigns\nunion all\n"
                "select campaign_label, 'Revenue', attributed_revenue from reachline.campaigns\n"
                "order by campaign_label, what",
            ),
            "<BarChart data={money} x=campaign_label y=amount series=what type=grouped swapXY "
            'sort=false yFmt="#,##0" leftPadding=24 emptySet=pass '
            'emptyMessage="No campaign yet." title="Cost and revenue" />\n',
        ),
        "bookings.md": page(
            "Whom to book again?",
            3,
            counts,
            "At the cost of the last collaboration. Below the break-even fee any of them pays. "
            + money,
            query(
                "verdicts",
                "select distinct verdict from reachline.bookings order by verdict",
            ),
            '<ButtonGroup data={verdicts} name=verdict value=verdict defaultValue="rebook" />\n',
            BOOKINGS.text(),
        ),
        "disclosure.md": page(
            "Which paid posts lack their disclosure?",
            4,
            counts,
            f"{_value('undisclosed')} of {_value('paid_posts')} paid posts.\n",
            UNDISCLOSED.text(),
        ),
    }


def files() -> dict[Path, str]:
    """Return the text of each page and of each query of the source by its path."""
    return {TARGET / "pages" / name: text for name, text in pages().items()} | {
        TARGET / "sources" / SOURCE / f"{name}.sql": f"{sql}\n" for name, sql in SOURCES.items()
    }


def _quoted(text: str) -> str:
    """Return a text as the value of an attribute: Svelte reads braces there as an expression."""
    return '"' + escape(text).replace("{", "&#123;").replace("}", "&#125;") + '"'
