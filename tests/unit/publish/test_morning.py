"""The sentences of the morning: nothing, one, many, what is not known, and whole words for each.

Expected texts are by hand, from the rows that each test writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from reachline.publish.morning import (
    FACTS,
    Choices,
    Figure,
    Lead,
    Morning,
    Sentence,
    plain,
    read_morning,
)
from reachline.publish.report.tables import safe_name
from tests.unit.publish.morning_tables import create_missing

DAY = date(2026, 3, 10)
MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        create_missing(con)
        con.execute("insert into meta.run values (?, 'EUR')", [DAY])
        con.execute("insert into meta.coverage values ('orders', null, null, null)")
        con.execute("insert into meta.thresholds values ('profit_coverage_min', 0.9)")
        yield con


def text(sentence: Sentence) -> str:
    return plain(sentence).replace("\N{NO-BREAK SPACE}", " ")


def came_in(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [text(sentence) for sentence in read_morning(con).came_in]


def needs(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return {need.label: text(need.words) for need in read_morning(con).needs}


def campaign(
    con: duckdb.DuckDBPyConnection, number: int, roi: float | None = 0.5, **columns: object
) -> None:
    """Insert a campaign, by default one that was watched whole."""
    row: dict[str, object] = {
        "campaign_id": f"c{number}",
        "method": "code_then_click",
        "is_default_method": True,
        "result_state": "running",
        "orders_covered": 1.0,
        "clicks_covered": 1.0,
        "posts": 4,
        "posts_with_reach": 4,
        "posts_with_impressions": 4,
        "attributed_revenue": 200,
        "attributed_profit": 150,
        "profit_coverage": 1.0,
        "cost_committed": 100,
        "roi": roi,
    } | columns
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    con.execute(
        f"insert into reports.campaign_performance ({names}) values ({marks})", list(row.values())
    )
    con.execute(
        "insert into core.dim_campaign values (?, ?, null, null)",
        [f"c{number}", f"Campaign {number}"],
    )


def watch_orders(con: duckdb.DuckDBPyConnection, since: date) -> None:
    con.execute("update meta.coverage set covered_from = ?", [since])


def order(
    con: duckdb.DuckDBPyConnection,
    days_ago: int,
    revenue: float,
    profit: float | None = None,
    collaboration: str | None = "l1",
    method: str = "code_then_click",
) -> None:
    con.execute(
        "insert into core.fct_attribution values (?, ?, ?, ?, 1, ?, ?)",
        ["o", method, collaboration, DAY - timedelta(days_ago), revenue, profit],
    )


def cost(con: duckdb.DuckDBPyConnection, days_ago: int, amount: float | None) -> None:
    con.execute(
        "insert into core.fct_costs values ('k', ?, ?, true)", [DAY - timedelta(days_ago), amount]
    )


# --- nothing


def test_a_new_home_says_what_it_waits_for(con: duckdb.DuckDBPyConnection) -> None:
    morning = read_morning(con)
    assert [text(sentence) for sentence in morning.sentences()] == [
        "There is no campaign yet: what stands here comes with the first one in the inbox.",
        "No data has come yet: no source is known.",
    ]
    assert morning.subject == "Reachline, 10 Mar: no campaign yet"
    assert [(number.figure, text(number.below)) for number in morning.numbers] == [
        (None, "orders are not watched yet"),
        (None, "orders are not watched yet"),
        (None, "there is no campaign yet"),
    ]
    assert not morning.is_whole
    assert morning.needs == ()
    assert [(choices.title, choices.those, text(choices.rest)) for choices in morning.choices] == [
        ("Book again", (), "No creator was booked yet."),
        ("Stop", (), "No creator was booked yet."),
        ("Approach next", (), "Nobody fits a brand of yours, or config/brands.yml names none."),
    ]  # fmt: skip


def test_orders_that_nobody_watches_are_not_0(con: duckdb.DuckDBPyConnection) -> None:
    campaign(con, 1, None, orders_covered=0.0, attributed_revenue=None, attributed_profit=None)
    cost(con, 0, 20)
    assert came_in(con) == [
        "What came in on Tuesday, 10 Mar is not known: orders are not watched yet. Campaigns cost "
        "20.00 EUR.",
        "The last 7 days are not known whole: orders are not watched yet. They cost 20.00 EUR (the "
        "7 days before: 0.00).",
        "Whether a campaign loses money can't be told yet: of none of 1 campaign were orders "
        "watched nearly whole; orders are not watched yet.",
    ]
    assert "revenue not known" in read_morning(con).subject


# --- what came in


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ((), "On Tuesday, 10 Mar no order came by a campaign, and they cost nothing new."),
        (
            (30,),
            "On Tuesday, 10 Mar campaigns brought in 30.00 EUR with 1 order and cost nothing new.",
        ),
        (
            (30, 1200.6),
            "On Tuesday, 10 Mar campaigns brought in 1,231 EUR with 2 orders and cost nothing new.",
        ),
    ],
)
def test_a_day_without_one_and_many_orders(
    con: duckdb.DuckDBPyConnection, orders: tuple[float, ...], said: str
) -> None:
    campaign(con, 1)
    watch_orders(con, DAY - timedelta(60))
    for revenue in orders:
        order(con, 0, revenue)
    order(con, 0, 999, collaboration=None)
    order(con, 0, 999, method="last_touch")
    assert came_in(con)[0] == said


def test_orders_that_are_late_may_be_more(con: duckdb.DuckDBPyConnection) -> None:
    campaign(con, 1)
    watch_orders(con, DAY - timedelta(60))
    con.execute(
        "insert into reports.data_health values "
        "('inbox', 'orders', 'fresh', 'pass', 0, 0, 0, 'below_usual')"
    )
    assert came_in(con)[0].endswith("; fewer orders than usual came, so more may come.")
    con.execute("update reports.data_health set freshness = 'stale'")
    assert came_in(con)[0].endswith("; orders are late, so more may come.")


def test_a_week_stands_beside_the_week_before_to_the_day(con: duckdb.DuckDBPyConnection) -> None:
    campaign(con, 1)
    watch_orders(con, DAY - timedelta(13))
    for days_ago, revenue, profit in (
        (0, 10, 5), (6, 20, None), (7, 40, 8), (13, 80, 8), (14, 1000, 8),
    ):  # fmt: skip
        order(con, days_ago, revenue, profit)
        cost(con, days_ago, revenue / 10)
    cost(con, -1, 1000)
    assert came_in(con)[1] == (
        "The last 7 days brought 30.00 EUR (the 7 days before: 120), a profit of 5.00 EUR before "
        "cost (known for 33.3% of revenue), and cost 3.00 EUR (the 7 days before: 12.00)."
    )
    revenue, profit, _ = read_morning(con).numbers
    assert revenue.figure
    assert revenue.figure.value == "30"
    assert text(revenue.below) == "−75.0% on the 7 days before"
    assert text(profit.below) == "−68.8% on the 7 days before; known for 33.3% of revenue"


@pytest.mark.parametrize(
    ("days", "said", "number"),
    [
        (13, "brought 10.00 EUR (the 7 days before: 0.00)", "nothing in the 7 days before"),
        (
            12,
            "brought 10.00 EUR (no week before: orders are known from 26 Feb on)",
            "no week before: orders are known from 26 Feb on",
        ),
        (6, "brought 10.00 EUR (no week before: orders are known from 4 Mar on)", "no week"),
        (5, "are not known whole: orders are known from 5 Mar on", "orders are known from 5 Mar"),
    ],
)
def test_a_week_that_was_watched_in_part_is_not_compared(
    con: duckdb.DuckDBPyConnection, days: int, said: str, number: str
) -> None:
    campaign(con, 1)
    watch_orders(con, DAY - timedelta(days))
    order(con, 0, 10, 5)
    assert said in came_in(con)[1]
    assert text(read_morning(con).numbers[0].below).startswith(number)


def test_a_share_that_is_not_the_whole_is_never_said_to_be(con: duckdb.DuckDBPyConnection) -> None:
    campaign(con, 1)
    watch_orders(con, DAY - timedelta(60))
    order(con, 0, 99999, 5)
    assert "known for" not in came_in(con)[1]
    order(con, 0, 1)
    assert "known for 99.999% of revenue" in came_in(con)[1]


@pytest.mark.parametrize(
    ("returns", "said"),
    [
        ((0.5, 0.1), "No campaign is known to lose money."),
        (
            (0.5, None),
            "No campaign is known to lose money. Of 2 campaigns, 1 has a return that can be told.",
        ),
        ((0.5, -0.25), "1 campaign loses money: Campaign 1 (−25.0%)."),
        (
            (-0.1, -0.2, -0.3, -0.4, -0.5),
            "5 campaigns lose money: Campaign 4 (−50.0%), Campaign 3 (−40.0%), Campaign 2 (−30.0%) "
            "and 2 more.",
        ),
    ],
)
def test_which_campaigns_lose_money(
    con: duckdb.DuckDBPyConnection, returns: tuple[float | None, ...], said: str
) -> None:
    for number, roi in enumerate(returns):
        campaign(con, number, roi, attributed_profit=100 + 100 * (roi or 0))
    assert came_in(con)[2] == said


def test_planned_campaigns_are_to_start(con: duckdb.DuckDBPyConnection) -> None:
    campaign(con, 1)
    campaign(con, 2, None, result_state="planned", orders_covered=None)
    assert came_in(con)[2].endswith("1 has a return that can be told, 1 is to start.")
    campaign(con, 3, None, result_state="planned", orders_covered=None)
    assert came_in(con)[2].endswith("1 has a return that can be told, 2 are to start.")


def test_an_roi_is_of_the_campaigns_whose_orders_were_watched(
    con: duckdb.DuckDBPyConnection,
) -> None:
    campaign(con, 1)
    campaign(con, 2, None, orders_covered=0.5, attributed_profit=9000)
    number = read_morning(con).numbers[2]
    assert number.figure
    assert number.figure.text == "+50.0%"
    assert text(number.below) == "over the 1 of 2 campaigns whose orders were watched"


# --- is the data whole


def stream(con: duckdb.DuckDBPyConnection, name: str, completeness: str | None) -> None:
    con.execute(
        "insert into reports.data_health values ('inbox', ?, 'fresh', 'pass', 0, 0, 0, ?)",
        [name, completeness],
    )


def test_data_is_whole_only_where_that_was_told(con: duckdb.DuckDBPyConnection) -> None:
    stream(con, "a", "whole")
    morning = read_morning(con)
    assert (
        text(morning.data[0]) == "The data is whole: 1 of 1 stream is fresh, with its usual rows."
    )
    assert morning.is_whole
    stream(con, "b", None)
    morning = read_morning(con)
    assert text(morning.data[0]) == (
        "Every stream is fresh; 1 of 2 is known to be whole, of the others it can't be told."
    )
    assert not morning.is_whole
    stream(con, "c", "below_usual")
    assert text(read_morning(con).data[0]) == (
        "Not whole, or not sure: 1 stream needs a look (inbox c)."
    )
    for name in "defg":
        stream(con, name, "above_usual")
    assert text(read_morning(con).data[0]) == (
        "Not whole, or not sure: 5 streams need a look (inbox c, inbox d, inbox e and 2 more)."
    )


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ((), "No check has run."),
        ((True,), "All 1 check passed."),
        ((True, True), "All 2 checks passed."),
        ((True, False), "1 of 2 checks failed, see the checks."),
    ],
)
def test_checks(con: duckdb.DuckDBPyConnection, results: tuple[bool, ...], said: str) -> None:
    stream(con, "a", "whole")
    for success in results:
        con.execute("insert into quality.gate_results values ('t', 'e', '', ?, null)", [success])
    assert text(read_morning(con).data[1]) == said


# --- what needs somebody


def pacing(con: duckdb.DuckDBPyConnection, number: int, status: str, **columns: object) -> None:
    row: dict[str, object] = {
        "campaign_id": f"c{number}", "status": status, "deliverables_late": 0,
    } | columns  # fmt: skip
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    con.execute(
        f"insert into reports.campaign_pacing ({names}) values ({marks})", list(row.values())
    )


def test_nothing_needs_somebody(con: duckdb.DuckDBPyConnection) -> None:
    campaign(con, 1)
    morning = read_morning(con)
    assert morning.needs == ()
    assert text(morning.nothing_else) == (
        "Nothing is late, behind its goal or over its budget. No paid post was looked at for its "
        "disclosure yet. No code shows signs of a leak."
    )
    con.execute("insert into reports.compliance values ('p', 'disclosure', 'weak')")
    assert "No paid post lacks its disclosure." in text(read_morning(con).nothing_else)


def test_one_and_many_that_need_somebody(con: duckdb.DuckDBPyConnection) -> None:
    campaign(con, 1)
    pacing(con, 1, "behind", pacing=0.5, deliverables_late=1)
    con.execute("update core.dim_campaign set budget_amount = 99")
    con.execute("insert into reports.compliance values ('p', 'disclosure', 'fail')")
    con.execute("insert into reports.code_health values ('a10', true, 5)")
    assert needs(con) == {
        "Late": "1 deliverable: Campaign 1 (1)",
        "Undisclosed": "1 of 1 paid post does not say so",
        "Behind": "1 campaign is behind its goal: Campaign 1 (50.0%)",
        "Over budget": "1 campaign costs more than planned: Campaign 1 (100)",
        "Leaked": "1 code is likely leaked: a10",
    }
    assert text(read_morning(con).nothing_else) == ""
    for number in range(2, 6):
        campaign(con, number)
        pacing(con, number, "behind", pacing=number / 10, deliverables_late=number)
        con.execute("insert into reports.code_health values (?, true, ?)", [f"b{number}", number])
    con.execute("insert into reports.compliance values ('q', 'disclosure', 'fail')")
    said = needs(con)
    assert said["Late"] == (
        "15 deliverables: Campaign 5 (5), Campaign 4 (4), Campaign 3 (3) and 2 more"
    )
    assert said["Undisclosed"] == "2 of 2 paid posts do not say so"
    assert said["Behind"] == (
        "5 campaigns are behind their goal: Campaign 2 (20.0%), Campaign 3 (30.0%), "
        "Campaign 4 (40.0%) and 2 more"
    )
    assert said["Leaked"] == "5 codes are likely leaked: a10, b5, b4 and 2 more"


@pytest.mark.parametrize(
    ("goal", "known", "missed"),
    [
        ("posts", {}, True),
        ("conversions", {"orders_covered": 1.0}, True),
        ("revenue", {"orders_covered": 0.99}, False),
        ("clicks", {"clicks_covered": 0.5}, False),
        ("clicks", {"clicks_covered": None}, False),
        ("reach", {"posts_with_reach": 4}, True),
        ("reach", {"posts_with_reach": 3}, False),
        ("impressions", {"posts_with_impressions": 3}, False),
        ("impressions", {"posts": 0, "posts_with_impressions": 0}, False),
    ],
)
def test_a_goal_is_missed_only_where_all_was_watched(
    con: duckdb.DuckDBPyConnection, goal: str, known: dict[str, object], missed: bool
) -> None:
    campaign(con, 1, **known)
    pacing(con, 1, "ended", goal_metric=goal, goal_value=100, actual=40, pacing=0.4)
    campaign(con, 2)
    pacing(con, 2, "ended", goal_metric=goal, goal_value=100, actual=100, pacing=1)
    campaign(con, 3)
    pacing(con, 3, "running", goal_metric=goal, goal_value=100, actual=4, pacing=1)
    said, rest = needs(con), text(read_morning(con).nothing_else)
    if missed:
        assert said == {"Goal missed": "1 ended campaign was short of its goal: Campaign 1 (40.0%)"}
        assert "may have reached" not in rest
    else:
        assert said == {}
        assert rest.endswith("1 ended campaign may have reached the goal: not all of it was "
                             "watched.")  # fmt: skip


# --- whom to book, to stop, to approach


def booking(
    con: duckdb.DuckDBPyConnection,
    creator: int,
    verdict: str,
    profit: float | None,
    off: float = 10,
    cost: float = 100,
    brand: str = "b",
) -> None:
    """Insert whom a brand booked: `off` is how far the ends lie from the expected profit."""
    ends = (None, None) if profit is None else (profit - off, profit + off)
    rate = None if profit is None or not cost else 1000 * profit / cost
    con.execute(
        "insert into reports.next_bookings (brand_id, creator_id, verdict, expected_profit, "
        "expected_profit_low, expected_profit_high, last_cost, profit_per_1000) "
        "values (?, ?, ?, ?, ?, ?, ?, ?)",
        [brand, f"r{creator}", verdict, profit, *ends, cost, rate],
    )
    con.execute(
        "insert into core.dim_creator select ?, ? where not exists "
        "(from core.dim_creator where creator_id = ?)",
        [f"r{creator}", f"Creator {creator}", f"r{creator}"],
    )


def choices(con: duckdb.DuckDBPyConnection, place: int) -> Choices:
    return read_morning(con).choices[place]


def test_three_are_booked_again_who_returns_most_first(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into core.dim_brand values ('b', 'Acme', 'own'), ('d', 'Dew', 'own')")
    for creator, profit, cost in ((1, 31.0, 100), (2, 90.0, 200), (3, 40.0, 100), (4, 20.0, 0)):
        booking(con, creator, "rebook", profit, cost=cost)
    booking(con, 2, "rebook", 30, cost=50, brand="d")
    booking(con, 5, "try_again", 900, 1000)
    again = choices(con, 0)
    assert [(choice.who.text, choice.where, text(choice.why)) for choice in again.those] == [
        (
            *("Creator 4", "for Acme"),
            "Expect 20.00 EUR (95 %: at least 10.00) for 0.00.",
        ),
        (
            *("Creator 2", "for Dew"),
            "Expect 30.00 EUR (95 %: at least 20.00) for 50.00.",
        ),
        (
            *("Creator 2", "for Acme"),
            "Expect 90.00 EUR (95 %: at least 80.00) for 200.",
        ),
    ]
    assert again.those[1].who.page == f"creator/{safe_name('r2')}.html"
    assert text(again.rest) == "All 4 of 5 creators."


def test_one_is_booked_again_and_of_the_others_it_is_said_why_not(
    con: duckdb.DuckDBPyConnection,
) -> None:
    booking(con, 1, "rebook", 31)
    booking(con, 2, "too_early", None)
    booking(con, 3, "try_again", 5)
    booking(con, 4, "try_again", 5)
    why = "Likely a profit, not surely: 2. Too early to tell: 1."
    assert text(choices(con, 0).rest) == f"Nobody else. {why}"
    con.execute("delete from reports.next_bookings where verdict = 'rebook'")
    assert choices(con, 0).those == ()
    assert text(choices(con, 0).rest) == f"Of nobody the next is surely a profit. {why}"


def test_those_who_lose_most_are_stopped_first(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into core.dim_brand values ('b', 'Acme', 'own')")
    booking(con, 1, "stop", -40)
    booking(con, 2, "stop", -90)
    booking(con, 3, "stop", -20, 30)
    booking(con, 4, "renegotiate", -5)
    stop = choices(con, 1)
    assert [(choice.who.text, text(choice.why)) for choice in stop.those] == [
        (
            "Creator 2",
            f"Expect {MINUS}90.00 EUR (95 %: at most {MINUS}80.00) for 100.",
        ),
        (
            "Creator 1",
            f"Expect {MINUS}40.00 EUR (95 %: at most {MINUS}30.00) for 100.",
        ),
        (
            "Creator 3",
            f"Expect {MINUS}20.00 EUR for 100: no fee breaks even.",
        ),
    ]
    likely = "Likely a loss, not surely: 1; ask for a lower fee."
    assert text(stop.rest) == f"Nobody else. {likely}"
    con.execute("delete from reports.next_bookings where verdict = 'stop'")
    assert text(choices(con, 1).rest) == f"Of nobody the next is surely a loss. {likely}"


def test_three_to_approach_the_best_of_each_brand_first(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into core.dim_brand values ('b', 'Acme', 'own'), ('d', 'Dew', 'own')")
    con.execute(
        "insert into reports.discovery_shortlist values "
        "('b', 'x1', 1, 0.5, 'posts about coffee', 'x', '@one'), "
        "('b', 'x2', 2, 0.4, null, 'x', null), ('d', 'x1', 2, 0.9, 'again', 'x', '@one'), "
        "('d', 'x3', 1, 0.9, 'buys here', 'youtube', 'three'), ('d', 'x4', 3, 0.9, 'z', 'x', '4')"
    )
    con.execute(
        "insert into reports.fair_compensation (account_id, suggested_low, suggested_high) "
        "values ('x1', 80, 160.4)"
    )
    approach = choices(con, 2)
    assert [(choice.who.text, choice.where, text(choice.why)) for choice in approach.those] == [
        ("three", "youtube, for Dew", "buys here; no fair fee can be told."),
        ("@one", "x, for Acme", "posts about coffee; a fair fee is 80.00–160 EUR."),
        ("handle not known", "x, for Acme", "a good fit; no fair fee can be told."),
    ]
    assert text(approach.rest) == "All 5 places on the shortlists."


# --- voices


def test_a_brands_voice_is_of_the_last_whole_week(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert into core.dim_brand values ('b', 'Acme', 'own')")
    con.execute(
        "insert into reports.share_of_voice values "
        "('b', 'b', date '2026-03-02', 0.25, false), ('b', 'b', date '2026-03-09', 0.9, true), "
        "('b', 'x', date '2026-03-02', 0.75, false)"
    )
    said = "Acme had 25.0% of the posts about it and its competitors in the week from 2 Mar"
    assert {brand: text(sentence) for brand, sentence in read_morning(con).voices.items()} == {
        "b": f"{said}; of the week before that is not known"
    }
    con.execute(
        "insert into reports.share_of_voice values ('b', 'b', date '2026-02-23', 0.5, false)"
    )
    assert text(read_morning(con).voices["b"]) == f"{said}, after 50.0% the week before"


# --- all of it


def figures_of(morning: Morning) -> Iterator[Figure]:
    for number in morning.numbers:
        if number.figure:
            yield number.figure
        yield from (part for part in number.below if isinstance(part, Figure))
    for sentence in (
        *morning.sentences(),
        *(below for _, _, below in morning.trends),
        *morning.voices.values(),
        *(choices.rest for choices in morning.choices),
        *(choice.why for choices in morning.choices for choice in choices.those),
    ):
        yield from (part for part in sentence if isinstance(part, Figure))


def test_every_number_in_a_sentence_is_a_figure_with_a_source(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """What stands between the figures has no digits but those of days, spans and names."""
    watch_orders(con, DAY - timedelta(60))
    for number in range(5):
        campaign(con, number, -0.5)
        pacing(con, number, "behind", pacing=0.2, deliverables_late=2)
        order(con, number, 50, 20)
        booking(con, number, "rebook", 40)
        stream(con, f"s{number}", "below_usual")
    morning = read_morning(con)
    for figure in figures_of(morning):
        keys = " and ".join(f"{key} = ?" for key in figure.source.keys) or "true"
        ((there,),) = con.execute(
            f"select {figure.expression or figure.column} from {figure.source.table} where {keys}",
            list(figure.source.key),
        ).fetchall()
        assert Decimal(str(there)) == Decimal(figure.value), figure
    spans = ("7 days", "14 days", "14 before", "10 Mar", "95 %", " and 2 more")
    for sentence in morning.sentences():
        words = "".join(part for part in sentence if isinstance(part, str))
        for span in spans:
            words = words.replace(span, "")
        assert not any(sign.isdigit() for sign in words), words
    for lead in (part for sentence in morning.sentences() for part in sentence):
        assert not isinstance(lead, Lead) or lead.page.endswith(".html") or "#" in lead.page


def test_facts_are_each_said_by_a_word_that_is_explained() -> None:
    from reachline.publish.report.words import OWN_WORDS
    from reachline.warehouse.metrics import load_metrics

    assert {fact.about for fact in FACTS.values()} <= OWN_WORDS.keys() | load_metrics().keys()
