"""`reachline status`: what ran last, what is published, what is stale; for monitors too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from reachline.night import STEPS
from reachline.operation.findings import EXIT_CODES, lines_of
from reachline.operation.history import NIGHT, StepTime
from reachline.operation.state import Health, LastRun, State, look
from reachline.settings import config_dir, paths

app = typer.Typer()


@app.command()
def status(
    check: Annotated[
        bool,
        typer.Option("--check", help="Tell only what is wrong, and say by the exit code how bad."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell everything, as JSON.")] = False,
) -> None:
    """Say what ran last and how it ended, what is published, what warns, and what is stale.

    Reads only, also while a night runs; what can't be read is said, and hides nothing else. With
    --check the exit code is that of a monitoring plugin: 0 all is well, 1 a warning (a refused
    file, a source that is silent, a release that is not whole), 2 critical (a night failed, was
    killed or is late; the configuration, the warehouse or current is wrong). Else it is 0.
    """
    state = look(paths(), config_dir())
    if as_json:
        typer.echo(state.as_json())
    else:
        for line in _checked(state) if check else _told(state):
            typer.echo(line)
    if check:
        raise typer.Exit(EXIT_CODES[state.severity])


def _checked(state: State) -> Iterator[str]:
    for finding in state.findings:
        yield from lines_of(finding)
    if not state.findings:
        run = state.last_run
        yield f"ok       the last run was {run.night}: {run.outcome}" if run else "ok"


def _told(state: State) -> Iterator[str]:
    for finding in state.findings:
        # what stands in no section of its own
        if finding.area in ("config", "lock", "journal", "landing", "store", "upkeep") or (
            finding.area == "releases" and state.health is None and state.current is not None
        ):
            yield from lines_of(finding)
    yield from _last_run(state.last_run)
    if state.running is not None and state.running.is_held:
        yield f"running    {state.running.who}, since {state.running.since:%Y-%m-%d %H:%M} UTC"
    yield from (
        f"late       {finding.text}"
        for finding in state.findings
        if finding.area == "night" and "is not published" in finding.text
    )
    yield from _built_to(state)
    yield from _shared(state)
    if state.refused:
        count = len(state.refused)
        yield f"refused    {count} dropped {'file' if count == 1 else 'files'}"
        yield from (f"  {of['file']}, for {of['night']}: {of['reason']}" for of in state.refused)
    yield from (f"broken     {fault}" for fault in state.broken_releases)
    current = state.current
    if current is None:
        yield f"current    {state.current_fault or 'nothing has been published yet'}"
    else:
        published = current.path.parent.parent
        yield (
            f"current    {current.release_id}, published {current.about['published_at']}: "
            f"{published / 'current'}"
        )
    if state.health is not None:
        yield from _health(state.health)
    yield from _times(state.step_times)


def _last_run(run: LastRun | None) -> Iterator[str]:
    if run is None:
        yield "No night has run yet. `reachline run --date 2026-03-01` runs one."
    elif run.outcome == "published":
        yield f"last run   {run.night}: published, {run.at}, {run.seconds:.0f} s"
    elif run.outcome in ("running", "unfinished"):
        so = "it is still running" if run.outcome == "running" else "it was killed, or given up"
        yield f"last run   {run.night}: {run.step} was the last step that ended, {run.at}; {so}"
    else:
        yield f"last run   {run.night}: {run.outcome} in {run.step}, {run.at}"
        yield "  " + run.error.replace("\n", "\n  ")


def _built_to(state: State) -> Iterator[str]:
    faults = [finding.text for finding in state.findings if finding.area == "warehouse"]
    if state.is_open_elsewhere:
        yield "built to   a run has the warehouse open just now"
    elif state.built_to is None:
        yield f"built to   {faults[0] if faults else 'nothing yet'}"
    else:
        yield f"built to   {state.built_to}"
        for finding in state.findings:
            if finding.area == "warehouse":
                yield f"  {finding.text}"
                yield f"  do: {finding.remedy}"


def _shared(state: State) -> Iterator[str]:
    shared = state.shared
    if shared is None:
        if not any(finding.area == "store" for finding in state.findings):
            yield "shared     no: what lands is on this host alone"
    elif not shared.is_joined:
        yield f"shared     {shared.url}: not joined yet, the next night does"
    elif shared.fetched_at is None:
        yield f"shared     {shared.url}"
    else:
        yield f"shared     {shared.url}, last fetched {shared.fetched_at:%Y-%m-%d %H:%M} UTC"


def _health(health: Health) -> Iterator[str]:
    yield f"gates      {health.checks} checks, {len(health.warnings)} warnings"
    for gate in health.warnings:
        sample = f" ({', '.join(gate['failing_keys'][:3])})" if gate["failing_keys"] else ""
        yield f"  {gate['table']}: {gate['expectation']}: {gate['observed']}{sample}"
    yield f"stale      {'nothing' if not health.stale else f'{len(health.stale)} sources'}"
    for row in health.stale:
        landed = row["last_landed_at"] or "never"
        yield f"  {row['source']}/{row['stream']}: {row['freshness']}, last landed {landed}"
    yield from _days(health.days)


def _days(judged: Sequence[dict[str, Any]]) -> Iterator[str]:
    states = [row["completeness"] for row in judged]
    told = {
        "whole": "whole",
        "below_usual": "below what is usual",
        "above_usual": "above what is usual",
        "too_early": "too early to tell",
    }
    counts = [f"{states.count(state)} {words}" for state, words in told.items() if state in states]
    yield f"the day    {', '.join(counts) or 'no source tells of days'}"
    for row in judged:
        if row["completeness"] in ("below_usual", "above_usual"):
            yield (
                f"  {row['source']}/{row['stream']}: {row['rows_last_day']:,} rows, usual are "
                f"{row['usual_low']:,.0f} to {row['usual_high']:,.0f}"
            )
    held = [row for row in judged if row["rows_held"]]
    if held:
        yield f"held       {sum(row['rows_held'] for row in held):,} rows of days to come"
        yield from (f"  {row['source']}/{row['stream']}: {row['rows_held']:,}" for row in held)


def _times(found: Sequence[StepTime]) -> Iterator[str]:
    if not any(taken.times for taken in found):
        return
    yield "steps      seconds: last, median of the times before, ratio"
    width = max(len(name) for name in (*STEPS, NIGHT))
    for taken in found:
        usual = "" if taken.median is None else f"{taken.median:9.1f}"
        ratio = "" if taken.ratio is None else f"{taken.ratio:7.2f}"
        yield f"  {taken.step:<{width}} {taken.last:9.1f}{usual}{ratio}  of {taken.times}"
