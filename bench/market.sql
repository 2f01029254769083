-- Whom to approach, by hand: every account's rates and signals, the tiers side by side, and the
-- shortlist of each own brand, from core and staging as they stand at $as_of. One SQL script as an
-- analyst would write it, without the intervals, growth, penalties in words and reasons.

create table recent as
select
    p.account_id, p.post_id, p.is_paid_label or p.collaboration_id is not null as is_paid,
    p.hashtags, a.engagements_public as e, a.followers_at_post as f, a.likes, a.comments, a.views
from warehouse.core.dim_post as p
left join warehouse.core.fct_post_at_age as a
    on p.post_id = a.post_id and a.age_days = 7 and a.is_complete and a.followers_at_post > 0
where p.published_on > $as_of - 90 and p.published_on <= $as_of and p.account_id is not null;

create table rates as
select
    account_id,
    count(*) as posts_90d,
    count(e) as n,
    sum(e) as e, sum(f) as f,
    quantile_cont(e / f, 0.5) as er_followers_median,
    sum(e) filter (where views > 0) / sum(views) filter (where views > 0) as er_views_pooled,
    count(*) filter (where e is not null and likes is not null and comments is not null)
        as likes_per_comment_posts,
    sum(likes) filter (where e is not null and comments is not null)
        / nullif(sum(comments) filter (where e is not null and likes is not null), 0)
        as likes_per_comment,
    case when count(e) > 1 then
        sqrt((count(e) * sum(e::hugeint * e) - sum(e) * sum(e))::double * count(e) / (count(e) - 1))
        / nullif(sum(e), 0)
    end as engagement_variation,
    count(*) filter (where is_paid) / count(*) as paid_posts_share
from recent
group by account_id;

create table peers as
select r.*, a.platform, a.tier, a.followers
from rates as r inner join warehouse.core.dim_account as a using (account_id)
where r.n > 0 and a.tier is not null;

create table ranked as
select account_id, peers, shrunk,
    (rank() over w - 1 + count(*) over (partition by platform, tier, round(shrunk, 12)) / 2) / peers
        as er_percentile
from (
    select account_id, p.platform, p.tier, t.peers, (e + t.m * t.k) / (f + t.k) as shrunk
    from peers as p
    inner join (
        select platform, tier, count(*) as peers, sum(e) / sum(f) as m,
            5 * quantile_cont(followers, 0.5) as k
        from peers group by platform, tier
    ) as t on p.platform = t.platform and p.tier = t.tier
)
window w as (partition by platform, tier order by round(shrunk, 12));

create table jumps as
with changes as (
    select account_id, followers - lag(followers) over w as change,
        date_day - lag(date_day) over w as gap
    from warehouse.core.fct_account_daily
    where date_day >= $as_of - 90 and date_day <= $as_of and followers is not null
    window w as (partition by account_id order by date_day)
)

select account_id, count(*) as jump_days,
    (max(change) - quantile_cont(change, 0.5)) / nullif(1.4826 * mad(change), 0) as jump_z
from (select account_id, change::double as change from changes where gap = 1)
group by account_id;

create table tags as
select account_id, list(hashtag order by posts desc, hashtag)[1:5] as top_hashtags
from (
    select account_id, hashtag, count(*) as posts
    from (select account_id, unnest(hashtags) as hashtag from recent)
    group by account_id, hashtag
)
group by account_id;

create table scorecard as
select
    a.account_id, a.platform, a.tier, a.followers, coalesce(r.n, 0) as posts_measured,
    r.e / nullif(r.f, 0) as er_followers_pooled, r.er_followers_median,
    k.shrunk as er_followers_shrunk, k.er_percentile, r.er_views_pooled, r.paid_posts_share,
    coalesce(r.posts_90d, 0) as posts_90d, j.jump_z as follower_jump_z, r.likes_per_comment,
    r.engagement_variation, coalesce(t.top_hashtags, []) as top_hashtags,
    greatest(0, 100
        - coalesce(30 * (j.jump_z > 6 and j.jump_days >= 7)::int, 0)
        - coalesce(20 * (k.er_percentile < 0.02)::int, 0)
        - coalesce(15 * (k.er_percentile > 0.995)::int, 0)
        - coalesce(10 * (r.likes_per_comment < 2)::int, 0)
        - coalesce(10 * (r.likes_per_comment > 300)::int, 0)
        - coalesce(10 * (a.following / nullif(a.followers, 0) > 2)::int, 0)
        - coalesce(15 * (r.engagement_variation < 0.05 and r.n >= 5)::int, 0)
    ) as authenticity_score
from warehouse.core.dim_account as a
left join rates as r using (account_id)
left join ranked as k using (account_id)
left join jumps as j using (account_id)
left join tags as t using (account_id);

