"""`reachline release`: lists, shows, rolls back."""

from __future__ import annotations

import os

from reachline.settings import Settings
from tests.unit.commands.typed import said
from tests.unit.nights import current_id


def test_release_lists_shows_and_rolls_back(at_home: Settings) -> None:
    listed = said("release", "ls").splitlines()
    assert [line[:17] for line in listed] == ["  2026-03-01-0001", "* 2026-03-02-0002"]
    assert "core.fct_orders" in said("release", "show")
    assert "2026-03-01-0001" in said("release", "rollback")
    assert current_id(at_home) == "2026-03-01-0001"
    assert "night      2026-03-01" in said("release", "show", "current")
    said("release", "rollback", "2026-03-02-0002")
    assert current_id(at_home) == "2026-03-02-0002"


def test_a_release_that_is_not_whole_is_named_by_what_helps(at_home: Settings) -> None:
    folder = at_home.paths.published / "releases" / current_id(at_home)
    os.rename(folder / "release.json", folder / "lost.json")
    for command in (("release", "ls"), ("status",)):
        text = said(*command)
        assert f"{folder}: not a whole release" in text
        assert "rollback" in text
    assert "current is 2026-03-01-0001" in said("release", "rollback", "2026-03-01-0001")
    assert current_id(at_home) == "2026-03-01-0001"
