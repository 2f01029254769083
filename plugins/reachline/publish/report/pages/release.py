"""What all pages draw on: everything that they show, asked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from reachline.languages import N_, day_text, gettext, short_day_text
from reachline.publish.morning import Morning, read_morning
from reachline.publish.report import queries, words
from reachline.publish.report.queries import Rows, ask, ask_before, keys_of
from reachline.publish.report.tables import (
    Catalogue,
    safe_name,
)

_NONE_YET = {
    "orders": N_("no orders yet"),
    "clicks": N_("no clicks yet"),
    "mentions": N_("no mentions yet"),
}
_NONE_BEFORE = {
    "orders": N_("no orders before {day}"),
    "clicks": N_("no clicks before {day}"),
    "mentions": N_("no mentions before {day}"),
}


@dataclass(frozen=True)
class Release:
    """What all pages draw on: the catalogue, the rows by table, and the pages there are."""

    catalogue: Catalogue
    run: dict[str, Any]
    methods: tuple[str, ...]
    rows: dict[str, Rows]
    before: dict[str, Rows | None]
    before_on: str
    morning: Morning

    @property
    def default_method(self) -> str:
        """The method that the release's other tables follow."""
        return self.methods[0] if self.methods else ""

    def before_coverage(self, stream: str, brand_id: str | None = None) -> str:
        """Return why nothing is known of a stream before it was watched: no orders before 9 Feb."""
        days = [
            row["covered_from"]
            for row in self.rows["coverage"]
            if (row["stream"], row["brand_id"]) == (stream, brand_id)
        ]
        if not days or days[0] is None:
            return gettext(_NONE_YET[stream])
        day = short_day_text(days[0], self.run["logical_date"])
        return gettext(_NONE_BEFORE[stream], day=day)

    def by_default(self, caption: str) -> str:
        """Return a caption with the default method, for a table that follows no other."""
        return f"{caption} ({words.method_within(self.default_method)})"


_QUERIES = {
    "campaigns": queries.CAMPAIGNS,
    "campaign_methods": queries.CAMPAIGN_METHODS,
    "totals": queries.TOTALS,
    "days": queries.CAMPAIGN_DAYS,
    "money_to_date": queries.MONEY_TO_DATE,
    "trend_days": queries.DAYS_OF_TRENDS,
    "collaborations": queries.COLLABORATIONS,
    "orders": queries.ORDERS_OF_COLLABORATIONS,
    "clicks": queries.CLICKS_OF_COLLABORATIONS,
    "posts": queries.PAID_POSTS_OF_ALL,
    "latest": queries.LATEST_POSTS_OF_ROSTER,
    "costs": queries.COSTS,
    "pictures": queries.PICTURES,
    "rules": queries.RULES,
    "not_kept": queries.NOT_KEPT,
    "creators": queries.CREATORS,
    "scorecards": queries.SCORECARDS,
    "followers": queries.FOLLOWERS,
    "relationships": queries.RELATIONSHIPS,
    "fees": queries.FEES,
    "bookings": queries.BOOKINGS,
    "odd_codes": queries.ODD_CODES,
    "brands": queries.OWN_BRANDS,
    "shortlist": queries.SHORTLIST,
    "voice": queries.VOICE,
    "voice_posts": queries.POSTS_OF_VOICES,
    "trends": queries.TRENDS,
    "trend_rows": queries.TREND_ROWS,
    "tiers": queries.TIERS,
    "insights": queries.INSIGHTS,
    "outreach": queries.OUTREACH,
    "health": queries.HEALTH,
    "click_door_totals": queries.CLICK_DOOR_TOTALS,
    "click_doors": queries.CLICK_DOORS,
    "click_door_hours": queries.CLICK_DOOR_HOURS,
    "click_door_hour_rows": queries.CLICK_DOOR_HOUR_ROWS,
    "orphan_clicks": queries.ORPHAN_CLICKS,
    "gates": queries.GATES,
    "gate_totals": queries.GATE_TOTALS,
    "rejects": queries.REJECTS,
    "reject_lines": queries.REJECT_LINES,
    "counts": queries.COUNTS,
    "standing": queries.STANDING,
    "shortlisted": queries.SHORTLISTED,
    "tables": queries.TABLES,
    "columns": queries.COLUMNS,
    "coverage": queries.COVERAGE,
}
_COMPARED = ("counts", "standing", "shortlisted")


def read_release(
    connection: duckdb.DuckDBPyConnection, previous: duckdb.DuckDBPyConnection | None
) -> Release:
    """Ask everything that the pages show, once."""
    rows = {name: ask(connection, query) for name, query in _QUERIES.items()}
    before: dict[str, Rows | None] = {
        name: ask_before(previous, _QUERIES[name]) for name in _COMPARED
    }
    (run,) = ask(connection, queries.RUN)
    days = ask_before(previous, queries.RUN)
    if not days or days[0]["currency"] != run["currency"]:
        before = dict.fromkeys(_COMPARED)
    _add_pages(rows)
    return Release(
        catalogue=queries.read_catalogue(connection),
        run=run,
        methods=tuple(row["method"] for row in ask(connection, queries.METHODS)),
        rows=rows,
        before=before,
        before_on=day_text(days[0]["logical_date"]) if days else "",
        morning=read_morning(connection),
    )


def _add_pages(rows: dict[str, Rows]) -> None:
    """Give each row the pages of the campaign, creator and brand that it is about."""
    campaigns = {(row["campaign_id"],) for row in rows["campaigns"]}
    creators = keys_of(rows["creators"], "creator_id")
    brands = keys_of(rows["brands"], "brand_id")
    kinds = (("campaign", campaigns), ("creator", creators), ("brand", brands))
    folders = {"campaign": "campaign", "creator": "creator", "brand": "shortlist"}
    collaborations = keys_of(rows["collaborations"], "campaign_id", "collaboration_id")
    for table in rows.values():
        for row in table:
            if "collaboration_id" in row and "campaign_id" in row:
                known = (row["campaign_id"], row["collaboration_id"]) in collaborations
                known = known and (row["campaign_id"],) in campaigns
                row["orders_page"] = (
                    f"orders/{safe_name(row['campaign_id'])}.html"
                    f"#{safe_name(row['collaboration_id'])}-title"
                    if known
                    else ""
                )
                row["orders_words"] = gettext("orders, clicks") if known else gettext("none")
            for name in ("handle", "account"):
                if isinstance(row.get(name), str) and row[name].endswith(queries.NO_HANDLE):
                    known_part = row[name].removesuffix(queries.NO_HANDLE)
                    row[name] = known_part + gettext(queries.NO_HANDLE)
            for kind, there in kinds:
                if f"{kind}_id" in row:
                    value = row[f"{kind}_id"]
                    known = (value,) in there
                    page = f"{folders[kind]}/{safe_name(value)}.html" if known else ""
                    row[f"{kind}_page"] = page
                    name = f"{kind}_name"
                    if name in row and not row[name]:
                        row[name] = value
