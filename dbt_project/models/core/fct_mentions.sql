{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'brand_id', 'kind'],
    meta={'touched': 'int_touched__mentions', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__mentions') }}
),

int_posts__match_brands as (
    select * from {{ ref('int_posts__match_brands') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_collaborations__list_authors as (
    select * from {{ ref('int_collaborations__list_authors') }}
),

int_posts__match_deliverables as (
    select * from {{ ref('int_posts__match_deliverables') }}
),

int_brands__own_accounts as (
    select * from {{ ref('int_brands__own_accounts') }}
),

fct_post_latest as (
    select * from {{ ref('fct_post_latest') }}
),

mentions as (
    select
        mentions.post_id,
        mentions.brand_id,
        mentions.kind,
        posts.published_at,
        posts.published_on,
        accounts.account_id
    from int_posts__match_brands as mentions
    inner join int_posts__fold_versions as posts on mentions.post_id = posts.post_id
    left join int_posts__find_accounts as accounts on mentions.post_id = accounts.post_id
    {% if is_incremental() %}
        where mentions.post_id in (select touched.post_id from touched)
    {% endif %}
),

paid_by_days as (
    select distinct
        mentions.post_id,
        mentions.brand_id
    from mentions
    inner join int_collaborations__list_authors as authors
        on
            mentions.account_id = authors.account_id
            and mentions.brand_id = authors.brand_id
            and mentions.published_on >= authors.starts_on
            and mentions.published_on <= authors.posts_until
),

paid_by_deliverable as (
    select distinct
        mentions.post_id,
        mentions.brand_id
    from mentions
    inner join int_posts__match_deliverables as deliverables
        on
            mentions.post_id = deliverables.post_id
            and mentions.brand_id = deliverables.brand_id
)

select
    mentions.post_id,
    mentions.brand_id,
    mentions.kind,
    mentions.account_id,
    mentions.published_at as mentioned_at,
    case
        when own_accounts.account_id is not null then 'owned'
        when paid_by_days.post_id is not null then 'paid'
        when paid_by_deliverable.post_id is not null then 'paid'
        else 'earned'
    end as relationship,
    metrics.engagements,
    mentions.published_on as mentioned_on
from mentions
left join int_brands__own_accounts as own_accounts
    on mentions.account_id = own_accounts.account_id and mentions.brand_id = own_accounts.brand_id
left join paid_by_days
    on mentions.post_id = paid_by_days.post_id and mentions.brand_id = paid_by_days.brand_id
left join paid_by_deliverable
    on
        mentions.post_id = paid_by_deliverable.post_id
        and mentions.brand_id = paid_by_deliverable.brand_id
left join fct_post_latest as metrics on mentions.post_id = metrics.post_id
