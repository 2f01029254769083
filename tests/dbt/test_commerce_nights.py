"""Clicks and orders night by night: each way in which what is new restates what is old.

The second night brings corrections that reach rows of the first only through something else (a
visitor, a link, a rate …). It is killed half way, when the tables that the old values are read
from are rewritten already, and must end as a rebuild from landing does.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.settings import load_settings
from reachline.warehouse import open_run, runs, stage
from tests.dbt.landed import Home, new_home

pytestmark = pytest.mark.slow

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
# the models of the commerce side alone, so that five nights take no longer than they must
CHANGED = (
    "attribution_windows",
    "collaborations",
    "deliverables",
    "fx_rates",
    "promo_codes",
    "tracking_links",
)
TOUCHED = (
    "click_days",
    "click_sequences",
    "clicks",
    "customers",
    "order_days",
    "orders",
    "placed_orders",
    "refunds",
    "rejects",
)
TABLES = (
    "core.dim_campaign",
    "core.dim_fx_rate",
    "core.fct_attribution",
    "core.fct_clicks",
    "core.fct_costs",
    "core.fct_orders",
    "core.fct_refunds",
    "quality.rejects",
    "work.intermediate.int_collaborations__click_days",
    "work.intermediate.int_collaborations__order_days",
    "work.intermediate.int_orders__converting_days",
)

Row = Mapping[str, str | None]


def _campaign(**changes: str) -> Row:
    days = {"starts_on": "2026-02-01", "ends_on": "2026-03-31"}
    return {"campaign_id": "c1", "brand_id": "acme", "campaign_name": "Spring", **days, **changes}


def _collaboration(name: str, status: str) -> Row:
    ids = {"collaboration_id": name, "campaign_id": "c1", "creator_id": "ann"}
    return {**ids, "status": status}


def _link(name: str, collaboration: str, content: str) -> Row:
    url = f"https://acmecoffee.example/?utm_campaign=spring&utm_content={content}"
    return {"link_id": name, "collaboration_id": collaboration, "url": url}


def _code(name: str, collaboration: str, valid_to: str | None = None) -> Row:
    days = {"valid_from": "2026-02-01", "valid_to": valid_to}
    return {"code": name, "collaboration_id": collaboration, **days}


def _rate(day: str, rate: str) -> Row:
    return {"rate_date": day, "base_currency": "EUR", "quote_currency": "USD", "rate": rate}


def _click(name: str, at: str, visitor: str, link: str | None, content: str = "-") -> Row:
    url = f"https://acmecoffee.example/?utm_campaign=spring&utm_content={content}"
    ids = {"click_id": name, "visitor_id": visitor, "link_id": link, "landing_url": url}
    return {**ids, "clicked_at": f"2026-02-{at}Z", "is_deleted": None}


def _order(name: str, at: str, **more: str | None) -> Row:
    fixed = {"order_id": name, "ordered_at": f"2026-{at}Z", "gross_amount": "100"}
    open_columns = dict.fromkeys(("customer_id", "visitor_id", "discount_codes"))
    return {**fixed, **open_columns, "currency": "USD", "status": "placed", **more}


def _refund(name: str, order: str, at: str = "02-20T00:00:00") -> Row:
    return {"refund_id": name, "order_id": order, "refunded_at": f"2026-{at}Z", "amount": "30"}


def _payment(name: str, collaboration: str, on: str = "02-11", **more: str) -> Row:
    ids = {"payment_id": name, "collaboration_id": collaboration, "incurred_on": f"2026-{on}"}
    return {**ids, "kind": "fee", "status": "committed", "amount": "30", "currency": "EUR", **more}


FIRST_NIGHT: dict[str, list[Row]] = {
    "campaigns": [_campaign(budget="1000", currency="EUR")],
    "collaborations": [
        _collaboration("k1", "active"),
        _collaboration("k_starts", "proposed"),
        _collaboration("k_stops", "active"),
    ],
    "tracking_links": [
        _link("l1", "k1", "one"),
        _link("l_starts", "k_starts", "starts"),
        _link("l_stops", "k_stops", "stops"),
        _link("l_changes", "k1", "before"),
        _link("l_handed", "k1", "handed"),
    ],
    "promo_codes": [
        _code("starts", "k_starts"),
        _code("stops", "k_stops"),
        _code("ends", "k1"),
        _code("lasts", "k1"),
    ],
    "fx_rates": [_rate("2026-01-31", "1.25")],
    "clicks": [
        _click("a2", "10T10:20:00", "va", "l1"),
        _click("b1", "10T10:00:00", "vb", "l1"),
        _click("b2", "10T10:20:00", "vb", "l1"),
        _click("moves", "10T10:00:00", "v_before", "l1"),
        _click("starts", "10T10:00:00", "v_starts", "l_starts"),
        _click("stops", "10T10:00:00", "v_stops", "l_stops"),
        _click("changes", "10T10:00:00", "v_changes", None, "before"),
        _click("taken_over", "10T10:00:00", "v_taken", None, "one"),
        _click("waits", "10T10:00:00", "v_waits", "l_later"),
        _click("another_day", "09T10:00:00", "v_day", "l1"),
        _click("handed_on", "09T10:00:00", "v_handed", "l_handed"),
    ],
    "orders": [
        *(_order(f"of_{name}", "02-11T00:00:00", visitor_id=f"v{name}") for name in ("a", "b")),
        *(
            _order(f"of_{name}", "02-11T00:00:00", visitor_id=f"v_{name}")
            for name in ("before", "after", "starts", "stops", "changes", "taken", "waits")
        ),
        _order("code_starts", "02-11T00:00:00", discount_codes="Starts"),
        _order("code_stops", "02-11T00:00:00", discount_codes="STOPS"),
        _order("code_ends", "02-20T00:00:00", discount_codes="ends"),
        _order("second", "02-11T00:00:00", customer_id="anna"),
        _order("leaves", "02-01T00:00:00", customer_id="bert"),
        _order("stays", "02-02T00:00:00", customer_id="bert"),
        _order("refund_before", "02-11T00:00:00"),
        _order("refund_after", "02-11T00:00:00"),
        _order("refund_due", "02-11T00:00:00"),
        _order("euros", "02-11T00:00:00", currency="EUR"),
        _order("euros_early", "02-09T00:00:00", currency="EUR"),
        _order("tomorrow", "03-02T12:00:00"),
        _order("of_day", "02-12T00:00:00", visitor_id="v_day"),
        _order("of_handed", "02-13T00:00:00", visitor_id="v_handed"),
        # known from the night in April on
        _order("long_after", "03-25T00:00:00", visitor_id="va"),
        _order("coded_later", "03-26T00:00:00", visitor_id="vb", discount_codes="lasts"),
        *(
            _order(name, f"02-{day}T00:00:00", visitor_id="v_handed", discount_codes="stops|ends")
            for name, day in (("moved", 14), ("cancelled", 15), ("deleted", 16))
        ),
    ],
    "refunds": [_refund("r1", "refund_before"), _refund("r2", "refund_due", "03-02T00:00:00")],
    "payments": [
        _payment("p_fee", "k1"),
        _payment("p_starts", "k_starts"),
        _payment("p_stops", "k_stops"),
        _payment("p_early", "k1", "02-09", kind="boost"),
        _payment("p_due", "k1", "03-02", kind="boost", currency="USD"),
        _payment("p_orphan", "k_late", kind="boost"),
    ],
}

SECOND_NIGHT: dict[str, list[Row]] = {
    "collaborations": [
        _collaboration("k_starts", "agreed"),
        _collaboration("k_stops", "cancelled"),
        _collaboration("k_late", "active"),
        {**_collaboration("k1", "active"), "fee": "80", "currency": "USD"},
    ],
    "tracking_links": [
        _link("l0", "k1", "one"),
        _link("l_changes", "k1", "after"),
        _link("l_later", "k1", "later"),
        _link("l_handed", "k_starts", "handed"),
    ],
    "promo_codes": [_code("ends", "k1", "2026-02-19")],
    "fx_rates": [_rate("2026-02-10", "1.5")],
    "clicks": [
        _click("a1", "10T10:00:00", "va", "l1"),
        {**_click("b1", "10T10:00:00", "vb", "l1"), "is_deleted": "true"},
        _click("moves", "10T10:00:00", "v_after", "l1"),
        _click("another_day", "08T10:00:00", "v_day", "l1"),
    ],
    "orders": [
        _order("first", "02-10T00:00:00", customer_id="anna"),
        _order("leaves", "02-01T00:00:00", customer_id="carl"),
        _order("refused", "02-01T00:00:00", currency=None),
        _order("moved", "02-17T00:00:00", visitor_id="v_handed"),
        _order("cancelled", "02-15T00:00:00", status="cancelled"),
        _order("deleted", "02-16T00:00:00", is_deleted="true"),
    ],
    "refunds": [_refund("r1", "refund_after")],
    "payments": [_payment("p_starts", "k_starts", status="paid")],
}

GOALS = {
    "dim_date",
    *(table.rsplit(".", 1)[1] for table in TABLES),
    *(f"int_changed__{name}" for name in CHANGED),
    *(f"int_touched__{name}" for name in TOUCHED),
}


@pytest.fixture(scope="module", autouse=True)
def _these_models_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", GOALS)
        yield


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Home]:
    """A home of two nights, the second killed and run again; and one rebuilt from its landing."""
    nightly = new_home(tmp_path_factory.mktemp("nightly"))
    _land(nightly, FIRST_NIGHT, FIRST)
    nightly.night(FIRST)
    assert _touches(nightly)["of_before"] == 1
    assert _touches(nightly)["deleted"] == 3
    once = shutil.copytree(nightly.settings.paths.home, tmp_path_factory.mktemp("once") / "data")
    _land(nightly, SECOND_NIGHT, SECOND)
    _kill(nightly, "int_orders__touches", "int_customers__first_orders", "int_refunds__due")
    nightly.night(SECOND)
    # killed when all facts were written, and the sums of their days were not
    late = Home(load_settings(once, EXAMPLE))
    shutil.copytree(nightly.settings.paths.landing, late.settings.paths.landing, dirs_exist_ok=True)
    _kill(late, "fct_attribution", core=("fct_orders", "fct_attribution"))
    late.night(SECOND)
    for table in TABLES:
        assert _sorted(late, table) == _sorted(nightly, table)
    rebuilt = new_home(tmp_path_factory.mktemp("rebuilt"))
    shutil.copytree(nightly.settings.paths.landing, rebuilt.settings.paths.landing)
    rebuilt.night(SECOND)
    return nightly, rebuilt


def _kill(home: Home, *models: str, core: tuple[str, ...] = (), day: date = SECOND) -> None:
    """Begin a night, the second if no other, and end it when some models of it are built."""
    killed = open_run(home.settings, day)
    stage(killed)
    some = (f"+{name},path:models/intermediate" for name in models)
    runs._build(killed, (*some, "fct_clicks", *core))


def _sorted(home: Home, table: str) -> list[tuple[object, ...]]:
    return home.rows(f"select * from {table} order by all")


def _land(home: Home, night: Mapping[str, list[Row]], day: date) -> None:
    for stream, rows in night.items():
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        home.land(stream, rows, day=day, columns=columns)


def _touches(home: Home) -> dict[object, object]:
    return dict(home.rows("select order_id, touches from core.fct_orders"))


@pytest.mark.parametrize("table", TABLES)
def test_two_nights_equal_one_rebuild(homes: tuple[Home, Home], table: str) -> None:
    nightly, rebuilt = (home.rows(f"select * from {table} order by all") for home in homes)
    assert nightly == rebuilt
    assert nightly


def test_what_changed_reached_the_clicks(homes: tuple[Home, Home]) -> None:
    found = homes[0].rows("select click_id, link_id, is_duplicate from core.fct_clicks")
    assert sorted(found, key=str) == [
        ("a1", "l1", False),
        ("a2", "l1", True),  # a click came in before it
        ("another_day", "l1", False),
        ("b2", "l1", False),  # the one before it is gone
        ("changes", None, False),  # its link changed its utm_content
        ("handed_on", "l_handed", False),
        ("moves", "l1", False),
        ("starts", "l_starts", False),
        ("stops", "l_stops", False),
        ("taken_over", "l0", False),  # a smaller link_id with the same utm
        ("waits", "l_later", False),  # its link came a night later
    ]


def test_what_changed_reached_the_orders(homes: tuple[Home, Home]) -> None:
    touches = _touches(homes[0])
    expected = {
        "of_a": 1, "of_b": 1, "of_before": 0, "of_after": 1, "of_starts": 1, "of_stops": 0,
        "of_changes": 0, "of_taken": 1, "of_waits": 1, "code_starts": 1, "code_stops": 0,
        "code_ends": 0, "tomorrow": 0, "of_day": 1, "of_handed": 1, "moved": 1,
    }  # fmt: skip
    assert {name: touches[name] for name in expected} == expected
    assert not touches.keys() & {"cancelled", "deleted"}
    rows = homes[0].rows("select order_id, net_revenue, is_new_customer from core.fct_orders")
    found = {name: (net, is_new) for name, net, is_new in rows}
    assert {name: is_new for name, (_, is_new) in found.items() if is_new is not None} == {
        "first": True,  # it came late, and is the first all the same
        "second": False,
        "leaves": True,
        "stays": True,  # the one before it is another customer's
    }
    nets = ("refund_before", "refund_after", "refund_due", "euros", "euros_early")
    assert [found[name][0] for name in nets] == [100, 70, 70, 150, 125]


def test_what_changed_reached_the_costs(homes: tuple[Home, Home]) -> None:
    found = homes[0].rows(
        "select cost_id, amount, is_committed_cost, is_paid_cost from core.fct_costs"
    )
    assert sorted(found, key=str) == [
        ("fee:k1", 80, True, False),  # agreed by now, on the campaign's first day
        ("payment:p_due", 30, True, False),
        ("payment:p_early", Decimal("37.5"), True, False),
        ("payment:p_fee", 45, False, False),  # the fee that is agreed by now; a newer rate
        ("payment:p_orphan", 45, True, False),  # its collaboration came a night later
        ("payment:p_starts", 45, True, True),
        ("payment:p_stops", 45, False, False),  # not live any more, and not paid
    ]
    rates = homes[0].rows(
        "select currency, cast(date_day as varchar), rate from core.dim_fx_rate"
        " where date_day >= date '2026-02-18' order by 1, 2"
    )
    # the logical date's, and none of the first night's; the dollars of orders and a payment
    assert rates == [
        ("EUR", "2026-03-02", 1.5),
        ("USD", "2026-02-20", 1.0),
        ("USD", "2026-03-02", 1.0),
    ]


def test_what_changed_reached_the_sums_by_day(homes: tuple[Home, Home]) -> None:
    sums = homes[0].rows(
        "select collaboration_id, day(ordered_on), attributed_orders, attributed_revenue"
        " from work.intermediate.int_collaborations__order_days"
        " where method = 'linear' order by all"
    )
    # 02-11: of_a, of_b, of_after, of_taken, of_waits for k1; of_starts, code_starts for k_starts
    assert sums == [
        ("k1", 11, 5, 500),
        ("k1", 12, 1, 100),
        ("k_starts", 11, 2, 200),
        ("k_starts", 13, 1, 100),  # its link was handed on to k_starts
        ("k_starts", 17, 1, 100),  # moved; nothing is left of the day it was on
    ]
    converting = homes[0].rows(
        "select day(ordered_on), collaboration_ids, orders"
        " from work.intermediate.int_orders__converting_days order by all"
    )
    assert converting == [
        (11, ["k1"], 5),
        (11, ["k_starts"], 1),
        (12, ["k1"], 1),
        (13, ["k_starts"], 1),
        (17, ["k_starts"], 1),
    ]
    clicks = homes[0].rows(
        "select collaboration_id, day(clicked_on), valid_clicks"
        " from work.intermediate.int_collaborations__click_days order by all"
    )
    assert clicks == [
        ("k1", 8, 1),  # from the 9th
        ("k1", 10, 5),  # a1, b2, moves, taken_over, waits
        ("k_starts", 9, 1),
        ("k_starts", 10, 1),
        ("k_stops", 10, 1),  # live or not
    ]


APRIL = date(2026, 4, 12)
# what comes late, and what alone it may change: its orders, clicks, and the days of sums
LATE: dict[str, tuple[dict[str, list[Row]], dict[str, object]]] = {
    "a refund 60 days after the order": (
        {"refunds": [_refund("r60", "of_after", "04-12T12:00:00")]},
        {
            "core.fct_refunds": {"of_after"},
            "core.fct_orders": {"of_after"},
            "core.fct_attribution": {"of_after"},
            "work.intermediate.int_collaborations__order_days": {("k1", 11)},
        },
    ),
    "a click": (
        {"clicks": [_click("late", "09T10:00:00", "v_taken", "l_starts")]},
        {
            "core.fct_clicks": {"late"},
            "core.fct_orders": {"of_taken"},
            "core.fct_attribution": {"of_taken"},
            "work.intermediate.int_collaborations__click_days": {("k_starts", 9)},
            "work.intermediate.int_collaborations__order_days": {("k1", 11), ("k_starts", 11)},
            "work.intermediate.int_orders__converting_days": {
                (("k1",), 11),
                (("k1", "k_starts"), 11),
            },
        },
    ),
    "a rate": (
        {"fx_rates": [_rate("2026-02-09", "2")]},
        {
            "core.dim_fx_rate": {("EUR", 9)},
            "core.fct_costs": {"payment:p_early"},
            "core.fct_orders": {"euros_early"},
            "core.fct_attribution": {"euros_early"},
        },
    ),
    "a larger window of a campaign": (
        {"campaigns": [_campaign(attribution_window_days="60")]},
        {
            "core.dim_campaign": {"c1"},
            # 43 and 44 days after the click
            "core.fct_orders": {"long_after", "coded_later"},
            "core.fct_attribution": {"long_after", "coded_later"},
            # all of the other order was k1's before, by its code
            "work.intermediate.int_collaborations__order_days": {("k1", 25)},
            "work.intermediate.int_orders__converting_days": {(("k1",), 25), (("k1",), 26)},
        },
    ),
    "a smaller window of a campaign": (
        {"campaigns": [_campaign(attribution_window_days="1")]},
        {
            "core.dim_campaign": {"c1"},
            # the other clicks are of the day before the order
            "core.fct_orders": {"of_day", "of_handed", "moved"},
            "core.fct_attribution": {"of_day", "of_handed", "moved"},
            "work.intermediate.int_collaborations__order_days": {
                ("k1", 12),
                ("k_starts", 13),
                ("k_starts", 17),
            },
            "work.intermediate.int_orders__converting_days": {
                (("k1",), 12),
                (("k_starts",), 13),
                (("k_starts",), 17),
            },
        },
    ),
    "an edited code": (
        {"promo_codes": [_code("starts", "k_starts", "2026-02-10")]},
        {
            "core.fct_orders": {"code_starts"},
            "core.fct_attribution": {"code_starts"},
            "work.intermediate.int_collaborations__order_days": {("k_starts", 11)},
        },
    ),
}


@pytest.fixture(scope="module")
def april(homes: tuple[Home, Home], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home of the two nights, a month later."""
    data = tmp_path_factory.mktemp("april") / "data"
    shutil.copytree(homes[0].settings.paths.home, data)
    home = Home(load_settings(data, EXAMPLE))
    home.night(APRIL)
    return home


