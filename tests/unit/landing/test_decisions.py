"""What is decided about lines of a batch is a file beside it, whole or not there, and looked at."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline import landing
from reachline.landing import LandingError, Manifest, batches
from reachline.quality.landing import STATUSES, gather

LINES = pa.table({"code": ["a"], "_line": pa.array([2], pa.int64())})
REFUSED = pa.table(
    {
        "_line": pa.array([3], pa.int64()),
        "_stream": ["promo_codes"],
        "_column": ["code"],
        "_reason": ["no"],
    }
)


def commit(root: Path) -> Manifest:
    with landing.draft_batch(root, "inbox", "promo_codes", date(2026, 3, 1)) as draft:
        pq.write_table(pa.table({"code": ["x", "y"]}), draft.data)
        return landing.commit_batch(draft, run_id="r", rows=2, columns=("code",), first_line=2)


def test_a_batch_stays_as_it_landed_beside_what_is_decided(tmp_path: Path) -> None:
    batch = commit(tmp_path)
    retry = landing.retry_lines(tmp_path, batch.batch_id, LINES, reason="mended in a.csv")
    drop = landing.drop_lines(tmp_path, batch.batch_id, REFUSED, reason=" tests ")
    assert landing.manifests(tmp_path) == [batch]
    assert landing.decisions(tmp_path) == [retry, drop]
    assert [(m.kind, m.sequence, m.rows, m.reason) for m in (retry, drop)] == [
        ("retry", 2, 1, "mended in a.csv"),
        ("drop", 3, 1, "tests"),
    ]
    assert pq.read_table(tmp_path / str(retry.path), partitioning=None).equals(LINES)
    assert landing.sweep(tmp_path, 0) == landing.Swept()
    assert landing.verify(tmp_path) == []
    with gather(tmp_path, [batch.batch_id]) as facts:
        query = "select file, hash_declared = hash_found, status from files order by sequence"
        assert facts.sql(query).fetchall() == [(m.path, True, STATUSES[0]) for m in (retry, drop)]
    (tmp_path / str(drop.path)).unlink()
    (tmp_path / str(retry.path)).write_bytes(b"other")
    problems = [str(finding) for finding in landing.verify(tmp_path, batch.batch_id)]
    assert [("changed" in text, "missing" in text) for text in problems] == [
        (True, False),
        (False, True),
    ]
    with gather(tmp_path, [batch.batch_id]) as facts:
        assert facts.sql("select is_there from files order by sequence").fetchall() == [
            (True,),
            (False,),
        ]


def test_what_was_lost_of_a_decision_is_put_back(tmp_path: Path) -> None:
    batch = commit(tmp_path)
    retry = landing.retry_lines(tmp_path, batch.batch_id, LINES, reason="mended")
    drop = landing.drop_lines(tmp_path, batch.batch_id, REFUSED, reason="tests")
    for lost in (retry, drop):
        (tmp_path / "_manifests" / f"{lost.sequence:012d}.json").unlink()
    landing.sweep(tmp_path, 0)
    assert not (tmp_path / str(retry.path)).exists()
    landing.repair(tmp_path)
    assert landing.decisions(tmp_path) == [retry, drop]
    assert landing.verify(tmp_path) == []


def test_nothing_is_decided_without_a_reason_or_of_no_batch(tmp_path: Path) -> None:
    batch = commit(tmp_path)
    with pytest.raises(LandingError, match="needs a reason"):
        landing.drop_lines(tmp_path, batch.batch_id, REFUSED, reason=" ")
    with pytest.raises(LandingError, match="no such batch"):
        landing.drop_lines(tmp_path, "b", REFUSED, reason="r")
    with pytest.raises(LandingError, match="no such batch"):
        landing.retry_lines(tmp_path, "b", LINES, reason="r")
    assert landing.all_manifests(tmp_path) == [batch]


@pytest.mark.parametrize("dies_at", ["rename", "publish"])
def test_a_kill_leaves_nothing_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    batch = commit(tmp_path)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    place = {"rename": (os, "rename"), "publish": (batches, "publish_manifest")}
    with monkeypatch.context() as patched:
        patched.setattr(*place[dies_at], die)
        with pytest.raises(KeyboardInterrupt):
            landing.retry_lines(tmp_path, batch.batch_id, LINES, reason="r")
    assert landing.all_manifests(tmp_path) == [batch]
    landing.sweep(tmp_path, 0)
    left = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.parquet*")]
    assert left == [batch.path]
    landing.retry_lines(tmp_path, batch.batch_id, LINES, reason="r")
    assert landing.verify(tmp_path) == []
