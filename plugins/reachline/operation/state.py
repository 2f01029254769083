"""The state of a home: what ran, what is running, what readers see, what is late.

Each part is looked at by itself. One that can't be read is a finding, and hides no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import duckdb

from reachline.inbox.exports import load_whole_config
from reachline.landing import open_refusals
from reachline.landing.refusals import shown
from reachline.night import STEPS, Holder, lock_holder, read_journal
from reachline.night.alarms import REMEDIES, overdue
from reachline.night.journal import JOURNAL
from reachline.object_store import address_of, joined_to
from reachline.operation.findings import Finding, Severity, said, worst
from reachline.operation.history import StepTime, step_times
from reachline.operation.upkeep import last_failures
from reachline.publish.releases import (
    DATABASE,
    Release,
    broken_releases,
    current_fault,
    current_release,
    releases,
)
from reachline.settings import Alarms, ConfigError, Paths, Settings, load_publish
from reachline.warehouse import WarehouseBusyError, built_to_in

_Found = TypeVar("_Found")

_LATE_AFTER_HOURS = Alarms.model_fields["late_after_hours"].default
_BETWEEN_STEPS = timedelta(hours=1)
"""Longer than the longest pause between two tries of a task in Airflow (ten minutes)."""


@dataclass(frozen=True)
class LastRun:
    """The run of a night that the journal ends with.

    `outcome` is published, failed, blocked, running or unfinished (killed, or never taken up
    again); `step` the last that ended, `at` when that one began, `seconds` of all steps that were
    done, `error` why it failed.
    """

    night: str
    outcome: str
    step: str
    at: str
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Shared:
    """The object store that landing is shared through: its address, which holds no login.

    `fetched_at` is when this home last fetched from it without an error; None while it has not
    joined it.
    """

    url: str
    is_joined: bool
    fetched_at: datetime | None


@dataclass(frozen=True)
class Health:
    """What the current release says: warnings of its gates, sources that are stale, whole days."""

    checks: int
    warnings: tuple[dict[str, Any], ...]
    stale: tuple[dict[str, Any], ...]
    days: tuple[dict[str, Any], ...]


@dataclass
class State:
    """Everything that `reachline status` tells. What can't be read is None, and a finding says so.

    `running` is who holds the lock of the home. `shared` is None also where no object store is
    named: what lands is on this host alone. `built_to` is None before the first night, and
    while a run has the working files open (`is_open_elsewhere`).
    """

    home: Path
    at: datetime
    settings: Settings | None = None
    last_run: LastRun | None = None
    running: Holder | None = None
    shared: Shared | None = None
    built_to: date | None = None
    is_open_elsewhere: bool = False
    refused: tuple[dict[str, str], ...] = ()
    current: Release | None = None
    current_fault: str | None = None
    broken_releases: tuple[str, ...] = ()
    health: Health | None = None
    step_times: tuple[StepTime, ...] = ()
    findings: list[Finding] = field(default_factory=list)

    @property
    def severity(self) -> Severity:
        """The highest severity of what was found."""
        return worst(self.findings)

    def as_json(self) -> str:
        """Return it as JSON: days and times in ISO 8601, what can't be read as null."""
        current = self.current
        body = {
            "home": str(self.home),
            "at": self.at,
            "state": self.severity,
            "findings": [asdict(finding) for finding in self.findings],
            "running": asdict(self.running) if self.running else None,
            "last_run": asdict(self.last_run) if self.last_run else None,
            "shared": asdict(self.shared) if self.shared else None,
            "built_to": self.built_to,
            "current": {
                "release_id": current.release_id,
                "logical_date": current.logical_date,
                "published_at": current.about["published_at"],
                "path": str(current.path),
            }
            if current
            else None,
            "broken_releases": self.broken_releases,
            "refused": self.refused,
            "health": asdict(self.health) if self.health else None,
            "step_times": [asdict(taken) for taken in self.step_times],
        }
        return json.dumps(body, indent=1, ensure_ascii=False, default=_plain)


