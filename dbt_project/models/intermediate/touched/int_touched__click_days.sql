-- the days of clicks that something changed for, before and now
with int_touched__clicks as (
    select * from {{ ref('int_touched__clicks') }}
),

fct_clicks as (
    select * from {{ ref('fct_clicks') }}
),

int_touched__click_sequences as (
    select * from {{ ref('int_touched__click_sequences') }}
)

select {{ reporting_day('clicked_at') }} as clicked_on
from int_touched__clicks
where clicked_at is not null
union
select clicks.clicked_on
from fct_clicks as clicks
inner join int_touched__click_sequences as touched on clicks.click_id = touched.click_id
