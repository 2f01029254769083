"""Reading a source: each query from its cursor on, landed with the next cursor in one commit."""

from __future__ import annotations

import fcntl
import logging
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.connectors import connector as connector_of
from reachline.connectors.base import Connector
from reachline.connectors.clock import Clock, iso
from reachline.connectors.connections import Connection, connection_of
from reachline.connectors.erasing import erase_gone
from reachline.connectors.http import RunContext
from reachline.connectors.interests import Interests, interests
from reachline.connectors.landed import Landed
from reachline.connectors.people import screened
from reachline.connectors.quota import Ledger
from reachline.connectors.types import (
    GIVEN_UP,
    MISSING,
    REREAD,
    WHOLE,
    Known,
    NoAnswer,
    Query,
    Record,
    RunState,
    Stop,
    Window,
)
from reachline.errors import ReachlineError
from reachline.forgotten import load_forgotten
from reachline.landing import (
    Checks,
    Draft,
    LandingError,
    State,
    commit_batch,
    commit_states,
    draft_batch,
    forgotten_rows,
)
from reachline.landing.disk import disk_errors
from reachline.redact import Redactor
from reachline.settings import Settings

log = logging.getLogger("reachline.connectors")

COMMIT_ROWS = 50_000
"""A long query is committed, with its cursor, every so many records."""
_KNOWN_AT_ONCE = 500
_MOST_NAMED = 5
"""So many of the items that were left out are named in the text of an outcome."""
_GROUP_BYTES = 4 * 1024 * 1024
_PACKAGE = Path(__file__).parents[1]
_OF_A_RECORD = ("query", "fetched_at", "record", "record_id", "record_at")
COLUMNS = ("source", "stream", *_OF_A_RECORD)
_SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])
_REPEATED = ["source", "stream", "query", "fetched_at"]
"""Columns that are worth a dictionary and statistics in a file: the others hardly repeat."""


class SourceError(ReachlineError):
    """The source can't be read; the text says why and what to do."""


class IngestBusyError(ReachlineError):
    """Another run of the same source is under way."""


@dataclass(frozen=True)
class Outcome:
    """How the reading of one query ended, and the records that it landed.

    `text` says why it stopped, or what was left out; "" where all was read.
    """

    query: Query
    state: RunState
    records: int
    text: str = ""


@dataclass(frozen=True)
class Report:
    """How a run of a source ended."""

    source: str
    outcomes: tuple[Outcome, ...] = field(default_factory=tuple)
    erased: int = 0
    """Of how many records what the platform says is gone was erased."""

    @property
    def state(self) -> RunState:
        """The most urgent state of its queries."""
        found = {outcome.state for outcome in self.outcomes} or {RunState.NO_DATA}
        order = (
            RunState.AUTH_EXPIRED,
            RunState.FAILED,
            RunState.PARTIAL,
            RunState.RATE_LIMITED,
            RunState.QUOTA_EXHAUSTED,
            RunState.WAITING,
            RunState.OK,
            RunState.NOT_FOUND,
            RunState.NO_DATA,
            RunState.FEED_DISABLED,
        )
        return next(state for state in order if state in found)

    @property
    def needs_credentials(self) -> bool:
        """Whether a person must renew a token before the source can be read again."""
        return self.state == RunState.AUTH_EXPIRED

    @property
    def may_be_retried(self) -> bool:
        """Whether queries failed for a reason that may be gone the next time."""
        return self.state in (RunState.FAILED, RunState.PARTIAL)

    @property
    def records(self) -> int:
        """How many records were landed."""
        return sum(outcome.records for outcome in self.outcomes)

    def lines(self) -> Iterator[str]:
        """Yield a line a state, and one for each text that outcomes have to say."""
        for state in RunState:
            those = [outcome for outcome in self.outcomes if outcome.state == state]
            if those:
                records = sum(outcome.records for outcome in those)
                yield f"{self.source}: {state}: {len(those)} queries, {records:,} records"
        if self.erased:
            yield f"{self.source}: {self.erased:,} records of posts that are gone were erased"
        alike: dict[tuple[RunState, str], list[Outcome]] = {}
        for outcome in self.outcomes:
            if outcome.text:
                alike.setdefault((outcome.state, outcome.text), []).append(outcome)
        for (state, text), those in alike.items():
            more = f" and {len(those) - 1} more" if len(those) > 1 else ""
            yield f"  {those[0].query.stream} {those[0].query.text}{more}: {state}: {text}"


