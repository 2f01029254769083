"""Which row is asked about, and the facts of core that belong to it.

They are put into temporary tables once: `asked` (the row), `scope_collaborations`, `scope_posts`,
`scope_clicks`, `scope_touches`, `scope_credits` and `scope_costs`. All else that is said of the row
is read from these, so that a release of millions of orders is scanned once a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from reachline.errors import ReachlineError

DEFAULT_METHOD = "code_then_click"

Rows = list[dict[str, Any]]


class ExplainError(ReachlineError):
    """A figure can't be explained from this release; the text says why and what to do."""


class UnknownError(ExplainError):
    """There is no such row, metric or method; the text names those that there are."""


@dataclass(frozen=True)
class Table:
    """A report that can be asked about.

    `key` are its key columns but for the method, `others` the columns that are no figures.
    """

    key: tuple[str, ...]
    others: tuple[str, ...]
    has_methods: bool


TABLES = {
    "campaign_performance": Table(("campaign_id",), ("is_default_method",), True),
    "collaboration_performance": Table(
        ("collaboration_id",),
        ("is_default_method", "campaign_id", "creator_id", "is_live"),
        True,
    ),
    "campaign_daily": Table(("campaign_id", "date_day"), (), False),
    "post_performance": Table(
        ("post_id",),
        (
            *("campaign_id", "collaboration_id", "account_id", "platform", "content_type"),
            *("published_on", "disclosure_token", "disclosure_position"),
            "disclosure_rank",
        ),
        False,
    ),
}


@dataclass(frozen=True)
class Question:
    """A row of a report, and a metric of it; every metric where that is None.

    `method` counts for the tables that have a row a method; in campaign_daily figures are those of
    the default one.
    """

    table: str
    campaign_id: str | None = None
    collaboration_id: str | None = None
    post_id: str | None = None
    date_day: date | None = None
    method: str = DEFAULT_METHOD
    metric: str | None = None

    @property
    def key(self) -> dict[str, Any]:
        """The key of the row, by column."""
        key = {name: getattr(self, name) for name in TABLES[self.table].key}
        return {**key, "method": self.method} if TABLES[self.table].has_methods else key


_NEEDED = (
    *(f"reports.{name}" for name in TABLES),
    "core.bridge_post_collaborations",
    *("core.dim_campaign", "core.dim_fx_rate", "core.dim_post", "core.fct_attribution"),
    *("core.fct_clicks", "core.fct_costs", "core.fct_mentions", "core.fct_orders"),
    *("core.fct_paid_post_metrics", "core.fct_post_at_age", "core.fct_post_daily"),
    *("core.fct_refunds", "meta.batches", "meta.coverage", "meta.metrics", "meta.run"),
    "meta.thresholds",
)

# one query a table; key columns are bound, in the order of Question.key
_ROWS = {
    "campaign_performance": (
        "select * from reports.campaign_performance where campaign_id = ? and method = ?"
    ),
    "collaboration_performance": (
        "select * from reports.collaboration_performance where collaboration_id = ? and method = ?"
    ),
    "campaign_daily": "select * from reports.campaign_daily where campaign_id = ? and date_day = ?",
    "post_performance": "select * from reports.post_performance where post_id = ?",
}

_NEAREST = """
with named as (
    select distinct 'campaign' as option, campaign_id as id from reports.campaign_performance
    union all
    select distinct 'collaboration', collaboration_id from reports.collaboration_performance
    union all
    select 'post', post_id from reports.post_performance
)
select id
from named
where option = $option
order by
    not contains(lower(id), lower($asked)),
    levenshtein(lower(id), lower($asked)),
    id
limit 5
"""

_SCOPE = """
create or replace temp table scope_collaborations as
select
    performance.collaboration_id,
    performance.creator_id,
    performance.campaign_id,
    performance.is_live,
    campaigns.campaign_id is not null as has_campaign,
    campaigns.attribution_window_days
from reports.collaboration_performance as performance
cross join asked
left join core.dim_campaign as campaigns on performance.campaign_id = campaigns.campaign_id
where
    performance.is_default_method
    and case
        when asked.post_id is not null
            then performance.collaboration_id = (
                select posts.collaboration_id
                from core.dim_post as posts
                where posts.post_id = asked.post_id
            )
        when asked.collaboration_id is not null
            then performance.collaboration_id = asked.collaboration_id
        else performance.campaign_id = asked.campaign_id
    end;

create or replace temp table scope_posts as
with metrics as (
    select
        post_id,
        max(number) filter (where metric = 'engagements') as engagements,
        max(number) filter (where metric = 'reach') as reach,
        max(number) filter (where metric = 'impressions') as impressions,
        max(number) filter (where metric = 'views') as views,
        max(paid_number) filter (where metric = 'engagements') as paid_engagements,
        max(paid_number) filter (where metric = 'reach') as paid_reach,
        max(paid_number) filter (where metric = 'impressions') as paid_impressions,
        max(paid_number) filter (where metric = 'views') as paid_views,
        max(observed_at) filter (where metric = 'impressions') as impressions_at,
        max(observed_at) filter (where metric = 'views') as views_at,
        case when count(emv_rate) = count(emv) then sum(emv) end as emv
    from core.fct_paid_post_metrics
    group by post_id
),

-- a post of two collaborations of a campaign is one of it
in_scope as (
    select post_id, min(collaboration_id) as collaboration_id
    from core.bridge_post_collaborations
    where collaboration_id in (select collaboration_id from scope_collaborations)
    group by post_id
)

select
    posts.post_id,
    in_scope.collaboration_id,
    posts.platform,
    posts.content_type,
    posts.published_on,
    posts.permalink,
    posts.batch_id,
    metrics.engagements,
    metrics.reach,
    metrics.impressions,
    metrics.views,
    -- how often it was shown: by its views, where these were measured last
    case
        when metrics.impressions is null or metrics.views_at > metrics.impressions_at
            then metrics.views
        else metrics.impressions
    end as shown,
    case
        when metrics.views is not null
            and (metrics.impressions is null or metrics.views_at > metrics.impressions_at)
            then 'views'
        when metrics.impressions is not null then 'impressions'
    end as shown_by,
    metrics.paid_engagements,
    metrics.paid_reach,
    metrics.paid_impressions,
    metrics.paid_views,
    case
        when metrics.impressions is null or metrics.views_at > metrics.impressions_at
            then metrics.paid_views
        else metrics.paid_impressions
    end as paid_shown,
    metrics.emv
from core.dim_post as posts
cross join asked
inner join in_scope on posts.post_id = in_scope.post_id
left join metrics on posts.post_id = metrics.post_id
where asked.post_id is null or posts.post_id = asked.post_id
"""

