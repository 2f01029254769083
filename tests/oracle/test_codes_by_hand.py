"""The oracle of promo codes, against figures worked out by hand."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .codes import Codes
from .finding import Finding
from .returns import Returns
from .setting import CODES
from .social import Social
from .streams import Row
from .test_oracle_by_hand import night
from .test_returns_by_hand import FX
from .test_vetting_by_hand import table
from .vetting import Vetting

BOUNDS = {**CODES, "post_days": Fraction(5), "orders_min": Fraction(3), "early_orders": Fraction(2)}
WATCHED = {"orders": date(2026, 1, 1), "clicks": date(2026, 1, 3)}
PROGRAM = (
    table("campaigns", "campaign_id brand_id campaign_name starts_on ends_on currency",
          "c acme C 2026-01-01 2026-01-31 "),
    table("creators", "creator_id creator_name email", "p1 Ann Ann@Mail.example", "p2 Bob "),
    table("creator_accounts", "platform handle creator_id native_account_id",
          "x ann p1 A", "x bob p2 B"),
    table("collaborations", "collaboration_id campaign_id creator_id status currency",
          "k1 c p1 active ", "k2 c p2 active ", "k3 c p2 cancelled "),
    table("promo_codes", "code valid_from collaboration_id valid_to", "ann 2026-01-01 k1 ",
          "bob 2025-06-01 k2 2025-12-31", "gone 2026-01-01 k3 ", "later 2026-02-01 k1 ",
          "orphan 2026-01-01 k9 "),
    table("tracking_links", "link_id collaboration_id url", "l1 k1 https://acme.example/1"),
    table("profiles", "platform native_account_id observed_at handle followers",
          "x A 2025-12-01T00:00:00Z ann 10", "x B 2025-12-01T00:00:00Z bob 10"),
)  # fmt: skip
ORDERS = "order_id ordered_at currency gross_amount status discount_codes visitor_id customer_id"


def health(*files: tuple[str, str], day: str = "2026-01-31", **more: Any) -> dict[str, Row]:
    more = {"coverage": WATCHED, "codes": BOUNDS, **more}
    social = Social(night(day, *PROGRAM, FX, *files, **more))
    returns = Returns(social)
    vetting = Vetting(social, returns)
    rows = Codes(social, returns, Finding(social, returns, vetting)).code_health()
    return {key[0]: row for key, row in rows.items()}


def ordered(*rows: str) -> tuple[str, str]:
    """Orders of 10 USD: id, day, code, visitor and customer."""
    made = []
    for row in rows:
        name, on, code, visitor, customer = row.split(" ")
        made.append(f"{name} 2026-01-{on}T12:00:00Z USD 10 placed {code} {visitor} {customer}")
    return table("orders", ORDERS, *made)


def posted(*days: int) -> tuple[str, str]:
    rows = (f"x {n} 2026-01-31T00:00:00Z 2026-01-{n:02d}T08:00:00Z A @acme" for n in days)
    return table("posts", "platform native_post_id observed_at published_at native_account_id text",
                 *rows)  # fmt: skip


BOOK = ordered(
    # before the post of the 5th: two of them cold, of one nobody could have seen the click
    "1 02 ann v1 a", "2 04 ann  b", "3 04 ann v3 c",
    # after it, to the 10th; the last of them a click
    "4 05 ann v4 d", "5 10 ann v5 d",
    # long after it, one with a click
    "6 11 ann v6 a", "7 20 ann v7 b", "8 21 ann v8 c", "9 22 ann v9 ",
    # the shop's others between the 2nd and the 22nd, and outside
    "10 02  w1 e", "11 22  w2 f", "12 23  w3 g", "13 01  w4 h",
)  # fmt: skip
CLICKS = table("clicks", "click_id clicked_at link_id visitor_id", "c1 2026-01-04T00:00:00Z l1 v3",
               "c2 2026-01-09T00:00:00Z l1 v5", "c3 2026-01-11T00:00:00Z l1 v6")  # fmt: skip


def test_a_book_of_orders() -> None:
    rows = health(BOOK, CLICKS, posted(5))
    # cancelled, yet to come, of nobody: no code that anybody could use
    assert set(rows) == {"ann", "bob"}
    ann = rows["ann"]
    assert (ann["collaboration_id"], ann["creator_id"], ann["brand_id"]) == ("k1", "p1", "acme")
    assert (ann["orders"], ann["revenue_with_code"]) == (9, Decimal(90))
    assert (ann["first_order_on"], ann["last_order_on"]) == (date(2026, 1, 2), date(2026, 1, 22))
    assert (ann["first_post_on"], ann["last_post_on"]) == (date(2026, 1, 5), date(2026, 1, 5))
    assert ann["early_orders"] == 2
    # from the 3rd on, but 2, of nobody: 3 to 9; without 3, 5 and 6, and 4 of the post's own day
    assert (ann["orders_with_visitor"], ann["untouched_orders"]) == (7, 3)
    assert ann["no_touch_share"] == 3 / 7
    # a, b, c, d buy for the first time, then once more each
    assert (ann["orders_with_customer"], ann["orders_of_new_customers"]) == (8, 4)
    assert (ann["new_customer_share"], ann["other_new_customer_share"]) == (0.5, 1.0)
    # the 5th to the 10th, the 11th to the 31st
    assert (ann["days_after_posts"], ann["days_without_posts"]) == (6, 21)
    assert (ann["orders_after_posts"], ann["orders_without_posts"]) == (1, 3)
    assert (ann["orders_per_day_after_posts"], ann["orders_per_day_without_posts"]) == (
        1 / 6,
        1 / 7,
    )
    assert (ann["likely_leaked"], ann["is_self_referred"]) == (True, False)
    assert ann["reasons"] == (
        "orders before its first post: 2; "
        "new customers in 50 % of its orders, in 100 % of the shop's others"
    )
    # nobody watched a day of it
    bob = rows["bob"]
    assert (bob["orders"], bob["likely_leaked"], bob["early_orders"]) == (None, None, None)


def test_one_sign_is_none_and_two_are_a_leak() -> None:
    shop = (BOOK, CLICKS, posted(5))
    one = {**BOUNDS, "early_orders": Fraction(3)}
    assert not health(*shop, codes=one)["ann"]["likely_leaked"]
    more = {**one, "without_posts_ratio": Fraction(6, 7)}  # 3 x 6 of 1 x 21
    both = health(*shop, codes=more)["ann"]
    assert both["likely_leaked"]
    assert both["reasons"] == (
        "new customers in 50 % of its orders, in 100 % of the shop's others; "
        "orders a day long after posts: 0.143, after posts: 0.167"
    )
    cold = health(*shop, codes={**one, "no_touch_share": Fraction(3, 7)})["ann"]
    assert cold["likely_leaked"]
    assert "43 % of its orders without a click or a post" in cold["reasons"]
    few = {**more, "no_touch_share": Fraction(3, 7), "orders_min": Fraction(4)}
    assert not health(*shop, codes=few)["ann"]["likely_leaked"]


def test_posts_of_nobody_tell_nothing() -> None:
    ann = health(BOOK, CLICKS)["ann"]
    assert (ann["early_orders"], ann["untouched_orders"], ann["days_after_posts"]) == (None,) * 3
    # of another thing: she posts, and not of the brand
    other = ("posts", posted(5)[1].replace("@acme", "hello"))
    ann = health(BOOK, CLICKS, other)["ann"]
    assert (ann["first_post_on"], ann["early_orders"], ann["untouched_orders"]) == (None, 6, 4)
    assert ann["reasons"].startswith("orders before any post: 6; 57 % of its orders")


def test_a_creator_who_buys() -> None:
    address = hashlib.sha256(b"ann@mail.example").hexdigest()
    customers = table("customers", "customer_id platform handle email_sha256", f"d   {address}",
                      "c x ann ", "b x bob ")  # fmt: skip
    ann = health(BOOK, CLICKS, posted(5), customers)["ann"]
    assert (ann["own_orders"], ann["is_self_referred"]) == (4, True)
    assert ann["reasons"].endswith("; orders of its own creator: 4")
