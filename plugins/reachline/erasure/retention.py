"""What has been kept for as long as it may be goes: by platforms' terms, and by a team's own."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.configuration.platforms import sources
from reachline.configuration.retention import Period
from reachline.connectors import connector
from reachline.connectors.base import Connector
from reachline.connectors.clock import iso
from reachline.connectors.erasing import ERASED_MARK, erase_gone, give_up, reduced
from reachline.connectors.ingest import one_at_a_time
from reachline.connectors.people import owner_of
from reachline.connectors.types import MISSING, WHOLE
from reachline.erasure.aggregates import (
    Post,
    aggregates,
    can_count,
    land_aggregates,
    posts_that_go,
)
from reachline.erasure.certificate import Certificate, Removed
from reachline.erasure.forgetting import finish_pending, forget
from reachline.erasure.leftovers import airflow_folders
from reachline.erasure.person import Asked
from reachline.inbox.files import DONE, FAILED
from reachline.landing import (
    Checks,
    Manifest,
    deleted_batches,
    fetch_home,
    held_batches,
    manifests,
    remove_deleted,
    rewrite_batch,
    sweep,
    sweep_store,
)
from reachline.night.lock import run_lock
from reachline.publish.releases import current_release, releases
from reachline.publish.shared import remove_before
from reachline.settings import Settings
from reachline.warehouse import remove_files

log = logging.getLogger("reachline.erasure")

_REASON = "kept for as long as it may be (config/retention.yml)"


@dataclass
class Applied:
    """What was removed, or would be; `kept` counts the groups of posts that stay as aggregates.

    `late` is what is asked and was not done in time.
    """

    removed: list[Removed] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    kept: int = 0
    is_dry: bool = False

    def add(self, where: str, what: str, count: int) -> None:
        """Add what was removed; nothing where it is nothing."""
        if count:
            self.removed.append(Removed(where, what, count))

    def lines(self) -> Iterator[str]:
        """Yield what was done as text."""
        verb = "would go" if self.is_dry else "went"
        for done in self.certificates:
            state = "done" if done.is_whole else "not done"
            yield f"person {done.person}: what was begun is {state}"
        for each in self.removed:
            yield f"{each.where}: {each.what}: {each.count:,} {verb}"
        if not self.removed:
            yield "nothing has been kept for too long"
        if self.kept:
            stay = "would stay" if self.is_dry else "stay"
            yield f"retention: groups of posts that went, as aggregates: {self.kept:,} {stay}"
        yield from self.late


def apply_retention(
    settings: Settings, *, at: datetime | None = None, is_dry: bool = False
) -> Applied:
    """Remove what has been kept for as long as it may be, and return what went.

    First what an erasure of a person that was cut short has still to do. Then batches whose period
    of config/retention.yml is over are deleted: those of a source, and what stays of their posts as
    aggregates, in one instant. Then what platforms' terms ask: posts that are gone lose their
    texts, also where their source does not run any more, and what YouTube did not tell again for 30
    days goes; then the other periods.
    `at` is the moment that it is taken to be. `is_dry`: only say what would go. Safe to be killed
    and called again: a night between is right about what is gone by then. Raises NightBusyError and
    IngestBusyError where something is being written.
    """
    now = (at or datetime.now(UTC)).astimezone(UTC)
    applied = Applied(is_dry=is_dry)
    fetch_home(settings.paths)
    if not is_dry:
        applied.certificates = finish_pending(settings)
    with run_lock(settings, "what has been kept for too long is removed"):
        work = _Work(settings, now, applied, is_dry=is_dry)
        if not is_dry:
            # what a kill left of the files of batches that are deleted, or were written anew
            sweep(settings.paths.landing)
        work.deletions()
        _forget_deleted(settings, applied)
        work.terms()
        work.reductions()
        work.files()
        work.releases()
        work.logs()
        left = sweep_store(settings.paths.landing, is_dry=is_dry)
        applied.add("object store", "objects of batches that no manifest names", len(left))
    return applied


def _forget_deleted(settings: Settings, applied: Applied) -> None:
    """Forget the accounts that a platform says were deleted, and nothing else of their people."""
    landed = [b for b in manifests(settings.paths.landing) if b.path is not None]
    checks = Checks(settings.paths.landing)
    for source in sorted({batch.source for batch in landed} & sources().keys()):
        kind = connector(source)
        batches = [b for b in landed if b.source == source]
        gone = {
            row["record_id"]
            for batch in batches
            if batch.stream == MISSING
            for row in _rows_of(checks, batch)
            if kind.tells_of_deleted_account(_record_of(row))
        }
        accounts = {
            account
            for batch in (batches if gone else ())
            if batch.stream in kind.owners
            for row in _rows_of(checks, batch)
            if row["record_id"] in gone
            for account in owner_of(kind, batch.stream, _record_of(row))[0]
        }
        if accounts:
            what = Asked(platform=source, account=" ".join(sorted(accounts)), alone=True)
            applied.add(source, "accounts that were deleted there", len(accounts))
            done = forget(settings, what, is_dry=applied.is_dry)
            if not applied.is_dry:
                applied.certificates.append(done)


def _rows_of(checks: Checks, batch: Manifest) -> list[dict[str, str]]:
    with checks.unpacking():
        path = checks.path(str(batch.path))
        if not path.is_file():
            return []
        rows: list[dict[str, str]] = pq.read_table(path, partitioning=None).to_pylist()
    return rows


def _record_of(row: Mapping[str, str | None]) -> dict[str, Any]:
    """Return a row's record; of one that is none, nothing."""
    try:
        return msgspec.json.decode((row["record"] or "").encode(), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}


