"""A published release by hand: every kind of column, and what a digest reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from reachline.publish.candidate import about_release, build_candidate, checkpoint
from reachline.publish.releases import Release, promote, seal
from reachline.warehouse.files import STORAGE_VERSION
from tests.unit.publish.morning_tables import create_missing

DAY = date(2026, 3, 10)
HOSTILE = '=HYPERLINK("http://evil.example")<script>alert(1)</script>\r\nBcc: all@evil.example'

_MORNING = """
insert into reports.campaign_performance by name
select
    unnest(['c1', 'c2']) as campaign_id, 'code_then_click' as method, true as is_default_method,
    unnest(['running', 'planned']) as result_state, unnest([1, null]) as orders_covered,
    unnest([110, null]) as attributed_revenue, unnest([60, null]) as attributed_profit,
    unnest([1, null]) as profit_coverage, unnest([400, 0]) as cost_committed,
    unnest([-0.85, null]) as roi, unnest([4, 0]) as posts;
insert into meta.coverage values ('orders', null, date '2026-02-01', date '2026-03-10');
insert into meta.thresholds values ('profit_coverage_min', 0.9);
insert into core.fct_attribution values
    ('o1', 'code_then_click', 'l1', date '2026-03-10', 1, 30, 20),
    ('o1', 'last_touch', 'l1', date '2026-03-10', 1, 30, 20),
    ('o2', 'code_then_click', 'l1', date '2026-03-04', 0.5, 20, null),
    ('o3', 'code_then_click', null, date '2026-03-10', 1, 1000, 1000),
    ('o4', 'code_then_click', 'l1', date '2026-03-03', 1, 40, 30);
insert into core.fct_costs values
    ('k1', date '2026-03-10', 12.5, true), ('k2', date '2026-03-10', 500, false),
    ('k3', date '2026-03-11', 500, true);
insert into reports.compliance values
    ('p1', 'disclosure', 'fail'), ('p2', 'disclosure', 'pass'), ('p3', 'disclosure', null),
    ('p1', 'on_time', 'fail');
