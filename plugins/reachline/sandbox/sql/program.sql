-- What marketing ops keep. Each table holds versions of rows with the night on which they are
-- dropped, so that a night's files are its deltas.

create table campaign as
with slots as (
    select
        c,
        c % 2 as brand_place,
        c // 2 as slot,
        getvariable('campaigns') // 2 as slots
    from range(getvariable('campaigns')) as numbers (c)
),

dated as (
    select
        *,
        cast(-60 + floor(slot * 88.0 / slots) as integer) as starts_day,
        cast(21 + floor(u('campaign length', c) * 15) as integer) as length
    from slots
)

select
    cast(d.c as integer) as campaign,
    b.brand,
    'cmp-' || b.brand_id || '-' || lpad(cast(d.slot + 1 as varchar), 2, '0') as campaign_id,
    b.brand_id,
    b.brand_name || ' ' || pick(['Spring', 'Everyday', 'Launch', 'Back to basics'], u('season', d.c))
        || ' #' || (d.slot + 1) as campaign_name,
    pick(['awareness', 'sales', 'content', 'launch'], u('objective', d.c)) as objective,
    d.starts_day,
    d.starts_day + d.length as ends_day,
    cast(round(3000 + 20000 * u('budget', d.c), -2) as decimal(18, 2)) as budget,
    pick(['USD', 'USD', 'EUR', 'GBP'], u('campaign currency', d.c)) as currency,
    getvariable('goal_metrics')[1 + d.c % 7] as goal_metric,
    cast([5000, 60000, 80000, 400, 30, 4000, 25][1 + d.c % 7] as decimal(18, 2)) as goal_value,
    b.hashtags[1:1] as required_hashtags,
    [b.handle] as required_mentions,
    ['cheap', 'miracle'] as forbidden_terms,
    b.brand_id || '_' || lpad(cast(d.slot + 1 as varchar), 2, '0') as utm_campaign,
    case when d.c % 4 = 3 then 45 end as attribution_window_days,
    greatest(0, d.starts_day - 20) as night
from dated as d
inner join brand as b on d.brand_place * 3 = b.place
order by campaign;

-- A planted person always has a place in the campaigns of the brand of their niche.
create table collaboration as
with candidates as (
    select
        c.*,
        p.person, p.kind, p.creator_id, p.currency as creator_currency, p.followers,
        p.kind <> 'plain' as is_planted,
        row_number() over (
            partition by c.campaign
            order by
                p.kind = 'plain',
                p.niche <> b.niches[1],
                draw('collaborates', c.campaign || '|' || p.person), p.person
        ) as place
    from campaign as c
    inner join brand as b on c.brand = b.brand
    inner join person as p
        on p.is_roster and (p.kind = 'plain' or p.niche = b.niches[1])
),

chosen as (
    select
        *,
        'col-' || lpad(cast(campaign * 1000 + place as varchar), 6, '0') as collaboration_id,
        u('fate', campaign || '|' || person) as fate,
        cast(floor(u('agreed', campaign || '|' || person) * 8) as integer) as agreed_after
    from candidates
    where place <= getvariable('collaborations')
)

select
    cast(campaign * 1000 + place as integer) as collaboration,
    collaboration_id,
    campaign,
    campaign_id,
    brand,
    utm_campaign,
    person,
    kind,
    creator_id,
    creator_currency as currency,
    starts_day,
    ends_day,
    starts_day - 20 as proposed_day,
    starts_day - 10 + agreed_after as agreed_day,
    case when not is_planted and fate < 0.08 then starts_day + 2 end as cancelled_day,
    is_planted or fate >= 0.18 as is_live,
    is_planted or fate < 0.08 or fate >= 0.18 as is_agreed,
    cast(round(25 * pow(followers / 1000, 0.65) * fx.per_usd, 0) as decimal(18, 2)) as fee_amount,
    is_planted or u('fee', campaign || '|' || person) >= 0.15 as has_fee,
    cast(round((15 + 40 * u('product', campaign || '|' || person)) * fx.per_usd, 0) as decimal(18, 2))
        as product_amount,
    u('product', campaign || '|' || person) < 0.8 as has_product,
    case when u('commission', campaign || '|' || person) < 0.4 then cast(0.1 as decimal(5, 3)) end
        as commission_rate,
    case kind when 'driver' then 9 when 'plain' then 1 else 0.5 end as pull
