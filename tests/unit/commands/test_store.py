"""`reachline store`: pull, push, check."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from reachline import landing
from reachline.cli import app
from reachline.object_store import Store


def typed(home: Path, *words: str) -> tuple[int, str]:
    """Return exit code and output, an error's text included."""
    done = CliRunner().invoke(app, ["store", *words], env={"REACHLINE_HOME": str(home)})
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def commit(home: Path) -> landing.Manifest:
    with landing.draft_batch(home / "landing", "inbox", "orders", date(2026, 3, 1)) as draft:
        pq.write_table(pa.table({"order_id": ["1"]}), draft.data)
        return landing.commit_batch(draft, run_id="r", rows=1)


def test_a_store_is_pulled_checked_and_put_back(tmp_path: Path, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    batch = commit(one)
    url = os.environ["REACHLINE_STORE"]
    assert typed(two, "pull") == (
        0,
        f"{url}: fetched 1 manifests and 1 files, 0 manifests say less than before.\n",
    )
    assert landing.verify(two / "landing") == []
    assert typed(two, "check") == (0, f"{url}: has all that landed.\n")

    (lost,) = (item.key for item in store.keys("landing/inbox/"))
    store.remove([lost])
    code, said = typed(two, "check")
    assert (code, said.splitlines()[0]) == (1, f"missing: {url}/{lost}")
    assert typed(two, "push") == (0, f"{url}: put 1 objects there.\n")
    assert typed(two, "check")[0] == 0

    landing.delete_batch(one / "landing", batch.batch_id, "gone")
    store.put(lost, b"what a kill has left")
    assert typed(two, "check", "--sweep") == (
        0,
        f"named by nobody: {url}/{lost}\nremoved 1 objects that nobody names.\n"
        f"{url}: has all that landed.\n",
    )
    assert list(store.keys("landing/inbox/")) == []


@pytest.mark.parametrize("command", ["pull", "push", "check"])
def test_a_home_without_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.delenv("REACHLINE_STORE", raising=False)
    code, said = typed(tmp_path, command)
    assert code == 1
    assert "this home has no object store. Set REACHLINE_STORE" in said
