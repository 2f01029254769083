"""What a gate of a night must look at: the rows that no gate of its stage has passed yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from reachline.quality.checks import Stage
from reachline.quality.facts import Night, StreamGrain
from reachline.warehouse import Run

if TYPE_CHECKING:
    import pyarrow as pa

# Written between staging and modelling, when it is known which models will be built in full.
_OPS = """
create or replace table work.ops.rebuilt as
select model from work.ops.model_hashes where wanted is distinct from built;

create table if not exists work.ops.gates_passed (stage varchar, run_seq bigint)
"""


def open_scope(connection: duckdb.DuckDBPyConnection) -> None:
    """Write down which models this night builds in full, and make the list of passed gates."""
    connection.execute(_OPS)


def mark_passed(connection: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Write down that the gate of a stage has passed what the current run built."""
    connection.execute(
        "insert into work.ops.gates_passed select ?, run_seq from work.ops.current_run", [stage]
    )


def gate_scope(connection: duckdb.DuckDBPyConnection, run: Run, stage: Stage) -> Night:
    """Return what the gate of a stage must look at."""
    first_of_night, passed, waiting = connection.execute(
        """
        with passed as (
            select coalesce(max(run_seq), 0) as run_seq
            from work.ops.gates_passed
            where stage = $stage
        )

        select
            (select min(run_seq) from work.ops.runs where logical_date = $night),
            (select run_seq from passed),
            (
                select count(*)
                from work.ops.runs, passed, work.ops.current_run
                where
                    runs.is_complete
                    and runs.run_seq > passed.run_seq
                    and runs.run_seq < current_run.run_seq
            )
        """,
        {"stage": stage, "night": run.logical_date},
    ).fetchall()[0]
    rebuilt = connection.execute("select model from work.ops.rebuilt").fetchall()
    return Night(
        logical_date=run.logical_date,
        as_of_end=run.as_of_end,
        thresholds=run.settings.config.thresholds,
        first_seq=min(first_of_night, passed + 1),
        whole=waiting > 0,
        rebuilt=frozenset(name for (name,) in rebuilt),
        streams=stream_grains(),
    )


def stream_grains() -> dict[str, StreamGrain]:
    """Return the key and the required columns of each stream whose staging table is checked."""
    from reachline.inbox.streams import load_streams

    return {
        name: StreamGrain(
            stream=name,
            grain=stream.grain,
            required=tuple(column.name for column in stream.columns if column.required),
        )
        for name, stream in load_streams().items()
    }


def touched_rows(connection: duckdb.DuckDBPyConnection, night: Night) -> dict[str, pa.Table]:
    """Return the keys of the rows that this night wrote, by table; others were built whole."""
    from reachline.quality.contract import CONTRACT, TOUCHED

    found = {}
    for table in CONTRACT:
        model_name = table.split(".")[1]
        touched = TOUCHED.get(model_name)
        if touched is None or night.looks_at_all_of(model_name):
            continue
        found[table] = connection.sql(
            f"select distinct {', '.join(touched.columns)} from work.intermediate.{touched.model}"
        ).to_arrow_table()
    return found
