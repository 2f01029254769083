-- Posts: who writes when, and where the metrics of each post will end.

create table post (
    post bigint, account integer, platform varchar, pidx integer, native_post_id varchar, day integer,
    published_at timestamp, observed_at timestamp, content_type varchar, seen_night integer,
    ahead_night integer, edited_night integer, deleted_night integer,
    mention_brand integer, mention_kind varchar, has_niche_tags boolean, deliverable integer,
    disclosure varchar, hides_likes boolean, has_insights boolean, is_estimated boolean, words bigint,
    likes double, comments double, shares double, saves double, views double, reach double,
    impressions double, tau double
);

create macro posts_of(from_day, to_day) as table
with candidates as (
    select
        (d + 400) * 2 * (2 * getvariable('persons') + 36) + 2 * a.account + j as post,
        a.account, cast(d as integer) as day, cast(null as integer) as deliverable,
        cast(null as integer) as paid_brand, cast(null as varchar) as disclosure
    from range(from_day, to_day + 1) as days (d)
    cross join account as a
    cross join range(2) as pieces (j)
    where d >= getvariable('first_post_day')
        and j < floor(a.posts_a_day + u('writes', a.account || '|' || d))
    union all
    select
        900000000 + d.deliverable, d.person, d.posted_day, d.deliverable, d.brand, d.disclosure
    from deliverable as d
    where d.posted_day between from_day and to_day
),

drawn as (
    select
        c.*,
        a.* exclude (account, brand),
        a.brand as account_brand,
        draw('post', c.post) as h1,
        draw('post engagement', c.post) as h2,
        draw('post content', c.post) as h3,
        draw('post mix', c.post) as h4,
        draw('post brand', c.post) as h5
    from candidates as c
    inner join account as a on c.account = a.account
),

sized as (
    select
        *,
        day_at(day) + to_seconds(cast(floor(part_of(h1, 0) * 86400) as integer)) as published_at,
        followers_on(followers, growth, kind, jump_day, jump_factor, day) as followers_then,
        case
            when deliverable is null and part_of(h1, 2) < 0.03 then 2
            when part_of(h1, 0) < 0.83 then 0
            else 1
        end as seen_after
    from drawn
),

engaged as (
    select
        *,
        least(followers_then * 3, greatest(1, followers_then * engagement_rate
            * exp(0.75 * spread_of(h2) - 0.28)
            * case
                when kind = 'viral' and day between jump_day and jump_day + 1 then 14
                when part_of(h4, 0) < 0.004 then pow(1 / (1 - part_of(h4, 1)), 0.7) * 3
                else 1
            end
        )) as engagements
    from sized
)

