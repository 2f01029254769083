-- measured snapshots that are new, or whose moment was reached; also those that were deleted
with stg_inbox__post_metrics as (
    select * from {{ ref('stg_inbox__post_metrics') }}
)

select distinct
    {{ post_id('metrics.platform', 'metrics.native_post_id') }} as post_id,
    metrics.platform,
    metrics.native_post_id,
    metrics.observed_at,
    metrics.value_basis,
    {{ reporting_day('metrics.observed_at') }} as date_day
from stg_inbox__post_metrics as metrics
where
    metrics.value_basis = 'measured'
    and metrics.observed_at < {{ as_of_end() }}
    and ({{ is_new('metrics.loaded_seq') }} or {{ came_due('metrics.observed_at') }})
