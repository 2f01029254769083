"""What feeds the streams, and which batches of it a stream has not read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from reachline.arrow import pa
from reachline.errors import ReachlineError
from reachline.inbox import mapping_sql
from reachline.inbox.exports import Export, StreamMapping
from reachline.inbox.streams import Stream, load_streams
from reachline.landing import Checks, Manifest

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest as DbtManifest

INBOX = "inbox"
"""The source of files in a stream's own form; an export's is its tool, a record's the platform."""
SOURCE_SCHEMA_PREFIX = "landed_"


class StagingError(ReachlineError):
    """A stream can't be staged as it stands; the text says which, why and what to do."""


@dataclass(frozen=True)
class Batch:
    """A batch of the landing zone, as work.landing.batches mirrors its manifest.

    `path` and `rejects_path` are whole paths; the mirror's are relative, as the manifest's are. In
    a block of `StreamWork.reading` they are where the files can be read. `retries` are the files
    with lines of it that are read in the place of what landed, whole paths as well; `has_decisions`
    where there are any, or drops. `is_retry`: it is such a file.
    """

    batch_id: str
    sequence: int
    source: str
    landed: str
    path: str
    rows: int
    rejected: int
    rejects_path: str | None
    columns: tuple[str, ...]
    typed: tuple[str, ...]
    first_line: int | None
    has_line: bool
    retries: tuple[str, ...] = ()
    has_decisions: bool = False
    is_retry: bool = False

    @property
    def form(self) -> tuple[object, ...]:
        """What batches have in common that one query can read."""
        return (
            self.source,
            self.landed,
            self.columns,
            self.typed,
            self.has_line,
            self.first_line,
            self.has_decisions,
            self.is_retry,
        )


@dataclass(frozen=True)
class Landing:
    """Where the batches lie, their manifests by id, and which of them this run has checked."""

    root: Path
    manifests: Mapping[str, Manifest]
    checks: Checks


@dataclass(frozen=True)
class RecordMapping:
    """A model that makes rows of `stream` of the records that `source` landed as `landed`.

    `position` counts the mappings of the same records from 0, by stream: a record that can't be
    read at all is told of once, in the first.
    """

    source: str
    landed: str
    stream: str
    model: str
    position: int


@dataclass(frozen=True)
class ExportMapping:
    """What of a tool's export goes into a stream; `is_first`: the first of the export's streams."""

    export: Export
    mapping: StreamMapping
    is_first: bool

    @property
    def all_mappings(self) -> tuple[StreamMapping, ...]:
        """The mappings of the export into all its streams."""
        return tuple(self.export.streams.values())


@dataclass(frozen=True)
class Feeds:
    """All that feeds the streams beside files in their own form.

    `tables` and `views` name the model of each stream's table and of the union of its sources;
    `record_sources` are all relations over landed records, as (source, landed stream).
    """

    tables: Mapping[str, str]
    views: Mapping[str, str]
    mappings: tuple[RecordMapping, ...]
    exports: tuple[Export, ...]
    record_sources: frozenset[tuple[str, str]]

    @property
    def all_views(self) -> tuple[str, ...]:
        """The names of all views: the mappings of records, then the unions that read them."""
        return (*dict.fromkeys(mapping.model for mapping in self.mappings), *self.views.values())

    def mappings_of(self, stream: str) -> tuple[RecordMapping, ...]:
        """Return the mappings of records into a stream."""
        return tuple(mapping for mapping in self.mappings if mapping.stream == stream)

    def exports_of(self, stream: str) -> dict[tuple[str, str], ExportMapping]:
        """Return the mappings of exports into a stream, by tool and name of the export."""
        return {
            (export.tool, export.name): ExportMapping(
                export, export.streams[stream], next(iter(export.streams)) == stream
            )
            for export in self.exports
            if stream in export.streams
        }

    def places(self) -> list[tuple[str, str, str]]:
        """Return (source, landed stream, stream) for all that feeds a stream."""
        return [
            *((INBOX, stream, stream) for stream in self.tables),
            *((e.tool, e.name, stream) for e in self.exports for stream in e.streams),
            *((m.source, m.landed, m.stream) for m in self.mappings),
        ]


