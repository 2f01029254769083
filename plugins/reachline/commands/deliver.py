"""`reachline deliver`: bring a release to where config/publish.yml says, by hand."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from reachline.commands.progress import progress
from reachline.connections import outside_of_tasks
from reachline.publish.deliver import DELIVERIES, deliver
from reachline.publish.releases import find_release
from reachline.settings import load_settings

app = typer.Typer(no_args_is_help=True)

Delivery = StrEnum("Delivery", {name: name for name in DELIVERIES})  # type: ignore[misc]


@app.command("deliver")
def deliver_release(
    where: Annotated[Delivery, typer.Argument(help="A section of config/publish.yml.")],
    release: Annotated[
        str, typer.Option(help="Its id, as `reachline release ls` shows it.")
    ] = "current",
) -> None:
    """Copy a release to Postgres or to storage, or send its digest by e-mail.

    The DAG nightly does so after each release that becomes current.
    """
    outside_of_tasks()
    settings = load_settings()
    found = find_release(settings.paths.published, release)
    with progress(f"{found.release_id} to {where.value}"):
        done = deliver(settings, where.value, found)
    typer.echo(done)
