"""Hosts that share an object store share one account of each quota, and never overspend it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reachline import object_store
from reachline.connectors.quota import Ledger, Quota
from reachline.connectors.types import Stop
from reachline.object_store import Store, StoreError
from tests.object_stores import S3
from tests.unit.connectors.take_at_once import CALLS, NOON

PROGRAM = Path(__file__).with_name("take_at_once.py")
KEY = "_quota/any/calls.json"
QUOTAS = (
    Quota("searches", "calls", Decimal(10), "day", "America/Los_Angeles"),
    Quota("spend", "USD", Decimal("1.00"), "month"),
    Quota("hashtags", "hashtags", Decimal(3), "rolling", days=7, distinct=True),
)


def takes(ledger: Ledger, name: str, amount: Decimal | int, now: datetime, key: str = "") -> bool:
    try:
        ledger.take(name, amount, now, key)
    except Stop:
        return False
    return True


def used(ledger: Ledger, now: datetime) -> list[Decimal]:
    return [usage.used for usage in ledger.usage(now)]


@pytest.mark.parametrize("seed", range(6))
def test_two_hosts_get_what_one_would(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance, now = random.Random(seed), NOON
    hosts = [Ledger(tmp_path / name, "any", QUOTAS) for name in ("one", "two")]
    monkeypatch.delenv("REACHLINE_STORE")
    alone = Ledger(tmp_path / "alone", "any", QUOTAS)
    for _ in range(60):
        now += timedelta(seconds=chance.randrange(30 * 3600))
        name, key = chance.choice(QUOTAS).name, ""
        if name == "hashtags":
            key = chance.choice("abcdef")
        amount = Decimal(chance.choice(["1", "4", "0.35"]))
        host = chance.choice(hosts)
        got = takes(host, name, amount, now, key)
        assert got == takes(alone, name, amount, now, key)
        if got and name != "hashtags" and chance.random() < 0.3:
            for ledger in (host, alone):
                ledger.give_back(name, amount / 2)
        assert used(hosts[0], now) == used(hosts[1], now) == used(alone, now)


def run(landing: Path, count: int, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), str(landing), str(count)]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )


def test_processes_at_once_never_take_more_than_there_is(tmp_path: Path, store: Store) -> None:
    running = [run(tmp_path / name, 20) for name in ("one", "two", "three")]
    taken = [int(process.communicate(timeout=300)[0]) for process in running]
    assert sum(taken) == CALLS.limit
    assert used(Ledger(tmp_path / "four", "any", [CALLS]), NOON) == [CALLS.limit]


def test_what_a_killed_host_took_is_taken(tmp_path: Path, store: Store) -> None:
    killed = run(tmp_path / "one", 1, DIE="1")
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert used(Ledger(tmp_path / "two", "any", [CALLS]), NOON) == [1]


def test_the_account_begins_with_what_its_first_host_took_before(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.delenv("REACHLINE_STORE")
        Ledger(tmp_path / "one", "any", [CALLS]).take("calls", 29, NOON)
    one, two = (Ledger(tmp_path / name, "any", [CALLS]) for name in ("one", "two"))
    assert takes(one, "calls", 1, NOON)
    assert not takes(two, "calls", 1, NOON)


def test_the_account_stays_short(tmp_path: Path, store: Store) -> None:
    rolling = Quota("calls", "calls", Decimal(1000), "rolling", days=1)
    for quota in (CALLS, rolling):
        ledger = Ledger(tmp_path / quota.window, quota.window, [quota])
        for minute in range(0, 180, 20):
            ledger.take("calls", 1, NOON + timedelta(minutes=minute))
        rows = json.loads(store.get(f"_quota/{quota.window}/calls.json") or b"")
        assert [amount for _, amount, _ in rows] == (["9"] if quota is CALLS else ["3"] * 3)
    # an hour leaves a rolling window with the last of it
    later = NOON + timedelta(days=1, minutes=30)
    assert used(ledger, later) == [9]
    assert used(ledger, later + timedelta(minutes=11)) == [6]


def test_a_store_that_is_down_lets_nothing_be_taken(tmp_path: Path, s3: S3) -> None:
    ledger = Ledger(tmp_path, "any", [CALLS])
    s3.refuses.append("PUT")
    with pytest.raises(StoreError):
        ledger.take("calls", 1, NOON)
    assert not list(tmp_path.rglob("*.jsonl"))


@pytest.mark.parametrize(
    "content", [b"", b"{7}", b'[["noon", "1", ""]]', b'[["2026-03-02"]]', b"[7]"]
)
def test_what_is_no_account_is_told(tmp_path: Path, store: Store, content: bytes) -> None:
    store.put(KEY, content)
    ledger = Ledger(tmp_path, "any", [CALLS])
    with pytest.raises(StoreError, match=r"calls\.json in the store is no account"):
        ledger.take("calls", 1, datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize("lost", [0, 5, 19, 20])
def test_who_is_slower_tries_again_after_a_pause(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """Hosts that took at once, time after time, gave up: one lost twenty times to a faster one."""
    pauses: list[float] = []
    wins = iter(range(lost))
    get = Store._get

    def get_and_lose(self: Store, key: str) -> Any:
        found = get(self, key)
        if (win := next(wins, None)) is not None:
            store.put(key, json.dumps([["2026-03-02T11:00:00Z", str(win), ""]]).encode())
        return found

    monkeypatch.setattr(object_store.time, "sleep", pauses.append)
    monkeypatch.setattr(Store, "_get", get_and_lose)
    ledger = Ledger(tmp_path, "any", [CALLS])
    if lost == 20:
        with pytest.raises(StoreError, match="other hosts change it all the time"):
            ledger.take("calls", 1, NOON)
    else:
        ledger.take("calls", 1, NOON)
        assert used(ledger, NOON) == [max(lost - 1, 0) + 1]
    assert len(pauses) == min(lost, 19)
    assert all(0 <= pause <= 2 for pause in pauses)