def look(where: Paths, config: Path, now: datetime | None = None) -> State:
    """Return the state of a home. Reads only, waits for nothing, and raises nothing."""
    state = State(where.home, now or datetime.now(UTC))
    state.settings = _part(state, "config", lambda: load_whole_config(where.home, config)[0])
    state.running = _part(state, "lock", lambda: lock_holder(where))
    _part(state, "journal", lambda: _look_at_journal(state, where))
    _part(state, "warehouse", lambda: _look_at_warehouse(state, where))
    _part(state, "landing", lambda: _look_at_refused(state, where))
    state.shared = _part(state, "store", lambda: _shared(where))
    _part(state, "releases", lambda: _look_at_releases(state, where))
    _part(state, "night", lambda: _look_for_overdue(state, where, config))
    _part(state, "upkeep", lambda: _look_at_upkeep(state, where))
    return state


def _part(state: State, area: str, read: Callable[[], _Found]) -> _Found | None:
    """Return what a part says; None where it can't be read, which is then a finding."""
    try:
        return read()
    except ConfigError as error:
        state.findings.append(Finding(area, "error", str(error), "reachline config check"))
    except Exception as error:  # whatever is broken there: the other parts are still told of
        state.findings.append(Finding(area, "error", said(error), "reachline doctor"))
    return None


def _look_at_journal(state: State, where: Paths) -> None:
    path = where.logs / JOURNAL
    if path.exists() and not path.is_file():
        raise IsADirectoryError(f"{path} is no file")
    lines = read_journal(where)
    state.last_run = _last_run(lines, state)
    state.step_times = tuple(step_times(lines))


def _last_run(lines: Sequence[dict[str, Any]], state: State) -> LastRun | None:
    """Return the run that the journal ends with; what is wrong with it becomes a finding."""
    if not lines:
        return None
    last = lines[-1]
    steps: list[dict[str, Any]] = []
    for line in reversed(lines):
        if line["night"] != last["night"] or (steps and line["step"] == STEPS[-1]):
            break
        steps.append(line)
        if line["step"] == STEPS[0]:
            break
    night, step, seconds = last["night"], last["step"], sum(line["seconds"] for line in steps)
    holder = state.running
    error = str(last.get("error", ""))
    if last["outcome"] != "done":
        outcome = last["outcome"]
        remedy = f"{REMEDIES.get(step, 'reachline doctor')}; then reachline run --date {night}"
        text = f"{night} {outcome} in {step}: {error}"
        state.findings.append(Finding("night", "error", text, remedy))
    elif step == STEPS[-1]:
        outcome = "published"
    elif (holder is not None and holder.is_held) or not _is_given_up(last, state):
        outcome = "running"
    else:
        outcome = "unfinished"
        text = f"{night} ended after {step}: it was killed, or not taken up again"
        state.findings.append(Finding("night", "error", text, f"reachline run --date {night}"))
    return LastRun(night, outcome, step, last["at"], round(seconds, 2), error)


def _is_given_up(last: dict[str, Any], state: State) -> bool:
    """Say if nobody goes on with a run: its process was killed, or its last step ended long ago."""
    if state.running is not None and not state.running.is_held:
        return True
    ended = datetime.fromisoformat(last["at"]) + timedelta(seconds=last["seconds"])
    return state.at - ended > _BETWEEN_STEPS


def _look_at_warehouse(state: State, where: Paths) -> None:
    try:
        state.built_to = built_to_in(where.warehouse)
    except WarehouseBusyError:
        state.is_open_elsewhere = True
        return
    if state.built_to is not None and state.built_to > _today(state):
        state.findings.append(
            Finding(
                "warehouse",
                "error",
                f"it is built to {state.built_to}, after today ({_today(state)}): until then no "
                "night moves current",
                f"if it was a mistake: rm {where.warehouse}/*.duckdb*, and run the last real night",
            )
        )


def _look_at_refused(state: State, where: Paths) -> None:
    state.refused = tuple(
        {"file": shown(refusal), "night": refusal.logical_date, "reason": refusal.reason}
        for refusal in open_refusals(where.landing)
    )
    state.findings += [
        Finding(
            "inbox",
            "warning",
            f"{file['file']} was refused: {file['reason']}",
            f'mend it and drop it again, or reachline inbox dismiss {file["file"]} --reason "…"',
        )
        for file in state.refused
    ]


