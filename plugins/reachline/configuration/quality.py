"""The model of config/quality.yml: how strict gates are, and who answers for it.

The checks that gates can make are listed in checks.csv beside this file, which `make format` writes
from the suites.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field, StrictFloat, StrictInt, field_validator, model_validator

from reachline.configuration.documents import Finding
from reachline.configuration.fields import Share, Strict, Text, distinct
from reachline.configuration.models import PERSONAL, STREAMS, Day
from reachline.configuration.problems import as_value, mistake, suggest

CHECKS = Path(__file__).with_name("checks.csv")

Severity = Literal["block", "warn"]

STATISTICS = ("landing.volume", "release.drift", "release.night")
"""The suites that compare with what is usual: what they find may be known before."""

FIRM = (
    "landing.files",
    "landing.manifests",
    "landing.read",
    "release.files",
    "release.texts",
    "release.warehouse",
)
"""What no team may weaken: landing and release are whole, and nobody's address is published."""

_SCHEMAS = ("core", "reports", "quality", "meta")


@cache
def known_checks() -> dict[str, dict[str, Severity]]:
    """Return the checks of each table that a gate looks at, with the severity they have here."""
    found: dict[str, dict[str, Severity]] = {}
    with CHECKS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["table"], {})[row["check"]] = cast(Severity, row["severity"])
    return found


def _table_of_checks(text: str) -> str:
    if text not in known_checks():
        remedy = suggest(text, known_checks(), "`reachline gates checks` lists what there is")
        raise mistake("no gate looks at a table of this name", remedy)
    return text


def _looked_at(text: str) -> str:
    """Return a table of a release, a stream of the inbox, or <source>.<stream>."""
    schema, dot, name = text.partition(".")
    tables = [table for table in known_checks() if table.partition(".")[0] in _SCHEMAS]
    known = (*tables, *STREAMS)
    if (schema in _SCHEMAS or not dot) and text not in known:
        remedy = suggest(text, known, "write a table, a stream, or <source>.<stream>")
        raise mistake("is neither a table nor a stream", remedy)
    if dot and not (schema and name):
        raise mistake("is neither a table nor a stream", "write a table, or <source>.<stream>")
    return text


def _statistic(text: str) -> str:
    names = [
        *STATISTICS,
        *(f"{table}.{check}" for table in STATISTICS for check in known_checks().get(table, ())),
    ]
    if text not in names:
        remedy = suggest(text, names, f"write one of {', '.join(names)}")
        raise mistake("is no check that compares with what is usual", remedy)
    return text


def _refusable(text: str) -> str:
    if text not in STREAMS:
        remedy = suggest(text, STREAMS, f"write one of {', '.join(STREAMS)}")
        raise mistake("is not a stream of the inbox", remedy)
    return text


def _published(text: str) -> str:
    if PERSONAL.search(text):
        remedy = "write the name of a team or of a role"
        raise mistake("holds an e-mail address or a phone number, and is published", remedy)
    return text


Published = Annotated[Text, AfterValidator(_published)]
TableOfChecks = Annotated[Text, AfterValidator(_table_of_checks)]
LookedAt = Annotated[Text, AfterValidator(_looked_at)]
Statistic = Annotated[Text, AfterValidator(_statistic)]
RefusableStream = Annotated[Text, AfterValidator(_refusable)]
Above1 = Annotated[StrictFloat, Field(gt=1, allow_inf_nan=False)]
Nights = Annotated[StrictInt, Field(ge=1)]
Rows = Annotated[StrictInt, Field(ge=1)]


class CheckRule(Strict):
    """What a team says of one check, or of all checks of a table: what is left out stays."""

    table: TableOfChecks
    check: Text | None = None
    """Every check of the table where none is named."""
    severity: Severity | None = None
    owner: Published | None = None
    """Who is asked when it fails."""
    why: Published | None = None
    """What goes wrong for a reader when it fails, in the team's own words."""

    @model_validator(mode="after")
    def _is_sound(self) -> CheckRule:
        names = known_checks()[self.table]
        if self.check is not None and self.check not in names:
            remedy = suggest(self.check, names, f"write one of {', '.join(names)}")
            raise mistake(f"{as_value(self.check)} is no check of {self.table}", remedy)
        if self.severity is None and self.owner is None and self.why is None:
            remedy = "write severity, owner or why, or remove the entry"
            raise mistake("says nothing of the check", remedy)
        if self.severity == "warn" and self.table in FIRM:
            remedy = "remove the severity: what fails here is damaged, or is somebody's address"
            raise mistake(f"the checks of {self.table} always block", remedy)
        return self

    def is_about(self, table: str, check: str) -> bool:
        """Return whether this rule speaks of a check."""
        return self.table == table and self.check in (None, check)


class UsualBounds(Strict):
    """When a count of a night is unusual, against the same weekday of the weeks before.

    A spread is the usual distance of a day from what was expected of it: reachline.quality.usual.
    """

    weeks: Annotated[StrictInt, Field(ge=4, le=52)] = 8
    """So many weeks before the night are compared."""
    least_days: Annotated[StrictInt, Field(ge=3, le=52)] = 4
    """With fewer of the same weekday there is no verdict, with fewer than twice as many a wider
    bound."""
    warn_spreads: Annotated[StrictFloat, Field(ge=2, le=20)] = 3.5
    block_spreads: Annotated[StrictFloat, Field(ge=2, le=20)] = 6.0
    collapse_share: Share = 0.4
    """It blocks only below this share of what was expected, however regular the days are."""
    surge_ratio: Above1 = 3.0
    """And above so many times of what was expected, where surges block."""
    least_rows: Rows = 20
    """Less than so many expected are no basis for a verdict."""

    @model_validator(mode="after")
    def _in_order(self) -> UsualBounds:
        if self.block_spreads < self.warn_spreads:
            remedy = f"write block_spreads of {self.warn_spreads:g} or more"
            raise mistake("block_spreads is below warn_spreads", remedy)
        if self.least_days > self.weeks:
            remedy = f"write least_days of {self.weeks} or fewer, or more weeks"
            raise mistake("there are fewer weeks than least_days", remedy)
        return self


