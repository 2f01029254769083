"""`reachline gates`: what the gates of a night found."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from reachline.configuration.quality import checks_in_force
from reachline.night import NightError, accept, gate_folder, stream_grains
from reachline.quality.checks import STAGES, Stage, Suite
from reachline.quality.facts import Night
from reachline.quality.results import read_results
from reachline.settings import Settings, load_settings
from reachline.warehouse import Run

app = typer.Typer(help="What the gates of a night found.", no_args_is_help=True)


@app.command("open")
def open_pages(
    night: Annotated[
        datetime | None,
        typer.Option(
            "--night",
            formats=["%Y-%m-%d"],
            help="The logical date, like 2026-03-01; else the last one with results.",
        ),
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option(help=f"Only this gate: {', '.join(STAGES)}; else all that have results."),
    ] = None,
) -> None:
    """Write Great Expectations' pages of what the gates found, and print where they are.

    Nothing is checked again: they show the results as they were recorded. A gate that blocked a
    night has written its own already.
    """
    if stage is not None and stage not in STAGES:
        raise typer.BadParameter(f"--stage {stage}: it is one of {', '.join(STAGES)}")
    settings = load_settings()
    folder = _folder(settings, night.date() if night else None)
    written = [s for s in STAGES if stage in (None, s) and read_results(folder, s)]
    if not written:
        raise NightError(
            f"{folder}: no results of {f'gate {stage}' if stage else 'a gate'} are kept of this "
            "night. `reachline run --date ...` runs a night and its gates."
        )
    from reachline.quality.docs import write_docs

    definitions = _definitions(settings, date.fromisoformat(folder.name))
    for name in written:
        typer.echo(f"gate {name}: {write_docs(folder, name, definitions[name])}")


@app.command("checks")
def list_checks(
    table: Annotated[
        str, typer.Option(help="Only tables whose name holds this, such as fct_orders.")
    ] = "",
) -> None:
    """List every check by table and name, as config/quality.yml names them, and what it does."""
    settings = load_settings()
    for name, checks in checks_in_force(settings.quality).items():
        if table in name:
            typer.echo(name)
            for check, severity, owner in checks:
                typer.echo(f"  {severity:<5}  {check}{f'  ({owner})' if owner else ''}")


@app.command("accept")
def accept_failure(
    night: Annotated[
        datetime, typer.Argument(formats=["%Y-%m-%d"], help="The logical date, like 2026-03-01.")
    ],
    check: Annotated[
        str, typer.Argument(help="Table and check, such as release.drift.nothing_has_collapsed.")
    ],
    reason: Annotated[str, typer.Option(help="Why; every reader of the release will see this.")],
) -> None:
    """Let one night through although a check blocked it. Run the night again afterwards.

    The failure stands in the release as a warning, with the reason.
    """
    result = accept(load_settings(), night.date(), check, reason)
    for key in result.failing_keys or (result.observed,):
        typer.echo(f"accepted: {key}")
    typer.echo(f"Next: reachline run --date {night.date()}")


def _folder(settings: Settings, night: date | None) -> Path:
    if night is not None:
        return gate_folder(settings, night)
    kept = [path for path in settings.paths.logs.glob("gates/*") if path.is_dir()]
    if not kept:
        raise NightError(
            f"{settings.paths.logs / 'gates'}: no night has run its gates yet. "
            "`reachline run --date 2026-03-01` runs one."
        )
    return max(kept)


def _definitions(settings: Settings, night: date) -> dict[Stage, list[Suite]]:
    """Return what each gate checks on a night, by this configuration."""
    from reachline.quality.suites import ruled, suites_of

    facts = Night(
        logical_date=night,
        as_of_end=Run(settings, night, settings.paths.warehouse, is_scratch=False).as_of_end,
        thresholds=settings.config.thresholds,
        streams=stream_grains(),
    )
    return {stage: ruled(found, settings.quality) for stage, found in suites_of(facts).items()}
