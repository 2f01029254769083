"""A home whose landing is packed: the same tables, the same lines, and nobody stays in a pack."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reachline.erasure import asked, forget
from reachline.erasure.person import find_person
from reachline.explain.rows import _lines
from reachline.landing import manifests, pack, verify
from reachline.landing.packs import all_packs
from reachline.night import run_night
from reachline.settings import Settings
from reachline.warehouse.files import remove_files
from tests.unit.erasure.two_people import HANDLE, SECRETS, places_of
from tests.unit.nights import copy_of

SECOND = date(2026, 3, 2)
AT_ITS_OWN_TIME = {"ops", "meta"}
"""Schemas that say when something was done, or by whom."""


def packed(settings: Settings) -> Settings:
    """Pack all of a home's landing that can be."""
    done = pack(settings.paths.landing, ended_before=date(2030, 1, 1), below=1024 * 1024)
    assert len(done.names) > len(all_packs(settings.paths.landing)) > 3
    assert not list(settings.paths.landing.glob("[!_.]*/*/date=*/*"))
    return settings


def found_of_her(settings: Settings) -> dict[str, list[str]]:
    found = {name: list(places_of(settings.paths.home, text)) for name, text in SECRETS.items()}
    return {name: places for name, places in found.items() if places}


def tables_of(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a release, and of staging and quarantine, with the batch and line it is of."""
    found = {}
    release = settings.paths.published / "current" / "warehouse.duckdb"
    for path in (release, settings.paths.warehouse / "staging.duckdb"):
        with duckdb.connect(str(path), read_only=True) as con:
            for base, schema, table in con.execute(
                "select database_name, schema_name, table_name from duckdb_tables() order by all"
            ).fetchall():
                if schema not in AT_ITS_OWN_TIME:
                    rows = con.execute(f'select * from "{base}"."{schema}"."{table}"').fetchall()
                    found[f"{path.stem}.{schema}.{table}"] = sorted(rows, key=repr)
    return found


@pytest.mark.slow
def test_tables_built_anew_are_the_same_row_for_row(settings: Settings, tmp_path: Path) -> None:
    single, together = settings, packed(copy_of(settings, tmp_path / "packed"))
    for each in (single, together):
        remove_files(each.paths.warehouse)
        run_night(each, SECOND)
    before, after = tables_of(single), tables_of(together)
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == set()
    assert sum(map(len, before.values())) > 100
    assert any("batches_read" in name and rows for name, rows in before.items())
    assert verify(together.paths.landing) == []
    assert not list((together.paths.landing / "_unpacked").iterdir())


def test_a_person_is_forgotten_out_of_packs(landed_people: Settings, tmp_path: Path) -> None:
    settings = packed(copy_of(landed_people, tmp_path / "packed"))
    assert len(found_of_her(settings)) > 3
    plain = find_person(landed_people, asked(landed_people, "instagram", HANDLE, None))
    person = find_person(settings, asked(settings, "instagram", HANDLE, None))
    assert person.things == plain.things
    done = forget(settings, asked(settings, "instagram", HANDLE, None))
    assert done.is_whole, done.not_done
    assert found_of_her(settings) == {}
    assert verify(settings.paths.landing) == []
    # what was written anew is packed again
    pack(settings.paths.landing, ended_before=date(2030, 1, 1), below=1024 * 1024)
    assert found_of_her(settings) == {}
    assert not list(settings.paths.landing.glob("[!_.]*/*/date=*/*"))
    assert verify(settings.paths.landing) == []


@pytest.mark.parametrize("after", [1, 4])
def test_a_kill_while_packs_are_written_anew_is_made_good(
    landed_people: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    from reachline.landing.packing import take_out

    settings, calls = packed(copy_of(landed_people, tmp_path / "packed")), 0

    def few(*args: Any) -> object:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return take_out(*args)

    with monkeypatch.context() as patched:
        patched.setattr("reachline.landing.batches.take_out", few)
        with pytest.raises(KeyboardInterrupt):
            forget(settings, asked(settings, "instagram", HANDLE, None))
    done = forget(settings, asked(settings, "instagram", HANDLE, None))
    assert done.is_whole, done.not_done
    assert found_of_her(settings) == {}
    assert verify(settings.paths.landing) == []


def test_a_row_is_found_by_its_key_in_a_pack(landed_people: Settings, tmp_path: Path) -> None:
    settings = packed(copy_of(landed_people, tmp_path / "packed"))
    keys = [("c1",), ("anna",), ("p1",)]
    for home in (landed_people, settings):
        batches = manifests(home.paths.landing)
        keys += [(b.batch_id,) for b in batches[:1]]
    found = [
        [sorted(_lines(home.paths.landing, manifests(home.paths.landing), key)) for key in keys]
        for home in (landed_people, settings)
    ]
    assert found[0] == found[1]
