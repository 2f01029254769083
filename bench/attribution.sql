-- Clicks, orders and attribution from the staged tables by hand, in one go: what the models are
-- measured against. It makes the three published tables, to the last digit, keeps nothing else, and
-- knows what the book of bench/books.py holds (one source, USD, and EUR with a direct rate) and the
-- window and half-life of config/thresholds.yml, which no campaign changes.

create temp table agents as
with seen as (
    select distinct user_agent from work.staging.stg_inbox__clicks where user_agent is not null
)

select
    user_agent,
    exists (
        select 1 from work.config.bot_patterns
        where regexp_matches(user_agent, pattern)
    ) as is_bot
from seen;

create temp table links as
select
    links.link_id,
    regexp_extract(links.url, 'utm_campaign=([^&#]*)', 1) as utm_campaign,
    regexp_extract(links.url, 'utm_content=([^&#]*)', 1) as utm_content,
    links.collaboration_id
from work.staging.stg_inbox__tracking_links as links;

create temp table live as
select collaboration_id
from work.staging.stg_inbox__collaborations
where status in ('agreed', 'active', 'completed');

create table fct_clicks as
with found as (
    select
        clicks.click_id,
        clicks.clicked_at,
        cast(clicks.clicked_at as date) as clicked_on,
        coalesce(links.link_id, by_utm.link_id) as link_id,
        coalesce(links.collaboration_id, by_utm.collaboration_id) as collaboration_id,
        clicks.visitor_id,
        coalesce(agents.is_bot, false) as is_bot,
        clicks.batch_id,
        clicks.source
    from work.staging.stg_inbox__clicks as clicks
    left join links on clicks.link_id = links.link_id
    left join links as by_utm
        on clicks.link_id is null
        and regexp_extract(clicks.landing_url, 'utm_campaign=([^&#]*)', 1) = by_utm.utm_campaign
        and regexp_extract(clicks.landing_url, 'utm_content=([^&#]*)', 1) = by_utm.utm_content
    left join agents on clicks.user_agent = agents.user_agent
    where not clicks.is_deleted and clicks.clicked_at < $as_of_end
),

-- less than 30 minutes after the one before
gaps as (
    select
        click_id,
        clicked_at < lag(clicked_at) over (
            partition by link_id, visitor_id, source order by clicked_at, click_id
        ) + interval 30 minute as is_duplicate
    from found
    where not is_bot and link_id is not null and visitor_id is not null
),

-- of several sources that tell of a link's clicks of a day, one counts
doors as (
    select link_id, clicked_on, min(source) as source
    from found
    where not is_bot and link_id is not null
    group by link_id, clicked_on
)

select
    found.click_id,
    found.clicked_at,
    found.clicked_on,
    found.link_id,
    found.collaboration_id,
    found.visitor_id,
    found.is_bot,
    coalesce(duplicates.is_duplicate, false) as is_duplicate,
    not found.is_bot and duplicates.click_id is null
        and coalesce(found.source = doors.source, true) as is_valid,
    found.batch_id,
    found.source,
    coalesce(found.source <> doors.source, false) as is_other_door
from found
left join doors on found.link_id = doors.link_id and found.clicked_on = doors.clicked_on
left join (select * from gaps where is_duplicate) as duplicates
    on found.click_id = duplicates.click_id;

-- net revenue and gross profit in ten-thousandths of USD, half up
create temp table orders as
with refunds as (
    select order_id, sum(amount) as amount, list(distinct batch_id) as batch_ids
    from work.staging.stg_inbox__refunds
    where not is_deleted and refunded_at < $as_of_end
    group by order_id
),

