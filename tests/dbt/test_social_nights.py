"""Accounts and posts night by night: each way in which what is new restates what is old.

The second night brings corrections that reach rows of the first only through something else (a
handle, a profile, a collaboration …). It is killed half way, when tables that the old values are
read from are rewritten already, and must end as a rebuild from landing does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.warehouse import open_run, runs, stage
from tests.dbt.landed import Home, new_home

pytestmark = pytest.mark.slow

# Sunday and Monday: the week of the first is not partial, that of the second is
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
CORE = (
    "dim_account",
    "dim_account_history",
    "dim_creator",
    "dim_post",
    "dim_hashtag",
    "fct_account_daily",
    "fct_post_daily",
    "fct_paid_post_metrics",
    "fct_post_at_age",
    "fct_hashtag_daily",
    "fct_mentions",
)
REPORTS = ("hashtag_trends", "post_performance", "share_of_voice", "tier_benchmarks")
TABLES = (*(f"core.{name}" for name in CORE), *(f"reports.{name}" for name in REPORTS))
Row = Mapping[str, str | None]


def _profile(
    account: str, handle: str | None, at: str, followers: str = "5000", **more: str
) -> Row:
    ids = {"platform": "x", "native_account_id": account, "observed_at": f"2026-{at}Z"}
    return {**ids, "handle": handle, "followers": followers, **more}


def _post(name: str, at: str, text: str = "#coffee", **more: str | None) -> Row:
    """A post that was seen when it was published."""
    moment = f"2026-{at}Z"
    ids = {"platform": "x", "native_post_id": name, "observed_at": moment, "published_at": moment}
    return {**ids, "text": text, **more}


def _metrics(post: str, at: str, likes: str | None, **more: str) -> Row:
    ids = {"platform": "x", "native_post_id": post, "observed_at": f"2026-{at}Z"}
    return {**ids, "likes": likes, "comments": "0", "shares": "0", **more}


def _campaign(name: str, ends_on: str) -> Row:
    ids = {"campaign_id": name, "brand_id": "acme", "campaign_name": name}
    return {**ids, "starts_on": "2026-01-01", "ends_on": ends_on}


def _collaboration(name: str, campaign: str, creator: str, status: str) -> Row:
    ids = {"collaboration_id": name, "campaign_id": campaign, "creator_id": creator}
    return {**ids, "status": status}


def _deliverable(collaboration: str, url: str) -> Row:
    ids = {"deliverable_id": "d1", "collaboration_id": collaboration}
    return {**ids, "platform": "x", "due_on": "2026-02-20", "post_url": url}


def _ordered(post: str, collaboration: str) -> Row:
    """A deliverable that a post delivers."""
    return {**_deliverable(collaboration, f"https://x.com/p/{post}"), "deliverable_id": post}


def _delivered(post: str, at: str = "02-17T00:00:00", text: str = "So good", **more: str) -> Row:
    return _post(post, at, text, permalink=f"https://x.com/p/{post}", **more)


def _rate(day: str, rate: str) -> Row:
    return {"rate_date": day, "base_currency": "EUR", "quote_currency": "USD", "rate": rate}


def _roster(handle: str, creator: str, account: str | None = None) -> Row:
    ids = {"platform": "x", "handle": handle, "creator_id": creator}
    return {**ids, "native_account_id": account}


GONE = {"is_deleted": "true"}
FIRST_NIGHT: dict[str, list[Row]] = {
    "creators": [
        {"creator_id": name, "creator_name": name}
        for name in ("ann", "bob", "cy", "dan", "eve", "fay")
    ],
    "creator_accounts": [
        _roster("ann", "ann", "5"),
        _roster("bob", "bob", "6"),
        _roster("moves", "cy", "7"),
        _roster("roster_only", "dan"),
    ],
    "campaigns": [_campaign("open", "2026-02-20"), _campaign("ends", "2026-02-20")],
    "collaborations": [
        _collaboration("starts", "open", "ann", "proposed"),
        _collaboration("stops", "open", "bob", "active"),
        _collaboration("shortens", "ends", "bob", "active"),
        _collaboration("of_cy", "open", "cy", "agreed"),
        _collaboration("delivers", "open", "dan", "agreed"),
        _collaboration("stays", "open", "fay", "agreed"),
        _collaboration("moves_on", "open", "fay", "agreed"),
    ],
    "deliverables": [
        _deliverable("delivers", "https://x.com/p/one"),
        _ordered("moves_on", "moves_on"),
        *(_ordered(name, "stays") for name in ("rate_only", "labelled", "corrected", "reaches_7")),
    ],
    "fx_rates": [_rate("2026-02-01", "1.25")],
    "profiles": [
        _profile("1", "cafe", "02-01T00:00:00"),
        _profile("2", "cafe", "03-02T06:00:00"),  # not before the second night
        _profile("4", "old", "02-05T00:00:00"),
        _profile("8", "gone", "02-05T00:00:00", "900"),
        _profile("8", "gone", "02-15T00:00:00", "5000"),
        *(_profile("5", "ann", f"02-{day}T00:00:00", f"10{day}") for day in (10, 12, 20)),
        _profile("9", "quiet", "02-10T00:00:00"),
        _profile("11", "known", "02-10T00:00:00"),
        _profile("11", None, "02-12T00:00:00"),  # the platform can't tell it at the moment
        _profile("12", None, "02-12T00:00:00"),
        _profile("13", "keeps", "02-10T00:00:00"),
    ],
    "posts": [
        _post("by_handle", "02-15T00:00:00", handle="cafe"),
        _post("handed_on", "03-02T12:00:00", handle="cafe"),  # due on the second night
        _post("loses", "02-15T00:00:00", handle="old"),
        _post("by_roster", "02-15T00:00:00", handle="roster_only"),
        _post("edited", "02-16T00:00:00", "#a @acmecoffee", native_account_id="6"),
        _post("moved", "02-16T00:00:00", "#b @acmecoffee", native_account_id="6"),
        _post("deleted", "02-10T00:00:00", "#c @acmecoffee", native_account_id="6"),
        _post("starts", "02-17T00:00:00", "@acmecoffee", native_account_id="5"),
        _post("of_cy", "02-17T00:00:00", "@acmecoffee", native_account_id="7"),
        _post("owned", "02-17T00:00:00", "@acmecoffee", native_account_id="9"),
        _post("marks", "02-17T00:00:00", "all thanks to them", mentions="9"),
        _post("by_known", "02-12T12:00:00", "hi", handle="known"),
        _post("one", "02-17T00:00:00", native_account_id="3", permalink="https://x.com/p/one"),
        _post("two", "02-17T00:00:00", native_account_id="3", permalink="https://x.com/p/two"),
        _post("aged", "02-22T12:00:00", native_account_id="8"),
        _post("due_at_7", "02-23T12:00:00", native_account_id="5"),
        _post("steps", "02-11T12:00:00", native_account_id="5"),
        {**_post("seen_again", "02-15T00:00:00", "#d"), "native_account_id": "5"},
        {**_post("seen_again", "02-15T00:00:00", "#e"), "observed_at": "2026-03-02T01:00:00Z"},
        _post("spoken", "02-15T00:00:00", "my skin after two weeks of this serum"),
        _post("stated", "02-15T00:00:00", "my skin after two weeks of this serum"),
        _post("for_a_rival", "02-15T00:00:00", "Paid partnership with @rivalroast"),
        _post("of_a_rival", "02-15T00:00:00", "Paid partnership with @rivalroast"),
        _delivered("rate_only"),
        *(_delivered(name, platform="y") for name in ("labelled", "corrected", "moves_on")),
        _delivered("reaches_7", "02-23T12:00:00", platform="y"),
    ],
    "post_metrics": [
        *(_metrics("steps", f"02-{day}T12:00:00", str(day)) for day in (12, 14, 16, 18, 20)),
        _metrics("steps", "03-02T12:00:00", "99"),
        _metrics("aged", "03-01T00:00:00", "10"),
        _metrics("due_at_7", "03-01T12:00:00", "20"),
        _metrics("late_post", "02-20T00:00:00", "7"),
        _metrics("edited", "02-20T00:00:00", "7"),
        _metrics("moved", "02-20T00:00:00", "8"),
        *(_metrics(name, "03-01T12:00:00", "10") for name in ("rate_only", "two")),
        *(
            _metrics(name, "03-01T12:00:00", "10", platform="y")
            for name in ("labelled", "corrected", "moves_on", "reaches_7")
        ),
    ],
}

SECOND_NIGHT: dict[str, list[Row]] = {
    "creator_accounts": [_roster("moves", "eve", "7"), _roster("roster_only", "dan", "77")],
    "campaigns": [_campaign("ends", "2026-01-01")],
    "collaborations": [
        _collaboration("starts", "open", "ann", "agreed"),
        _collaboration("stops", "open", "bob", "cancelled"),
        _collaboration("moves_on", "ends", "fay", "agreed"),
    ],
    "deliverables": [_deliverable("delivers", "https://x.com/p/two")],
    "fx_rates": [_rate("2026-03-02", "1.5")],
    "profiles": [
        _profile("3", "cafe", "02-10T00:00:00"),  # late: the handle was another's by then
        _profile("4", "new", "02-05T00:00:00"),
        {**_profile("8", "gone", "02-15T00:00:00"), **GONE},
        _profile("5", "ann", "02-11T00:00:00", "200000"),
        _profile("9", "acmecoffee", "02-01T00:00:00"),  # the account was the brand's once
        _profile("11", "later", "02-11T00:00:00"),  # late: it is what was known on the 12th
        _profile("13", None, "03-02T06:00:00"),
        _profile("14", "known", "02-12T06:00:00"),
    ],
    "posts": [
        {**_post("edited", "02-16T00:00:00", "#z"), "native_account_id": "6"},
        {
            **_post("moved", "02-01T00:00:00", "#b @acmecoffee", native_account_id="6"),
            "observed_at": "2026-02-16T00:00:00Z",
        },
        {**_post("deleted", "02-10T00:00:00"), **GONE},
        _post("late_post", "02-19T00:00:00", "#coffee", native_account_id="6"),
        _delivered("labelled", platform="y", text="Paid Partnership", is_paid_label="true"),
        _post("spoken", "02-15T00:00:00", "Mein liebster Kaffee am Morgen, und der eure?"),
        _post("stated", "02-15T00:00:00", "Meine Haut nach zwei Wochen", language="fr"),
        _post("for_a_rival", "02-15T00:00:00", "I paid for all of it: @rivalroast"),
        _post("of_a_rival", "02-15T00:00:00", "Paid partnership with nobody"),
    ],
    "post_metrics": [
        _metrics("steps", "02-13T12:00:00", "50"),  # late: the change of the 14th is another
        _metrics("steps", "02-16T12:00:00", None),  # corrected, and with it that of the 18th
        {**_metrics("steps", "02-20T12:00:00", "20"), **GONE},
        _metrics("aged", "03-01T06:00:00", "11"),
        _metrics("corrected", "03-01T12:00:00", "12", platform="y"),
    ],
}


@pytest.fixture(scope="module", autouse=True)
def _these_models_only() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # the social side alone, so that five nights take no longer than they must
        patch.setattr(runs, "GOALS", (*CORE, *REPORTS))
        yield


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Home]:
    """A home of two nights, the second killed and run again; and one rebuilt from its landing."""
    config = _config(tmp_path_factory.mktemp("config") / "config")
    nightly = new_home(tmp_path_factory.mktemp("nightly"), config)
    _land(nightly, FIRST_NIGHT, FIRST)
    nightly.night(FIRST)
    assert _posts(nightly, "collaboration_id")["x:one"] == "delivers"
    assert _performance(nightly)["one"] == ("open", None, None, "missing", None)
    assert _performance(nightly)["rate_only"] == ("open", 10, None, "missing", Decimal("6.25"))
    assert _spoken(nightly) == {"spoken": ("en", True), "stated": ("en", True)}
    assert _unpaid_grades(nightly) == {"for_a_rival": "pass", "of_a_rival": "pass"}
    _land(nightly, SECOND_NIGHT, SECOND)
    killed = open_run(nightly.settings, SECOND)
    stage(killed)
    some = ("int_posts__find_collaborations", "int_posts__match_brands", "int_posts__list_hashtags")
    some += ("int_accounts__date_changes", "int_snapshots__count_engagements")
    some += ("int_changed__collaborations", "int_paid_posts__totals")
    runs._build(killed, tuple(f"+{name},path:models/intermediate" for name in some))
    nightly.night(SECOND)
    rebuilt = new_home(tmp_path_factory.mktemp("rebuilt"), config)
    shutil.copytree(nightly.settings.paths.landing, rebuilt.settings.paths.landing)
    rebuilt.night(SECOND)
    return nightly, rebuilt


def _land(home: Home, night: Mapping[str, list[Row]], day: date) -> None:
    for stream, rows in night.items():
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        home.land(stream, rows, day=day, columns=columns)


def _config(folder: Path) -> Path:
    """Return the project's configuration, with earned media of a like at half a euro."""
    shutil.copytree(EXAMPLE, folder)
    (folder / "emv_rates.csv").write_text(
        "platform,content_type,action,value,currency,source\nx,*,likes,0.5,EUR,by hand\n"
    )
    return folder


