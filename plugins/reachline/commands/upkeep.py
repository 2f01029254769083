"""`reachline upkeep`: what is not needed any more goes; landing is read whole."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from reachline.commands.progress import progress
from reachline.configuration.upkeep import PARTS
from reachline.operation.home_probes import MEBIBYTE
from reachline.operation.upkeep import Cleared, keep_up
from reachline.settings import load_settings

app = typer.Typer()

_FAILED = 1
_SHOWN = 20

_Part = StrEnum("_Part", {name: name for name in PARTS})  # type: ignore[misc]


@app.command()
def upkeep(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")
    ] = False,
    only: Annotated[
        list[_Part] | None, typer.Option(help="Only this part; may be given again.")
    ] = None,
) -> None:
    """Remove what is not needed any more, and read landing whole, as the DAG `upkeep` does weekly.

    releases: all but the newest (`keep_releases`), the current one and the one before it.
    scratch: what killed runs left half done, in an object store too. gates: results and pages of
    nights without a release. logs: old ones of Airflow. airflow: old rows of its database. packs:
    small files of old months of landing go into one file for each source, stream and month; nothing
    of what they hold changes. verify: every batch is held to its manifest. `config/upkeep.yml` says
    how long each is kept. Exit code 1: a part failed, as the first three and packs do while a night
    runs.
    """
    settings = load_settings()
    parts = [str(part) for part in only or PARTS]
    failed = False
    with progress("upkeep", len(parts)) as show:
        show(parts[0], 0)
        for number, cleared in enumerate(keep_up(settings, parts, is_dry=dry_run), start=1):
            _tell(cleared)
            failed = failed or bool(cleared.error)
            if number < len(parts):
                show(parts[number], number)
    if failed:
        raise typer.Exit(_FAILED)


def _tell(cleared: Cleared) -> None:
    if cleared.error:
        typer.echo(f"{cleared.part:<9} failed: {cleared.error}", err=True)
        return
    if cleared.part == "verify":
        said = "all of landing would be read" if cleared.is_dry else "landing is whole"
        typer.echo(f"{cleared.part:<9} {said}")
        return
    verb = "pack" if cleared.part == "packs" else "remove"
    words = f"would {verb}" if cleared.is_dry else f"{verb.removesuffix('e')}ed"
    size = f", {cleared.bytes / MEBIBYTE:,.1f} MiB" if cleared.bytes else ""
    typer.echo(f"{cleared.part:<9} {words} {len(cleared.removed) or 'nothing'}{size}")
    for name in cleared.removed[:_SHOWN]:
        typer.echo(f"  {name}")
    if len(cleared.removed) > _SHOWN:
        typer.echo(f"  and {len(cleared.removed) - _SHOWN} more")
