"""What is written down of files that could not be read."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reachline.landing import (
    FileOrigin,
    LandingError,
    Manifest,
    all_manifests,
    dismiss_file,
    manifests,
    open_refusals,
    refuse_file,
    repair,
    verify,
)
from reachline.landing.manifests import manifest_path
from reachline.landing.refusals import shown

FILE = FileOrigin("a.csv", "a.csv", 3, "", "", "", None, 1, 7)


def refuse(
    root: Path, file: FileOrigin = FILE, reason: str = "no header", day: int = 1
) -> Manifest:
    return refuse_file(
        root,
        source="inbox",
        stream="orders",
        logical_date=date(2026, 3, day),
        run_id="r",
        file=file,
        reason=reason,
    )


def test_a_refusal_is_no_batch_and_has_a_number_of_its_own(tmp_path: Path) -> None:
    first, second = refuse(tmp_path), refuse(tmp_path, replace(FILE, name="b.csv"))
    assert [m.sequence for m in (first, second)] == [1, 2]
    assert manifests(tmp_path) == []
    assert [shown(m) for m in open_refusals(tmp_path)] == ["orders/a.csv", "orders/b.csv"]
    assert verify(tmp_path) == []


def test_the_same_file_is_refused_once_and_again_when_it_changed(tmp_path: Path) -> None:
    """As where it can't be moved out of the inbox, or a night was killed before it was."""
    assert refuse(tmp_path) == refuse(tmp_path, day=2)
    refuse(tmp_path, reason="no column")
    refuse(tmp_path, replace(FILE, mtime_ns=8))
    assert len(all_manifests(tmp_path)) == 3
    (last,) = open_refusals(tmp_path)
    assert last.reason == "no header"


def test_a_lost_refusal_is_written_anew_from_its_copy(tmp_path: Path) -> None:
    told = refuse(tmp_path)
    manifest_path(tmp_path, 1).unlink()
    assert len(verify(tmp_path)) == 1
    assert repair(tmp_path).manifests == (told,)
    assert open_refusals(tmp_path) == [told]


def test_a_dismissal_needs_a_reason_and_a_file_that_is_waited_for(tmp_path: Path) -> None:
    refuse(tmp_path)
    with pytest.raises(LandingError, match="--reason"):
        dismiss_file(tmp_path, "a.csv", " ")
    with pytest.raises(LandingError, match=r"b.csv: no refused file .* there are: orders/a.csv"):
        dismiss_file(tmp_path, "b.csv", "old")
    (said,) = dismiss_file(tmp_path, "a.csv", "sent by mistake")
    assert (said.kind, said.reason, open_refusals(tmp_path)) == ("dismissed", "sent by mistake", [])
    with pytest.raises(LandingError, match="none is open"):
        dismiss_file(tmp_path, "a.csv", "again")
    shutil.rmtree(tmp_path / "inbox")
    assert open_refusals(tmp_path) == []
