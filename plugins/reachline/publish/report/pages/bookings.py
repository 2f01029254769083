"""Whom to book again, at what fee: every creator with a verdict."""

from __future__ import annotations

from typing import Any

from reachline.publish.report.pages.release import Release
from reachline.publish.report.tables import Column, Page, Section, make_table

_WORDS = {
    "rebook": "even the lower end is above the cost",
    "stop": "even the upper end is below the cost, or nothing was earned",
    "renegotiate": "the cost is between the ends: not sure",
}


def bookings(release: Release) -> Page:
    """Return the page of all creators with a verdict, the plainest first."""
    rows = [{**row, **_reasons(row)} for row in release.rows["verdicts"]]
    return Page(
        path="bookings.html",
        title="Book again?",
        area="bookings",
        lead=(
            "What a post of each creator earned before its fee, beside what it costs: book again "
            "below that fee, not above it.",
        ),
        sections=(
            Section(
                "Creators",
                "verdicts-of-creators",
                (
                    "One verdict for each creator. Brackets hold 95 % intervals: few posts are "
                    "pulled to those of the tier, and the interval says how far to trust them.",
                ),
                tables=(
                    make_table(
                        release.catalogue,
                        "verdicts",
                        release.by_default("Verdicts, the plainest first"),
                        ("reports.fair_compensation", ("account_id",)),
                        (
                            Column("creator_name", "Creator", "name", link="creator_page"),
                            Column("handle", "Handle", "name"),
                            Column("verdict", "Verdict", "status"),
                            Column(
                                "break_even_fee",
                                low="break_even_low",
                                high="break_even_high",
                                absent="no_return",
                            ),
                            Column("actual_cost_per_post", absent="no_cost"),
                            Column(
                                "followers",
                                source=("core.dim_account", {"account_id": "account_id"}),
                            ),
                            Column("platform", kind="text"),
                            Column("suggested_mid", low="suggested_low", high="suggested_high"),
                            Column("break_even_posts", "Posts", absent="no_return"),
                            Column("latest_cost_committed", "Last cost", absent="no_cost"),
                            Column("latest_deliverables", "Last posts", absent="no_cost"),
                            Column("why", "Why", "text"),
                        ),
                        rows,
                        limit=len(rows),
                        empty="No creator of the roster has a verdict yet.",
                    ),
                ),
            ),
        ),
    )


def _reasons(row: dict[str, Any]) -> dict[str, str]:
    posts = row["break_even_posts"]
    if row["verdict"] != "too_early":
        why = _WORDS[row["verdict"]]
    elif not posts:
        why = "no post whose orders were watched"
    elif posts < 2:
        why = "1 post is too few"
    elif row["actual_cost_per_post"] is None:
        why = "no cost of a post is known"
    else:
        why = "too few collaborations of the tier to tell how far they differ"
    return {
        "why": why,
        "no_return": "no post watched",
        "no_cost": "no collaboration",
    }
