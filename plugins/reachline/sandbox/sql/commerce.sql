-- Clicks, the orders that come of them, and what is paid back.

create table click (
    click_id varchar, day integer, clicked_at timestamp, collaboration integer, kind varchar, brand integer,
    link_id varchar, landing_url varchar, visitor bigint, user_agent varchar, referrer varchar,
    is_bot boolean, is_duplicate boolean, h bigint
);

create macro clicks_of(from_day, to_day) as table
with slots as (
    select
        d, link, row_number() over (partition by d order by link, r) - 1 as slot,
        count(*) over (partition by d) as slots
    from range(from_day, to_day + 1) as days (d)
    inner join tracking_link as l on d between l.starts_day and l.ends_day + 5
    cross join range(18) as repeats (r)
    where r < l.pull * 2
),

drawn as (
    select
        cast(d as integer) as day, k,
        draw('click', d || '|' || k) as h1,
        draw('visitor', d || '|' || k) as h2
    from range(from_day, to_day + 1) as days (d)
    cross join range(getvariable('clicks_a_day')) as numbers (k)
),

placed as (
    select
        n.*,
        'clk-' || lpad(cast(n.day + 400 as varchar), 4, '0') || '-' || n.k as click_id,
        l.collaboration, l.kind,
        coalesce(l.brand, n.k % 2 * 3) as link_brand,
        l.link_id as its_link_id, l.landing_url as its_landing_url,
        part_of(h1, 1) < 0.06 as is_bot
    from drawn as n
    left join (select d, max(slots) as slots from slots group by d) as s on n.day = s.d
    left join slots as t
        on n.day = t.d and part_of(n.h1, 3) >= 0.15
        and t.slot = cast(floor(share_of(n.h2) * s.slots) as bigint)
    left join tracking_link as l on t.link = l.link
),

visited as (
    select
        p.*,
        day_at(p.day) + to_seconds(cast(floor(part_of(p.h1, 0) * 86400) as integer)) as clicked_at,
        case
            when part_of(p.h1, 2) >= 0.03
                then cast(floor(getvariable('visitors') * pow(cast(p.h2 & 16777215 as double) / 16777216, 1.4)) as bigint)
        end as visitor,
        case
            when p.is_bot then pick(getvariable('bot_agents'), part_of(p.h2, 3))
            when part_of(p.h1, 1) >= 0.10 then pick(getvariable('human_agents'), part_of(p.h2, 2))
        end as user_agent,
        pick(['https://l.instagram.example/', 'https://t.example/', null, 'https://www.youtube.com/'], part_of(p.h2, 1))
            as referrer
    from placed as p
),

repeated as (
    select *, 0 as again from visited
    union all
    select *, 1 from visited
    where not is_bot and visitor is not null and its_link_id is not null and (h2 >> 40) & 1023 < 51
)

select
    click_id || case again when 1 then '-d' else '' end as click_id,
    day,
    clicked_at + to_seconds(case again when 1 then cast(15 + (h1 & 1023) as integer) else 0 end) as clicked_at,
    collaboration,
    kind,
    link_brand as brand,
    case when its_link_id is null or part_of(h2, 0) < 0.15 then null else its_link_id end as link_id,
    case
        when its_link_id is null
            then 'https://' || getvariable('domains')[link_brand + 1] || '/' || pick(['', 'shop', 'blog/new'], part_of(h2, 0))
        when part_of(h2, 0) < 0.15 then its_landing_url
    end as landing_url,
    visitor,
    user_agent,
    referrer,
    is_bot,
    again = 1 as is_duplicate,
    cast(h1 >> 1 as bigint) as h
from repeated
order by day, k, again;

