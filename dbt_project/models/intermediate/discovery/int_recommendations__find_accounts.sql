-- whose handle was recommended: the account that carried it last by the end of that day, else first
-- after it
with recommendations as (
    select
        recommendation_id,
        customer_id,
        brand_id,
        platform,
        handle,
        recommended_on
    from {{ merged('recommendations') }} as recommendations
    where recommended_on <= {{ as_of_date() }}
),

int_handles__date_accounts as (
    select * from {{ ref('int_handles__date_accounts') }}
),

dated as (
    select
        recommendations.recommendation_id,
        recommendations.customer_id,
        recommendations.brand_id,
        handles.account_id,
        handles.is_contested,
        handles.carried_from,
        coalesce(
            max(
                case
                    when
                        {{ reporting_day('handles.carried_from') }}
                        <= recommendations.recommended_on
                        then handles.carried_from
                end
            ) over same_recommendation,
            min(handles.carried_from) over same_recommendation
        ) as carried_from_then
    from recommendations
    inner join int_handles__date_accounts as handles
        on
            recommendations.platform = handles.platform
            and recommendations.handle = handles.handle
    window same_recommendation as (partition by recommendations.recommendation_id)
)

select
    brand_id,
    account_id,
    -- one that names no customer is by somebody of its own
    count(distinct case
        when customer_id is not null then 'customer:' || customer_id
        else 'recommendation:' || recommendation_id
    end) as recommended_by
from dated
where carried_from = carried_from_then and not is_contested
group by brand_id, account_id
