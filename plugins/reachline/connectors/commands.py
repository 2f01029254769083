"""`reachline ingest` and `reachline quota`: read a source now; what may still be used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from reachline.connectors import connector
from reachline.connectors.clock import Clock, iso
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.quota import Ledger
from reachline.errors import ReachlineError
from reachline.settings import Settings, load_settings

app = typer.Typer()


class SourceError(ReachlineError):
    """The source can't be read; the text says why and what to do."""


class IngestFailedError(ReachlineError):
    """Reading a source ended in a state that a person must look at."""


def read_source(settings: Settings, source: str, at: datetime | None = None) -> Report:
    """Read a configured source; `at` is the moment that it is taken to be (None: now).

    Raises SourceError where config/sources.yml does not name the source.
    """
    configured = settings.config.sources.connectors.configured()
    if source not in configured:
        listed = ", ".join(configured) or "none"
        raise SourceError(
            f"{source}: not a connector of config/sources.yml; configured: {listed}. Add it there."
        )
    clock = Clock(now=lambda: at) if at else Clock()
    run_id = f"ingest-{source}-{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return ingest(settings, source, run_id, clock=clock)


@app.command("ingest")
def ingest_source(
    source: Annotated[str, typer.Argument(help="A source of config/sources.yml, like mastodon.")],
    at: Annotated[
        datetime | None,
        typer.Option(help="The moment that it is taken to be, UTC; for sandboxes. Default: now."),
    ] = None,
) -> None:
    """Read one source now, from where its last run stopped, and say how each query ended."""
    report = read_source(load_settings(), source, at.replace(tzinfo=UTC) if at else None)
    for line in report.lines():
        typer.echo(line)
    if report.is_hopeless or report.is_broken:
        raise IngestFailedError(f"{source} ended as {report.state}; what was read is landed.")


@app.command("quota")
def show_quota() -> None:
    """Show what each source may use up, how much of it is used, and when there is more."""
    settings = load_settings()
    now = Clock().now()
    shown = False
    for source, options in settings.config.sources.connectors.configured().items():
        ledger = Ledger(settings.paths.landing, source, tuple(connector(source).quotas(options)))
        for usage in ledger.usage(now):
            shown = True
            until = f"  more after {iso(usage.resets)}" if usage.resets else ""
            quota = usage.quota
            typer.echo(
                f"{source:10} {quota.name:16} {usage.used} of {quota.limit} {quota.unit}{until}"
            )
    if not shown:
        typer.echo("No source of config/sources.yml has a quota; rate limits are waited for.")
