"""What a source has landed before: cursors, states, ids. All of it is read from landing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from reachline.connectors.clock import iso
from reachline.connectors.types import ERASED, GIVEN_UP, MISSING, REREAD, WHOLE, Known, Query
from reachline.landing import Checks, Manifest, manifests
from reachline.sql import file_pattern

REMEMBERED_DAYS = 45
"""Ids are looked up so many days back: longer than a post is read again, and than any window."""
MOST_DAYS_TO_WAIT = 4
"""A query that fails again and again is still asked once in so many days.

Fewer than a search of X or a new query reaches back, so that little is lost once it is mended.
"""


class Landed:
    """What a source has landed; ids are those of the last REMEMBERED_DAYS days.

    A batch whose file is not what landed is left out, with a warning: then some of what it held may
    land again, which does no harm.
    """

    def __init__(
        self, landing: Path, source: str, today: date, checks: Checks | None = None
    ) -> None:
        self._today, self._checks = today, checks or Checks(landing)
        since = (today - timedelta(days=REMEMBERED_DAYS)).isoformat()
        batches = [batch for batch in manifests(landing) if batch.source == source]
        self._cursor: dict[tuple[str, str], Any] = {}
        self._whole: dict[tuple[str, str], int] = {}
        self._failures: dict[tuple[str, str], tuple[int, date | None]] = {}
        for batch in batches:
            key = (batch.stream, batch.query)
            if batch.failures not in (None, self._failures.get(key, (0, None))[0]):
                day = date.fromisoformat(batch.logical_date)
                self._failures[key] = (batch.failures or 0, day)
            if batch.cursor is not None:
                self._cursor[key] = batch.cursor
            if batch.status in WHOLE:
                self._whole[key] = batch.sequence
        last_day = max((batch.logical_date for batch in batches), default="")
        own = (REREAD, GIVEN_UP, ERASED)
        self._is_answered = any(
            batch.logical_date == last_day and batch.status in WHOLE and batch.query not in own
            for batch in batches
        )
        self._batches = [batch for batch in batches if batch.path is not None]
        self._since = since
        self._con = duckdb.connect()
        self._con.execute("set threads = 1")
        self._con.execute(
            "create table landed(stream varchar, query varchar, record_id varchar,"
            " record_at varchar, fetched_at varchar)"
        )
        self._files: list[str] | None = None

    def _read(self) -> list[str]:
        """Read what landed, when it is asked for first: some sources never do.

        Returns the files that it was read from.
        """
        if self._files is None:
            recent = [batch for batch in self._batches if batch.logical_date >= self._since]
            self._files = self._sound(recent)
            if self._files:
                self._con.execute(
                    "insert into landed select stream, query, record_id, record_at, fetched_at"
                    " from read_parquet($files, hive_partitioning = false)",
                    {"files": self._files},
                )
        return self._files

    def _sound(self, batches: Iterable[Manifest]) -> list[str]:
        """Return the files of those batches that are what landed, as DuckDB reads them."""
        sound = self._checks.sound(batches)
        return [file_pattern(self._checks.path(str(batch.path))) for batch in sound]

    def close(self) -> None:
        """Close the database that holds what was read."""
        self._con.close()

    def cursor(self, query: Query) -> Any:
        """Return the cursor that a query goes on from, or None if it was never read."""
        return self._cursor.get((query.stream, query.text))

    def last_whole_read(self, query: Query) -> int:
        """Return the landing sequence at which a query was last read to its end; else 0."""
        return self._whole.get((query.stream, query.text), 0)

    def failures(self, query: Query) -> tuple[int, date | None]:
        """Return on how many days in a row a query failed, and on which day it did last."""
        return self._failures.get((query.stream, query.text), (0, None))

    def waits_until(self, query: Query) -> date | None:
        """Return the day before which a query is not asked, for it failed; None: it is asked now.

        One that failed on a single day is asked at once, then 2 and at most MOST_DAYS_TO_WAIT
        days after the last time; all day long, so that a retry is not taken for a success. Where
        nothing at all could be read on the last day, the source was down: then no query is to
        blame, and none waits.
        """
        days, last = self.failures(query)
        if days < 2 or last is None or not self._is_answered:
            return None
        until = last + timedelta(days=min(2 ** min(days - 1, 9), MOST_DAYS_TO_WAIT))
        return until if last < self._today < until else None

    def ids(self, query: Query) -> set[str]:
        """Return the ids that a query has landed."""
        self._read()
        rows = self._con.execute(
            "select record_id from landed where stream = ? and query = ?",
            [query.stream, query.text],
        ).fetchall()
        return {record_id for (record_id,) in rows}

    def due(self, stream: str, now: datetime, steps: Sequence[tuple[int, int]]) -> list[str]:
        """Return the posts that are to be read again, the longest waiting first.

        `steps` are (up to so many days of age, read every so many days), ages ascending. A post is
        left when it is older than the last, or was found to be gone.
        """
        self._read()
        # an hour's grace: a run that starts a little earlier than the one before is not a day late
        cases = " ".join(
            f"when age_days < {int(age)} then {int(every)} - 1.0 / 24" for age, every in steps
        )
        rows = self._con.execute(
            f"""
            with seen as (
                select
                    record_id,
                    date_diff('second', min(record_at::timestamptz), $now::timestamptz) / 86400.0
                        as age_days,
                    date_diff('second', max(fetched_at::timestamptz), $now::timestamptz) / 86400.0
                        as waited_days
                from landed
                where stream = $stream and record_at is not null
                group by record_id
            )
            select record_id
            from seen
            where
                waited_days >= case {cases} end
                and record_id not in (
                    select record_id from landed where stream = $missing and record_id is not null
                )
            order by waited_days desc, record_id
            """,
            {"now": iso(now), "stream": stream, "missing": MISSING},
        ).fetchall()
        return [record_id for (record_id,) in rows]

    def not_read_since(self, stream: str, moment: datetime) -> list[str]:
        """Return the posts of all that ever landed that were read last before a moment.

        Those that were found to be gone since are not among them.
        """
        batches = [batch for batch in self._batches if batch.stream in (stream, MISSING)]
        files = self._sound(batches) if any(b.stream == stream for b in batches) else []
        if not files:
            return []
        rows = self._con.execute(
            """
            with read as (
                select
                    record_id,
                    max(fetched_at::timestamptz) filter (where stream = $stream) as read_at,
                    max(fetched_at::timestamptz) filter (where stream = $missing) as missing_at
                from read_parquet($files, hive_partitioning = false)
                where record_id is not null
                group by record_id
            )

            select record_id
            from read
            where read_at < $moment::timestamptz and coalesce(missing_at < read_at, true)
            order by record_id
            """,
            {
                "files": files,
                "stream": stream,
                "missing": MISSING,
                "moment": iso(moment),
            },
        ).fetchall()
        return [record_id for (record_id,) in rows]

    def known(self, stream: str, ids: Sequence[str]) -> list[Known]:
        """Return posts in the order of `ids`: what found them first, and how they were last."""
        files = self._read()
        rows = self._con.execute(
            """
            with by_query as (
                select
                    record_id,
                    query,
                    min(fetched_at) as first_at,
                    max(fetched_at) as last_at,
                    max_by(record, fetched_at) as record
                from read_parquet($files, hive_partitioning = false)
                where stream = $stream and record_id in (select unnest($ids))
                group by record_id, query
            )
            select
                record_id,
                max_by(record, last_at),
                list(query order by first_at, query),
                list(record order by first_at, query)
            from by_query
            group by record_id
            """,
            {"files": files, "stream": stream, "ids": list(ids)},
        ).fetchall()
        found = {}
        for record_id, raw, queries, records in rows:
            seen = [(query, text.encode()) for query, text in zip(queries, records, strict=True)]
            found[record_id] = Known(record_id, queries[0], raw.encode(), seen)
        return [found[record_id] for record_id in ids]
