"""Who is forgotten comes in by no door, and is counted at each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from reachline.erasure import asked, forget
from reachline.inbox import land_files
from reachline.landing import manifests, verify
from reachline.night.screening import screen_landing
from reachline.settings import Settings, load_settings
from tests.unit.connectors.homes import landed, make_home
from tests.unit.connectors.server import serving
from tests.unit.connectors.test_erasing import OPTIONS, World, post
from tests.unit.erasure.two_people import (
    ADDRESS,
    CREATOR,
    HANDLE,
    NAME,
    NATIVE,
    ROWS,
    SECRETS,
    as_csv,
    drop,
    places_of,
)
from tests.unit.nights import copy_of

THIRD = date(2026, 3, 3)


def forgotten_rows(settings: Settings) -> int:
    """How many lines of batches are refused as forgotten, and hold nothing else."""
    root, count = settings.paths.landing, 0
    for batch in manifests(root):
        if batch.rejects_path:
            for row in pq.read_table(root / batch.rejects_path, partitioning=None).to_pylist():
                if row["_reason"] == "forgotten":
                    assert row["_raw"] is None
                    assert row["_column"] is None
                    count += 1
    return count


@pytest.fixture
def settings(landed_people: Settings, tmp_path: Path) -> Settings:
    return copy_of(landed_people, tmp_path / "data")


@pytest.fixture
def without_her(landed_without_her: Settings, tmp_path: Path) -> Settings:
    return copy_of(landed_without_her, tmp_path / "data")


def nothing_of_her(settings: Settings) -> dict[str, list[str]]:
    found = {name: list(places_of(settings.paths.home, text)) for name, text in SECRETS.items()}
    return {name: places for name, places in found.items() if places}


def test_she_is_everywhere_before(settings: Settings) -> None:
    for name, text in SECRETS.items():
        assert list(places_of(settings.paths.home, text)), name


def test_nothing_of_her_is_left_in_landing(without_her: Settings) -> None:
    assert nothing_of_her(without_her) == {}
    assert verify(without_her.paths.landing) == []
    assert forgotten_rows(without_her) == 17


def test_a_file_that_is_dropped_again(without_her: Settings) -> None:
    before = forgotten_rows(without_her)
    for stream in ("creators", "creator_accounts", "posts", "profiles"):
        drop(
            without_her,
            stream,
            f"{stream}-again.csv.gz",
            as_csv([*ROWS[stream], *ROWS[stream][-1:]]),
        )
    report = land_files(without_her, THIRD, "again")
    assert [file.outcome for file in report.files] == ["landed"] * 4
    assert {f.stream: (f.rows, f.rejected) for f in report.files} == {
        "creators": (2, 1),
        "creator_accounts": (2, 4),
        "posts": (7, 2),
        "profiles": (2, 1),
    }
    assert "people who are forgotten: 4" in next(
        file.reason for file in report.files if file.stream == "creator_accounts"
    )
    assert forgotten_rows(without_her) == before + 8
    assert nothing_of_her(without_her) == {}
    assert list((without_her.paths.inbox / "_done").rglob("*-again*")) == []


def test_the_very_file_that_landed_before(without_her: Settings) -> None:
    """It would be skipped, and kept in _done, with her in it."""
    drop(without_her, "creators", "creators.csv", as_csv(ROWS["creators"]))
    (file,) = land_files(without_her, THIRD, "again").files
    assert file.outcome == "skipped"
    assert not file.path.exists()
    assert nothing_of_her(without_her) == {}


def test_a_file_of_another_name_and_case_by_email(without_her: Settings) -> None:
    rows = [
        {"creator_id": "crm-77", "creator_name": "A. M.", "email": ADDRESS.upper()},
        {"creator_id": "crm-78", "creator_name": "C. D.", "email": "cd@people.example"},
    ]
    drop(without_her, "creators", "crm.csv", as_csv(rows))
    (file,) = land_files(without_her, THIRD, "again").files
    assert (file.rows, file.rejected) == (1, 1)


def test_a_file_that_can_not_be_read_is_not_kept(without_her: Settings) -> None:
    path = drop(without_her, "creators", "odd.csv", f"who,mail\n{NAME},{ADDRESS}\n")
    (file,) = land_files(without_her, THIRD, "again").files
    assert file.outcome == "failed"
    assert "not kept" in file.reason
    assert not path.exists()
    assert nothing_of_her(without_her) == {}


def test_a_tool_s_export_is_known_by_its_mapping(without_her: Settings) -> None:
    rows = [
        {"Handle": "@" + HANDLE.upper(), "Platform": "Instagram", "Name": "x"},
        {"Handle": "@carla", "Platform": "Instagram", "Name": "Carla"},
    ]
    mapping = """
