"""Two releases of a small market, with texts from outside that mean harm."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from reachline.quality.checks import Result
from reachline.quality.results import record
from tests.end_to_end.homes import Market

FORMULA = '=HYPERLINK("http://evil.example","x")'
SCRIPT = "</script><script>window.hurt=1</script><img src=x onerror=window.hurt=1>"
LONG = "A long story, & <b>bold</b> " + "x" * 4970 + "the end"
RTL = "‮שלום 🦄 \U0001f468‍\U0001f469‍\U0001f467 مرحبا"
PATH = "../../../etc/passwd\0%2e%2e"


@dataclass(frozen=True)
class Releases:
    """The databases of a release and of the one before it."""

    database: Path
    previous: Path


def market_releases(market: Market, folder: Path) -> Releases:
    """Take two nights of a small market, and spoil what people outside wrote in the last."""
    databases = []
    for number, night in enumerate(market.world.nights, 1):
        made = folder / f"release-{number}" / "warehouse.duckdb"
        made.parent.mkdir()
        shutil.copy(market.after(number) / "warehouse" / "warehouse.duckdb", made)
        with duckdb.connect(str(made)) as con:
            con.execute("delete from quality.gate_results")
            record(con, night.logical_date, "model", _RESULTS)
        databases.append(made)
    with duckdb.connect(str(databases[-1])) as con:
        _spoil(con)
    return Releases(databases[-1], databases[0])


_RESULTS = [
    Result("model", "core.fct_orders", "one_is_late", "warn", False, "none", "1", SCRIPT, ("a",)),
    Result("model", "core.fct_orders", "all_are_there", "block", True, "all", "all", "It must."),
]


def _spoil(con: duckdb.DuckDBPyConnection) -> None:
    creators = [
        row[0]
        for row in con.execute(
            "select creator_id from reports.collaboration_performance where creator_id is not null "
            "group by creator_id order by count(*) desc, creator_id limit 4"
        ).fetchall()
    ]
    with_creators = con.execute(
        "select schema_name || '.' || table_name from duckdb_columns() "
        "where column_name = 'creator_id' and schema_name in ('core', 'reports')"
    ).fetchall()
    assert len(with_creators) > 5
    for (table,) in with_creators:
        con.execute(f"update {table} set creator_id = ? where creator_id = ?", [PATH, creators[0]])
    creators[0] = PATH
    for creator, name in zip(creators, (FORMULA, SCRIPT, LONG, RTL), strict=True):
        con.execute(
            "update core.dim_creator set creator_name = $1, shown_name = $1 where creator_id = $2",
            [name, creator],
        )
        for table in ("core.dim_account", "reports.creator_scorecard"):
            con.execute(f"update {table} set handle = ? where creator_id = ?", [name, creator])
        con.execute(
            "update core.dim_post set text = ?, permalink = ? where account_id in "
            "(select account_id from core.dim_account where creator_id = ?)",
            [LONG if name != SCRIPT else SCRIPT, "javascript:window.hurt=1", creator],
        )
    con.execute(
        "update core.dim_campaign set campaign_name = ? where campaign_id = "
        "(select max(campaign_id) from core.dim_campaign where status = 'running')",
        [SCRIPT],
    )
    con.execute(
        "update core.dim_brand set brand_name = brand_name || ? where role = 'own'", [SCRIPT]
    )
    con.execute("update reports.discovery_shortlist set reasons = ? where rank = 2", [SCRIPT])
    con.execute("update reports.discovery_shortlist set handle = ? where rank = 3", [RTL])
    con.execute(
        "update reports.hashtag_trends set hashtag = hashtag || ? where z_score > 5 and posts > 6",
        [SCRIPT],
    )
    con.execute(
        "insert into quality.rejects (stream, batch_id, line, source, logical_date, file_name, "
        "column_name, reason, raw) values "
        "('orders', 'b 1', 7, 'inbox', date '2026-03-01', 'a.csv', null, 'no number', ?), "
        "('orders', 'b 1', 8, 'inbox', date '2026-03-01', 'a.csv', 'amount', 'no number', ?)",
        [FORMULA, SCRIPT],
    )
    con.execute(
        "update reports.creator_relationships set is_lapsed_star = true, status = 'lapsed' "
        "where creator_id = ?",
        [creators[1]],
    )
    _clicks_by_source(con)
    con.execute("update reports.data_health set freshness = 'stale' where stream = 'orders'")


def _clicks_by_source(con: duckdb.DuckDBPyConnection) -> None:
    """Let a second source tell of clicks: the market has one."""
    con.execute(
        """
        insert into reports.click_doors by name
        select
            p.collaboration_id, s.source, p.campaign_id, c.brand_id, s.clicks, s.clicks_counted,
            4 as clicks_in_reports, s.clicks / 4 as clicks_ratio, 3 as hours_compared,
            3 - s.hours as hours_silent, s.first_clicked_at, s.first_clicked_at as last_clicked_at
        from (
            from reports.collaboration_performance
            where is_default_method
            order by collaboration_id
            limit 3
        ) as p
        inner join core.dim_campaign as c on p.campaign_id = c.campaign_id
        cross join (values
            ('inbox', 4, 4, 3, timestamp '2026-02-20 10:00:00'), ('ga4', 0, 0, 0, null)
        ) as s (source, clicks, clicks_counted, hours, first_clicked_at);
        insert into reports.click_door_hours by name
        select
            brand_id, timestamp '2026-02-20 10:00:00' as hour_at, source, sum(clicks) as clicks,
            sum(clicks_counted) as clicks_counted, sum(clicks_in_reports) as clicks_in_reports,
            sum(clicks) / sum(clicks_in_reports) as clicks_ratio
        from reports.click_doors
        group by brand_id, source
        """
    )
    con.execute(
        "insert into reports.orphan_clicks by name select 'spring' as utm_campaign, "
        "? as utm_content, 'inbox' as source, 7 as clicks, date '2026-02-20' as first_clicked_on, "
        "date '2026-02-21' as last_clicked_on, 'l1' as likely_link_id, "
        "'spring' as likely_utm_campaign, ? as likely_utm_content, collaboration_id "
        "from reports.click_doors limit 1",
        [SCRIPT, FORMULA],
    )


_IDS = (
    "creator_id",
    "account_id",
    "post_id",
    "collaboration_id",
    "latest_collaboration_id",
    "cost_id",
)
_OF_CREATORS = (
    "core.dim_creator",
    "core.dim_account",
    "core.dim_post",
    "core.fct_account_daily",
    "core.fct_post_daily",
    "core.fct_post_latest",
    "core.bridge_post_collaborations",
    "core.fct_costs",
    "reports.collaboration_performance",
    "reports.compliance",
    "reports.creator_relationships",
    "reports.creator_scorecard",
    "reports.fair_compensation",
    "reports.next_bookings",
    "reports.post_performance",
)


def with_many_creators(releases: Releases, made: Path, creators: int) -> None:
    """Write a copy of a release whose roster is copied until it has at least so many creators.

    Half a year of followers, too: a small market has but a few weeks.
    """
    shutil.copy(releases.previous, made)
    with duckdb.connect(str(made)) as con:
        (there,) = con.execute("select count(*) from core.dim_creator").fetchall()[0]
        con.execute(
            "insert into core.fct_account_daily "
            "select days.* replace (date_day - cast(28 * back as integer) as date_day) "
            "from core.fct_account_daily as days cross join range(1, 7) as months (back) "
            "where date_day > (select logical_date from meta.run) - 28"
        )
        for table in _OF_CREATORS:
            schema, name = table.split(".")
            ids = [
                column
                for (column,) in con.execute(
                    "select column_name from duckdb_columns() "
                    "where schema_name = ? and table_name = ? and list_contains(?, column_name)",
                    [schema, name, list(_IDS)],
                ).fetchall()
            ]
            copied = ", ".join(f"{column} || ' ' || n as {column}" for column in ids)
            con.execute(
                f"insert into {table} select r.* replace ({copied}) from {table} as r "
                f"cross join range({-(-creators // there) - 1}) as copies (n)"
            )
