"""Keeping people out who are forgotten: of every batch that was not looked at, whatever its way in.

What a connector asks and what is dropped is screened before it lands. This is for all that is there
already: when somebody is forgotten, and when batches are put back from a backup.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.connectors.people import connector_or_none, query_without, screened
from reachline.forgotten import FORGOTTEN, Forgotten, load_forgotten
from reachline.inbox.exports import Export, load_exports
from reachline.inbox.people import Screening, clean_decision, clean_rejects, screen_rows
from reachline.landing import (
    Checks,
    Fetched,
    Manifest,
    amend_manifest,
    decisions,
    fetch_home,
    forgotten_rows,
    manifests,
    rewrite_batch,
    rewrite_decision,
)
from reachline.landing import screened as looked_at
from reachline.landing.manifests import amended
from reachline.landing.shared import REBUILD
from reachline.publish.shared import fetch_current
from reachline.settings import Settings
from reachline.warehouse import remove_files

if TYPE_CHECKING:
    from reachline.connectors.base import Connector

log = logging.getLogger("reachline.night")

SCREENED = "screened.json"


@dataclass
class Found:
    """What was taken out of landing: batches written anew, rows that went, rows that lost a part.

    `damaged` are batches that are not what landed: they are not written anew, or they would pass
    for sound.
    """

    batches: list[str] = field(default_factory=list)
    rows: int = 0
    cleaned: int = 0
    damaged: list[str] = field(default_factory=list)
    amended: set[int] = field(default_factory=set)
    """The numbers of manifests that named somebody."""


def fetch_landing(settings: Settings) -> Fetched:
    """Fetch what other hosts landed; where they erased something, what was built of it goes.

    Also the release that is current for all. The run's lock is held. Nothing where the home has no
    object store. Raises StoreError.
    """
    fetched = fetch_home(settings.paths)
    fetch_current(settings.paths)
    stale = settings.paths.landing / REBUILD
    if stale.exists():
        log.warning(
            "another host has erased something of what landed: what was built of it is built anew "
            "from landing"
        )
        remove_files(settings.paths.warehouse)
        stale.unlink()
    return fetched


def screen_landing(
    settings: Settings,
    *,
    forgotten: Forgotten | None = None,
    also: Callable[[str], str] | None = None,
    is_dry: bool = False,
) -> Found:
    """Take people who are forgotten out of every batch that was not looked at; return what went.

    With `also`, which takes further texts out of a text, every batch is looked at.

    Where a batch is written anew, the working databases go: what was made of it stands there, and
    the next run builds them from landing. `is_dry`: only say what would go. A kill leaves batches
    as they were, or as they are to be; the next call does the rest.
    """
    forgotten = load_forgotten(settings.paths) if forgotten is None else forgotten
    found = Found()
    if not forgotten:
        return found
    root = settings.paths.landing
    exports = {(e.tool, e.name): e for e in load_exports(settings.config_dir)}
    state = looked_at(settings.paths.erasure / SCREENED, forgotten)
    if also is not None:
        state.hashes = set()
    checks = Checks(root)
    batches = manifests(root)
    waiting = state.waiting(batches)
    screen = _Screen(settings, exports, forgotten, also, found, checks, is_dry=is_dry)
    sound = {batch.batch_id for batch in checks.sound(waiting)}
    found.damaged = [batch.batch_id for batch in waiting if batch.batch_id not in sound]
    for batch in waiting:
        if batch.batch_id in sound:
            with checks.unpacking():
                screen.batch(batch)
    for decision in state.waiting(decisions(root)):
        with checks.unpacking():
            screen.decision(decision)
    _amend(settings, forgotten, batches, found, is_dry=is_dry)
    if is_dry:
        return found
    if found.batches:
        told = (len(found.batches), found.rows)
        log.warning(
            "people who are forgotten were taken out of %d batches (%d rows): what was built of "
            "them is built anew from landing",
            *told,
        )
    state.note(
        each for each in (*manifests(root), *decisions(root)) if each.batch_id not in found.damaged
    )
    return found


@dataclass
class _Screen:
    settings: Settings
    exports: Mapping[tuple[str, str], Export]
    forgotten: Forgotten
    also: Callable[[str], str] | None
    found: Found
    checks: Checks
    is_dry: bool

    def batch(self, batch: Manifest) -> None:
        root = self.settings.paths.landing
        path = self.checks.path(str(batch.path))
        rejects = self.checks.path(batch.rejects_path) if batch.rejects_path else None
        kind = connector_or_none(batch.source)
        if kind is None:
            screening = screen_rows(
                path,
                rejects,
                batch.stream if batch.source == "inbox" else "",
                self.exports.get((batch.source, batch.stream)),
                self.forgotten,
                has_line=batch.has_line,
                first_line=batch.first_line,
                also=self.also,
            )
        else:
            screening = self._records(kind, batch, path, rejects)
        if screening is None:
            return
        self._begin()
        self.found.batches.append(batch.batch_id)
        self.found.rows += screening.theirs
        self.found.cleaned += screening.cleaned
        if not self.is_dry:
            rewrite_batch(
                root, batch.batch_id, screening.rows, reason=FORGOTTEN, rejects=screening.rejects
            )

    def decision(self, decision: Manifest) -> None:
        root = self.settings.paths.landing
        batch = next(m for m in manifests(root) if m.batch_id == decision.batch_id)
        gone: set[int] = set()
        if batch.rejects_path and (path := self.checks.path(batch.rejects_path)).is_file():
            refused = pq.read_table(path, partitioning=None).to_pylist()
            gone = {row["_line"] for row in refused if row["_reason"] == FORGOTTEN}
        table = pq.read_table(root / str(decision.path), partitioning=None)
        export = self.exports.get((decision.source, decision.stream))
        kept, count = clean_decision(table, decision.stream, export, self.forgotten, gone)
        if not count:
            return
        self._begin()
        self.found.batches.append(decision.batch_id)
        self.found.rows += count
        if not self.is_dry:
            rewrite_decision(root, decision, kept, reason=FORGOTTEN)

    def _begin(self) -> None:
        """Remove what was built, before the first batch is written anew: a kill leaves neither."""
        if not self.found.batches and not self.is_dry:
            remove_files(self.settings.paths.warehouse)

    def _records(
        self, kind: type[Connector], batch: Manifest, path: Path, rejects: Path | None
    ) -> Screening | None:
        table = pq.read_table(path, partitioning=None)
        refused = pq.read_table(rejects, partitioning=None) if rejects else None
        refused, refused_theirs = clean_rejects(refused, self.forgotten, self.also)
        kept, theirs, cleaned = [], [], 0
        for number, row in enumerate(table.to_pylist()):
            line = row["_line"] if batch.has_line else (batch.first_line or 0) + number
            query, record = row["query"] or batch.query, row["record"]
            raw: bytes | None = None
            if record is not None:
                encoded = record.encode("utf-8", "surrogatepass")
                raw = screened(kind, self.forgotten, batch.stream, query, row["record_id"], encoded)
                if raw is None:
                    theirs.append(line)
                    continue
            query = query_without(batch.source, self.forgotten, query)
            text = None if raw is None else raw.decode("utf-8", "surrogatepass")
            if self.also is not None:
                query, text = self.also(query), None if text is None else self.also(text)
            cleaned += (text, query) != (record, row["query"] or batch.query)
            kept.append({**row, "record": text, "query": query, "_line": line})
        if not theirs and not cleaned and not refused_theirs:
            return None
        schema = table.schema
        if not batch.has_line:
            schema = schema.append(pa.field("_line", pa.int64()))
        gone = forgotten_rows(theirs)
        if refused is not None:
            gone = pa.concat_tables([refused, gone.select(refused.column_names)])
        rows = pa.Table.from_pylist(kept, schema=schema)
        return Screening(rows, gone, len(theirs) + refused_theirs, cleaned)


def _amend(
    settings: Settings,
    forgotten: Forgotten,
    batches: list[Manifest],
    found: Found,
    *,
    is_dry: bool,
) -> None:
    """Take queries that name somebody, and cursors that stand at their posts, out of manifests."""
    for batch in batches:

        def change(text: str, source: str = batch.source) -> str:
            if not text.startswith('{"":'):
                return query_without(source, forgotten, text)
            is_theirs = any(
                forgotten.has(kind, each, source)
                for each in _texts_of(json.loads(text))
                for kind in ("record", "post", "account")
            )
            return "" if is_theirs else text

        if amended(batch, change) != batch:
            found.amended.add(batch.sequence)
            if not is_dry:
                amend_manifest(settings.paths.landing, change, batch.sequence)


def _texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.items():
            yield from _texts_of(list(each))
    elif isinstance(value, list):
        for each in value:
            yield from _texts_of(each)
