with outreach as (
    select * from {{ merged('outreach') }}
),

int_campaigns__merged as (
    select * from {{ ref('int_campaigns__merged') }}
),

-- an approach for a campaign that is not known (yet) touches nothing
statuses as (
    select
        outreach.outreach_id,
        outreach.campaign_id,
        outreach.channel,
        outreach.status,
        outreach.status_at
    from outreach
    inner join int_campaigns__merged as campaigns on outreach.campaign_id = campaigns.campaign_id
    where outreach.status_at < {{ as_of_end() }}
),

-- a status is one row of an approach: the maximum is its moment
approaches as (
    select
        campaign_id,
        channel,
        outreach_id,
        max(status_at) filter (where status = 'contacted') as contacted_at,
        max(status_at) filter (where status = 'replied') as replied_at,
        bool_or(status = 'negotiating') as has_negotiated,
        bool_or(status = 'agreed') as has_agreed,
        bool_or(status = 'declined') as has_declined,
        bool_or(status = 'no_reply') as has_no_reply
    from statuses
    group by campaign_id, channel, outreach_id
),

-- a reply that is dated before the approach is a mistake of the sheet, not a fast reply
answered as (
    select
        *,
        case
            when replied_at >= contacted_at
                then {{ whole_seconds_between('contacted_at', 'replied_at') }}
        end as seconds_to_reply
    from approaches
),

channels as (
    select
        campaign_id,
        channel,
        count(contacted_at) as contacted,
        count(replied_at) as replied,
        count(*) filter (where has_negotiated) as negotiating,
        count(*) filter (where has_agreed) as agreed,
        count(*) filter (where has_declined) as declined,
        count(*) filter (where has_no_reply) as no_reply,
        {{ quantile('seconds_to_reply', 0.5) }} as median_seconds_to_reply
    from answered
    group by campaign_id, channel
)

select
    campaign_id,
    channel,
    contacted,
    replied,
    negotiating,
    agreed,
    declined,
    no_reply,
    {{ metric_column('reply_rate') }} as reply_rate,
    {{ metric_column('agree_rate') }} as agree_rate,
    {{ safe_divide('median_seconds_to_reply', '86400') }} as median_days_to_reply
from channels
order by campaign_id nulls last, channel nulls last
