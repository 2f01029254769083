with batches as (
    select
        batch_id,
        sequence,
        source,
        stream,
        logical_date,
        landed_at,
        query,
        status,
        -- a feed that is disabled and an account that is not there have nothing more to give
        status in ('ok', 'no_data', 'not_found', 'feed_disabled') as is_whole,
        rows,
        {{ days_apart('logical_date', as_of_date()) }} as days_ago
    from {{ source('landing', 'batches') }}
    where not is_held and logical_date <= {{ as_of_date() }}
),

batches_read as (
    select * from {{ source('staging_ops', 'batches_read') }}
),

refused as (
    select
        source,
        stream
    from {{ source('landing', 'refused') }}
),

bounds as (
    select
        source,
        stream,
        warn_after_days,
        error_after_days
    from {{ source('config', 'freshness') }}
),

all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

int_streams__count_days as (
    select * from {{ ref('int_streams__count_days') }}
),

clicks as (
    select
        batch_id,
        clicked_on,
        is_bot,
        is_duplicate,
        is_valid
    from {{ ref('fct_clicks') }}
),

-- what landed under one name may feed several streams
batches_as_read as (
    select
        batch_id,
        sum(quarantined) as quarantined,
        sum(rows_in - skipped) as rows_in
    from batches_read
    group by batch_id
),

landed as (
    select
        batches.source,
        batches.stream,
        max(batches.landed_at) as last_landed_at,
        count(*) filter (where batches.is_whole) > 0 as was_ever_whole,
        sum(batches.rows) filter (where batches.days_ago < 7) as rows_7d,
        least({{ whole_quotient('(max(batches.days_ago) - 6)', '7') }}, 4) as weeks_before,
        sum(as_read.quarantined) filter (where batches.days_ago < 7) as quarantined_7d,
        max(batches.logical_date) as last_day
    from batches
    left join batches_as_read as as_read on batches.batch_id = as_read.batch_id
    group by batches.source, batches.stream
),

-- how each query of the last day ended; files have no query, and are one group with NULL
last_queries as (
    select
        batches.source,
        batches.stream,
        batches.query,
        {{ value_at_greatest('batches.status', 'batches.sequence') }} as status,
        {{ value_at_greatest('batches.is_whole', 'batches.sequence') }} as is_whole,
        -- a query that was never whole is as old as its first try
        coalesce(
            min(batches.days_ago) filter (where batches.is_whole), max(batches.days_ago)
        ) as days_since_last
    from batches
    inner join landed on batches.source = landed.source and batches.stream = landed.stream
    group by batches.source, batches.stream, batches.query
    having max(batches.logical_date) = max(landed.last_day)
),

last_runs as (
    select
        source,
        stream,
        -- the worst status of the queries, in the order below
        min_by(
            status,
            case status
                when 'failed' then 1
                when 'waiting' then 2
                when 'auth_expired' then 3
                when 'quota_exhausted' then 4
                when 'rate_limited' then 5
                when 'partial' then 6
                when 'not_found' then 7
                when 'feed_disabled' then 8
                when 'ok' then 9
                when 'no_data' then 10
            end
        ) filter (where status is not null) as last_run_status,
        max(days_since_last) as days_since_last,
        count(query) as queries,
        count(query) filter (where not is_whole) as queries_incomplete,
        count(query) filter (where status = 'not_found') as queries_not_found
    from last_queries
    group by source, stream
),

-- whole weeks since the first batch, four at most, so that a new source is not held to nothing
weeks_before as (
    select
        landed.source,
        landed.stream,
        sum(batches.rows) as rows_before
    from landed
    inner join batches
        on
            landed.source = batches.source
            and landed.stream = batches.stream
            and batches.days_ago >= 7
            and batches.days_ago < 7 + 7 * landed.weeks_before
    group by landed.source, landed.stream
),

