"""What the shipped mappings of shops and link tools make of files as these tools write them.

Headers are those of published files, rows are made up. Amounts were worked out by hand.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import pytest

from reachline import landing
from reachline.configuration import EXAMPLE
from reachline.inbox.casts import typed_select
from reachline.inbox.exports import load_exports
from reachline.inbox.mapping_sql import mapped_rows, takes
from tests.unit.inbox.homes import Home, Landed

Row = Mapping[str, str]


@dataclass(frozen=True)
class Staged:
    """A file as it landed, what each stream made of it, and the lines that no stream took."""

    landed: Landed
    rows: dict[str, list[dict[str, Any]]]
    left: list[int]

    def of(self, stream: str, *columns: str) -> list[tuple[str, ...]]:
        """The good rows of a stream, in the order of the file, as texts ("-": NULL)."""
        good = [row for row in self.rows[stream] if row["reject_reason"] is None]
        return [tuple(_shown(row[name]) for name in columns) for row in good]

    def refused(self, stream: str) -> list[tuple[int, str]]:
        """Line and first word of the reason of the rows that a stream refuses."""
        bad = [row for row in self.rows[stream] if row["reject_reason"] is not None]
        return [(row["line"], row["reject_reason"].split(":")[0]) for row in bad]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return "|".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def typed_rows(stream: str, columns: tuple[str, ...]) -> str:
    return typed_select(stream, columns, "(from mapped where row_reject is null)", ["line"])


def staged(home: Home, tool: str, name: str, content: bytes | str) -> Staged:
    """Land a file and stage it by its shipped mapping, as a night does."""
    landed = home.land_one(tool, name, content)
    assert landed.report.outcome == "landed", landed.report.reason
    manifest = landing.find_batch(home.root, str(landed.report.batch_id))
    (export,) = (e for e in load_exports(EXAMPLE) if (e.tool, e.name) == (tool, manifest.stream))
    line = "_line" if manifest.has_line else f"{manifest.first_line} + file_row_number"
    raw = (
        f"(select *, {line} as line from read_parquet('{home.root / str(manifest.path)}',"
        " file_row_number = true, hive_partitioning = false))"
    )
    rows: dict[str, list[dict[str, Any]]] = {}
    with duckdb.connect() as con:
        for stream, mapping in export.streams.items():
            mapped = mapped_rows(mapping, raw)
            con.execute(f"create or replace table mapped as {mapped}")
            refused = con.sql(
                "select line, row_reject as reject_reason from mapped where row_reject is not null"
            ).to_arrow_table()
            typed = typed_rows(stream, tuple(mapping.columns))
            found = con.sql(f"from ({typed}) order by line").to_arrow_table()
            rows[stream] = [*found.to_pylist(), *refused.to_pylist()]
        left = " and ".join(f"not {takes(mapping)}" for mapping in export.streams.values())
        lines = con.execute(f"select line from {raw} where {left} order by line").fetchall()
    return Staged(landed, rows, [number for (number,) in lines])


def csv_of(header: Sequence[str], rows: Sequence[Row], **options: Any) -> str:
    """A CSV file with these columns; a row's other columns are empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n", **options)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def sha256(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()


ANNA, BEN = sha256("anna@mail.example"), sha256("ben@mail.example")

# --- Shopify --------------------------------------------------------------------------------------

