"""`reachline alarms`: who is told when a night fails, is late, or has recovered."""

from __future__ import annotations

import typer

from reachline.connections import outside_of_tasks
from reachline.errors import ReachlineError
from reachline.night.alarms import Desk, find_desk, tell_late, tell_test

app = typer.Typer(help="Who is told when a night fails or is late.", no_args_is_help=True)


class NobodyToTellError(ReachlineError):
    """config/publish.yml names nobody who is told."""


@app.command()
def test() -> None:
    """Send a test message by each way that config/publish.yml names. Exit code 1: one failed."""
    typer.echo(f"sent by {' and '.join(tell_test(_desk()))}.")


@app.command()
def check() -> None:
    """Tell if the last night that is over is late; for cron, where no Airflow runs.

    Each late night is told of once, however often this is called.
    """
    typer.echo("told of a late night." if tell_late(_desk()) else "nothing to tell of.")


def _desk() -> Desk:
    outside_of_tasks()
    desk = find_desk()
    if desk is None:
        raise NobodyToTellError(
            "config/publish.yml has no section alarms, or is wrong (`reachline config check`): "
            "write one; the file shows how."
        )
    return desk
