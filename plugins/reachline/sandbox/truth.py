"""What is true of the world, for tests to hold the pipeline against."""

from __future__ import annotations

from typing import Any

import duckdb

_ACCOUNT = (
    "a.platform || ':' || a.native_account_id as account_id, a.platform, a.handle, "
    "case when a.is_roster then p.creator_id end as creator_id"
)

_QUESTIONS = {
    "drivers": f"""
        select {_ACCOUNT}, b.brand_id,
            list(c.collaboration_id order by c.collaboration) as collaboration_ids
        from account as a
        inner join person as p on a.account = p.person
        inner join collaboration as c on p.person = c.person
        inner join brand as b on c.brand = b.brand
        where p.kind = 'driver'
        group by all order by creator_id, brand_id
    """,
    "bookings": """
        select distinct b.brand_id, p.creator_id,
            cast(c.pull as double) * case c.kind when 'driver' then 0.24 else 0.04 end as worth
        from collaboration as c
        inner join brand as b on c.brand = b.brand
        inner join person as p on c.person = p.person
        where c.is_live order by brand_id, creator_id
    """,
    "bought_followers": f"""
        select {_ACCOUNT}, date_of(a.jump_day) as jumped_on
        from account as a inner join person as p on a.account = p.person
        where a.kind = 'bought' order by a.account
    """,
    "went_viral": f"""
        select {_ACCOUNT}, date_of(a.jump_day) as jumped_on
        from account as a inner join person as p on a.account = p.person
        where a.kind = 'viral' order by a.account
    """,
    "undisclosed": f"""
        select {_ACCOUNT},
            list(t.platform || ':' || t.native_post_id order by t.post) as post_ids
        from account as a
        inner join person as p on a.account = p.person
        inner join post as t on a.account = t.account and t.deliverable is not null
        where a.kind = 'undisclosed' and t.seen_night <= $last
        group by all order by creator_id
    """,
    "disclosures": """
        select t.platform || ':' || t.native_post_id as post_id, d.collaboration_id,
            case
                when d.disclosure in ('label', 'clear') then 'pass'
                when d.disclosure in ('late', 'unclear') then 'weak'
                else 'missing'
            end as disclosure
        from post as t inner join deliverable as d on t.deliverable = d.deliverable
        where t.seen_night <= $last and t.deleted_night is null order by post_id
    """,
    "best_fit": f"""
        select b.brand_id, {_ACCOUNT}
        from account as a
        inner join person as p on a.account = p.person
        inner join brand as b on b.niches[1] = p.niche and b.role = 'own'
        where a.kind = 'best_fit' order by a.account
    """,
    "late_deliverables": """
        select deliverable_id, collaboration_id, date_of(due_day) as due_on
        from deliverable where is_planted_late order by deliverable
    """,
    "handle_changes": """
        select a.platform || ':' || a.native_account_id as account_id, c.old_handle, c.handle,
            date_of(c.from_day) as from_day, c.is_takeover
        from handle_change as c inner join account as a on c.account = a.account
        where c.from_day <= $last and not c.is_takeover order by c.from_day, a.account
    """,
    "handle_takeovers": """
        select a.platform || ':' || a.native_account_id as account_id, c.handle,
            f.platform || ':' || f.native_account_id as from_account_id,
            date_of(c.from_day) as from_day
        from handle_change as c
        inner join account as a on c.account = a.account
        inner join account as f on c.from_account = f.account
        where c.from_day <= $last and c.is_takeover order by c.from_day, a.account
    """,
    "clicks": """
        select count(*) as clicks, count(*) filter (is_bot) as bots,
            count(*) filter (is_duplicate) as planted_duplicates
        from click
    """,
    "orders_by_driver": """
        select coalesce(p.creator_id, 'none') as creator_id, count(*) as orders
        from shop_order as o
        left join collaboration as c on o.collaboration = c.collaboration
        left join person as p on c.person = p.person
        where o.seen_night <= $last
        group by 1 order by orders desc, 1 limit 10
    """,
    "orders_ahead": """
        select order_id, date_of(day) as ordered_on, date_of(seen_night) as dropped_on
        from shop_order where seen_night < day and seen_night <= $last order by order_id
    """,
    "orders_late": """
        select count(*) as orders from shop_order
        where seen_night > greatest(0, day) and seen_night <= $last
    """,
    "refunds_above_order": """
        select 'ref-' || substr(order_id, 5) as refund_id, order_id from shop_order
        where refund_day is not null and greatest(0, refund_day) <= $last
            and refund_amount > gross_amount - coalesce(discount_amount, 0)
        order by order_id
    """,
    "reused_codes": """
        select code, list(collaboration_id order by collaboration) as collaboration_ids
        from promo_code where night <= $last group by code having count(*) > 1 order by code
    """,
    "odd_codes": """
        select o.odd, lower(p.code) as code, p.collaboration_id
        from odd_code as o inner join promo_code as p on o.collaboration = p.collaboration
        order by o.odd, p.code
    """,
}


def read_truth(con: duckdb.DuckDBPyConnection, nights: int) -> dict[str, Any]:
    """Returns what was planted and is visible by the last of so many nights."""
    truth: dict[str, Any] = {}
    for name, question in _QUESTIONS.items():
        values = {"last": nights - 1} if "$last" in question else None
        found = con.execute(question, values)
        columns = [column[0] for column in found.description or ()]
        truth[name] = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return truth