def _performance(home: Home) -> dict[object, tuple[object, ...]]:
    rows = home.rows(
        "select split_part(post_id, ':', 2), campaign_id, engagements, engagements_7d, disclosure,"
        " emv from reports.post_performance"
    )
    return {name: tuple(values) for name, *values in rows}


def _spoken(home: Home) -> dict[object, tuple[object, ...]]:
    rows = home.rows(
        "select split_part(post_id, ':', 2), language, is_language_detected from core.dim_post"
        " where post_id in ('x:spoken', 'x:stated')"
    )
    return {name: tuple(values) for name, *values in rows}


def _unpaid_grades(home: Home) -> dict[object, object]:
    return dict(
        home.rows(
            "select split_part(graded.post_id, ':', 2), disclosure"
            " from work.intermediate.int_posts__grade_disclosures as graded"
            " inner join core.dim_post as posts on graded.post_id = posts.post_id"
            " where collaboration_id is null"
        )
    )


def _posts(home: Home, column: str) -> dict[object, object]:
    return dict(home.rows(f"select post_id, {column} from core.dim_post"))


@pytest.mark.parametrize("table", TABLES)
def test_two_nights_equal_one_rebuild(homes: tuple[Home, Home], table: str) -> None:
    nightly, rebuilt = (home.rows(f"select * from {table} order by all") for home in homes)
    assert nightly == rebuilt
    assert nightly