from chosen
inner join currency as fx on chosen.creator_currency = fx.currency
order by collaboration;

create table collaboration_version as
with phases as (
    select collaboration, proposed_day as day, 'proposed' as status from collaboration
    union all
    select collaboration, agreed_day, 'agreed' from collaboration where is_agreed
    union all
    select collaboration, starts_day, 'active' from collaboration where is_live
    union all
    select collaboration, ends_day + 1, 'completed' from collaboration where is_live
    union all
    select collaboration, cancelled_day, 'cancelled' from collaboration where cancelled_day is not null
),

dropped as (
    select *, greatest(0, day) as night from phases
)

select c.*, d.status, d.night
from dropped as d
inner join collaboration as c on d.collaboration = c.collaboration
qualify row_number() over (partition by d.collaboration, d.night order by d.day desc) = 1
order by c.collaboration, d.night;

create table deliverable as
with numbered as (
    select c.*, j
    from collaboration as c, range(2) as pieces (j)
    where c.is_live and (j = 0 or u('second piece', c.collaboration) < 0.5)
),

dated as (
    select
        n.*,
        collaboration * 2 + j as deliverable,
        case
            when kind = 'late' and j = 0 and starts_day <= 1 and ends_day >= 0 then 1
            else cast(starts_day + 5 + 8 * j + floor(u('due', collaboration * 2 + j) * 4) as integer)
        end as due_day,
        u('delivery', collaboration * 2 + j) as delivery
    from numbered as n
)

select
    'dlv-' || lpad(cast(deliverable as varchar), 7, '0') as deliverable_id,
    cast(deliverable as integer) as deliverable,
    collaboration,
    collaboration_id,
    campaign,
    brand,
    person,
    kind,
    due_day,
    case
        when kind = 'late' and j = 0 and due_day = 1 then null
        when kind = 'plain' and delivery < 0.05 then null
        when kind = 'plain' and delivery < 0.14 then due_day + 2 + cast(floor(delivery * 40) as integer)
        else due_day - cast(floor(delivery * 3) as integer)
    end as posted_day,
    kind = 'late' and j = 0 and due_day = 1 as is_planted_late,
    greatest(0, agreed_day) as night,
    case
        when kind = 'undisclosed' then 'none'
        when delivery < 0.35 then 'label'
        when delivery < 0.75 then 'clear'
        when delivery < 0.83 then 'late'
        when delivery < 0.93 then 'unclear'
        else 'none'
    end as disclosure
from dated
order by deliverable;

-- Codes that are misused, and honest ones that look odd, of plain creators. The windows are of posts that
-- the first nights look back on, and no creator fits two of them.
create table odd_code as
with posted as (
    select
        collaboration,
        min(posted_day) as first_post_day,
        max(posted_day) as last_post_day
    from deliverable
    group by collaboration
    having count(posted_day) = count(*)
),

seasons as (
    select
        c.collaboration, c.person, c.brand, a.pidx, c.starts_day, p.first_post_day, p.last_post_day,
        c.starts_day = min(c.starts_day) over (partition by c.person, c.brand) as is_first,
        coalesce(lead(c.starts_day) over (partition by c.person, c.brand order by c.starts_day), 100000)
            as next_day,
        -getvariable('past_click_days') as orders_from_day
    from collaboration as c
    left join posted as p on c.collaboration = p.collaboration
    inner join account as a on c.person = a.account
    where c.kind = 'plain' and c.is_live
),

fitting as (
    select
        *,
        case
            when next_day <= 0 then null
            when last_post_day <= -31 then 'coupon_site'
            when last_post_day <= -20 then 'evergreen'
            when is_first and starts_day >= orders_from_day and first_post_day >= starts_day + 4 then 'before_post'
            when is_first or first_post_day not between orders_from_day and -3 then null
            when pidx = 1 then 'no_clicks'
            when person % 4 = 0 then 'own_by_mail'
            when person % 4 = 2 then 'own_by_handle'
            else 'regulars'
        end as odd
    from seasons
)

select odd, collaboration, person, starts_day, first_post_day, last_post_day, next_day
from fitting
where odd is not null
qualify row_number() over (partition by odd order by draw('odd code', collaboration))
    <= case when odd in ('coupon_site', 'before_post') then 3 else 1 end
order by odd, collaboration;

