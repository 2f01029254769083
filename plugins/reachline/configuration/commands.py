"""`reachline init` and `reachline config`: a configuration to begin with; whether one is sound."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
config_app = typer.Typer(help="Check the configuration.", no_args_is_help=True)
app.add_typer(config_app, name="config")


@app.command()
def init(
    config: Annotated[
        Path | None,
        typer.Option(help="The folder to write; else $REACHLINE_CONFIG, else ./config."),
    ] = None,
) -> None:
    """Write a configuration of an invented brand, for you to edit, and make the inbox.

    It is yours from then on: no later version of Reachline writes to it. Exit code 2: the folder
    holds something already.
    """
    from reachline.configuration import EXAMPLE
    from reachline.settings import config_dir, paths

    folder, inbox = config_dir(config), paths().inbox
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        typer.echo(
            f"error: {folder} is there already, and nothing of it is overwritten. Remove it first, "
            "or name another folder with --config.",
            err=True,
        )
        raise typer.Exit(2)
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    inbox.mkdir(parents=True, exist_ok=True)
    typer.echo(
        f"{folder} holds the configuration of an invented brand.\n"
        f"1. Put your brand and its competitors into {folder / 'brands.yml'}.\n"
        "2. reachline config check\n"
        f"3. Drop files into {inbox}; `reachline inbox template orders` prints an example.\n"
        "4. reachline run --date 2026-03-01"
    )


@config_app.command()
def check(
    config: Annotated[
        Path | None,
        typer.Option(help="The folder to check; else $REACHLINE_CONFIG, else ./config."),
    ] = None,
) -> None:
    """Name every mistake in the configuration: file, line, field, value and remedy.

    A night checks the same before it touches data. Exit code 0: sound, 2: it has mistakes.
    """
    from reachline.inbox.exports import load_whole_config

    settings, exports = load_whole_config(config=config)
    reporting, brands = settings.config.reporting, settings.config.brands
    own = [brand.name for brand in brands if brand.role == "own"]
    typer.echo(
        f"{settings.config_dir} is sound: {', '.join(own)} beside {len(brands) - len(own)} "
        f"competitors, in {reporting.currency}, in days of {reporting.time_zone}; "
        f"{len(exports)} exports of other tools are mapped."
    )
