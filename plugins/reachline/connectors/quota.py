"""What a platform lets one use up, and the ledger that no run can overspend.

The ledger lies beside the manifests, `landing/_quota/<source>-<month>.jsonl`: one line for what was
taken, written and synced under a lock before the call that uses it. So a run that is killed may
have taken more than it used, never less, and two runs at once share one account. No window is
longer than a month, so two files tell all of it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from reachline.connectors.clock import iso, parse
from reachline.connectors.types import RunState, Stop
from reachline.landing.disk import disk_errors, sync_folder
from reachline.object_store import Store, StoreError, store_of

FOLDER = "_quota"


@dataclass(frozen=True)
class Quota:
    """So much of `unit` in a window: a day or month of `zone`, or the last `days` days.

    `distinct`: what counts is how many different keys were used in the window; a key that was used
    already costs nothing more.
    """

    name: str
    unit: str
    limit: Decimal
    window: Literal["day", "month", "rolling"] = "day"
    zone: str = "UTC"
    days: int = 0
    distinct: bool = False

    def since(self, now: datetime) -> datetime:
        """Return the beginning of the window that holds `now`."""
        if self.window == "rolling":
            return now - timedelta(days=self.days)
        local = now.astimezone(ZoneInfo(self.zone)).replace(hour=0, minute=0, second=0)
        return local.replace(microsecond=0, day=1 if self.window == "month" else local.day)

    def resets(self, now: datetime, taken: Sequence[Entry]) -> datetime:
        """Return when something comes back."""
        if self.window == "rolling":
            return min((entry.at for entry in taken), default=now) + timedelta(days=self.days)
        start = self.since(now).replace(tzinfo=None)
        later = start + timedelta(days=32 if self.window == "month" else 1)
        day = 1 if self.window == "month" else later.day
        return later.replace(day=day, tzinfo=ZoneInfo(self.zone))


@dataclass(frozen=True)
class Charge:
    """What one attempt of a call takes from a quota."""

    quota: str
    amount: Decimal | int = 1
    key: str = ""
    if_answered: bool = False
    """Given back where the answer is an error: the platform takes nothing for it."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: what was taken when; a negative amount gives back."""

    at: datetime
    quota: str
    amount: Decimal
    key: str = ""
    run_id: str = ""


@dataclass(frozen=True)
class Usage:
    """How a quota stands: `used` of `quota.limit`, and when something comes back."""

    quota: Quota
    used: Decimal
    resets: datetime | None


