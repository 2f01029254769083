"""What says that a person was forgotten: what was removed where and when, and what was not reached.

It names nobody: the person is the salted hash that stands in forgotten.jsonl.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from reachline.private import write_private

OUT_OF_REACH = (
    "e-mails that were sent (digests, alarms, workbooks attached to them)",
    "what people downloaded, copied or printed from releases and pages",
    "backups and snapshots of this home, and older versions that an object store keeps",
    "Airflow's database where it is no file of this home: look into xcom, log and "
    "rendered_task_instance_fields there",
    "the write-ahead log, the archives and the backups of the server that the Postgres copy is on",
    "Superset's own database and caches, and those of other BI tools: refresh them",
    "the file system's freed blocks: they keep bytes until they are written over",
    "config/: a handle in brands.yml, and the tools whose exports hold the person",
)
"""What no command of ours can remove."""

STATISTICS = (
    "the planner's statistics of the Postgres copy: they keep samples of texts, and only the "
    "database's owner may write them anew (`vacuum full pg_catalog.pg_statistic`)"
)
"""What is beyond reach too, where the login that copies does not own the database."""


@dataclass(frozen=True)
class Removed:
    """What was removed in one place: how many of what."""

    where: str
    what: str
    count: int


@dataclass
class Certificate:
    """What was done of one person; `is_dry`: what would be done. `asked_by` is a kind, no value."""

    person: str
    asked_by: str
    begun_at: str
    ended_at: str = ""
    removed: list[Removed] = field(default_factory=list)
    not_done: list[str] = field(default_factory=list)
    out_of_reach: tuple[str, ...] = OUT_OF_REACH
    is_dry: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all was done that can be."""
        return not self.not_done

    def add(self, where: str, what: str, count: int) -> None:
        """Add what was removed; nothing where it is nothing, or was told already."""
        if count and Removed(where, what, count) not in self.removed:
            self.removed.append(Removed(where, what, count))

    def lines(self) -> Iterator[str]:
        """Yield the certificate as text."""
        verb = "would be removed" if self.is_dry else "removed"
        yield f"person {self.person}, asked by {self.asked_by}"
        yield f"begun {self.begun_at}" + (f", ended {self.ended_at}" if self.ended_at else "")
        for each in self.removed:
            yield f"{verb}: {each.where}: {each.what}: {each.count:,}"
        if not self.removed:
            yield "nothing of them is here" + (
                "" if self.is_dry else "; they are kept out from now on"
            )
        for text in self.not_done:
            yield f"NOT DONE: {text}"
        for text in self.out_of_reach:
            yield f"out of reach: {text}"

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write it as JSON and as text, and return where; one that is there is replaced."""
        folder.mkdir(parents=True, exist_ok=True)
        stamp = self.begun_at.replace(":", "").replace("+0000", "Z")
        stem = folder / f"{self.person}-{stamp}"
        body = json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"
        write_private(stem.with_suffix(".json"), body)
        write_private(stem.with_suffix(".txt"), "\n".join(self.lines()) + "\n")
        return stem.with_suffix(".json"), stem.with_suffix(".txt")