create table benchmarks as
select platform, tier, count(*) as accounts, sum(n) as posts,
    quantile_cont(e / f, 0.25) as er_followers_p25, quantile_cont(e / f, 0.5) as er_followers_p50,
    quantile_cont(e / f, 0.75) as er_followers_p75, sum(e) / sum(f) as er_followers_pooled
from peers
group by platform, tier;

create table shortlist as
with own as (select brand_id from work.config.brands where role = 'own'),

wanted as (
    select brand_id, hashtag from work.config.brand_hashtags
    union select brand_id, niche from work.config.brand_niches
),

hits as (
    select brand_id, account_id, post_id, true as by_tag
    from (select account_id, post_id, unnest(hashtags) as hashtag from recent)
    inner join wanted using (hashtag) semi join own using (brand_id)
    union
    select brand_id, r.account_id, post_id, false
    from warehouse.core.fct_mentions as m inner join recent as r using (post_id)
    semi join own using (brand_id)
    where m.kind = 'keyword'
),

fits as (
    select brand_id, account_id, count(distinct post_id) as posts, bool_or(by_tag) as by_tag,
        bool_or(not by_tag) as by_keyword
    from hits group by brand_id, account_id
),

rivals as (
    select brand_id, account_id, list(voice order by voice) as works_with
    from (
        select c.brand_id, m.brand_id as voice, m.account_id
        from warehouse.core.fct_mentions as m
        inner join warehouse.core.dim_post as p using (post_id)
        inner join work.config.brand_competitors as c on m.brand_id = c.competitor_brand_id
        semi join own on c.brand_id = own.brand_id
        where m.mentioned_on > $as_of - 365 and m.mentioned_on <= $as_of
            and m.account_id is not null
        group by all
        having bool_or(p.is_paid_label or p.text like '#ad %')
            or count(distinct p.post_id) filter (where m.kind = 'tag') >= 3
    )
    group by brand_id, account_id
),

shoppers as (
    select distinct account_id
    from work.staging.stg_inbox__customers as c
    inner join warehouse.core.dim_account as a using (platform, handle)
),

praised as (
    select brand_id, account_id, count(distinct customer_id) as recommended_by
    from work.staging.stg_inbox__recommendations as r
    inner join warehouse.core.dim_account as a using (platform, handle)
    where recommended_on <= $as_of
    group by brand_id, account_id
),

guests as (
    select e.brand_id, p.account_id, list(distinct event_id order by event_id) as event_ids
    from (select *, unnest(hashtags) as tag from work.staging.stg_inbox__events) as e
    inner join (
        select account_id, published_on, unnest(hashtags) as hashtag from warehouse.core.dim_post
        where account_id is not null
    ) as p
        on e.tag = p.hashtag and p.published_on between e.starts_on and e.ends_on
    group by e.brand_id, p.account_id
),

doors as (
    select brand_id, account_id from fits union select brand_id, account_id from rivals
    union select brand_id, account_id from praised union select brand_id, account_id from guests
    union select brand_id, account_id from shoppers cross join own
),

scored as (
    select
        d.brand_id, d.account_id, s.followers, s.er_percentile, s.authenticity_score,
        coalesce(f.posts, 0) / s.posts_90d as relevance,
        coalesce(f.by_tag, false) as is_hashtag_match,
        coalesce(f.by_keyword, false) as is_keyword_match,
        coalesce(v.works_with, []) as works_with_competitors,
        h.account_id is not null as is_customer,
        coalesce(p.recommended_by, 0) as recommended_by,
        coalesce(g.event_ids, []) as event_ids,
        ((v.account_id is not null)::int + (h.account_id is not null)::int
            + (p.account_id is not null)::int + (g.account_id is not null)::int) / 4.0 as affinity
    from doors as d
    inner join scorecard as s using (account_id)
    inner join warehouse.core.dim_account as a using (account_id)
    left join fits as f using (brand_id, account_id)
    left join rivals as v using (brand_id, account_id)
    left join praised as p using (brand_id, account_id)
    left join guests as g using (brand_id, account_id)
    left join shoppers as h using (account_id)
    where s.tier = 'micro' and s.posts_90d > 0
        and not coalesce(a.is_bot, false) and not coalesce(a.is_noindex, false)
        and not exists (
            from work.staging.stg_inbox__collaborations as c
            inner join work.staging.stg_inbox__campaigns as k using (campaign_id)
            where c.creator_id = a.creator_id and k.brand_id = d.brand_id
        )
        and not exists (
            from work.intermediate.int_brands__own_accounts as o where o.account_id = d.account_id
        )
)

select
    *,
    0.35 * relevance + 0.30 * coalesce(er_percentile, 0) + 0.20 * authenticity_score / 100
        + 0.15 * affinity as score
from scored;
