{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'collaboration_id'],
    meta={'touched': 'int_touched__paid_posts', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_posts') }}
),

int_posts__match_deliverables as (
    select * from {{ ref('int_posts__match_deliverables') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_posts__match_brands as (
    select * from {{ ref('int_posts__match_brands') }}
),

int_collaborations__list_authors as (
    select * from {{ ref('int_collaborations__list_authors') }}
),

delivered as (
    select distinct
        post_id,
        collaboration_id
    from int_posts__match_deliverables
    {% if is_incremental() %}
        where post_id in (select touched.post_id from touched)
    {% endif %}
),

posts as (
    select
        post_id,
        account_id,
        published_on
    from int_posts__find_accounts
    where
        post_id not in (select delivered.post_id from delivered)
    {% if is_incremental() %}
            and post_id in (select touched.post_id from touched)
        {% endif %}
),

mentioned_brands as (
    select distinct
        post_id,
        brand_id
    from int_posts__match_brands
),

-- the campaign that started last, then the smallest collaboration_id
by_the_author as (
    select
        posts.post_id,
        authors.collaboration_id,
        row_number() over (
            partition by posts.post_id
            order by authors.starts_on desc, authors.collaboration_id asc nulls last
        ) as choice
    from posts
    inner join mentioned_brands on posts.post_id = mentioned_brands.post_id
    inner join int_collaborations__list_authors as authors
        on
            posts.account_id = authors.account_id
            and mentioned_brands.brand_id = authors.brand_id
            and posts.published_on >= authors.starts_on
            and posts.published_on <= authors.posts_until
)

select
    post_id,
    collaboration_id,
    row_number() over (partition by post_id order by collaboration_id nulls last) = 1 as is_primary,
    true as is_deliverable
from delivered
union all
select
    post_id,
    collaboration_id,
    true as is_primary,
    false as is_deliverable
from by_the_author
where choice = 1
