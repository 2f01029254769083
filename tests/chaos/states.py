"""What a reader finds in the releases of a home, and where two states differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from reachline.publish.releases import broken_releases, current_release, read_release, releases


def whole_releases(published: Path) -> list[str]:
    """Return what is wrong with `current`, or with a release that has its name."""
    current = current_release(published)
    if current is None:
        return ["there is no current release"]
    found = [*broken_releases(published), *_not_whole(current.path)]
    for release in releases(published):
        found += _not_whole(release.path)
    return found


def _not_whole(path: Path) -> Iterator[str]:
    about = read_release(path).about
    for name, facts in about["files"].items():
        try:
            content = (path / name).read_bytes()
        except OSError as error:
            yield f"{path.name}/{name}: {error}"
            continue
        if hashlib.sha256(content).hexdigest() != facts["sha256"]:
            yield f"{path.name}/{name}: is not what release.json says"
    with duckdb.connect(str(path / "warehouse.duckdb"), read_only=True) as con:
        for table, rows in about["rows"].items():
            schema, name = table.split(".")
            found = con.execute(f'select count(*) from "{schema}"."{name}"').fetchall()[0][0]
            if found != rows and table != "quality.gate_results":
                yield f"{path.name}: {table} has {found} rows, not {rows}"


def difference(found: Any, wanted: Any, at: str = "") -> str:
    """Return where two states differ first; empty where they don't."""
    if found == wanted:
        return ""
    if isinstance(found, dict) and isinstance(wanted, dict) and found.keys() == wanted.keys():
        pairs = [(key, found[key], wanted[key]) for key in found]
    elif isinstance(found, list | tuple) and len(found) == len(wanted):
        pairs = [(n, *pair) for n, pair in enumerate(zip(found, wanted, strict=True))]
    else:
        return f"{at}: {str(found)[:600]} instead of {str(wanted)[:600]}"
    return next(difference(a, b, f"{at}/{key}") for key, a, b in pairs if a != b)
