"""`reachline inbox`: templates of the files that are read; what would happen to one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reachline.settings import config_dir, load_settings, paths

app = typer.Typer(
    help="Templates of the files that are read; what would happen to one.", no_args_is_help=True
)


@app.command()
def template(
    stream: Annotated[str, typer.Argument(help="The stream, such as orders.")],
    to: Annotated[
        Path | None, typer.Option(help="The file to write; else <stream>.csv in this folder.")
    ] = None,
) -> None:
    """Write an empty file of a stream: the header, and a line of help that is never read as data.

    Fill it in and drop it into inbox/<stream>/.
    """
    from reachline.inbox.streams import load_streams
    from reachline.inbox.template import template as text_of

    streams = load_streams()
    if stream not in streams:
        raise typer.BadParameter(f"there is no stream {stream!r}: {', '.join(streams)}")
    path = to or Path(f"{stream}.csv")
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(text_of(streams[stream]))
    except FileExistsError as error:
        raise typer.BadParameter(f"{path} is there already: name another with --to") from error
    typer.echo(f"{path}: fill it in, then put it into {paths().inbox / stream}/")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The file, wherever it lies.")],
    to: Annotated[
        str | None,
        typer.Option(help="The stream or tool it is meant for; else the name of its folder."),
    ] = None,
    rows: Annotated[int, typer.Option(help="How many refused rows to describe.")] = 20,
) -> None:
    """Say what would happen to a file: how it is read, its columns, its rows, what is refused.

    Nothing is landed or moved. Exit code 1: it would fail whole.
    """
    from reachline.inbox.check import check_file
    from reachline.inbox.exports import load_exports
    from reachline.inbox.land import told_of
    from reachline.inbox.problems import UnreadableFileError

    if not file.is_file():
        raise typer.BadParameter(f"{file} is not a file")
    folder = to or file.absolute().parent.name
    try:
        found = check_file(file, folder, load_exports(config_dir()), rows)
    except UnreadableFileError as error:
        typer.echo(f"{file}: would fail whole and move to _failed/{folder}/.\n  {error}")
        raise typer.Exit(1) from error
    target, content = found.target, found.content
    how = [target.format, target.encoding]
    if content.delimiter is not None:
        how.append(f"delimiter {content.delimiter!r}")
    typer.echo(f"{file}: {', '.join(how)}; would land as {target.source}.{target.stream}")
    typer.echo(f"  columns   {', '.join(content.columns)}")
    if found.unknown:
        typer.echo(f"  unknown   {', '.join(found.unknown)} (kept in landing, used nowhere)")
    if found.absent:
        typer.echo(f"  absent    {', '.join(found.absent)} (these keep their values)")
    typer.echo(f"  rows      {found.rows:,}, of which {found.unparsed:,} can't be read")
    for told in told_of(content):
        typer.echo(f"  no data   {told}")
    for stream, count in found.streams.items():
        typer.echo(f"  {stream:<9} {count:,} rows would load")
    if found.refused:
        typer.echo(f"  refused   {found.refused:,} for their values")
    for refusal in found.refusals:
        typer.echo(f"    line {refusal.line}: {refusal.stream}: {refusal.reason}")
    if found.refused + found.unparsed > len(found.refusals):
        typer.echo(f"    and {found.refused + found.unparsed - len(found.refusals):,} more")
    for said in found.contradictions:
        values = f": {said.first or 'empty'!s}, then {said.last or 'empty'!s}, which holds"
        typer.echo(
            f"  two rows of {said.stream} {said.key} differ in {said.column}"
            + (values if said.first is not None else "; the later holds")
        )


@app.command()
def dismiss(
    file: Annotated[str, typer.Argument(help="Name of a refused file, as `status` shows it.")],
    reason: Annotated[str, typer.Option(help="Why; whoever looks for the file will read this.")],
) -> None:
    """Let a refused file be one that nobody waits for: from the next night on it warns no more."""
    from reachline.landing import dismiss_file
    from reachline.landing.refusals import shown

    for done in dismiss_file(paths().landing, file, reason):
        typer.echo(f"{shown(done)} is dismissed. What lies in inbox/_failed stays there.")


@app.command("ls")
def list_files() -> None:
    """List what lies in the inbox, what of it waits, and what failed with its reason."""
    from reachline.inbox.files import FAILED, REASON, Unreachable, dropped_files, shown

    inbox = paths().inbox
    settle = load_settings().config.sources.inbox.settle_seconds
    waiting = dropped_files(inbox)
    for file in waiting:
        if isinstance(file, Unreachable):
            typer.echo(f"{'gone':<10} {shown(file.folder)}/{file.name}  {file.problem}")
            continue
        state = "written to" if file.is_file and file.age() < settle else "ready"
        typer.echo(f"{state:<10} {shown(file.folder)}/{file.name}  {file.stat.st_size:,} bytes")
    reasons = sorted((inbox / FAILED).glob(f"*/*{REASON}"))
    for path in reasons:
        typer.echo(f"failed     {path.read_text('utf-8').strip()}")
    if not waiting and not reasons:
        typer.echo(f"{inbox}: empty. `reachline inbox template STREAM` writes a file to fill in.")