SHOPIFY = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,
Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,
Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,
Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,
Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,
Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,
Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,
Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,
Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,
Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,
Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,
Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,
Payment Terms Name,Next Payment Due At,Payment References
""".replace("\n", "").split(",")


def sold(
    name: str, money: str, items: str, at: str = "2026-03-01 10:00:00 +0100", **more: str
) -> list[Row]:
    """The lines of an order: `money` is currency, subtotal, shipping, taxes, total, refunded."""
    currency, subtotal, shipping, taxes, total, refunded = money.split()
    first = {
        "Financial Status": "paid", "Paid at": at, "Fulfillment Status": "fulfilled",
        "Currency": currency, "Subtotal": subtotal, "Shipping": shipping, "Taxes": taxes,
        "Total": total, "Discount Amount": "0.00", "Refunded Amount": refunded,
        "Id": f"5{name[1:]}", "Source": "web", "Outstanding Balance": "0.00", **more,
    }  # fmt: skip
    email = first.pop("Email", "Anna@mail.example")
    lines = []
    for number, item in enumerate(items.split()):
        quantity, price = item.split("x")
        lines.append(
            {
                "Name": name, "Email": email, "Created at": at, "Lineitem quantity": quantity,
                "Lineitem name": 'Beans, "dark"', "Lineitem price": price, "Vendor": "Acme",
                "Lineitem requires shipping": "true", "Lineitem taxable": "true",
                "Lineitem fulfillment status": "fulfilled", "Lineitem discount": "0.00",
                **(first if number == 0 else {}),
            }
        )  # fmt: skip
    return lines


SALES = [
    # prices without tax; a code; two lines
    *sold("#1001", "USD 90.00 5.00 7.60 102.60 0.00", "2x30.00 1x40.00",
          "2026-03-01 23:30:00 -0500", **{"Discount Code": "SPRING10", "Discount Amount": "10.00",
                                          "Notes": 'Ring\nthe "bell", twice'}),
    # prices with tax; half of the item came back
    *sold("#1002", "EUR 119.00 11.90 20.90 130.90 59.50", "1x119.00", Email="ben@mail.example"),
    # cancelled and paid back whole; a code for free shipping, which is no discount on items
    *sold("#1003", "GBP 48.00 0.00 8.00 48.00 48.00", "1x24.00 1x24.00",
          "2026-02-28 09:00:00 +0000", **{"Discount Code": "FREESHIP", "Discount Amount": "4.99",
             "Cancelled at": "2026-03-01 08:00:00 +0000"}),
    # without tax, paid back with shipping
    *sold("#1004", "USD 50.00 10.00 4.80 64.80 64.80", "1x50.00"),
    # for free, with two codes; a customer who gave no address
    *sold("#1005", "USD 0.00 0.00 0.00 0.00 0.00", "1x20.00", Email="",
          **{"Discount Code": "SPRING10, VIP", "Discount Amount": "20.00"}),
    # with tax and a tip of 2.00
    *sold("#1006", "EUR 23.80 0.00 3.80 25.80 0.00", "1x23.80"),
    # without tax, with duties of 6.00; what is paid back beyond the items is none of them
    *sold("#1007", "USD 40.00 4.00 4.40 54.40 50.00", "4x10.00", Duties="6.00"),
    # with tax, and duties that are more than it
    *sold("#1008", "EUR 119.00 0.00 19.00 149.00 0.00", "1x119.00", Duties="30.00"),
    # without tax; half of the item came back with its tax
    *sold("#1009", "USD 50.00 0.00 4.00 54.00 27.00", "1x50.00"),
]  # fmt: skip

ORDERS = [
    ("#1001", "2026-03-02 04:30:00", "USD", "100.0000", "10.0000", "7.6000", "5.0000", ANNA,
     "spring10", "placed"),
    ("#1002", "2026-03-01 09:00:00", "EUR", "100.0000", "0.0000", "20.9000", "10.0000", BEN,
     "-", "placed"),
    ("#1003", "2026-02-28 09:00:00", "GBP", "40.0000", "0.0000", "8.0000", "0.0000", ANNA,
     "freeship", "cancelled"),
    ("#1004", "2026-03-01 09:00:00", "USD", "50.0000", "0.0000", "4.8000", "10.0000", ANNA,
     "-", "placed"),
    ("#1005", "2026-03-01 09:00:00", "USD", "20.0000", "20.0000", "0.0000", "0.0000", "-",
     "spring10|vip", "placed"),
    ("#1006", "2026-03-01 09:00:00", "EUR", "20.0000", "0.0000", "3.8000", "0.0000", ANNA,
     "-", "placed"),
    ("#1007", "2026-03-01 09:00:00", "USD", "40.0000", "0.0000", "4.4000", "4.0000", ANNA,
     "-", "placed"),
    ("#1008", "2026-03-01 09:00:00", "EUR", "100.0000", "0.0000", "19.0000", "0.0000", ANNA,
     "-", "placed"),
    ("#1009", "2026-03-01 09:00:00", "USD", "50.0000", "0.0000", "4.0000", "0.0000", ANNA,
     "-", "placed"),
]  # fmt: skip
REFUNDS = [
    ("#1002", "#1002", "2026-03-01 09:00:00", "50.0000"),
    ("#1003", "#1003", "2026-02-28 09:00:00", "40.0000"),
    ("#1004", "#1004", "2026-03-01 09:00:00", "50.0000"),
    ("#1007", "#1007", "2026-03-01 09:00:00", "40.0000"),
    ("#1009", "#1009", "2026-03-01 09:00:00", "25.0000"),
]
ORDER = ("order_id", "ordered_at", "currency", "gross_amount", "discount_amount", "tax_amount",
         "shipping_amount", "customer_id", "discount_codes", "status")  # fmt: skip
REFUND = ("refund_id", "order_id", "refunded_at", "amount")
CUSTOMER = ("customer_id", "platform", "handle", "email_sha256")


def test_orders_of_shopify(home: Home) -> None:
    found = staged(home, "shopify_export", "orders_export_1.csv", csv_of(SHOPIFY, SALES))
    assert found.of("orders", *ORDER) == ORDERS
    assert found.of("refunds", *REFUND) == REFUNDS
    customers = found.of("customers", *CUSTOMER)
    assert sorted(set(customers)) == sorted([(ANNA, "", "", ANNA), (BEN, "", "", BEN)])
    assert len(customers) == 8  # a line each of the orders with an address
    assert [found.refused(stream) for stream in found.rows] == [[], [], []]
    assert found.left == []


def as_excel_leaves_it(text: str) -> str:
    """Semicolons, decimal commas."""
    rows = list(csv.reader(io.StringIO(text)))
    out = io.StringIO()
    numbers = [
        [v.replace(".", ",") if v.replace(".", "").isdigit() else v for v in r] for r in rows
    ]
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(numbers)
    return out.getvalue()


@pytest.mark.parametrize("odd", ["mark", "semicolons", "blank lines", "twice", "quotes"])
def test_odd_files_of_shopify_say_the_same(home: Home, odd: str) -> None:
    text = csv_of(SHOPIFY, SALES)
    header = text.split("\n")[0]
    files = {
        "mark": "\ufeff" + text.replace("\n", "\r\n").replace("Ring\r\n", "Ring\n"),
        "semicolons": csv_of(SHOPIFY, SALES, delimiter=";"),
        "blank lines": text.replace("#1003", "\n#1003", 1) + "\n\n",
        "twice": text.replace("#1004", f"{header}\n#1004", 1),
        "quotes": csv_of(SHOPIFY, SALES, quoting=csv.QUOTE_ALL),
    }
    found = staged(home, "shopify_export", "a.csv", files[odd])
    assert found.of("orders", *ORDER) == ORDERS
    assert found.of("refunds", *REFUND) == REFUNDS


def test_an_order_of_shopify_that_cannot_be_told_is_refused_whole(home: Home) -> None:
    sales = [
        *sold("#1", "USD 30.00 0.00 0.00 30.00 0.00", "1x10.00 1x20.00"),
        *sold("#2", "USD 30.00 0.00 0.00 30.00 0.00", "1x10.00 1xn/a"),
        *sold("#1", "USD 30.00 0.00 0.00 30.00 0.00", "1x10.00 1x20.00"),
        *sold("#3", "USD 30.00 0.00 0.00 30.00 n/a", "1x30.00"),
        {"Name": "#4", "Email": "x@mail.example", "Created at": "2026-03-01 10:00:00 +0100",
         "Lineitem quantity": "1", "Lineitem price": "5.00"},
    ]  # fmt: skip
    found = staged(home, "shopify_export", "a.csv", csv_of(SHOPIFY, sales))
    # twice in the file; a price that is none; a line whose order's totals stand in another file
    assert sorted(found.refused("orders")) == [
        (2, "gross_amount"),
        (4, "line_amount"),
        (9, "currency"),
    ]
    assert found.of("orders", "order_id") == [("#3",)]
    assert found.refused("refunds") == [(8, "where")]


def test_decimal_commas_of_a_spreadsheet_are_refused_not_misread(home: Home) -> None:
    text = as_excel_leaves_it(csv_of(SHOPIFY, SALES))
    found = staged(home, "shopify_export", "a.csv", text)
    assert found.of("orders", "order_id") == []
    assert len(found.refused("orders")) == 9


# --- WooCommerce ----------------------------------------------------------------------------------


def woo_order(number: int, status: str, **more: Any) -> dict[str, Any]:
    """An order with the fields of /wc/v3/orders; an item at 100 with a coupon of 10 %, 19 % tax."""
    item = {
        "id": 315, "name": "Beans", "product_id": 93, "variation_id": 0, "quantity": 2,
        "tax_class": "", "subtotal": "100.00", "subtotal_tax": "19.00", "total": "90.00",
        "total_tax": "17.10", "taxes": [{"id": 75, "total": "17.1", "subtotal": "19"}],
        "meta_data": [], "sku": "", "price": 45,
    }  # fmt: skip
    return {
        "id": number, "parent_id": 0, "number": str(number), "order_key": f"wc_order_{number}",
        "created_via": "checkout", "version": "9.4.0", "status": status, "currency": "EUR",
        "date_created": "2026-03-01T20:28:02", "date_created_gmt": "2026-03-01T19:28:02",
        "date_modified": "2026-03-01T20:28:08", "date_modified_gmt": "2026-03-01T19:28:08",
        "discount_total": "10.00", "discount_tax": "1.90", "shipping_total": "5.00",
        "shipping_tax": "0.95", "cart_tax": "17.10", "total": "113.05", "total_tax": "18.05",
        "prices_include_tax": True, "customer_id": 26, "customer_ip_address": "",
        "customer_user_agent": "", "customer_note": "",
        "billing": {"first_name": "Ben", "last_name": "Cole", "email": "Ben@mail.example"},
        "shipping": {"first_name": "Ben"}, "payment_method": "bacs", "transaction_id": "",
        "date_paid": None, "date_completed": None, "cart_hash": "", "meta_data": [],
        "line_items": [item], "tax_lines": [], "shipping_lines": [], "fee_lines": [],
        "coupon_lines": [{"id": 320, "code": "spring10", "discount": "10", "discount_tax": "1.9"}],
        "refunds": [], **more,
    }  # fmt: skip


WOO_ORDERS = [
    woo_order(727, "processing"),
    # a guest; two items, one given away; no coupon; a discount that a plugin made as a fee
    woo_order(728, "completed", customer_id=0, total_tax="0.00", shipping_total="0.00",
              coupon_lines=[], fee_lines=[{"id": 1, "name": "Loyalty", "total": "-2.50"},
                                          {"id": 2, "name": "Gift wrap", "total": "3.00"}],
              line_items=[{"subtotal": "12.30", "total": "12.30"},
                          {"subtotal": "4.00", "total": "0.00"}]),
    woo_order(729, "cancelled", customer_id=0,
              billing={"first_name": "", "email": ""}, coupon_lines=[]),
    woo_order(730, "pending"),
    woo_order(731, "failed"),
    # a price that was raised by hand
    woo_order(732, "on-hold", coupon_lines=[],
              line_items=[{"subtotal": "10.00", "total": "12.00"}]),
    woo_order(733, "refunded", line_items=[]),
]  # fmt: skip
WOO_ROWS = [
    ("727", "2026-03-01 19:28:02", "EUR", "100.0000", "10.0000", "18.0500", "5.0000", "26",
     "spring10", "placed"),
    ("728", "2026-03-01 19:28:02", "EUR", "16.3000", "6.5000", "0.0000", "0.0000", BEN,
     "", "placed"),
    ("729", "2026-03-01 19:28:02", "EUR", "100.0000", "10.0000", "18.0500", "5.0000", "-",
     "", "cancelled"),
    ("732", "2026-03-01 19:28:02", "EUR", "12.0000", "0.0000", "18.0500", "5.0000", "26",
     "", "placed"),
    ("733", "2026-03-01 19:28:02", "EUR", "0.0000", "0.0000", "18.0500", "5.0000", "26",
     "spring10", "placed"),
]  # fmt: skip


def woo_refund(number: int, order: int, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "parent_id": order, "date_created": "2026-03-02T10:00:00",
        "date_created_gmt": "2026-03-02T09:00:00", "amount": amount, "reason": "",
        "refunded_by": 1, "refunded_payment": False, "meta_data": [], "line_items": [],
        "shipping_lines": [], "tax_lines": [], "fee_lines": [], **more,
    }  # fmt: skip


WOO_REFUNDS = [
    # an item with its tax, and the shipping
    woo_refund(801, 727, "59.50", line_items=[{"quantity": -1, "total": "-45.00",
                                               "total_tax": "-8.55"}],
               shipping_lines=[{"total": "-5.00", "total_tax": "-0.95"}]),
    woo_refund(802, 728, "3.00"),  # an amount, and nothing named
    woo_refund(803, 732, "5.95", shipping_lines=[{"total": "-5.00", "total_tax": "-0.95"}]),
    # less than the lines add up to: 2.00 were kept back
    woo_refund(804, 732, "10.00", line_items=[{"total": "-12.00", "total_tax": "0.00"}]),
]  # fmt: skip


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_orders_of_woocommerce(home: Home, ending: str) -> None:
    content = as_json(WOO_ORDERS, ending)
    found = staged(home, "woocommerce", f"a.{ending}", content)
    rows = [row for row in found.rows["orders"] if row["is_deleted"]]
    assert [row["order_id"] for row in rows] == ["730", "731"]
    assert [r for r in found.of("orders", *ORDER) if r[0] not in ("730", "731")] == WOO_ROWS
    assert found.of("customers", *CUSTOMER)[:2] == [("26", "", "", BEN), (BEN, "", "", BEN)]
    assert len(found.of("customers", *CUSTOMER)) == 6
    assert [found.refused(stream) for stream in found.rows] == [[], []]


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_refunds_of_woocommerce(home: Home, ending: str) -> None:
    found = staged(home, "woocommerce", f"a.{ending}", as_json(WOO_REFUNDS, ending))
    at = "2026-03-02 09:00:00"
    assert found.of("refunds", *REFUND) == [
        ("801", "727", at, "45.0000"),
        ("802", "728", at, "3.0000"),
        ("803", "732", at, "0.0000"),
        ("804", "732", at, "10.0000"),
    ]
    assert found.refused("refunds") == []


def as_json(records: Sequence[Mapping[str, Any]], ending: str) -> str:
    if ending == "json":
        return json.dumps(records, indent=1)
    return "".join(json.dumps(record) + "\n" for record in records)


WOO_ANALYTICS = """\
Date,"Order #","N. Revenue (formatted)",Status,Customer,"Customer type",Product(s),"Items sold",\
Coupon(s),"Net Sales",Attribution
"2026-03-01 20:28:02",727,€90.00,completed,"Ben Cole",new,"2× Tea, new",2,"spring10, vip",90,Direct
"2026-03-01 21:00:00",728,€0.00,completed,"Ann Bee",new,"1× Sample",1,gift,0,Direct
"2026-03-02 10:00:00",727,-€45.00,completed,"Ben Cole",returning,"1× Beans, dark",-1,,-45,Direct
"2026-03-03 10:00:00",727,€0.00,completed,"Ben Cole",returning,,0,,0,Direct
"""


@pytest.mark.parametrize("label", ["Net Sales", "Net sales"])
def test_the_orders_report_of_woocommerce(home: Home, label: str) -> None:
    """A small report is made by the browser, whose labels differ in case and miss a column."""
    text = WOO_ANALYTICS.replace("Net Sales", label)
    found = staged(home, "woocommerce", "a.csv", text)
    columns = ("order_id", "ordered_at", "currency", "gross_amount", "discount_codes", "status")
    assert found.of("orders", *columns) == [
        ("727", "2026-03-01 20:28:02", "USD", "90.0000", "spring10|vip", "placed"),
        ("728", "2026-03-01 21:00:00", "USD", "0.0000", "gift", "placed"),
    ]
    assert found.of("refunds", *REFUND) == [
        ("727:2026-03-02 10:00:00", "727", "2026-03-02 10:00:00", "45.0000"),
        ("727:2026-03-03 10:00:00", "727", "2026-03-03 10:00:00", "0.0000"),
    ]
    assert [found.refused(stream) for stream in found.rows] == [[], []]
    assert found.left == []


# --- Stripe ---------------------------------------------------------------------------------------

STRIPE = """\
id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,
Converted Amount Refunded,Converted Currency,Decline Reason,Description,Fee,Is Link,
Link Funding,Mode,PaymentIntent ID,Payment Source Type,Refunded date (UTC),
Statement Descriptor,Status,Seller Message,Taxes On Fee,Interchange Costs,
Merchant Service Charge,Card ID,Card Name,Card Brand,Card Funding,Card Last4,Customer ID,
Customer Description,Customer Email,Customer Phone,Invoice ID,Transfer
""".replace("\n", "").split(",")


def paid(charge: str, amount: str, refunded: str = "0.00", **more: str) -> Row:
    return {
        "id": charge, "Created date (UTC)": "2026-06-05 20:38:34", "Amount": amount,
        "Amount Refunded": refunded, "Currency": "usd", "Captured": "true", "Fee": "0.90",
        "Mode": "Live", "Status": "Paid", "Customer Email": "Anna@mail.example",
        "Statement Descriptor": "ACME, INC", **more,
    }  # fmt: skip


PAYMENTS = [
    paid("ch_1", "50.00", **{"Customer ID": "cus_1"}),
    paid("py_2", "19.90", "9.90", **{"Refunded date (UTC)": "2026-06-07 08:00:00"}),
    # attempts that took no money, the last on an order that was paid in the end
    paid("ch_3", "50.00", Captured="false", Status="Failed"),
    paid("ch_4", "1.00", Mode="Test"),
    paid("ch_5", "29,90", "29,90", **{"Customer Email": "", "Status": "Refunded"}),
]


def test_payments_of_stripe(home: Home) -> None:
    odd = [*PAYMENTS, paid("ch_6", "1,000.00"), paid("ch_7", "1,000", "1,000")]
    found = staged(home, "stripe", "unified_payments.csv", csv_of(STRIPE, odd))
    columns = ("order_id", "ordered_at", "currency", "gross_amount", "customer_id", "is_test",
               "is_deleted")  # fmt: skip
    at = "2026-06-05 20:38:34"
    assert found.of("orders", *columns) == [
        ("ch_1", at, "USD", "50.0000", "cus_1", "false", "false"),
        ("py_2", at, "USD", "19.9000", ANNA, "false", "false"),
        ("ch_3", at, "USD", "50.0000", ANNA, "false", "true"),
        ("ch_4", at, "USD", "1.0000", ANNA, "true", "false"),
        ("ch_5", at, "USD", "29.9000", "-", "false", "false"),
    ]
    # thousands signs are not guessed at
    assert found.refused("orders") == [(7, "gross_amount"), (8, "gross_amount")]
    assert found.of("refunds", *REFUND) == [
        ("py_2", "py_2", "2026-06-07 08:00:00", "9.9000"),
        ("ch_5", "ch_5", at, "29.9000"),
    ]
    assert found.refused("refunds") == [(8, "amount")]
    assert ("cus_1", "", "", ANNA) in found.of("customers", *CUSTOMER)
    assert found.left == []


def test_payments_of_stripe_with_what_the_shop_told_of_the_order(home: Home) -> None:
    header = [
        *STRIPE,
        *(f"{name} (metadata)" for name in ("order_id", "tax", "shipping", "discount_code")),
    ]

    def told(order: str, tax: str, shipping: str, code: str = "") -> dict[str, str]:
        values = {"order_id": order, "tax": tax, "shipping": shipping, "discount_code": code}
        return {f"{name} (metadata)": value for name, value in values.items()}

    rows = [
        # newest first, as Stripe lists them: the attempt that failed comes below
        paid("ch_2", "130.90", "59.50", **told("A-1", "20.90", "10.00", "SPRING10")),
        paid("ch_1", "130.90", Captured="false", **told("A-1", "20.90", "10.00")),
        paid("ch_3", "15.00", "15.00", **told("A-2", "", "5.00")),
        paid("ch_4", "4,00", **told("", "", "")),
    ]
    found = staged(home, "stripe", "a.csv", csv_of(header, rows))
    assert found.landed.report.stream == "payments_with_metadata"
    columns = ("order_id", "gross_amount", "tax_amount", "shipping_amount", "discount_codes",
               "is_deleted")  # fmt: skip
    assert found.of("orders", *columns) == [
        ("A-1", "100.0000", "20.9000", "10.0000", "spring10", "false"),
        ("ch_1", "100.0000", "20.9000", "10.0000", "-", "true"),
        ("A-2", "10.0000", "0.0000", "5.0000", "-", "false"),
        ("ch_4", "4.0000", "0.0000", "0.0000", "-", "false"),
    ]
    # half of the items, which cost 119.00 with their tax
    assert found.of("refunds", "refund_id", "order_id", "amount") == [
        ("ch_2", "A-1", "50.0000"),
        ("ch_3", "A-2", "10.0000"),
    ]


# --- GA4 ------------------------------------------------------------------------------------------

EXPLORATION = """\
# ----------------------------------------
# Acme Coffee
# Free form-Free form 1
# 20260301-20260331
# ----------------------------------------

