"""A dropped file that nobody could read is seen wherever somebody looks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reachline.landing import dismiss_file, manifests, open_refusals
from reachline.night import run_night
from reachline.quality.checks import GateBlocked
from reachline.settings import Settings, load_settings
from tests.unit.nights import ORDERS, SECOND, copy_of, drop, order, served

BAD = "order_id,ordered_at,gross_amount,status\no9,2026-03-02T12:00:00Z,5,placed\n"
KEY = "orders/bad.csv | 2026-03-02 | "


def test_a_refused_file_stands_in_the_release(settings: Settings) -> None:
    drop(settings.paths.home, "bad.csv", BAD)
    report = run_night(settings, SECOND)
    (warned,) = [w for w in report.warnings if w.expectation == "files_are_read"]
    assert warned.failing_keys[0].startswith(KEY)
    assert "currency" in warned.failing_keys[0]
    health = "select files_refused from reports.data_health where stream = 'orders'"
    assert served(settings, health) == [(1,)]
    told = (
        "select stage, success, severity, failing_keys[1] from quality.gate_results "
        "where expectation = 'files_are_read'"
    )
    ((stage, success, severity, key),) = served(settings, told)
    assert (stage, success, severity) == ("landing", False, "warn")
    assert key.startswith(KEY)
    page = settings.paths.published / "current" / "report" / "quality.html"
    assert "bad.csv" in page.read_text("utf-8")
    # mended, and dropped under its name
    drop(settings.paths.home, "bad.csv", ORDERS + order(9, SECOND))
    report = run_night(settings, SECOND)
    assert [w for w in report.warnings if w.table == "landing.refused"] == []
    assert served(settings, health) == [(0,)]


def needs_orders(settings: Settings, config: Path) -> Settings:
    """Return the settings with a configuration that lets no night go on without orders."""
    shutil.copytree(settings.config_dir, config)
    (config / "quality.yml").write_text("refused_files: {orders: block}\n", encoding="utf-8")
    return load_settings(settings.paths.home, config)


def test_a_night_ends_where_a_stream_is_needed(settings: Settings, tmp_path: Path) -> None:
    strict = needs_orders(settings, tmp_path / "strict")
    drop(strict.paths.home, "bad.csv", BAD)
    with pytest.raises(GateBlocked, match=r"(?s)files_of_these_streams_are_read.*bad.csv.*dismiss"):
        run_night(strict, SECOND)
    with pytest.raises(GateBlocked):
        run_night(strict, SECOND)
    dismiss_file(strict.paths.landing, "bad.csv", "the shop sent it twice")
    assert run_night(strict, SECOND).is_current


def test_what_was_refused_is_known_though_its_file_is_gone(
    two_nights: Settings, tmp_path: Path
) -> None:
    """A home that is built anew from landing says the same of its nights."""
    settings = copy_of(two_nights, tmp_path / "home")
    before = len(manifests(settings.paths.landing))
    drop(settings.paths.home, "bad.csv", BAD)
    drop(settings.paths.home, "other.txt", "nothing")
    (settings.paths.inbox / "weird").mkdir()
    (settings.paths.inbox / "weird" / "x.csv").write_text("a\n1\n", encoding="utf-8")
    run_night(settings, SECOND)
    assert len(manifests(settings.paths.landing)) == before
    health = (
        "select source, stream, freshness, files_refused from reports.data_health "
        "where files_refused > 0 order by all"
    )
    found = served(settings, health)
    assert found == [("inbox", "orders", "fresh", 2), ("inbox", "unknown", "never", 1)]
    for path in (settings.paths.inbox / "_failed").rglob("*.*"):
        path.unlink()
    for path in settings.paths.warehouse.glob("*.duckdb"):
        path.unlink()
    run_night(settings, SECOND)
    assert served(settings, health) == found
    assert len(open_refusals(settings.paths.landing)) == 3