tool: pixie
exports:
  - name: people
    format: csv
    header: [Handle, Platform, Name]
    streams:
      creator_accounts:
        columns:
          platform: lower("Platform")
          handle: '"Handle"'
          creator_id: lower("Handle")
"""
    config = without_her.paths.home.parent / "config"
    shutil.copytree(without_her.config_dir, config)
    (config / "exports" / "pixie.yml").write_text(mapping, encoding="utf-8")
    settings = load_settings(without_her.paths.home, config)
    drop(settings, "pixie", "people.csv", as_csv(rows))
    (file,) = land_files(settings, THIRD, "again").files
    assert (file.outcome, file.rows, file.rejected) == ("landed", 1, 1), file.reason
    assert nothing_of_her(settings) == {}


def test_a_batch_that_is_put_back_from_a_backup(settings: Settings) -> None:
    backup = settings.paths.home.with_name("backup")
    shutil.copytree(settings.paths.landing, backup)
    forget(settings, asked(settings, "instagram", HANDLE, None))
    shutil.rmtree(settings.paths.landing)
    shutil.copytree(backup, settings.paths.landing)
    (settings.paths.warehouse).mkdir(exist_ok=True)
    (settings.paths.warehouse / "staging.duckdb").write_bytes(b"built of her")
    found = screen_landing(settings)
    assert (len(found.batches), found.rows) == (15, 17)
    assert not (settings.paths.warehouse / "staging.duckdb").exists()
    # what she is called in the texts of others is known to nobody any more: her marks are all
    left = nothing_of_her(settings)
    assert left == {}
    assert screen_landing(settings).batches == []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(make_home(tmp_path, {"x": OPTIONS}))
    with serving(made.answer) as made.server:
        yield made


def test_an_answer_of_a_platform(world: World) -> None:
    world.posts = [post(1), post(2, author_id="8"), post(3)]
    forget(world.settings, asked(world.settings, "x", "7", None))
    report = world.run()
    assert "of people who are forgotten: 2, they do not land" in "\n".join(report.lines())
    assert [json.loads(raw)["id"] for _, _, raw in landed(world.settings, "x", "posts")] == ["2"]
    assert forgotten_rows(world.settings) == 2
    assert world.bytes_with("a secret of 1") == []
    world.posts = [post(4)]
    world.next_day()
    assert forgotten_rows(world.settings) == 3
    assert verify(world.settings.paths.landing) == []


def test_an_answer_is_cleaned_of_who_is_mentioned(world: World) -> None:
    text = "thanks @Anna_Brews1 #acmecoffee"
    world.posts = [post(1, author_id="8", text=text)]
    forget(world.settings, asked(world.settings, "x", "anna_brews1", None))
    world.run()
    ((_, _, raw),) = landed(world.settings, "x", "posts")
    assert json.loads(raw)["text"] == "thanks [forgotten] #acmecoffee"


def test_marks_name_nobody_and_another_key_is_refused(without_her: Settings) -> None:
    told = without_her.paths.forgotten.read_text(encoding="ascii")
    for text in (HANDLE, NATIVE, CREATOR, ADDRESS, NAME):
        assert text not in told
    without_her.paths.key.write_text("ab" * 32, encoding="ascii")
    with pytest.raises(Exception, match="with another home"):
        land_files(without_her, THIRD, "again")


def test_reading_counts_them_as_dropped(without_her: Settings) -> None:
    """Rows in = loaded + superseded + quarantined + dropped: none is lost in silence."""
    from reachline.warehouse import connect, open_run, stage

    drop(without_her, "creators", "again.csv", as_csv(ROWS["creators"] + ROWS["creators"][1:]))
    land_files(without_her, THIRD, "again")
    stage(open_run(without_her, THIRD))
    with connect(without_her.paths.warehouse, read_only=True) as con:
        wrong = con.execute(
            "select * from work.staging.batches_read where source in ('inbox')"
            " and rows_in <> loaded + superseded + quarantined + dropped + skipped"
        ).fetchall()
        told = con.execute(
            "select stream, reason, drop_reason, raw, count(*) from work.staging.quarantine"
            " where reason = 'forgotten' and stream in ('creators', 'posts')"
            " and source = 'inbox' group by all order by all"
        ).fetchall()
    assert wrong == []
    assert told == [
        ("creators", "forgotten", "forgotten", None, 2),
        ("posts", "forgotten", "forgotten", None, 2),
    ]