create table promo_code as
select
    c.collaboration,
    c.collaboration_id,
    c.pull,
    c.starts_day,
    c.ends_day,
    -- one code a creator and brand: next season's campaign uses it again
    upper(p.first_slug || p.person || substr(b.brand_id, 1, 1)) || ['10', '15', '20'][1 + p.person % 3] as code,
    cast(0.10 + 0.05 * (p.person % 3) as decimal(5, 3)) as discount_rate,
    case
        when u('open code', c.collaboration) < 0.8 and coalesce(o.odd not in ('coupon_site', 'evergreen'), true)
            then c.ends_day
    end as valid_to_day,
    -- a few codes reach the inbox a night before their collaboration
    greatest(0, c.agreed_day - case when u('early code', c.collaboration) < 0.1 then 22 else 0 end) as night
from collaboration as c
inner join person as p on c.person = p.person
inner join brand as b on c.brand = b.brand
left join odd_code as o on c.collaboration = o.collaboration
where c.is_live
order by c.collaboration;

create table tracking_link as
select
    'lnk-' || lpad(cast(c.collaboration * 2 + j as varchar), 7, '0') as link_id,
    c.collaboration * 2 + j as link,
    c.collaboration,
    c.collaboration_id,
    c.brand,
    case when o.odd is null then c.pull else 0 end as pull,
    c.kind,
    c.starts_day,
    c.ends_day,
    'https://www.' || b.domain || '/shop?utm_source=' || a.platform || '&utm_medium=influencer&utm_campaign='
        || c.utm_campaign || '&utm_content=' || p.first_slug || p.person || '-' || (j + 1) as url,
    'https://' || b.domain || '/shop/new?UTM_source=' || a.platform || '&utm_campaign='
        || replace(upper(c.utm_campaign), '_', '%5F') || '&utm_content=' || p.first_slug || p.person || '-' || (j + 1)
        || '&fbclid=' || substr(md5(c.collaboration_id), 1, 8) as landing_url,
    greatest(0, c.agreed_day) as night
from collaboration as c
cross join range(2) as links (j)
inner join person as p on c.person = p.person
inner join account as a on p.person = a.account
inner join brand as b on c.brand = b.brand
left join odd_code as o on c.collaboration = o.collaboration
where c.is_live and (j = 0 or u('second link', c.collaboration) < 0.3)
order by link;

create table payment_version as
with planned as (
    select collaboration, collaboration_id, currency, 'fee' as kind, fee_amount as amount, agreed_day as day,
        starts_day + 12 as paid_day
    from collaboration where is_live
    union all
    select collaboration, collaboration_id, currency, 'product', product_amount, starts_day - 3, starts_day
    from collaboration where is_live
    union all
    select collaboration, collaboration_id, currency, 'shipping', cast(round(product_amount * 0.2, 2) as decimal(18, 2)),
        starts_day - 3, starts_day
    from collaboration where is_live
    union all
    select collaboration, collaboration_id, 'USD', 'boost',
        cast(round(40 + 300 * u('boost', collaboration), 2) as decimal(18, 2)), starts_day + 9, starts_day + 14
    from collaboration where is_live and u('is boosted', collaboration) < 0.25
    union all
    select collaboration, collaboration_id, currency, 'commission', cast(round(fee_amount * 0.3, 2) as decimal(18, 2)),
        ends_day + 1, ends_day + 15
    from collaboration where is_live and commission_rate is not null
    union all
    -- what was paid before a cancellation stays a cost
    select collaboration, collaboration_id, currency, 'fee', cast(round(fee_amount * 0.5, 2) as decimal(18, 2)),
        agreed_day, agreed_day + 2
    from collaboration where cancelled_day is not null
),

phased as (
    select *, 'committed' as status, day as since from planned
    union all
    select *, 'paid', paid_day from planned
)

select
    'pay-' || kind || '-' || lpad(cast(collaboration as varchar), 6, '0') as payment_id,
    collaboration_id,
    kind,
    status,
    day,
    amount,
    currency,
    greatest(0, since) as night
from phased
qualify row_number() over (partition by collaboration, kind, greatest(0, since) order by since desc) = 1
order by payment_id, night;

create table outreach_version as
with asked as (
    select campaign, campaign_id, starts_day, person, true as did_agree
    from collaboration where is_agreed
    union all
    -- one in so many people per campaign is looked at, so that not every pair need be drawn
    select c.campaign, c.campaign_id, c.starts_day, p.person, false
    from campaign as c
    inner join person as p
        on c.campaign % getvariable('outreach_step') = p.person % getvariable('outreach_step')
    left join collaboration as k on c.campaign = k.campaign and p.person = k.person and k.is_agreed
    where p.kind = 'plain' and k.collaboration is null
        and u('asked', c.campaign || '|' || p.person)
            < getvariable('outreach_share') * getvariable('outreach_step')
),

