"""Attribution on thousands of made-up order books, against exact fractions computed in Python.

The models' own SQL, rendered without dbt, runs once in DuckDB over all books. A book is a visitor
with some clicks and orders; the books hold ties, edges of the window, codes of every kind, and
money that is nothing, negative, unknown or large.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pyarrow as pa
import pytest

from tests.dbt.landed import PROJECT

BOOKS = 3_000
DBT = PROJECT / "dbt_project"
MACROS = (
    *sorted((DBT / "macros" / "compat").glob("*.sql")),
    *sorted((DBT / "macros" / "commerce").glob("*.sql")),
)
START = datetime(2026, 3, 1)  # noqa: DTZ001 - the warehouse's times are UTC without zone

# collaborations; `cancelled` is not live
LIVE = ("k1", "k2", "k3", "k4")
# days of the configuration, and of the campaigns that have a window of their own
WINDOW, HALF_LIFE = 30, 2
WINDOWS = {"k2": 1, "k3": 90}
PROMO = [
    ("open", date(2026, 1, 1), None, "k1"),
    ("march", date(2026, 3, 1), date(2026, 3, 31), "k2"),
    ("handed_on", date(2026, 1, 1), None, "k3"),
    ("handed_on", date(2026, 3, 15), date(2026, 3, 20), "k4"),
    ("hidden", date(2026, 1, 1), None, "k3"),
    ("hidden", date(2026, 3, 10), None, None),
    ("over", date(2026, 1, 1), date(2026, 2, 1), "k1"),
]
CODES = sorted({row[0] for row in PROMO} | {"unknown"})


@dataclass(frozen=True)
class Click:
    click_id: str
    clicked_at: datetime
    collaboration_id: str | None
    is_valid: bool


@dataclass(frozen=True)
class Order:
    order_id: str
    ordered_at: datetime
    codes: tuple[str, ...]
    net_revenue: Decimal | None
    gross_profit: Decimal | None
    is_renewal: bool


@dataclass(frozen=True)
class Book:
    visitor_id: str | None
    clicks: tuple[Click, ...]
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Touch:
    number: int
    kind: str
    key: str
    at: datetime
    collaboration_id: str


Row = tuple[int, str | None, str, str | None, Decimal, Decimal | None, Decimal | None]
Rows = dict[tuple[str, str], list[Row]]


# ------------------------------------------------------------------ the books


def _books() -> list[Book]:
    chance = random.Random(20_260_301)
    return [_book(chance, number) for number in range(BOOKS)]


def _book(chance: random.Random, number: int) -> Book:
    visitor = None if chance.random() < 0.05 else f"v{number}"
    orders = tuple(_order(chance, f"o{number}-{n}") for n in range(chance.choice((1, 1, 2, 3))))
    length = chance.choice((0, 0, 1, 1, 2, 2, 3, 4, 5, 8, 13, 40))
    pool = chance.sample([*LIVE, "cancelled", None], k=chance.randint(1, 6))
    clicks = [
        Click(
            f"c{chance.randrange(10**6):06}-{number}-{n}",
            chance.choice(orders).ordered_at - _age(chance),
            chance.choice(pool),
            chance.random() < 0.9,
        )
        for n in range(length)
    ]
    if clicks and chance.random() < 0.2:  # clicks of one moment
        clicks = [Click(c.click_id, clicks[0].clicked_at, *_rest(c)) for c in clicks]
    return Book(visitor, tuple(clicks), orders)


def _rest(click: Click) -> tuple[str | None, bool]:
    return click.collaboration_id, click.is_valid


def _order(chance: random.Random, name: str) -> Order:
    at = START + timedelta(seconds=chance.randrange(40 * 86_400))
    if chance.random() < 0.3:
        at += timedelta(microseconds=chance.randrange(10**6))
    codes = chance.sample(CODES, k=chance.choice((0, 0, 0, 1, 1, 2, 3)))
    return Order(name, at, tuple(codes), *_money(chance), chance.random() < 0.1)


def _age(chance: random.Random) -> timedelta:
    days = (0, 1, 7, WINDOW, *WINDOWS.values())
    edges = (-1, *(day * 86_400 + more for day in days for more in (0, 1)))
    if chance.random() < 0.3:
        return timedelta(seconds=chance.choice(edges))
    return timedelta(
        microseconds=chance.randrange(-86_400 * 10**6, chance.choice((32, 92)) * 86_400 * 10**6)
    )


def _money(chance: random.Random) -> tuple[Decimal | None, Decimal | None]:
    kind = chance.random()
    if kind < 0.05:
        return None, None
    net = Decimal(chance.choice((0, 1, 2, 3, chance.randrange(10**6), chance.randrange(10**18))))
    if kind < 0.2:
        return net.scaleb(-4), None
    profit = chance.choice((Decimal(0), -net, net, Decimal(chance.randint(-(10**7), 10**7))))
    return net.scaleb(-4), profit.scaleb(-4)


# ------------------------------------------------------------------ what should come out


def _path(book: Book, order: Order) -> list[Touch]:
    if order.is_renewal:
        return []
    found = []
    for click in book.clicks:
        window = timedelta(days=WINDOWS.get(click.collaboration_id or "", WINDOW))
        in_window = order.ordered_at - window <= click.clicked_at <= order.ordered_at
        if book.visitor_id and click.is_valid and in_window and click.collaboration_id in LIVE:
            found.append((click.clicked_at, 0, click.click_id, click.collaboration_id))
    for code in order.codes:
        day = order.ordered_at.date()
        valid = [r for r in PROMO if r[0] == code and r[1] <= day and (r[2] is None or day <= r[2])]
        owner = max(valid, key=lambda row: row[1])[3] if valid else None
        if owner in LIVE:
            found.append((order.ordered_at, 1, code, owner))
    return [
        Touch(number, ("click", "code")[rank], key, at, str(owner))
        for number, (at, rank, key, owner) in enumerate(sorted(found), start=1)
    ]


def _shares(method: str, order: Order, path: list[Touch]) -> list[Fraction]:
    """What each touch should get, before rounding."""
    count = len(path)
    if method == "code_then_click":
        chosen = [t for t in path if t.kind == "code"] or path[-1:]
    elif method == "first_touch":
        chosen = path[:1]
    elif method == "last_touch":
        chosen = path[-1:]
    elif method == "linear" or (method == "position_based" and count <= 2):
        chosen = path
    elif method == "shapley":
        chosen = list({t.collaboration_id: t for t in path}.values())
    elif method == "position_based":
        between = Fraction(1, 5) / (count - 2)
        return [Fraction(2, 5), *[between] * (count - 2), Fraction(2, 5)]
    else:
        assert method == "time_decay"
        weights = [
            _decayed((order.ordered_at - touch.at) // timedelta(seconds=1)) for touch in path
        ]
        return [weight / sum(weights) for weight in weights]
    return [Fraction(touch in chosen, len(chosen)) for touch in path]


@cache
def _decayed(seconds: int) -> Fraction:
    context = Context(prec=50)
    exponent = context.divide(Decimal(-seconds), Decimal(HALF_LIFE * 86_400))
    return Fraction(context.power(Decimal(2), exponent))


def _rounded(value: Fraction, places: int) -> Decimal:
    whole = int(abs(value) * 10**places + Fraction(1, 2))
    return Decimal(-whole if value < 0 else whole).scaleb(-places, Context(prec=40))


def _divided(amount: Decimal | None, credits: list[Decimal]) -> list[Decimal | None]:
    if amount is None:
        return [None] * len(credits)
    parts = [_rounded(Fraction(amount) * Fraction(credit), 4) for credit in credits[:-1]]
    return [*parts, Context(prec=40).subtract(amount, sum(parts, Decimal(0)))]


def _expected(books: Iterable[Book], methods: Iterable[str]) -> Rows:
    rows: Rows = {}
    for book in books:
        for order in book.orders:
            path = _path(book, order)
            for method in methods:
                money = order.net_revenue, order.gross_profit
                if not path:
                    rows[order.order_id, method] = [(0, None, "none", None, Decimal(1), *money)]
                    continue
                shares = _shares(method, order, path)
                credited = [(t, s) for t, s in zip(path, shares, strict=True) if _rounded(s, 10)]
                credits = [_rounded(share, 10) for _, share in credited[:-1]]
                credits.append(1 - sum(credits, Decimal(0)))
                rows[order.order_id, method] = [
                    (touch.number, touch.collaboration_id, touch.kind, touch.key, *amounts)
                    for (touch, _), *amounts in zip(
                        credited, credits, *(_divided(each, credits) for each in money), strict=True
                    )
                ]
    return rows


# ------------------------------------------------------------------ what the models make of it


def _rendered(model: str) -> str:
    """The SQL of a model as of a first night."""
    text = "".join(path.read_text("utf-8") for path in MACROS)
    environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])  # noqa: S701
    environment.globals.update(
        {
            "return": lambda value: value,
            "config": lambda **_: "",
            "ref": lambda name: name,
            "source": lambda _, name: name,
            "is_incremental": lambda: False,
            "adapter": SimpleNamespace(
                dispatch=lambda name, _: getattr(macros, f"duckdb__{name}"),
            ),
        }
    )
    macros = environment.from_string(text).module
    found = next((DBT / "models").rglob(f"{model}.sql")).read_text("utf-8")
    return environment.from_string(text + found).render()


@pytest.fixture(scope="module")
def books() -> list[Book]:
    return _books()


@pytest.fixture(scope="module")
def engine(books: list[Book]) -> duckdb.DuckDBPyConnection:
    """The books as the tables that the two models read."""
    con = duckdb.connect(config={"threads": 2})
    clicks = [(c, book.visitor_id) for book in books for c in book.clicks]
    orders = [(o, book.visitor_id) for book in books for o in book.orders]
    moment, money = pa.timestamp("us"), pa.decimal128(18, 4)
    _create(
        con,
        "fct_clicks",
        {
            "click_id": (pa.string(), [c.click_id for c, _ in clicks]),
            "clicked_at": (moment, [c.clicked_at for c, _ in clicks]),
            "visitor_id": (pa.string(), [visitor for _, visitor in clicks]),
            "collaboration_id": (pa.string(), [c.collaboration_id for c, _ in clicks]),
            # each other one that does not count is a bot's
            "is_bot": (
                pa.bool_(),
                [not c.is_valid and n % 2 == 0 for n, (c, _) in enumerate(clicks)],
            ),
            "is_duplicate": (
                pa.bool_(),
                [not c.is_valid and n % 2 == 1 for n, (c, _) in enumerate(clicks)],
            ),
        },
    )
    _create(
        con,
        "orders",
        {
            "order_id": (pa.string(), [o.order_id for o, _ in orders]),
            "ordered_at": (moment, [o.ordered_at for o, _ in orders]),
            "ordered_on": (pa.date32(), [o.ordered_at.date() for o, _ in orders]),
            "visitor_id": (pa.string(), [visitor for _, visitor in orders]),
            "code": (pa.list_(pa.string()), [o.codes for o, _ in orders]),
            "net_revenue": (money, [o.net_revenue for o, _ in orders]),
            "gross_profit": (money, [o.gross_profit for o, _ in orders]),
            # only what its source says is a renewal is one
            "is_renewal": (pa.bool_(), [o.is_renewal or None for o, _ in orders]),
        },
    )
    _create(
        con,
        "int_promo_codes__live",
        {
            "code": (pa.string(), [row[0] for row in PROMO]),
            "valid_from": (pa.date32(), [row[1] for row in PROMO]),
            "valid_to": (pa.date32(), [row[2] for row in PROMO]),
            "collaboration_id": (pa.string(), [row[3] for row in PROMO]),
        },
    )
    _create(
        con,
        "int_collaborations__live",
        {
            "collaboration_id": (pa.string(), list(LIVE)),
            "attribution_window_days": (pa.int64(), [WINDOWS.get(name) for name in LIVE]),
        },
    )
    con.execute(
        "create table attribution as"
        f" select false as renewals, {WINDOW} as window_days, {HALF_LIFE} as half_life_days"
    )
    con.execute("create table int_orders__placed as select * exclude (code) from orders")
    con.execute(
        "create table int_orders__codes as select order_id, unnest(code) as code from orders"
    )
    return con


def _create(
    con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, tuple[pa.DataType, list[Any]]]
) -> None:
    table = pa.table({column: pa.array(values, kind) for column, (kind, values) in columns.items()})
    con.register("incoming", table)
    con.execute(f"create table {name} as select * from incoming")
    con.unregister("incoming")


def _attributed(con: duckdb.DuckDBPyConnection, touches: str, attribution: str) -> Rows:
    con.execute(f"create or replace table int_orders__touches as {touches}")
    con.execute(
        "create or replace table fct_orders as select orders.*, coalesce(counted.touches, 0) as"
        " touches from orders left join (select order_id, count(*) as touches"
        " from int_orders__touches group by order_id) as counted using (order_id)"
    )
    rows: Rows = {}
    for order, method, *row in con.execute(
        "select order_id, method, touch_number, collaboration_id, touch_kind, touch_key, credit,"
        f" attributed_revenue, attributed_profit from ({attribution})"
        " order by order_id, method, touch_number"
    ).fetchall():
        rows.setdefault((order, method), []).append(tuple(row))
    return rows


METHODS = (
    "code_then_click",
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "shapley",
    "time_decay",
)


@pytest.fixture(scope="module")
def expected(books: list[Book]) -> Rows:
    return _expected(books, METHODS)


@pytest.fixture(scope="module")
def found(engine: duckdb.DuckDBPyConnection) -> Rows:
    return _attributed(engine, _rendered("int_orders__touches"), _rendered("fct_attribution"))


def _wrong(expected: Rows, found: Rows) -> Counter[str]:
    """For each method the orders whose rows are not the expected ones."""
    keys = expected.keys() | found.keys()
    return Counter(method for order, method in keys if _differ(expected, found, (order, method)))


def _differ(expected: Rows, found: Rows, key: tuple[str, str]) -> bool:
    return expected.get(key) != found.get(key)


def test_the_books_hold_what_matters(books: list[Book]) -> None:
    lengths = Counter(len(_path(book, order)) for book in books for order in book.orders)
    assert all(lengths[length] > 100 for length in (0, 1, 2, 3, 4, 5))
    assert max(lengths) > 20
    codes = Counter(
        sum(touch.kind == "code" for touch in _path(book, order))
        for book in books
        for order in book.orders
    )
    # what hypothesis draws differs from one Python to the next
    assert all(codes[count] > 10 for count in (0, 1, 2, 3))


def test_each_row_is_what_exact_fractions_say(expected: Rows, found: Rows) -> None:
    differing = [key for key in expected.keys() | found.keys() if _differ(expected, found, key)]
    shown = [(key, expected.get(key), found.get(key)) for key in sorted(differing)[:3]]
    assert not differing, f"{len(differing)} of {len(expected)}: {shown}"


def test_nothing_is_lost_and_nothing_made_up(books: list[Book], found: Rows) -> None:
    exact = Context(prec=60)
    for order in (order for book in books for order in book.orders):
        for method in METHODS:
            rows = found[order.order_id, method]
            assert sum(row[4] for row in rows) == 1
            for position, whole in ((5, order.net_revenue), (6, order.gross_profit)):
                parts = [row[position] for row in rows]
                if whole is None:
                    assert parts == [None] * len(rows)
                else:
                    total = Decimal(0)
                    for part in parts:
                        total = exact.add(total, part)
                    assert total == whole, (order, method)


# a way to break each method, and what must turn red: SQL before and after
BROKEN = {
    "codes share unequally": ("greatest(codes, 1) - 1 as parts", "0 as parts", "code_then_click"),
    "codes do not come first": (
        "where touch_kind = 'code' or (codes = 0 and is_last)",
        "where is_last",
        "code_then_click",
    ),
    "the second touch is the first": (
        "where touch_number = 1\n",
        "where touch_number = least(2, touches)\n",
        "first_touch",
    ),
    "linear forgets a touch": ("touches - 1 as parts", "touches as parts", "linear"),
    "the ends get too much": ("else 4000000000", "else 4500000000", "position_based"),
    "a collaboration counts twice": (
        "over (partition by order_id, collaboration_id)",
        "over (partition by order_id, touch_number)",
        "shapley",
    ),
    "the half-life is a second off": (
        "86400 * attribution",
        "1 + 86400 * attribution",
        "time_decay",
    ),
    "ages are in days": ("// 1000000)", "// 86400000000 * 86400)", "time_decay"),
    "half is rounded down": ("+ 5000000000)", "+ 4999999999)", "linear"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_method_is_found(
    how: str, engine: duckdb.DuckDBPyConnection, expected: Rows
) -> None:
    before, after, method = BROKEN[how]
    sql = _rendered("fct_attribution")
    assert before in sql
    found = _attributed(engine, _rendered("int_orders__touches"), sql.replace(before, after))
    assert _wrong(expected, found)[method] > 20
