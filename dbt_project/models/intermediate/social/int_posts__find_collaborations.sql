{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__paid_posts', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_posts') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_deliverables__by_url as (
    select * from {{ ref('int_deliverables__by_url') }}
),

int_posts__match_brands as (
    select * from {{ ref('int_posts__match_brands') }}
),

int_collaborations__list_authors as (
    select * from {{ ref('int_collaborations__list_authors') }}
),

mentioned_brands as (
    select distinct
        post_id,
        brand_id
    from int_posts__match_brands
),

posts as (
    select
        posts.post_id,
        posts.permalink_key,
        accounts.account_id,
        accounts.published_on
    from int_posts__fold_versions as posts
    inner join int_posts__find_accounts as accounts on posts.post_id = accounts.post_id
    {% if is_incremental() %}
        where posts.post_id in (select touched.post_id from touched)
    {% endif %}
),

delivered as (
    select
        posts.post_id,
        deliverables.collaboration_id
    from posts
    inner join int_deliverables__by_url as deliverables
        on posts.permalink_key = deliverables.post_url_key
),

-- the campaign that started last, then the smallest collaboration_id
by_the_author as (
    select
        posts.post_id,
        authors.collaboration_id,
        row_number() over (
            partition by posts.post_id
            order by authors.starts_on desc, authors.collaboration_id asc
        ) as choice
    from posts
    inner join mentioned_brands on posts.post_id = mentioned_brands.post_id
    inner join int_collaborations__list_authors as authors
        on
            posts.account_id = authors.account_id
            and mentioned_brands.brand_id = authors.brand_id
            and posts.published_on >= authors.starts_on
            and posts.published_on <= authors.posts_until
),

found as (
    select
        posts.post_id,
        coalesce(delivered.collaboration_id, by_the_author.collaboration_id) as collaboration_id
    from posts
    left join delivered on posts.post_id = delivered.post_id
    left join by_the_author on posts.post_id = by_the_author.post_id and by_the_author.choice = 1
)

select
    post_id,
    collaboration_id
from found
where collaboration_id is not null
