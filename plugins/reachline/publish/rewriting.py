"""Releases without what must not be kept any longer: every file of them written anew.

Blocks that a database has freed keep their bytes. So rows go in a copy, and what is left is copied
once more into a new file; all other files are made of that one, as a night makes them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from reachline.languages import SOURCE
from reachline.publish.candidate import add_pages, candidate_in, read_candidate
from reachline.publish.comments import write_comments
from reachline.publish.releases import (
    CANDIDATE,
    DATABASE,
    RELEASES,
    REPORTS,
    TABLES,
    Release,
    release_before,
    seal,
)
from reachline.sql import literal
from reachline.warehouse.files import STORAGE_VERSION

Change = Callable[[duckdb.DuckDBPyConnection], None]
GONE = ".gone.partial"


def rewrite_release(
    published: Path,
    release: Release,
    change: Change,
    amend: Callable[[Any], Any],
    reason: str,
    language: str = SOURCE,
) -> Release:
    """Write a release anew: `change` is given its database, `amend` what release.json says.

    Its id, its night and its place stay; release.json says when it was rewritten and why, with the
    rows, sizes and hashes of now. A kill leaves it as it was, or as it is to be; in between
    `recover_releases` puts it back. `language` is that of its report and its workbook.
    """
    folder = published / RELEASES
    partial = folder / f".{release.release_id}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    (partial / TABLES).mkdir(parents=True)
    (partial / REPORTS).mkdir()
    between = partial / f".{DATABASE}.part"
    _copy(release.path / DATABASE, between)
    with duckdb.connect(str(between)) as con:
        change(con)
        con.execute("checkpoint")
    _copy(between, partial / DATABASE)
    for left in partial.glob(f"{between.name}*"):
        left.unlink()
    with duckdb.connect(str(partial / DATABASE)) as con:
        write_comments(con)  # a copy has none
        con.execute("checkpoint")
    candidate_in(partial, release.release_id, release.logical_date)
    before = release_before(published, release.logical_date)
    candidate = read_candidate(published, release.logical_date)
    add_pages(candidate, before.path / DATABASE if before else None, language)
    candidate = read_candidate(published, release.logical_date)
    about = amend(dict(release.about))
    about["rows"] = dict(candidate.rows)
    about["files"] = {name: asdict(facts) for name, facts in sorted(candidate.files.items())}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    about["rewritten"] = [*about.get("rewritten", ()), {"at": now, "reason": reason}]
    gone = folder / f".{release.release_id}{GONE}"
    release.path.rename(gone)
    rewritten = seal(partial, about)
    shutil.rmtree(gone)
    return rewritten


def recover_releases(published: Path) -> None:
    """Put back what a kill left between the two names of a release that was written anew."""
    for gone in (published / RELEASES).glob(f".*{GONE}"):
        place = gone.with_name(gone.name[1 : -len(GONE)])
        if not place.exists():
            gone.rename(place)
        else:
            shutil.rmtree(gone)
        (place / CANDIDATE).unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """Copy a database, entry by entry, into a new file."""
    with duckdb.connect() as con:
        con.execute(f"attach {literal(source)} as before (read_only)")
        con.execute(f"attach {literal(target)} as after (storage_version '{STORAGE_VERSION}')")
        con.execute("copy from database before to after")
        con.execute("checkpoint after")