@dataclass(frozen=True)
class StreamWork:
    """What staging has to do for a stream: batches to read, from nothing if `is_fresh`."""

    stream: Stream
    table: str
    batches: tuple[Batch, ...]
    is_fresh: bool
    landing: Landing

    @contextmanager
    def reading(self) -> Iterator[StreamWork]:
        """Yield this with the batches where the block can read them.

        DamagedBatchError where one is not sound.
        """
        checks = self.landing.checks
        known = [self.landing.manifests[batch.batch_id] for batch in self.batches]
        with checks.reading(known):
            places = [
                tuple(name and str(checks.path(name)) for name in (m.path, m.rejects_path))
                for m in known
            ]
            yield replace(
                self,
                batches=tuple(
                    replace(batch, path=path or batch.path, rejects_path=rejects_path)
                    for batch, (path, rejects_path) in zip(self.batches, places, strict=True)
                ),
            )


def find_feeds(manifest: DbtManifest, exports: Sequence[Export]) -> Feeds:
    """Return what feeds the streams, by dbt's manifest and the mappings of other tools' exports.

    Raises StagingError where two models map the same records into the same stream, or a model
    feeds a stream whose union does not read it.
    """
    nodes: Mapping[str, Any] = manifest.nodes
    models = [node for node in nodes.values() if node.unique_id.startswith("model.")]
    tables = {
        node.config.meta["stream"]: node for node in models if node.config.materialized == "staged"
    }
    unions = {stream: nodes[node.depends_on.nodes[0]] for stream, node in tables.items()}
    found: dict[tuple[str, str, str], str] = {}
    for node in models:
        stream = node.config.meta.get("stream")
        if stream is None or node.config.materialized == "staged":
            continue
        if stream not in unions:
            raise StagingError(
                f"{node.name} feeds {stream}, which is no stream: write one of {', '.join(unions)}."
            )
        if node.unique_id not in unions[stream].depends_on.nodes:
            raise StagingError(
                f"{node.name} feeds the stream {stream}, but {unions[stream].name} does not read "
                f"it: add it there, or give it no `stream`."
            )
        for source in _record_sources(manifest, node.depends_on.nodes):
            key = (*source, stream)
            if key in found:
                raise StagingError(
                    f"{node.name} and {found[key]} both map {'.'.join(source)} into {stream}: "
                    "keep one."
                )
            found[key] = node.name
    return Feeds(
        tables={stream: node.name for stream, node in tables.items()},
        views={stream: node.name for stream, node in unions.items()},
        mappings=tuple(_counted(found)),
        exports=tuple(exports),
        record_sources=frozenset(_record_sources(manifest, manifest.sources)),
    )


def _record_sources(manifest: DbtManifest, unique_ids: Iterable[str]) -> list[tuple[str, str]]:
    sources = (manifest.sources[each] for each in unique_ids if each in manifest.sources)
    return [
        (source.source_name, source.name)
        for source in sources
        if source.schema.startswith(SOURCE_SCHEMA_PREFIX) and source.source_name != INBOX
    ]


def _counted(found: Mapping[tuple[str, str, str], str]) -> Iterable[RecordMapping]:
    positions: dict[tuple[str, str], int] = {}
    for source, landed, stream in sorted(found):
        position = positions.get((source, landed), 0)
        positions[source, landed] = position + 1
        yield RecordMapping(source, landed, stream, found[source, landed, stream], position)