select
    post,
    account,
    platform,
    pidx,
    case pidx
        when 0 then cast(17900000000000000 + post * 11 as varchar)
        when 1 then cast(7400000000000000000 + post * 1009 as varchar)
        when 2 then substr(md5('video' || post), 1, 2) || 'R' || lpad(to_base(post, 36), 7, 'a') || '_'
        when 3 then cast(1890000000000000000 + post * 1013 as varchar)
        when 4 then native_account_id || '/statuses/' || (114000000000000000 + post * 17)
        else 'at://' || native_account_id || '/app.bsky.feed.post/3l' || lower(lpad(to_base(post, 32), 8, '2'))
    end as native_post_id,
    day,
    published_at,
    -- seen on the evening of the night that finds it
    day_at(greatest(0, day + seen_after)) + to_seconds(cast(72000 + floor(part_of(h1, 1) * 3600) as integer))
        as observed_at,
    case pidx
        when 0 then pick(['reel', 'image', 'image', 'carousel'], part_of(h1, 1))
        when 1 then 'video'
        when 2 then pick(['video', 'short'], part_of(h1, 1))
        else pick(['text', 'image', 'video'], part_of(h1, 1))
    end as content_type,
    greatest(0, day + seen_after) as seen_night,
    case when kind = 'brand' and part_of(h1, 2) > 0.7 and day >= 1 then day - 1 end as ahead_night,
    case when part_of(h1, 3) < 0.02 then greatest(0, day + seen_after) + 2 end as edited_night,
    case when deliverable is null and part_of(h1, 3) > 0.995 then greatest(0, day + seen_after) + 3 end
        as deleted_night,
    case
        when deliverable is not null then paid_brand
        when kind = 'brand' then account_brand
        when niche in ('coffee', 'skincare') and part_of(h3, 0) < case kind when 'best_fit' then 0.35 else 0.22 end
            then case
                when kind = 'best_fit' then [1, 2, 2][1 + cast(floor(part_of(h3, 1) * 3) as integer)]
                else [0, 0, 1, 2, 2][1 + cast(floor(part_of(h3, 1) * 5) as integer)]
            end + case niche when 'coffee' then 0 else 3 end
    end as mention_brand,
    case
        when deliverable is not null then case when part_of(h3, 2) < 0.9 then 'tag' else 'hashtag' end
        when kind = 'brand' then 'hashtag'
        when part_of(h3, 2) < 0.35 then 'tag'
        when part_of(h3, 2) < 0.7 then 'hashtag'
        when part_of(h3, 2) < 0.9 then 'keyword'
        else 'link'
    end as mention_kind,
    kind = 'best_fit' or part_of(h3, 3) < 0.7 as has_niche_tags,
    deliverable,
    case
        when deliverable is not null then disclosure
        when kind = 'best_fit' and part_of(h3, 0) < 0.15 then 'label'
    end as disclosure,
    hides_likes,
    has_insights,
    pidx in (0, 2, 3) and part_of(h5, 0) < 0.06 as is_estimated,
    cast(h5 >> 20 as bigint) as words,
    floor(engagements * [0.93, 0.88, 0.92, 0.72, 0.70, 0.74][pidx + 1]) as likes,
    -- bought likes come without comments: about one for 600 likes, spread evenly over the days; the
    -- half keeps it through the ages at which it is not all there yet
    case
        when kind = 'bought'
            then 0.5 + floor(
                engagements * [0.93, 0.88, 0.92, 0.72, 0.70, 0.74][pidx + 1] / 600
                + (day + 1000) * 0.6180339887498949e0 % 1
            )
        else floor(
            engagements * [0.035, 0.02, 0.05, 0.09, 0.12, 0.10][pidx + 1] * (0.5 + part_of(h4, 2))
        )
    end as comments,
    floor(engagements * [0.02, 0.06, 0.0, 0.17, 0.18, 0.16][pidx + 1] * (0.5 + part_of(h4, 3))) as shares,
    floor(engagements * [0.015, 0.04, 0.03, 0.02, 0.0, 0.0][pidx + 1] * (0.5 + part_of(h5, 1))) as saves,
    floor(engagements * [9, 14, 22, 35, 0, 0][pidx + 1] * (0.6 + 0.8 * part_of(h4, 3))) as views,
    floor(engagements * 6 * (0.6 + 0.8 * part_of(h5, 1))) as reach,
    floor(engagements * 7.8 * (0.6 + 0.8 * part_of(h5, 1))) as impressions,
    [1.2, 1.8, 4.0, 0.5, 0.7, 0.6][pidx + 1] * (0.6 + 0.8 * part_of(h4, 2)) as tau
from engaged
order by post;

-- Counts saturate: 1 - exp(-(age / tau)^0.8) of where they end. What a platform does not report is NULL.
create macro metric_rows(at_night, seconds) as table
with observed as (
    select
        p.*,
        day_at(at_night) + to_seconds(s + p.post * 7919 % 3600) as seen_at
    from post as p, unnest(seconds) as moments (s)
    where p.seen_night <= at_night and (p.deleted_night is null or p.deleted_night > at_night)
        and p.day >= at_night - getvariable('tracked_days')
),

