{#-
    The columns that campaign_performance and collaboration_performance share, from `is_default_method`
    to `paid_impressions`, in the contract's order, over the columns of one CTE.
-#}
{% macro performance_columns() -%}
    method = {{ default_attribution_method() }} as is_default_method,
    cast(posts as bigint) as posts,
    cast(engagements as bigint) as engagements,
    cast(reach_sum_of_posts as bigint) as reach_sum_of_posts,
    cast(impressions as bigint) as impressions,
    case
        when posts_with_impressions = 0 then null
        when posts_with_views = 0 then 'impressions'
        when posts_with_views = posts_with_impressions then 'views'
        else 'mixed'
    end as impressions_basis,
    cast(valid_clicks as bigint) as valid_clicks,
    {% for name in [
        'ctr', 'ctr_low', 'ctr_high',
        'conversion_rate', 'conversion_rate_low', 'conversion_rate_high',
    ] -%}
    {{ metric_column(name) }} as {{ name }},
    {% endfor -%}
    cast(attributed_orders as decimal(28, 10)) as attributed_orders,
    cast(attributed_revenue as decimal(18, 4)) as attributed_revenue,
    cast(attributed_profit as decimal(18, 4)) as attributed_profit,
    profit_coverage,
    cast(cost_committed as decimal(18, 4)) as cost_committed,
    cast(cost_paid as decimal(18, 4)) as cost_paid,
    {% for name in ['roi', 'roas', 'cpm', 'cpe', 'cpc', 'cpa'] -%}
    {{ metric_column(name) }} as {{ name }},
    {% endfor -%}
    cast(emv as decimal(18, 4)) as emv,
    mentions_earned,
    result_state,
    orders_covered,
    clicks_covered,
    cast(posts_with_reach as bigint) as posts_with_reach,
    cast(posts_with_impressions as bigint) as posts_with_impressions,
    cast(posts_in_ratios as bigint) as posts_in_ratios,
    cast(impressions_in_ratios as bigint) as impressions_in_ratios,
    cast(clicks_in_ratios as bigint) as clicks_in_ratios,
    cast(cost_in_ratios as decimal(18, 4)) as cost_in_ratios,
    cast(new_customers as decimal(28, 10)) as new_customers,
    {{ metric_column('cost_per_new_customer') }} as cost_per_new_customer,
    cast(revenue_new as decimal(18, 4)) as revenue_new,
    cast(revenue_repeat as decimal(18, 4)) as revenue_repeat,
    cast(paid_engagements as bigint) as paid_engagements,
    cast(paid_reach_sum_of_posts as bigint) as paid_reach_sum_of_posts,
    cast(paid_impressions as bigint) as paid_impressions
{%- endmacro %}

{#-
    What share of the attributed revenue comes from orders whose profit is known: 1 where there is none,
    NULL where no order could have been seen.
-#}
{% macro profit_coverage() -%}
    case
        when attributed_revenue is not null
            then coalesce({{ safe_divide('revenue_of_known_profit', 'attributed_revenue') }}, 1)
    end
{%- endmacro %}
