"""`reachline explain` on a release that is added up by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from reachline import cli
from reachline.explain import (
    Answer,
    ExplainError,
    Question,
    UnknownError,
    explain,
    explain_in,
    open_release,
)
from reachline.explain.text import WIDTH, as_text
from reachline.publish.releases import find_release
from reachline.warehouse.metrics import load_metrics
from tests.unit.explain.book import CAMPAIGNS, COLLABORATIONS, RELEASE, write_release

HERE = Path(__file__).parent
ROI = Question("campaign_performance", campaign_id="c1", method="linear", metric="roi")
DAY = Question("campaign_daily", campaign_id="c1", date_day=date(2026, 3, 13))
POST = Question("post_performance", post_id="x:1")
QUESTIONS = [
    *(Question("campaign_performance", campaign_id=c, method=m) for c, m in CAMPAIGNS),
    *(
        Question("collaboration_performance", collaboration_id=c, method=m)
        for c, m in COLLABORATIONS
    ),
    DAY,
    replace(DAY, date_day=date(2026, 3, 12)),
    POST,
    replace(POST, post_id="x:2"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    write_release(folder / "published", _catalogue())
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A release of the test's own, to be spoiled; home is its tmp_path."""
    with duckdb.connect(str(write_release(tmp_path / "published", _catalogue()))) as con:
        yield con


def _catalogue() -> list[dict[str, object]]:
    return [
        {"metric": metric.name, "formula": metric.formula, "unit": metric.unit}
        for metric in load_metrics().values()
    ]


def ask(home: Path, question: Question, limit: int | None = None) -> Answer:
    return explain(find_release(home / "published", "current"), question, limit)


def call(home: Path, arguments: str) -> Result:
    return CliRunner().invoke(
        cli.app, ["explain", *arguments.split()], env={"REACHLINE_HOME": str(home)}
    )


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: " ".join(map(str, q.key.values())))
def test_the_facts_give_what_was_added_up_by_hand(home: Path, question: Question) -> None:
    answer = ask(home, question)
    assert answer.wrong == ()
    keys = {*question.key, "is_default_method", "campaign_id", "collaboration_id", "creator_id"}
    keys |= {"is_live", "disclosure_token", "disclosure_position", "disclosure_rank"}
    assert [figure.name for figure in answer.figures] == [n for n in answer.row if n not in keys]
    for figure in answer.figures:
        # a NULL, and nothing else, says which rule made it
        assert (figure.because is None) == (figure.published is not None), figure.name


def test_the_text_of_a_figure(home: Path) -> None:
    assert as_text(ask(home, ROI)) + "\n" == (HERE / "roi.txt").read_text("utf-8")


def test_roi_is_unknown_where_too_little_profit_is(home: Path) -> None:
    roi = ask(home, ROI).figures[0]
    assert (roi.published, roi.because) == (
        None,
        "profit_coverage 0.519231 is below profit_coverage_min 0.9",
    )


_OF_ORDERS = (
    *("attributed_orders", "attributed_revenue", "attributed_profit", "profit_coverage"),
    *("new_customers", "revenue_new", "revenue_repeat"),
)
_OF_CLICKS = ("valid_clicks", "clicks_in_ratios", "ctr", "ctr_low", "ctr_high", "cpc")
_OF_BOTH = ("converting_orders", *(f"conversion_rate{end}" for end in ("", "_low", "_high")))
_RETURNS = ("roi", "roas", "cpa", "cost_per_new_customer")


def _unknown(*columns: str, **others: object) -> str:
    """Return SQL that publishes NULL in these columns of every performance report."""
    values = {**dict.fromkeys(columns, "null"), **others}
    listed = ", ".join(f"{name} = {value}" for name, value in values.items())
    return "; ".join(
        f"update reports.{table} set {listed}"
        for table in ("campaign_performance", "collaboration_performance")
    )