create table shop_order (
    order_id varchar, day integer, ordered_at timestamp, currency varchar, gross_amount decimal(18, 2),
    discount_amount decimal(18, 2), tax_amount decimal(18, 2), shipping_amount decimal(18, 2),
    cost_of_goods decimal(18, 2), customer_id varchar, visitor_id varchar, discount_codes varchar[],
    is_test boolean, seen_night integer, cost_night integer, cancelled_night integer,
    deleted_night integer, refund_day integer, refund_amount decimal(18, 2), collaboration integer, refund_h bigint
);

create macro orders_of(the_day) as table
with from_clicks as (
    select
        'ord-' || substr(c.click_id, 5) as order_id,
        c.clicked_at + to_seconds(cast(60 + floor(pow(u('lag', c.click_id), 4) * 777600) as integer)) as ordered_at,
        c.visitor,
        c.brand,
        c.collaboration as clicked_collaboration,
        c.collaboration as coded_collaboration,
        u('uses code', c.click_id) as code_share,
        false as may_be_ahead,
        cast(null as varchar) as own_customer
    from click as c
    where c.day between the_day - 10 and the_day and not c.is_bot and not c.is_duplicate and c.visitor is not null
        and u('buys', c.click_id) < case
            when c.kind = 'driver' then 0.24 when c.collaboration is not null then 0.04 else 0.03
        end
),

-- a code is heard of in a post, and used in the days after it
heard as (
    select distinct d.collaboration
    from deliverable as d
    where the_day between d.posted_day and d.posted_day + 12
),

code_slots as (
    select p.collaboration, row_number() over (order by p.collaboration, r) - 1 as slot, count(*) over () as slots
    from promo_code as p
    cross join range(18) as repeats (r)
    where the_day between p.starts_day and p.ends_day and r < p.pull * 2
        and p.collaboration in (select h.collaboration from heard as h)
        and p.collaboration not in (select o.collaboration from odd_code as o)
),

from_codes as (
    select
        'ord-k' || (the_day + 400) || '-' || k as order_id,
        day_at(the_day) + to_seconds(cast(floor(u('at', 'k' || the_day || '|' || k) * 86400) as integer)) as ordered_at,
        cast(floor(getvariable('visitors') * u('code visitor', the_day || '|' || k)) as bigint) as visitor,
        cast(null as integer) as brand,
        cast(null as integer) as clicked_collaboration,
        s.collaboration as coded_collaboration,
        0.0 as code_share,
        false as may_be_ahead,
        cast(null as varchar) as own_customer
    from range(getvariable('code_orders')) as numbers (k)
    inner join code_slots as s on s.slot = cast(floor(u('code', the_day || '|' || k) * s.slots) as bigint)
),

from_nowhere as (
    select
        'ord-o' || (the_day + 400) || '-' || k,
        day_at(the_day) + to_seconds(cast(floor(u('at', 'o' || the_day || '|' || k) * 86400) as integer)),
        cast(floor(getvariable('visitors') * 1.2 * u('other visitor', the_day || '|' || k)) as bigint),
        null, null, null, 1.0, true, null
    from range(getvariable('other_orders')) as numbers (k)
),

buyers as (
    select customer_id, row_number() over (order by customer_id) - 1 as slot, count(*) over () as slots
    from (select distinct customer_id from shop_order where day < the_day and customer_id like 'cus-0%')
),

-- how many orders a day's misuse, or an odd crowd, brings; who of them bought before
odd_rates as (
    select
        *,
        case odd
            when 'coupon_site' then case when the_day between last_post_day + 18 and next_day - 1 then 5 else 0 end
            when 'before_post' then case when the_day between starts_day and first_post_day - 1 then 3 else 0 end
            when 'no_clicks' then case when the_day between first_post_day and last_post_day + 6 then 4 else 0 end
            when 'evergreen'
                then case
                    when the_day not between first_post_day and next_day - 1 then 0
                    when the_day <= last_post_day + 14 then 4
                    else abs(the_day) % 2
                end
            when 'regulars' then case when the_day between first_post_day and last_post_day + 5 then 4 else 0 end
            else case when the_day - first_post_day in (1, 3, 5, 7) then 1 else 0 end
        end as orders,
        odd in ('coupon_site', 'regulars') as bought_before
    from odd_code
),