aged as (
    select
        *,
        1 - exp(-pow(cast(epoch(seen_at) - epoch(published_at) as double) / 86400 / tau, 0.8)) as reached
    from observed
    where seen_at > published_at
)

select
    post,
    pidx,
    platform,
    native_post_id,
    seen_at as observed_at,
    cast(case
        when hides_likes then null
        -- likes are taken back at times
        when (post + at_night * 31) % 211 = 0 then greatest(0, floor(likes * reached) - 2)
        else floor(likes * reached)
    end as bigint) as likes,
    cast(floor(comments * reached) as bigint) as comments,
    cast(case when pidx in (1, 3, 4, 5) or (pidx = 0 and has_insights) then floor(shares * reached) end as bigint)
        as shares,
    cast(case when pidx in (0, 1) and has_insights then floor(saves * reached) end as bigint) as saves,
    cast(case when pidx in (1, 2, 3) or (pidx = 0 and content_type = 'reel') then floor(views * reached) end as bigint)
        as views,
    cast(case when pidx in (0, 1) and has_insights then floor(reach * reached) end as bigint) as reach,
    cast(case when pidx = 0 and has_insights then floor(impressions * reached) end as bigint) as impressions,
    is_estimated,
    deliverable,
    seen_night
from aged;

-- What night 0 knows of the past: the metrics of earlier posts at a few ages.
create macro past_metric_rows(ages) as table
select
    p.post,
    p.pidx,
    p.platform,
    p.native_post_id,
    p.published_at + to_seconds(cast(age * 86400 as integer)) as observed_at,
    cast(case when not p.hides_likes then floor(p.likes * (1 - exp(-pow(age / p.tau, 0.8)))) end as bigint) as likes,
    cast(floor(p.comments * (1 - exp(-pow(age / p.tau, 0.8)))) as bigint) as comments,
    cast(case
        when p.pidx in (1, 3, 4, 5) or (p.pidx = 0 and p.has_insights)
            then floor(p.shares * (1 - exp(-pow(age / p.tau, 0.8))))
    end as bigint) as shares,
    cast(case when p.pidx in (1, 2, 3) or (p.pidx = 0 and p.content_type = 'reel')
        then floor(p.views * (1 - exp(-pow(age / p.tau, 0.8)))) end as bigint) as views
from post as p, unnest(ages) as moments (age)
where p.seen_night = 0 and p.published_at + to_seconds(cast(age * 86400 as integer)) < day_at(0)
order by p.post, age;

-- What the platforms say of every account on the evening of a day.
create macro profile_states(at_day) as table
select
    a.account,
    a.first_profile_night,
    a.pidx,
    a.platform,
    a.native_account_id,
    day_at(at_day) + to_seconds(75600 + a.account * 7919 % 3600) as observed_at,
    e.handle,
    a.display_name,
    case
        when a.kind = 'brand' then 'The official account of ' || a.display_name
        when u('bio', a.account) < 0.2
            then '📍 ' || a.country || ' | ' || a.niche || ' | booking: ' || a.account || '@mail.example'
        else '#' || a.niche || ' & everyday things, in my own words'
    end as bio,
    cast(greatest(0, floor(
        followers_on(a.followers, a.growth, a.kind, a.jump_day, a.jump_factor, at_day)
        + a.followers * 0.001 * (u('day', a.account || '|' || at_day) - 0.5)
    )) as bigint) as followers,
    cast(floor(50 + 900 * pow(u('following', a.account), 2)) as bigint) as following,
    cast(greatest(0, floor(200 + 800 * u('posts so far', a.account) + a.posts_a_day * at_day)) as bigint) as posts_count,
    a.kind = 'brand' or a.followers > 400000 as is_verified,
    case when a.pidx = 4 then a.is_bot end as is_bot,
    case when a.pidx = 4 then a.is_noindex end as is_noindex,
    a.language,
    a.country
from account as a
inner join handle_epoch as e
    on a.account = e.account and at_day >= e.from_day and at_day < e.to_day;

