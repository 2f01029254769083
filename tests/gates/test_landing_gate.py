"""Gate 1 sees every way in which landing can stop telling the truth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from reachline.landing import (
    FileOrigin,
    Manifest,
    State,
    commit_states,
    dismiss_file,
    manifests,
    refuse_file,
)
from reachline.landing.manifests import manifest_path
from reachline.quality import landing
from tests.gates import verdicts


def parquet(path: Path, rows: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(f"copy (select i from range({rows}) t(i)) to '{path}' (format parquet)")


def batch(root: Path, sequence: int, rows: int = 3, **changes: object) -> Manifest:
    """Land a batch by hand, with a rejects file; `changes` are what its manifest says instead."""
    name = f"inbox/orders/date=2026-03-01/b{sequence}.parquet"
    rejects = f"inbox/orders/date=2026-03-01/b{sequence}.rejects.parquet"
    parquet(root / name, rows)
    parquet(root / rejects, 1)
    manifest = Manifest(
        kind="batch",
        batch_id=f"b{sequence}",
        sequence=sequence,
        source="inbox",
        stream="orders",
        logical_date="2026-03-01",
        landed_at="2026-03-01T12:00:00+00:00",
        status="ok",
        path=name,
        rows=rows,
        bytes=(root / name).stat().st_size,
        sha256=hashlib.sha256((root / name).read_bytes()).hexdigest(),
        rejects_path=rejects,
        rejected=1,
        rejects_sha256=hashlib.sha256((root / rejects).read_bytes()).hexdigest(),
    )
    write(root, replace(manifest, **changes))  # type: ignore[arg-type]
    return manifest


def write(root: Path, manifest: Manifest) -> None:
    path = manifest_path(root, manifest.sequence)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(manifest.to_json(), encoding="utf-8")


READ = {"b1": 1, "b2": 2, "b3": 3}
"""What the warehouse of the sound landing has read, with its numbers."""


def red(
    root: Path,
    seen: Collection[str] = (),
    read: Mapping[str, int] = READ,
    needed: Collection[tuple[str, str]] = (),
    until: date | None = None,
) -> dict[str, tuple[str, ...]]:
    """Return the checks that fail, with their failing keys."""
    facts = landing.gather(root, seen, read, until=until, needed=needed)
    try:
        return verdicts.red(facts, landing.suites())
    finally:
        facts.close()


def data_file(root: Path, number: int = 2) -> Path:
    return root / f"inbox/orders/date=2026-03-01/b{number}.parquet"


def lose_the_file(root: Path) -> None:
    data_file(root).unlink()


def cut_the_file(root: Path) -> None:
    data_file(root).write_bytes(data_file(root).read_bytes()[:-1])


def change_a_byte(root: Path) -> None:
    content = bytearray(data_file(root).read_bytes())
    content[10] ^= 1
    data_file(root).write_bytes(content)


def change_the_rejects(root: Path) -> None:
    parquet(data_file(root).with_suffix(".rejects.parquet"), 2)


def write_other_rows(root: Path) -> None:
    parquet(data_file(root), 4)


def name_a_batch_twice(root: Path) -> None:
    batch(root, 4, batch_id="b1", path=f"inbox/orders/date=2026-03-01/{'b1'}.parquet")


def invent_a_status(root: Path) -> None:
    batch(root, 2, status="fine")


def lose_a_manifest(root: Path) -> None:
    manifest_path(root, 2).unlink()


def lose_what_was_read(root: Path) -> None:
    """The warehouse read another batch as number 3 than is there now."""
    batch(root, 3, batch_id="other")


SPOIL: dict[str, Callable[[Path], None]] = {
    "file_is_there": lose_the_file,
    "bytes_match": cut_the_file,
    "hash_matches": change_a_byte,
    "rows_match": write_other_rows,
    "grain_is_unique": name_a_batch_twice,
    "status_is_known": invent_a_status,
    "sequence_has_no_gap": lose_a_manifest,
    "batch_read_is_there": lose_what_was_read,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for sequence in (1, 2, 3):
        batch(tmp_path / "landing", sequence)
    return tmp_path / "landing"


def test_sound_landing_passes(root: Path) -> None:
    facts = landing.gather(root, (), READ)
    assert all(result.success for result in verdicts.both(facts, landing.suites()))
    facts.close()


def test_an_empty_landing_passes(tmp_path: Path) -> None:
    assert red(tmp_path, read={}) == {}


def test_batches_that_share_a_manifest_are_told_of(root: Path) -> None:
    """A run that found nothing for some queries lands them as one manifest."""
    found_nothing = [
        State("posts", query, "no_data", "2026-03-01T22:30:00Z")
        for query in ("hashtag:a", "hashtag:b")
    ]
    commit_states(root, "bluesky", found_nothing, logical_date=date(2026, 3, 1), run_id="r")
    read = {batch.batch_id: batch.sequence for batch in manifests(root)}
    assert len(read) == 5
    assert red(root, read, read) == {}
    one = next(name for name in read if name.endswith(".2"))
    another = {f"{one.removesuffix('.2')}.3": read[one]}
    assert red(root, read, read | another) == {
        "batch_read_is_there": (f"{next(iter(another))} | {read[one]}",)
    }


@pytest.mark.parametrize("check", SPOIL)
def test_a_bad_input_turns_each_check_red(root: Path, check: str) -> None:
    SPOIL[check](root)
    found = red(root)
    assert check in found
    assert found[check], "a failing check shows which rows are meant"


def test_a_rejects_file_is_held_to_its_manifest_too(root: Path) -> None:
    change_the_rejects(root)
    assert set(red(root)) == {"rows_match", "hash_matches"}


def test_every_check_of_the_gate_has_a_bad_input(root: Path) -> None:
    known = {check.name for suite in landing.suites() for check in suite.checks}
    assert {*SPOIL, "files_are_read", "files_of_these_streams_are_read"} == known


def test_the_same_sequence_twice_is_found() -> None:
    """Two manifests of one sequence can't have one name: so the fact itself is spoiled."""
    facts = duckdb.connect()
    facts.execute(
        "create table sequences as select unnest([1, 1]) as sequence, 0 as sequence_before"
    )
    suite = next(s for s in landing.suites() if s.table == "landing.manifests")
    assert set(verdicts.red(facts, [suite])) == {"grain_is_unique"}


