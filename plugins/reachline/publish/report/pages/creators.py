"""The roster's creators: one page of all, and a page each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reachline.languages import N_, gettext, ngettext
from reachline.publish.report import queries, words
from reachline.publish.report.pages.parts import (
    COLLABORATION,
    facts,
    measured_columns,
    paid_posts,
    relationship_columns,
    returned_columns,
    with_reasons,
    with_returns,
)
from reachline.publish.report.pages.release import Release
from reachline.publish.report.queries import Rows, grouped
from reachline.publish.report.tables import (
    Cell,
    Column,
    Header,
    Page,
    Section,
    Source,
    Table,
    TableRow,
    figure,
    header_of,
    make_table,
    own_header,
)

SCORECARD = ("reports.creator_scorecard", ("account_id",))
_FEE = ("reports.fair_compensation", {"account_id": "account_id"})


def _scorecard_columns(*columns: Column, fees: Sequence[Column] = ()) -> tuple[Column, ...]:
    return (
        *columns,
        Column("platform", kind="text"),
        *fees,
        Column("followers"),
        Column("tier", kind="text"),
        Column("followers_growth_30d"),
        Column("posts_90d"),
        Column("posts_measured"),
        Column("er_followers_pooled"),
        Column("er_followers_median"),
        Column("er_followers_shrunk"),
        Column("er_percentile"),
        Column("er_views_pooled"),
        Column("authenticity_score"),
    )


def creators(release: Release) -> Page:
    """Return the page of all creators of the roster."""
    return Page(
        path="creators.html",
        title=gettext("Creators"),
        area="creators",
        lead=(
            gettext(
                "The roster: every account of a creator that a campaign has worked with or may."
            ),
        ),
        sections=(
            Section(
                gettext("Accounts"),
                "accounts",
                tables=(
                    make_table(
                        release.catalogue,
                        "scorecards",
                        gettext("Accounts of the roster, the largest first"),
                        SCORECARD,
                        _scorecard_columns(
                            Column("creator_name", gettext("Creator"), "name", link="creator_page"),
                            Column("handle", gettext("Handle"), "name"),
                            fees=(
                                Column("actual_cost_per_post", source=_FEE, absent="no_cost"),
                                Column(
                                    "suggested_mid",
                                    source=_FEE,
                                    low="suggested_low",
                                    high="suggested_high",
                                ),
                            ),
                        ),
                        [
                            {**row, "no_cost": gettext("no collaboration")}
                            for row in release.rows["scorecards"]
                        ],
                        limit=len(release.rows["scorecards"]),
                        empty=gettext("The roster is empty."),
                    ),
                ),
            ),
            Section(
                gettext("Who stays"),
                "relationships",
                tables=(
                    make_table(
                        release.catalogue,
                        "relationships",
                        release.by_default(gettext("Creators by brand")),
                        ("reports.creator_relationships", ("brand_id", "creator_id")),
                        relationship_columns(),
                        with_returns(release, release.rows["relationships"]),
                        limit=len(release.rows["relationships"]),
                        total_by=(),
                        empty=gettext("No collaboration yet."),
                    ),
                ),
            ),
            Section(
                gettext("All creators"),
                "all",
                tables=(
                    make_table(
                        release.catalogue,
                        "creators",
                        gettext("Creators of the roster"),
                        ("core.dim_creator", ("creator_id",)),
                        (
                            Column("creator_name", gettext("Creator"), "name", link="creator_page"),
                            Column("country", kind="text"),
                            Column("tier", kind="text"),
                            Column("followers_total"),
                            Column("accounts"),
                            Column("niches"),
                        ),
                        release.rows["creators"],
                        limit=5000,
                        where="tables/dim_creator.parquet",
                        folded=True,
                    ),
                ),
            ),
        ),
    )


_SIGNALS = (
    ("follower_jump_z", "follower_jump_days", N_("days")),
    ("er_percentile", "peers", N_("peers")),
    ("likes_per_comment", "likes_per_comment_posts", N_("posts")),
    ("following_per_follower", "", ""),
    ("posts_per_week", "posts_90d", N_("posts in 90 days")),
    ("paid_posts_share", "posts_90d", N_("posts in 90 days")),
    ("engagement_variation", "posts_measured", N_("posts")),
)


def creator_pages(release: Release) -> Iterator[Page]:
    """Yield a page for each creator of the roster."""
    rows = release.rows
    scorecards = grouped(rows["scorecards"], "creator_id")
    latest = grouped(rows["latest"], "creator_id")
    posts = grouped(rows["posts"], "creator_id")
    followers = grouped(rows["followers"], "creator_id")
    collaborations = grouped(with_reasons(release, rows["collaborations"]), "creator_id")
    relationships = grouped(with_returns(release, rows["relationships"]), "creator_id")
    fees = grouped(rows["fees"], "creator_id")
    for creator in rows["creators"]:
        key = creator["creator_id"]
        cards = scorecards[key]
        written = (
            paid_posts(release, posts[key], queries.PAID_POSTS),
            _latest_posts(release, latest[key]),
        )
        yield Page(
            path=creator["creator_page"],
            title=creator["creator_name"] or key,
            area="creators",
            crumbs=(("creators.html", gettext("Creators")),),
            facts=facts(
                (gettext("Country"), creator["country"]),
                (gettext("Language"), creator["language"]),
                (gettext("Tier"), creator["tier"]),
                (gettext("Niches"), ", ".join(creator["niches"] or ())),
                (gettext("Hashtags"), ", ".join(_hashtags_of(cards))),
            ),
            sections=(
                Section(
                    gettext("Scorecard"),
                    "scorecard",
                    tables=(_scorecard(release, cards), _signals(release, cards)),
                ),
                Section(
                    gettext("Followers"), "followers", tables=(_followers(release, followers[key]),)
                ),
                Section(
                    gettext("Fair fee"),
                    "fee",
                    (
                        gettext(
                            "By post: what a post of the creator earned before its fee, over all "
                            "brands, beside what it cost. Whom to book is on Next bookings, by "
                            "brand. What peers are paid per engagement says nothing of "
                            "that: a creator who earns most may well be paid above them."
                        ),
                    ),
                    tables=(_fees(release, fees[key]),),
                ),
                _collaborations(release, collaborations[key], relationships[key]),
                Section(gettext("Posts"), "posts", tables=written),
            ),
        )


def _scorecard(release: Release, scorecards: Rows) -> Table:
    return make_table(
        release.catalogue,
        "scorecard",
        gettext("How the accounts do"),
        SCORECARD,
        _scorecard_columns(Column("handle", gettext("Account"), "name")),
        scorecards,
        empty=gettext("No account is known."),
    )


def _followers(release: Release, followers: Rows) -> Table:
    return make_table(
        release.catalogue,
        "followers",
        gettext(
            "Followers at the end of each of {weeks} weeks",
            weeks=queries.FOLLOWER_WEEKS,
        ),
        ("core.fct_account_daily", ("account_id", "date_day")),
        (
            Column("date_day"),
            Column("account", gettext("Account"), "name"),
            Column("followers"),
        ),
        followers,
        folded=True,
        empty=gettext("No count is known."),
        charts=(("followers", gettext("Followers by week")),),
    )


def _collaborations(release: Release, collaborations: Rows, relationships: Rows) -> Section:
    campaign = Column("campaign_name", gettext("Campaign"), "name", link="campaign_page")
    return Section(
        gettext("Collaborations"),
        "collaborations",
        tables=(
            make_table(
                release.catalogue,
                "collaborations",
                release.by_default(gettext("What was done together")),
                COLLABORATION,
                (
                    campaign,
                    *returned_columns("roi"),
                    Column("cost_committed"),
                    *returned_columns("attributed_revenue", "attributed_orders", "roas"),
                ),
                [row for row in collaborations if row["is_default_method"]],
                limit=len(collaborations),
                empty=gettext("Nothing yet."),
            ),
            make_table(
                release.catalogue,
                "collaborations-measured",
                gettext("What it brought, by any method"),
                COLLABORATION,
                measured_columns(
                    campaign,
                    Column("orders_words", gettext("Below it"), "name", link="orders_page"),
                    Column("is_live", gettext("Live")),
                ),
                [row for row in collaborations if row["is_default_method"]],
                limit=len(collaborations),
                empty=gettext("Nothing yet."),
            ),
            make_table(
                release.catalogue,
                "relationships",
                release.by_default(gettext("With each brand")),
                ("reports.creator_relationships", ("brand_id", "creator_id")),
                relationship_columns()[1:],
                relationships,
                empty=gettext("No live collaboration."),
            ),
        ),
    )


def _latest_posts(release: Release, latest: Rows) -> Table:
    return make_table(
        release.catalogue,
        "latest",
        gettext("Latest posts, paid or not"),
        ("core.fct_post_latest", ("post_id",)),
        (
            Column("published_on"),
            Column("platform", kind="text"),
            Column("text", gettext("Post"), "caption"),
            Column("likes"),
            Column("comments"),
            Column("views"),
            Column("engagements"),
        ),
        [row for row in latest if row["measured_on"] is not None],
        total=latest[0]["posts_of_creator"] if latest else 0,
        where="tables/dim_post.parquet",
        empty=gettext("No post is known."),
    )


def _hashtags_of(scorecards: Rows) -> list[str]:
    found = [tag for row in scorecards for tag in row["top_hashtags"] or ()]
    return ["#" + tag for tag in dict.fromkeys(found)][:8]


def _signals(release: Release, scorecards: Rows) -> Table:
    table = SCORECARD[0]
    made = []
    for row in scorecards:
        for signal, sample, of in _SIGNALS:
            source = Source(table, (), ())
            penalty = [p for p in row["authenticity_penalties"] or () if p.startswith(signal + " ")]
            head = header_of(release.catalogue, table, signal)
            made.append(
                TableRow(
                    (
                        Cell(row["handle"], column="handle"),
                        Cell(
                            head.label,
                            column="signal",
                            href=f"definitions.html#{head.anchor}" if head.anchor else "",
                        ),
                        figure(release.catalogue, source, signal, row[signal]),
                        figure(release.catalogue, source, sample, row[sample])
                        if sample
                        else Cell(gettext("one profile"), "empty"),
                        Cell(gettext(of), "text"),
                        Cell(
                            "; ".join(penalty) or gettext("none"),
                            "text" if penalty else "empty",
                            "authenticity_penalties",
                        ),
                    ),
                    Source(table, ("account_id",), (row["account_id"],)).values,
                )
            )
    return Table(
        name="signals",
        caption=gettext("Signals of authenticity, with the sample of each"),
        table=table,
        keys="account_id",
        headers=(
            Header("handle", gettext("Account"), False),
            Header("signal", gettext("Signal"), False),
            own_header("value"),
            own_header("sample"),
            Header("of", gettext("Of"), False),
            header_of(
                release.catalogue,
                table,
                "authenticity_penalties",
                gettext("Points taken"),
                numeric=False,
            ),
        ),
        rows=tuple(made),
        empty=gettext("No account is known."),
    )


def _fees(release: Release, fees: Rows) -> Table:
    return make_table(
        release.catalogue,
        "fees",
        release.by_default(gettext("What a post earned, and what it is paid, with their ranges")),
        ("reports.fair_compensation", ("account_id",)),
        (
            Column("account", gettext("Account"), "name"),
            Column("verdict", gettext("By post"), "status"),
            Column("break_even_fee", note="of_posts", absent="no_return"),
            Column("break_even_low", absent="no_interval"),
            Column("break_even_high", absent="no_interval"),
            Column("actual_cost_per_post", absent="no_cost"),
            Column("suggested_mid"),
            Column("suggested_low"),
            Column("suggested_high"),
            Column("position", gettext("Beside peers"), "text"),
            Column("expected_engagements"),
            Column("peer_cpe_p50"),
            Column("peers"),
            Column("peer_level", kind="text"),
        ),
        [
            {
                **row,
                "peer_level": _level(row["peer_level"]),
                "of_posts": _posts(row["break_even_posts"]),
                "no_return": gettext("no post whose return can be told"),
                "no_interval": gettext("too few to tell"),
                "no_cost": gettext("no cost of a post"),
            }
            for row in fees
        ],
        empty=gettext("No fee can be told."),
        charts=(
            ("fee", gettext("What a post earned, with its range, and what was paid (diamond)")),
        ),
    )


def _level(level: str | None) -> str:
    return gettext(" and ").join(words.state(part) for part in (level or "").split("_"))


def _posts(number: int | None) -> str:
    return ngettext("{count} post", "{count} posts", number) if number else ""
