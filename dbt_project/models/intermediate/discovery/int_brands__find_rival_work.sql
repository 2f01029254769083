-- who works with a competitor of an own brand: a post that mentions it and is paid for, or three
-- that tag it, in the year that ends with D
with brands as (
    select * from {{ source('config', 'brands') }}
),

brand_competitors as (
    select * from {{ source('config', 'brand_competitors') }}
),

fct_mentions as (
    select * from {{ ref('fct_mentions') }}
),

int_posts__grade_disclosures as (
    select * from {{ ref('int_posts__grade_disclosures') }}
),

rivals as (
    select
        brands.brand_id,
        competitors.competitor_brand_id
    from brands
    inner join brand_competitors as competitors on brands.brand_id = competitors.brand_id
    where brands.role = 'own'
),

mentions as (
    select
        brand_id as competitor_brand_id,
        account_id,
        post_id,
        mentioned_on,
        bool_or(kind = 'tag') as is_tag
    from fct_mentions
    where
        account_id is not null
        and mentioned_on > {{ as_of_date() }} - 365
        and mentioned_on <= {{ as_of_date() }}
        and brand_id in (select rivals.competitor_brand_id from rivals)
    group by brand_id, account_id, post_id, mentioned_on
),

-- the platform's paid label is a pass
worked as (
    select
        mentions.competitor_brand_id,
        mentions.account_id,
        count(*) filter (where mentions.is_tag) as tag_posts,
        max(mentions.mentioned_on) filter (where mentions.is_tag) as last_tag_on,
        max(mentions.mentioned_on) filter (where grades.disclosure <> 'missing') as last_paid_on
    from mentions
    inner join int_posts__grade_disclosures as grades on mentions.post_id = grades.post_id
    group by mentions.competitor_brand_id, mentions.account_id
)

select
    rivals.brand_id,
    worked.account_id,
    worked.competitor_brand_id,
    worked.tag_posts,
    worked.last_tag_on,
    worked.last_paid_on
from worked
inner join rivals on worked.competitor_brand_id = rivals.competitor_brand_id
where worked.last_paid_on is not null or worked.tag_posts >= 3
