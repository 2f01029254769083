with records as (
    select * from {{ source('shopify', 'orders') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        record ->> 'name' as order_id,
        json_transform(record -> 'customerJourneySummary', '{
            "firstVisit": {
                "id": "VARCHAR", "landingPage": "VARCHAR", "referrerUrl": "VARCHAR", "occurredAt": "VARCHAR"
            },
            "lastVisit": {
                "id": "VARCHAR", "landingPage": "VARCHAR", "referrerUrl": "VARCHAR", "occurredAt": "VARCHAR"
            }
        }') as journey
    from records
),

visited as (
    select
        parsed.batch_id,
        parsed.landing_sequence,
        parsed.line,
        parsed.order_id,
        unnest(list_distinct([parsed.journey.firstvisit, parsed.journey.lastvisit])) as visit
    from parsed
)

select
    visited.batch_id,
    visited.landing_sequence,
    visited.line,
    visited.visit.id as click_id,
    visited.visit.occurredat as clicked_at,
    visited.visit.landingpage as landing_url,
    visited.order_id as visitor_id,
    visited.visit.referrerurl as referrer
from visited
where visited.visit.landingpage is not null