last_days as (
    select
        landed.source,
        landed.stream,
        sum(as_read.quarantined) as quarantined,
        sum(as_read.rows_in) as rows_in
    from landed
    inner join batches
        on
            landed.source = batches.source
            and landed.stream = batches.stream
            and landed.last_day = batches.logical_date
    inner join batches_as_read as as_read on batches.batch_id = as_read.batch_id
    group by landed.source, landed.stream
),

-- a platform as a whole, by whatever of it is newest: some of its streams land now and then only
sources as (
    select
        bounds.source,
        bounds.warn_after_days,
        bounds.error_after_days,
        min(batches.days_ago) as days_since_last
    from bounds
    left join batches on bounds.source = batches.source and batches.is_whole
    where bounds.stream = '*'
    group by bounds.source, bounds.warn_after_days, bounds.error_after_days
),

refused_files as (
    select
        source,
        stream,
        count(*) as files_refused
    from refused
    group by source, stream
),

-- a stream that should come and never did has a row too, and one whose files were all refused
expected as (
    select
        source,
        stream
    from landed
    union
    select
        source,
        stream
    from refused_files
    union
    select
        case when bounds.source = '*' then 'inbox' else bounds.source end as source,
        bounds.stream
    from bounds
    where
        case
            when bounds.source = '*' then bounds.stream not in (select landed.stream from landed)
            when bounds.stream = '*' then bounds.source not in (select landed.source from landed)
            else true
        end
),

told_days as (
    select
        source,
        stream,
        min(date_day) as first_day,
        coalesce(sum(rows) filter (where date_day = {{ as_of_date() }}), 0) as rows_last_day,
        coalesce(sum(rows) filter (where date_day > {{ as_of_date() }}), 0) as rows_held
    from int_streams__count_days
    group by source, stream
),

weeks_back as (
    select {{ exploded(list_of([1, 2, 3, 4, 5, 6, 7, 8])) }} as week_number
),

-- the same weekday of the eight weeks before, from the source's first day on; none is 0
same_weekdays as (
    select
        told_days.source,
        told_days.stream,
        coalesce(told.rows, 0) as rows_of_day
    from told_days
    cross join weeks_back
    left join int_streams__count_days as told
        on
            told_days.source = told.source
            and told_days.stream = told.stream
            and told.date_day = {{ as_of_date() }} - cast(7 * weeks_back.week_number as integer)
    where {{ as_of_date() }} - cast(7 * weeks_back.week_number as integer) >= told_days.first_day
),

usual_days as (
    select
        source,
        stream,
        count(*) as weekdays,
        -- rounded, as the interpolation of 3 and 3 may be a trifle more than 3
        {{ rounded(quantile('rows_of_day', '0.05'), 6) }} as usual_low,
        {{ rounded(quantile('rows_of_day', '0.95'), 6) }} as usual_high
    from same_weekdays
    group by source, stream
),

-- fewer than four such days say nothing of what is usual
judged_days as (
    select
        told_days.source,
        told_days.stream,
        told_days.rows_last_day,
        told_days.rows_held,
        case when usual_days.weekdays >= 4 then usual_days.usual_low end as usual_low,
        case when usual_days.weekdays >= 4 then usual_days.usual_high end as usual_high
    from told_days
    left join usual_days
        on told_days.source = usual_days.source and told_days.stream = usual_days.stream
),

told_clicks as (
    select
        batches.source,
        batches.stream,
        count(*) as clicks_28d,
        count(*) filter (where clicks.is_valid) as clicks_counted_28d
    from clicks
    inner join batches on clicks.batch_id = batches.batch_id
    where
        clicks.clicked_on > {{ as_of_date() }} - 28
        and not clicks.is_bot
        and not clicks.is_duplicate
    group by batches.source, batches.stream
),

thresholds as (
    select
        max(value) filter (where name = 'quarantine_warn_share') as warn_share,
        max(value) filter (where name = 'quarantine_block_share') as block_share
    from all_thresholds
),

