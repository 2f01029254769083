"""Reading a source: each query from its cursor on, landed with the next cursor in one commit."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from reachline.connectors import connector as connector_of
from reachline.connectors.base import Connector
from reachline.connectors.clock import Clock, iso
from reachline.connectors.connections import Connection, connection_of
from reachline.connectors.http import RunContext
from reachline.connectors.interests import interests
from reachline.connectors.landed import Landed
from reachline.connectors.quota import Ledger
from reachline.connectors.types import (
    REREAD,
    WHOLE,
    NoAnswer,
    Query,
    Record,
    RunState,
    Stop,
    Window,
)
from reachline.errors import ReachlineError
from reachline.landing import Draft, commit_batch, draft_batch
from reachline.redact import Redactor
from reachline.settings import Settings

log = logging.getLogger("reachline.connectors")

COMMIT_ROWS = 50_000
"""A long query is committed, with its cursor, every so many records."""
_KNOWN_AT_ONCE = 500
_GROUP_BYTES = 4 * 1024 * 1024
COLUMNS = ("source", "stream", "query", "fetched_at", "record", "record_id", "record_at")
_SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])


class SourceError(ReachlineError):
    """The source can't be read; the text says why and what to do."""


class IngestBusyError(ReachlineError):
    """Another run of the same source is under way."""


@dataclass(frozen=True)
class Outcome:
    """How the reading of one query ended: its state, the records it landed, and why it stopped."""

    query: Query
    state: RunState
    records: int
    text: str = ""


@dataclass(frozen=True)
class Report:
    """How a run of a source ended."""

    source: str
    outcomes: tuple[Outcome, ...] = field(default_factory=tuple)

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
            RunState.OK,
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
        """Yield a line a state, and one for each reason why queries did not end well."""
        for state in RunState:
            those = [outcome for outcome in self.outcomes if outcome.state == state]
            if those:
                records = sum(outcome.records for outcome in those)
                yield f"{self.source}: {state}: {len(those)} queries, {records:,} records"
        alike: dict[tuple[RunState, str], list[Outcome]] = {}
        for outcome in self.outcomes:
            if outcome.state not in WHOLE:
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
    with _one_at_a_time(settings, kind.source), ExitStack() as stack:
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
        self.records = 0
        """How many records the run has read so far."""
        self.on_records: Callable[[int], None] | None = None

    def run(self) -> Report:
        asked = interests(self.settings, self.source, self.window.logical_date)
        landed = Landed(self.settings.paths.landing, self.source, self.window.logical_date)
        outcomes: list[Outcome] = []
        stopped: Stop | None = None
        with ExitStack() as stack:
            stack.callback(landed.close)
            try:
                self.connector.open()
            except Stop as stop:
                stopped = stop
            queries = sorted(
                self.connector.queries(asked), key=lambda q: (landed.last_whole_read(q), q.text)
            )
            for query in queries:
                outcomes.append(self._read(query, landed, stopped))
            if self.connector.reread is not None:
                outcomes.append(self._read_again(landed, stopped))
        return Report(self.source, tuple(outcomes))

    def _read(self, query: Query, landed: Landed, stopped: Stop | None) -> Outcome:
        """Read one query; where the source could not be opened, only say that it was not."""
        cursor = landed.cursor(query)
        seen = landed.ids(query) if query.once and not query.unique else set()
        with _Landing(self, query, cursor) as out:
            if stopped is not None:
                return out.close(stopped.state, str(stopped))
            try:
                for page in self.connector.read(query, cursor, self.window):
                    out.fetched_at = iso(self.clock.now())
                    for record in page.records:
                        key = f"{record.stream}\n{record.id}" if record.stream else record.id
                        if query.unique:
                            out.add(record)
                        elif key not in seen:
                            seen.add(key)
                            out.add(record)
                    out.cursor = page.cursor
                    out.end_page()
                    if out.pending >= COMMIT_ROWS:
                        out.commit(RunState.PARTIAL, "more of this query follows in the next batch")
            except NoAnswer as absent:
                log.info("%s %s: %s", self.source, query.text, absent)
            except (Stop, msgspec.DecodeError) as error:
                return self._stopped(out, error)
            return out.close(out.ended)

    def _read_again(self, landed: Landed, stopped: Stop | None) -> Outcome:
        again = self.connector.reread
        assert again is not None  # noqa: S101 - asked by the caller
        query = Query(again.stream, REREAD)
        with _Landing(self, query, None) as out:
            if stopped is not None:
                return out.close(stopped.state, str(stopped))
            due = landed.due(again.stream, self.window.now, self.options.reread)
            try:
                for chunk in _chunks(due, _KNOWN_AT_ONCE):
                    for posts in _chunks(landed.known(again.stream, chunk), again.batch):
                        for record in self.connector.read_again(posts):
                            out.fetched_at = iso(self.clock.now())
                            out.add(record)
                        out.end_page()
                    if out.pending >= COMMIT_ROWS:
                        out.commit(RunState.PARTIAL, "more of this query follows in the next batch")
            except (Stop, NoAnswer, msgspec.DecodeError) as error:
                return self._stopped(out, error)
            return out.close(out.ended)

    def _stopped(self, out: _Landing, error: Exception) -> Outcome:
        """Commit what came before the stop; an answer of another form stops its query alone."""
        state, text = RunState.FAILED, self.redactor(str(error))
        if isinstance(error, Stop):
            state = error.state
        elif isinstance(error, msgspec.DecodeError):
            text = f"the answer is not of the form that was expected: {text}"
        if state == RunState.FAILED and out.pages:
            state = RunState.PARTIAL
        log.warning("%s %s: %s: %s", self.source, out.query.text, state, text)
        return out.close(state, text)


