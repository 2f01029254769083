"""`reachline status`, before and after nights."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reachline.commands import status
from reachline.configuration import EXAMPLE
from reachline.landing import FileOrigin, refuse_file
from reachline.settings import Settings
from tests.unit.commands.typed import said


def test_status_says_what_ran_and_what_is_stale(at_home: Settings) -> None:
    text = said("status")
    for words in ("2026-03-02: published", "built to   2026-03-02", "2026-03-02-0002", "checks"):
        assert words in text
    assert "inbox/posts: never" in text
    assert "the day    " in text


def test_status_names_refused_files_until_they_are_dismissed(at_home: Settings) -> None:
    refuse_file(
        at_home.paths.landing,
        source="inbox",
        stream="orders",
        logical_date=date(2026, 3, 2),
        run_id="r",
        file=FileOrigin("bad.csv", "bad.csv", 3, "", "", "", None, 1, 7),
        reason="it has no column currency",
    )
    text = said("status")
    assert "refused    1 dropped file\n" in text
    assert "  orders/bad.csv, for 2026-03-02: it has no column currency" in text
    assert "dismissed" in said("inbox", "dismiss", "orders/bad.csv", "--reason", "by mistake")
    assert "bad.csv" not in said("status")


@pytest.mark.parametrize(
    ("judged", "lines"),
    [
        (
            [("inbox", "creators", None, None, None, None, 0)],
            ["the day    no source tells of days"],
        ),
        (
            [
                ("inbox", "clicks", "below_usual", 1200, 5000.0, 9000.5, 0),
                ("inbox", "orders", "whole", 9, 8.0, 10.0, 3),
                ("x", "posts", "too_early", 9, None, None, 1),
            ],
            [
                "the day    1 whole, 1 below what is usual, 1 too early to tell",
                "  inbox/clicks: 1,200 rows, usual are 5,000 to 9,000",
                "held       4 rows of days to come",
                "  inbox/orders: 3",
                "  x/posts: 1",
            ],
        ),
    ],
)
def test_status_tells_which_days_are_whole_and_what_is_held(
    capsys: pytest.CaptureFixture[str], judged: list[tuple[object, ...]], lines: list[str]
) -> None:
    status._tell_whole(judged)
    assert capsys.readouterr().out.splitlines() == lines


def test_status_before_the_first_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    text = said("status")
    assert "No night has run yet" in text
    assert "nothing has been published yet" in text
