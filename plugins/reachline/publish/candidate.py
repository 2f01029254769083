"""Builds what a release holds, in a folder that nobody reads yet."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from reachline.languages import SOURCE, speaking
from reachline.publish.files import FileFacts, copy_file, file_facts, sync_file, write_synced
from reachline.publish.names import Added, columns_of, ids_first, names_beside
from reachline.publish.releases import (
    CANDIDATE,
    DATABASE,
    RELEASES,
    REPORT,
    REPORTS,
    TABLES,
    WORKBOOK,
    ReleaseError,
    next_release_id,
    open_partial,
)
from reachline.publish.sheets import SHEETS, order_of
from reachline.spreadsheets import BYTE_ORDER_MARK, FORMULA, FORMULA_WITHIN
from reachline.sql import identifier, literal
from reachline.warehouse.files import PUBLISHED_SCHEMAS


@dataclass(frozen=True)
class Candidate:
    """A release that has not passed its gate yet. `rows` is by `schema.table`."""

    release_id: str
    logical_date: date
    path: Path
    rows: Mapping[str, int]
    files: Mapping[str, FileFacts]

    @property
    def database(self) -> Path:
        """The database that would be served."""
        return self.path / DATABASE


def checkpoint(connection: duckdb.DuckDBPyConnection) -> None:
    """Write everything that is committed into the database files themselves.

    Both files of a run: a write-ahead log left beside one of them would be part of it.
    """
    for (name,) in connection.execute(
        "select database_name from duckdb_databases() where not internal and path is not null"
    ).fetchall():
        connection.execute(f'checkpoint "{name}"')


def build_candidate(working_file: Path, published: Path, logical_date: date) -> Candidate:
    """Copy the working database, which nobody has open, and export its tables.

    Raises ReleaseError when the working file has a write-ahead log beside it: a copy would lack
    what stands there.
    """
    left = working_file.with_name(working_file.name + ".wal")
    if left.exists():
        raise ReleaseError(
            f"{left} is there: {working_file.name} was not closed after a CHECKPOINT, so a copy "
            "would not be whole. Run the night again."
        )
    release_id = next_release_id(published, logical_date)
    partial = open_partial(published, release_id)
    copied = copy_file(working_file, partial / DATABASE)
    rows, files = export_tables(partial)
    files = {DATABASE: copied, **files}
    _write_candidate_file(partial, rows, files)
    return Candidate(release_id, logical_date, partial, rows, files)


def export_tables(partial: Path) -> tuple[dict[str, int], dict[str, FileFacts]]:
    """Write the tables of a release's database as files beside it; return rows, and the files."""
    files: dict[str, FileFacts] = {}
    with duckdb.connect(str(partial / DATABASE), read_only=True) as connection:
        connection.execute("set threads = 2")
        rows = table_rows(connection)
        _check_names(rows)
        for table in rows:
            schema, name = table.split(".", 1)
            target = partial / TABLES / f"{name}.parquet"
            connection.execute(
                f"copy (select * from {_qualified(table)}) to {literal(target)} (format parquet)"
            )
            files[f"{TABLES}/{target.name}"] = _synced_facts(target)
            if schema == "reports":
                for target in _write_report_files(connection, name, partial / REPORTS):
                    files[f"{REPORTS}/{target.name}"] = _synced_facts(target)
    return rows, files


def candidate_in(partial: Path, release_id: str, logical_date: date) -> Candidate:
    """Return a candidate of a folder whose database alone is there: its tables are exported."""
    rows, exported = export_tables(partial)
    sync_file(partial / DATABASE)
    files = {DATABASE: file_facts(partial / DATABASE), **exported}
    _write_candidate_file(partial, rows, files)
    return Candidate(release_id, logical_date, partial, rows, files)


def read_candidate(published: Path, logical_date: date) -> Candidate:
    """Return the candidate of a night that waits for its gate or its name.

    Raises ReleaseError when there is none that was built to its end.
    """
    for partial in sorted((published / RELEASES).glob(f".{logical_date}-*.partial")):
        if (partial / CANDIDATE).is_file():
            body = json.loads((partial / CANDIDATE).read_text(encoding="utf-8"))
            return Candidate(
                release_id=partial.name[1 : -len(".partial")],
                logical_date=logical_date,
                path=partial,
                rows=body["rows"],
                files={name: FileFacts(**facts) for name, facts in body["files"].items()},
            )
    raise ReleaseError(
        f"{published / RELEASES}: no candidate of {logical_date} is waiting. Run the night again."
    )