def mapping_table(mappings: Iterable[RecordMapping]) -> pa.Table:
    """Return the mappings of records as a table of the configuration, which the gates read."""
    rows = [
        {
            "source": mapping.source,
            "landed": mapping.landed,
            "stream": mapping.stream,
            "model": mapping.model,
            "position": mapping.position,
        }
        for mapping in mappings
    ]
    names = ("source", "landed", "stream", "model")
    schema = pa.schema([*((name, pa.string()) for name in names), ("position", pa.int64())])
    return pa.Table.from_pylist(rows, schema=schema)


def code_digest() -> str:
    """Return a digest of the code that fills the tables: where it changes, they are read anew."""
    digest = hashlib.sha256()
    for path in (*sorted(Path(__file__).parent.glob("*.py")), Path(mapping_sql.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def unread_streams(
    con: duckdb.DuckDBPyConnection, feeds: Feeds, landing: Landing
) -> list[StreamWork]:
    """Return the streams that have something to do, in the order of their description.

    These have a batch that they have not read and that is not held, or a table that is not there
    or was filled by other code, another configuration or other holds: that one is read from
    nothing.
    """
    fresh = _fresh_streams(con, feeds)
    unread = _unread_batches(con, feeds, fresh, landing.root)
    return [
        StreamWork(stream, feeds.tables[name], tuple(unread.get(name, ())), name in fresh, landing)
        for name, stream in load_streams().items()
        if name in fresh or name in unread
    ]


def _fresh_streams(con: duckdb.DuckDBPyConnection, feeds: Feeds) -> set[str]:
    rows = con.execute(
        """
        select hashes.model
        from work.ops.model_hashes as hashes
        inner join duckdb_tables() as tables
            on hashes.model = tables.table_name
            and tables.database_name = 'work'
            and tables.schema_name = 'staging'
        where hashes.wanted = hashes.built
        """
    ).fetchall()
    standing = {model for (model,) in rows}
    return {stream for stream, table in feeds.tables.items() if table not in standing}


def _unread_batches(
    con: duckdb.DuckDBPyConnection, feeds: Feeds, fresh: set[str], root: Path
) -> dict[str, list[Batch]]:
    places = [
        {
            "source": source,
            "landed": landed,
            "stream": stream,
            "model": feeds.tables[stream],
            "is_fresh": stream in fresh,
        }
        for source, landed, stream in feeds.places()
    ]
    con.register("feeds", pa.Table.from_pylist(places, schema=_PLACES))
    rows = con.execute(
        """
        select
            feeds.stream,
            batches.batch_id,
            batches.sequence,
            batches.source,
            batches.stream as landed,
            batches.path,
            batches.rows,
            batches.rejected,
            batches.rejects_path,
            batches.columns,
            coalesce(batches.typed, []) as typed,
            batches.first_line,
            batches.has_line,
            coalesce(decided.retries, []) as retries,
            decided.batch_id is not null as has_decisions
        from work.landing.batches as batches
        inner join feeds
            on batches.source = feeds.source and batches.stream = feeds.landed
        left join work.staging.batches_read as known
            on feeds.model = known.model and batches.batch_id = known.batch_id
        left join (
            select
                batch_id,
                list(path order by sequence) filter (where kind = 'retry') as retries
            from work.landing.decisions
            group by batch_id
        ) as decided on batches.batch_id = decided.batch_id
        where
            not batches.is_held
            and batches.path is not null
            and (feeds.is_fresh or known.batch_id is null)
        order by batches.sequence
        """
    ).fetchall()
    con.unregister("feeds")
    found: dict[str, list[Batch]] = {}
    for stream, *values in rows:
        named = dict(zip(_BATCH_FIELDS, values, strict=True))
        named |= {name: tuple(named[name]) for name in ("columns", "typed", "retries")}
        named |= {
            name: str(root / named[name])
            for name in ("path", "rejects_path")
            if named[name] is not None
        }
        found.setdefault(stream, []).append(Batch(**named))
    return found


_BATCH_FIELDS = tuple(field.name for field in fields(Batch) if field.name != "is_retry")


_PLACES = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "landed", "stream", "model")),
        ("is_fresh", pa.bool_()),
    ]
)
