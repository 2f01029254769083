"""What the working database says of itself: whose night it holds, what passed, what was read."""

from __future__ import annotations

from datetime import date

import duckdb

from reachline.errors import ReachlineError
from reachline.settings import Settings
from reachline.warehouse import Run, built_to, connect


class NightError(ReachlineError):
    """A night can't go on as it is; the text says why and what to do."""


def run_id_of(logical_date: date) -> str:
    """Return the name of a night's runs: the same each time, so that results are the same."""
    return f"night-{logical_date.isoformat()}"


def require_this_night(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Raise NightError if the working database was staged for another night than the run's."""
    rows = connection.execute("select logical_date from work.ops.current_run").fetchall()
    if not rows or rows[0][0] != run.logical_date:
        other = rows[0][0] if rows else "no night"
        raise NightError(
            f"the warehouse was staged for {other}, not for {run.logical_date}: another run came "
            "between. Run this night again from its first step; backfill with "
            "--max-active-runs 1."
        )


def require_passed_gates(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Raise NightError unless the gates after staging and after the models have passed."""
    passed = connection.execute(
        "select count(distinct stage) from work.ops.gates_passed "
        "where run_seq = (select run_seq from work.ops.current_run) "
        "and stage in ('staging', 'model')"
    ).fetchall()[0][0]
    if passed != 2:
        raise NightError(
            f"the gates have not passed for {run.logical_date}: nothing is released without them. "
            "Run the night again."
        )


def seen_batches(settings: Settings) -> dict[str, int]:
    """Return the batches that the warehouse knows, and their landing sequences.

    Their files were checked on the night when it read them, and are again whenever it does.
    """
    if built_to(settings) is None:
        return {}
    with connect(settings.paths.warehouse, read_only=True) as connection:
        rows = connection.execute("select batch_id, sequence from work.landing.batches").fetchall()
    return dict(rows)


def batches_read(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the ids of all batches that staging has read, in the order in which they landed."""
    rows = connection.execute(
        "select batch_id from work.staging.batches_read "
        "group by batch_id order by min(landing_sequence), batch_id"
    ).fetchall()
    return [batch_id for (batch_id,) in rows]