Transaction ID,Date hour and minute,Order coupon,Ecommerce purchases,Gross purchase revenue,\
Tax amount,Shipping amount,Refund amount
,,,2,126.9,7.6,9.9,30,Grand total
T-1001,202603012330,SPRING10,1,100,7.6,5,0
T-1002,202603150905,(not set),1,26.9,0,4.9,0
T-1001,202603201200,(not set),0,0,0,0,30
"""


@pytest.mark.parametrize("odd", ["as it comes", "mark and CRLF", "totals in the middle", "twice"])
def test_purchases_of_a_ga4_exploration(home: Home, odd: str) -> None:
    lines = EXPLORATION.splitlines()
    files = {
        "as it comes": EXPLORATION,
        "mark and CRLF": "\ufeff" + EXPLORATION.replace("\n", "\r\n"),
        "totals in the middle": "\n".join([*lines[:7], lines[8], lines[7], *lines[9:]]) + "\n",
        "twice": EXPLORATION + EXPLORATION.split("\n\n")[1].replace("T-", "U-"),
    }
    found = staged(home, "ga4_export", "download.csv", files[odd])
    columns = ("order_id", "ordered_at", "currency", "gross_amount", "tax_amount",
               "shipping_amount", "discount_codes", "status")  # fmt: skip
    orders = found.of("orders", *columns)
    assert orders[:2] == [
        (
            "T-1001",
            "2026-03-01 23:30:00",
            "USD",
            "100.0000",
            "7.6000",
            "5.0000",
            "spring10",
            "placed",
        ),
        ("T-1002", "2026-03-15 09:05:00", "USD", "26.9000", "0.0000", "4.9000", "-", "placed"),
    ]
    refunds = found.of("refunds", *REFUND)
    assert refunds[0] == ("T-1001:202603201200", "T-1001", "2026-03-20 12:00:00", "30.0000")
    copies = 2 if odd == "twice" else 1
    assert (len(orders), len(refunds)) == (2 * copies, copies)
    assert [found.refused(stream) for stream in found.rows] == [[], []]
    assert (found.left, found.landed.rejects) == ([], [])
    assert found.landed.report.reason.startswith("its header stands on line 7: ")


def test_purchases_of_ga4_that_name_no_order_are_refused(home: Home) -> None:
    """GA4 adds up what has no transaction id, and what is beyond its limit of rows."""
    nameless = "".join(
        f"{name},202603151000,(not set),9,500,0,0,7\n" for name in ("(not set)", "(other)")
    )
    found = staged(home, "ga4_export", "a.csv", EXPLORATION + nameless)
    assert found.of("orders", "order_id") == [("T-1001",), ("T-1002",)]
    assert found.refused("orders") == [(12, "order_id"), (13, "order_id")]
    assert found.refused("refunds") == [(12, "refund_id"), (13, "refund_id")]


# --- link tools and networks ----------------------------------------------------------------------

DUB = """\
Date,Link,Destination URL,Referrer URL,Click ID
2026-03-01T09:12:44.000Z,go.acme.example/anna,https://acme.example/?utm_campaign=spring&utm_content=anna,(direct),dGVzdA1
2026-03-01T09:13:02.000Z,go.acme.example,"https://acme.example/a,b",https://l.instagram.com/,dGVzdA2
"""


def test_clicks_of_dub(home: Home) -> None:
    found = staged(home, "dub", "clicks_export.csv", DUB)
    columns = ("click_id", "clicked_at", "link_id", "landing_url", "referrer")
    assert found.of("clicks", *columns) == [
        ("dGVzdA1", "2026-03-01 09:12:44", "go.acme.example/anna",
         "https://acme.example/?utm_campaign=spring&utm_content=anna", "-"),
        ("dGVzdA2", "2026-03-01 09:13:02", "go.acme.example", "https://acme.example/a,b",
         "https://l.instagram.com/"),
    ]  # fmt: skip
    assert found.refused("clicks") == []


def action(number: int, state: str, cleared: str = "", **more: Any) -> dict[str, Any]:
    """An action as the API's reference shows one."""
    return {
        "Id": f"3641.3299.{number}", "CampaignId": 3641, "CampaignName": "Acme Coffee",
        "ActionTrackerId": 9026, "ActionTrackerName": "Online Sale", "State": state,
        "AdId": 339815, "MediaPartnerId": 10042, "MediaPartnerName": "Anna Brews",
        "Payout": 4.5, "DeltaPayout": 4.5, "IntendedPayout": 4.5, "Amount": 45.0,
        "DeltaAmount": 45.0, "IntendedAmount": 45.0, "Currency": "USD",
        "ReferringDate": "2026-03-01T22:18:42-05:00", "EventDate": "2026-03-01T22:52:07-05:00",
        "CreationDate": "2026-03-02T05:25:15-05:00", "LockingDate": "2026-04-16T08:00:00-04:00",
        "ClearedDate": cleared, "ReferringType": "CLICK_COOKIE",
        "ReferringDomain": "www.instagram.com", "PromoCode": "ANNA10", "Oid": "#1001",
        "CustomerArea": "0", "CustomerCity": "New York", "CustomerRegion": "212",
        "CustomerCountry": "US", "SubId1": "", "SubId2": "", "SubId3": "", "SharedId": "",
        "Uri": f"/Advertisers/IRx/Actions/3641.3299.{number}", **more,
    }  # fmt: skip


