"""Whom to approach: one page of all brands, and a page each."""

from __future__ import annotations

from collections.abc import Iterator

from reachline.languages import gettext
from reachline.publish.report import words
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows, grouped
from reachline.publish.report.tables import (
    Column,
    Page,
    Section,
    Table,
    make_table,
    safe_name,
)


def shortlists(release: Release) -> Page:
    """Return the page of all brands."""
    rows = grouped(release.rows["shortlist"], "brand_id")
    return Page(
        path="shortlists.html",
        title=gettext("Shortlists"),
        area="shortlists",
        lead=(
            gettext("Whom each brand should approach: not on its roster, active, and a good fit."),
        ),
        sections=tuple(
            Section(
                brand["brand_name"],
                safe_name(brand["brand_id"]),
                tables=(_shortlist(release, rows[brand["brand_id"]], 5, brand["brand_name"]),),
                links=(
                    (
                        brand["brand_page"],
                        gettext(
                            "The whole shortlist of {brand_name}", brand_name=brand["brand_name"]
                        ),
                    ),
                ),
            )
            for brand in release.rows["brands"]
        )
        or (
            Section(
                gettext("No brand"),
                "none",
                (gettext("config/brands.yml names no brand of yours."),),
            ),
        ),
    )


def shortlist_pages(release: Release) -> Iterator[Page]:
    """Yield a page for each brand of ours."""
    rows = grouped(release.rows["shortlist"], "brand_id")
    for brand in release.rows["brands"]:
        yield Page(
            path=brand["brand_page"],
            title=gettext("Shortlist of {brand_name}", brand_name=brand["brand_name"]),
            area="shortlists",
            crumbs=(("shortlists.html", gettext("Shortlists")),),
            sections=(
                Section(
                    gettext("Whom to approach"),
                    "shortlist",
                    tables=(
                        _shortlist(release, rows[brand["brand_id"]], 500, brand["brand_name"]),
                    ),
                ),
            ),
        )


def _shortlist(release: Release, rows: Rows, limit: int, brand: str) -> Table:
    fee = ("reports.fair_compensation", {"account_id": "account_id"})
    return make_table(
        release.catalogue,
        "shortlist-" + safe_name(brand),
        gettext("Shortlist of {brand}, the best first", brand=brand),
        ("reports.discovery_shortlist", ("brand_id", "account_id")),
        (
            Column("rank"),
            Column("handle", gettext("Account"), "name"),
            Column("platform", kind="text"),
            Column("reasons", gettext("Why"), "text"),
            Column("score"),
            Column("relevance"),
            Column("er_percentile"),
            Column("authenticity_score"),
            Column("affinity"),
            Column("followers"),
            Column("suggested_mid", source=fee, low="suggested_low", high="suggested_high"),
        ),
        [{**row, "reasons": words.reasons(row["reasons"] or "")} for row in rows],
        limit=limit,
        empty=gettext("Nobody fits."),
    )
