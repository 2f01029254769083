"""`reachline retention`: what has been kept for as long as it may be goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from reachline.settings import load_settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Remove what has been kept for as long as it may be."""


@app.command("apply")
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    at: Annotated[
        datetime | None, typer.Option(help="The moment that it is taken to be, UTC. Default: now.")
    ] = None,
) -> None:
    """Apply the platforms' terms and config/retention.yml; finish what `forget` has begun.

    What landed goes, with files, releases and logs. Where that changes what was built, the next
    night builds the warehouse anew from landing. Exit code 1: something that terms ask was not done
    in time, or could not be done.
    """
    from reachline.erasure import apply_retention

    moment = at.replace(tzinfo=UTC) if at else None
    done = apply_retention(load_settings(), at=moment, is_dry=dry_run)
    for line in done.lines():
        typer.echo(line)
    if done.late or not all(each.is_whole for each in done.certificates):
        raise typer.Exit(1)