PAYMENT = ("payment_id", "collaboration_id", "kind", "status", "incurred_on", "amount", "currency")


def test_actions_of_impact_are_commissions_by_their_state(home: Home) -> None:
    actions = [
        action(1, "PENDING"),
        action(2, "APPROVED", Payout="4.5000"),
        action(3, "APPROVED", "2026-05-20T00:00:00-04:00"),
        action(4, "REVERSED", IntendedPayout=4.5),
        action(5, "REVERSED", "2026-05-20T00:00:00-04:00", Payout=0),
    ]
    document = {"@page": "1", "@numpages": "1", "@pagesize": "100", "@total": "5",
                "@nextpageuri": "", "Actions": actions}  # fmt: skip
    found = staged(home, "impact", "actions.json", json.dumps(document))
    owner, day = "impact:3641:10042", "2026-03-02"  # in UTC
    assert found.of("payments", *PAYMENT) == [
        (f"impact:3641.3299.{number}", owner, "commission", status, day, amount, "USD")
        for number, status, amount in (
            (1, "committed", "4.5000"),
            (2, "committed", "4.5000"),
            (3, "paid", "4.5000"),
            (4, "committed", "0.0000"),
            (5, "committed", "0.0000"),
        )
    ]
    assert found.refused("payments") == []