placed as (
    select
        orders.order_id,
        orders.ordered_at,
        cast(orders.ordered_at as date) as ordered_on,
        orders.customer_id,
        orders.visitor_id,
        orders.discount_codes,
        orders.currency,
        orders.gross_amount,
        coalesce(orders.discount_amount, 0) as discount_amount,
        coalesce(orders.gift_card_amount, 0) as gift_card_amount,
        coalesce(orders.order_kind = 'renewal', false) as is_renewal,
        coalesce(refunds.amount, 0) as refunded_amount,
        cast((
            orders.gross_amount - coalesce(orders.discount_amount, 0)
            - coalesce(orders.gift_card_amount, 0)
        ) * 10000 as hugeint) as paid,
        cast(coalesce(refunds.amount, 0) * 10000 as hugeint) as refunded,
        cast(orders.cost_of_goods * 10000 as hugeint) as cost,
        list_sort(list_distinct(list_append(refunds.batch_ids, orders.batch_id))) as batch_ids
    from work.staging.stg_inbox__orders as orders
    left join refunds on orders.order_id = refunds.order_id
    where
        not orders.is_deleted
        and orders.ordered_at < $as_of_end
        and orders.status = 'placed'
        and not coalesce(orders.is_test, false)
),

rated as (
    select
        placed.*,
        paid - least(refunded, paid) as net,
        case when currency = 'USD' then ordered_on else rate_date end as fx_rate_on,
        case when currency = 'USD' then 10000000000 else cast(rate * 10000000000 as bigint) end as rate
    from placed
    asof left join work.staging.stg_inbox__fx_rates as rates
        on placed.currency = rates.base_currency and placed.ordered_on >= rates.rate_date
),

valued as (
    select
        *,
        (2 * net * rate + 10000000000) // 20000000000 as revenue,
        case when paid = 0 then -cost * rate else net * (paid - cost) * rate end as profit_times,
        case when paid = 0 then 10000000000 else paid * 10000000000 end as divisor
    from rated
)

