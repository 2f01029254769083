"""`reachline gates open`: the pages of what was recorded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reachline.night import NightError, gate_folder
from reachline.quality import landing, release
from reachline.quality.checks import Stage, Suite
from reachline.quality.results import write_results
from reachline.settings import Settings, load_settings
from tests.unit.commands.typed import said, typed

OLDER, NEWER = date(2026, 3, 1), date(2026, 3, 2)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "data"))
    return load_settings()


def recorded(settings: Settings, night: date, stage: Stage, suites: list[Suite]) -> Path:
    """Write results of a gate that passed; return where its pages belong."""
    folder = gate_folder(settings, night)
    results = [
        s.result(check, success=True, observed="0 rows") for s in suites for check in s.checks
    ]
    write_results(folder, stage, results)
    return folder / stage / "index.html"


def test_without_options_every_gate_of_the_last_night_is_shown(settings: Settings) -> None:
    old = recorded(settings, OLDER, "landing", landing.suites())
    pages = [
        recorded(settings, NEWER, "landing", landing.suites()),
        recorded(settings, NEWER, "release", release.suites()),
    ]
    assert said("gates", "open").splitlines() == [
        f"gate landing: {pages[0]}",
        f"gate release: {pages[1]}",
    ]
    assert "release.texts" in pages[1].read_text(encoding="utf-8")
    assert not old.exists()


def test_a_night_and_a_gate_can_be_named(settings: Settings) -> None:
    old = recorded(settings, OLDER, "landing", landing.suites())
    recorded(settings, OLDER, "release", release.suites())
    new = recorded(settings, NEWER, "landing", landing.suites())
    answer = said("gates", "open", "--night", "2026-03-01", "--stage", "landing")
    assert answer == f"gate landing: {old}\n"
    assert "night of 2026-03-01" in old.read_text(encoding="utf-8")
    assert not new.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["open"], "no night has run its gates yet"),
        (["open", "--night", "2026-03-09"], "2026-03-09: no results of a gate are kept"),
        (["open", "--night", "2026-03-09", "--stage", "model"], "no results of gate model"),
    ],
)
def test_without_results_there_is_nothing_to_show(
    settings: Settings, arguments: list[str], words: str
) -> None:
    assert not settings.paths.home.exists()
    with pytest.raises(NightError, match=words):
        said("gates", *arguments)


def test_a_gate_that_does_not_exist_is_refused(settings: Settings) -> None:
    code, output = typed("gates", "open", "--stage", "staged")
    assert code == 2
    assert "it is one of landing, staging, model, release" in output
