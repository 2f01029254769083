with records as (
    select * from {{ source('threads', 'media_insights') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        record ->> 'media_id' as media_id,
        json_transform(record -> 'data', '[{
            "name": "VARCHAR",
            "values": [{"value": "VARCHAR"}]
        }]') as insights
    from records
),

told as (
    select
        parsed.*,
        {{ insight('parsed.insights', 'reposts') }} as reposts,
        {{ insight('parsed.insights', 'quotes') }} as quotes,
        {{ insight('parsed.insights', 'shares') }} as sent
    from parsed
),

passed_on as (
    select
        told.*,
        {{ sum_of_counts('told.reposts', 'told.quotes') }} as reposts_and_quotes
    from told
)

select
    passed_on.batch_id,
    passed_on.landing_sequence,
    passed_on.line,
    'threads' as platform,
    passed_on.media_id as native_post_id,
    passed_on.fetched_at as observed_at,
    {{ insight('passed_on.insights', 'likes') }} as likes,
    {{ insight('passed_on.insights', 'replies') }} as comments,
    {{ sum_of_counts('passed_on.reposts_and_quotes', 'passed_on.sent') }} as shares,
    {{ insight('passed_on.insights', 'views') }} as views
from passed_on
where len(passed_on.insights) > 0
