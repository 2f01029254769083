"""`reachline release`: what has been published, and the way back."""

from __future__ import annotations

from typing import Annotated

import typer

from reachline.publish.releases import (
    Release,
    broken_releases,
    current_fault,
    current_release,
    find_release,
    releases,
    rollback,
)
from reachline.publish.shared import point_at
from reachline.settings import paths

app = typer.Typer(help="The releases: list, show, roll back.", no_args_is_help=True)


@app.command("ls")
def list_releases() -> None:
    """List the releases that are kept, oldest first; `*` marks the one that is read."""
    published = paths().published
    current = current_release(published)
    found = releases(published)
    for fault in (current_fault(published), *broken_releases(published)):
        if fault is not None:
            typer.echo(f"! {fault}", err=True)
    if not found:
        typer.echo(f"{published}: nothing has been published yet.")
        return
    for release in found:
        is_current = current is not None and release.release_id == current.release_id
        rows = sum(release.about["rows"].values())
        warned = sum(not gate["success"] for gate in release.about["gates"])
        typer.echo(
            f"{'*' if is_current else ' '} {release.release_id}  "
            f"published {release.about['published_at']}  {rows:,} rows  "
            f"{warned} warnings{'' if release.promoted else '  (never current)'}"
        )


@app.command()
def show(
    release: Annotated[
        str, typer.Argument(help="Its id, as `ls` shows it; else the current one.")
    ] = "current",
) -> None:
    """Show what a release holds: tables and rows, warnings of its gates, where its files are."""
    found = find_release(paths().published, release)
    about = found.about
    typer.echo(f"release    {found.release_id}")
    typer.echo(f"night      {found.logical_date}")
    typer.echo(f"published  {about['published_at']}")
    typer.echo(f"code       {about['git_commit'] or 'no git checkout'}")
    typer.echo(f"batches    {len(about['batches_read'])} read")
    typer.echo(f"folder     {found.path}")
    typer.echo("")
    width = max((len(name) for name in about["rows"]), default=0)
    for name, rows in about["rows"].items():
        typer.echo(f"{name:<{width}}  {rows:>14,} rows")
    _show_warnings(found)


@app.command("rollback")
def roll_back(
    release: Annotated[
        str | None, typer.Argument(help="Where to; else the one that was current before.")
    ] = None,
) -> None:
    """Point `current` at an older release. The next night that passes its gates moves it on."""
    published = paths().published
    before = current_release(published) if release is None else None
    target = rollback(published, release)
    point_at(paths(), target)
    typer.echo(
        f"current is {target.release_id}, the night of {target.logical_date}"
        f"{f', no longer {before.release_id}' if before else ''}. Long-lived connections keep the "
        "old file until they are opened again."
    )


def _show_warnings(release: Release) -> None:
    warned = [gate for gate in release.about["gates"] if not gate["success"]]
    typer.echo("")
    typer.echo(f"gates      {len(release.about['gates'])} checks, {len(warned)} warnings")
    for gate in warned:
        typer.echo(f"  {gate['table']}: {gate['expectation']}: {gate['observed']}")
        typer.echo(f"    {gate['why']}")
        if gate.get("accepted"):
            typer.echo(f"    let through: {gate['accepted']}")
        if gate["failing_keys"]:
            typer.echo(f"    such as {', '.join(gate['failing_keys'][:3])}")
