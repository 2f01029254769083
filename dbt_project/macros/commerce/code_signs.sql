{#- The signs of a leak, and of self-referral, that a code shows, in words; NULL where it shows none. -#}
{% macro code_signs() -%}
    nullif(concat_ws(
        '; ',
        case
            when is_early
                then
                    'orders before ' || case when first_post_on is null then 'any' else 'its first' end
                    || ' post: ' || cast(early_orders as string)
        end,
        case
            when is_untouched
                then
                    {{ percent_text('untouched_orders', 'orders_with_visitor') }}
                    || ' of its orders without a click or a post'
        end,
        case
            when has_few_new_customers
                then
                    'new customers in ' || {{ percent_text('orders_of_new_customers', 'orders_with_customer') }}
                    || ' of its orders, in '
                    || {{ percent_text('other_orders_of_new_customers', 'other_orders_with_customer') }}
                    || ' of the shop''s others'
        end,
        case
            when sells_without_posts
                then
                    'orders a day long after posts: '
                    || {{ short_number('orders_per_day_without_posts') }} || ', after posts: '
                    || {{ short_number('orders_per_day_after_posts') }}
        end,
        case
            when is_self_referred
                then 'orders of its own creator: ' || cast(own_orders as string)
        end
    ), '')
{%- endmacro %}