-- The same of the accounts that the exports know by then.
create macro profile_rows(at_day) as table
select * exclude (first_profile_night)
from profile_states(at_day)
where first_profile_night <= greatest(0, at_day)
order by account;

-- A post as an export shows it: text put together from phrases, brand, tags and emoji.
-- `what`: new to the pipeline, edited, deleted, or ahead (scheduled for the next day).
create macro post_rows(at_night) as table
with due as (
    select *, 'new' as what from post where seen_night = at_night
    union all
    select *, 'edited' from post where edited_night = at_night
    union all
    select *, 'deleted' from post where deleted_night = at_night
    union all
    select *, 'ahead' from post where ahead_night = at_night
),

chosen as (
    select
        p.*,
        a.native_account_id, a.kind, a.niche, a.language, a.country, a.is_roster,
        e.handle,
        b.brand_name, b.hashtags as brand_hashtags, b.keywords, b.domain,
        h.handle as brand_handle,
        c.code,
        l.phrases, l.disclosures,
        (
            select max(v.hashtags) from event as v
            where p.day between v.starts_day and v.ends_day and v.niche = a.niche
                and (a.kind = 'best_fit' or (p.words & 255) < 60)
        ) as event_hashtags
    from due as p
    inner join account as a on p.account = a.account
    inner join handle_epoch as e
        on p.account = e.account and greatest(0, p.day) >= e.from_day and greatest(0, p.day) < e.to_day
    inner join locale as l on a.language = l.language and a.country = l.country
    left join brand as b on p.mention_brand = b.brand
    left join brand_handle as h on p.mention_brand = h.brand and p.pidx = h.pidx
    left join deliverable as d on p.deliverable = d.deliverable
    left join promo_code as c on d.collaboration = c.collaboration
),

worded as (
    select
        *,
        replace(phrases[1 + cast(words % len(phrases) as integer)], '{handle}', replace(split_part(handle, '@', 1), '_', '-'))
            as phrase,
        case mention_kind
            when 'tag' then '@' || brand_handle
            when 'hashtag' then '#' || brand_hashtags[1 + cast((words >> 8) % len(brand_hashtags) as integer)]
            when 'keyword' then keywords[1 + cast((words >> 8) % len(keywords) as integer)]
            when 'link' then 'https://shop.' || domain || '/p/' || (words % 97) || '?ref=@' || niche || '#top'
        end as brand_words,
        case when has_niche_tags then [niche, niche || ['life', 'daily', '2026', '_love'][1 + cast((words >> 12) % 4 as integer)]] else [] end
            || coalesce(event_hashtags, [])
            || case when deliverable is not null then brand_hashtags[1:1] else [] end as tags,
        disclosure = 'label' and pidx in (0, 1, 2) as is_paid_label
    from chosen
),

composed as (
    select
        *,
        case
            when disclosure = 'clear' or (disclosure = 'label' and pidx > 2) then disclosures[1 + cast((words >> 14) % len(disclosures) as integer)]
            else ''
        end
        || phrase
        || coalesce(' ' || brand_words, '')
        || case when code is not null then '. My code ' || code || ' saves you a bit' else '' end
        || case when disclosure = 'late' and pidx in (0, 1, 2)
            then '. And because you keep asking: yes, I use it every single day, at home and on the road, and I would buy it again. #ad'
            else '' end
        -- X, Mastodon and Bluesky show a whole post at once
        || case when disclosure = 'unclear' or (disclosure = 'late' and pidx > 2) then ' #sp' else '' end
        || case
            when len(tags) = 0 then ''
            else ' ' || array_to_string(list_transform(tags, lambda t, i: '#' || case
                when (words >> 16) % 5 = 0 then upper(t)
                when (words >> 16) % 5 = 1 then upper(t[1]) || t[2:]
                else t
            end), ' ')
        end
        || ['', ' ☕️', ' 💚✨', ' 👩🏽‍🍳', '', ' 😂😂'][1 + cast((words >> 18) % 6 as integer)] as text
    from worded
)

