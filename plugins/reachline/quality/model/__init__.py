"""Gate 3: core and reports keep their grain, their relations, their ranges and their sums."""

from __future__ import annotations

from reachline.quality.checks import Suite
from reachline.quality.facts import Night
from reachline.quality.model import (
    attribution,
    commerce,
    discovery,
    meta,
    performance,
    program,
    reconciliation,
    social,
)


def suites(night: Night) -> list[Suite]:
    """Return the suites of gate 3."""
    return [
        *social.suites(night),
        *commerce.suites(night),
        *attribution.suites(night),
        *performance.suites(night),
        *discovery.suites(night),
        *program.suites(night),
        *meta.suites(night),
        *reconciliation.suites(night),
    ]
