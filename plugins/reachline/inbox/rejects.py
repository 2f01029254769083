"""Writing the refused rows of a file beside it, for the people who dropped it."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from reachline.arrow import pa
from reachline.inbox.exports import load_exports
from reachline.inbox.files import DONE, REJECTS
from reachline.landing import Manifest, manifests
from reachline.settings import Settings
from reachline.spreadsheets import FORMULA, FORMULA_WITHIN

COLUMNS = ("line", "column", "reason", "raw")


def write_rejects(settings: Settings, rows: pa.Table, read: Collection[str] = ()) -> list[Path]:
    """Write `<file>.rejects.csv` beside the files in `_done` whose rows staging refused.

    Args:
        settings: where the inbox and landing are.
        rows: the quarantine of one or more batches, whole: batch_id, stream, line, column_name,
            reason, raw.
        read: batches that were read; of those without a refused row, what was written before goes.

    Returns the paths written, one for each batch with a refused row whose file is still there. A
    file that fed several streams says in its reasons which. Written whole and renamed, so that a
    reader never sees half of one; writing twice gives the same file.
    """
    known = {m.batch_id: m for m in manifests(settings.paths.landing) if m.file is not None}
    tools = {export.tool for export in load_exports(settings.config_dir)}
    written = []
    ordered = rows.select(["batch_id", "stream", "line", "column_name", "reason", "raw"]).sort_by(
        [(name, "ascending") for name in ("batch_id", "line", "stream", "reason")]
    )
    batch_ids = ordered.column("batch_id")
    start = 0
    while start < len(ordered):
        batch_id = batch_ids[start].as_py()
        end = _end_of(batch_ids, start)
        manifest = known.get(batch_id)
        if manifest is not None:
            path = _rejects_path(settings.paths.inbox, manifest)
            if path is not None:
                _write(path, ordered.slice(start, end - start), manifest.source in tools)
                written.append(path)
        start = end
    refused = set(batch_ids.unique().to_pylist())
    for batch_id in read:
        manifest = known.get(batch_id)
        if manifest is not None and batch_id not in refused:
            path = _rejects_path(settings.paths.inbox, manifest)
            if path is not None:
                path.unlink(missing_ok=True)
    return written


def _end_of(sorted_ids: Any, start: int) -> int:
    """Return where the run of equal values from `start` ends, by binary search."""
    value = sorted_ids[start].as_py()
    low, high = start, len(sorted_ids)
    while low < high:
        middle = (low + high) // 2
        if sorted_ids[middle].as_py() <= value:
            low = middle + 1
        else:
            high = middle
    return low


def _rejects_path(inbox: Path, manifest: Manifest) -> Path | None:
    """Return where the rejects of a batch go; None when its file was taken away."""
    assert manifest.file is not None  # noqa: S101 - the caller chose batches of files
    done = inbox / DONE / manifest.folder / manifest.file.done
    return done.with_name(done.name + REJECTS) if done.exists() else None


def _write(path: Path, rows: pa.Table, with_stream: bool) -> None:
    beside = path.with_name(f".{path.name}.tmp")
    with beside.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(COLUMNS)
        for batch in rows.to_batches(max_chunksize=10_000):
            for row in batch.to_pylist():
                reason = f"{row['stream']}: {row['reason']}" if with_stream else row["reason"]
                cells = (row["line"], row["column_name"], reason, row["raw"])
                writer.writerow([safe_cell(cell) for cell in cells])
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, path)


def safe_cell(value: object) -> str:
    """Return a value as text that no spreadsheet program runs as a formula."""
    text = "" if value is None else str(value)
    kept = re.sub(FORMULA_WITHIN, r"\1'\2", text)
    return "'" + kept if re.match(FORMULA, text) else kept


# with the marks that a text may have of its own, so that each is one more and one less again
_MARKED = re.compile("'*" + FORMULA.removeprefix("^"))
_MARKED_WITHIN = FORMULA_WITHIN.replace(")(", ")('*", 1)


def mendable_cell(value: str | None) -> str:
    """Return a value as `safe_cell` does, such that `mended_cell` gives it back as it was."""
    kept = re.sub(_MARKED_WITHIN, r"\1'\2", value or "")
    return "'" + kept if _MARKED.match(kept) else kept


def mended_cell(text: str | None) -> str | None:
    """Return what `mendable_cell` made a text of, or what a person wrote in its place."""
    if text is None:
        return None
    if text.startswith("'") and _MARKED.match(text, 1):
        text = text[1:]
    return re.sub(_MARKED_WITHIN.replace(")('*", ")'('*", 1), r"\1\2", text)