class _Landing:
    """Writes the records of one query into drafts, a stream each, and commits them together.

    The query's own stream is committed last, with the cursor: what a kill between two commits
    leaves is read again, never left out.
    """

    def __init__(self, reading: _Reading, query: Query, cursor: Any) -> None:
        self.reading, self.query, self.cursor = reading, query, cursor
        self.records = self.pending = self.pages = 0
        self.fetched_at = ""
        """When the page came that is being added."""
        self._stack = ExitStack()
        self._parts: dict[str, _Part] = {}

    def __enter__(self) -> _Landing:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, record: Record) -> None:
        stream = record.stream or self.query.stream
        part = self._parts.get(stream)
        if part is None:
            part = self._parts[stream] = self._open(stream)
        part.add(record, self.fetched_at)
        self.pending += 1
        self.reading.records += 1

    def end_page(self) -> None:
        """Count a page, and report how many records the run has read so far."""
        self.pages += 1
        if self.reading.on_records is not None:
            self.reading.on_records(self.reading.records)

    @property
    def ended(self) -> RunState:
        """The state of a query that was read to its end."""
        return RunState.OK if self.records + self.pending else RunState.NO_DATA

    def commit(self, state: RunState, text: str = "") -> None:
        """Commit what was added since the last commit, with state and cursor."""
        own = self._parts.pop(self.query.stream, None) or self._open(self.query.stream)
        for part in self._parts.values():
            self._commit(part, RunState.OK, "", None)
        self._commit(own, state, text, self.cursor)
        self._parts.clear()
        self._stack.close()
        self.records += self.pending
        self.pending = 0

    def close(self, state: RunState, text: str = "") -> Outcome:
        """Commit the rest, and return how the query ended."""
        self.commit(state, text)
        return Outcome(self.query, state, self.records, text)

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

    def _commit(self, part: _Part, state: RunState, text: str, cursor: Any) -> None:
        part.close()
        commit_batch(
            part.draft,
            run_id=self.reading.run_id,
            rows=part.rows,
            columns=COLUMNS if part.rows else (),
            status=state,
            query=self.query.text,
            cursor=cursor,
            reason=text,
            first_line=1,
            landed_at=self.reading.clock.now(),
        )


class _Part:
    """The file of one stream of one query, written a row group at a time."""

    def __init__(self, draft: Draft, query: str) -> None:
        self.draft, self.query, self.rows = draft, query, 0
        self._records: list[tuple[Record, str]] = []
        self._bytes = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, record: Record, fetched_at: str) -> None:
        self._records.append((record, fetched_at))
        self._bytes += len(record.raw)
        self.rows += 1
        if self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        if self._records:
            self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.draft.data, _SCHEMA, compression="zstd")
        records = [record for record, _ in self._records]
        count = len(records)
        self._writer.write_table(
            pa.table(
                {
                    "source": [self.draft.source] * count,
                    "stream": [self.draft.stream] * count,
                    "query": [record.query or self.query for record in records],
                    "fetched_at": [fetched_at for _, fetched_at in self._records],
                    "record": [record.raw for record in records],
                    "record_id": [record.id for record in records],
                    "record_at": [record.at for record in records],
                },
                schema=_SCHEMA,
            )
        )
        self._records.clear()
        self._bytes = 0


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


@contextmanager
def _one_at_a_time(settings: Settings, source: str) -> Iterator[None]:
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
