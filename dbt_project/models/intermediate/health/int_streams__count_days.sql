-- one look at the days of all rows, and at nothing else of them: the days of a stream move with
-- every correction, and nine weeks are all that is compared
with batches as (
    select
        batch_id,
        source,
        stream
    from {{ source('landing', 'batches') }}
),

{% for stream, columns in event_columns().items() %}
    {{ stream }} as (
        select
            batch_id,
            {{ event_day(columns) }} as date_day
        from {{ ref('stg_inbox__' ~ stream) }}
        where
            not is_deleted
            and {{ latest_of(columns) }} >= {{ as_of_date() }} - 58
    ),

{% endfor %}
days as (
    {% for stream in event_columns() %}
        {{ 'union all' if not loop.first }}
        select
            batch_id,
            date_day
        from {{ stream }}
    {% endfor %}
),

counted as (
    select
        batch_id,
        date_day,
        count(*) as rows
    from days
    group by batch_id, date_day
)

select
    batches.source,
    batches.stream,
    counted.date_day,
    cast(sum(counted.rows) as bigint) as rows
from counted
inner join batches on counted.batch_id = batches.batch_id
where counted.date_day >= {{ as_of_date() }} - 56
group by batches.source, batches.stream, counted.date_day
