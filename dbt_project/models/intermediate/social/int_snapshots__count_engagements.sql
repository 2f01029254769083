{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'observed_at'],
    meta={'touched': 'int_touched__snapshots', 'touched_key': ['post_id', 'observed_at']},
) }}

with touched as (
    select * from {{ ref('int_touched__snapshots') }}
),

platform_metrics as (
    select * from {{ source('config', 'platform_metrics') }}
),

derived_metrics_withheld as (
    select * from {{ source('config', 'derived_metrics_withheld') }}
),

metrics as (
    select
        merged.*,
        {{ configured_platform('merged.platform', 'platform_metrics') }} as metrics_of
    from
        {{ merged(
            'post_metrics',
            'touched' if is_incremental() else none,
            is_derivable('derived_metrics_withheld'),
        ) }} as merged
    where merged.value_basis = 'measured' and merged.observed_at < {{ as_of_end() }}
),

-- what any public post of the platform carries
public_components as (
    select
        platform,
        bool_or(metric = 'likes') as has_likes,
        bool_or(metric = 'comments') as has_comments,
        bool_or(metric = 'shares') as has_shares,
        bool_or(metric = 'saves') as has_saves
    from platform_metrics
    group by platform
)

select
    {{ post_id('metrics.platform', 'metrics.native_post_id') }} as post_id,
    metrics.observed_at,
    {{ reporting_day('metrics.observed_at') }} as date_day,
    metrics.likes,
    metrics.comments,
    metrics.shares,
    metrics.saves,
    metrics.views,
    metrics.reach,
    metrics.impressions,
    metrics.paid_likes,
    metrics.paid_comments,
    metrics.paid_shares,
    metrics.paid_saves,
    metrics.paid_views,
    metrics.paid_reach,
    metrics.paid_impressions,
    metrics.batch_id,
    metrics.is_derivable,
    case when metrics.is_derivable then {{ engagements() }} end as engagements,
    -- NULL where the snapshot lacks a component
    case
        when metrics.is_derivable
            then
                case when public_components.has_likes then metrics.likes else 0 end
                + case when public_components.has_comments then metrics.comments else 0 end
                + case when public_components.has_shares then metrics.shares else 0 end
                + case when public_components.has_saves then metrics.saves else 0 end
    end as engagements_public,
    -- what advertising brought of these; NULL where nothing tells of it
    {{ engagements(paid_public_part) }} as paid_public,
    -- an advertising account's report is no measure of the post
    coalesce(
        metrics.likes, metrics.comments, metrics.shares, metrics.saves,
        metrics.views, metrics.reach, metrics.impressions
    ) is null
    and coalesce(
        metrics.paid_likes, metrics.paid_comments, metrics.paid_shares, metrics.paid_saves,
        metrics.paid_views, metrics.paid_reach, metrics.paid_impressions
    ) is not null as is_paid_part_only
from metrics
inner join public_components on metrics.metrics_of = public_components.platform