def test_what_changed_reached_the_posts(homes: tuple[Home, Home]) -> None:
    accounts = _posts(homes[0], "account_id")
    assert {name: accounts[f"x:{name}"] for name in ("by_handle", "handed_on", "loses")} == {
        "by_handle": "x:3",  # a late profile shows that the handle had changed hands before
        "handed_on": "x:2",
        "loses": None,  # the profile with its handle was corrected
    }
    assert accounts["x:by_roster"] == "x:77"
    assert "x:deleted" not in accounts
    paid = _posts(homes[0], "collaboration_id")
    assert {name: owner for name, owner in paid.items() if owner is not None} == {
        "x:starts": "starts",
        "x:two": "delivers",  # and `one` no more
        "y:moves_on": "moves_on",
        **{f"y:{name}": "stays" for name in ("labelled", "corrected", "reaches_7")},
        "x:rate_only": "stays",
    }


def test_what_changed_reached_the_languages_and_the_posts_about_rivals(
    homes: tuple[Home, Home],
) -> None:
    for home in homes:
        assert _spoken(home) == {"spoken": ("de", True), "stated": ("fr", False)}
        assert _unpaid_grades(home) == {"for_a_rival": "missing"}


def test_what_changed_reached_the_paid_posts(homes: tuple[Home, Home]) -> None:
    # a like on x is half a euro, worth 0.75 dollars by now, and that reaches all of x; what is on
    # y is reached by nothing but its own change; `one` is not paid any more
    assert _performance(homes[0]) == {
        "rate_only": ("open", 10, None, "missing", Decimal("7.5")),
        "labelled": ("open", 10, None, "pass", None),
        "corrected": ("open", 12, None, "missing", None),
        "moves_on": ("ends", 10, None, "missing", None),
        "reaches_7": ("open", 10, 10, "missing", None),
        "two": ("open", 10, None, "missing", Decimal("7.5")),
        "starts": ("open", None, None, "missing", None),
    }


