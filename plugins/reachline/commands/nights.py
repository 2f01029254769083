"""What `run` and `replay` share: an option, the log, the line about a night."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from reachline.night import STEPS, NightReport
from reachline.settings import Settings

Promote = Annotated[
    bool,
    typer.Option(
        "--promote",
        help="Move `current` to the release even if the night is older than the warehouse.",
    ),
]


def log_to_terminal() -> None:
    """Show the night's own words, and nothing of the libraries below warnings."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("reachline").setLevel(logging.INFO)


def print_report(settings: Settings, report: NightReport) -> None:
    """Print where the release of a night is, and the seconds of each of its steps."""
    where = settings.paths.published / "current" if report.is_current else report.release.path
    typer.echo(
        f"{report.logical_date}: published {report.release.release_id} in "
        f"{sum(report.seconds.values()):.0f} s "
        f"({', '.join(f'{name} {report.seconds[name]:.1f}' for name in STEPS)}): {where}"
    )
    if not report.is_current:
        typer.echo(
            "  it is older than the warehouse, so current stays; `reachline release rollback "
            f"{report.release.release_id}` points it there"
        )
