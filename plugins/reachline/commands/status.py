"""`reachline status`: what ran last, what is published, what is stale."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer

from reachline.night import STEPS, read_journal
from reachline.settings import Settings, load_settings

app = typer.Typer()


@app.command()
def status() -> None:
    """Say what ran last and how it ended, what is published, what warns, and what is stale."""
    settings = load_settings()
    _tell_last_run(read_journal(settings.paths))
    _tell_built_to(settings)
    _tell_refused(settings)
    _tell_published(settings)


def _tell_last_run(lines: list[dict[str, Any]]) -> None:
    if not lines:
        typer.echo("No night has run yet. `reachline run --date 2026-03-01` runs one.")
        return
    last = lines[-1]
    steps: list[dict[str, Any]] = []
    for line in reversed(lines):
        if line["night"] != last["night"] or (steps and line["step"] == STEPS[-1]):
            break
        steps.append(line)
        if line["step"] == STEPS[0]:
            break
    steps.reverse()
    if last["outcome"] != "done":
        typer.echo(f"last run   {last['night']}: {last['outcome']} in {last['step']}, {last['at']}")
        typer.echo("  " + str(last["error"]).replace("\n", "\n  "))
    elif last["step"] != STEPS[-1]:
        typer.echo(
            f"last run   {last['night']}: {last['step']} was the last step that ended, {last['at']}"
            "; it is still running, or was killed"
        )
    else:
        seconds = sum(line["seconds"] for line in steps)
        typer.echo(f"last run   {last['night']}: published, {last['at']}, {seconds:.0f} s")


def _tell_built_to(settings: Settings) -> None:
    from reachline.warehouse import WarehouseBusyError, WarehouseFileError, built_to

    try:
        reached = built_to(settings)
    except WarehouseBusyError:
        typer.echo("built to   a run has the warehouse open just now")
        return
    except WarehouseFileError as error:
        typer.echo(f"built to   {error}")
        return
    typer.echo(f"built to   {reached or 'nothing yet'}")
    today = datetime.now(ZoneInfo(settings.config.reporting.time_zone)).date()
    if reached is not None and reached > today:
        typer.echo(
            f"  that is after today ({today}): until then no night moves current. If it was a "
            f"mistake, delete {settings.paths.warehouse}/*.duckdb and run the last real night"
        )


def _tell_refused(settings: Settings) -> None:
    from reachline.landing import open_refusals
    from reachline.landing.refusals import shown

    refused = open_refusals(settings.paths.landing)
    if not refused:
        return
    typer.echo(f"refused    {len(refused)} dropped {'file' if len(refused) == 1 else 'files'}")
    for refusal in refused:
        typer.echo(f"  {shown(refusal)}, for {refusal.logical_date}: {refusal.reason}")


def _tell_published(settings: Settings) -> None:
    import duckdb

    from reachline.publish.releases import broken_releases, current_fault, current_release

    published = settings.paths.published
    for fault in broken_releases(published):
        typer.echo(f"broken     {fault}")
    current = current_release(published)
    if current is None:
        typer.echo(f"current    {current_fault(published) or 'nothing has been published yet'}")
        return
    typer.echo(
        f"current    {current.release_id}, published {current.about['published_at']}: "
        f"{published / 'current'}"
    )
    gates = current.about["gates"]
    warned = [gate for gate in gates if not gate["success"]]
    typer.echo(f"gates      {len(gates)} checks, {len(warned)} warnings")
    for gate in warned:
        sample = f" ({', '.join(gate['failing_keys'][:3])})" if gate["failing_keys"] else ""
        typer.echo(f"  {gate['table']}: {gate['expectation']}: {gate['observed']}{sample}")
    with duckdb.connect(str(current.path / "warehouse.duckdb"), read_only=True) as con:
        stale = con.execute(
            "select source, stream, freshness, cast(last_landed_at as varchar) "
            "from reports.data_health where freshness <> 'fresh' order by all"
        ).fetchall()
        judged = con.execute(
            "select source, stream, completeness, rows_last_day, usual_low, usual_high, rows_held "
            "from reports.data_health order by all"
        ).fetchall()
    typer.echo(f"stale      {'nothing' if not stale else f'{len(stale)} sources'}")
    for source, stream, freshness, landed_at in stale:
        typer.echo(f"  {source}/{stream}: {freshness}, last landed {landed_at or 'never'}")
    _tell_whole(judged)


def _tell_whole(judged: list[tuple[Any, ...]]) -> None:
    states = [row[2] for row in judged]
    told = {
        "whole": "whole",
        "below_usual": "below what is usual",
        "above_usual": "above what is usual",
        "too_early": "too early to tell",
    }
    counts = [f"{states.count(state)} {words}" for state, words in told.items() if state in states]
    typer.echo(f"the day    {', '.join(counts) or 'no source tells of days'}")
    for source, stream, state, rows, low, high, _ in judged:
        if state in ("below_usual", "above_usual"):
            typer.echo(f"  {source}/{stream}: {rows:,} rows, usual are {low:,.0f} to {high:,.0f}")
    held = [(source, stream, rows) for source, stream, *_, rows in judged if rows]
    if held:
        typer.echo(f"held       {sum(rows for *_, rows in held):,} rows of days to come")
        for source, stream, rows in held:
            typer.echo(f"  {source}/{stream}: {rows:,}")