from_odd_codes as (
    select
        'ord-x' || (the_day + 400) || '-' || o.collaboration || '-' || k,
        day_at(the_day) + to_seconds(cast(floor(u('at', 'x' || the_day || '|' || o.collaboration || '|' || k) * 86400) as integer)),
        case
            when o.bought_before then cast(substr(b.customer_id, 5) as bigint)
            else cast(floor(getvariable('visitors') * (2 + u('odd visitor', the_day || '|' || o.collaboration || '|' || k))) as bigint)
        end,
        null, null, o.collaboration, 0.0, false,
        case when o.odd like 'own%' then 'cus-own-' || o.person end
    from odd_rates as o
    inner join range(5) as numbers (k) on k < o.orders
    left join buyers as b
        on b.slot = cast(floor(u('odd buyer', the_day || '|' || o.collaboration || '|' || k) * b.slots) as bigint)
),

together as (
    select * from from_clicks where cast(ordered_at as date) = date_of(the_day)
    union all
    select * from from_codes
    union all
    select * from from_odd_codes
    union all
    select * from from_nowhere
),

coded as (
    select
        o.*,
        p.code, p.discount_rate,
        draw('order', o.order_id) as h1,
        draw('order fate', o.order_id) as h2,
        draw('order amount', o.order_id) as h3
    from together as o
    left join promo_code as p
        on o.coded_collaboration = p.collaboration and o.code_share < 0.5
        and the_day between p.starts_day and coalesce(p.valid_to_day, 100000)
),

priced as (
    select
        c.*,
        case
            when c.own_customer is not null then c.own_customer
            when c.visitor is not null and part_of(h1, 0) >= 0.15 then 'cus-' || lpad(cast(c.visitor as varchar), 7, '0')
        end as customer_id,
        fx.currency,
        cast(round((12 + 38 * exp(0.6 * spread_of(h3))) * fx.per_usd, case fx.currency when 'JPY' then 0 else 2 end)
            as decimal(18, 2)) as gross_amount
    from coded as c
    inner join currency as fx
        on fx.currency = pick(
            ['USD', 'USD', 'USD', 'USD', 'USD', 'EUR', 'EUR', 'GBP', 'JPY', 'CHF'],
            u('pays in', coalesce(c.visitor, 0))
        )
),

discounted as (
    select
        *,
        case when code is not null then cast(round(gross_amount * discount_rate, 2) as decimal(18, 2)) end as discount_amount,
        case
            when code is not null and part_of(h1, 1) < 0.05 then [code, 'WELCOME10']
            when code is not null then [code]
            when code_share >= 1 and part_of(h1, 1) < 0.04 then [coalesce(
                (select min_by(e.code, e.collaboration) from promo_code as e where e.valid_to_day < the_day), 'WELCOME10'
            )]
            else cast([] as varchar[])
        end as discount_codes,
        greatest(0, the_day + case
            when may_be_ahead and part_of(h2, 0) < 0.06 then -1
            when part_of(h2, 0) > 0.98 then 1 + cast(floor(part_of(h2, 1) * 3) as integer)
            else 0
        end) as seen_night
    from priced
)