def read_source(
    settings: Settings,
    source: str,
    at: datetime | None = None,
    *,
    on_records: Callable[[int], None] | None = None,
) -> Report:
    """Read a configured source; `at` is the moment that it is taken to be (None: now).

    `on_records` is called after each page with the number of records read so far. Raises
    SourceError where config/sources.yml does not name the source.
    """
    configured = settings.config.sources.connectors.configured()
    if source not in configured:
        listed = ", ".join(configured) or "none"
        raise SourceError(
            f"{source}: not a connector of config/sources.yml; configured: {listed}. Add it there."
        )
    clock = Clock(now=lambda: at) if at else Clock()
    run_id = f"ingest-{source}-{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return ingest(settings, source, run_id, clock=clock, on_records=on_records)


def ingest(
    settings: Settings,
    source: str,
    run_id: str,
    *,
    clock: Clock | None = None,
    connection: Connection | None = None,
    on_records: Callable[[int], None] | None = None,
) -> Report:
    """Read everything that a source is asked for, and land it; return how each query ended.

    What is landed is committed query by query: a run that is killed loses nothing that was, and
    the next one goes on from there. `source` must be configured in config/sources.yml. `on_records`
    is called after each page with the number of records read so far.

    Raises IngestBusyError when the source is being read already.
    """
    options = getattr(settings.config.sources.connectors, source)
    connection = connection or connection_of(source, settings.paths)
    kind = connector_of(source)
    return run_connector(
        settings, kind, options, connection, run_id, clock=clock, on_records=on_records
    )


def run_connector(
    settings: Settings,
    kind: type[Connector],
    options: Any,
    connection: Connection,
    run_id: str,
    *,
    clock: Clock | None = None,
    on_records: Callable[[int], None] | None = None,
) -> Report:
    """Read and land what a connector is asked for, as `ingest`, by options and connection given."""
    redactor = Redactor(*connection.secrets)
    with one_at_a_time(settings, kind.source), ExitStack() as stack:
        redactor.watch()
        stack.callback(redactor.unwatch)
        reading = _Reading(settings, kind, options, connection, redactor, clock or Clock(), run_id)
        reading.on_records = on_records
        return reading.run()


