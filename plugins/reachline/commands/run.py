"""`reachline run`: one night."""

from __future__ import annotations

import typer

from reachline.commands.nights import log_to_terminal, print_report, run_shown
from reachline.commands.options import Force, Night, Promote
from reachline.night import check_config, require_reached

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
    the same tables. Exit code 1: a gate or a step stopped it, and current is what it was.
    """
    log_to_terminal()
    settings = check_config()
    require_reached(settings, night.date(), is_forced=force)
    print_report(settings, run_shown(settings, night.date(), promote=promote))
