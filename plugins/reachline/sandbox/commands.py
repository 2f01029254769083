"""`reachline sandbox`: made-up data to try the pipeline on."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Make up a market to try the pipeline on.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Make up a market to try the pipeline on."""


@app.command()
def world(
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    nights: Annotated[int, typer.Option(help="How many nights to write.", min=1)] = 14,
    size: Annotated[str, typer.Option(help="small, medium or large.")] = "small",
    out: Annotated[Path, typer.Option(help="A new directory.")] = Path("world"),
    start: Annotated[
        datetime, typer.Option(help="The first logical date.", formats=["%Y-%m-%d"])
    ] = datetime(2026, 3, 1),  # noqa: DTZ001  a day, not a moment
    spoil: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARE",
            help="Spoil this share of rows in a named way; repeat it for more.",
        ),
    ] = None,
) -> None:
    """Write a configuration, the inbox files of each night, and truth.json."""
    from reachline.sandbox.spoil import parse_spoil
    from reachline.sandbox.world import write_world

    try:
        made = write_world(
            out,
            seed,
            nights,
            size,
            date(start.year, start.month, start.day),
            parse_spoil(spoil or []),
        )
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    rows = sum(file.rows for night in made.nights for file in night.files)
    files = sum(len(night.files) for night in made.nights)
    typer.echo(f"{rows:,} rows in {files} files for {len(made.nights)} nights under {made.out}")
    typer.echo(f"configuration: {made.config}")
    typer.echo(f"what is true of it: {made.truth}")
    typer.echo(f"before each run: cp -r {made.out}/nights/<date>/inbox/. $REACHLINE_HOME/inbox/")
