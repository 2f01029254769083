"""`reachline sandbox`: made-up data to try the pipeline on."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from reachline.commands.progress import progress
from reachline.sandbox.spoil import WAYS

app = typer.Typer(help="Make up a market to try the pipeline on.", no_args_is_help=True)


_WAYS = "Ways to spoil rows:\n\n" + "\n\n".join(
    f"{way.name}: {way.help} ({way.effect})" for way in WAYS.values()
)


@app.command(epilog=_WAYS)
def world(
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    nights: Annotated[int, typer.Option(help="How many nights to write.", min=1)] = 14,
    size: Annotated[str, typer.Option(help="small, medium or large.")] = "small",
    out: Annotated[Path, typer.Option(help="A new directory.")] = Path("world"),
    start: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="The first logical date.")
    ] = "2026-03-01",
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
        with progress("the market", nights) as show:
            made = write_world(
                out,
                seed,
                nights,
                size,
                _day(start),
                parse_spoil(spoil or []),
                on_night=lambda number: show(f"night {number + 1} of {nights}", number),
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


_STEER = """Steer it over HTTP, below /_sandbox/: POST clock {"now", "runs"}; POST faults \
{"platform", "kind", "times", "skip", "path", "seconds", "ids"}; DELETE faults; POST limits \
{"platform", "bucket", "limit"}; GET requests?platform=; GET truth?platform=&query=. Every \
platform takes sandbox-token for a token, key or password."""


@app.command(epilog=_STEER)
def serve(
    world: Annotated[Path, typer.Option(help="What `reachline sandbox world` wrote.")] = Path(
        "world"
    ),
    at: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="Where the clock begins, as 2026-03-02T06:00:00Z; by default the morning after "
            "the last night.",
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8090,
    clock: Annotated[
        str, typer.Option(help="runs or stands; it runs for clients that really wait.")
    ] = "runs",
    ga4: Annotated[
        Path | None,
        typer.Option(help="Write GA4's export files into this folder, as the clock is set."),
    ] = None,
) -> None:
    """Serve eight platforms' APIs over a made-up market, on 127.0.0.1 alone."""
    from datetime import timedelta

    from reachline.sandbox.platforms import PLATFORMS, listen, moment, open_market

    try:
        if clock not in ("runs", "stands"):
            raise ValueError(f"--clock {clock!r}: write runs or stands")
        begins = moment(at) if at else open_market(world).end + timedelta(hours=6)
        listening = listen(world, begins, port, runs=clock == "runs", ga4=ga4)
    except (ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    sandbox = listening.sandbox
    typer.echo(f"{sandbox.address}, where it is {begins:%Y-%m-%dT%H:%M:%SZ}; Ctrl-C ends it")
    for platform in PLATFORMS:
        if platform.routes():
            typer.echo(f"  {platform.name:10} {sandbox.url(platform.name)}")
    if ga4 is not None:
        typer.echo(f"  {'ga4':10} {ga4}")
    sys.stdout.flush()
    listening.run()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--start {text!r}: write a day as YYYY-MM-DD") from None
