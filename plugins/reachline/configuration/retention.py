"""The model of config/retention.yml: how long what came in, and what was made of it, is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt

from reachline.configuration.documents import Finding
from reachline.configuration.fields import Strict
from reachline.configuration.platforms import platforms, sources
from reachline.configuration.problems import suggest

Days = Annotated[StrictInt, Field(ge=1)]
INBOX = "inbox"


class Period(Strict):
    """How long the batches of a source are kept, and what becomes of them then."""

    days: Days
    """So many days after the night that a batch landed for."""
    then: Literal["delete", "texts"] = "delete"
    """delete: the batch goes, and its rows count nowhere. texts: posts of a platform keep ids,
    times and counts."""


class Retention(Strict):
    """config/retention.yml; what it does not name is kept, but for what platforms' terms ask."""

    sources: dict[str, Period] = Field(default_factory=dict)
    """By source (youtube, inbox, a tool's name) or by source.stream (inbox.clicks)."""
    kept_files_days: Days | None = None
    """Files in inbox/_done, with their refused rows, by when they were read."""
    failed_files_days: Days | None = None
    """Files in inbox/_failed, with their reasons."""
    releases_days: Days | None = None
    """Releases, by their night; the current one always stays. See also thresholds.keep_releases."""
    logs_days: Days | None = None
    """Logs and pages of gates, by when they were written."""
    aggregates_of_at_least: Annotated[StrictInt, Field(ge=2)] = 5
    """Figures over at least so many people stay: in old releases when one of them is forgotten, and
    as a stream of their own where a period deletes their posts."""
    keep_aggregates: dict[str, StrictBool] = Field(default_factory=dict)
    """By platform, whether they stay where its posts go; else what its terms say counts."""

    def period_of(self, source: str, stream: str) -> Period | None:
        """Return the period of a batch: of its stream, else of its source; None: it is kept."""
        return self.sources.get(f"{source}.{stream}") or self.sources.get(source)

    def keeps_aggregates_of(self, source: str) -> bool:
        """Return whether what posts of a source tell together stays when they go."""
        facts = platforms().get(source)
        if facts is None or source not in sources():
            return False
        return self.keep_aggregates.get(source, facts.aggregates_may_stay)


def check_retention(data: Any, tools: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding for each source that nothing lands as, and each platform that nobody asks.

    `tools` are the names of the mappings in config/exports.
    """
    if not isinstance(data, dict):
        return
    yield from _check_platforms(data.get("keep_aggregates"))
    named = data.get("sources")
    if not isinstance(named, dict):
        return
    known = [INBOX, *sources(), *tools]
    for name, body in named.items():
        source, _, _ = str(name).partition(".")
        place = ("sources", name)
        if source not in known:
            remedy = suggest(source, known, f"write one of {', '.join(known)}")
            yield Finding(place, "nothing lands from a source of this name", remedy)
        elif isinstance(body, dict) and body.get("then") == "texts" and source not in platforms():
            yield Finding(
                place,
                "has no records of a platform, whose texts could go",
                "write then: delete, or leave it out",
            )


def _check_platforms(named: Any) -> Iterator[Finding]:
    known = [name for name in platforms() if name in sources()]
    for name in named if isinstance(named, dict) else ():
        if name not in known:
            remedy = suggest(str(name), known, f"write one of {', '.join(known)}")
            yield Finding(("keep_aggregates", name), "is no platform that is asked", remedy)
