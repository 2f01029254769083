-- measured posts are complete at 7 days and have followers at posting: all rates rest on them
with posts as (
    select
        post_id,
        account_id,
        coalesce(is_paid_label, false) or collaboration_id is not null as is_paid
    from {{ ref('dim_post') }}
    where
        published_on > {{ as_of_date() }} - 90
        and published_on <= {{ as_of_date() }}
        and account_id is not null
        and not is_repost
),

measured as (
    select
        post_id,
        engagements_public,
        followers_at_post,
        organic_likes as likes,
        organic_comments as comments,
        organic_views as views
    from {{ ref('fct_post_at_age') }}
    where
        age_days = 7
        and is_complete
        and followers_at_post > 0
        -- nothing is measured before it is published, so older rows need not be read
        and observed_at >= {{ as_of_end() }} - interval 92 day
)

select
    posts.account_id,
    count(*) as posts_90d,
    count(*) filter (where posts.is_paid) as paid_posts_90d,
    count(measured.post_id) as posts_measured,
    sum(measured.engagements_public) as engagements_public,
    sum(measured.followers_at_post) as followers_at_post,
    {{ quantile(safe_divide('measured.engagements_public', 'measured.followers_at_post'), 0.5) }}
        as er_followers_median,
    sum(measured.engagements_public) filter (where measured.views > 0)
        as engagements_of_posts_with_views,
    sum(measured.views) filter (where measured.views > 0) as views,
    count(*) filter (where measured.likes is not null and measured.comments is not null)
        as likes_per_comment_posts,
    sum(measured.likes) filter (where measured.comments is not null) as likes,
    sum(measured.comments) filter (where measured.likes is not null) as comments,
    -- squares of more than 10^12, which no post reaches, would not fit
    case
        when max(measured.engagements_public) <= 1000000000000
            then
                sum(
                    cast(measured.engagements_public as {{ wide_integer() }})
                    * measured.engagements_public
                ) filter (where measured.engagements_public <= 1000000000000)
    end as engagements_squared
from posts
left join measured on posts.post_id = measured.post_id
group by posts.account_id