health as (
    select
        expected.source,
        expected.stream,
        landed.last_landed_at,
        last_runs.last_run_status,
        last_runs.queries,
        last_runs.queries_incomplete,
        last_runs.queries_not_found,
        coalesce(landed.rows_7d, 0) as rows_7d,
        case
            when landed.weeks_before >= 1
                then {{ safe_divide(
                    'coalesce(weeks_before.rows_before, 0)', 'landed.weeks_before'
                ) }}
        end as rows_expected,
        coalesce(landed.quarantined_7d, 0) as quarantined_7d,
        case when landed.was_ever_whole then last_runs.days_since_last end as days_since_last,
        coalesce(own_bounds.warn_after_days, any_bounds.warn_after_days) as warn_after_days,
        case
            when own_bounds.source is not null then own_bounds.error_after_days
            else any_bounds.error_after_days
        end as error_after_days,
        sources.days_since_last as source_days,
        sources.warn_after_days as source_warn_days,
        sources.error_after_days as source_error_days,
        last_days.quarantined,
        judged_days.rows_last_day,
        judged_days.usual_low,
        judged_days.usual_high,
        coalesce(judged_days.rows_held, 0) as rows_held,
        told_clicks.clicks_28d,
        told_clicks.clicks_counted_28d,
        coalesce(refused_files.files_refused, 0) as files_refused,
        {{ safe_divide('last_days.quarantined', 'last_days.rows_in') }} as quarantined_share
    from expected
    left join landed on expected.source = landed.source and expected.stream = landed.stream
    left join last_runs on expected.source = last_runs.source and expected.stream = last_runs.stream
    left join weeks_before
        on expected.source = weeks_before.source and expected.stream = weeks_before.stream
    left join last_days on expected.source = last_days.source and expected.stream = last_days.stream
    left join bounds as own_bounds
        on expected.source = own_bounds.source and expected.stream = own_bounds.stream
    left join bounds as any_bounds
        on any_bounds.source = '*' and expected.stream = any_bounds.stream
    left join sources on expected.source = sources.source
    left join judged_days
        on expected.source = judged_days.source and expected.stream = judged_days.stream
    left join told_clicks
        on expected.source = told_clicks.source and expected.stream = told_clicks.stream
    left join refused_files
        on
            expected.source = refused_files.source
            and expected.stream = refused_files.stream
)

select
    health.source,
    health.stream,
    health.last_landed_at,
    health.last_run_status,
    cast(health.rows_7d as bigint) as rows_7d,
    health.rows_expected,
    cast(health.quarantined_7d as bigint) as quarantined_7d,
    case
        when health.days_since_last is null then 'never'
        when
            health.days_since_last > health.error_after_days
            or health.source_days > health.source_error_days
            then 'error'
        when
            health.days_since_last > health.warn_after_days
            or health.source_days > health.source_warn_days
            then 'stale'
        else 'fresh'
    end as freshness,
    case
        when health.last_run_status is null then null
        -- gate 2 blocks for this from 100 rows on: see reachline.quality.staging
        when health.quarantined_share > thresholds.block_share and health.quarantined >= 100
            then 'block'
        when health.quarantined_share > thresholds.warn_share then 'warn'
        else 'pass'
    end as gate,
    coalesce(health.queries, 0) as queries,
    coalesce(health.queries_incomplete, 0) as queries_incomplete,
    coalesce(health.queries_not_found, 0) as queries_not_found,
    cast(health.rows_last_day as bigint) as rows_last_day,
    health.usual_low,
    health.usual_high,
    case
        when health.rows_last_day is null then null
        when health.usual_low is null then 'too_early'
        when health.rows_last_day < health.usual_low then 'below_usual'
        when health.rows_last_day > health.usual_high then 'above_usual'
        else 'whole'
    end as completeness,
    cast(health.rows_held as bigint) as rows_held,
    health.clicks_28d,
    health.clicks_counted_28d,
    health.files_refused
from health
cross join thresholds
