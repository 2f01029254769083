"""Nights of two hosts that share an object store."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from reachline import landing
from reachline.night import run_night
from reachline.object_store import Store
from reachline.publish.shared import POINTER
from reachline.settings import Settings, load_settings
from tests.unit.nights import copy_of


def revenue(release: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as con:
        return con.execute("select count(*), sum(net_revenue) from core.fct_orders").fetchall()


@pytest.mark.slow
def test_a_host_goes_on_from_the_store_alone(
    two_nights: Settings, tmp_path: Path, store: Store
) -> None:
    one = copy_of(two_nights, tmp_path / "one")
    third = run_night(one, date(2026, 3, 3))
    assert third.is_current
    assert json.loads(store.get(POINTER) or b"")["release_id"] == third.release.release_id

    two = load_settings(tmp_path / "two", one.config_dir)
    two.paths.home.mkdir()
    shutil.copy(one.paths.key, two.paths.key)
    fourth = run_night(two, date(2026, 3, 4))
    assert fourth.release.sequence == third.release.sequence + 1
    assert revenue(fourth.release.path) == revenue(third.release.path)
    assert [m.batch_id for m in landing.manifests(two.paths.landing)] == [
        m.batch_id for m in landing.manifests(one.paths.landing)
    ]
    assert json.loads(store.get(POINTER) or b"")["release_id"] == fourth.release.release_id

    # the first host comes late, with a night that is older: it reads the newer one, and leaves it
    again = run_night(one, date(2026, 3, 3))
    assert again.release.sequence == fourth.release.sequence + 1
    assert json.loads(store.get(POINTER) or b"")["release_id"] == fourth.release.release_id