class Ledger:
    """The account of one source's quotas; may be used by several processes at once."""

    def __init__(
        self, landing: Path, source: str, quotas: Sequence[Quota], run_id: str = ""
    ) -> None:
        self.folder = landing / FOLDER
        self.source = source
        self.quotas = {quota.name: quota for quota in quotas}
        self.run_id = run_id
        self._store = store_of(landing)
        self._taken_at: dict[str, datetime] = {}

    def take(self, name: str, amount: Decimal | int, now: datetime, key: str = "") -> None:
        """Take `amount`, for good, before it is used.

        Raises Stop with quota_exhausted where it would go past the limit; nothing is taken then.
        """
        quota, entry = self.quotas[name], Entry(now, name, Decimal(amount), key, self.run_id)
        with self._locked():
            if self._store is not None:
                is_new = self._share(self._store, quota, entry)
            else:
                is_new = _may_take(quota, self._window(quota, now), entry)
            if is_new:
                self._append(entry)
                self._taken_at[name] = now

    def give_back(self, name: str, amount: Decimal | int) -> None:
        """Give back what the last `take` was too much, after its answer told what it cost.

        It comes back to the window that it was taken from, whichever has begun since.
        """
        if amount > 0:
            entry = Entry(self._taken_at[name], name, -Decimal(amount), "", self.run_id)
            with self._locked():
                if self._store is not None:
                    self._share(self._store, self.quotas[name], entry)
                self._append(entry)

    def usage(self, now: datetime) -> list[Usage]:
        """Return how each quota stands."""
        with self._locked():
            found = []
            for quota in self.quotas.values():
                if self._store is None:
                    taken = self._window(quota, now)
                else:
                    content = self._store.get(self._shared_key(quota))
                    taken = self._shared(quota, content, now)
                resets = quota.resets(now, taken) if taken else None
                found.append(Usage(quota, _used(quota, taken), resets))
            return found

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with disk_errors(self.folder):
            if not self.folder.is_dir():
                self.folder.mkdir(parents=True, exist_ok=True)
                sync_folder(self.folder.parent)
            lock = os.open(self.folder / f".{self.source}.lock", os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)

    def _shared_key(self, quota: Quota) -> str:
        return f"{FOLDER}/{self.source}/{quota.name}.json"

    def _shared(self, quota: Quota, content: bytes | None, now: datetime) -> list[Entry]:
        """Return what the hosts' account holds of a window; what this host took before it began."""
        if content is None:
            return self._window(quota, now)
        try:
            taken = [
                Entry(parse(at), quota.name, Decimal(amount), key)
                for at, amount, key in json.loads(content)
            ]
        except (ValueError, TypeError, ArithmeticError) as error:
            raise StoreError(
                f"{self._shared_key(quota)} in the store is no account of a quota ({error}). "
                "Remove it while no host asks: who asks first begins it anew by what it took."
            ) from error
        since = quota.since(now)
        return [entry for entry in taken if entry.at >= since]

    def _share(self, store: Store, quota: Quota, entry: Entry) -> bool:
        """Write an entry into the hosts' account; return False where its key is there already.

        Raises Stop where it would go past the limit, and StoreError.
        """

        def added(content: bytes | None) -> bytes | None:
            taken = self._shared(quota, content, entry.at)
            if not _may_take(quota, taken, entry):
                return None
            rows = [
                (iso(each.at), str(each.amount), each.key)
                for each in _merged(quota, [*taken, entry])
            ]
            return json.dumps(rows).encode()

        return store.change(self._shared_key(quota), added)

    def _file(self, moment: datetime) -> Path:
        return self.folder / f"{self.source}-{moment.astimezone(UTC):%Y-%m}.jsonl"

    def _window(self, quota: Quota, now: datetime) -> list[Entry]:
        since = quota.since(now)
        files = dict.fromkeys((self._file(since), self._file(now)))
        entries = (entry for file in files if file.exists() for entry in _entries(file))
        return [entry for entry in entries if entry.quota == quota.name and entry.at >= since]

    def _append(self, entry: Entry) -> None:
        body = {**asdict(entry), "at": iso(entry.at), "amount": str(entry.amount)}
        path = self._file(entry.at)
        is_new = not path.exists()
        with path.open("a+b") as handle:
            # a line that a kill cut short is ended first, so that it spoils no other
            size = handle.tell()
            torn = size > 0 and os.pread(handle.fileno(), 1, size - 1) != b"\n"
            handle.write((b"\n" if torn else b"") + json.dumps(body).encode() + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        if is_new:
            sync_folder(self.folder)


def _may_take(quota: Quota, taken: Sequence[Entry], entry: Entry) -> bool:
    """Return False where a key is used already; raise Stop where the limit would be passed."""
    if quota.distinct and any(each.key == entry.key for each in taken):
        return False
    used = _used(quota, taken)
    if entry.amount > 0 and used + entry.amount > quota.limit:
        until = quota.resets(entry.at, taken)
        raise Stop(
            RunState.QUOTA_EXHAUSTED,
            f"{quota.name}: {used} of {quota.limit} {quota.unit} are used, {entry.amount} more "
            f"would pass the limit. It goes on by itself after {iso(until)}; "
            "`reachline quota` shows what is left.",
            whole_server=False,
            until=until,
        )
    return True


def _merged(quota: Quota, taken: Sequence[Entry]) -> list[Entry]:
    """Return as few entries as say the same: one of a day or month, one of an hour of rolling ones.

    It leaves the window with the last that it stands for: late, never early.
    """
    found: dict[tuple[datetime, str], Entry] = {}
    for entry in taken:
        hour = entry.at.replace(minute=0, second=0, microsecond=0)
        group = (hour if quota.window == "rolling" else quota.since(entry.at), entry.key)
        if (before := found.get(group)) is not None:
            entry = replace(entry, at=max(entry.at, before.at), amount=entry.amount + before.amount)
        found[group] = entry
    return list(found.values())


def _used(quota: Quota, taken: Sequence[Entry]) -> Decimal:
    if quota.distinct:
        return Decimal(len({entry.key for entry in taken}))
    return sum((entry.amount for entry in taken), Decimal(0))


def _entries(path: Path) -> Iterator[Entry]:
    with path.open("rb") as lines:
        for line in lines:
            try:
                body: dict[str, Any] = json.loads(line)
            except ValueError:
                # cut short by a kill: what it would have paid for was never called
                continue
            values = {**body, "at": parse(body["at"]), "amount": Decimal(body["amount"])}
            yield Entry(**values)