@pytest.mark.parametrize("what", LATE)
def test_what_comes_late_changes_what_it_is_of_and_nothing_else(
    what: str, april: Home, tmp_path: Path
) -> None:
    landed, expected = LATE[what]
    data = tmp_path / "data"
    shutil.copytree(april.settings.paths.home, data)
    home = Home(load_settings(data, EXAMPLE))
    before = {table: _by_text(home, table) for table in TABLES}
    _land(home, landed, APRIL)
    home.night(APRIL)
    changed: dict[str, set[object]] = {}
    for table in TABLES:
        after = _by_text(home, table)
        texts = before[table].keys() ^ after.keys()
        rows = ({**before[table], **after}[text] for text in texts)
        if texts:
            changed[table] = {_subject(row) for row in rows}
    assert changed == expected


def test_windows_and_half_lives_restate_history_as_a_rebuild_does(
    april: Home, tmp_path: Path
) -> None:
    config, data = tmp_path / "config", tmp_path / "data"
    shutil.copytree(EXAMPLE, config)
    shutil.copytree(april.settings.paths.home, data)

    def night(*, killed: bool = False) -> dict[object, object]:
        home = Home(load_settings(data, config))
        if killed:  # when the touches that tell of the old window are gone
            _kill(home, "int_orders__touches", day=APRIL)
        home.night(APRIL)
        rebuilt = new_home(Path(tempfile.mkdtemp(dir=tmp_path)), config)
        shutil.copytree(home.settings.paths.landing, rebuilt.settings.paths.landing)
        rebuilt.night(APRIL)
        for table in TABLES:
            assert _sorted(home, table) == _sorted(rebuilt, table), table
        return _touches(home)

    home = Home(load_settings(data, config))
    asked = ("long_after", "of_day", "of_handed", "of_b")

    def touches(found: dict[object, object]) -> tuple[object, ...]:
        return tuple(found[name] for name in asked)

    _land(home, {"campaigns": [_campaign(attribution_window_days="60")]}, APRIL)
    assert touches(night()) == (1, 1, 1, 1)
    # what makes the window smaller takes a click and a link of it away in the same night
    _land(
        home,
        {
            "campaigns": [_campaign(attribution_window_days="1")],
            "clicks": [{**_click("a1", "10T10:00:00", "va", "l1"), "is_deleted": "true"}],
            "tracking_links": [_link("l_handed", "k1", "handed")],
        },
        APRIL,
    )
    assert touches(night(killed=True)) == (0, 0, 0, 1)
    # an empty cell takes it back; the largest window is the collaboration's that ends
    _land(home, {"campaigns": [_campaign(attribution_window_days="")]}, APRIL)
    assert touches(night()) == (0, 1, 1, 1)
    thresholds = config / "thresholds.yml"
    thresholds.write_text("attribution: {window_days: 60}\n", "utf-8")
    # a2 is no duplicate any more
    assert touches(night()) == (1, 1, 1, 1)
    before = _touches(Home(load_settings(data, config)))
    decayed = _decayed(Home(load_settings(data, config)))
    thresholds.write_text("attribution: {window_days: 60, half_life_days: 1}\n", "utf-8")
    assert night() == before
    # 43 days, 13 hours and 40 minutes before the code; 2^-43 of it is nothing
    weight = 2 ** -((43 + (13 + 40 / 60) / 24) / 7)
    assert decayed == pytest.approx(weight / (1 + weight), abs=1e-10)
    assert _decayed(Home(load_settings(data, config))) is None


