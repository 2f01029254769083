"""No window ever holds more than its limit: over random schedules, kills and runs at once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reachline.connectors.quota import Ledger, Quota
from reachline.connectors.types import RunState, Stop

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SEARCHES = Quota("searches", "calls", Decimal(100), "day", "America/Los_Angeles")
SPEND = Quota("spend", "USD", Decimal("2.50"), "month")
HASHTAGS = Quota("hashtags", "hashtags", Decimal(30), "rolling", days=7, distinct=True)


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def takes(ledger: Ledger, name: str, amount: Decimal | int, now: datetime, key: str = "") -> bool:
    try:
        ledger.take(name, amount, now, key)
    except Stop as stop:
        if stop.state != RunState.QUOTA_EXHAUSTED:
            raise
        return False
    return True


def test_a_day_begins_at_midnight_of_its_zone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "youtube", [SEARCHES])
    before = datetime(2026, 3, 2, 7, 59, tzinfo=UTC)  # 23:59 in Los Angeles
    assert all(takes(ledger, "searches", 50, before) for _ in range(2))
    with pytest.raises(Stop, match="100 of 100 calls are used, 1 more would pass") as stopped:
        ledger.take("searches", 1, before)
    assert stopped.value.until == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert takes(ledger, "searches", 1, before + timedelta(minutes=1))


def test_the_day_after_the_clocks_change_ends_at_midnight_too(tmp_path: Path) -> None:
    # 8 March 2026: 23 hours long in Los Angeles
    ledger = Ledger(tmp_path, "youtube", [SEARCHES])
    ledger.take("searches", 100, datetime(2026, 3, 8, 9, tzinfo=UTC))
    with pytest.raises(Stop) as stopped:
        ledger.take("searches", 1, datetime(2026, 3, 9, 6, 59, tzinfo=UTC))
    assert stopped.value.until == datetime(2026, 3, 9, 7, tzinfo=UTC)


def test_the_31st_hashtag_in_seven_days_is_refused_and_known_ones_are_free(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "instagram", [HASHTAGS])
    for number in range(30):
        ledger.take("hashtags", 1, NOON + timedelta(minutes=number), key=f"tag{number}")
    assert takes(ledger, "hashtags", 1, NOON + timedelta(days=1), key="tag3")
    assert not takes(ledger, "hashtags", 1, NOON + timedelta(days=1), key="tag30")
    week_later = NOON + timedelta(days=7, seconds=1)
    assert takes(ledger, "hashtags", 1, week_later, key="tag30")
    assert not takes(ledger, "hashtags", 1, week_later, key="tag0")


def test_what_is_given_back_can_be_taken_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "x", [SPEND])
    ledger.take("spend", Decimal("2.50"), NOON)
    ledger.give_back("spend", Decimal("2.00"))
    assert [usage.used for usage in ledger.usage(NOON)] == [Decimal("0.50")]
    assert takes(ledger, "spend", Decimal("2.00"), NOON)
    assert not takes(ledger, "spend", Decimal("0.01"), NOON)


def test_what_is_given_back_after_the_reset_makes_the_new_window_no_larger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "x", [SPEND])
    last, first = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    ledger.take("spend", Decimal("2.00"), last)
    ledger.give_back("spend", Decimal("1.50"))
    assert takes(ledger, "spend", Decimal("2.50"), first)
    assert not takes(ledger, "spend", Decimal("0.01"), first)
    assert [usage.used for usage in ledger.usage(last)] == [Decimal("0.50")]


def _take_many(root: str, start: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    ledger = Ledger(Path(root), "youtube", [SEARCHES])
    taken = sum(takes(ledger, "searches", 1, NOON) for _ in range(40))
    (Path(root) / f"taken-{multiprocessing.current_process().pid}").write_text(str(taken))


def test_runs_at_once_share_one_account(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start = context.Barrier(4)
    runs = [context.Process(target=_take_many, args=(str(tmp_path), start)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sum(int(path.read_text()) for path in tmp_path.glob("taken-*")) == 100


QUOTAS = (
    Quota("searches", "calls", Decimal(10), "day", "America/Los_Angeles"),
    Quota("spend", "USD", Decimal("1.00"), "month"),
    Quota("hashtags", "hashtags", Decimal(3), "rolling", days=7, distinct=True),
)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 40 * 3600),
        st.sampled_from(["searches", "spend", "hashtags"]),
        st.sampled_from([Decimal(1), Decimal(4), Decimal("0.35")]),
        st.sampled_from("abcdef"),
        st.sampled_from(["lives", "lives", "killed before", "killed while writing"]),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_no_window_is_ever_overspent(steps: list[tuple[int, str, Decimal, str, str]]) -> None:
    with folder() as root:
        now, used = NOON, []
        for seconds, name, amount, key, fate in steps:
            now += timedelta(seconds=seconds)
            # a new run each time: what is known stands in the file alone
            ledger = Ledger(root, "any", QUOTAS)
            if fate == "killed while writing":
                for path in root.glob("_quota/*.jsonl"):
                    with path.open("ab") as cut:
                        cut.write(b'{"at": "2026-03-02T12:')
            if takes(ledger, name, amount, now, key) and fate != "killed before":
                used.append((now, name, amount, key))
        for moment, name, *_ in used:
            amounts = [u for u in used if u[1] == name and u[0] <= moment]
            if name == "hashtags":
                week = [u for u in amounts if u[0] > moment - timedelta(days=7)]
                assert len({u[3] for u in week}) <= 3
            elif name == "searches":
                zone = ZoneInfo("America/Los_Angeles")
                day = moment.astimezone(zone).date()
                today = [u[2] for u in amounts if u[0].astimezone(zone).date() == day]
                assert sum(today) <= 10
            else:
                month = [u[2] for u in amounts if u[0].month == moment.month]
                assert sum(month) <= 1