@pytest.mark.parametrize(
    ("covered", "campaign", "published", "nulls", "because"),
    [
        # April 30 is the last of the campaign's days, of which the night of March 31 knows 31
        (
            "update meta.coverage set covered_from = date '2026-04-01' where stream = 'orders'",
            "",
            {"orders_covered": "0", "result_state": "'not_covered'"},
            (*_OF_ORDERS, *_OF_BOTH, *_RETURNS),
            "orders were watched from 2026-04-01 on, after the campaign's days "
            "(2026-03-01 to 2026-03-31)",
        ),
        (
            "update meta.coverage set covered_from = null where stream = 'clicks'",
            "",
            {"clicks_covered": "0"},
            (*_OF_CLICKS, *_OF_BOTH),
            "no clicks landed, and config/sources.yml says no day of coverage",
        ),
        (
            "",
            "update core.dim_campaign set starts_on = date '2026-04-07', "
            "ends_on = date '2026-04-20'",
            {"orders_covered": "null", "clicks_covered": "null", "result_state": "'planned'"},
            (*_OF_ORDERS, *_OF_CLICKS, *_OF_BOTH, *_RETURNS),
            "the campaign starts on 2026-04-07, after 2026-03-31",
        ),
    ],
    ids=["not covered", "never landed", "planned"],
)
def test_what_nobody_watched_says_so(
    own: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    covered: str,
    campaign: str,
    published: dict[str, object],
    nulls: tuple[str, ...],
    because: str,
) -> None:
    own.execute(f"{covered}; {campaign}; {_unknown(*nulls, **published)}")
    own.execute("update reports.campaign_performance set mentions_earned = 0")
    own.execute("delete from core.fct_mentions")
    own.close()
    for question in (
        replace(ROI, metric=None),
        Question("collaboration_performance", collaboration_id="k1", method="linear"),
    ):
        answer = ask(tmp_path, question)
        assert answer.wrong == ()
        told = {figure.name: figure.because for figure in answer.figures}
        assert {told[name] for name in nulls} == {because}
        for name in nulls:
            assert json.loads(ask(tmp_path, replace(question, metric=name)).as_json())
            assert max(map(len, as_text(answer).splitlines())) <= WIDTH