def _shared(where: Paths) -> Shared | None:
    """Return the object store of a home, from what the home says: it is not asked."""
    url = address_of(where.landing)
    if url is None:
        return None
    joined = joined_to(where.landing)
    return Shared(url, joined is not None, joined.fetched_at if joined else None)


def _look_at_releases(state: State, where: Paths) -> None:
    published = where.published
    state.broken_releases = tuple(broken_releases(published))
    state.current = current_release(published)
    state.current_fault = current_fault(published)
    if state.current_fault is not None:
        state.findings.append(
            Finding("releases", "error", state.current_fault, "reachline release ls")
        )
    elif state.current is None:
        state.findings.append(
            Finding("releases", "warning", "nothing has been published yet", "reachline doctor")
        )
    state.findings += [
        Finding("releases", "warning", fault, "reachline release ls")
        for fault in state.broken_releases
        if fault not in (state.current_fault or "")
    ]
    if state.current is not None:
        state.health = _health(state.current)
        state.findings += _about(state.health)


_STALE = """
select source, stream, freshness, cast(last_landed_at as varchar) as last_landed_at
from reports.data_health where freshness <> 'fresh' order by all
"""

_DAYS = """
select source, stream, completeness, rows_last_day, usual_low, usual_high, rows_held
from reports.data_health order by all
"""


def _health(current: Release) -> Health:
    with duckdb.connect(str(current.path / DATABASE), read_only=True) as con:
        stale, days = _dicts(con, _STALE), _dicts(con, _DAYS)
    gates = current.about["gates"]
    return Health(
        checks=len(gates),
        warnings=tuple(
            {name: gate[name] for name in ("table", "expectation", "observed", "failing_keys")}
            for gate in gates
            if not gate["success"]
        ),
        stale=stale,
        days=days,
    )


def _dicts(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[dict[str, Any], ...]:
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _about(health: Health) -> list[Finding]:
    """Return what a monitor must know: silent sources and days that are not whole.

    What gates warn of, and sources that never landed anything, stand in the release: they change
    with no night.
    """
    found = [
        Finding(
            "sources",
            "warning",
            f"{row['source']}/{row['stream']} is {row['freshness']}, last landed "
            f"{row['last_landed_at']}",
            f"reachline landing ls --source {row['source']}",
        )
        for row in health.stale
        if row["freshness"] in ("stale", "error") and row["last_landed_at"] is not None
    ]
    return found + [
        Finding(
            "sources",
            "warning",
            f"{row['source']}/{row['stream']} landed {row['rows_last_day']:,} rows; usual are "
            f"{row['usual_low']:,.0f} to {row['usual_high']:,.0f}",
            f"reachline landing ls --source {row['source']}",
        )
        for row in health.days
        if row["completeness"] in ("below_usual", "above_usual")
    ]


def _look_for_overdue(state: State, where: Paths, config: Path) -> None:
    publish = state.settings.publish if state.settings else load_publish(config)
    told = publish.alarms if publish is not None else None
    hours = told.late_after_hours if told is not None else _LATE_AFTER_HOURS
    night = overdue(releases(where.published), _zone(state), hours, state.at)
    if night is None:
        return
    text = f"{night} is not published, {hours} hours and more after its day"
    state.findings.append(Finding("night", "error", text, f"reachline run --date {night}"))


def _look_at_upkeep(state: State, where: Paths) -> None:
    for line in last_failures(where):
        text = f"{line['part']} failed, {line['at']}: {line['error']}"
        remedy = f"reachline upkeep --only {line['part']}"
        state.findings.append(Finding("upkeep", "warning", text, remedy))


def _zone(state: State) -> ZoneInfo:
    return ZoneInfo(state.settings.config.reporting.time_zone if state.settings else "UTC")


def _today(state: State) -> date:
    return state.at.astimezone(_zone(state)).date()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
