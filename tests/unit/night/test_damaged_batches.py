"""A batch that is no longer what landed is read by no night, whenever it is read again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from reachline.landing import Manifest, delete_batch, hold_batch, manifests, unhold_batch
from reachline.landing.disk import Hashed, hash_file
from reachline.night import run_night
from reachline.night.steps import calls_of, stage
from reachline.quality.checks import GateBlocked
from reachline.settings import Settings
from reachline.warehouse import WarehouseError, connect
from reachline.warehouse.staging import tables
from tests.unit.nights import FIRST, ORDERS, SECOND, current_id, drop, order


def change(path: Path) -> None:
    """Let a file say something else, with the times that it had, as a disk that rots does."""
    before = path.stat()
    table = pq.read_table(path, partitioning=None)
    name = "gross_amount" if "gross_amount" in table.column_names else table.column_names[0]
    place = table.schema.get_field_index(name)
    other = pc.replace_substring_regex(table.column(place).cast(pa.string()), "[0-9]", "9")
    pq.write_table(table.set_column(place, name, other), path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def batches_of(settings: Settings) -> list[Manifest]:
    return manifests(settings.paths.landing)


def staged(settings: Settings) -> list[tuple[Any, ...]]:
    with connect(settings.paths.warehouse, read_only=True) as con:
        return con.execute(
            "select order_id, gross_amount from work.staging.stg_inbox__orders order by 1"
        ).fetchall()


def test_a_change_is_found_when_another_batch_was_held(settings: Settings) -> None:
    """The stream is read anew, and with it the batch that was checked on the night it came."""
    first, second = batches_of(settings)
    before, published = staged(settings), current_id(settings)
    change(settings.paths.landing / str(first.path))
    hold_batch(settings.paths.landing, second.batch_id, "another")
    with pytest.raises(WarehouseError) as stop:
        run_night(settings, SECOND)
    for told in (
        first.batch_id,
        "it was changed after it landed",
        "landing hold",
        "stg_inbox__ord",
    ):
        assert told in str(stop.value)
    assert second.batch_id not in str(stop.value)
    assert current_id(settings) == published
    assert staged(settings) == before, "what was staged before is put back"
    unhold_batch(settings.paths.landing, second.batch_id)
    hold_batch(settings.paths.landing, first.batch_id, "damaged")
    stage(settings, SECOND)
    assert [order_id for order_id, _ in staged(settings)] == ["o3"]


def test_a_change_is_found_by_a_backfill(settings: Settings) -> None:
    change(settings.paths.landing / str(batches_of(settings)[0].path))
    published = current_id(settings)
    with pytest.raises(WarehouseError, match="it was changed after it landed"):
        run_night(settings, FIRST, promoted=True)
    assert current_id(settings) == published


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: path.unlink(), "can't be read: No such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "it was changed"),
        (lambda path: change(path), "it was changed"),
    ],
    ids=["gone", "cut", "changed"],
)
@pytest.mark.parametrize("kind", ["data", "rejects"])
def test_each_file_of_a_batch_is_held_to_its_manifest(
    settings: Settings, kind: str, spoil: Callable[[Path], None], told: str
) -> None:
    drop(settings.paths.home, "third.csv", ORDERS + order(4, SECOND) + "broken\n")
    calls = calls_of(settings, SECOND, promoted=False)
    for step in ("land_inbox", "gate_landing", "stage"):
        calls[step]()
    batch = batches_of(settings)[-1]
    path = batch.path if kind == "data" else batch.rejects_path
    spoil(settings.paths.landing / str(path))
    hold_batch(settings.paths.landing, batches_of(settings)[0].batch_id, "another")
    with pytest.raises(WarehouseError, match=told) as stop:
        stage(settings, SECOND)
    assert batch.batch_id in str(stop.value)


def test_a_run_hashes_a_file_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()

    def counted(path: Path) -> Hashed:
        seen[path.name] += 1
        return hash_file(path)

    for module in ("reading", "verify"):
        found = import_module(f"reachline.landing.{module}")
        monkeypatch.setattr(found, "hash_file", counted)
    drop(settings.paths.home, "third.csv", ORDERS + order(4, SECOND))
    calls = calls_of(settings, SECOND, promoted=False)
    for step in ("land_inbox", "gate_landing", "stage"):
        calls[step]()
    new = batches_of(settings)[-1]
    assert seen == {Path(str(new.path)).name: 1}
    hold_batch(settings.paths.landing, new.batch_id, "read the others again")
    seen.clear()
    stage(settings, SECOND)
    assert sorted(seen.values()) == [1, 1]


def test_a_file_that_changes_while_it_is_read_is_not_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = staged(settings)
    drop(settings.paths.home, "third.csv", ORDERS + order(4, SECOND))
    calls = calls_of(settings, SECOND, promoted=False)
    calls["land_inbox"]()
    read = tables._Filling.run

    def changes(self: Any) -> None:
        if self.work.batches:
            change(settings.paths.landing / str(batches_of(settings)[-1].path))
        read(self)

    monkeypatch.setattr(tables._Filling, "run", changes)
    calls["gate_landing"]()
    with pytest.raises(WarehouseError, match="it was changed after it landed"):
        calls["stage"]()
    assert staged(settings) == before


def test_a_damaged_batch_that_is_held_stops_no_night(settings: Settings) -> None:
    drop(settings.paths.home, "third.csv", ORDERS + order(4, SECOND))
    calls = calls_of(settings, SECOND, promoted=False)
    calls["land_inbox"]()
    new = batches_of(settings)[-1]
    change(settings.paths.landing / str(new.path))
    with pytest.raises(GateBlocked):
        calls["gate_landing"]()
    hold_batch(settings.paths.landing, new.batch_id, "damaged")
    calls["gate_landing"]()
    calls["stage"]()
    assert [order_id for order_id, _ in staged(settings)] == ["o1", "o2", "o3"]
    unhold_batch(settings.paths.landing, new.batch_id)
    calls["gate_landing"]()
    with pytest.raises(WarehouseError, match="it was changed after it landed"):
        calls["stage"]()


def test_a_damaged_batch_that_is_deleted_leaves_the_tables_and_its_file_may_come_again(
    settings: Settings,
) -> None:
    """The warehouse that goes on and the one that is built anew say the same."""
    first = batches_of(settings)[0]
    change(settings.paths.landing / str(first.path))
    delete_batch(settings.paths.landing, first.batch_id, "damaged")
    calls = calls_of(settings, SECOND, promoted=False)
    for step in ("land_inbox", "gate_landing", "stage"):
        calls[step]()
    assert [order_id for order_id, _ in staged(settings)] == ["o3"]
    mirrored = mirror(settings)
    assert mirrored == [(first.batch_id, True, None), (batches_of(settings)[1].batch_id, False, "")]
    for path in settings.paths.warehouse.glob("*.duckdb"):
        path.unlink()
    calls["gate_landing"]()
    calls["stage"]()
    assert [order_id for order_id, _ in staged(settings)] == ["o3"]
    assert mirror(settings) == mirrored
    drop(settings.paths.home, "first.csv", ORDERS + order(1, FIRST) + order(2, FIRST))
    for step in ("land_inbox", "gate_landing", "stage"):
        calls[step]()
    assert [order_id for order_id, _ in staged(settings)] == ["o1", "o2", "o3"]
    again = batches_of(settings)[-1]
    assert (again.sequence, again.batch_id != first.batch_id) == (4, True)


def mirror(settings: Settings) -> list[tuple[Any, ...]]:
    with connect(settings.paths.warehouse, read_only=True) as con:
        return con.execute(
            "select batch_id, is_held, case when path is not null then '' end "
            "from work.landing.batches order by sequence"
        ).fetchall()


def test_what_the_warehouse_read_must_be_in_landing(settings: Settings) -> None:
    """As where landing was put back from a backup that is older than the warehouse."""
    root = settings.paths.landing
    last = batches_of(settings)[-1]
    for path in (*root.rglob(f"{last.batch_id}*"), root / "_last_sequence"):
        path.unlink()
    (root / "_manifests" / f"{last.sequence:012d}.json").unlink()
    calls = calls_of(settings, SECOND, promoted=False)
    with pytest.raises(GateBlocked, match="batch_read_is_there"):
        calls["gate_landing"]()
    drop(settings.paths.home, "third.csv", ORDERS + order(4, SECOND))
    calls["land_inbox"]()
    assert batches_of(settings)[-1].sequence == last.sequence
    with pytest.raises(GateBlocked, match="batch_read_is_there"):
        calls["gate_landing"]()


def test_a_batch_given_up_for_lost_leaves_the_tables(settings: Settings) -> None:
    from reachline.landing import declare_lost

    root = settings.paths.landing
    last = batches_of(settings)[-1]
    for path in root.rglob(f"{last.batch_id}*"):
        path.unlink()
    (root / "_manifests" / f"{last.sequence:012d}.json").unlink()
    declare_lost(root, last.sequence, "the disk")
    calls = calls_of(settings, SECOND, promoted=False)
    for step in ("land_inbox", "gate_landing", "stage"):
        calls[step]()
    assert [order_id for order_id, _ in staged(settings)] == ["o1", "o2"]
    with duckdb.connect(str(settings.paths.warehouse / "staging.duckdb"), read_only=True) as con:
        held = con.execute("select batch_id from landing.batches where is_held").fetchall()
    assert held == [(last.batch_id,)]
