"""`reachline store`: the object store that hosts share."""

from __future__ import annotations

from typing import Annotated

import typer

from reachline.landing import fetch_home, sweep_store
from reachline.landing.shared import compare, fetch, push
from reachline.object_store import Store, StoreError, store_of
from reachline.settings import paths

app = typer.Typer(
    help="The object store that hosts share: pull, push, check.", no_args_is_help=True
)

_SHOWN = 20


def _store() -> Store:
    found = store_of(paths().landing)
    if found is None:
        raise StoreError(
            "this home has no object store. Set REACHLINE_STORE, such as s3://bucket/prefix."
        )
    return found


@app.command()
def pull() -> None:
    """Fetch what other hosts landed, and what is missing or damaged here.

    A night does so by itself, but for what was here before. In an empty REACHLINE_HOME it puts
    landing back from the store alone.
    """
    where, store = paths(), _store()
    where.landing.mkdir(parents=True, exist_ok=True)
    one, other = fetch_home(where), fetch(where.landing, everything=True)
    typer.echo(
        f"{store.url}: fetched {len(one.manifests) + len(other.manifests):,} manifests and "
        f"{one.files + other.files:,} files, {len(one.amended) + len(other.amended):,} manifests "
        "say less than before."
    )


@app.command("push")
def push_again() -> None:
    """Put back what the store has lost of this landing. What is landed is there by itself."""
    store = _store()
    typer.echo(f"{store.url}: put {push(paths().landing):,} objects there.")


@app.command()
def check(
    sweeps: Annotated[
        bool, typer.Option("--sweep", help="Remove what nobody names, as upkeep does.")
    ] = False,
) -> None:
    """Compare the store with what landed.

    Exit code 0: it has all of it, 1: something is missing.
    """
    root, store = paths().landing, _store()
    fetch(root)
    found = compare(root, store)
    for what, keys in (("missing", found.lacking), ("named by nobody", found.leftover)):
        for key in keys[:_SHOWN]:
            typer.echo(f"{what}: {store.url}/{key}")
        if len(keys) > _SHOWN:
            typer.echo(f"and {len(keys) - _SHOWN:,} more")
    if sweeps and found.leftover:
        typer.echo(f"removed {len(sweep_store(root)):,} objects that nobody names.")
    if found.lacking:
        typer.echo("`reachline store push` puts back what is here, on each host.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{store.url}: has all that landed.")
