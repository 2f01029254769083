"""`reachline run`: one night."""

from __future__ import annotations

from datetime import date

import typer

from reachline.commands.logs import log_to_terminal
from reachline.commands.nights import print_report, run_shown
from reachline.commands.options import Force, Night, Promote
from reachline.connections import outside_of_tasks
from reachline.night import NightBusyError, check_config, require_reached
from reachline.night.alarms import find_desk, tell_failed, tell_published
from reachline.settings import ConfigError

app = typer.Typer()


@app.command()
def run(
    night: Night,
    promote: Promote = False,
    force: Force = False,
) -> None:
    """Run one night, from inbox to release, without Airflow.

    Lands what lies in the inbox, stages what is new, builds every table as of the end of that day,
    and publishes a release once all gates have passed. Running a night again is safe, and gives
    the same tables. Exit code 1: a gate or a step stopped it, and current is what it was; 3: its
    release was made, but is older than the warehouse, and current is what it was. Whoever
    config/publish.yml names below `alarms` is told.
    """
    log_to_terminal()
    outside_of_tasks()
    try:
        settings = check_config()
    except ConfigError as error:
        _tell(night.date(), error, "check_config")
        raise
    require_reached(settings, night.date(), is_forced=force)
    try:
        report = run_shown(settings, night.date(), promote=promote)
    except NightBusyError:
        raise
    except Exception as error:
        _tell(night.date(), error)
        raise
    code = print_report(settings, report)
    if (desk := find_desk()) is not None:
        tell_published(desk, night.date())
    if code:
        raise typer.Exit(code)


def _tell(night: date, error: Exception, step: str = "") -> None:
    if (desk := find_desk()) is not None:
        tell_failed(desk, night, step=step, why=str(error))