select
    what,
    pidx,
    post,
    platform,
    native_post_id,
    case what
        when 'new' then observed_at
        when 'edited' then observed_at + interval 2 day
        when 'deleted' then observed_at + interval 3 day
        else day_at(at_night) + interval 20 hour
    end as observed_at,
    -- other tools leave the id or, on hashtag searches, the author out
    case when kind = 'plain' and deliverable is null and (words >> 22) % 100 < 7 then null else native_account_id end as native_account_id,
    case when kind = 'plain' and deliverable is null and (words >> 22) % 100 < 2 then null else handle end as handle,
    published_at,
    content_type,
    text || case what when 'edited' then ' (edited)' else '' end as text,
    case pidx
        when 0 then 'https://www.instagram.com/' || case content_type when 'reel' then 'reel/' else 'p/' end || 'C' || to_base(post, 36) || '/'
        when 1 then 'https://www.tiktok.com/@' || handle || '/video/' || native_post_id
        when 2 then 'https://www.youtube.com/' || case content_type when 'short' then 'shorts/' else 'watch?v=' end || native_post_id
        when 3 then 'https://x.com/' || handle || '/status/' || native_post_id
        when 4 then 'https://' || split_part(handle, '@', 2) || '/@' || split_part(handle, '@', 1) || '/' || split_part(native_post_id, '/', -1)
        else 'https://bsky.app/profile/' || handle || '/post/' || split_part(native_post_id, '/', -1)
    end as permalink,
    language,
    case when pidx in (0, 1) then list_transform(tags, lambda t: '#' || t) when pidx = 2 then tags end as hashtags,
    case when mention_kind = 'tag' and pidx in (0, 4) then [brand_handle] end as mentions,
    case when mention_kind = 'link' and pidx in (3, 5) then ['https://www.' || domain || '/'] end as urls,
    coalesce(is_paid_label, false) as is_paid_label,
    case
        when kind = 'brand' then 'account:' || handle
        when mention_kind = 'tag' then 'mention:' || brand_handle
        else 'hashtag:' || niche
    end as found_by
from composed
order by what, post;

-- The URL that marketing ops copied out of their browser or phone.
create macro deliverable_url(pidx, handle, post, native_post_id, content_type, spelling) as
    case pidx
        when 0 then 'https://instagram.com/' || case content_type when 'reel' then 'reel/' else 'p/' end || 'C' || to_base(post, 36)
            || case when spelling < 0.5 then '/?igsh=abc123' else '' end
        when 1 then 'https://m.tiktok.com/@' || handle || '/video/' || native_post_id || '?lang=en'
        when 2 then case
            when spelling < 0.4 then 'https://youtu.be/' || native_post_id
            when spelling < 0.7 then 'https://m.youtube.com/watch?v=' || native_post_id || '&t=12s'
            else 'https://www.youtube.com/shorts/' || native_post_id
        end
        when 3 then 'https://X.com/' || handle || '/status/' || native_post_id || '?s=20'
        when 4 then 'https://' || split_part(handle, '@', 2) || '/@' || split_part(handle, '@', 1) || '/' || split_part(native_post_id, '/', -1)
        else 'https://bsky.app/profile/' || handle || '/post/' || split_part(native_post_id, '/', -1) || '#replies'
    end;

create macro deliverable_rows(at_night) as table
select
    d.deliverable_id,
    d.collaboration_id,
    a.platform,
    coalesce(p.content_type, 'post') as content_type,
    date_of(d.due_day) as due_on,
    case
        when p.seen_night <= at_night
            then deliverable_url(p.pidx, a.handle, p.post, p.native_post_id, p.content_type, u('url', d.deliverable))
    end as post_url
from deliverable as d
inner join account as a on d.person = a.account
left join post as p on p.post = 900000000 + d.deliverable
where d.night = at_night or (p.seen_night = at_night and d.night < at_night)
order by d.deliverable;