known as (
    select
        k.*, p.creator_id, p.is_roster, a.platform, a.handle,
        u('outreach', k.campaign || '|' || k.person) as answer
    from asked as k
    inner join person as p on k.person = p.person
    inner join account as a on k.person = a.account
),

phased as (
    select *, 'contacted' as status, starts_day - 24 as day from known
    union all
    select *, case when did_agree or answer < 0.6 then 'replied' else 'no_reply' end,
        starts_day - 23 + cast(floor(answer * 5) as integer)
    from known
    union all
    select *, 'negotiating', starts_day - 18 from known where did_agree or answer < 0.35
    union all
    select *, case when did_agree then 'agreed' else 'declined' end, starts_day - 12
    from known where did_agree or answer < 0.5
)

select
    'out-' || campaign || '-' || person as outreach_id,
    status,
    campaign_id,
    case when is_roster then creator_id end as creator_id,
    case when not is_roster then platform end as platform,
    case when not is_roster then handle end as handle,
    pick(['email', 'direct message', 'agency'], u('channel', campaign || '|' || person)) as channel,
    day_at(day) + to_seconds(cast(30000 + floor(answer * 20000) as integer)) as status_at,
    greatest(0, day) as night
from phased
order by outreach_id, status_at, status;

create table event as
select * from (values
    ('evt-coffee-week', 'World Coffee Week', 'lumen', ['worldcoffeeweek', 'コーヒー週間'], -4, 4, 'coffee'),
    ('evt-brew-expo', 'Brew Expo', 'lumen', ['brewexpo'], -30, -27, 'coffee'),
    ('evt-skin-days', 'Skin Health Days', 'verdant', ['skinhealthdays'], -2, 6, 'skincare'),
    ('evt-clean-summit', 'Clean Beauty Summit', 'verdant', ['cleanbeautysummit'], 9, 12, 'skincare')
) as events (event_id, event_name, brand_id, hashtags, starts_day, ends_day, niche);

-- Rates of working days, with days missing; the walk is bounded, so that it needs no yesterday.
create macro fx_rows(from_day, to_day) as table
select
    date_of(d) as rate_date,
    p.base_currency,
    p.quote_currency,
    cast(round(
        (q.per_usd / b.per_usd)
        * (1 + 0.03 * (abs((d + 400 + 7 * p.place) % 46 - 23) / 23.0 - 0.5)
            + 0.004 * (u('rate', d || p.base_currency || p.quote_currency) - 0.5)),
        6
    ) as decimal(18, 6)) as rate
from range(from_day, to_day + 1) as days (d)
cross join rate_pair as p
inner join currency as b on p.base_currency = b.currency
inner join currency as q on p.quote_currency = q.currency
where isodow(date_of(d)) < 6 and u('rate gap', d || p.base_currency || p.quote_currency) >= 0.05
order by rate_date, p.place;

create macro creator_rows(at_night) as table
select
    p.creator_id,
    p.creator_name,
    p.country,
    p.language,
    [p.niche] || case when u('lifestyle', p.person) < 0.3 then ['lifestyle'] else [] end as niches,
    p.first_slug || '.' || p.person || '@mail.example' as email
from person as p
where p.is_roster
    and (
        (at_night = 0 and (p.kind <> 'plain' or u('joins', p.person) < 0.95))
        or (at_night > 0 and p.kind = 'plain' and u('joins', p.person) >= 0.95
            and 1 + cast(floor(u('joins on', p.person) * 8) as integer) = at_night)
        -- a correction: the country was wrong
        or (at_night = 2 and p.kind = 'plain' and u('joins', p.person) < 0.02)
    )
order by p.person;

create macro creator_account_rows(at_night) as table
select
    a.platform,
    case when u('at sign', a.account) < 0.3 then '@' || a.handle else a.handle end as handle,
    p.creator_id,
    case when u('knows id', a.account) < 0.8 then a.native_account_id end as native_account_id
from account as a
inner join person as p on a.person = p.person
inner join creator_rows(at_night) as c on p.creator_id = c.creator_id
order by a.account;