class _Reading:
    """One run of one source."""

    def __init__(
        self,
        settings: Settings,
        kind: type[Connector],
        options: Any,
        connection: Connection,
        redactor: Redactor,
        clock: Clock,
        run_id: str,
    ) -> None:
        now = clock.now()
        zone = ZoneInfo(settings.config.reporting.time_zone)
        self.settings, self.source, self.options = settings, kind.source, options
        self.run_id, self.clock, self.redactor = run_id, clock, redactor
        self.window = Window(now.astimezone(zone).date(), now, options.first_days)
        quotas = tuple(kind.quotas(options))
        ledger = Ledger(settings.paths.landing, kind.source, quotas, run_id=run_id)
        run = RunContext(ledger, redactor, clock, options.max_wait_seconds)
        self.connector = kind(options, connection, run)
        self.forgotten = load_forgotten(settings.paths)
        self.records = 0
        """How many records the run has read so far."""
        self._states: list[State] = []
        self.on_records: Callable[[int], None] | None = None

    def run(self) -> Report:
        asked = interests(self.settings, self.source, self.window.logical_date)
        landing = self.settings.paths.landing
        checks = Checks(landing)
        landed = Landed(landing, self.source, self.window.logical_date, checks)
        outcomes: list[Outcome] = []
        stopped: Stop | None = None
        with ExitStack() as stack:
            stack.callback(landed.close)
            stack.callback(self._commit_states)
            try:
                self.connector.open()
            except LandingError:
                raise
            except Stop as stop:
                stopped = stop
            except Exception as error:
                stopped = Stop(RunState.FAILED, self._told(error, "the login"), was_asked=False)
            # what failed the last time goes last: if it fails again, the others were read
            queries = sorted(
                self.connector.queries(asked),
                key=lambda q: (landed.failures(q)[0], landed.last_whole_read(q), q.text),
            )
            impossible = _impossible(asked)
            for query in queries:
                outcomes.append(self._read(query, landed, stopped, impossible.get(query.text)))
            if self.connector.reread is not None:
                outcomes.append(self._read_again(landed, stopped))
                outcomes += self._give_up(landed)
        erased = erase_gone(
            landing,
            type(self.connector),
            self.run_id,
            self.window.logical_date,
            self.clock.now(),
            checks,
        )
        return Report(self.source, tuple(outcomes), erased)

    def note(self, state: State) -> None:
        """Keep how a query ended of which nothing landed, until it is committed with others."""
        self._states.append(state)

    def _commit_states(self) -> None:
        states, self._states = self._states, []
        if states:
            commit_states(
                self.settings.paths.landing,
                self.source,
                states,
                logical_date=self.window.logical_date,
                run_id=self.run_id,
            )

    def _read(
        self, query: Query, landed: Landed, stopped: Stop | None, impossible: str | None
    ) -> Outcome:
        """Read one query; only say how it stands where there is no use in asking."""
        cursor = landed.cursor(query)
        seen = landed.ids(query) if query.once and not query.unique else set()
        with _Landing(self, query, cursor, landed.failures(query)) as out:
            if stopped is not None:
                return out.close(stopped.state, str(stopped))
            if impossible is not None:
                log.warning("%s %s: %s", self.source, query.text, impossible)
                return out.close(RunState.NOT_FOUND, impossible)
            until = landed.waits_until(query)
            if until is not None:
                days, last = landed.failures(query)
                text = f"failed on {days} days in a row, last on {last}; asked again on {until}"
                return out.close(RunState.WAITING, text)
            try:
                for page in self.connector.read(query, cursor, self.window):
                    out.fetched_at = iso(self.clock.now())
                    for record in page.records:
                        key = f"{record.stream}\n{record.id}" if record.stream else record.id
                        if query.unique:
                            out.add(record)
                        elif key not in seen:
                            out.add(record)
                            seen.add(key)
                    out.left_out += map(self.redactor, page.left_out)
                    out.cursor = page.cursor
                    out.end_page()
                    if out.pending >= COMMIT_ROWS:
                        out.commit(RunState.PARTIAL, "more of this query follows in the next batch")
            except NoAnswer as absent:
                log.info("%s %s: %s", self.source, query.text, absent)
            except LandingError:
                raise
            except Exception as error:
                return self._stopped(out, error)
            return out.close(out.ended, out.told)

    def _read_again(self, landed: Landed, stopped: Stop | None) -> Outcome:
        """Read posts again; those that spoil a call are asked for alone, after all others."""
        again = self.connector.reread
        assert again is not None  # noqa: S101 - asked by the caller
        query = Query(again.stream, REREAD)
        with _Landing(self, query, None, landed.failures(query)) as out:
            if stopped is not None:
                return out.close(stopped.state, str(stopped))
            due = landed.due(again.stream, self.window.now, self.options.reread)
            alone: list[str] = []
            try:
                for chunk in _chunks(due, _KNOWN_AT_ONCE):
                    for posts in _chunks(landed.known(again.stream, chunk), again.batch):
                        alone += self._land_again(posts, out, is_last_try=len(posts) == 1)
                for chunk in _chunks(alone, _KNOWN_AT_ONCE):
                    for post in landed.known(again.stream, chunk):
                        self._land_again([post], out, is_last_try=True)
            except LandingError:
                raise
            except Exception as error:
                return self._stopped(out, error)
            if out.left_out:
                return out.close(RunState.PARTIAL, out.told)
            return out.close(out.ended)

    def _land_again(
        self, posts: Sequence[Known], out: _Landing, *, is_last_try: bool
    ) -> Sequence[str]:
        """Land posts as they are now; return those that one of them kept from being answered.

        On the last try it is left out, and said so. Raises what holds for the whole source.
        """
        left = dict.fromkeys(post.id for post in posts)
        try:
            for record in self.connector.read_again(posts):
                out.fetched_at = iso(self.clock.now())
                out.add(record)
                left.pop(record.id, None)
        except LandingError:
            raise
        except Exception as error:
            if isinstance(error, Stop) and (error.state != RunState.FAILED or not error.was_asked):
                raise
            if not is_last_try:
                return list(left)
            out.left_out += [f"{posts[0].id}: {self._told(error, out.query.text)}"]
            return []
        out.end_page()
        if out.pending >= COMMIT_ROWS:
            out.commit(RunState.PARTIAL, "more of this query follows in the next batch")
        return []

    def _give_up(self, landed: Landed) -> Iterator[Outcome]:
        """Land what the platform's terms do not let be kept, for it was not read again, as gone."""
        again, days = self.connector.reread, self.connector.keeps_for_days
        if again is None or days is None:
            return
        ids = landed.not_read_since(again.stream, self.window.now - timedelta(days=days))
        if not ids:
            return
        with _Landing(self, Query(again.stream, GIVEN_UP), None, (0, None)) as out:
            out.fetched_at = iso(self.clock.now())
            for identity in ids:
                raw = msgspec.json.encode({again.id_name: identity, "given_up": True})
                out.add(Record(raw, identity, None, MISSING))
            text = f"{len(ids):,} posts were not read again for {days} days: they count as gone"
            log.warning("%s: %s", self.source, text)
            yield out.close(RunState.OK, text)

    def _stopped(self, out: _Landing, error: Exception) -> Outcome:
        """Commit what came before the stop; whatever it was, it stops its query alone."""
        state = error.state if isinstance(error, Stop) else RunState.FAILED
        text = self._told(error, out.query.text)
        if state == RunState.FAILED and out.pages:
            state = RunState.PARTIAL
        log.warning("%s %s: %s: %s", self.source, out.query.text, state, text)
        is_own = not isinstance(error, Stop) or error.was_asked
        return out.close(state, "; ".join(filter(None, [text, out.told])), is_own=is_own)

    def _told(self, error: Exception, query: str) -> str:
        """Return what went wrong, without secrets; what nobody foresaw is logged with its place."""
        if isinstance(error, (Stop, NoAnswer)):
            return self.redactor(str(error))
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents]
        frame = (ours or frames)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
        trace = "".join(traceback.format_exception(error))
        log.error("%s %s: %s", self.source, query, self.redactor(trace))
        # redacted before it is cut: no part of a secret is left at its end
        said = self.redactor(f"{type(error).__name__}: {error}")[:300]
        return (
            f"the answer is not of the form that was expected: {said} ({place}). If the platform's "
            "answers have changed, the connector must follow; the log has the whole trace."
        )