class _Work:
    def __init__(
        self, settings: Settings, now: datetime, applied: Applied, *, is_dry: bool
    ) -> None:
        self.settings, self.paths, self.now = settings, settings.paths, now
        self.applied, self.is_dry = applied, is_dry
        self.today = now.astimezone(ZoneInfo(settings.config.reporting.time_zone)).date()
        self.run_id = f"retention-{now:%Y%m%dT%H%M%SZ}"
        self.periods = settings.retention
        self.checks = Checks(settings.paths.landing)
        self._is_rebuilt = False

    def deletions(self) -> None:
        """Delete the batches whose period says so, and land what their posts tell together.

        Batches of which the working databases can't tell wait for the next night; it is told.
        """
        planned = list(self._planned())
        for source, due, posts in planned:
            rows = list(aggregates(posts, self.periods.aggregates_of_at_least))
            self.applied.kept += len(rows)
            self.applied.add(source, "batches deleted", len(due))
            if self.is_dry:
                continue
            # all of them are counted: with the first that goes, goes what was built
            self._rebuild()
            land_aggregates(
                self.paths,
                source,
                due,
                posts,
                rows,
                reason=_REASON,
                run_id=self.run_id,
                logical_date=self.today,
                now=self.now,
            )
            remove_deleted(self.paths.landing, due)

    def _planned(self) -> Iterator[tuple[str, list[str], list[Post]]]:
        """Yield the sources of which batches are to be deleted, these, and the posts that go."""
        for source, due in sorted(self._deleted_by_source().items()):
            ids, posts = [batch.batch_id for batch in due], list[Post]()
            if self.periods.keeps_aggregates_of(source):
                if not can_count(self.paths, source, due):
                    self.applied.late.append(
                        f"{source}: {len(due):,} batches wait to be deleted until a night has read "
                        "them, for what they tell together stays: run one, or write "
                        f"`keep_aggregates: {{{source}: false}}` in retention.yml"
                    )
                    continue
                posts = posts_that_go(self.paths, source, ids)
            yield source, ids, posts

    def _deleted_by_source(self) -> dict[str, list[Manifest]]:
        found: dict[str, list[Manifest]] = {}
        for batch, period in self._due():
            if period.then == "delete":
                found.setdefault(batch.source, []).append(batch)
        return found

    def _due(self) -> Iterator[tuple[Manifest, Period]]:
        """Yield the batches whose own period is over."""
        gone = deleted_batches(self.paths.landing)
        for batch in manifests(self.paths.landing):
            period = self.periods.period_of(batch.source, batch.stream)
            if period is None or batch.batch_id in gone or batch.path is None:
                continue
            if self._is_over(date.fromisoformat(batch.logical_date), period.days):
                yield batch, period

    def terms(self) -> None:
        """Do what platforms' terms ask, of all that ever landed of them."""
        root = self.paths.landing
        landed = {batch.source for batch in manifests(root)}
        for source in sorted(landed & sources().keys()):
            kind = connector(source)
            with one_at_a_time(self.settings, source):
                gone = give_up(root, kind, self.run_id, self.today, self.now, is_dry=True)
                days = kind.keeps_for_days
                self.applied.add(source, f"posts not read again for {days} days", gone)
                if days is not None:
                    self._give_up_accounts(kind, days)
                if not self.is_dry:
                    if gone:
                        self._rebuild()
                        give_up(root, kind, self.run_id, self.today, self.now)
                    erased = erase_gone(root, kind, self.run_id, self.today, self.now)
                    self.applied.add(
                        source, "records of posts that are gone lost their texts", erased
                    )
            self._tell_late(kind)

    def _give_up_accounts(self, kind: type[Connector], days: int) -> None:
        """Reduce what is told of accounts that were not read again, to their ids."""
        streams = kind.owners.keys() - kind.kept_when_gone.keys() - {MISSING}
        batches = self._sound(
            b
            for b in manifests(self.paths.landing)
            if b.source == kind.source and b.stream in streams
        )
        seen: dict[str, str] = {}
        for batch in batches:
            for row in _rows_of(self.checks, batch):
                identity = row["record_id"] or ""
                seen[identity] = max(seen.get(identity, ""), row["fetched_at"] or "")
        moment = iso(self.now - timedelta(days=days))
        old = {identity for identity, fetched in seen.items() if fetched < moment}
        count = 0
        for batch in batches:
            count += self._reduce(batch, ("id",), lambda row: row["record_id"] in old)
        self.applied.add(kind.source, f"records of accounts not read again for {days} days", count)

    def _tell_late(self, kind: type[Connector]) -> None:
        hours = kind.learns_of_deletions_in_hours
        configured = self.settings.config.sources.connectors.configured()
        if hours is None or kind.source not in configured:
            return
        read = [
            datetime.fromisoformat(batch.landed_at)
            for batch in manifests(self.paths.landing)
            if batch.source == kind.source and batch.status in WHOLE and batch.query == "reread"
        ]
        if not read or self.now - max(read) > timedelta(hours=hours):
            since = f"since {max(read):%Y-%m-%d %H:%M} UTC" if read else "never"
            self.applied.late.append(
                f"{kind.source}: posts were read again {since}; its terms ask to remove what was "
                f"deleted within {hours} hours: let its DAG run, or set `then: delete` for it"
            )

    def reductions(self) -> None:
        """Let batches lose their texts whose period says so."""
        told: dict[str, int] = {}
        for batch, period in list(self._due()):
            if period.then == "delete":
                continue
            kept = connector(batch.source).kept_when_gone.get(batch.stream)
            if kept is not None and self._sound([batch]):
                count = self._reduce(batch, kept, lambda _: True)
                told[batch.source] = told.get(batch.source, 0) + count
        for source, count in sorted(told.items()):
            self.applied.add(source, "records that lost their texts", count)

    def files(self) -> None:
        """Let files of the inbox go that were read, or refused, long ago."""
        for name, days in (
            (DONE, self.periods.kept_files_days),
            (FAILED, self.periods.failed_files_days),
        ):
            if days is not None:
                self._remove(f"inbox/{name}", "files", self._old(self.paths.inbox / name, days))

    def releases(self) -> None:
        """Let releases of old nights go; never the one that readers see."""
        days = self.periods.releases_days
        if days is None:
            return
        current = current_release(self.paths.published)
        old = [
            release
            for release in releases(self.paths.published)
            if self._is_over(release.logical_date, days)
            and (current is None or release.release_id != current.release_id)
        ]
        self.applied.add("published/releases", "releases", len(old))
        for release in [] if self.is_dry else old:
            # renamed first: a release that is half removed must not be listed
            gone = release.path.with_name(f".{release.release_id}.partial")
            release.path.rename(gone)
            shutil.rmtree(gone)
        if days is not None and not self.is_dry:
            removed = remove_before(self.paths, self.today - timedelta(days=days))
            self.applied.add("object store", "releases", len(removed))

    def logs(self) -> None:
        """Let logs and pages of gates go; journals, to which lines are added, stay."""
        days = self.periods.logs_days
        if days is None:
            return
        airflow = [(folder / "logs", "airflow/logs") for folder in airflow_folders(self.paths)]
        for folder, shown in ((self.paths.logs, "logs"), *airflow):
            found = [path for path in self._old(folder, days) if path.suffix != ".jsonl"]
            self._remove(shown, "files", found)

    def _remove(self, where: str, what: str, files: Sequence[Path]) -> None:
        self.applied.add(where, what, len(files))
        for path in [] if self.is_dry else files:
            path.unlink(missing_ok=True)

    def _old(self, folder: Path, days: int) -> list[Path]:
        """Return the files that were written or moved so long ago."""
        since = (self.now - timedelta(days=days)).timestamp()
        return [
            path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.is_symlink() and path.stat().st_ctime < since
        ]

    def _is_over(self, day: date, days: int) -> bool:
        return (self.today - day).days > days

    def _sound(self, batches: Iterator[Manifest] | Sequence[Manifest]) -> list[Manifest]:
        held = held_batches(self.paths.landing)
        listed = [b for b in batches if b.path is not None and b.batch_id not in held]
        return self.checks.sound(listed)

    def _reduce(
        self, batch: Manifest, kept: Sequence[str], is_old: Callable[[dict[str, str]], bool]
    ) -> int:
        """Reduce records of a batch to what is kept of them; return how many."""
        with self.checks.unpacking():
            table = pq.read_table(self.checks.path(str(batch.path)), partitioning=None)
        records, count, mark = [], 0, ERASED_MARK.decode()
        for row in table.to_pylist():
            record = row["record"]
            if record is not None and not record.startswith(mark) and is_old(row):
                record = reduced(record, kept, iso(self.now))
                count += 1
            records.append(record)
        if count and not self.is_dry:
            self._rebuild()
            place = table.schema.get_field_index("record")
            rows = table.set_column(
                place, table.schema.field(place), pa.array(records, pa.string())
            )
            rewrite_batch(
                self.paths.landing,
                batch.batch_id,
                rows,
                reason=_REASON,
                run_id=self.run_id,
                at=self.now,
            )
        return count

    def _rebuild(self) -> None:
        """Remove what was built, once: it holds what goes, and is built anew from landing."""
        if not self._is_rebuilt:
            remove_files(self.paths.warehouse)
            self._is_rebuilt = True