IMPACT_CLICKS = """\
Id,ProgramId,ProgramName,ProfileId,IpAddress,EventDate,MediaId,MediaName,AdId,AdName,AdType,\
LandingPageUrl,ReferringUrl,ReferringDomain,SharedId,UniqueClick,DeviceType,Browser,Os
wXy1,3641,Acme Coffee,p-1,9f2c,2026-03-01T22:52:07-05:00,10042,Anna Brews,339815,Text link,\
TEXT_LINK,https://acme.example/?utm_source=anna,https://l.instagram.com/,l.instagram.com,,true,\
MOBILE,Safari,iOS
wXy1,3641,Acme Coffee,p-1,9f2c,2026-03-02T08:00:00-05:00,10042,Anna Brews,339815,Text link,\
TEXT_LINK,https://acme.example/,,,,false,MOBILE,Safari,iOS
"""


def test_clicks_of_impact_of_one_journey_are_several(home: Home) -> None:
    found = staged(home, "impact", "clicks.csv", IMPACT_CLICKS)
    columns = ("click_id", "clicked_at", "link_id", "landing_url", "visitor_id", "referrer")
    assert found.of("clicks", *columns) == [
        ("impact:wXy1:2026-03-01T22:52:07-05:00", "2026-03-02 03:52:07", "impact:3641:10042",
         "https://acme.example/?utm_source=anna", "p-1", "https://l.instagram.com/"),
        ("impact:wXy1:2026-03-02T08:00:00-05:00", "2026-03-02 13:00:00", "impact:3641:10042",
         "https://acme.example/", "p-1", "-"),
    ]  # fmt: skip
    assert found.refused("clicks") == []


