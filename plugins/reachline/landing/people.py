"""What is left of the rows of people who are forgotten, and which batches were looked at."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reachline.arrow import pa
from reachline.forgotten import FORGOTTEN, Forgotten
from reachline.landing.manifests import Manifest
from reachline.private import write_private

REJECTS = pa.schema(
    [
        ("_line", pa.int64()),
        ("_raw", pa.string()),
        ("_column", pa.string()),
        ("_reason", pa.string()),
    ]
)
"""The columns of the refused rows of a batch."""


def forgotten_rows(lines: Iterable[int]) -> pa.Table:
    """Return refused rows for these lines: that somebody is forgotten, and nothing else."""
    numbers = list(lines)
    empty = [None] * len(numbers)
    return pa.table([numbers, empty, empty, [FORGOTTEN] * len(numbers)], schema=REJECTS)


@dataclass
class Screened:
    """The batches, by the hashes of their files, that hold nobody of these marks."""

    path: Path
    marks: str
    hashes: set[str]

    def waiting(self, batches: Iterable[Manifest]) -> list[Manifest]:
        """Return the batches that were not looked at, or are other ones since."""
        return [batch for batch in batches if batch.path and _hashes(batch) not in self.hashes]

    def note(self, batches: Iterable[Manifest]) -> None:
        """Keep that these batches were looked at, and no others."""
        self.hashes = {_hashes(batch) for batch in batches if batch.path}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        body = {"marks": self.marks, "hashes": sorted(self.hashes)}
        write_private(self.path, json.dumps(body))


def screened(path: Path, forgotten: Forgotten) -> Screened:
    """Return what was looked at with these marks; nothing where there is no such file."""
    try:
        body = json.loads(path.read_text(encoding="ascii"))
        hashes = set(body["hashes"]) if body["marks"] == forgotten.digest else set()
    except (OSError, ValueError, KeyError, TypeError):
        # it saves work, and no more
        hashes = set()
    return Screened(path, forgotten.digest, hashes)


def _hashes(batch: Manifest) -> str:
    return f"{batch.sha256} {batch.rejects_sha256} {batch.query}"
