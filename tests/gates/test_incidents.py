"""A shortened `make incidents`: an ordinary year passes, and planted incidents are seen."""

from __future__ import annotations

import pytest

from tests.incidents.years import INCIDENTS, YEAR, Night, Tables, Year, ordinary, planted

BLOCKED = {
    "a file deletes 94 % of the orders",
    "a platform answers with next to nothing",
    "a metric doubles, for all posts",
    "currencies mixed (a third of the orders)",
    "a column NULL in new rows",
    "a column NULL in all rows",
}
WARNED = {
    "a feed twice, under other ids",
    "a feed twice, under the same ids",
}


@pytest.fixture(scope="module")
def year() -> Year:
    return Year(1, scale=1.0, growth=1.6)


@pytest.mark.slow
def test_an_ordinary_year_passes(year: Year) -> None:
    tally = ordinary(year, step=5)
    assert len(tally.blocked) <= 1, tally.blocked
    assert tally.warned <= YEAR / 5 / 4


@pytest.mark.slow
def test_incidents_are_blocked_or_warned_of_on_their_night(year: Year) -> None:
    found = planted(year, 3)
    assert set(found) == set(INCIDENTS)
    assert {name for name, seen in found.items() if seen["blocked"] == 3} >= BLOCKED
    assert all(found[name]["missed"] == 0 for name in BLOCKED | WARNED), found
    # 80 posts a day that differ by 15 % from day to day, as that platform's, are at the limit
    assert found["a platform drops to half"]["missed"] <= 1


def test_a_night_as_it_was_is_no_incident(year: Year) -> None:
    """Nothing is called caught that is said of the night without an incident too."""

    def nothing(night: Night, now: Tables) -> None:
        for (table, platform), figures in night.added.items():
            for part in {"", platform}:
                now[table][part].add(figures)

    position = 200
    assert year.findings(position, nothing) == year.findings(position)