def conversion(number: int, status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "created": "2026-03-01 22:52:07", "status": status,
        "denied_reason_code": None, "is_recurring": False, "total_items": 1, "total": "45.00",
        "commission_total": "4.50", "currency": "USD", "is_test_conversion": False,
        "payment_status": "UNPAID", "updated": "2026-03-01 22:52:07",
        "affiliate": {"id": 37569297, "code": "a3y7", "first_name": "Anna", "last_name": "B",
                      "email": "anna@mail.example"},
        "payment_id": None, "offer": {"id": 1, "name": "Default", "type": "PERCENT_OF_SALE"},
        "coupon_code": "ANNA10", "order_id": "#1001", "reason": None, "notes": None,
        "source": "SHOPIFY", **more,
    }  # fmt: skip


CONVERSIONS = [
    conversion(1, "PENDING"),
    conversion(2, "APPROVED", payment_status="PAID", payment_id=9),
    conversion(3, "DENIED", denied_reason_code=1),
    conversion(4, "UNQUALIFIED", payment_status="PAID"),
    conversion(5, "APPROVED", commission_total="-4.50", total="-45.00"),
    conversion(6, "APPROVED", is_test_conversion=True),
    conversion(7, "APPROVED", created="1772405527"),  # 2026-03-01T22:52:07Z
]


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_conversions_of_refersion_are_commissions_by_their_state(home: Home, ending: str) -> None:
    content = as_json(CONVERSIONS, "jsonl")
    if ending == "json":
        content = json.dumps({"data": {"conversions": CONVERSIONS}})
    found = staged(home, "refersion", f"a.{ending}", content)
    owner, day = "refersion:37569297", "2026-03-01"
    assert found.of("payments", *PAYMENT, "is_deleted") == [
        (f"refersion:{number}", owner, "commission", status, day, amount, "USD", deleted)
        for number, status, amount, deleted in (
            (1, "committed", "4.5000", "false"),
            (2, "paid", "4.5000", "false"),
            (3, "committed", "0.0000", "false"),
            (4, "committed", "0.0000", "false"),
            (5, "committed", "-4.5000", "false"),
            (6, "committed", "4.5000", "true"),
            (7, "committed", "4.5000", "false"),
        )
    ]
    assert found.refused("payments") == []