@contextmanager
def amend(candidate: Candidate, table: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a candidate's database to write one table, then close, export and hash it anew.

    The results of the last gate are known only when the copy has passed it. Killed in between, it
    can be done again.
    """
    with duckdb.connect(str(candidate.database)) as connection:
        yield connection
        connection.execute("checkpoint")
        rows = table_rows(connection)
        target = candidate.path / TABLES / f"{table.split('.', 1)[1]}.parquet"
        target.unlink(missing_ok=True)
        connection.execute(f"copy (from {_qualified(table)}) to {literal(target)} (format parquet)")
    sync_file(candidate.database)
    files = {
        **candidate.files,
        DATABASE: file_facts(candidate.database),
        f"{TABLES}/{target.name}": _synced_facts(target),
    }
    _write_candidate_file(candidate.path, rows, files)


def add_pages(candidate: Candidate, before: Path | None, language: str = SOURCE) -> None:
    """Write what people read of a candidate, the workbook and the report, in a language.

    `before` is the database of the release before, which the report compares with. Written last,
    since they tell what the gates said. Killed in between, it can be done again.
    """
    from reachline.publish.report import write_report
    from reachline.publish.workbook import write_workbook

    workbook, report = candidate.path / WORKBOOK, candidate.path / REPORT
    workbook.unlink(missing_ok=True)
    shutil.rmtree(report, ignore_errors=True)
    with speaking(language):
        write_workbook(candidate.database, workbook)
        write_report(candidate.database, report, before)
    pages = sorted(path for path in report.rglob("*") if path.is_file())
    files = {
        **candidate.files,
        **{
            path.relative_to(candidate.path).as_posix(): _synced_facts(path)
            for path in [workbook, *pages]
        },
    }
    _write_candidate_file(candidate.path, candidate.rows, files)


def table_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the number of rows of every published table, by `schema.table`."""
    names = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where database_name = current_database() and list_contains(?, schema_name) "
        "order by all",
        [list(PUBLISHED_SCHEMAS)],
    ).fetchall()
    if not names:
        return {}
    counts = " union all ".join(
        f"select {literal(name)} as name, count(*) as n from {_qualified(name)}"
        for (name,) in names
    )
    return dict(connection.execute(f"select name, n from ({counts}) order by name").fetchall())


def about_release(
    candidate: Candidate,
    *,
    promoted: bool,
    run: Mapping[str, Any],
    gates: list[dict[str, Any]],
    batches: list[str],
    published_at: str,
) -> dict[str, Any]:
    """Return what release.json says."""
    return {
        "release_id": candidate.release_id,
        "logical_date": candidate.logical_date.isoformat(),
        "promoted": promoted,
        "published_at": published_at,
        **run,
        "rows": dict(candidate.rows),
        "gates": gates,
        "files": {name: asdict(facts) for name, facts in sorted(candidate.files.items())},
        "batches_read": batches,
    }


def _write_candidate_file(
    partial: Path, rows: Mapping[str, int], files: Mapping[str, FileFacts]
) -> None:
    """Write rows and files into candidate.json, which `read_candidate` reads, in one step."""
    body = {"rows": dict(rows), "files": {name: asdict(facts) for name, facts in files.items()}}
    beside = partial / f"{CANDIDATE}.part"
    beside.unlink(missing_ok=True)
    write_synced(beside, json.dumps(body))
    beside.replace(partial / CANDIDATE)


def _synced_facts(path: Path) -> FileFacts:
    """Sync a file to disk, and return its size and hash."""
    sync_file(path)
    return file_facts(path)


def _check_names(rows: Mapping[str, int]) -> None:
    seen: dict[str, str] = {}
    for table in rows:
        name = table.split(".", 1)[1]
        if name in seen:
            raise ReleaseError(
                f"{table} and {seen[name]} would both be {TABLES}/{name}.parquet: rename one model."
            )
        seen[name] = table


def _write_report_files(
    connection: duckdb.DuckDBPyConnection, table: str, folder: Path
) -> tuple[Path, Path]:
    """Write a report's rows as csv and as JSON, in the order of its sheet, with names beside ids.

    The csv begins with a byte order mark, without which Excel takes it for another encoding, and
    no spreadsheet runs its texts as formulas. The JSON, an array of objects, has the texts as they
    are.
    """
    own = columns_of(connection, "reports", table)
    added, source = names_beside(connection, own, _qualified(f"reports.{table}"))
    columns = [
        (each.name.csv, each.sql, "VARCHAR")
        if isinstance(each, Added)
        else (each, f"report.{identifier(each)}", own[each])
        for each in ids_first(own, added)
    ]
    cells = {
        **{column: f"report.{identifier(column)}" for column in own},
        **{each.name.name: each.shown for each in added},
    }
    order = [
        *(each for sheet in SHEETS if sheet.table == table for each in order_of(sheet, cells)),
        *(f"report.{identifier(column)}" for column in own),
    ]
    rows = f"from {source} order by {', '.join(order)}"

    def selected(make: Callable[[str, str], str], mark: str = "") -> str:
        # the name of the first column is what the file begins with
        names = [mark + columns[0][0], *(name for name, *_ in columns[1:])]
        return ", ".join(
            f"{make(sql, kind)} as {identifier(name)}"
            for name, (_, sql, kind) in zip(names, columns, strict=True)
        )

    as_csv, as_json = folder / f"{table}.csv", folder / f"{table}.json"
    connection.execute(
        f"copy (select {selected(_csv_cell, BYTE_ORDER_MARK)} {rows}) to {literal(as_csv)} "
        "(format csv, header)"
    )
    connection.execute(
        f"copy (select {selected(_json_value)} {rows}) to {literal(as_json)} "
        "(format json, array true)"
    )
    return as_csv, as_json


def _csv_cell(sql: str, kind: str) -> str:
    """Return a value as a csv has it: lists as one text, and no text that is run as a formula."""
    if kind.endswith("[]"):
        text = f"array_to_string({sql}, '|')"
    elif kind == "VARCHAR":
        text = sql
    else:
        return sql
    kept = f"regexp_replace({text}, '{FORMULA_WITHIN}', '\\1''\\2', 'g')"
    return f"case when regexp_matches({text}, '{FORMULA}') then '''' || {kept} else {kept} end"


def _json_value(sql: str, kind: str) -> str:
    """Return a value as JSON has it, which knows no number that is not finite."""
    return f"case when isfinite({sql}) then {sql} end" if kind in ("DOUBLE", "FLOAT") else sql


def _qualified(table: str) -> str:
    return ".".join(identifier(part) for part in table.split(".", 1))
