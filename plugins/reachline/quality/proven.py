"""The suites on which SQL's counts and Great Expectations' verdict were shown to agree.

`proven.txt` has a line for each definition: its table and its fingerprint. tests/gates compare both
verdicts on all of them, green and in every way in which a check can fail, and hold the file to the
suites. Whoever edits a suite makes it unknown here, so Great Expectations looks at it each night
until `make proven` has written the file anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from reachline.quality.checks import Suite

FILE = Path(__file__).with_name("proven.txt")

# What differs from night to night, or from team to team: days, sequence numbers, thresholds.
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d+)?)?\b")
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b")


def is_proven(suite: Suite) -> bool:
    """Return whether a suite's definition is one of those that the tests compared."""
    return entry(suite) in _proven()


def entry(suite: Suite) -> str:
    """Return the table and the fingerprint of a suite: of its rows and of what its checks are.

    Days and numbers are left out, names and severities too: they don't change how a check is run.
    """
    checks = (
        f"{check.kind} {json.dumps(check.arguments)} {check.unexpected_count}"
        for check in suite.checks
    )
    definition = _NUMBER.sub("N", _DAY.sub("DAY", "\n".join((suite.rows, *checks))))
    return f"{suite.table}: {hashlib.sha256(definition.encode()).hexdigest()[:16]}"


def listing(suites: Iterable[Suite]) -> str:
    """Return the content of the file, were these all the suites that are proven."""
    return "".join(f"{text}\n" for text in sorted({entry(suite) for suite in suites}))


@cache
def _proven() -> frozenset[str]:
    return frozenset(FILE.read_text(encoding="utf-8").splitlines())
