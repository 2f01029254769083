"""The figures of a candidate beside those of the release and of the nights before."""

from __future__ import annotations

from pathlib import Path

import duckdb

from reachline.night.folders import gate_folder
from reachline.publish.releases import DATABASE, current_release, release_before
from reachline.quality import drift, figures
from reachline.quality.running import change_of_running
from reachline.warehouse import Run

FILE = "figures.json"


def compare(facts: duckdb.DuckDBPyConnection, run: Run, candidate: Path) -> None:
    """Write into `facts` what gate 4 finds of a candidate's figures, and keep these of the night.

    It is compared with the release that readers see; with the newest of an earlier night where that
    is of the same night or of a later one. Its line stands in published/figures.jsonl; where that
    was lost, its database is read.
    """
    published, night = run.settings.paths.published, run.logical_date
    found = figures.of_database(candidate)
    nights = figures.read(published / figures.FILE, drift.first_night(night, run.settings.quality))
    earlier = {day: tables for day, tables in nights.items() if day < night}
    before = current_release(published)
    if before is None or before.logical_date >= night:
        before = release_before(published, night)
    release: figures.Tables = {}
    if before is not None:
        known = earlier.get(before.logical_date)
        release = figures.of_database(before.path / DATABASE) if known is None else known
    with duckdb.connect(str(candidate), read_only=True) as con:
        running = change_of_running(con, night)

    def taken_back(table: str, platform: str, metric: str) -> float:
        if before is None:
            return 0.0
        return figures.taken_back(before.path / DATABASE, candidate, table, platform, metric)

    compared = drift.Before(release, earlier, len(earlier), running, taken_back)
    drift.gather(facts, night, found, compared, run.settings.quality)
    folder = gate_folder(run.settings, night)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(figures.to_json(night, found), encoding="utf-8")


def publish_figures(run: Run) -> None:
    """Add the figures that gate 4 kept of a night to those of the nights that readers saw."""
    kept = gate_folder(run.settings, run.logical_date) / FILE
    figures.append(
        run.settings.paths.published / figures.FILE,
        run.logical_date,
        figures.from_json(kept.read_text(encoding="utf-8")),
    )
