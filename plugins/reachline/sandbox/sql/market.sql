-- Who there is: people, their accounts, the brands' accounts, and the handles they carry by day.

create table person as
with numbered as (
    select
        cast(p as integer) as p,
        case
            when p < len(getvariable('planted')) then getvariable('planted')[p + 1].platform
            else p % 6
        end as pidx,
        case
            when p < len(getvariable('planted')) then getvariable('planted')[p + 1].kind
            else 'plain'
        end as kind,
        case when p < len(getvariable('planted')) then getvariable('planted')[p + 1].niche end
            as planted_niche,
        -- steps of the golden ratio fill the tiers in their shares, however few people there are
        ((p // 6 + 0.5) * 0.6180339887498949 + (p % 6) * 0.17) % 1 as place
    from range(getvariable('persons')) as numbers (p)
),

placed as (
    select
        *,
        case
            when kind <> 'plain' then 'micro'
            when place < getvariable('tier_shares')[1] then 'nano'
            when place < getvariable('tier_shares')[2] then 'micro'
            when place < getvariable('tier_shares')[3] then 'mid'
            when place < getvariable('tier_shares')[4] then 'macro'
            else 'mega'
        end as tier,
        u('locale', p) as locale_share,
        u('niche', p) as niche_share
    from numbered
),

bounded as (
    select
        placed.*,
        case tier
            when 'nano' then 80 when 'micro' then 1000 when 'mid' then 100001
            when 'macro' then 500001 else 1000001
        end as low,
        case tier
            when 'nano' then 999 when 'micro' then 100000 when 'mid' then 500000
            when 'macro' then 1000000 else 30000000
        end as high,
        locale.*
    from placed
    inner join locale
        on placed.locale_share >= locale.share_from and placed.locale_share < locale.share_to
)

select
    p as person,
    kind,
    tier,
    cast(pidx as integer) as pidx,
    'crt-' || lpad(cast(p + 1 as varchar), 6, '0') as creator_id,
    pick(first_names, u('first', p)) || ' ' || pick(last_names, u('last', p)) as creator_name,
    pick(first_slugs, u('first', p)) as first_slug,
    pick(last_slugs, u('last', p)) as last_slug,
    language,
    country,
    currency,
    coalesce(planted_niche, case
        when niche_share < 0.25 then 'coffee'
        when niche_share < 0.45 then 'skincare'
        else pick(getvariable('other_niches'), u('other niche', p))
    end) as niche,
    kind in ('driver', 'undisclosed', 'late')
    or (kind = 'plain' and u('roster', p) < getvariable('roster_share')) as is_roster,
    -- a truncated Pareto within the tier, so that all of them together are heavy-tailed
    case
        when kind <> 'plain' then 4000 * pow(15, u('followers', p))
        else pow(
            pow(low, -0.6) - u('followers', p) * (pow(low, -0.6) - pow(high, -0.6)), -1 / 0.6
        )
    end as followers
from bounded
order by p;

create table account as
with owned_by_people as (
    select person as account, person, pidx, followers, true as is_primary from person
    union all
    select
        getvariable('persons') + person,
        person,
        cast((pidx + 1 + floor(u('second platform', person) * 5)) % 6 as integer),
        greatest(60, followers * (0.05 + 0.55 * u('second followers', person))),
        false
    from person
    where kind = 'plain' and u('second', person) < 0.25
),

of_people as (
    select
        cast(a.account as integer) as account,
        a.person,
        cast(null as integer) as brand,
        a.pidx,
        a.is_primary,
        p.kind,
        p.niche,
        p.language,
        p.country,
        p.creator_name as display_name,
        case a.pidx
            -- cut to what the platform gives: 30, 24, 30 and 15 characters
            when 0 then left(p.first_slug || '.' || p.last_slug, 22) || a.account
            when 1 then left(p.first_slug || p.last_slug, 16) || '_' || a.account
            when 2 then left(p.first_slug || p.last_slug, 22) || a.account
            when 3 then left(p.first_slug, 8) || '_' || a.account
            when 4 then p.first_slug || '_' || p.last_slug || a.account || '@'
                || pick(['social.example', 'kaffee.example'], u('host', a.account))
            else p.first_slug || p.last_slug || a.account || '.bsky.example'
        end as handle,
        a.followers,
        p.is_roster,
        -- engagement falls with size: about 2.5 times less at 700,000 followers than at 3,000
        least(0.3, 0.05 * pow(a.followers / 1000, -0.17)
            * exp(0.3 * spread_of(draw('rate of engagement', a.account)))
            * case p.kind when 'best_fit' then 1.8 when 'bought' then 0.3 when 'driver' then 1.3 else 1 end
        ) as engagement_rate,
        case
            when p.kind in ('best_fit', 'bought', 'viral') then 0.9
            else least(1.9, getvariable('posts_a_day')
                * exp(0.5 * spread_of(draw('posts', a.account)) - 0.125))
        end as posts_a_day
    from owned_by_people as a
    inner join person as p on a.person = p.person
),

of_brands as (
    select
        cast(2 * getvariable('persons') + brand.brand * 6 + h.pidx as integer) as account,
        cast(null as integer) as person,
        brand.brand,
        h.pidx,
        true as is_primary,
        'brand' as kind,
        brand.niches[1] as niche,
        'en' as language,
        'US' as country,
        brand.brand_name as display_name,
        h.handle,
        20000 * pow(20, u('brand followers', brand.brand * 6 + h.pidx)) as followers,
        false as is_roster,
        0.012 as engagement_rate,
        0.5 as posts_a_day
    from brand
    inner join brand_handle as h on brand.brand = h.brand
)

select
    a.*,
    getvariable('platforms')[a.pidx + 1] as platform,
    case a.pidx
        when 0 then '178414' || lpad(cast(40000000 + a.account * 37 as varchar), 11, '0')
        when 1 then cast(6800000000000000000 + cast(a.account as bigint) * 1000003 as varchar)
        when 2 then 'UC' || substr(md5('channel' || a.account), 1, 22)
        when 3 then cast(1400000000000000000 + cast(a.account as bigint) * 1000003 as varchar)
        when 4 then 'https://' || split_part(a.handle, '@', 2) || '/users/' || split_part(a.handle, '@', 1)
        else 'did:plc:' || substr(md5('did' || a.account), 1, 24)
    end as native_account_id,
    0.0003 + 0.0012 * pow(u('growth', a.account), 2) as growth,
    case a.kind
        when 'bought' then [-6, -2, 2, 6][1 + a.person % 4]
        when 'viral' then [-4, 3][1 + a.person % 2]
    end as jump_day,
    case a.kind
        when 'bought' then 1.2 + 0.8 * u('jump', a.account)
        when 'viral' then 0.8
        else 0.0
    end as jump_factor,
    a.kind = 'plain' and u('is bot', a.account) < 0.02 as is_bot,
    a.kind = 'plain' and a.pidx = 4 and u('noindex', a.account) < 0.08 as is_noindex,
    a.is_roster and a.pidx < 3 as has_insights,
    a.pidx in (0, 2) and a.kind = 'plain' and u('hides likes', a.account) < 0.06 as hides_likes,
    case
        when a.kind <> 'plain' or u('profiled', a.account) < 0.85 then 0
        when u('profiled', a.account) < 0.95 then cast(floor(u('profiled late', a.account) * 10) as integer)
    end as first_profile_night
from (select * from of_people union all select * from of_brands) as a
order by account;

-- Followers at the end of a day: steady growth; a bought jump is there in two days, an honest one
-- comes in slowly, after the post that went round.
create macro followers_on(followers, growth, kind, jump_day, jump_factor, d) as
    floor(followers * exp(growth * d) * (1 + case
        when kind = 'bought' and d = jump_day then 0.7 * jump_factor
        when kind = 'bought' and d > jump_day then jump_factor
        when kind = 'viral' and d >= jump_day then jump_factor * (1 - exp(-(d - jump_day + 1) / 3.0))
        else 0
    end));

-- Handles change, and now and then a handle that was given up is taken by someone else a day later.
create table handle_change as
with eligible as (
    select account, pidx, handle, row_number() over (order by draw('changes handle', account), account) as place
    from account
    where kind = 'plain' and pidx in (0, 1, 3) and first_profile_night = 0
),

planned as (
    select
        givers.account as giver,
        givers.handle,
        (
            select min(takers.account) from eligible as takers
            where takers.pidx = givers.pidx and takers.account > givers.account
                and takers.place > getvariable('handle_changes')
        ) as taker,
        cast(3 * givers.place - 1 as integer) as night,
        givers.place % 2 = 1 as is_taken_over
    from eligible as givers
    where givers.place <= getvariable('handle_changes')
)

select giver as account, night as from_day, 'official_' || giver as handle, false as is_takeover,
    handle as old_handle, cast(null as integer) as from_account
from planned
union all
select taker, night + 1, handle, true, handle, giver
from planned
where is_taken_over and taker is not null
order by account, from_day;

create table handle_epoch as
with epochs as (
    select account, -1000 as from_day, handle from account
    union all
    select account, from_day, handle from handle_change
)

select
    account, from_day, handle,
    coalesce(lead(from_day) over (partition by account order by from_day), 100000) as to_day
from epochs
order by account, from_day;
