"""`reachline release`: lists, shows, rolls back."""

from __future__ import annotations

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
