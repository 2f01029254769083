-- the days of clicks that something changed for, before and now
select {{ reporting_day('clicked_at') }} as clicked_on
from {{ ref('int_touched__clicks') }}
where clicked_at is not null
union
select clicks.clicked_on
from {{ ref('fct_clicks') }} as clicks
inner join {{ ref('int_touched__click_sequences') }} as touched
    on clicks.click_id = touched.click_id
