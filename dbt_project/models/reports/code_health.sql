with all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

coverage as (
    select * from {{ ref('coverage') }}
),

int_promo_codes__live as (
    select * from {{ ref('int_promo_codes__live') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_codes__list_owners as (
    select * from {{ ref('int_codes__list_owners') }}
),

int_codes__post_days as (
    select * from {{ ref('int_codes__post_days') }}
),

order_days as (
    select * from {{ ref('int_codes__order_days') }}
),

days_with_orders as (
    select * from {{ ref('int_codes__order_days') }}
),

days_with_clicks as (
    select * from {{ ref('int_codes__order_days') }}
),

int_orders__untouched_days as (
    select * from {{ ref('int_orders__untouched_days') }}
),

int_creators__own_customers as (
    select * from {{ ref('int_creators__own_customers') }}
),

int_orders__touches as (
    select * from {{ ref('int_orders__touches') }}
),

fct_orders as (
    select * from {{ ref('fct_orders') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
),

dim_post as (
    select * from {{ ref('dim_post') }}
),

thresholds as (
    select
        cast(max(case when name = 'codes.post_days' then value end) as integer) as post_days,
        max(case when name = 'codes.orders_min' then value end) as orders_min,
        max(case when name = 'codes.early_orders' then value end) as early_orders_min,
        max(case when name = 'codes.no_touch_share' then value end) as no_touch_share_min,
        max(case when name = 'codes.new_customers_ratio' then value end) as new_customers_ratio,
        max(case when name = 'codes.without_posts_ratio' then value end) as without_posts_ratio,
        max(case when name = 'codes.own_orders' then value end) as own_orders_min
    from all_thresholds
),

watched as (
    select
        max(covered_from) filter (where stream = 'orders') as orders_from,
        max(covered_from) filter (where stream = 'clicks') as clicks_from
    from coverage
),

rows_by_age as (
    select
        codes.code,
        codes.valid_from,
        codes.valid_to,
        codes.collaboration_id,
        live.creator_id,
        live.brand_id,
        row_number() over (partition by codes.code order by codes.valid_from desc) as place
    from int_promo_codes__live as codes
    inner join int_collaborations__live as live on codes.collaboration_id = live.collaboration_id
    where codes.valid_from <= {{ as_of_date() }}
),

-- the newest row says whose the code is
codes as (
    select
        code,
        max(case when place = 1 then collaboration_id end) as collaboration_id,
        max(case when place = 1 then creator_id end) as creator_id,
        max(case when place = 1 then brand_id end) as brand_id,
        count(distinct collaboration_id) as collaborations_with_code,
        min(valid_from) as valid_from,
        case when count(valid_to) = count(*) then max(valid_to) end as valid_to,
        least(max(coalesce(valid_to, {{ as_of_date() }})), {{ as_of_date() }}) as valid_until
    from rows_by_age
    group by code
),

creators_with_posts as (
    select distinct accounts.creator_id
    from dim_post as posts
    inner join dim_account as accounts on posts.account_id = accounts.account_id
    where accounts.creator_id is not null
),

codes_with_posts as (
    select owners.code
    from int_codes__list_owners as owners
    inner join creators_with_posts as creators on owners.creator_id = creators.creator_id
    union
    select code
    from int_codes__post_days
),

-- What was posted before the code could be used did not tell of it, but for a paid post that came a
-- little early.
posts as (
    select
        post_days.code,
        post_days.posted_on,
        lead(post_days.posted_on) over (
            partition by post_days.code order by post_days.posted_on nulls last
        ) as next_posted_on
    from int_codes__post_days as post_days
    inner join codes on post_days.code = codes.code
    cross join thresholds
    where
        {{ days_apart('post_days.posted_on', 'codes.valid_from') }}
        <= case when post_days.has_paid_post then thresholds.post_days else 0 end
),

posted as (
    select
        code,
        min(posted_on) as first_post_on,
        max(posted_on) as last_post_on
    from posts
    group by code
),

dated as (
    select
        codes.*,
        posted.first_post_on,
        posted.last_post_on,
        with_posts.code is not null as is_posting_watched,
        coalesce(codes.valid_until >= watched.orders_from, false) as is_watched,
        greatest(codes.valid_from, watched.orders_from) as watched_from,
        greatest(codes.valid_from, watched.orders_from, posted.first_post_on) as told_from,
        watched.clicks_from
    from codes
    left join posted on codes.code = posted.code
    left join codes_with_posts as with_posts on codes.code = with_posts.code
    cross join watched
),

-- days up to post_days after a post, each once, of those on which the code could be used
days_of_posts as (
    select
        posts.code,
        sum(
            greatest(
                0,
                1 + {{ days_apart(
                    'greatest(posts.posted_on, dated.told_from)',
                    'least('
                    ~ 'cast(posts.posted_on + thresholds.post_days * interval 1 day as date), '
                    ~ 'coalesce(cast(posts.next_posted_on - interval 1 day as date), '
                    ~ 'dated.valid_until), dated.valid_until)'
                ) }}
            )
        ) as days_after_posts
    from posts
    inner join dated on posts.code = dated.code
    cross join thresholds
    group by posts.code
),

-- the days with orders that a post explains
explained_days as (
    select distinct
        order_days.code,
        order_days.ordered_on
    from days_with_orders as order_days
    inner join posts
        on order_days.code = posts.code and order_days.ordered_on >= posts.posted_on
    cross join thresholds
    where {{ days_apart('posts.posted_on', 'order_days.ordered_on') }} <= thresholds.post_days
),

clicked_lists as (
    select distinct clicked_collaboration_ids
    from days_with_clicks
),

clicked_collaborations as (
    select
        clicked_collaboration_ids,
        {{ exploded('clicked_collaboration_ids') }} as collaboration_id
    from clicked_lists
),

-- clicks on any link of the code's creators, whatever campaign it is of
clicked_owners as (
    select distinct
        owners.code,
        clicked.clicked_collaboration_ids
    from clicked_collaborations as clicked
    inner join int_collaborations__live as live on clicked.collaboration_id = live.collaboration_id
    inner join int_codes__list_owners as owners on live.creator_id = owners.creator_id
),

told_days as (
    select
        order_days.*,
        dated.first_post_on,
        dated.told_from,
        clicked.code is not null as is_clicked,
        explained.code is not null as is_explained,
        order_days.has_visitor
        and coalesce(order_days.ordered_on >= dated.clicks_from, false) as is_click_known
    from order_days
    inner join dated on order_days.code = dated.code
    left join clicked_owners as clicked
        on
            order_days.code = clicked.code
            and order_days.clicked_collaboration_ids = clicked.clicked_collaboration_ids
    left join explained_days as explained
        on order_days.code = explained.code and order_days.ordered_on = explained.ordered_on
),

sums as (
    select
        code,
        sum(orders) as orders,
        sum(net_revenue) as revenue_with_code,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on,
        sum(new_orders) as orders_of_new_customers,
        sum(new_orders + repeat_orders) as orders_with_customer,
        sum(orders) filter (
            where not is_clicked and (first_post_on is null or ordered_on < first_post_on)
        ) as early_orders,
        sum(orders) filter (where is_click_known) as orders_with_visitor,
        sum(orders) filter (
            where is_click_known and not is_clicked and not is_explained
        ) as untouched_orders,
        sum(orders) filter (
            where not is_clicked and is_explained and ordered_on >= told_from
        ) as orders_after_posts,
        sum(orders) filter (
            where not is_clicked and not is_explained and ordered_on >= told_from
        ) as orders_without_posts
    from told_days
    group by code
),

own_orders as (
    select
        touches.touch_key as code,
        count(distinct orders.order_id) as own_orders
    from int_creators__own_customers as own
    inner join fct_orders as orders on own.customer_id = orders.customer_id
    inner join int_orders__touches as touches on orders.order_id = touches.order_id
    inner join int_codes__list_owners as owners
        on touches.touch_key = owners.code and own.creator_id = owners.creator_id
    where touches.touch_kind = 'code'
    group by touches.touch_key
),

other_orders as (
    select
        sums.code,
        sum(untouched.new_orders) as orders_of_new_customers,
        sum(untouched.new_orders + untouched.repeat_orders) as orders_with_customer
    from sums
    inner join int_orders__untouched_days as untouched
        on
            sums.first_order_on <= untouched.ordered_on
            and sums.last_order_on >= untouched.ordered_on
    group by sums.code
),

measured as (
    select
        dated.code,
        dated.collaboration_id,
        dated.creator_id,
        dated.brand_id,
        dated.collaborations_with_code,
        dated.valid_from,
        dated.valid_to,
        dated.first_post_on,
        dated.last_post_on,
        dated.is_watched,
        case when dated.is_watched then sums.first_order_on end as first_order_on,
        case when dated.is_watched then sums.last_order_on end as last_order_on,
        case when dated.is_watched then coalesce(sums.orders, 0) end as orders,
        case when dated.is_watched then coalesce(sums.revenue_with_code, 0) end
            as revenue_with_code,
        case
            when
                dated.is_watched
                and dated.is_posting_watched
                and (
                    dated.first_post_on is null
                    or dated.first_post_on <= dated.valid_from
                    or dated.first_post_on > dated.watched_from
                )
                then coalesce(sums.early_orders, 0)
        end as early_orders,
        case when dated.is_watched then coalesce(sums.orders_with_visitor, 0) end
            as orders_with_visitor,
        case
            when dated.is_watched and dated.is_posting_watched
                then coalesce(sums.untouched_orders, 0)
        end as untouched_orders,
        case when dated.is_watched then coalesce(sums.orders_with_customer, 0) end
            as orders_with_customer,
        case when dated.is_watched then coalesce(sums.orders_of_new_customers, 0) end
            as orders_of_new_customers,
        case when dated.is_watched then other_orders.orders_with_customer end
            as other_orders_with_customer,
        case when dated.is_watched then other_orders.orders_of_new_customers end
            as other_orders_of_new_customers,
        case
            when dated.is_watched and dated.first_post_on is not null
                then days_of_posts.days_after_posts
        end as days_after_posts,
        case
            when dated.is_watched and dated.first_post_on is not null
                then
                    greatest(0, 1 + {{ days_apart('dated.told_from', 'dated.valid_until') }})
                    - days_of_posts.days_after_posts
        end as days_without_posts,
        case
            when dated.is_watched and dated.first_post_on is not null
                then coalesce(sums.orders_after_posts, 0)
        end as orders_after_posts,
        case
            when dated.is_watched and dated.first_post_on is not null
                then coalesce(sums.orders_without_posts, 0)
        end as orders_without_posts,
        case when dated.is_watched then coalesce(own_orders.own_orders, 0) end as own_orders
    from dated
    left join sums on dated.code = sums.code
    left join days_of_posts on dated.code = days_of_posts.code
    left join own_orders on dated.code = own_orders.code
    left join other_orders on dated.code = other_orders.code
),

bounded as (
    select
        measured.*,
        thresholds.orders_min,
        thresholds.early_orders_min,
        thresholds.no_touch_share_min,
        thresholds.new_customers_ratio,
        thresholds.without_posts_ratio,
        thresholds.own_orders_min
    from measured
    cross join thresholds
),

signs as (
    select
        *,
        {{ safe_divide('orders_after_posts', 'days_after_posts') }} as orders_per_day_after_posts,
        {{ safe_divide('orders_without_posts', 'days_without_posts') }}
            as orders_per_day_without_posts,
        coalesce(early_orders >= early_orders_min, false) as is_early,
        coalesce(
            untouched_orders >= orders_min
            and untouched_orders >= no_touch_share_min * orders_with_visitor,
            false
        ) as is_untouched,
        coalesce(
            orders_with_customer >= orders_min
            and orders_of_new_customers * other_orders_with_customer
            < new_customers_ratio
            * (other_orders_of_new_customers * orders_with_customer),
            false
        ) as has_few_new_customers,
        coalesce(
            orders_without_posts >= orders_min
            and days_after_posts > 0
            and orders_without_posts * days_after_posts
            >= without_posts_ratio * (orders_after_posts * days_without_posts),
            false
        ) as sells_without_posts,
        own_orders >= own_orders_min as is_self_referred
    from bounded
)

select
    code,
    collaboration_id,
    creator_id,
    brand_id,
    collaborations_with_code,
    valid_from,
    valid_to,
    case
        when is_watched
            then
                is_early
                or cast(is_untouched as integer)
                + cast(has_few_new_customers as integer)
                + cast(sells_without_posts as integer)
                >= 2
    end as likely_leaked,
    is_self_referred,
    {{ code_signs() }} as reasons,
    cast(orders as bigint) as orders,
    cast(revenue_with_code as decimal(18, 4)) as revenue_with_code,
    first_order_on,
    last_order_on,
    first_post_on,
    last_post_on,
    cast(early_orders as bigint) as early_orders,
    cast(orders_with_visitor as bigint) as orders_with_visitor,
    cast(untouched_orders as bigint) as untouched_orders,
    {{ safe_divide('untouched_orders', 'orders_with_visitor') }} as no_touch_share,
    cast(orders_with_customer as bigint) as orders_with_customer,
    cast(orders_of_new_customers as bigint) as orders_of_new_customers,
    {{ safe_divide('orders_of_new_customers', 'orders_with_customer') }} as new_customer_share,
    {{ safe_divide('other_orders_of_new_customers', 'other_orders_with_customer') }}
        as other_new_customer_share,
    cast(days_after_posts as bigint) as days_after_posts,
    cast(days_without_posts as bigint) as days_without_posts,
    cast(orders_after_posts as bigint) as orders_after_posts,
    cast(orders_without_posts as bigint) as orders_without_posts,
    orders_per_day_after_posts,
    orders_per_day_without_posts,
    cast(own_orders as bigint) as own_orders
from signs
order by code nulls last
