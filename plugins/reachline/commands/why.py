"""`reachline why`: where a row comes from, why a value is NULL, why a row is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from reachline.explain.rows import Origin, Row, grain_of, origin_of, row_of_key
from reachline.explain.scope import TABLES, UnknownError
from reachline.publish.releases import CURRENT, Release, ReleaseError, find_release
from reachline.settings import paths

app = typer.Typer()

_UNUSABLE = 2


class _Format(StrEnum):
    text = "text"
    json = "json"


@app.command(no_args_is_help=True)
def why(
    table: Annotated[str, typer.Argument(help="A published table, such as fct_orders.")],
    key: Annotated[
        list[str] | None,
        typer.Argument(help="The key of a row, in the order of the table's grain."),
    ] = None,
    release: Annotated[
        str, typer.Option(help="Id of a release, as `reachline release ls` shows it.")
    ] = CURRENT,
    output: Annotated[_Format, typer.Option("--format", help="For people or programs.")] = (
        _Format.text
    ),
) -> None:
    """Say where a table comes from; of a row why values are NULL, or why it is not there.

    A row is looked for in the release, and its key in all of landing: it may have been refused,
    dropped or held, or have landed since. Reads a release and landing, and disturbs no night. How a
    figure of a performance report is computed says `reachline explain`. Exit code 2: there is no
    such table, or the key is not of its form.
    """
    where = paths()
    try:
        name, _ = grain_of(table)
        answer: Row | Origin
        fault = ""
        if key:
            found, fault = _release(release)
            answer = row_of_key(found, where.landing, name, key)
        else:
            answer = origin_of(find_release(where.published, release), name)
    except UnknownError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(_UNUSABLE) from error
    if output is _Format.json:
        typer.echo(json.dumps(asdict(answer), indent=1, ensure_ascii=False, default=str))
        return
    for line in _of_table(answer) if isinstance(answer, Origin) else _of_row(answer, fault):
        typer.echo(line)


def _release(name: str) -> tuple[Release | None, str]:
    """Return a release; None and why, where none is current: landing is looked into still."""
    try:
        return find_release(paths().published, name), ""
    except ReleaseError as error:
        if name != CURRENT:
            raise
        return None, str(error)


def _of_table(origin: Origin) -> Iterator[str]:
    yield f"{origin.table} in {origin.release_id}: {origin.rows:,} rows"
    yield f"  {origin.description}"
    yield f"  key: {', '.join(origin.key)}"
    for row in origin.came_by:
        yield (
            f"  from {row['source']}/{row['stream']}: {row['batches']:,} batches of "
            f"{row['rows']:,} rows, the last for {row['last_night']}"
        )
    if not origin.came_by:
        yield "  made of other tables; docs/tables.md says of which"
    for null in origin.never_filled:
        yield f"  NULL in every row: {null.column}: {null.rule or null.description}"


def _of_row(row: Row, fault: str) -> Iterator[str]:
    said = ", ".join(f"{column} {value}" for column, value in row.key.items())
    if row.release_id is None:
        yield f"{row.table}, {said}: {fault}"
    elif row.values is None:
        yield f"{row.table}, {said}: not in {row.release_id}, as of {row.logical_date}"
    else:
        yield f"{row.table}, {said}: in {row.release_id}, as of {row.logical_date}"
        width = max(map(len, row.values))
        for column, value in row.values.items():
            yield f"  {column:<{width}}  {'NULL' if value is None else value}"
        for null in row.nulls:
            yield f"NULL       {null.column}: {null.rule or null.description}"
        for batch in row.came_by:
            name = batch["file_name"] or batch["query"] or ""
            yield f"came by    {batch['batch_id']} ({name}), for {batch['logical_date']}"
        if row.table.split(".")[1] in TABLES:
            yield f"figures    reachline explain {row.table.split('.')[1]} --help"
    for place in row.places:
        line = f" line {place.line}" if place.line is not None else ""
        yield (
            f"{place.state:<10} {place.batch_id}{line} ({place.file}), "
            f"{place.source}/{place.stream}, for {place.logical_date}"
            f"{f': {place.why}' if place.why else ''}"
        )
        if place.remedy:
            yield f"  do: {place.remedy}"
    if row.values is not None:
        return
    if not row.places:
        yield "landing    its key stands in no batch: it never came, or under another key"
    elif all(place.state == "read" for place in row.places):
        yield (
            "  it was read: a later line of the same key took its place, its day is after "
            f"{row.logical_date}, or the table takes no such row"
        )
    if row.deleted:
        yield f"deleted    {len(row.deleted)} batches, which can't be looked into any more"
    if row.refused:
        yield f"refused    {len(row.refused)} whole files: {', '.join(row.refused[:3])}"