def test_a_return_that_was_watched_in_part_says_so(
    own: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    # 27 of the 31 days
    own.execute("update meta.coverage set covered_from = date '2026-03-05' where stream = 'orders'")
    own.execute(
        _unknown("roi", orders_covered="27 / 31.0::double", result_state="'partly_covered'")
    )
    own.close()
    answer = ask(tmp_path, replace(ROI, campaign_id="c2"))
    assert answer.wrong == ()
    assert answer.figures[0].because == "orders_covered 0.870968 is below 0.9"


def test_a_day_that_nobody_watched_says_so(own: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    own.execute("update meta.coverage set covered_from = date '2026-03-14'")
    own.execute(
        "update reports.campaign_daily set valid_clicks = null, attributed_orders = null, "
        "attributed_revenue = null"
    )
    own.close()
    answer = ask(tmp_path, DAY)
    assert answer.wrong == ()
    told = {figure.name: figure.because for figure in answer.figures}
    assert told["attributed_orders"] == "orders were watched from 2026-03-14 on"
    assert told["valid_clicks"] == "clicks were watched from 2026-03-14 on"
    assert told["cost"] is None


def test_views_that_were_measured_after_the_impressions_stand_in(
    own: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    own.execute(
        "insert into core.fct_paid_post_metrics (post_id, metric, number, observed_at, batch_id) "
        "values ('x:2', 'views', 500, timestamp '2026-03-31 08:00:00', 'b-metrics')"
    )
    own.close()
    wrong = {
        figure.name: figure.recomputed for figure in ask(tmp_path, replace(ROI, metric=None)).wrong
    }
    assert wrong["impressions"] == wrong["impressions_in_ratios"] == 700
    assert wrong["impressions_basis"] == "views"


def test_the_json_of_a_figure(home: Path) -> None:
    question = replace(ROI, campaign_id="c2")
    body = json.loads(ask(home, question).as_json())
    assert list(body) == [
        *("table", "key", "metric", "release", "is_reproduced", "collaborations", "figures"),
        "facts",
    ]
    assert body["key"] == {"campaign_id": "c2", "method": "linear"}
    assert body["release"] == {
        "release_id": RELEASE,
        "logical_date": "2026-03-31",
        "currency": "USD",
        "time_zone": "UTC",
    }
    assert body["is_reproduced"] is True
    assert body["figures"][0] == {
        "metric": "roi",
        "published": 0.35,
        "recomputed": 0.35,
        "is_same": True,
        "unit": "ratio",
        "formula": "(attributed_profit - cost_committed) / cost_committed",
        "parts": {
            "attributed_profit": "27.0000",
            "cost_committed": "20.0000",
            "profit_coverage": 1.0,
            "profit_coverage_min": 0.9,
            "orders_covered": 1.0,
        },
        "null_because": None,
        "facts": ["orders", "costs"],
    }
    assert list(body["facts"]) == ["orders", "costs", "rates", "batches"]
    orders = body["facts"]["orders"]
    assert (orders["count"], orders["credit_of_clicks"]) == (1, "0.5000000000")
    (order,) = orders["orders"]
    assert order["refunds"] == [
        {
            "refund_id": "r1",
            "refunded_on": "2026-03-25",
            "amount": "10.0000",
            "batch_id": "b-refunds",
        }
    ]
    assert order["touches"] == [
        {
            "touch_number": number,
            "kind": "click",
            "key": key,
            "touched_at": at,
            "collaboration_id": of,
            "is_counted": of == "k3",
            "credit": "0.5000000000",
            "attributed_revenue": "54.0000",
            "attributed_profit": "27.0000",
        }
        for number, key, at, of in (
            (1, "a1", "2026-03-10T10:00:00Z", "k1"),
            (2, "a5", "2026-03-12T09:00:00Z", "k3"),
        )
    ]
    assert (order["net_amount"], order["rate"], order["rate_on"]) == ("90.0000", 1.2, "2026-03-10")
    assert [batch["batch_id"] for batch in body["facts"]["batches"]["batches"]] == [
        *("b-clicks", "b-orders", "b-payments", "b-refunds"),
    ]


def facts(home: Path, question: Question, metric: str, kind: str, limit: int | None = None) -> Any:
    return ask(home, replace(question, metric=metric), limit).sections[kind]


def test_orders_without_credit_say_who_has_it(home: Path) -> None:
    lost = facts(home, replace(ROI, method="last_touch"), "cpa", "orders")["without_credit"]
    assert lost["by_reason"] == {
        "another_touch": 1,  # o1: the last touch is a5 of k3
        "click_after_the_order": 1,  # o3
        "click_too_long_ago": 1,  # o4
    }
    assert [(order["order_id"], order["reason"]) for order in lost["orders"]] == [
        ("o1", "another_touch"),
        ("o4", "click_too_long_ago"),
        ("o3", "click_after_the_order"),
    ]
    (winner,) = lost["orders"][0]["went_to"]
    assert (winner["key"], winner["collaboration_id"]) == ("a5", "k3")


def test_the_window_and_the_half_life_that_applied_are_told(
    own: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for table in ("core.fct_attribution", "reports.campaign_performance"):
        own.execute(
            f"insert into {table} select * replace ('time_decay' as method) from {table}"
            " where method = 'linear'"
        )
    # o4 is of 47 days and 3 hours after the click
    own.execute("update core.dim_campaign set attribution_window_days = 47")
    own.close()
    linear = facts(tmp_path, ROI, "cpa", "orders")
    assert (linear["window_days"], linear["half_life_days"]) == (47, None)
    assert linear["without_credit"]["by_reason"]["click_too_long_ago"] == 1
    asked = replace(ROI, method="time_decay", metric="attributed_orders")
    text = as_text(ask(tmp_path, asked))
    assert "window: clicks count for orders of 47 days after them" in text
    assert "half-life: the weight of a touch halves in 5 days" in text
    assert facts(tmp_path, ROI, "conversion_rate", "touches")["window_days"] == 47


def test_a_click_in_the_campaigns_own_window_is_not_too_old(
    own: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    own.execute("update core.dim_campaign set attribution_window_days = 48")
    own.close()
    lost = facts(tmp_path, ROI, "cpa", "orders")["without_credit"]["by_reason"]
    assert lost == {"click_after_the_order": 1, "click_is_no_touch": 1}


def test_touches_have_the_credit_of_the_method_that_was_asked_about(home: Path) -> None:
    for method, credit in (("linear", [0.5, 0.5]), ("last_touch", [None, 1])):
        asked = replace(ROI, campaign_id="c2", method=method)
        (order,) = facts(home, asked, "attributed_orders", "orders")["orders"]
        assert [touch["credit"] for touch in order["touches"]] == credit


def test_clicks_left_out_say_why(home: Path) -> None:
    clicks = facts(home, ROI, "valid_clicks", "clicks")
    assert [click["click_id"] for click in clicks["clicks"]] == ["a6", "a1", "a7"]
    assert {click["click_id"]: click["left_out_as"] for click in clicks["left_out"]["clicks"]} == {
        "a2": "duplicate",
        "a3": "bot",
        "a4": "collaboration_not_live",
    }
    assert clicks["of_nobody"] == {"link_unknown": 1, "collaboration_unknown": 1}


def test_costs_say_what_they_count_as(home: Path) -> None:
    costs = facts(home, ROI, "cost_committed", "costs")
    assert (costs["count"], costs["committed"], costs["paid"]) == (5, 2, 2)
    assert costs["without_rate"] == 1
    assert {cost["cost_id"]: cost["because"] for cost in costs["costs"]} == {
        "fee:k1": "agreed, so committed whether paid or not",
        "payment:p1": "a part of what was agreed, which is committed as fee:k1",
        "payment:p2": "the collaboration is not live: it costs what was paid",
        "payment:p3": "the collaboration is not live, and this was not paid",
        "payment:p5": "no exchange rate is known, so no sum holds it",
    }
    rates = facts(home, ROI, "cost_committed", "rates")
    assert [(rate["currency"], str(rate["rate_on"])) for rate in rates["rates"]] == [
        ("EUR", "2026-03-10"),
        ("ISK", "None"),
    ]
    cut = facts(home, ROI, "cost_committed", "rates", 1)
    assert (cut["count"], len(cut["rates"])) == (2, 1)


def test_a_commission_that_is_owed_says_so(own: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    own.execute(
        "update core.fct_costs set cost_id = 'commission:k3', status = 'owed' "
        "where cost_id = 'payment:p4'"
    )
    own.close()
    asked = replace(ROI, campaign_id="c2", metric="cost_committed")
    (cost,) = facts(tmp_path, asked, "cost_committed", "costs")["costs"]
    assert cost["because"] == (
        "no commission was entered, so commission_rate x attributed revenue of the default method "
        "is owed"
    )
    assert "commission, owed: 20.0000 USD" in as_text(ask(tmp_path, asked))


def test_posts_say_what_they_are_worth(home: Path) -> None:
    first, second = facts(home, ROI, "emv", "posts")["posts"]
    assert (first["post_id"], first["impressions_basis"], str(first["emv"])) == (
        *("x:1", "views"),
        "6.2500",
    )
    (likes,) = (each for each in first["metrics"] if each["metric"] == "likes")
    assert (str(likes["emv_rate"]), likes["rate"], likes["through"]) == ("0.500000", 1.25, "GBP")
    assert (second["impressions_basis"], second["emv"]) == ("impressions", None)


def test_mentions_are_the_earned_ones_of_the_campaigns_days(home: Path) -> None:
    mentions = facts(home, ROI, "mentions_earned", "mentions")
    assert (mentions["count"], mentions["paid"], mentions["owned"]) == (1, 2, 1)
    assert [(post["post_id"], post["kinds"]) for post in mentions["posts"]] == [
        ("x:earned", ["hashtag", "tag"])
    ]


def test_a_day_holds_what_fell_on_it(home: Path) -> None:
    assert facts(home, DAY, "attributed_revenue", "orders")["count"] == 1
    costs = facts(home, DAY, "cost", "costs")["costs"]
    assert [cost["cost_id"] for cost in costs] == ["payment:p1", "payment:p2", "payment:p3"]
    assert facts(home, DAY, "engagements_change", "days")["without_change"] == 1
    assert facts(home, DAY, "posts", "posts")["count"] == 1
    clicks = facts(home, DAY, "valid_clicks", "clicks")
    assert (clicks["count"], clicks["left_out"]["count"]) == (0, 0)
    assert clicks["of_nobody"] == {"link_unknown": 1, "collaboration_unknown": 1}


def test_a_post_shows_its_token_in_its_text(home: Path) -> None:
    post = facts(home, POST, "disclosure", "text")["post"]
    assert (post["token"], post["position"], post["excerpt"]) == ("#ad", 8, "Coffee #ad")


def test_a_limit_leaves_counts_whole_and_says_what_is_not_shown(home: Path) -> None:
    whole, cut = (facts(home, ROI, "attributed_orders", "orders", limit) for limit in (None, 1))
    assert (len(whole["orders"]), len(cut["orders"])) == (2, 1)
    assert cut["count"] == whole["count"] == 2
    assert cut["without_credit"]["by_reason"] == whole["without_credit"]["by_reason"]
    told = as_text(ask(home, replace(ROI, metric="attributed_orders"), 1))
    assert "2 orders with credit; those with the most revenue; 1 not shown" in told


def test_a_campaign_without_orders_or_costs_is_explained(
    own: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for table in ("fct_attribution", "fct_costs", "fct_clicks", "fct_orders"):
        own.execute(f"delete from core.{table}")
    own.execute(
        "update reports.campaign_performance set attributed_orders = 0, attributed_revenue = 0, "
        "attributed_profit = 0, profit_coverage = 1, cost_committed = 0, cost_paid = 0, "
        "valid_clicks = 0, clicks_in_ratios = 0, cost_in_ratios = 0, converting_orders = 0, "
        "ctr = 0, ctr_low = 0, conversion_rate = null, "
        "conversion_rate_low = null, conversion_rate_high = null, roi = null, roas = null, "
        "cpa = null, cpc = null, cpm = 0, cpe = 0"
    )
    own.close()
    answer = ask(tmp_path, ROI)
    assert answer.figures[0].because == "cost_committed is 0, and nothing is divided by 0"
    text = as_text(answer)
    assert "0 orders with credit" in text
    assert "0 costs" in text
    assert "exchange rates: none was needed" in text


@pytest.mark.parametrize("question", [replace(ROI, metric=None), DAY, POST], ids=lambda q: q.table)
def test_every_text_fits_100_columns_and_every_json_can_be_read(
    home: Path, question: Question
) -> None:
    release = find_release(home / "published", "current")
    with open_release(release) as con:
        whole = explain_in(con, release.release_id, question, 1)
        answers = [
            explain_in(con, release.release_id, replace(question, metric=figure.name), 1)
            for figure in whole.figures
        ]
    for answer in (whole, *answers):
        assert max(len(line) for line in as_text(answer).splitlines()) <= WIDTH
        assert json.loads(answer.as_json())["is_reproduced"]


WRONG = {
    "attributed_revenue": "delete from core.fct_attribution where touch_key = 'K1TEN'",
    "cost_committed": "update core.fct_costs set amount = amount + 0.0001 where cost_id = 'fee:k1'",
    "cost_paid": "update core.fct_costs set is_paid_cost = false",
    "new_customers": "update core.fct_orders set order_kind = 'repeat'",
    "revenue_repeat": "update core.fct_orders set order_kind = null",
    "valid_clicks": "update core.fct_clicks set is_valid = false where click_id = 'a7'",
    "engagements": "update core.fct_paid_post_metrics set number = 6 where post_id = 'x:2'",
    "emv": "delete from core.fct_paid_post_metrics where emv is not null",
    "mentions_earned": "update core.fct_mentions set relationship = 'paid'",
    "converting_orders": "update core.fct_attribution set touch_kind = 'code'",
    "roi": "update meta.thresholds set value = 0.5",
    "impressions_basis": "update core.fct_paid_post_metrics set metric = 'views' "
    "where metric = 'impressions'",
    "ctr_high": "update reports.campaign_performance set ctr_high = ctr_high + 1e-11",
    "reach_sum_of_posts": "update reports.campaign_performance set reach_sum_of_posts = null",
}


@pytest.mark.parametrize("metric", WRONG)
def test_a_figure_that_the_facts_do_not_give_is_told_loudly(
    metric: str, own: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    own.execute(WRONG[metric])
    own.close()
    assert metric in [figure.name for figure in ask(tmp_path, replace(ROI, metric=None)).wrong]
    told = call(tmp_path, f"campaign_performance --campaign c1 --method linear --metric {metric}")
    assert told.exit_code == cli.FAILED
    assert "!! THE RELEASE IS NOT WHAT ITS FACTS GIVE:" in told.stdout
    assert f"the facts do not give {metric}" in " ".join(told.stderr.split())


def test_json_says_so_too(own: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    own.execute("delete from core.fct_costs")
    own.close()
    told = call(tmp_path, "campaign_performance --campaign c1 --method linear --format json")
    assert told.exit_code == cli.FAILED
    assert json.loads(told.stdout)["is_reproduced"] is False


def test_a_post_and_a_day_that_the_facts_do_not_give_are_told(
    own: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    own.execute("update core.fct_post_at_age set followers_at_post = 401")
    own.execute("update reports.campaign_daily set engagements_change = 4")
    own.close()
    assert [f.name for f in ask(tmp_path, POST).wrong] == ["er_followers_7d"]
    assert [f.name for f in ask(tmp_path, DAY).wrong] == ["engagements_change"]


def test_the_command_answers_as_text_and_as_json(home: Path) -> None:
    asked = "campaign_performance --campaign c1 --method linear --metric roi"
    told = call(home, asked)
    assert (told.exit_code, told.stdout) == (0, (HERE / "roi.txt").read_text("utf-8"))
    told = call(home, f"{asked} --format json --limit 1 --release {RELEASE}")
    assert told.exit_code == 0
    assert len(json.loads(told.stdout)["facts"]["orders"]["orders"]) == 1
    told = call(home, f"{asked} --format json --limit 0")
    assert len(json.loads(told.stdout)["facts"]["orders"]["orders"]) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("campaign_performance --campaign C", "no such campaign in this release. The nearest: c1"),
        ("collaboration_performance --collaboration k", "The nearest: k1, k2, k3"),
        ("post_performance --post 1", "no such paid post in this release. The nearest: x:1, x:2"),
        ("campaign_performance --campaign c1 --metric rio", "no such metric. There are posts, "),
        ("campaign_performance --campaign c1 --method best", "code_then_click, last_touch, linear"),
        ("campaign_performance --campaign c1 --metric method", "has no such metric"),
        ("campaign_performance", "needs --campaign"),
        ("campaign_daily --campaign c1", "--day not given"),
        ("campaign_performance --campaign c1 --day 2026-03-13", "has no --day"),
        ("campaign_daily --campaign c1 --day 2026-04-01", "from 2026-03-12 to 2026-03-13"),
        ("campaign_daily --campaign c2 --day 2026-04-01", "c2 starts on 2026-03-01"),
        ("campaign_daily --campaign c9 --day 2026-04-01", "no such campaign"),
        ("campaign_daily --campaign c1 --day 2026-03-13 --method linear", "has no methods"),
        ("creator_scorecard", "campaign_performance"),
    ],
)
def test_a_wrong_question_is_answered_with_what_there_is(
    home: Path, arguments: str, says: str
) -> None:
    told = call(home, arguments)
    assert told.exit_code == cli.UNUSABLE
    assert says in " ".join(told.stderr.split())


def test_an_identifier_is_a_value_and_never_sql(home: Path) -> None:
    with pytest.raises(UnknownError, match="The nearest"):
        ask(home, replace(ROI, campaign_id="c1' or true --"))


def test_without_a_release_it_says_how_to_get_one(tmp_path: Path) -> None:
    told = call(tmp_path, "campaign_performance --campaign c1")
    assert told.exit_code == cli.FAILED
    assert "reachline run --date DATE" in str(told.exception)


def test_an_older_release_says_what_it_lacks(
    own: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    own.execute("drop table core.fct_refunds")
    own.close()
    with pytest.raises(ExplainError, match=r"core\.fct_refunds: an older version.*Run its night"):
        ask(tmp_path, ROI)
