"""`reachline ingest`: read a platform now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from reachline.commands.progress import progress
from reachline.connectors.ingest import read_source
from reachline.errors import ReachlineError
from reachline.settings import load_settings

app = typer.Typer()


class IngestFailedError(ReachlineError):
    """Reading a source ended in a state that a person must look at."""


@app.command("ingest")
def ingest_source(
    source: Annotated[str, typer.Argument(help="A source of config/sources.yml, like mastodon.")],
    at: Annotated[
        datetime | None,
        typer.Option(help="The moment that it is taken to be, UTC; for sandboxes. Default: now."),
    ] = None,
) -> None:
    """Read one source now, from where its last run stopped, and say how each query ended."""
    with progress(source) as show:
        report = read_source(
            load_settings(),
            source,
            at.replace(tzinfo=UTC) if at else None,
            on_records=lambda records: show(f"{source}: {records:,} records", records),
        )
    for line in report.lines():
        typer.echo(line)
    if report.needs_credentials or report.may_be_retried:
        raise IngestFailedError(f"{source} ended as {report.state}; what was read is landed.")
