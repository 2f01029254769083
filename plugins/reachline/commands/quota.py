"""`reachline quota`: what the platforms let us use up."""

from __future__ import annotations

import typer

from reachline.connectors import connector
from reachline.connectors.clock import Clock, iso
from reachline.connectors.quota import Ledger
from reachline.settings import load_settings

app = typer.Typer()


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
