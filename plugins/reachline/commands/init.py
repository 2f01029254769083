"""`reachline init`: a configuration to begin with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from reachline.configuration import EXAMPLE
from reachline.settings import config_dir, paths

app = typer.Typer()


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
        f"3. Drop files into {inbox}; `reachline inbox template orders` writes one to fill in.\n"
        "4. reachline run --date 2026-03-01"
    )
