"""`reachline explain`: where a figure of a performance report comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from reachline.explain.answers import explain as answer_to
from reachline.explain.scope import DEFAULT_METHOD, TABLES, Question, UnknownError
from reachline.explain.text import as_text
from reachline.publish.releases import CURRENT, ReleaseError, find_release
from reachline.settings import paths

app = typer.Typer()

_FAILED, _UNUSABLE = 1, 2

_Table = StrEnum("_Table", {name: name for name in TABLES})  # type: ignore[misc]


class _Format(StrEnum):
    text = "text"
    json = "json"


# the options that name the row of each table
_OPTIONS = {
    "campaign_performance": ("--campaign",),
    "collaboration_performance": ("--collaboration",),
    "campaign_daily": ("--campaign", "--day"),
    "post_performance": ("--post",),
}


@app.command(no_args_is_help=True)
def explain(
    table: Annotated[_Table, typer.Argument(help="The report.")],
    campaign: Annotated[str | None, typer.Option(help="campaign_id of the row.")] = None,
    collaboration: Annotated[str | None, typer.Option(help="collaboration_id of the row.")] = None,
    post: Annotated[str | None, typer.Option(help="post_id of the row.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="date_day of the row, like 2026-03-01."),
    ] = None,
    method: Annotated[str, typer.Option(help="Attribution method of the row.")] = DEFAULT_METHOD,
    metric: Annotated[
        str | None, typer.Option(help="One figure, in depth; else all, a line each.")
    ] = None,
    output: Annotated[_Format, typer.Option("--format", help="For people or programs.")] = (
        _Format.text
    ),
    limit: Annotated[
        int, typer.Option(min=0, help="How many orders, clicks, posts … are listed; 0: all.")
    ] = 10,
    release: Annotated[
        str, typer.Option(help="Id of a release, as `reachline release ls` shows it.")
    ] = CURRENT,
) -> None:
    """Say where a figure of a performance report comes from.

    Each figure is computed again from the facts of a release; for one --metric these are listed:
    orders with touches and credit, clicks and those left out, costs, posts, exchange rates, and
    the landing batches that brought them. Reads a published release, and disturbs no night.

    Exit code 1: there is no release, or its facts do not give what it publishes. 2: there is no
    such row or metric.
    """
    given = {
        "--campaign": campaign,
        "--collaboration": collaboration,
        "--post": post,
        "--day": day,
    }
    _check_options(table, given)
    if method != DEFAULT_METHOD and not TABLES[table].has_methods:
        _refuse(f"--method: {table} has no methods; its figures are those of {DEFAULT_METHOD}.")
    question = Question(
        table=str(table),
        campaign_id=campaign,
        collaboration_id=collaboration,
        post_id=post,
        date_day=None if day is None else day.date(),
        method=method,
        metric=metric,
    )
    published = paths().published
    try:
        found = find_release(published, release)
    except ReleaseError as error:
        if release != CURRENT or any((published / "releases").glob("[!.]*")):
            raise
        raise ReleaseError(
            f"{error} `reachline run --date DATE` publishes a night; REACHLINE_HOME says which "
            "folder is looked in."
        ) from error
    try:
        answer = answer_to(found, question, limit or None)
    except UnknownError as error:
        _refuse(f"{error} (release {found.release_id})")
    typer.echo(answer.as_json() if output is _Format.json else as_text(answer))
    if answer.wrong:
        names = ", ".join(figure.name for figure in answer.wrong)
        typer.echo(
            f"error: {found.release_id}: {table}: the facts do not give {names} as published.",
            err=True,
        )
        raise typer.Exit(_FAILED)


def _check_options(table: str, given: Mapping[str, object]) -> None:
    """Refuse a row that is named by too few or too many options."""
    wanted = _OPTIONS[table]
    missing = [name for name in wanted if given[name] is None]
    if missing:
        _refuse(f"{table} needs {' and '.join(wanted)}: {' and '.join(missing)} not given.")
    extra = [name for name, value in given.items() if value is not None and name not in wanted]
    if extra:
        _refuse(f"{table} has no {' or '.join(extra)}: its rows are named by {' '.join(wanted)}.")


def _refuse(why: str) -> None:
    typer.echo(f"error: {why}", err=True)
    raise typer.Exit(_UNUSABLE)