def _impossible(asked: Interests) -> dict[str, str]:
    """Return why the accounts that can't exist are not asked for, by the text of their queries."""
    return {
        f"account:{account.handle}": account.impossible
        for account in asked.accounts
        if account.impossible
    }


class _Landing:
    """Writes the records of one query into drafts, a stream each, and commits them together.

    The query's own stream is committed last, with the cursor: what a kill between two commits
    leaves is read again, never left out. `failures` are those of the query so far.
    """

    def __init__(
        self, reading: _Reading, query: Query, cursor: Any, failures: tuple[int, date | None]
    ) -> None:
        self.reading, self.query, self.cursor = reading, query, cursor
        self.begun_at, self.failures = cursor, failures
        self.left_out: list[str] = []
        """What could not be read of the items, each with its reason."""
        self.records = self.pending = self.pages = self.forgotten = 0
        self.fetched_at = ""
        """When the page came that is being added."""
        self._stack = ExitStack()
        self._parts: dict[str, _Part] = {}

    def __enter__(self) -> _Landing:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, record: Record) -> None:
        record.raw.decode(), record.id.encode()  # a file with other text could not be read again
        stream = record.stream or self.query.stream
        reading = self.reading
        if reading.forgotten:
            query = record.query or self.query.text
            kind = type(reading.connector)
            raw = screened(kind, reading.forgotten, stream, query, record.id, record.raw)
            if raw is None:
                self._part(stream).forgotten += 1
                self.forgotten += 1
                return
            if raw is not record.raw:
                record = replace(record, raw=raw)
        self._part(stream).add(record, self.fetched_at)
        self.pending += 1
        self.reading.records += 1

    def _part(self, stream: str) -> _Part:
        part = self._parts.get(stream)
        if part is None:
            part = self._parts[stream] = self._open(stream)
        return part

    def end_page(self) -> None:
        """Count a page, and report how many records the run has read so far."""
        self.pages += 1
        if self.reading.on_records is not None:
            self.reading.on_records(self.reading.records)

    @property
    def ended(self) -> RunState:
        """The state of a query that was read to its end."""
        return RunState.OK if self.records + self.pending else RunState.NO_DATA

    @property
    def told(self) -> str:
        """What the outcome says of the items that were left out."""
        told = []
        if self.left_out:
            more = len(self.left_out) - _MOST_NAMED
            named = [*self.left_out[:_MOST_NAMED], *([f"and {more} more"] if more > 0 else [])]
            told.append(f"left out {len(self.left_out)}: {'; '.join(named)}")
        if self.forgotten:
            told.append(f"of people who are forgotten: {self.forgotten}, they do not land")
        return "; ".join(told)

    def commit(self, state: RunState, text: str = "", failures: int | None = None) -> None:
        """Commit what was added since the last commit, with state and cursor."""
        own = self._parts.pop(self.query.stream, None)
        for part in self._parts.values():
            self._commit(part, RunState.OK, "", None, None)
        if own is not None:
            self._commit(own, state, text, self.cursor, failures)
        else:
            self.reading.note(
                State(
                    self.query.stream,
                    self.query.text,
                    state,
                    iso(self.reading.clock.now()),
                    self.cursor,
                    text,
                    failures,
                )
            )
        self._parts.clear()
        self._stack.close()
        self.records += self.pending
        self.pending = 0

    def close(self, state: RunState, text: str = "", *, is_own: bool = False) -> Outcome:
        """Commit the rest, and return how the query ended; `is_own`: a failure is its own."""
        self.commit(state, text, self._failures(state, is_own))
        return Outcome(self.query, state, self.records, text)

    def _failures(self, state: RunState, is_own: bool) -> int:
        """Return on how many days in a row the query failed, this one included."""
        days, last = self.failures
        if state in WHOLE:
            return 0
        # one that came further did not fail for what stands where it began
        is_failure = is_own and state in (RunState.FAILED, RunState.PARTIAL)
        if not is_failure or self.cursor != self.begun_at:
            return days
        return days + (last is None or days == 0 or last < self.reading.window.logical_date)

    def _open(self, stream: str) -> _Part:
        reading = self.reading
        draft = self._stack.enter_context(
            draft_batch(
                reading.settings.paths.landing,
                reading.source,
                stream,
                reading.window.logical_date,
            )
        )
        return _Part(draft, self.query.text)

    def _commit(
        self, part: _Part, state: RunState, text: str, cursor: Any, failures: int | None
    ) -> None:
        part.close()
        commit_batch(
            part.draft,
            run_id=self.reading.run_id,
            rows=part.rows,
            rejected=part.forgotten,
            columns=COLUMNS if part.rows or part.forgotten else (),
            status=state,
            query=self.query.text,
            cursor=cursor,
            reason=text,
            failures=failures,
            first_line=1,
            landed_at=self.reading.clock.now(),
        )