select
    order_id,
    cast(the_day as integer) as day,
    ordered_at,
    currency,
    gross_amount,
    discount_amount,
    cast(round((gross_amount - coalesce(discount_amount, 0)) * 0.08, 2) as decimal(18, 2)) as tax_amount,
    cast(case when part_of(h1, 2) < 0.4 then 0 else round(gross_amount * 0.06, 2) end as decimal(18, 2)) as shipping_amount,
    case
        when part_of(h1, 3) >= 0.08
            then cast(round(gross_amount * cast(0.30 + 0.2 * part_of(h3, 0) as decimal(9, 4)), 2) as decimal(18, 2))
    end as cost_of_goods,
    customer_id,
    case when part_of(h2, 2) >= 0.05 then 'vis-' || visitor end as visitor_id,
    discount_codes,
    part_of(h2, 2) > 0.99 as is_test,
    seen_night,
    case when part_of(h1, 3) between 0.08 and 0.18 and the_day >= 0 then seen_night + 1 end as cost_night,
    case when part_of(h2, 3) < 0.03 then seen_night + case when the_day < 0 then 0 else 2 end end as cancelled_night,
    case when part_of(h2, 3) > 0.997 then seen_night + 3 end as deleted_night,
    case
        when part_of(h2, 3) between 0.04 and 0.10
            then cast(the_day as integer) + 1 + cast(floor(part_of(h2, 1) * 8) as integer)
    end as refund_day,
    cast(round(
        (gross_amount - coalesce(discount_amount, 0))
        * case
            when part_of(h3, 1) < 0.1 then 1.3
            when part_of(h3, 1) < 0.5 then 1.0
            else cast(part_of(h3, 2) as decimal(9, 4))
        end, 2
    ) as decimal(18, 2)) as refund_amount,
    coalesce(clicked_collaboration, case when code is not null then coded_collaboration end) as collaboration,
    cast(h3 >> 1 as bigint) as refund_h
from discounted
order by order_id;

create macro customer_rows(at_night) as table
with first_seen as (
    select customer_id, min(seen_night) as night from shop_order where customer_id is not null group by customer_id
),

newcomers as (
    select customer_id, u('has account', customer_id) as account_share, u('whose', customer_id) as whose
    from first_seen
    where night = at_night
)

select
    n.customer_id,
    case when n.account_share < 0.03 then a.platform end as platform,
    case when n.account_share < 0.03 then a.handle end as handle,
    sha256(n.customer_id || '@mail.example') as email_sha256
from newcomers as n
inner join account as a on a.account = cast(floor(n.whose * getvariable('persons')) as integer)
where n.customer_id not like 'cus-own-%'
union all
-- creators who buy with their own code give the address that the roster has, or name their account
select
    n.customer_id,
    case when o.odd = 'own_by_handle' then a.platform end,
    case when o.odd = 'own_by_handle' then a.handle end,
    sha256(case when o.odd = 'own_by_mail' then p.first_slug || '.' || p.person else n.customer_id end || '@mail.example')
from newcomers as n
inner join odd_code as o on n.customer_id = 'cus-own-' || o.person
inner join person as p on o.person = p.person
inner join account as a on o.person = a.account
union all
select 'cus-fit-' || a.account, a.platform, a.handle, sha256('fit' || a.account || '@mail.example')
from account as a
where at_night = 0 and a.kind = 'best_fit'
order by all;

create macro recommendation_rows(at_night) as table
select
    'rec-' || at_night || '-' || k as recommendation_id,
    'cus-' || lpad(cast(cast(floor(getvariable('visitors') * u('recommends', at_night || '|' || k)) as bigint) as varchar), 7, '0')
        as customer_id,
    a.platform,
    case when k % 3 = 0 then '@' || a.handle else a.handle end as handle,
    case when a.niche = 'skincare' then 'verdant' else 'lumen' end as brand_id,
    date_of(at_night) as recommended_on
from range(getvariable('recommendations')) as numbers (k)
inner join account as a
    on a.account = cast(floor(u('recommended', at_night || '|' || k) * getvariable('persons')) as integer)
union all
select 'rec-fit-' || a.account || '-' || k, 'cus-fit-' || a.account, a.platform, a.handle,
    case when a.niche = 'skincare' then 'verdant' else 'lumen' end, date_of(-3)
from account as a
cross join range(2) as numbers (k)
where at_night = 0 and a.kind = 'best_fit'
order by all;
