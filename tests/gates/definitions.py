"""Every suite that the project ships, in each form that it can have; run to list them as proven."""

from __future__ import annotations

from dataclasses import replace

from reachline.quality import landing, model, release, staging
from reachline.quality.checks import Suite
from reachline.quality.proven import FILE, listing
from tests.gates.small_night import NIGHT

# the same, when every row is looked at and not only what the night touched
WHOLE = replace(NIGHT, whole=True)


def definitions() -> list[Suite]:
    """Return the suites of all four gates."""
    return [
        *landing.suites(),
        *(suite for night in (NIGHT, WHOLE) for suite in staging.suites(night)),
        *(suite for night in (NIGHT, WHOLE) for suite in model.suites(night)),
        *release.suites(),
    ]


if __name__ == "__main__":
    FILE.write_text(listing(definitions()), encoding="utf-8")