class _Part:
    """The file of one stream of one query, written a row group at a time."""

    def __init__(self, draft: Draft, query: str) -> None:
        self.draft, self.query, self.rows = draft, query, 0
        self.forgotten = 0
        """Records of people who are forgotten: refused, without what they held."""
        self._bytes = 0
        # texts by column, not the records: what these hold would be garbage to collect
        self._columns: dict[str, list[str | bytes | None]] = {name: [] for name in _OF_A_RECORD}
        self._writer: pq.ParquetWriter | None = None

    def add(self, record: Record, fetched_at: str) -> None:
        queries, times, records, ids, moments = self._columns.values()
        queries.append(record.query or self.query)
        times.append(fetched_at)
        records.append(record.raw)
        ids.append(record.id)
        moments.append(record.at)
        self._bytes += len(record.raw)
        self.rows += 1
        if self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        if self._columns["record"] or (self.forgotten and self._writer is None):
            self._flush()
        if self.forgotten:
            with disk_errors(self.draft.rejects):
                lines = range(self.rows + 1, self.rows + 1 + self.forgotten)
                pq.write_table(forgotten_rows(lines), self.draft.rejects, compression="zstd")
        if self._writer is not None:
            with disk_errors(self.draft.data):
                self._writer.close()

    def _flush(self) -> None:
        with disk_errors(self.draft.data):
            self._write()

    def _write(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self.draft.data,
                _SCHEMA,
                compression="zstd",
                use_dictionary=_REPEATED,
                write_statistics=_REPEATED,
            )
        count = len(self._columns["record"])
        whole = {"source": [self.draft.source] * count, "stream": [self.draft.stream] * count}
        self._writer.write_table(pa.table({**whole, **self._columns}, schema=_SCHEMA))
        for column in self._columns.values():
            column.clear()
        self._bytes = 0


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


@contextmanager
def one_at_a_time(settings: Settings, source: str) -> Iterator[None]:
    """Hold the lock that lets one run at a time read a source; IngestBusyError where it is held."""
    folder = settings.paths.landing
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / f".ingest-{source}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IngestBusyError(
                f"{source} is being read by another run. Wait until it has ended."
            ) from error
        yield
    finally:
        os.close(lock)
