"""Erasing what a platform says is gone, from all batches in which it landed.

A post that was asked for by id and is not there any more lands in MISSING. Of the records that
landed of it until then stay its ids, times and counts: its numbers are part of what was measured.
Text, links, media, names and all else go; the batch is written anew, with as many lines. What
stands in the warehouse loses them in the next night, as the post is deleted there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.connectors.base import Connector
from reachline.connectors.clock import iso
from reachline.connectors.landed import Landed
from reachline.connectors.types import ERASED, GIVEN_UP, MISSING, RunState
from reachline.landing import (
    Checks,
    Manifest,
    commit_batch,
    draft_batch,
    held_batches,
    manifests,
    rewrite_batch,
)
from reachline.sql import file_pattern

ERASED_MARK = b'{"erased":'
"""How a record begins that was reduced to its ids, times and counts."""
RECORDS = pa.schema(
    [
        (name, pa.string())
        for name in (
            *("source", "stream", "query", "fetched_at", "record", "record_id", "record_at"),
        )
    ]
)
"""The columns of the records of a platform, as they land."""


def erase_gone(
    landing: Path,
    kind: type[Connector],
    run_id: str,
    logical_date: date,
    now: datetime,
    checks: Checks | None = None,
) -> int:
    """Erase the posts of a source that landed in MISSING since the last time.

    Returns how many records lost what they held. A record that is newer than the answer that a
    post is gone stays: the post is back. A run that is killed is made good by the next one.
    Raises DamagedBatchError where a batch is not what landed: written anew, it would pass for it.
    One that is held for it is left out, with a warning.
    """
    checks = checks or Checks(landing)
    batches = [batch for batch in manifests(landing) if batch.source == kind.source]
    done = max((b.cursor["through"] for b in batches if b.query == ERASED and b.cursor), default=0)
    new = [b for b in batches if b.stream == MISSING and b.path and b.sequence > done]
    if not new or not kind.kept_when_gone:
        return 0
    held = held_batches(landing)
    damaged = {b.batch_id for b in batches if b.batch_id in held and not checks.sound([b])}
    searched = [
        b
        for b in batches
        if b.path and b.stream in kind.kept_when_gone and b.batch_id not in damaged
    ]
    with checks.reading([*searched, *new]):
        found = _records_of(checks, searched, new)
    reason = "of posts that the platform says are gone stay ids, times and counts"
    for batch in batches:
        rows = found.get(batch.batch_id)
        if not rows:
            continue
        kept = kind.kept_when_gone[batch.stream]
        with checks.reading([batch]):
            landed = pq.read_table(checks.path(str(batch.path)), partitioning=None)
        table = _without(landed, rows, kept, iso(now))
        rewrite_batch(landing, batch.batch_id, table, reason=reason, run_id=run_id, at=now)
    with draft_batch(landing, kind.source, MISSING, logical_date) as draft:
        commit_batch(
            draft,
            run_id=run_id,
            status=RunState.OK,
            query=ERASED,
            cursor={"through": max(batch.sequence for batch in new)},
            landed_at=now,
        )
    return sum(len(rows) for rows in found.values())


def give_up(
    landing: Path,
    kind: type[Connector],
    run_id: str,
    logical_date: date,
    now: datetime,
    *,
    is_dry: bool = False,
) -> int:
    """Land as gone the posts that a platform's terms let nobody keep, for none was read again.

    Returns how many. The connector does the same when it runs; this is for a source that does not
    run any more. `erase_gone` erases them.
    """
    again, days = kind.reread, kind.keeps_for_days
    if again is None or days is None:
        return 0
    with closing(Landed(landing, kind.source, logical_date)) as landed:
        ids = landed.not_read_since(again.stream, now - timedelta(days=days))
    if not ids or is_dry:
        return len(ids)
    rows = [
        {
            "source": kind.source,
            "stream": MISSING,
            "query": GIVEN_UP,
            "fetched_at": iso(now),
            "record": msgspec.json.encode({again.id_name: each, "given_up": True}).decode(),
            "record_id": each,
            "record_at": None,
        }
        for each in ids
    ]
    with draft_batch(landing, kind.source, MISSING, logical_date) as draft:
        pq.write_table(pa.Table.from_pylist(rows, schema=RECORDS), draft.data, compression="zstd")
        commit_batch(
            draft,
            run_id=run_id,
            rows=len(rows),
            columns=tuple(RECORDS.names),
            status=RunState.OK,
            query=GIVEN_UP,
            reason=f"{len(ids):,} posts were not read again for {days} days: they count as gone",
            first_line=1,
            landed_at=now,
        )
    return len(ids)


def _records_of(
    checks: Checks, batches: Sequence[Manifest], missing: Sequence[Manifest]
) -> dict[str, list[int]]:
    """Return the rows that landed of what is missing, and hold all that they held, by batch_id."""
    paths = {str(checks.path(str(batch.path))): batch.batch_id for batch in batches}
    if not paths:
        return {}
    with duckdb.connect() as con:
        con.execute("set threads = 1")
        rows = con.execute(
            """
            with gone as (
                select record_id, max(fetched_at::timestamptz) as gone_at
                from read_parquet($missing, hive_partitioning = false)
                where record_id is not null
                group by record_id
            )

            select landed.filename, landed.file_row_number
            from read_parquet(
                $landed, filename = true, file_row_number = true, hive_partitioning = false
            ) as landed
            inner join gone on landed.record_id = gone.record_id
            where
                landed.fetched_at::timestamptz <= gone.gone_at
                and not starts_with(landed.record, $mark)
            order by landed.filename, landed.file_row_number
            """,
            {
                "missing": [file_pattern(checks.path(str(batch.path))) for batch in missing],
                "landed": list(map(file_pattern, paths)),
                "mark": ERASED_MARK.decode(),
            },
        ).fetchall()
    found: dict[str, list[int]] = defaultdict(list)
    for path, row in rows:
        found[paths[path]].append(row)
    return found


def _without(table: pa.Table, rows: Sequence[int], kept: Sequence[str], at: str) -> pa.Table:
    """Return the table with the records in `rows` reduced to the paths that are kept."""
    records = table.column("record").to_pylist()
    for row in rows:
        records[row] = reduced(records[row], kept, at)
    place = table.schema.get_field_index("record")
    return table.set_column(place, table.schema.field(place), pa.array(records, pa.string()))


def reduced(record: str, kept: Sequence[str], at: str) -> str:
    """Return what stays of a record: when it was erased, and what stands at the paths kept."""
    try:
        held = msgspec.json.decode(record)
    except (msgspec.DecodeError, RecursionError):
        held = None
    found: dict[str, Any] = {}
    for path in kept:
        _copy(held, found, path.split("."))
    return msgspec.json.encode({"erased": at, **found}).decode()


def _copy(held: Any, found: dict[str, Any], steps: Sequence[str]) -> None:
    """Copy what stands at a path; a step with `[*]` is a list, and the path goes on in each."""
    name, is_list = steps[0].removesuffix("[*]"), steps[0].endswith("[*]")
    value = held.get(name) if isinstance(held, dict) else None
    if value is None:
        return
    if len(steps) == 1:
        found[name] = value
    elif is_list and isinstance(value, list):
        copies = found.setdefault(name, [{} for _ in value])
        for element, copy in zip(value, copies, strict=True):
            _copy(element, copy, steps[1:])
    elif isinstance(value, dict):
        _copy(value, found.setdefault(name, {}), steps[1:])