def _decayed(home: Home) -> float | None:
    """The credit by time_decay of the click on a code's order six weeks later."""
    rows = home.rows(
        "select cast(credit as double) from core.fct_attribution"
        " where order_id = 'coded_later' and method = 'time_decay' and touch_kind = 'click'"
    )
    return rows[0][0] if rows else None  # type: ignore[return-value]


def _by_text(home: Home, table: str) -> dict[str, dict[str, object]]:
    with home.open() as con:
        found = con.execute(f"select * from {table}")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {repr(row): row for row in rows}


def _subject(row: Mapping[str, object]) -> object:
    """What a row is about: its order, click or cost, else the day of a sum and whose it is."""
    for key in ("order_id", "click_id", "cost_id", "campaign_id"):
        if key in row:
            return row[key]
    owner = row.get("collaboration_id", row.get("currency"))
    owners = row.get("collaboration_ids")
    day = next(row[key] for key in ("ordered_on", "clicked_on", "date_day") if key in row)
    assert isinstance(day, date)
    return (tuple(owners) if isinstance(owners, list) else owner, day.day)


def test_a_night_with_nothing_new_touches_nothing(homes: tuple[Home, Home]) -> None:
    home = homes[0]
    hashes = home.rows("select model, wanted from work.ops.model_hashes order by model")
    before = [home.rows(f"select * from {table} order by all") for table in TABLES]
    home.night(SECOND)
    assert [home.rows(f"select * from {table} order by all") for table in TABLES] == before
    # nothing is rebuilt for having been run incrementally before in this process
    assert home.rows("select model, wanted from work.ops.model_hashes order by model") == hashes
    for name in TOUCHED:
        assert home.rows(f"select * from work.intermediate.int_touched__{name}") == []
    for name in CHANGED:
        assert not home.rows(
            f"select * from work.intermediate.int_changed__{name} where is_changed"
        )


def test_rejects_tell_where_and_why_and_leave_with_a_held_batch(homes: tuple[Home, Home]) -> None:
    found = homes[0].rows("select stream, line, column_name, logical_date from quality.rejects")
    assert found == [("orders", 4, "currency", SECOND)]


def test_dates_know_their_iso_week(homes: tuple[Home, Home]) -> None:
    rows = homes[0].rows(
        "select cast(date_day as varchar), iso_year, iso_week, cast(week_starts_on as varchar),"
        " month, quarter, year from core.dim_date where date_day in"
        " (date '2024-12-30', date '2027-01-01', date '2026-03-01') order by date_day"
    )
    assert rows == [
        ("2024-12-30", 2025, 1, "2024-12-30", 12, 4, 2024),
        ("2026-03-01", 2026, 9, "2026-02-23", 3, 1, 2026),
        ("2027-01-01", 2026, 53, "2026-12-28", 1, 1, 2027),
    ]
    ends = homes[0].rows("select min(date_day), max(date_day) from core.dim_date")
    assert ends == [(date(2004, 1, 1), date(2027, 12, 31))]
