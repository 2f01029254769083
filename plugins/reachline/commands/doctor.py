"""`reachline doctor`: what stands in the way of a night, and what to type."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from reachline.operation.doctor import examine
from reachline.operation.findings import EXIT_CODES, lines_of, worst
from reachline.settings import config_dir, paths

app = typer.Typer()


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Connect to the servers of the connections, too.")
    ] = False,
) -> None:
    """Look for what stands in the way of a night, and say what to type about it.

    Packages against the lock, Airflow, connections (by name), rights, locks, disk, clock, releases,
    manifests, what killed runs left; where landing is shared, the object store: whether it answers,
    keeps to conditional writes (a small key is written there and removed), and has the same
    manifests. Changes nothing here, takes no lock, and goes on where something can't be looked at.
    Exit code: 0 all is well, 1 a warning, 2 an error.
    """
    found = examine(paths(), config_dir(), is_online=online)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False))
    else:
        for finding in found:
            for line in lines_of(finding):
                typer.echo(line)
    raise typer.Exit(EXIT_CODES[worst(found)])
