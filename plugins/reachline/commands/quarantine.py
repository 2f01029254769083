"""`reachline quarantine`: the rows that were refused, mended, retried or dropped."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from reachline.settings import load_settings
from reachline.warehouse.quarantine import (
    Retried,
    Which,
    drop_rows,
    export_rows,
    heaps,
    refused_rows,
    retry_file,
    retry_unparsed,
)

_FAILED = 1

app = typer.Typer(
    help="The rows that were refused: list, show, mend, retry, drop.", no_args_is_help=True
)


class _Format(StrEnum):
    text = "text"
    json = "json"


Source = Annotated[str | None, typer.Option(help="Only this source: inbox, a tool or a platform.")]
Stream = Annotated[str | None, typer.Option(help="Only what this stream refused.")]
File = Annotated[str | None, typer.Option(help="Only the file of this name.")]
Batch = Annotated[str | None, typer.Option(help="Only this batch.")]
Reason = Annotated[str | None, typer.Option(help="Only reasons in which this text stands.")]
Line = Annotated[list[int] | None, typer.Option(help="Only this line; may be given again.")]
Dropped = Annotated[bool, typer.Option("--dropped", help="Those that were dropped instead.")]
Output = Annotated[_Format, typer.Option("--format", help="For people or programs.")]


@app.command("ls")
def list_heaps(
    source: Source = None,
    stream: Stream = None,
    file: File = None,
    batch: Batch = None,
    reason: Reason = None,
    dropped: Dropped = False,
    output: Output = _Format.text,
) -> None:
    """Count the refused rows by file, stream and column, each with one of its reasons."""
    which = Which(source, stream, file, batch, reason, is_dropped=dropped)
    found = heaps(load_settings(), which)
    if output is _Format.json:
        _print_json([asdict(heap) for heap in found])
        return
    if not found:
        typer.echo("no such rows in quarantine.")
        return
    for heap in found:
        decided = f" ({heap.decided:,} decided)" if heap.decided else ""
        typer.echo(
            f"{heap.rows:>9,}{decided}  {heap.source}: {heap.stream}  "
            f"{heap.file or 'no file'}  {heap.batch_id}"
        )
        typer.echo(f"{'':11}{_one_line(heap.reason)}")
    total, settled = sum(heap.rows for heap in found), sum(heap.decided for heap in found)
    typer.echo(f"{total:>9,}  {'dropped' if dropped else 'in quarantine'}")
    if settled:
        typer.echo(f"{settled:>9,}  decided since: the next night reads them")
    typer.echo("`reachline quarantine show` shows rows, `export` writes them as a file to mend.")


@app.command()
def show(
    source: Source = None,
    stream: Stream = None,
    file: File = None,
    batch: Batch = None,
    reason: Reason = None,
    line: Line = None,
    dropped: Dropped = False,
    limit: Annotated[int, typer.Option(min=0, help="How many rows at most; 0: all.")] = 20,
    output: Output = _Format.text,
) -> None:
    """Show refused rows: where each came from, why it was refused, what stood there."""
    which = Which(source, stream, file, batch, reason, tuple(line or ()), dropped)
    found = refused_rows(load_settings(), which, (limit + 1) if limit else None)
    shown = found[:limit] if limit else found
    if output is _Format.json:
        _print_json([asdict(row) for row in shown])
        return
    if not shown:
        typer.echo("no such rows in quarantine.")
    for row in shown:
        typer.echo(f"{row.batch_id} line {row.line}  {row.source}: {row.stream}  {row.file or ''}")
        typer.echo(f"  why   {_one_line(row.reason)}")
        typer.echo(f"  row   {_one_line(row.raw or '')}")
        if row.drop_reason is not None:
            typer.echo(f"  dropped: {_one_line(row.drop_reason)}")
        if row.is_decided:
            typer.echo("  decided since: the next night reads it")
    if len(found) > len(shown):
        typer.echo("and more: --limit 0 shows all; `reachline quarantine ls` counts them")


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="The CSV file to write.")],
    source: Source = None,
    stream: Stream = None,
    file: File = None,
    batch: Batch = None,
    reason: Reason = None,
    line: Line = None,
    dropped: Dropped = False,
) -> None:
    """Write refused rows of files as a CSV file, to mend and then to retry.

    Mend the values; leave the first two columns as they are, for they say which row it is. Rows
    that you take out, or leave as they are, stay in quarantine.
    """
    which = Which(source, stream, file, batch, reason, tuple(line or ()), dropped)
    count = export_rows(load_settings(), which, to)
    typer.echo(f"{to}: {count:,} rows. Mend them, then: reachline quarantine retry {to}")


@app.command()
def retry(
    mended: Annotated[
        Path | None,
        typer.Argument(
            help="The file that `export` wrote, mended; .csv or .xlsx.", exists=True, dir_okay=False
        ),
    ] = None,
    source: Source = None,
    stream: Stream = None,
    file: File = None,
    batch: Batch = None,
    reason: Reason = None,
    line: Line = None,
) -> None:
    """Send refused rows through again; the next night reads them, once, in their old place.

    With a file: its mended rows. Without: lines that could not be read at all are read once more
    from the file that was dropped, for when its mapping was mended. Rows that were refused for
    their values need no retry after a mapping was mended: the next night reads them again by
    itself.

    Exit code 1: there was nothing to send.
    """
    settings = load_settings()
    which = Which(source, stream, file, batch, reason, tuple(line or ()))
    if mended is None:
        done = retry_unparsed(settings, which)
    elif which.is_all:
        done = retry_file(settings, mended)
    else:
        raise typer.BadParameter("a file says itself which rows it has: leave the options out")
    _tell(done, is_mended=mended is not None)
    if not done.sent:
        raise typer.Exit(_FAILED)


@app.command()
def drop(
    because: Annotated[str, typer.Option(help="Why; whoever looks for the rows will read this.")],
    source: Source = None,
    stream: Stream = None,
    file: File = None,
    batch: Batch = None,
    reason: Reason = None,
    line: Line = None,
) -> None:
    """Take refused rows out of the quarantine for good: the next night counts them as dropped.

    Nothing is deleted: landing keeps the rows and why they were dropped, `ls --dropped` lists them,
    and `export --dropped` with `retry` brings them back. Exit code 1: there was nothing to drop.
    """
    which = Which(source, stream, file, batch, reason, tuple(line or ()))
    count = drop_rows(load_settings(), which, because)
    if not count:
        typer.echo("no such rows in quarantine: nothing is dropped.")
        raise typer.Exit(_FAILED)
    typer.echo(f"{count:,} rows are dropped. The next night counts them so.")


def _tell(done: Retried, *, is_mended: bool) -> None:
    for batch_id, count in done.sent.items():
        typer.echo(f"{count:,} rows of {batch_id} are sent again. The next night reads them.")
    if done.unchanged:
        how = "say what they said before" if is_mended else "can't be read this time either"
        typer.echo(f"{done.unchanged:,} rows {how}: they stay in quarantine.")
    if done.settled:
        first = ", ".join(f"line {line} of {batch}" for batch, line in done.settled[:3])
        typer.echo(
            f"{len(done.settled):,} rows are not in quarantine, or were decided about already; "
            f"left out: {first}{' …' if len(done.settled) > 3 else ''}"
        )
    for batch_id, why in done.left.items():
        typer.echo(f"{batch_id}: {why}")
    if not (done.sent or done.unchanged or done.settled or done.left):
        typer.echo(
            "no such line that could not be read. Rows that were refused for their values are read "
            "again by the next night when their mapping has changed; `export` writes them to mend."
        )


def _one_line(text: str) -> str:
    """Return a text without what could move a terminal's cursor, 300 characters at most."""
    kept = "".join(char if char.isprintable() else " " for char in text)
    return kept if len(kept) <= 300 else kept[:299] + "…"


def _print_json(found: Any) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