def test_numbers_that_are_missing_at_the_end_are_a_gap(root: Path) -> None:
    """No later number shows it: so the last one that was given is kept."""
    manifest_path(root, 3).unlink()
    assert red(root, read={}) == {}
    (root / "_last_sequence").write_text("3\n")
    assert red(root, read={}) == {"sequence_has_no_gap": ("4",)}


def test_a_batch_that_is_given_up_is_no_gap(root: Path) -> None:
    lose_a_manifest(root)
    assert set(red(root)) == {"sequence_has_no_gap", "batch_read_is_there"}
    write(root, Manifest(kind="lost", batch_id="", sequence=2, reason="the disk"))
    assert red(root) == {}


def test_a_batch_that_is_held_is_not_looked_at(root: Path) -> None:
    change_a_byte(root)
    write(root, Manifest(kind="hold", batch_id="b2", sequence=4, reason="damaged"))
    assert red(root) == {}


def test_batches_that_were_read_before_are_not_read_again(root: Path) -> None:
    cut_the_file(root)
    assert "bytes_match" in red(root, seen={"b1", "b3"})
    assert red(root, seen={"b1", "b2", "b3"}) == {}


def test_a_second_manifest_for_a_batch_that_was_read_is_found(root: Path) -> None:
    """As where two copies of a landing folder were put together: its rows would count as newer."""
    first = batch(root, 1)
    write(root, replace(first, sequence=4))
    assert "grain_is_unique" in red(root, seen={"b1", "b2", "b3"})


def refuse(
    root: Path, name: str, day: int = 1, reason: str = "no header", stream: str = "orders"
) -> None:
    refuse_file(
        root,
        source="inbox",
        stream=stream,
        logical_date=date(2026, 3, day),
        run_id="r",
        file=FileOrigin(name, name, 3, "", "", "", None, 1, day),
        reason=reason,
    )


def test_a_refused_file_warns_and_ends_a_night_that_needs_it(root: Path) -> None:
    refuse(root, "a.csv")
    refuse(root, "c.csv", stream="clicks")
    both = (
        "orders/a.csv | 2026-03-01 | no header",
        "clicks/c.csv | 2026-03-01 | no header",
    )
    assert red(root) == {"files_are_read": tuple(sorted(both))}
    assert red(root, needed={("inbox", "orders")}) == {
        "files_are_read": (both[1],),
        "files_of_these_streams_are_read": (both[0],),
    }


def test_a_refusal_is_over_when_a_file_of_its_name_lands_or_nobody_waits_for_it(root: Path) -> None:
    refuse(root, "a.csv")
    refuse(root, "b.csv")
    origin = FileOrigin("a.csv", "a.csv", 9, "9" * 64, "csv", "utf-8", ",", 2, 2)
    batch(root, 6, batch_id="b6", file=origin)
    assert red(root)["files_are_read"] == ("orders/b.csv | 2026-03-01 | no header",)
    dismiss_file(root, "orders/b.csv", "sent by mistake")
    assert red(root) == {}
    refuse(root, "b.csv", day=2)
    assert list(red(root)) == ["files_are_read"]
    # the night before knew nothing of it
    assert red(root, until=date(2026, 3, 1)) == {}
