"""What needs somebody: every list whole, each with its own heading to be linked to."""

from __future__ import annotations

from collections.abc import Sequence

from reachline.languages import gettext, ngettext
from reachline.publish.report.pages.parts import (
    PACING,
    PERFORMANCE,
    pacing_columns,
    relationship_columns,
    with_goals,
    with_returns,
)
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows
from reachline.publish.report.tables import Column, Page, Section, Table, make_table

_COMPLIANCE = ("reports.compliance", ("post_id", "rule"))


def needs(release: Release) -> Page:
    """Return the page of all that needs somebody."""
    campaigns = with_goals(release, release.rows["campaigns"])
    behind = [row for row in campaigns if row["pacing_status"] == "behind"]
    missed = [row for row in campaigns if row["is_missed"]]
    perhaps = [row for row in campaigns if row["is_perhaps_missed"]]
    return Page(
        path="needs.html",
        title=gettext("Needs somebody"),
        area="needs",
        lead=(
            gettext(
                "Everything that somebody should look at, whole: nothing is left out of a list."
            ),
        ),
        sections=(
            Section(gettext("Late"), "late", tables=(_late(release), _came_late(release))),
            Section(gettext("Undisclosed"), "undisclosed", tables=(_undisclosed(release),)),
            Section(
                gettext("Behind"),
                "behind",
                tables=(
                    _goals(
                        release,
                        "campaigns-behind",
                        gettext("Campaigns behind their goal"),
                        behind,
                        gettext("No running campaign is known to be behind."),
                    ),
                ),
            ),
            Section(gettext("Over budget"), "over-budget", tables=(_over_budget(release),)),
            Section(
                gettext("Goal missed"),
                "missed",
                tables=(
                    _goals(
                        release,
                        "campaigns-missed",
                        gettext("Campaigns that ended short of their goal"),
                        missed,
                        gettext("No campaign is known to have missed its goal."),
                    ),
                    _goals(
                        release,
                        "campaigns-perhaps-missed",
                        gettext("Ended short of the goal by what was watched, which was not all"),
                        perhaps,
                        gettext("Of every ended campaign it can be told."),
                    ),
                ),
            ),
            Section(gettext("Leaked"), "leaked", tables=(_codes(release),)),
            Section(gettext("Lapsed"), "lapsed-stars", tables=(_lapsed(release),)),
        ),
    )


def _creator() -> Column:
    return Column("creator_name", gettext("Creator"), "name", link="creator_page")


def _campaign() -> Column:
    return Column("campaign_name", gettext("Campaign"), "name", link="campaign_page")


def _late(release: Release) -> Table:
    late = [row for row in release.rows["campaigns"] if row["deliverables_late"]]
    return make_table(
        release.catalogue,
        "late",
        gettext("Campaigns with deliverables that are due and not published"),
        PACING,
        (
            _campaign(),
            Column("deliverables_late"),
            Column("deliverables_due"),
            Column("deliverables_live"),
        ),
        late,
        limit=len(late),
        empty=gettext("Nothing is late."),
    )


def _not_kept(release: Release, rule: str) -> Rows:
    return [
        row for row in release.rows["not_kept"] if (row["rule"], row["result"]) == (rule, "fail")
    ]


def _posts(
    release: Release, name: str, caption: str, rows: Rows, more: Sequence[Column], empty: str
) -> Table:
    return make_table(
        release.catalogue,
        name,
        caption,
        _COMPLIANCE,
        (
            Column("published_on"),
            _creator(),
            _campaign(),
            *more,
            Column("text", gettext("Post"), "caption"),
        ),
        rows,
        limit=len(rows),
        empty=empty,
    )


def _came_late(release: Release) -> Table:
    evidence = (Column("evidence", gettext("How late"), "text"),)
    rows = _not_kept(release, "on_time")
    return _posts(
        release, "came-late", gettext("Posts that came after their day"), rows, evidence,
        gettext("No post came late."),
    )  # fmt: skip


def _undisclosed(release: Release) -> Table:
    evidence = (Column("evidence", gettext("What was looked for"), "text"),)
    return _posts(
        release,
        "undisclosed",
        gettext("Paid posts without a disclosure"),
        _not_kept(release, "disclosure"),
        evidence,
        _disclosure_sentence(release),
    )


def _goals(release: Release, name: str, caption: str, rows: Rows, empty: str) -> Table:
    return make_table(
        release.catalogue,
        name,
        release.by_default(caption),
        PACING,
        pacing_columns(),
        rows,
        limit=len(rows),
        empty=empty,
    )


def _over_budget(release: Release) -> Table:
    rows = [row for row in release.rows["campaigns"] if row["is_over_budget"]]
    own = ("core.dim_campaign", {"campaign_id": "campaign_id"})
    return make_table(
        release.catalogue,
        "campaigns-over-budget",
        gettext("Campaigns that cost more than their budget"),
        PERFORMANCE,
        (
            _campaign(),
            Column("cost_committed"),
            Column("budget_amount", source=own),
            Column("starts_on", gettext("Starts")),
            Column("ends_on", gettext("Ends")),
        ),
        [{**row, "method": release.default_method} for row in rows],
        limit=len(rows),
        empty=gettext("No campaign costs more than its budget.")
        if any(row["budget_amount"] is not None for row in release.rows["campaigns"])
        else gettext("No campaign has a budget."),
    )


def _codes(release: Release) -> Table:
    codes = release.rows["odd_codes"]
    return make_table(
        release.catalogue,
        "odd-codes",
        gettext("Promo codes that are likely leaked, or used by their own creator"),
        ("reports.code_health", ("code",)),
        (
            Column("code", gettext("Code"), "name"),
            Column("likely_leaked"),
            _creator(),
            _campaign(),
            Column("reasons", gettext("Why"), "text"),
            Column("orders"),
            Column("revenue_with_code"),
            Column("last_order_on"),
        ),
        codes,
        limit=len(codes),
        empty=gettext("No code shows the signs."),
    )


def _lapsed(release: Release) -> Table:
    lapsed = [
        row for row in with_returns(release, release.rows["relationships"]) if row["is_lapsed_star"]
    ]
    return make_table(
        release.catalogue,
        "lapsed",
        release.by_default(
            gettext("Lapsed stars: creators who returned more than they cost, and have left")
        ),
        ("reports.creator_relationships", ("brand_id", "creator_id")),
        relationship_columns(),
        lapsed,
        limit=len(lapsed),
        empty=gettext("Nobody of that kind has lapsed."),
    )


def _disclosure_sentence(release: Release) -> str:
    """Return a sentence for when no paid post lacks a disclosure: whether some are weak."""
    told = [row for row in release.rows["rules"] if row["rule"] == "disclosure"]
    weak = sum(row["weak"] for row in told)
    if not sum(row["posts_checked"] for row in told):
        return gettext("There is no paid post yet.")
    if weak:
        return ngettext(
            "No paid post lacks a disclosure; {count} is weak.",
            "No paid post lacks a disclosure; {count} are weak.",
            weak,
        )
    return gettext("Every paid post says that it is one.")