_SCOPE_OF_MONEY = """
create or replace temp table scope_clicks as
select
    clicks.*,
    collaborations.is_live,
    collaborations.attribution_window_days
from core.fct_clicks as clicks
inner join scope_collaborations as collaborations
    on clicks.collaboration_id = collaborations.collaboration_id;

create or replace temp table scope_parts as
select parts.*
from core.fct_attribution as parts
cross join asked
where
    parts.collaboration_id in (select collaboration_id from scope_collaborations)
    and parts.method in (asked.method, 'linear')
    and (asked.date_day is null or parts.ordered_on = asked.date_day);

create or replace temp table scope_credits as
select parts.*
from scope_parts as parts
cross join asked
where parts.method = asked.method;

create or replace temp table scope_touches as
select *
from scope_parts
where method = 'linear';

create or replace temp table scope_costs as
select
    costs.*,
    collaborations.is_live,
    collaborations.has_campaign
from core.fct_costs as costs
cross join asked
inner join scope_collaborations as collaborations
    on costs.collaboration_id = collaborations.collaboration_id
where asked.date_day is null or costs.incurred_on = asked.date_day
"""


def rows_of(con: duckdb.DuckDBPyConnection, sql: str, values: object | None = None) -> Rows:
    """Return the rows of a query, each by column name."""
    found = con.execute(sql, values) if values is not None else con.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def row_of(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """Return the one row of a query that has one."""
    return rows_of(con, sql)[0]


def check_release(con: duckdb.DuckDBPyConnection, release_id: str) -> None:
    """Raise ExplainError when a release lacks a table that explanations are read from."""
    there = {
        f"{row['schema_name']}.{row['table_name']}"
        for row in rows_of(con, "select schema_name, table_name from duckdb_tables()")
    }
    missing = [name for name in _NEEDED if name not in there]
    if missing:
        raise ExplainError(
            f"{release_id} has no {', '.join(missing)}: an older version of reachline made it. "
            "Run its night again (`reachline run --date DATE`), and ask the new release."
        )


def published_row(con: duckdb.DuckDBPyConnection, question: Question) -> Mapping[str, Any]:
    """Return the row that is asked about, as it is published.

    Raises UnknownError when the release has none.
    """
    if TABLES[question.table].has_methods:
        methods = [
            row["method"]
            for row in rows_of(
                con, "select distinct method from reports.campaign_performance order by method"
            )
        ]
        if methods and question.method not in methods:
            raise UnknownError(
                f"--method {question.method}: no such method. There are {', '.join(methods)}."
            )
    found = rows_of(con, _ROWS[question.table], list(question.key.values()))
    if not found:
        raise UnknownError(_not_found(con, question))
    return found[0]


def open_scope(con: duckdb.DuckDBPyConnection, question: Question) -> None:
    """Fill the temporary tables with the facts of the row."""
    con.execute(
        "create or replace temp table asked as select $campaign::varchar as campaign_id,"
        " $collaboration::varchar as collaboration_id, $post::varchar as post_id,"
        " $day::date as date_day, $method::varchar as method",
        {
            "campaign": question.campaign_id,
            "collaboration": question.collaboration_id,
            "post": question.post_id,
            "day": question.date_day,
            "method": question.method,
        },
    )
    con.execute(_SCOPE)
    if question.table != "post_performance":
        con.execute(_SCOPE_OF_MONEY)


def _not_found(con: duckdb.DuckDBPyConnection, question: Question) -> str:
    """Return what there is instead of the row."""
    if question.table == "campaign_daily":
        days = rows_of(
            con,
            "select min(date_day) as first, max(date_day) as last"
            " from reports.campaign_daily where campaign_id = ?",
            [question.campaign_id],
        )[0]
        if days["first"] is not None:
            return (
                f"--day {question.date_day}: campaign_daily has campaign {question.campaign_id} "
                f"from {days['first']} to {days['last']}."
            )
        known = rows_of(
            con,
            "select starts_on from core.dim_campaign where campaign_id = ?",
            [question.campaign_id],
        )
        if known:
            return (
                f"campaign {question.campaign_id} starts on {known[0]['starts_on']}: "
                "campaign_daily has no day of it yet."
            )
    option, asked = {
        "campaign_performance": ("campaign", question.campaign_id),
        "collaboration_performance": ("collaboration", question.collaboration_id),
        "campaign_daily": ("campaign", question.campaign_id),
        "post_performance": ("post", question.post_id),
    }[question.table]
    near = [row["id"] for row in rows_of(con, _NEAREST, {"option": option, "asked": asked})]
    what = "paid post" if option == "post" else option
    if not near:
        return f"--{option} {asked}: this release has no {what} at all."
    return f"--{option} {asked}: no such {what} in this release. The nearest: {', '.join(near)}."
