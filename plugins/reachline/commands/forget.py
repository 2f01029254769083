"""`reachline forget`: a person is removed from everything, and kept out."""

from __future__ import annotations

from typing import Annotated

import typer

from reachline.commands.progress import progress
from reachline.settings import load_settings

app = typer.Typer()


@app.command()
def forget(
    platform: Annotated[
        str | None, typer.Argument(help="The platform of an account of theirs, like mastodon.")
    ] = None,
    account: Annotated[str | None, typer.Argument(help="Its handle or its id.")] = None,
    email: Annotated[
        str | None,
        typer.Option(help="In place of an account: an address of theirs, or its SHA-256."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed where.")
    ] = False,
) -> None:
    """Remove a person from everything that this home holds, and keep them out from now on.

    All accounts of the same creator go. Landing, kept files, releases with all their files, logs,
    Airflow's database and the copies that config/publish.yml names are written anew; the next night
    builds the warehouse anew. What was done is printed and kept in erasure/. Exit code 1: something
    could not be done; the same command goes on from there.
    """
    from reachline.connections import outside_of_tasks
    from reachline.erasure import asked
    from reachline.erasure import forget as forget_person

    outside_of_tasks()
    settings = load_settings()
    what = asked(settings, platform, account, email)
    with progress("forget") as show:
        done = forget_person(
            settings, what, is_dry=dry_run, on_step=lambda name: show(f"forget: {name}", 0)
        )
    for line in done.lines():
        typer.echo(line)
    if not done.is_whole:
        raise typer.Exit(1)
