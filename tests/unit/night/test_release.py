"""A release is made once, of what has passed."""

from __future__ import annotations

import pytest

from reachline.night import NightError
from reachline.night.release import build_release, publish
from reachline.publish.releases import releases
from reachline.settings import Settings
from reachline.warehouse import connect
from tests.unit.nights import SECOND


def test_to_publish_again_what_was_published_changes_nothing(settings: Settings) -> None:
    where = settings.paths.published
    made = releases(where)
    assert publish(settings, SECOND) == made[-1], "as a task does that was killed at its end"
    assert releases(where) == made
    assert (where / "current").resolve() == made[-1].path.resolve()


def test_nothing_is_released_that_has_not_passed(settings: Settings) -> None:
    with connect(settings.paths.warehouse) as con:
        con.execute("delete from work.ops.gates_passed where stage = 'model' and run_seq = 2")
    with pytest.raises(NightError, match="gates have not passed"):
        build_release(settings, SECOND)
