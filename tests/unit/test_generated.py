"""What is made of other files is what these say, in the repository as in the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from reachline import generated


@pytest.mark.parametrize("path", generated.files(), ids=lambda path: path.name)
def test_a_generated_file_is_what_its_sources_say(path: Path) -> None:
    assert path.is_file(), "run `make format`"
    assert path.read_text(encoding="utf-8") == generated.files()[path], "run `make format`"


def test_nothing_is_left_that_nothing_generates() -> None:
    assert generated.leftovers() == set(), "run `make format`"
