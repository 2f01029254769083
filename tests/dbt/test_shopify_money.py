"""What a shop keeps of an order, for each way in which shops sell, give back and keep.

The sums of the orders by hand stand beside them. In the property, thousands of made-up orders are
sold, edited, returned and refunded unit by unit, beside the shop's ledger.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from reachline.configuration import EXAMPLE
from reachline.night import stream_grains
from reachline.quality.facts import Night
from reachline.quality.model.commerce import suites
from reachline.quality.runner import run_suites
from reachline.settings import Thresholds
from reachline.warehouse import runs
from tests.dbt.landed import Home, land_records, new_home
from tests.dbt.shop import Order, Sale, bought, kept_back, returned

BOOKS = 3_000
CORE = ("fct_orders", "fct_refunds", "fct_attribution")
DAY = date(2026, 3, 31)
NIGHT = Night(
    logical_date=DAY,
    as_of_end=datetime(2026, 4, 1),  # noqa: DTZ001 - the warehouse's times are UTC without zone
    thresholds=Thresholds(),
    whole=True,
    streams=stream_grains(),
)

SHIPPED = Sale("SHIPPING", "ORDER", 600, 100)
# 100.00 less 10.00 is 90.00, 18.00 tax: whether the price of 108.00 has it in it or not, the ledger
# has it apart
SOLD = bought(90_00, 18_00, 10_00)
BACK = returned(90_00, 18_00)


def order(name: str, *sales: Sale, **more: Any) -> Order:
    return Order(f"#{name}", more).agree("Order", *(sales or (SOLD, SHIPPED)))


def fee(net: int, tax: int = 0) -> Sale:
    return Sale("FEE", "ORDER", net + tax, tax)


# name: the order, and of it gross, discount, gift cards, refunds, net
BY_HAND = {
    "plain": (order("plain"), ("100", "10", "0", (), "90")),
    # a discount that the ledger has below 0
    "below_zero": (
        order("below_zero", replace(SOLD, discount=-10_00)),
        ("100", "10", "0", (), "90"),
    ),
    "untaxed": (order("untaxed", bought(90_00, 0, 10_00)), ("100", "10", "0", (), "90")),
    "given_away": (order("given_away", bought(0, 0, 100_00)), ("100", "100", "0", (), "0")),
    "draft": (order("draft", sourceName="shopify_draft_order"), ("100", "10", "0", (), "90")),
    "all_back": (order("all_back").agree("Refund", BACK), ("100", "10", "0", ("90",), "0")),
    # 15 back without an item
    "amount_alone": (
        order("amount_alone").agree("Refund", kept_back(-15_00)),
        ("100", "10", "0", ("15",), "75"),
    ),
    # all came back, 10 were kept as a fee: 90 - 10
    "restocking_fee": (
        order("restocking_fee").agree("Refund", BACK, kept_back(10_00)),
        ("100", "10", "0", ("80",), "10"),
    ),
    # the same as two steps of a return: the fee stands with the return, the refund has the money
    "fee_of_a_return": (
        order("fee_of_a_return").agree("Return", BACK, fee(10_00, 2_00)).agree("Refund"),
        ("100", "10", "0", ("80",), "10"),
    ),
    # and with the fee before what came back: no refund is below 0
    "fee_before": (
        order("fee_before").agree("Return", fee(10_00, 2_00)).agree("Refund", BACK),
        ("100", "10", "0", ("0", "80"), "10"),
    ),
    # 30 back, and 10 of them were taken again later: 20 + 0
    "fee_after": (
        order("fee_after").agree("Refund", kept_back(-30_00)).agree("Refund", kept_back(10_00)),
        ("100", "10", "0", ("20", "0"), "70"),
    ),
    # the money of the first was on its way: told as kept, then as paid
    "pending": (
        order("pending")
        .agree("Refund", returned(15_00, 3_00), kept_back(18_00))
        .agree("Refund", kept_back(-18_00)),
        ("100", "10", "0", ("0", "15"), "75"),
    ),
    "shipping_back": (
        order("shipping_back").agree("Refund", Sale("SHIPPING", "RETURN", -600, -100)),
        ("100", "10", "0", (), "90"),
    ),
    # three of one line at 40: one back, then another
    "twice": (
        order("twice", bought(120_00, 24_00, quantity=3))
        .agree("Refund", returned(40_00, 8_00))
        .agree("Refund", returned(40_00, 8_00)),
        ("120", "0", "0", ("40", "40"), "40"),
    ),
    # one line of 20 in, one of 40 out: 100 + 20, 40 back
    "edited": (
        order("edited").agree("OrderEdit", bought(20_00, 4_00), returned(40_00, 8_00)),
        ("120", "10", "0", ("40",), "70"),
    ),
    # the price was lowered by 12, and that of another line raised by 5
    "repriced": (
        order("repriced").agree(
            "OrderEdit",
            Sale("PRODUCT", "UPDATE", -14_40, -2_40),
            Sale("PRODUCT", "UPDATE", 6_00, 1_00),
        ),
        ("105", "22", "0", (), "83"),
    ),
    # back for 90, and another one for 110
    "exchanged": (
        order("exchanged").agree("Return", BACK, bought(110_00, 22_00)),
        ("210", "10", "0", ("90",), "110"),
    ),
    "tipped": (order("tipped", SOLD, Sale("TIP", "ORDER", 5_00)), ("100", "10", "0", (), "90")),
    "imported": (
        order("imported", SOLD, Sale("DUTY", "ORDER", 8_00), Sale("ADDITIONAL_FEE", "ORDER", 200)),
        ("100", "10", "0", (), "90"),
    ),
    # a card of 50 beside goods of 20
    "gift_card_too": (
        order("gift_card_too", bought(20_00, 4_00), Sale("GIFT_CARD", "ORDER", 50_00, quantity=1)),
        ("70", "0", "50", (), "20"),
    ),
    # a card of 50 for 45: what was paid for it is none of the discount
    "gift_card": (
        order("gift_card", Sale("GIFT_CARD", "ORDER", 45_00, discount=5_00, quantity=1)),
        ("45", "0", "45", (), "0"),
    ),
    "gift_card_back": (
        order("gift_card_back", Sale("GIFT_CARD", "ORDER", 50_00), bought(20_00, 4_00)).agree(
            "Refund", Sale("GIFT_CARD", "RETURN", -50_00)
        ),
        ("70", "0", "50", (), "20"),
    ),
    # 20 more than all: they count no further than what was paid
    "too_much": (
        order("too_much").agree("Refund", BACK, kept_back(-20_00)),
        ("100", "10", "0", ("110",), "0"),
    ),
    "renewed": (
        order(
            "renewed",
            sourceName="subscription_contract_checkout_one",
            discountCodes=["ANNA10"],
            customer={"id": "gid://shopify/Customer/7"},
        ),
        ("100", "10", "0", (), "90"),
    ),
}
# what is in no table of orders
NONE = {
    "test": order("test", test=True),
    "cancelled": order("cancelled", cancelledAt="2026-02-21T08:00:00Z").agree("Refund", BACK),
    # the ledger of an order that can't be read is not half of it
    "no_number": order("no_number", SOLD),
}
# Shopify tells of a kind of sale that is not known here: nothing of it is revenue, and it is said
STRANGE = order("strange", SOLD, Sale("UNKNOWN", "ORDER", 7_00))


@dataclass
class Book:
    """An order that is sold and given back unit by unit, beside the shop's ledger of it."""

    order: Order
    units: list[tuple[int, int]] = field(default_factory=list)
    gross: int = 0
    discount: int = 0
    cards: int = 0
    kept: int = 0
    """Below 0 where more was given back than was paid."""