# --- odd files ------------------------------------------------------------------------------------


def with_delimiter(text: str, mark: str = ";", quoting: int = csv.QUOTE_MINIMAL) -> str:
    """The same values, set apart or quoted otherwise; lines above a header stay as they are."""
    before, gap, table = text.rpartition("\n\n")
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, quoting=quoting, lineterminator="\n")
    writer.writerows(csv.reader(io.StringIO(table)))
    return before + gap + out.getvalue()


def with_newlines_in_quotes(text: str) -> str:
    """A further column whose values are of two lines."""
    before, gap, table = text.rpartition("\n\n")
    header, *rows = csv.reader(io.StringIO(table))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*header, "Notes"])
    writer.writerows([*row[: len(header)], "one\ntwo", *row[len(header) :]] for row in rows)
    return before + gap + out.getvalue()


ODD = {
    "mark": lambda text: "\ufeff" + text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "semicolons": with_delimiter,
    "blank lines": lambda text: text.replace("\n", "\n\n") + "\n",
    "quotes": lambda text: with_delimiter(text, ",", csv.QUOTE_ALL),
    "newlines in quotes": with_newlines_in_quotes,
    "no newline at the end": lambda text: text.rstrip("\n"),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("tool", ["stripe", "ga4_export", "dub", "impact", "woocommerce"])
def test_odd_files_say_the_same_as_plain_ones(home: Home, tool: str, odd: str) -> None:
    text = {
        "stripe": csv_of(STRIPE, PAYMENTS), "ga4_export": EXPLORATION, "dub": DUB,
        "impact": IMPACT_CLICKS, "woocommerce": WOO_ANALYTICS,
    }[tool]  # fmt: skip
    plain = staged(home, tool, "plain.csv", text)
    found = staged(home, tool, "odd.csv", ODD[odd](text))
    assert without_lines(found) == without_lines(plain)
    assert (found.left, found.landed.rejects) == ([], [])


def without_lines(found: Staged) -> list[tuple[str, list[Any]]]:
    return [
        (stream, [{**row, "line": 0} for row in rows])
        for stream, rows in found.rows.items()
        if rows or pytest.fail(f"{stream} got no row")
    ]
