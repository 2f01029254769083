"""What a process makes to keep is not looked through for rubbish."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from reachline.garbage import collect_rarely, making_what_stays


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.enable()


def ids(generation: int) -> set[int]:
    return {id(each) for each in gc.get_objects(generation)}


def test_what_stays_is_among_the_oldest() -> None:
    with making_what_stays():
        assert not gc.isenabled()
        kept = [[number] for number in range(1000)]
    assert gc.isenabled()
    assert {id(each) for each in kept} <= ids(2)
    assert gc.get_freeze_count() == 0


def make_and_fail(kept: list[list[int]]) -> None:
    with making_what_stays():
        kept.append([1])
        raise ValueError("no")


def test_what_fails_is_looked_through_as_ever() -> None:
    kept: list[list[int]] = []
    with pytest.raises(ValueError, match="no"):
        make_and_fail(kept)
    assert gc.isenabled()
    assert id(kept[0]) in ids(0)


def test_nothing_is_turned_on_that_was_off() -> None:
    gc.disable()
    with making_what_stays():
        pass
    assert not gc.isenabled()


def test_a_command_looks_rarely() -> None:
    collect_rarely()
    assert gc.get_threshold()[0] == 100_000
