"""An inbox in a folder of its own, and what lands from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq

from reachline import landing
from reachline.configuration import EXAMPLE
from reachline.inbox.land import FileReport, LandReport, land_files
from reachline.settings import Paths, Settings, load_settings

D = date(2026, 3, 1)


@dataclass(frozen=True)
class Landed:
    """What one dropped file became: rows and rejects with their lines, as text."""

    report: FileReport
    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str | None]]]
    rejects: list[tuple[int, str, str | None, str]]

    @property
    def values(self) -> list[tuple[str | None, ...]]:
        return [tuple(row.values()) for _, row in self.rows]

    @property
    def lines(self) -> list[int]:
        return [line for line, _ in self.rows]


@dataclass(frozen=True)
class Home:
    """A home with an inbox, and the settings that go with it."""

    settings: Settings

    @property
    def inbox(self) -> Path:
        return self.settings.paths.inbox

    @property
    def root(self) -> Path:
        return self.settings.paths.landing

    def drop(self, folder: str, name: str, content: bytes | str) -> Path:
        path = self.inbox / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, run_id: str = "r1") -> LandReport:
        return land_files(self.settings, D, run_id)

    def land_one(self, folder: str, name: str, content: bytes | str) -> Landed:
        self.drop(folder, name, content)
        (report,) = self.land().files
        return self.read(report)

    def read(self, report: FileReport) -> Landed:
        if report.batch_id is None:
            return Landed(report, (), [], [])
        manifest = landing.find_batch(self.root, report.batch_id)
        table = pq.read_table(self.root / str(manifest.path), partitioning=None).to_pylist()
        assert len(table) == manifest.rows == report.rows
        assert landing.verify(self.root, manifest.batch_id) == []
        rows = []
        for number, row in enumerate(table):
            line = row.pop("_line") if manifest.has_line else manifest.first_line + number
            assert tuple(row) == manifest.columns
            rows.append((line, {name: _text(value) for name, value in row.items()}))
        rejects = []
        if manifest.rejects_path is not None:
            found = pq.read_table(self.root / manifest.rejects_path, partitioning=None)
            rejects = [tuple(row.values()) for row in found.to_pylist()]
        assert len(rejects) == manifest.rejected == report.rejected
        return Landed(report, manifest.columns, rows, rejects)

    def unsettled(self, seconds: float) -> Home:
        config = self.settings.config
        inbox = config.sources.inbox.model_copy(update={"settle_seconds": seconds})
        sources = config.sources.model_copy(update={"inbox": inbox})
        config = config.model_copy(update={"sources": sources})
        return Home(replace(self.settings, config=config))


def _text(value: str | int | datetime | None) -> str | None:
    """Return what stood in the file where a value landed in its place."""
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    return str(value) if value is not None else None


def home_in(folder: Path) -> Home:
    """A home with the example's configuration, where a file is read as soon as it is dropped."""
    return Home(replace(load_settings(config=EXAMPLE), paths=Paths(folder))).unsettled(0)