def test_a_profile_without_a_handle_takes_none_back(homes: tuple[Home, Home]) -> None:
    accounts = "('x:11', 'x:12', 'x:13', 'x:14')"
    found = homes[0].rows(
        f"select account_id, handle from core.dim_account where account_id in {accounts}"
    )
    assert dict(found) == {"x:11": "later", "x:12": None, "x:13": "keeps", "x:14": "known"}
    history = homes[0].rows(
        "select account_id, handle from core.dim_account_history"
        f" where account_id in {accounts} order by account_id, valid_from"
    )
    assert history == [
        ("x:11", "known"),
        ("x:11", "later"),
        ("x:12", None),
        ("x:13", "keeps"),
        ("x:14", "known"),
    ]
    assert _posts(homes[0], "account_id")["x:by_known"] == "x:14"


def test_what_changed_reached_the_mentions(homes: tuple[Home, Home]) -> None:
    rows = homes[0].rows("select post_id, kind, relationship, engagements from core.fct_mentions")
    assert sorted(rows, key=str) == [
        ("x:for_a_rival", "tag", "earned", None),
        ("x:marks", "tag", "earned", None),  # by its id, now that the account is the brand's
        ("x:moved", "tag", "earned", 8),
        ("x:of_cy", "tag", "earned", None),  # the account is another creator's
        ("x:owned", "tag", "owned", None),
        ("x:starts", "tag", "paid", None),
    ]
    voices = homes[0].rows(
        "select cast(week as varchar), posts, posts_paid, posts_owned, is_partial"
        " from reports.share_of_voice where voice_brand_id = 'acme' order by week"
    )
    assert voices == [
        ("2026-01-26", 1, 0, 0, False),
        ("2026-02-02", 0, 0, 0, False),
        ("2026-02-09", 0, 0, 0, False),
        ("2026-02-16", 3, 1, 1, False),
        ("2026-02-23", 0, 0, 0, False),
        ("2026-03-02", 0, 0, 0, True),
    ]