class DriftBounds(Strict):
    """How far a table may move from the release before."""

    collapse_share: Share = 0.5
    """Below this share of the rows, or of a sum, of the release before it blocks."""
    surge_ratio: Above1 = 2.0
    """Above so many times of them it blocks, once a home has published least_nights."""
    warn_share: Share = 0.9
    warn_ratio: Above1 = 1.3
    null_share: Share = 0.5
    """A column that loses its values in more than this share of the rows blocks."""
    null_warn_share: Share = 0.1
    least_rows: Rows = 50
    """Tables with fewer rows in the release before are not compared."""
    least_nights: Nights = 14
    """A table of a young home doubles as it should."""

    @model_validator(mode="after")
    def _in_order(self) -> DriftBounds:
        if self.warn_share < self.collapse_share:
            remedy = f"write a warn_share of {self.collapse_share:g} or more"
            raise mistake("warn_share is below collapse_share", remedy)
        if self.warn_ratio > self.surge_ratio:
            remedy = f"write a warn_ratio of {self.surge_ratio:g} or less"
            raise mistake("warn_ratio is above surge_ratio", remedy)
        if self.null_warn_share > self.null_share:
            remedy = f"write a null_warn_share of {self.null_share:g} or less"
            raise mistake("null_warn_share is above null_share", remedy)
        return self


class KnownAnomaly(Strict):
    """Days on which what is unusual was expected: the named checks warn then, and say why."""

    name: Published
    reason: Published
    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    """Logical dates, both included."""
    tables: Annotated[tuple[LookedAt, ...], distinct] = ()
    """Tables, streams, or <source>.<stream>; all of them where none is named."""
    checks: Annotated[tuple[Statistic, ...], distinct] = STATISTICS

    @field_validator("checks")
    @classmethod
    def _some(cls, checks: tuple[str, ...]) -> tuple[str, ...]:
        if not checks:
            raise mistake("no check is named", f"remove the line to mean {', '.join(STATISTICS)}")
        return checks

    @model_validator(mode="after")
    def _in_order(self) -> KnownAnomaly:
        if self.last < self.first:
            raise mistake("ends before it begins", f"write a day from {self.first} on as `to`")
        return self

    def holds(self, night: date, table: str, check: str) -> bool:
        """Return whether a check of a suite (`table`) is expected to fail on a night."""
        return self.first <= night <= self.last and (
            table in self.checks or f"{table}.{check}" in self.checks
        )


class Quality(Strict):
    """config/quality.yml: whatever is left out is as the code has it."""

    checks: tuple[CheckRule, ...] = ()
    volume: UsualBounds = UsualBounds()
    """What a source landed for a night (landing.volume), and what a night added to the tables
    (release.night)."""
    drift: DriftBounds = DriftBounds()
    """The tables of a release beside those of the one before (release.drift)."""
    refused_files: dict[RefusableStream, Severity] = Field(default_factory=dict)
    """Whether a night goes on when a file of a stream was refused; of all others it warns."""
    known_anomalies: tuple[KnownAnomaly, ...] = ()

    def rule(self, table: str, check: str) -> CheckRule | None:
        """Return what is said of a check: by its own rule, and else by that of its table."""
        said: dict[str, Any] = {}
        about = [rule for rule in self.checks if rule.is_about(table, check)]
        for rule in sorted(about, key=lambda found: found.check is not None):
            said |= rule.model_dump(exclude_none=True)
        return CheckRule(**said) if said else None


def checks_in_force(quality: Quality) -> dict[str, list[tuple[str, Severity, str]]]:
    """Return (check, severity, owner) of every check, by its table; the owner is "" for nobody."""
    found: dict[str, list[tuple[str, Severity, str]]] = {}
    for table, checks in known_checks().items():
        for check, severity in checks.items():
            rule = quality.rule(table, check)
            said = (rule.severity or severity, rule.owner or "") if rule else (severity, "")
            found.setdefault(table, []).append((check, *said))
    return found


def check_quality(data: Any) -> Iterator[Finding]:
    """Find two rules for one check, and two known anomalies of one name."""
    if not isinstance(data, dict):
        return
    for key, names, what in (
        ("checks", ("table", "check"), "another rule speaks of the same check"),
        ("known_anomalies", ("name",), "another anomaly has this name"),
    ):
        entries = data.get(key)
        seen: dict[str, int] = {}
        for place, entry in enumerate(entries if isinstance(entries, list) else ()):
            if not isinstance(entry, dict) or entry.get(names[0]) is None:
                continue
            said = str([entry.get(name) for name in names])
            if said in seen:
                remedy = f"keep one of the two; the first is {key}[{seen[said]}]"
                yield Finding((key, place, names[0]), what, remedy)
            seen.setdefault(said, place)
