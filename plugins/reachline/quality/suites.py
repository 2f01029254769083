"""All suites of a night, and what config/quality.yml makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reachline.quality import landing, model, release, staging
from reachline.quality.checks import Check, Stage, Suite
from reachline.quality.facts import Night
from reachline.settings import Quality


def suites_of(night: Night) -> dict[Stage, list[Suite]]:
    """Return what each gate checks on a night, as the code has it."""
    return {
        "landing": landing.suites(),
        "staging": staging.suites(night),
        "model": model.suites(night),
        "release": release.suites(),
    }


def ruled(suites: Iterable[Suite], quality: Quality) -> list[Suite]:
    """Return suites with the severity, the owner and the sentence that a team gave their checks."""
    return [
        replace(suite, checks=tuple(_ruled(suite.table, check, quality) for check in suite.checks))
        for suite in suites
    ]


def _ruled(table: str, check: Check, quality: Quality) -> Check:
    rule = quality.rule(table, check.name)
    if rule is None:
        return check
    return replace(
        check,
        severity=rule.severity or check.severity,
        owner=rule.owner or check.owner,
        why=rule.why or check.why,
    )
