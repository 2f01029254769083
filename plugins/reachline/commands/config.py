"""`reachline config`: whether a configuration is sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reachline.inbox.exports import load_whole_config

app = typer.Typer(help="Check the configuration.", no_args_is_help=True)


@app.command()
def check(
    config: Annotated[
        Path | None,
        typer.Option(help="The folder to check; else $REACHLINE_CONFIG, else ./config."),
    ] = None,
) -> None:
    """Name every mistake in the configuration: file, line, field, value and remedy.

    A night checks the same before it touches data. Exit code 0: sound, 2: it has mistakes.
    """
    settings, exports = load_whole_config(config=config)
    reporting, brands = settings.config.reporting, settings.config.brands
    own = [brand.name for brand in brands if brand.role == "own"]
    typer.echo(
        f"{settings.config_dir} is sound: {', '.join(own)} beside {len(brands) - len(own)} "
        f"competitors, in {reporting.currency}, in days of {reporting.time_zone}; "
        f"{len(exports)} exports of other tools are mapped."
    )
