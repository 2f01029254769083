"""The report: a folder of pages that opens from disk, without a server or the internet."""

from __future__ import annotations

from pathlib import Path


def write_report(database: Path, folder: Path, previous: Path | None = None) -> None:
    """Write the static report of a release's database into `folder` (index.html and the rest).

    `previous` is the database of the release before, for what changed. The same databases give the
    same bytes. Both are only read. Raises OSError when the folder can't be written.
    """
    # Altair takes a second to import: only those who write a report wait for it
    from reachline.publish.report.site import write_site

    write_site(database, folder, previous)
