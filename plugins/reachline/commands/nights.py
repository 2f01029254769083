"""What `run` and `replay` share: a night and the line about it."""

from __future__ import annotations

from datetime import date

import typer

from reachline.commands.progress import progress
from reachline.night import STEPS, NightReport, run_night
from reachline.night.aside import aside
from reachline.settings import Settings


def run_shown(
    settings: Settings,
    night: date,
    *,
    promote: bool,
    number: int = 1,
    count: int = 1,
    since: float | None = None,
) -> NightReport:
    """Run the night that is `number` of `count`, show which step of it runs, and return its report.

    `since` is when the first of them began, of time.monotonic(); None for now. Raises what
    run_night raises.
    """
    which = f"night {number} of {count}, {night}" if count > 1 else str(night)
    steps_before = (number - 1) * len(STEPS)
    with progress(which, count * len(STEPS), done=steps_before, since=since) as show:
        return run_night(
            settings,
            night,
            promoted=promote,
            on_step=lambda step: show(f"{which}: {step}", steps_before + STEPS.index(step)),
        )


NOT_CURRENT = 3
"""Exit code of a night whose release readers do not see: a newer one stays current."""


def print_report(settings: Settings, report: NightReport) -> int:
    """Print where the release of a night is, and the seconds of each step; return the exit code."""
    where = settings.paths.published / "current" if report.is_current else report.release.path
    typer.echo(
        f"{report.logical_date}: published {report.release.release_id} in "
        f"{sum(report.seconds.values()):.0f} s "
        f"({', '.join(f'{name} {report.seconds[name]:.1f}' for name in STEPS)}): {where}"
    )
    if report.is_current:
        return 0
    typer.secho(f"NOT CURRENT: {aside(settings, report.release)}", err=True, fg="red", bold=True)
    return NOT_CURRENT
