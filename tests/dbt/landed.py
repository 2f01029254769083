"""A home of its own with batches landed by hand: what staging and model tests start from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reachline.configuration import EXAMPLE
from reachline.landing import Manifest, commit_batch, draft_batch
from reachline.settings import Settings, load_settings
from reachline.warehouse import connect, model, open_run, stage

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Home:
    """A home folder, and shorthands for what tests do with it."""

    settings: Settings

    def land(
        self,
        stream: str,
        rows: Sequence[Mapping[str, str | None]],
        *,
        day: date = date(2026, 3, 1),
        source: str = "inbox",
        columns: Sequence[str] = (),
        rejects: Sequence[tuple[int, str, str]] = (),
    ) -> Manifest:
        """Land rows of text as one batch; its columns are those of the first row."""
        names = tuple(columns or rows[0])
        table = pa.table(
            {name: [row.get(name) for row in rows] for name in names},
            schema=pa.schema([(name, pa.string()) for name in names]),
        )
        with draft_batch(self.settings.paths.landing, source, stream, day) as draft:
            pq.write_table(table, draft.data)
            if rejects:
                lines, raws, reasons = zip(*rejects, strict=True)
                pq.write_table(
                    pa.table(
                        {
                            "_line": pa.array(lines, pa.int64()),
                            "_raw": raws,
                            "_column": pa.array([None] * len(lines), pa.string()),
                            "_reason": reasons,
                        }
                    ),
                    draft.rejects,
                )
            return commit_batch(
                draft,
                run_id="test",
                rows=len(rows),
                rejected=len(rejects),
                columns=names,
                first_line=2,
            )

    def stage(self, day: date = date(2026, 3, 1)) -> None:
        """Stage what is new, without the models."""
        stage(open_run(self.settings, day))

    def night(self, day: date = date(2026, 3, 1)) -> None:
        """Stage and model a date, without gates and release."""
        run = open_run(self.settings, day)
        stage(run)
        model(run)

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the working files to read."""
        with connect(self.settings.paths.warehouse, read_only=True) as con:
            yield con

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return the rows of a query on the working files."""
        with self.open() as con:
            return con.execute(sql).fetchall()


def new_home(folder: Path, config: Path = EXAMPLE) -> Home:
    """Return an empty home under `folder`, with the project's own configuration unless told."""
    return Home(load_settings(folder / "data", config))


FETCHED = "2026-03-01T10:00:00.5Z"


def land_records(
    home: Home,
    source: str,
    stream: str,
    records: Sequence[Any],
    *,
    query: str = "hashtag:coffee",
    fetched: str = FETCHED,
) -> None:
    """Land records as a connector does; a record that is a text lands as it is."""
    home.land(
        stream,
        [
            {
                "source": source,
                "stream": stream,
                "query": query,
                "fetched_at": fetched,
                "record": record if isinstance(record, str) else json.dumps(record),
                "record_id": f"r{number}",
                "record_at": None,
            }
            for number, record in enumerate(records)
        ],
        source=source,
    )
