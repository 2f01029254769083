"""Fills a stream's table with the batches that it has not read, in one transaction.

1. The rows that can be taken are inserted straight from the union of the stream's sources: one scan
   of what is new, one write.
2. Where fewer lines of files came in than landed, a second scan finds the others and puts them with
   their text and reason into work.staging.quarantine. Of records, of which each may give several
   rows, a second scan always looks for those that can't be taken. What was dropped is there too.
3. work.staging.batches_read gets a row for each batch: what became of its lines or records.
4. Keys that now have more than one row are folded to one: each column takes the newest row in
   which it is present; a deletion starts the key afresh.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import duckdb

from reachline.arrow import pa
from reachline.forgotten import FORGOTTEN
from reachline.inbox.contradictions import contradictions
from reachline.inbox.mapping_sql import TAKEN_BY_NO_STREAM, takes
from reachline.inbox.streams import Stream
from reachline.landing import DamagedBatchError
from reachline.sql import identifier, list_literal, literal
from reachline.warehouse.staging.feeds import INBOX, Batch, Feeds, StagingError, StreamWork
from reachline.warehouse.staging.landed import (
    absent_columns,
    grouped,
    inline_batches,
    landed_rows,
    listed_files,
    row_as_text,
    show_batches,
)
from reachline.warehouse.staging.views import mapping_columns

_VERSION = "rows.landing_sequence * 10000000000 + rows.line"
_NOT_IN_EVERY_READING = {"posts": ("found_by", "handle", "native_account_id")}
"""Columns of which a platform tells in some readings alone, by stream; NULL there is not told.

A search found a post, a later reading by its id did not; Instagram's hashtags name no author.
"""
_STAGING_COLUMNS = {
    "is_deleted": "boolean",
    "source": "varchar",
    "batch_id": "varchar",
    "landing_sequence": "bigint",
    "first_sequence": "bigint",
    "line": "bigint",
    "source_lines": "bigint[]",
    "absent_columns": "varchar[]",
    "loaded_seq": "bigint",
}
"""The columns that every table has beside its stream's.