"""


def publish_release(home: Path, build: int = 1, rows: int = 1000, day: date = DAY) -> Release:
    """Publish a release in which every table says which build wrote it."""
    folder = home / "warehouse"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "warehouse.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach '{path}' as warehouse (storage_version '{STORAGE_VERSION}')")
        con.execute("use warehouse")
        for schema in ("core", "reports", "quality", "meta"):
            con.execute(f"create schema {schema}")
        con.execute(
            f"""
            create table core.fct_facts as
            select i as fact_id, {build} as build, 'text ' || i as words,
                (i / 7)::decimal(18, 4) as amount
            from range({rows}) as numbers (i);
            alter table core.fct_facts alter column fact_id set not null;

            create table core.dim_kinds (
                build integer, yes boolean, tiny tinyint, small smallint, whole integer,
                large bigint, byte utinyint, short usmallint, count uinteger, huge hugeint,
                above ubigint, half float, double double, money decimal(28, 10), day date,
                "at" timestamp, zoned timestamptz, words varchar, bytes blob, tags varchar[],
                numbers integer[], nested integer[][], record struct(a integer, b varchar),
                long interval, unique_id uuid, clock time
            );
            insert into core.dim_kinds values (
                {build}, true, -128, -32768, 1, -9223372036854775808, 255, 65535, 4294967295,
                -99999999999999999999999999999999999999, 18446744073709551615, 0.5, 1e300,
                123456789012345678.0123456789, date '1969-12-31', timestamp '1969-12-31 23:59:59.5',
                timestamptz '2026-03-10 00:00:00+02:00', 'a\u200d"b''\\' || chr(0) || '\U0001f600',
                '\\xAA\\x00'::blob, ['a', null, 'b"{{}},' || chr(0)], [1, null], [[1], [2, null]],
                {{'a': 1, 'b': 'x'}}, interval '1 day',
                '00000000-0000-0000-0000-000000000001', time '23:59:59'
            ), ({build}, {", ".join(["null"] * 25)});

            create table core.dim_campaign (
                campaign_id varchar not null, campaign_name varchar, ends_on date,
                budget_amount decimal(18, 4)
            );
            create table reports.campaign_pacing (
                campaign_id varchar not null,
                goal_metric varchar, goal_value decimal(18, 4), actual double,
                expected_to_date double, pacing double, status varchar, deliverables_due bigint,
                deliverables_live bigint, deliverables_late bigint
            );
            insert into reports.campaign_pacing values
                ('c1', 'conversions', 100, 10.5, 50, 0.21, 'behind', 4, 1, 3),
                ('c2', 'posts', 25, null, null, null, 'planned', 0, 0, 0);
            create table reports.campaign_daily (
                campaign_id varchar, date_day date, attributed_revenue decimal(18, 4)
            );
            -- the last 7 days are 4 to 10 March, the 7 before 25 February to 3 March
            insert into reports.campaign_daily values
                ('c1', date '2026-03-10', 30), ('c1', date '2026-03-04', 20),
                ('c1', date '2026-03-03', 5), ('c1', date '2026-02-25', 2),
                ('c1', date '2026-02-24', 1000), ('c1', date '2026-03-11', 1000),
                ('c2', date '2026-03-10', 8), ('c3', date '2026-03-10', 10),
                ('c3', date '2026-03-03', null), ('c3', date '2026-02-25', 5);
            create table reports.hashtag_trends (
                platform varchar, hashtag varchar, week date, posts bigint, growth double,
                z_score double, is_partial boolean
            );
            insert into reports.hashtag_trends values
                ('x', 'coldbrew', date '2026-03-02', 9, 2, 3.5, false),
                ('x', 'old', date '2026-02-23', 9, 2, 9, false),
                ('x', 'partial', date '2026-03-09', 9, 2, 9, true),
                ('x', 'falling', date '2026-03-02', 1, -0.5, -1, false);
            create table reports.data_health (
                source varchar, stream varchar, freshness varchar, queries_incomplete bigint,
                queries_not_found bigint, last_landed_at timestamp, completeness varchar,
                files_refused bigint, gate varchar default 'pass'
            );
            insert into reports.data_health (
                source, stream, freshness, queries_incomplete, queries_not_found, last_landed_at,
                completeness, files_refused
            ) values
                ('inbox', 'orders', 'fresh', 0, 0, timestamp '2026-03-10 01:00:00', 'whole', 0),
                ('inbox', 'clicks', 'stale', 0, 0, null, null, 1),
                ('x', 'posts', 'fresh', 2, 0, timestamp '2026-03-10 01:00:00', 'whole', 0),
                ('x', 'users', 'fresh', 0, 1, timestamp '2026-03-10 01:00:00', 'whole', 0),
                ('inbox', 'refunds', 'fresh', 0, 0, timestamp '2026-03-10 01:00:00',
                'below_usual', 0);
            create view reports.late as
            select campaign_id, deliverables_late from reports.campaign_pacing
            where deliverables_late > 0;

            create table quality.gate_results (
                table_name varchar, expectation varchar, observed varchar, success boolean,
                accepted varchar
            );
            insert into quality.gate_results values
                ('core.fct_facts', 'few_are_late', '3 of 4', false, null),
                ('core.fct_facts', 'gone', '1', false, 'we moved'),
                ('core.fct_facts', 'ok', '1', true, null);
            create table meta.run as
            select {build} as build, date '{day}' as logical_date, 'EUR' as currency;
            create table meta.tables (
                table_schema varchar, table_name varchar, description varchar
            );
            insert into meta.tables values ('core', 'fct_facts', 'A row is a fact; it''s known.');
            create table meta.columns (
                table_schema varchar, table_name varchar, column_name varchar, description varchar
            );
            insert into meta.columns values ('core', 'fct_facts', 'amount', 'In EUR.');
            """
        )
        con.execute("insert into core.dim_campaign values ('c1', ?, null, 300)", [HOSTILE])
        con.execute("insert into core.dim_campaign values ('c2', 'שלום campaign', null, null)")
        create_missing(con)
        con.execute(_MORNING)
        checkpoint(con)
    candidate = build_candidate(path, home / "published", day)
    about = about_release(
        candidate,
        promoted=True,
        run={"run_id": "r", "git_commit": None},
        gates=[],
        batches=[],
        published_at="2026-03-11T01:00:00+00:00",
    )
    release = seal(candidate.path, about)
    promote(home / "published", release)
    return release