def book(number: int) -> Book:
    rng = random.Random(number)
    name = f"#g{number}"
    more: dict[str, Any] = {
        "sourceName": "subscription_contract" if number % 11 == 0 else "web",
        "discountCodes": ["ANNA10"] if number % 3 == 0 else [],
        "customer": {"id": f"gid://shopify/Customer/{number % 700}"} if number % 5 else None,
    }
    made = Book(Order(name, more))
    rate = rng.choice((0, 7, 19, 20))

    def sell() -> Sale:
        quantity = rng.randint(1, 3)
        price = rng.randint(1, 20_000)
        # a price with the tax in it has the rest without
        net = price * 100 // (100 + rate) if rng.random() < 0.5 else price
        off = rng.choice((0, 0, net // 10, net))
        tax = (net - off) * rate // 100
        made.units += [(net - off, tax)] * quantity
        made.gross += net * quantity
        made.discount += off * quantity
        made.kept += (net - off) * quantity
        return bought((net - off) * quantity, tax * quantity, off * quantity, quantity=quantity)

    def give_back() -> list[Sale]:
        taken = [
            made.units.pop(rng.randrange(len(made.units)))
            for _ in range(rng.randint(0, min(2, len(made.units))))
        ]
        made.kept -= sum(net for net, _ in taken)
        return [returned(net, tax) for net, tax in taken]

    def adjust() -> Sale:
        amount = rng.randint(-made.kept, 3_000) if made.kept > 0 else rng.randint(0, 3_000)
        # no more is kept back than was given back by then
        amount = min(amount, made.gross - made.discount - made.kept)
        made.kept += amount
        return kept_back(amount)

    sales = [sell() for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.2:
        made.cards = rng.randint(1, 10_000)
        sales.append(Sale("GIFT_CARD", "ORDER", made.cards, quantity=1))
    for kind in ("SHIPPING", "TIP", "DUTY", "ADDITIONAL_FEE"):
        if rng.random() < (0.8 if kind == "SHIPPING" else 0.1):
            amount = rng.randint(0, 900)
            sales.append(Sale(kind, "ORDER", amount * (100 + rate) // 100, amount * rate // 100))
    made.order.agree("Order", *sales)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
        step = rng.choice(("Refund", "Refund", "amount", "OrderEdit", "Return", "shipping"))
        if step == "amount":
            made.order.agree("Refund", adjust())
        elif step == "shipping":
            made.order.agree("Refund", Sale("SHIPPING", "RETURN", -rng.randint(0, 100)))
        elif step == "Refund":
            made.order.agree("Refund", *give_back(), adjust())
        else:
            made.order.agree(step, *give_back(), sell())
    return made


@pytest.fixture(scope="module")
def books() -> dict[str, Book]:
    return {made.order.name: made for made in map(book, range(BOOKS))}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, books: dict[str, Book]) -> Iterator[Home]:
    home = new_home(tmp_path_factory.mktemp("shop"))
    told = [made.answer() for made, _ in BY_HAND.values()]
    told += [made.answer() for made in NONE.values()]
    told[-1]["agreements"]["nodes"][0]["sales"]["nodes"][0]["totalAmount"]["shopMoney"][
        "amount"
    ] = "much"
    told.append(STRANGE.answer())
    costly = order("costly", bought(90_00, 0, quantity=3, cost=12_50), bought(10_00, 0, cost=5_00))
    told.append(costly.answer())
    told.append(order("costless", bought(90_00, 0, cost=12_50), bought(10_00, 0)).answer())
    foreign = bought(90_00, 0, cost=12_50, cost_currency="USD")
    told.append(order("foreign", foreign).answer())
    tagged = order("tagged", tags=["Subscription", "Subscription Recurring Order"])
    told.append(tagged.answer())
    told += [made.order.answer() for made in books.values()]
    land_records(home, "shopify", "orders", told, query="orders")
    land_program(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", CORE)
        home.night(DAY)
        yield home


def land_program(home: Home) -> None:
    """Land a collaboration with a code, and what a euro is worth."""
    days = {"starts_on": "2026-02-01", "ends_on": "2026-03-31"}
    home.land(
        "campaigns", [{"campaign_id": "c1", "brand_id": "acme", "campaign_name": "Spring", **days}]
    )
    ids = {"collaboration_id": "k1", "campaign_id": "c1", "creator_id": "ann"}
    home.land("collaborations", [{**ids, "status": "active"}])
    code = {"code": "ANNA10", "valid_from": "2026-01-01", "collaboration_id": "k1"}
    home.land("promo_codes", [code])
    rate = {"rate_date": "2026-02-20", "base_currency": "EUR", "quote_currency": "USD", "rate": "1"}
    home.land("fx_rates", [rate])


def refunds(home: Home) -> dict[str, tuple[Decimal, ...]]:
    rows = home.rows(
        "select order_id, list(amount order by refunded_at, refund_id)"
        " from core.fct_refunds group by order_id"
    )
    return {str(name): tuple(amounts) for name, amounts in rows}  # type: ignore[arg-type]


def test_an_order_is_what_the_shop_kept_of_it(home: Home) -> None:
    rows = home.rows(
        "select order_id, gross_amount, discount_amount, gift_card_amount, net_amount, net_revenue"
        " from core.fct_orders"
    )
    found, back = {str(name): amounts for name, *amounts in rows}, refunds(home)
    for name, (_, (gross, discount, cards, given_back, net)) in BY_HAND.items():
        told = [Decimal(amount) for amount in (gross, discount, cards, net, net)]
        assert found[f"#{name}"] == told, name
        assert back.get(f"#{name}", ()) == tuple(map(Decimal, given_back)), name
    assert not {f"#{name}" for name in NONE} & found.keys()
    reasons = home.rows("select reason from work.staging.quarantine")
    assert [str(reason).split(":")[0] for (reason,) in reasons] == ["gross_amount"]


def test_tax_shipping_and_cost_are_told(home: Home) -> None:
    names = ("#plain", "#costly", "#costless", "#foreign", "#gift_card", "#exchanged")
    rows = home.rows(
        "select order_id, tax_amount, shipping_amount, cost_of_goods"
        f" from work.staging.stg_inbox__orders where order_id in {names} order by order_id"
    )
    assert rows == [
        # 3 x 12.50 + 5.00; not known of one is not known of all
        ("#costless", Decimal(0), Decimal(0), None),
        ("#costly", Decimal(0), Decimal(0), Decimal("42.5")),
        # 18 + 1 of the shipping; 22 more for what was sent instead
        ("#exchanged", Decimal(41), Decimal(5), None),
        ("#foreign", Decimal(0), Decimal(0), None),
        ("#gift_card", Decimal(0), Decimal(0), Decimal(0)),
        ("#plain", Decimal(19), Decimal(5), None),
    ]


def test_a_renewal_is_one_and_credited_to_nobody(home: Home) -> None:
    rows = home.rows(
        "select order_id, order_kind, touches from core.fct_orders"
        " where order_id in ('#renewed', '#tagged', '#draft') order by 1"
    )
    assert rows == [("#draft", None, 0), ("#renewed", "renewal", 0), ("#tagged", "renewal", 0)]
    credited = home.rows(
        "select distinct touch_kind, credit from core.fct_attribution where order_id = '#renewed'"
    )
    assert credited == [("none", Decimal(1))]


def test_what_is_returned_has_a_name_of_its_own(home: Home) -> None:
    rows = home.rows("select refund_id from core.fct_refunds where order_id = '#exchanged'")
    assert rows == [(f"ReturnAgreement/{crc32(b'#exchanged')}1",)]


def test_a_gate_names_the_order_whose_parts_are_not_what_the_shop_kept(home: Home) -> None:
    found = {}
    with home.open() as con:
        for suite in suites(NIGHT):
            if suite.table in ("core.fct_orders (against the shop)", "core.fct_orders"):
                for result in run_suites(con, [suite]):
                    found[result.expectation] = (result.success, *result.failing_keys)
    assert found.pop("revenue_is_what_the_shop_kept") == (
        False,
        "#strange | 90.0000 | 97.0000",
    )
    assert set(found.values()) == {(True,)}


def test_books_are_what_was_kept_unit_by_unit(home: Home, books: dict[str, Book]) -> None:
    rows = home.rows(
        "select order_id, gross_amount, discount_amount, gift_card_amount, net_amount"
        " from core.fct_orders where order_id like '#g%' and order_id in"
        f" {tuple(books)}"
    )
    back = refunds(home)
    assert len(rows) == BOOKS
    steps = 0
    for name, *amounts in rows:
        made = books[str(name)]
        told = (made.gross + made.cards, made.discount, made.cards, max(made.kept, 0))
        assert amounts == [Decimal(cents) / 100 for cents in told], name
        given_back = back.get(str(name), ())
        assert all(amount >= 0 for amount in given_back), name
        assert sum(given_back) == Decimal(made.gross - made.discount - made.kept) / 100, name
        steps += len(made.order.agreements) > 1
    assert steps > BOOKS / 3
    assert any(made.kept < 0 for made in books.values())


def test_money_is_conserved_in_each_method(home: Home) -> None:
    rows = home.rows(
        """
        select methods, credited, orders from (
            select
                count(*) as methods,
                count(*) filter (where credit = 1 and revenue = net_revenue) as credited,
                count(distinct order_id) as orders
            from (
                select attribution.order_id, method, sum(credit) as credit,
                    sum(attributed_revenue) as revenue, max(net_revenue) as net_revenue
                from core.fct_attribution as attribution
                inner join core.fct_orders using (order_id)
                group by all
            )
        )
        """
    )
    ((methods, credited, orders),) = rows
    assert methods == credited == 7 * orders  # type: ignore[operator]
    assert orders > BOOKS  # type: ignore[operator]
    renewed = home.rows(
        "select count(*) filter (where touches > 0), count(*) from core.fct_orders"
        " where order_kind = 'renewal'"
    )
    assert renewed[0][0] == 0
    assert renewed[0][1] > BOOKS / 20  # type: ignore[operator]


def test_renewals_are_credited_from_the_night_on_that_says_so(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    home = new_home(tmp_path, config)
    land_program(home)
    land_records(home, "shopify", "orders", [BY_HAND["renewed"][0].answer()], query="orders")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", CORE)
        home.night(DAY)
        credited = "select distinct collaboration_id from core.fct_attribution"
        assert home.rows(credited) == [(None,)]
        (config / "thresholds.yml").write_text("attribution: {renewals: true}\n", "utf-8")
        new_home(tmp_path, config).night(DAY)
        assert home.rows(credited) == [("k1",)]
