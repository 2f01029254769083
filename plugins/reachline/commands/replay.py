"""`reachline replay`: the nights of a span of dates."""

from __future__ import annotations

import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from reachline.commands.logs import log_to_terminal
from reachline.commands.nights import print_report, run_shown
from reachline.commands.options import Force, Promote
from reachline.night import check_config, require_reached
from reachline.settings import Paths

app = typer.Typer()


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
    promote: Promote = False,
    force: Force = False,
) -> None:
    """Run the nights of a span of dates, oldest first, in one process.

    Stops at the first night that fails; the nights before it are published. Exit code 3: the last
    night is older than the warehouse, and current is what it was.
    """
    if last < first:
        raise typer.BadParameter("--to is before --from")
    log_to_terminal()
    settings = check_config()
    require_reached(settings, last.date(), is_forced=force)
    started, count, code = time.monotonic(), (last - first).days + 1, 0
    for number in range(1, count + 1):
        night = first.date() + timedelta(days=number - 1)
        if inbox_from is not None:
            _drop(inbox_from / "nights" / night.isoformat() / "inbox", settings.paths)
        report = run_shown(
            settings, night, promote=promote, number=number, count=count, since=started
        )
        code = print_report(settings, report)
    if code:
        raise typer.Exit(code)


def _drop(folder: Path, paths: Paths) -> None:
    if folder.is_dir():
        shutil.copytree(folder, paths.inbox, dirs_exist_ok=True)
    else:
        typer.echo(f"{folder}: not there; nothing is dropped for this night")