`first_sequence` is that of the batch in which the key first came, since it was last deleted.
"""


def fill_table(
    con: duckdb.DuckDBPyConnection, feeds: Feeds, work: StreamWork, run_seq: int
) -> None:
    """Read a stream's batches into its table; its rows get `run_seq` as their loaded_seq.

    Rows, quarantine and the record of what was read are committed together or not at all. Raises
    StagingError naming the table, with the engine's words, or the batches that are not what landed.
    """
    con.execute("begin")
    try:
        with work.reading() as readable:
            _Filling(con, feeds, readable, run_seq).run()
    except (duckdb.Error, DamagedBatchError) as error:
        con.execute("rollback")
        raise StagingError(f"{work.table}: {error}") from error
    con.execute("commit")


@dataclass
class _Lines:
    """What became of the lines, or records, of a batch; `superseded` is found last for lines.

    `unparsed` are refused as well, before anything could be told of their values.
    """

    unparsed: int
    taken: int = 0
    refused: int = 0
    skipped: int = 0
    superseded: int = 0
    dropped: int = 0

    @property
    def loaded(self) -> int:
        return self.taken - self.superseded


@dataclass
class _Filling:
    con: duckdb.DuckDBPyConnection
    feeds: Feeds
    work: StreamWork
    run_seq: int
    lines: dict[str, _Lines] = field(default_factory=dict)

    @property
    def stream(self) -> Stream:
        return self.work.stream

    @property
    def table(self) -> str:
        return f"work.staging.{identifier(self.work.table)}"

    @property
    def view(self) -> str:
        return f"work.staging.{identifier(self.feeds.views[self.stream.name])}"

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of which the table has one row each, quoted."""
        return tuple(identifier(name) for name in ("source", *self.stream.grain))

    def run(self) -> None:
        if self.work.is_fresh:
            self._empty_table()
        if self.work.batches:
            self._read()
        self.con.execute(
            "update work.ops.model_hashes set built = wanted where model = ?", [self.work.table]
        )

    def _empty_table(self) -> None:
        # ids and texts differ from row to row: looking for a dictionary among them costs more than
        # all else that is done to write them, and stores them larger
        columns = [
            f"{identifier(column.name)} {column.data_type}"
            + (" using compression zstd" if column.kind in ("id", "text", "masked", "url") else "")
            for column in self.stream.columns
        ]
        columns += [f"{name} {type_}" for name, type_ in _STAGING_COLUMNS.items()]
        self.con.execute(f"create or replace table {self.table} ({', '.join(columns)})")
        for kept in ("quarantine", "contradictions", "batches_read"):
            self.con.execute(f"delete from work.staging.{kept} where model = ?", [self.work.table])

    def _read(self) -> None:
        batches = self.work.batches
        sources = {(each.source, each.landed) for each in self.feeds.mappings_of(self.stream.name)}
        records = [batch for batch in batches if (batch.source, batch.landed) in sources]
        files = [batch for batch in batches if (batch.source, batch.landed) not in sources]
        self.lines = {batch.batch_id: _Lines(batch.rejected) for batch in batches}
        self._insert_rows()
        self._quarantine_unparsed()
        if records:
            self._quarantine_records(records)
        if files:
            self._quarantine_dropped([batch for batch in files if batch.has_decisions])
            self._count_lines()
            self._quarantine_skipped([batch for batch in files if batch.source != INBOX])
            self._quarantine_lines(files)
        has_repeats = self._find_repeated_keys()
        if records:
            self._count_records(records)
        if files and has_repeats:
            self._count_superseded(files)
            self._note_contradictions(files)
        self._record_batches()
        if has_repeats:
            self._fold_repeated_keys()
        self.con.execute("drop table temp.repeated_keys")
        show_batches(self.con, self.feeds, self.stream, ())

    def _insert_rows(self) -> None:
        show_batches(self.con, self.feeds, self.stream, self.work.batches)
        self.con.execute(
            f"""
            insert into {self.table} by name
            select
                * exclude (reject_reason, mapped_by, absent_columns),
                {self._absent_columns()} as absent_columns,
                landing_sequence as first_sequence,
                cast({self.run_seq} as bigint) as loaded_seq
            from {self.view}
            where reject_reason is null
            """
        )

    def _absent_columns(self) -> str:
        """The stream's columns that a row's mapping does not give; rows of files say theirs."""
        given = mapping_columns(self.con, self.feeds, self.stream.name)
        perhaps = _NOT_IN_EVERY_READING.get(self.stream.name, ())
        cases = []
        for mapping, have in given.items():
            absent = [column.name for column in self.stream.columns if column.name not in have]
            told = [
                f"case when {identifier(name)} is null then {literal(name)} end"
                for name in perhaps
                if name in have
            ]
            names = absent_columns(absent)
            if told:
                names = _names_among([*map(literal, absent), *told])
            cases.append(f" when {literal(mapping)} then {names}")
        return (
            f"case mapped_by{''.join(cases)} else absent_columns end" if cases else "absent_columns"
        )

    def _quarantine_unparsed(self) -> None:
        """Lines that could not be parsed lie beside their batch; they join the quarantine as is."""
        refused = (b for b in self.work.batches if b.rejected)
        paths = {b.rejects_path: b for b in refused if b.rejects_path is not None}
        if not paths:
            return
        self._quarantine(
            f"""
            select
                batches.batch_id,
                rejects._line as line,
                rejects._column as column_name,
                rejects._reason as reason,
                rejects._raw as raw
            from read_parquet(
                {listed_files(paths)}, filename = true, hive_partitioning = false
            ) as rejects
            inner join {inline_batches(paths)} on rejects.filename = batches.path
            anti join work.landing.retried as retried
                on batches.batch_id = retried.batch_id and rejects._line = retried.line
            """
        )
        for batch in self.work.batches:
            if batch.rejected:
                lines = self.lines[batch.batch_id]
                lines.unparsed, lines.dropped = self._in_quarantine(batch)

    def _in_quarantine(self, batch: Batch) -> tuple[int, int]:
        """Return how many lines of a batch are in quarantine, and how many of them were dropped."""
        return self.con.execute(
            """
            select
                count(*) filter (where drop_reason is null),
                count(*) filter (where drop_reason is not null)
            from work.staging.quarantine
            where model = ? and batch_id = ?
            """,
            [self.work.table, batch.batch_id],
        ).fetchall()[0]

    def _quarantine_dropped(self, files: Sequence[Batch]) -> None:
        """Lines that were dropped stay to be seen, with the reason why they had been refused."""
        if not files:
            return
        self.con.execute(
            """
            create or replace temp table lines_dropped as
            select batch_id, line, column_name, reason
            from work.landing.dropped
            where stream = ?
            """,
            [self.stream.name],
        )
        for group in grouped(batch for batch in files if batch.rows or batch.retries):
            raw = row_as_text(group[0], "landed")
            self._quarantine_landed("lines_dropped", group, raw, "refused.column_name")
        for batch in files:
            self.lines[batch.batch_id].dropped = self._in_quarantine(batch)[1]
        self.con.execute("drop table temp.lines_dropped")

    def _quarantine(self, refused: str) -> None:
        """Insert the rows of a query: batch_id, line, column_name, reason and raw."""
        self.con.execute(
            f"""
            insert into work.staging.quarantine
            select
                {literal(self.work.table)} as model,
                batches.source,
                {literal(self.stream.name)} as stream,
                refused.batch_id,
                batches.sequence as landing_sequence,
                batches.file_name,
                refused.line,
                refused.column_name,
                refused.reason,
                refused.raw,
                case
                    when refused.reason = {literal(FORGOTTEN)} then refused.reason
                    else dropped.drop_reason
                end as drop_reason
            from ({refused}) as refused
            inner join work.landing.batches as batches on refused.batch_id = batches.batch_id
            left join work.landing.dropped as dropped
                on
                    refused.batch_id = dropped.batch_id
                    and refused.line = dropped.line
                    and dropped.stream = {literal(self.stream.name)}
            """
        )

    def _quarantine_landed(
        self,
        refused: str,
        group: Sequence[Batch],
        raw: str,
        column_name: str = "split_part(refused.reason, ': ', 1)",
    ) -> None:
        """Insert what landed of a group of batches and a temporary table refuses.

        `refused` is that table, with batch_id, line and reason; `raw` is SQL over `landed`.
        """
        self._quarantine(
            f"""
            select
                refused.batch_id,
                refused.line,
                {column_name} as column_name,
                refused.reason,
                {raw} as raw
            from temp.{refused} as refused
            inner join {landed_rows(group)} as landed
                on refused.batch_id = landed.batch_id and refused.line = landed.line
            """
        )

    # --- lines of files --------------------------------------------------------------------------

    def _count_lines(self) -> None:
        """What was taken, in lines of the batches' files."""
        rows = self.con.execute(
            f"""
            select batch_id, sum(coalesce(len(source_lines), 1))
            from {self.table}
            where loaded_seq = {self.run_seq}
            group by batch_id
            """
        ).fetchall()
        for batch_id, taken in rows:
            self.lines[batch_id].taken = int(taken)

    def _quarantine_skipped(self, batches: Sequence[Batch]) -> None:
        """Count the lines of exports that the stream's mapping leaves to others.

        A line that no stream takes goes to quarantine with the first of the export's streams.
        """
        exports = self.feeds.exports_of(self.stream.name)
        for group in grouped(batch for batch in batches if batch.rows or batch.retries):
            export = exports[group[0].source, group[0].landed]
            is_first = "true" if export.is_first else "false"
            self.con.execute(
                f"""
                create or replace temp table lines_skipped as
                select
                    landed.batch_id,
                    landed.line,
                    {" or ".join(map(takes, export.all_mappings))} as is_taken,
                    {row_as_text(group[0], "landed")} as raw
                from {landed_rows(group, self.stream.name)} as landed
                where not {takes(export.mapping)}
                """
            )
            if export.is_first:
                self._quarantine(
                    f"""
                    select
                        batch_id,
                        line,
                        cast(null as varchar) as column_name,
                        {literal(TAKEN_BY_NO_STREAM)} as reason,
                        raw
                    from temp.lines_skipped
                    where not is_taken
                    """
                )
            rows = self.con.execute(
                f"""
                select
                    batch_id,
                    count(*) filter (where not is_taken and {is_first}),
                    count(*) filter (where is_taken or not {is_first})
                from temp.lines_skipped
                group by batch_id
                """
            ).fetchall()
            for batch_id, refused, skipped in rows:
                self.lines[batch_id].refused += refused
                self.lines[batch_id].skipped += skipped
            self.con.execute("drop table temp.lines_skipped")

    def _quarantine_lines(self, files: Sequence[Batch]) -> None:
        """Find the lines that landed and are neither taken nor skipped: they can't be taken.

        Of an aggregated row each line for itself.
        """
        lacking = [
            batch
            for batch in files
            if batch.rows + batch.rejected > self._lines_accounted_for(batch)
        ]
        if not lacking:
            return
        show_batches(self.con, self.feeds, self.stream, lacking)
        self.con.execute(
            f"""
            create or replace temp table lines_refused as
            select
                batch_id,
                unnest(coalesce(source_lines, [line])) as line,
                reject_reason as reason
            from {self.view}
            where reject_reason is not null
            """
        )
        for group in grouped(lacking):
            self._quarantine_landed("lines_refused", group, row_as_text(group[0], "landed"))
        rows = self.con.execute(
            "select batch_id, count(*) from temp.lines_refused group by batch_id"
        ).fetchall()
        for batch_id, refused in rows:
            self.lines[batch_id].refused += refused
        self.con.execute("drop table temp.lines_refused")

    def _lines_accounted_for(self, batch: Batch) -> int:
        """Return of how many lines of a batch it is known so far what becomes of them."""
        lines = self.lines[batch.batch_id]
        return lines.unparsed + lines.dropped + lines.taken + lines.refused + lines.skipped

    def _count_superseded(self, files: Sequence[Batch]) -> None:
        """Of each key that came several times in a batch, the lines of all rows but the last."""
        rows = self.con.execute(
            f"""
            with repeated as (
                select
                    rows.batch_id,
                    sum(coalesce(len(rows.source_lines), 1)) as all_lines,
                    max_by(coalesce(len(rows.source_lines), 1), rows.line) as kept_lines
                from {self.table} as rows
                inner join temp.repeated_keys on {self._same_key("rows", "repeated_keys")}
                where rows.loaded_seq = {self.run_seq}
                group by rows.batch_id, {self._key_of("rows")}
            )

            select batch_id, sum(all_lines - kept_lines)
            from repeated
            where list_contains({list_literal(batch.batch_id for batch in files)}, batch_id)
            group by batch_id
            """
        ).fetchall()
        for batch_id, superseded in rows:
            self.lines[batch_id].superseded = int(superseded)

    def _note_contradictions(self, files: Sequence[Batch]) -> None:
        """Keep what rows of one file do not agree on, for gate 2 to tell."""
        rows = f"""
            select rows.*
            from {self.table} as rows
            inner join temp.repeated_keys on {self._same_key("rows", "repeated_keys")}
            where rows.loaded_seq = {self.run_seq}
                and list_contains({list_literal(batch.batch_id for batch in files)}, rows.batch_id)
        """
        self.con.execute(
            f"""
            insert into work.staging.contradictions by name
            select
                *,
                {literal(self.work.table)} as model,
                {literal(self.stream.name)} as stream
            from ({contradictions(self.stream, rows, ("source", "batch_id"))})
            """
        )

    # --- records of platforms --------------------------------------------------------------------

    def _quarantine_records(self, batches: Sequence[Batch]) -> None:
        """Find the records that are no JSON, or of which a row can't be taken, each once.

        What is no JSON is told in the first of the streams that its batch feeds.
        """
        show_batches(self.con, self.feeds, self.stream, batches)
        self.con.execute(
            f"""
            create or replace temp table records_refused as
            select
                batch_id,
                line,
                string_agg(distinct reject_reason, '; ' order by reject_reason) as reason
            from {self.view}
            where reject_reason is not null
            group by batch_id, line
            """
        )
        first = {
            (mapping.source, mapping.landed)
            for mapping in self.feeds.mappings_of(self.stream.name)
            if mapping.position == 0
        }
        for group in grouped(batch for batch in batches if batch.rows):
            if (group[0].source, group[0].landed) in first:
                self.con.execute(
                    f"""
                    insert into temp.records_refused
                    select batch_id, line, 'record: is no JSON' as reason
                    from {landed_rows(group)} as landed
                    where not coalesce(json_valid(record), false)
                    """
                )
            self._quarantine_landed("records_refused", group, "landed.record")

    def _count_records(self, batches: Sequence[Batch]) -> None:
        """What became of records, each counted once.

        Refused if any of its rows is, else superseded if all of them are within the batch, else
        loaded; skipped if it gave no row.
        """
        rows = self.con.execute(
            f"""
            with rows as (
                select
                    rows.batch_id,
                    rows.line,
                    repeated.line is not null
                        and rows.line < max(rows.line) over (
                            partition by rows.batch_id, {self._key_of("rows")}
                        ) as is_superseded
                from {self.table} as rows
                left join (select *, 0 as line from temp.repeated_keys) as repeated
                    on {self._same_key("rows", "repeated")}
                where
                    rows.loaded_seq = {self.run_seq}
                    and list_contains(
                        {list_literal(batch.batch_id for batch in batches)}, rows.batch_id
                    )
            ),

            taken as (
                select batch_id, line, bool_and(is_superseded) as is_superseded
                from rows
                group by batch_id, line
            ),

            records as (
                select
                    coalesce(taken.batch_id, refused.batch_id) as batch_id,
                    refused.line is not null as is_refused,
                    coalesce(taken.is_superseded, false) and refused.line is null as is_superseded
                from taken
                full outer join temp.records_refused as refused
                    on taken.batch_id = refused.batch_id and taken.line = refused.line
            )

            select
                batch_id,
                count(*) filter (where not is_refused),
                count(*) filter (where is_refused),
                count(*) filter (where is_superseded)
            from records
            group by batch_id
            """
        ).fetchall()
        told = {batch_id: counts for batch_id, *counts in rows}
        for batch in batches:
            lines = self.lines[batch.batch_id]
            lines.taken, lines.refused, lines.superseded = told.get(batch.batch_id, (0, 0, 0))
            lines.skipped = batch.rows - lines.taken - lines.refused
            if batch.has_decisions:
                unparsed, lines.dropped = lines.dropped, self._in_quarantine(batch)[1]
                lines.refused -= lines.dropped - unparsed
        self.con.execute("drop table temp.records_refused")

    # --- keys ------------------------------------------------------------------------------------

    def _key_of(self, alias: str = "") -> str:
        return ", ".join(f"{alias}.{name}" if alias else name for name in self.key)

    def _same_key(self, left: str, right: str) -> str:
        return " and ".join(f"{left}.{name} = {right}.{name}" for name in self.key)

    def _hashes(self, condition: str) -> str:
        key_hash = f"hash({self._key_of()})"
        return f"(select {key_hash} as key_hash from {self.table} where {condition}) as hashed"

    def _find_repeated_keys(self) -> bool:
        """Keep the keys that have more than one row in temp.repeated_keys; say if there are any.

        Hashes of eight bytes are compared in a third of the time of the keys themselves; equal keys
        have equal hashes, and whether equal hashes are equal keys is asked of those few only. New
        hashes are sorted where there is nothing older, and grouped where older ones are looked up
        among them: each is the fastest.
        """
        new, older = f"loaded_seq = {self.run_seq}", f"loaded_seq < {self.run_seq}"
        if self._exists(f"from {self.table} where {older}"):
            query = f"""
            with new_hashes as (
                select key_hash, count(*) as new_rows from {self._hashes(new)} group by key_hash
            )

            select key_hash from new_hashes where new_rows > 1
            union all
            select key_hash
            from {self._hashes(older)}
            where key_hash in (select key_hash from new_hashes)
            """
        else:
            query = f"""
            select key_hash
            from (
                select key_hash, lag(key_hash) over (order by key_hash) as hash_before
                from {self._hashes(new)}
            ) as sorted
            where key_hash = hash_before
            """
        self.con.execute(f"create or replace temp table repeated_hashes as {query}")
        found = self._exists("from temp.repeated_hashes")
        if found:
            self.con.execute(
                f"""
                create or replace temp table repeated_keys as
                select {self._key_of()}
                from {self.table}
                where hash({self._key_of()}) in (select key_hash from temp.repeated_hashes)
                group by {self._key_of()}
                having count(*) > 1
                """
            )
            found = self._exists("from temp.repeated_keys")
        else:
            self.con.execute(
                "create or replace temp table repeated_keys as"
                f" select {self._key_of()} from {self.table} where false"
            )
        self.con.execute("drop table temp.repeated_hashes")
        return found

    def _exists(self, rows: str) -> bool:
        return bool(self.con.execute(f"select exists ({rows})").fetchall()[0][0])

    def _record_batches(self) -> None:
        """Write what became of each batch: gate 2 holds rows in = loaded + superseded + ...."""
        rows = [
            {
                "model": self.work.table,
                "source": batch.source,
                "stream": self.stream.name,
                "batch_id": batch.batch_id,
                "landing_sequence": batch.sequence,
                "rows_in": batch.rows + batch.rejected,
                "loaded": self.lines[batch.batch_id].loaded,
                "superseded": self.lines[batch.batch_id].superseded,
                "quarantined": self.lines[batch.batch_id].refused
                + self.lines[batch.batch_id].unparsed,
                "dropped": self.lines[batch.batch_id].dropped,
                "skipped": self.lines[batch.batch_id].skipped,
                "read_seq": self.run_seq,
            }
            for batch in self.work.batches
        ]
        self.con.register("batches_incoming", pa.Table.from_pylist(rows))
        self.con.execute("insert into work.staging.batches_read by name from batches_incoming")
        self.con.unregister("batches_incoming")

    def _fold_repeated_keys(self) -> None:
        """One row for each repeated key, column by column, in landing order."""
        may_be_absent = [
            column.name
            for column in self.stream.columns
            if column.name not in self.stream.grain and not column.required
        ]
        folded = [self._folded(column.name, may_be_absent) for column in self.stream.columns]
        self.con.execute(
            f"""
            create or replace temp table folded as
            with versions as (
                select rows.*, {_VERSION} as version
                from {self.table} as rows
                inner join temp.repeated_keys on {self._same_key("rows", "repeated_keys")}
            ),

            marked as (
                select
                    versions.*,
                    max(version) over (partition by {self._key_of()}) as last_version,
                    coalesce(
                        max(case when is_deleted then version end) over (
                            partition by {self._key_of()}
                        ),
                        -1
                    ) as deletion
                from versions
            ),

            since_deletion as (
                select *
                from marked
                where version > deletion or (version = deletion and version = last_version)
            )

            select
                {", ".join(folded)},
                max_by(is_deleted, version) as is_deleted,
                source,
                max_by(batch_id, version) as batch_id,
                max(landing_sequence) as landing_sequence,
                min(first_sequence) as first_sequence,
                max_by(line, version) as line,
                max_by({{'value': source_lines}}, version).value as source_lines,
                {_absent_in_all(may_be_absent)} as absent_columns,
                cast({self.run_seq} as bigint) as loaded_seq
            from since_deletion
            group by {self._key_of()}
            """
        )
        self.con.execute(
            f"""
            delete from {self.table} as rows
            using temp.repeated_keys
            where {self._same_key("rows", "repeated_keys")}
            """
        )
        self.con.execute(f"insert into {self.table} select * from temp.folded")
        self.con.execute("drop table temp.folded")

    def _folded(self, column: str, may_be_absent: Collection[str]) -> str:
        """Return a column of a folded row: the value of the newest version that has the column."""
        name = identifier(column)
        if column in self.stream.grain:
            return name
        present = f" filter (where not {_is_absent(column)})" if column in may_be_absent else ""
        return f"max_by({{'value': {name}}}, version){present}.value as {name}"


def _absent_in_all(columns: Sequence[str]) -> str:
    """Return SQL of those columns that no version of a key has, as a list; NULL without any."""
    if not columns:
        return absent_columns(())
    return _names_among(
        [f"case when bool_and({_is_absent(name)}) then {literal(name)} end" for name in columns]
    )


def _names_among(names: Sequence[str]) -> str:
    """Return SQL of a list of those that are not NULL; NULL without any."""
    return f"nullif(list_filter([{', '.join(names)}], lambda name: name is not null), [])"


def _is_absent(column: str) -> str:
    """Return the condition by which a row lacks a column: it keeps the value that it had."""
    return f"list_contains(coalesce(absent_columns, []), {literal(column)})"
