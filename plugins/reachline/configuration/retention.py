"""The model of config/retention.yml: how long what came in, and what was made of it, is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt

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
    """Old releases keep figures over at least so many people when one of them is forgotten."""

    def period_of(self, source: str, stream: str) -> Period | None:
        """Return the period of a batch: of its stream, else of its source; None: it is kept."""
        return self.sources.get(f"{source}.{stream}") or self.sources.get(source)


def check_retention(data: Any, tools: Sequence[str]) -> Iterator[Finding]:
    """Yield a finding for each source that nothing lands as, with the closest one.

    `tools` are the names of the mappings in config/exports.
    """
    named = data.get("sources") if isinstance(data, dict) else None
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
