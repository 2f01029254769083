"""What people let through for one night; logs/accepted.jsonl has a line for each decision."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from reachline.configuration.models import PERSONAL
from reachline.configuration.quality import FIRM
from reachline.night.folders import gate_folder
from reachline.night.state import NightError
from reachline.quality.checks import STAGES, Result
from reachline.quality.results import read_results
from reachline.settings import Paths, Settings

FILE = "accepted.jsonl"


def accept(settings: Settings, night: date, check: str, reason: str) -> Result:
    """Write down that a check may fail on a night, and return what it had found.

    `check` is table and name as `reachline gates checks` lists them, joined by a dot. Raises
    NightError when it did not block that night's last run, when it is one that nobody may let
    through, or when the reason is empty or holds an address.
    """
    if not reason.strip():
        raise NightError("--reason is empty: whoever reads the release wants to know why.")
    if PERSONAL.search(reason):
        raise NightError("--reason holds an e-mail address or a phone number, and is published.")
    folder = gate_folder(settings, night)
    found = [result for stage in STAGES for result in read_results(folder, stage)]
    blocking = {f"{r.table}.{r.expectation}": r for r in found if r.blocks}
    if check not in blocking:
        known = ", ".join(sorted(blocking)) or "none"
        raise NightError(
            f"{check} did not block the last run of the night of {night}; what did: {known}. Run "
            "the night first: a failure is accepted when somebody has seen it."
        )
    result = blocking[check]
    if result.table in FIRM:
        raise NightError(
            f"{check} can't be let through: what fails there is damaged, or somebody's address."
        )
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "night": night.isoformat(),
        "check": check,
        "reason": reason.strip(),
        "observed": result.observed,
        "failing_keys": list(result.failing_keys),
    }
    with (settings.paths.logs / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return result


def let_through(where: Paths, night: date, results: Sequence[Result]) -> tuple[Result, ...]:
    """Return results in which those that would block and were accepted for the night warn.

    What was accepted is what somebody had seen: a check that finds anything else blocks again.
    """
    if not any(result.blocks for result in results):
        return tuple(results)
    decided = _decided(where, night)
    return tuple(
        replace(result, severity="warn", accepted=f"{line['reason']} (accepted {line['at'][:10]})")
        if result.blocks
        and result.table not in FIRM
        and (line := decided.get(f"{result.table}.{result.expectation}")) is not None
        and _is_seen(result, line)
        else result
        for result in results
    )


def _is_seen(result: Result, line: Mapping[str, Any]) -> bool:
    if not result.failing_keys:
        return bool(result.observed == line["observed"])
    return set(result.failing_keys) <= set(line["failing_keys"])


def _decided(where: Paths, night: date) -> dict[str, dict[str, Any]]:
    """Return the last decision about each check that was accepted for a night."""
    path = where.logs / FILE
    found = {}
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            line = json.loads(text)
        except ValueError:
            continue  # a line that was cut short accepts nothing
        if line["night"] == night.isoformat():
            found[line["check"]] = line
    return found
