from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from reachline.inbox import land_files
from reachline.sandbox.spoil import WAYS
from reachline.warehouse import connect
from reachline.warehouse.runs import open_run, stage
from tests.end_to_end.homes import drop, settings_of, small_world

pytestmark = pytest.mark.slow

Counts = dict[tuple[str, str], tuple[int, int, int]]


def test_quarantine_finds_exactly_the_rows_that_were_spoiled(tmp_path: Path) -> None:
    world = small_world(tmp_path / "world", nights=1, spoil=dict.fromkeys(WAYS, 0.01))
    home = tmp_path / "home"
    settings = settings_of(world, home)
    logical_date = drop(world, 0, home)
    land_files(settings, logical_date, "spoiled")
    run = open_run(settings, logical_date)
    stage(run)
    with connect(run.directory, read_only=True) as con:
        rows = con.execute(
            """
            select batches.stream, batches.file_name, read.rows_in, read.quarantined,
                read.superseded
            from work.landing.batches as batches
            left join work.staging.batches_read as read on batches.batch_id = read.batch_id
            """
        ).fetchall()
    found: Counts = {
        (stream, Path(file).name): (count, quarantined, superseded)
        for stream, file, count, quarantined, superseded in rows
    }

    truth = json.loads(world.truth.read_text("utf-8"))
    effects: Counter[tuple[str, str, str]] = Counter()
    for entry in truth["spoiled"]:
        effects[entry["stream"], entry["file"], entry["effect"]] += entry["rows"]
    expected: Counts = {}
    for file in truth["files"]:
        place = (file["stream"], file["file"])
        # a repeated row stands in the file twice: truth counts the lines that were written
        expected[place] = (
            file["rows"],
            effects[(*place, "quarantined")],
            effects[(*place, "superseded")],
        )
    assert found == expected
    assert sum(quarantined for _, quarantined, _ in expected.values()) > 500
