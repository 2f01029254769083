"""`reachline landing`: the batches that came in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reachline.commands.progress import progress
from reachline.landing.batches import delete_batch, hold_batch, unhold_batch
from reachline.landing.copies import ORPHANS
from reachline.landing.manifests import (
    decisions,
    deleted_batches,
    find_batch,
    held_batches,
    last_rewrites,
    manifests,
)
from reachline.landing.packs import said_of
from reachline.landing.repair import declare_lost, repair
from reachline.landing.verify import verify as verify_landing
from reachline.settings import paths

app = typer.Typer(
    help="The batches that came in: list, show, verify, hold back.", no_args_is_help=True
)

BatchId = Annotated[str, typer.Argument(help="Id of the batch, as `ls` shows it.")]


@app.command("ls")
def list_batches(
    stream: Annotated[str | None, typer.Option(help="Only this stream or export.")] = None,
    source: Annotated[str | None, typer.Option(help="Only this source: inbox, or a tool.")] = None,
    date: Annotated[str | None, typer.Option(help="Only this logical date, YYYY-MM-DD.")] = None,
) -> None:
    """List the batches by id, in the order in which they landed; those held back say so."""
    root = paths().landing
    held, gone = held_batches(root), deleted_batches(root)
    shown = [
        m
        for m in manifests(root)
        if stream in (None, m.stream)
        and source in (None, m.source)
        and date in (None, m.logical_date)
    ]
    if not shown:
        typer.echo(f"{root}: no such batch.")
        return
    width = max(len(m.batch_id) for m in shown)
    for m in shown:
        typer.echo(
            f"{m.batch_id:<{width}}  {m.sequence:>6}  "
            f"{m.rows:,} rows, {m.rejected:,} rejected  {m.status}"
            + (f"  {m.file.name}" if m.file else "")
            + ("  deleted" if m.batch_id in gone else "  held" if m.batch_id in held else "")
        )


@app.command()
def show(batch: BatchId) -> None:
    """Show what is known of a batch: where it lies, from which file, its columns, whether held."""
    root = paths().landing
    m = find_batch(root, batch)
    facts: list[tuple[str, object]] = [
        ("batch", m.batch_id),
        ("sequence", m.sequence),
        ("source", m.source),
        ("stream", m.stream),
        ("night", m.logical_date),
        ("landed at", m.landed_at),
        ("run", m.run_id),
        ("status", m.status),
        ("rows", f"{m.rows:,}"),
        ("rejected", f"{m.rejected:,}"),
        ("data", said_of(root, m.path) if m.path else "none"),
        ("rejects", said_of(root, m.rejects_path) if m.rejects_path else "none"),
        ("columns", ", ".join(m.columns)),
    ]
    if m.typed:
        facts.append(("as values", ", ".join(m.typed)))
    if m.query:
        facts.append(("query", m.query))
    if m.file is not None:
        how = f"{m.file.format}, {m.file.encoding}" + (
            f", delimiter {m.file.delimiter!r}" if m.file.delimiter else ""
        )
        facts += [
            ("file", f"{m.file.name} ({m.file.bytes:,} bytes; {how})"),
            ("kept as", m.file.done),
            ("sha256", m.file.sha256),
        ]
        facts += [("preamble", text) for text in m.file.preamble]
        facts += [("totals", f"line {line}: {text}") for line, text in m.file.totals]
    if m.cursor is not None:
        facts.append(("cursor", m.cursor))
    if (rewrite := last_rewrites(root).get(batch)) is not None:
        facts.append(("rewritten", f"{rewrite.landed_at}: {rewrite.reason}"))
    facts += [
        (
            "retried" if decision.kind == "retry" else "dropped",
            f"{decision.landed_at}: {decision.rows:,} rows: {decision.reason}",
        )
        for decision in decisions(root)
        if decision.batch_id == batch
    ]
    if (tombstone := deleted_batches(root).get(batch)) is not None:
        facts.append(("deleted", f"{tombstone.landed_at}: {tombstone.reason}"))
    reason = held_batches(root).get(batch)
    facts.append(("held", f"yes: {reason}" if reason is not None else "no"))
    for name, value in facts:
        typer.echo(f"{name:<10} {value}")


@app.command()
def verify(
    batch: Annotated[str | None, typer.Argument(help="Id of one batch; else all.")] = None,
    repairs: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="First write missing and damaged manifests anew from their copies, and put back "
            "the files of batches that were moved to _orphans/.",
        ),
    ] = False,
) -> None:
    """Read the batches whole and compare them with their manifests.

    Exit code 0: all is as it was landed, 1: something is missing or was changed.
    """
    root = paths().landing
    if repairs:
        _tell_repaired(root)
    with progress("landing verify") as show:
        found = verify_landing(
            root,
            batch,
            on_batch=lambda done, count: show(f"landing verify: {done:,} of {count:,}", done),
        )
    for finding in found:
        typer.echo(str(finding))
    if found:
        raise typer.Exit(1)
    count = 1 if batch is not None else len(manifests(root))
    typer.echo(f"{root}: {count} batches are as they were landed.")


def _tell_repaired(root: Path) -> None:
    done = repair(root)
    for manifest in done.manifests:
        what = f"{manifest.kind} {manifest.batch_id}"
        typer.echo(f"manifest {manifest.sequence} was written anew from its copy: {what}")
    for path in done.files:
        typer.echo(f"{path} was put back")
    if done.left:
        typer.echo(
            f"{root / ORPHANS}: {len(done.left)} files belong to no batch. Nothing reads them: "
            "delete them when you have looked at them."
        )


@app.command()
def lost(
    sequence: Annotated[int, typer.Argument(help="Number of the manifest, as `verify` names it.")],
    reason: Annotated[str, typer.Option(help="Why; whoever looks for the batch will read this.")],
) -> None:
    """Give up a batch whose manifest is gone for good: nights go on without it.

    Its rows leave the tables with the next night. Drop its file again from inbox/_done first, if it
    is there.
    """
    declare_lost(paths().landing, sequence, reason)
    typer.echo(f"{sequence} is given up. The next night restates what its batch touched.")


@app.command()
def hold(
    batch: BatchId,
    reason: Annotated[str, typer.Option(help="Why; whoever finds it held will read this.")],
) -> None:
    """Take a batch out: from the next night on its rows count nowhere."""
    hold_batch(paths().landing, batch, reason)
    typer.echo(f"{batch} is held. The next night restates what it touched.")


@app.command()
def unhold(
    batch: BatchId,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
) -> None:
    """Let a batch that was held be read again."""
    unhold_batch(paths().landing, batch, reason)
    typer.echo(f"{batch} is no longer held. The next night reads it.")


@app.command()
def delete(
    batch: BatchId,
    reason: Annotated[str, typer.Option(help="Why; whoever looks for it will read this.")],
) -> None:
    """Remove the files of a batch for good: it is told of, with when and why, and counts nowhere.

    Its file may be dropped again. What a platform answered is not asked for once more. To take a
    batch out for a while, hold it.
    """
    delete_batch(paths().landing, batch, reason)
    typer.echo(f"{batch} is deleted. The next night restates what it touched.")
