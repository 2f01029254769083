"""`reachline run`, `replay` and `status`: the night on the command line."""

from __future__ import annotations

import logging
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from reachline.night import (
    STEPS,
    NightReport,
    check_config,
    read_journal,
    run_night,
)
from reachline.settings import Paths, Settings, load_settings

app = typer.Typer(help="The night.", no_args_is_help=True)

_Promote = Annotated[
    bool,
    typer.Option(
        "--promote",
        help="Move `current` to the release even if the night is older than the warehouse.",
    ),
]


@app.command()
def run(
    night: Annotated[
        datetime,
        typer.Option("--date", formats=["%Y-%m-%d"], help="The logical date, like 2026-03-01."),
    ],
    promote: _Promote = False,
) -> None:
    """Run one night, from inbox to release, without Airflow.

    Lands what lies in the inbox, stages what is new, builds every table as of the end of that day,
    and publishes a release once all gates have passed. Running a night again is safe, and gives
    the same tables. Exit code 1: a gate or a step stopped it, and current is what it was.
    """
    _log_to_terminal()
    settings = check_config()
    _tell(settings, run_night(settings, night.date(), promoted=promote))


@app.command()
def replay(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first logical date.")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last logical date.")
    ],
    inbox_from: Annotated[
        Path | None,
        typer.Option(
            help="Drop DIR/nights/<date>/inbox into the inbox before each night, as a sandbox "
            "world has them.",
            file_okay=False,
            exists=True,
        ),
    ] = None,
    promote: _Promote = False,
) -> None:
    """Run the nights of a span of dates, oldest first, in one process.

    Stops at the first night that fails; the nights before it are published.
    """
    if last < first:
        raise typer.BadParameter("--to is before --from")
    _log_to_terminal()
    settings = check_config()
    night = first.date()
    while night <= last.date():
        if inbox_from is not None:
            _drop(inbox_from / "nights" / night.isoformat() / "inbox", settings.paths)
        _tell(settings, run_night(settings, night, promoted=promote))
        night += timedelta(days=1)


@app.command()
def status() -> None:
    """Say what ran last and how it ended, what is published, what warns, and what is stale."""
    settings = load_settings()
    _tell_last_run(read_journal(settings))
    _tell_built_to(settings)
    _tell_published(settings)


def _drop(folder: Path, paths: Paths) -> None:
    if folder.is_dir():
        shutil.copytree(folder, paths.inbox, dirs_exist_ok=True)
    else:
        typer.echo(f"{folder}: not there; nothing is dropped for this night")


def _tell(settings: Settings, report: NightReport) -> None:
    where = settings.paths.published / "current" if report.is_current else report.release.path
    typer.echo(
        f"{report.logical_date}: published {report.release.release_id} in "
        f"{sum(report.seconds.values()):.0f} s "
        f"({', '.join(f'{name} {report.seconds[name]:.1f}' for name in STEPS)}): {where}"
    )
    if not report.is_current:
        typer.echo(
            "  it is older than the warehouse, so current stays; `reachline release rollback "
            f"{report.release.release_id}` points it there"
        )


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
    from reachline.warehouse import WarehouseBusyError, built_to

    try:
        reached = built_to(settings)
    except WarehouseBusyError:
        typer.echo("built to   a run has the warehouse open just now")
        return
    typer.echo(f"built to   {reached or 'nothing yet'}")


def _tell_published(settings: Settings) -> None:
    import duckdb

    from reachline.publish.releases import current_release

    current = current_release(settings.paths.published)
    if current is None:
        typer.echo("current    nothing has been published yet")
        return
    typer.echo(
        f"current    {current.release_id}, published {current.about['published_at']}: "
        f"{settings.paths.published / 'current'}"
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
    typer.echo(f"stale      {'nothing' if not stale else f'{len(stale)} sources'}")
    for source, stream, freshness, landed_at in stale:
        typer.echo(f"  {source}/{stream}: {freshness}, last landed {landed_at or 'never'}")


def _log_to_terminal() -> None:
    """Show the night's own words, and nothing of the libraries below warnings."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("reachline").setLevel(logging.INFO)