select
    * exclude (revenue, profit_times, divisor, rate, paid, refunded, cost),
    cast(revenue as bigint) as revenue,
    cast(
        sign(profit_times) * ((2 * abs(profit_times) + divisor) // (2 * divisor)) as bigint
    ) as profit,
    row_number() over (partition by customer_id order by ordered_at, order_id) = 1 as is_first
from valued;

create temp table touches as
with coded as (
    select distinct order_id, ordered_at, ordered_on, unnest(discount_codes) as code
    from orders
    where not is_renewal
),

found as (
    select orders.order_id, clicked_at as touched_at, 'click' as touch_kind, click_id as touch_key,
        clicks.collaboration_id
    from orders
    inner join fct_clicks as clicks
        on orders.visitor_id = clicks.visitor_id
        and clicks.clicked_at between orders.ordered_at - interval 30 day and orders.ordered_at
    inner join live on clicks.collaboration_id = live.collaboration_id
    where not clicks.is_bot and not clicks.is_duplicate and not orders.is_renewal
    union all
    select coded.order_id, coded.ordered_at, 'code', coded.code, live.collaboration_id
    from coded
    inner join work.staging.stg_inbox__promo_codes as codes
        on coded.code = codes.code
        and coded.ordered_on >= codes.valid_from
        and coded.ordered_on <= coalesce(codes.valid_to, date '9999-12-31')
    inner join live on codes.collaboration_id = live.collaboration_id
),

numbered as (
    select
        *,
        row_number() over path as touch_number,
        count(*) over whole as touches,
        count(*) filter (where touch_kind = 'code') over whole as codes
    from found
    window path as (partition by order_id order by touched_at, touch_kind, touch_key),
        whole as (partition by order_id)
)

select
    orders.order_id,
    orders.ordered_on,
    orders.revenue,
    orders.profit,
    numbered.* exclude (order_id),
    (epoch_us(ordered_at) - epoch_us(touched_at)) // 1000000 as age,
    touch_number = max(touch_number) over (
        partition by numbered.order_id, collaboration_id
    ) as is_last_of_its
from numbered
inner join orders on numbered.order_id = orders.order_id;

create table fct_orders as
select
    orders.order_id,
    ordered_at,
    ordered_on,
    customer_id,
    visitor_id,
    currency,
    gross_amount,
    cast(discount_amount as decimal(18, 4)) as discount_amount,
    cast(gift_card_amount as decimal(18, 4)) as gift_card_amount,
    cast(refunded_amount as decimal(18, 4)) as refunded_amount,
    cast(cast(net as bigint) * 0.0001 as decimal(18, 4)) as net_amount,
    fx_rate_on,
    cast(cast(revenue as decimal(18, 0)) * 0.0001 as decimal(18, 4)) as net_revenue,
    cast(cast(profit as decimal(18, 0)) * 0.0001 as decimal(18, 4)) as gross_profit,
    case when customer_id is not null then is_first end as is_new_customer,
    case
        when is_renewal then 'renewal'
        when customer_id is not null then case when is_first then 'new' else 'repeat' end
    end as order_kind,
    coalesce(counted.touches, 0) as touches,
    batch_ids
from orders
left join (select order_id, count(*) as touches from touches group by order_id) as counted
    on orders.order_id = counted.order_id;

create macro share(weight, total) as
    cast((20000000000 * weight + total) // (2 * total) as bigint);
create macro part(amount, credit) as
    case
        when abs(amount) <= 900000000
            then sign(amount) * ((abs(amount) * credit + 5000000000) // 10000000000)
        else cast(
            sign(amount) * ((cast(abs(amount) as hugeint) * credit + 5000000000) // 10000000000)
            as bigint
        )
    end;

create table fct_attribution as
with aged as (
    select
        *,
        touch_number = touches as is_last,
        count(*) filter (where is_last_of_its) over (partition by order_id) as collaborations,
        age - min(age) over (partition by order_id) as seconds_before_last
    from touches
),

decaying as (
    select
        *,
        cast(round(pow(2.0, -seconds_before_last / 604800.0) * 1e18) as hugeint) as weight
    from aged
),

weighed as (
    select *, sum(weight) over (partition by order_id) as weights from decaying
),

-- the credit of each touch before the last, and what the last of the path leaves to the others
shares as (
    select *, 'linear' as method, share(1, touches) as credit from weighed
    union all
    select *, 'first_touch', case when touch_number = 1 then 10000000000 end from weighed
    where touch_number = 1
    union all
    select *, 'last_touch', 10000000000 from weighed where is_last
    union all
    select *, 'code_then_click', share(1, greatest(codes, 1)) from weighed
    where touch_kind = 'code' or (codes = 0 and is_last)
    union all
    select *, 'shapley', share(1, collaborations) from weighed where is_last_of_its
    union all
    select *, 'position_based',
        case
            when touches <= 2 then share(1, touches)
            when touch_number = 1 or is_last then 4000000000
            else share(1, 5 * (touches - 2))
        end
    from weighed
    union all
    select *, 'time_decay', share(weight, weights) from weighed
),

valued as (
    select *, part(revenue, credit) as earned, part(profit, credit) as gained from shares
),

before_the_last as (
    select
        order_id,
        method,
        sum(credit) as credit,
        sum(earned) as earned,
        sum(gained) as gained
    from valued
    where not is_last and method <> 'first_touch'
    group by order_id, method
),

whole as (
    select
        valued.* exclude (credit, earned, gained),
        case when is_last then 10000000000 - coalesce(before.credit, 0) else valued.credit end as credit,
        case when is_last then revenue - coalesce(before.earned, 0) else valued.earned end as earned,
        case when is_last then profit - coalesce(before.gained, 0) else valued.gained end as gained
    from valued
    left join before_the_last as before
        on valued.is_last and valued.order_id = before.order_id and valued.method = before.method
    union all by name
    select
        orders.order_id, method, 0 as touch_number, 'none' as touch_kind, orders.ordered_on,
        10000000000 as credit, orders.revenue as earned, orders.profit as gained
    from orders
    cross join (select distinct method from shares) as methods
    where orders.order_id not in (select order_id from touches)
)

select
    order_id,
    method,
    touch_number,
    collaboration_id,
    touch_kind,
    touched_at,
    cast(cast(credit as decimal(18, 0)) * 0.0000000001 as decimal(18, 10)) as credit,
    cast(cast(earned as decimal(18, 0)) * 0.0001 as decimal(18, 4)) as attributed_revenue,
    cast(cast(gained as decimal(18, 0)) * 0.0001 as decimal(18, 4)) as attributed_profit,
    touch_key,
    ordered_on
from whole;
