"""What is found: how bad it is, and what to type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from reachline.errors import ReachlineError

Severity = Literal["ok", "note", "warning", "error"]

EXIT_CODES: dict[Severity, int] = {"ok": 0, "note": 0, "warning": 1, "error": 2}
"""As monitoring plugins have them: 0 well, 1 warning, 2 critical."""


@dataclass(frozen=True)
class Finding:
    """Something that was looked at.

    `area` is what it belongs to, `text` what is so, `remedy` what to type; empty where nothing is
    to be done.
    """

    area: str
    severity: Severity
    text: str
    remedy: str = ""


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the highest severity among findings; `ok` where there are none."""
    order = list(EXIT_CODES)
    return max((finding.severity for finding in findings), key=order.index, default="ok")


def said(error: BaseException) -> str:
    """Return an error's text for a person; of an error that is not ours, its type as well."""
    text = str(error).strip()
    if isinstance(error, ReachlineError) and text:
        return text
    return f"{type(error).__name__}{': ' if text else ''}{text}"


def lines_of(finding: Finding) -> Sequence[str]:
    """Return a finding as lines: severity, area and text, then the remedy."""
    head = f"{finding.severity:<8} {finding.area}: " + finding.text.replace("\n", "\n  ")
    return [head, f"  do: {finding.remedy}"] if finding.remedy else [head]
