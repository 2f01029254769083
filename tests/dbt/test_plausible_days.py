"""Days that can't be: before the platforms, or long after the day that a row landed for."""

from __future__ import annotations

from datetime import date

import pytest

from reachline.warehouse import runs
from tests.dbt.landed import Home, new_home

DAY, LATER = date(2026, 3, 1), date(2026, 12, 1)
BEFORE, AFTER = "is before 2004", "is after 2027-03-01, a year after"


def _post(
    name: str, published_at: str, observed_at: str = "2026-02-28T00:00:00Z"
) -> dict[str, str | None]:
    ids = {"platform": "x", "native_post_id": name, "native_account_id": "1"}
    text = {"text": "acme coffee", "observed_at": observed_at, "published_at": published_at}
    return {**ids, **text}


def _click(name: str, clicked_at: str, is_deleted: str | None = None) -> dict[str, str | None]:
    return {
        "click_id": name,
        "clicked_at": clicked_at,
        "landing_url": "https://acme.example",
        "is_deleted": is_deleted,
    }


def _campaign(name: str, starts_on: str, ends_on: str) -> dict[str, str | None]:
    ids = {"campaign_id": name, "brand_id": "acme", "campaign_name": name}
    return {**ids, "starts_on": starts_on, "ends_on": ends_on}


# stream: rows, each with what its reason says; None: it is taken
ROWS: dict[str, list[tuple[dict[str, str | None], str | None]]] = {
    "posts": [
        (_post("of_26", "0026-02-01T12:00:00Z"), f"published_at: '0026-02-01T12:00:00Z' {BEFORE}"),
        (_post("last_second", "2003-12-31T23:59:59Z"), BEFORE),
        (_post("oldest", "2004-01-01T00:00:00Z"), None),
        (_post("a_year_ahead", "2027-03-01T23:59:59Z"), None),
        (_post("too_far", "2027-03-02T00:00:00Z"), AFTER),
        (_post("seen_in_1970", "2026-02-01T12:00:00Z", "1970-01-01T00:00:00Z"), "observed_at"),
    ],
    "clicks": [
        (_click("milliseconds", "58142-03-01T10:00:00Z"), "clicked_at"),
        (_click("of_2260", "2260-03-01T10:00:00Z"), f"clicked_at: '2260-03-01T10:00:00Z' {AFTER}"),
        (_click("of_1970", "1970-01-21T13:00:00Z"), BEFORE),
        (_click("gone", "1970-01-21T13:00:00Z", "true"), None),
        (_click("now", "2026-02-28T10:00:00Z"), None),
    ],
    # what is planned may be far ahead, and is of no year before the platforms
    "campaigns": [
        (_campaign("planned", "2026-02-01", "2031-12-31"), None),
        (_campaign("of_206", "0206-02-01", "2026-12-31"), f"starts_on: '0206-02-01' {BEFORE}"),
    ],
    # exchange rates are older than platforms
    "fx_rates": [
        (
            {
                "rate_date": "1999-01-04",
                "base_currency": "EUR",
                "quote_currency": "USD",
                "rate": "1.1789",
            },
            None,
        ),
    ],
}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = new_home(tmp_path_factory.mktemp("days"))
    for stream, rows in ROWS.items():
        home.land(stream, [row for row, _ in rows], day=DAY)
    # the same day is near from here; and a rebuild of that night takes what this one took
    home.land("posts", [_post("near", "2027-03-02T00:00:00Z")], day=LATER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "GOALS", ("share_of_voice", "dim_date"))
        home.night(LATER)
    return home


@pytest.mark.parametrize("stream", ROWS)
def test_rows_of_impossible_days_go_to_quarantine_with_a_remedy(night: Home, stream: str) -> None:
    reasons = dict(
        night.rows(
            f"select line - 1, reason from work.staging.quarantine where stream = '{stream}'"
        )
    )
    expected = {n: said for n, (_, said) in enumerate(ROWS[stream], start=1) if said}
    assert reasons.keys() == expected.keys()
    for line, said in expected.items():
        assert said in str(reasons[line])
        if AFTER in said or BEFORE in said:
            assert "correct its year" in str(reasons[line])
    loaded = night.rows(f"select count(*) from work.staging.stg_inbox__{stream}")[0][0]
    assert loaded == len(ROWS[stream]) - len(expected) + (stream == "posts")


def test_reports_are_bounded_by_days_that_can_be(night: Home) -> None:
    ((weeks, first),) = night.rows(
        "select count(distinct week), min(week) from reports.share_of_voice"
    )
    # from the week of the first of January 2004 to that of the first of December 2026
    assert (weeks, first) == (1197, date(2003, 12, 29))
    assert night.rows("select min(date_day) from core.dim_date") == [(date(2004, 1, 1),)]