def test_what_changed_reached_the_days_and_ages(homes: tuple[Home, Home]) -> None:
    days = homes[0].rows(
        "select day(date_day), engagements, engagements_change from core.fct_post_daily"
        " where post_id = 'x:steps' order by date_day"
    )
    assert days == [(12, 12, None), (13, 50, 38), (14, 14, -36), (16, 0, -14), (18, 18, 18),
                    (2, 99, 81)]  # fmt: skip
    assert homes[0].rows("select * from core.fct_post_daily where post_id = 'x:late_post'")
    ages = homes[0].rows(
        "select post_id, age_days, likes, followers_at_post from core.fct_post_at_age"
        " where age_days = 7 and post_id in ('x:aged', 'x:due_at_7') order by post_id"
    )
    # a late snapshot; the profile before the post is gone; an age that was reached
    assert ages == [("x:aged", 7, 11, 900), ("x:due_at_7", 7, 20, 1020)]
    assert homes[0].rows(
        "select distinct followers_at_post from core.fct_post_at_age where post_id = 'x:steps'"
    ) == [(200000,)]


def test_what_changed_reached_the_hashtags(homes: tuple[Home, Home]) -> None:
    hashtags = homes[0].rows("select hashtag, posts from core.dim_hashtag order by hashtag")
    # seen_again says #e by now; b was published in another week
    assert hashtags == [("b", 1), ("coffee", 10), ("e", 1), ("z", 1)]
    weeks = homes[0].rows(
        "select cast(week as varchar), posts, growth, is_partial from reports.hashtag_trends"
        " where hashtag in ('b', 'coffee') order by hashtag, week"
    )
    assert weeks == [
        ("2026-01-26", 1, None, False),
        ("2026-02-09", 4, None, False),
        ("2026-02-16", 4, 3.0, False),
        ("2026-02-23", 1, -0.5, False),
        ("2026-03-02", 1, 4 / 9 - 1, True),
    ]


def test_a_night_with_nothing_new_touches_nothing(homes: tuple[Home, Home]) -> None:
    home = homes[0]
    before = [home.rows(f"select * from {table} order by all") for table in TABLES]
    home.night(SECOND)
    assert [home.rows(f"select * from {table} order by all") for table in TABLES] == before
    found = home.rows(
        "select table_name, estimated_size from duckdb_tables() where database_name = 'work'"
        " and table_name like 'int_touched__%' and estimated_size > 0"
    )
    # the weeks that the last date lies in are restated, since one of them was partial
    assert [name for name, _ in found] == ["int_touched__hashtag_weeks"]
