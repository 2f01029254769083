"""What people are told of nights and sources, and that they are told of it once.

logs/alarms.jsonl has a line for each alarm that was sent: when, of which kind, about which night or
source, for which cause, and which ways it went. Nothing here ends or changes a night: an alarm that
can't be sent is logged.
"""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from reachline.landing import open_refusals
from reachline.landing.refusals import shown
from reachline.night.journal import read_journal
from reachline.publish.alarms import ways_of
from reachline.publish.connections import DeliveryError
from reachline.publish.releases import (
    DATABASE,
    Release,
    current_fault,
    current_release,
    releases,
)
from reachline.settings import (
    Alarms,
    ConfigError,
    Paths,
    config_dir,
    load_publish,
    load_settings,
    paths,
)

log = logging.getLogger("reachline.night")

SENT = "alarms.jsonl"
_LONGEST_WHY = 1500
_DELIVERY = "deliver_"

REMEDIES = {
    "check_config": "reachline config check",
    "gate_landing": "reachline landing verify",
    "gate_staging": "reachline quarantine ls",
}
"""What to type first after a step has failed; after any other: reachline status."""


@dataclass(frozen=True)
class Desk:
    """Who is told, by which ways, and where it is written down that they were.

    `mistakes` are those of the configuration, which no step came to write into the journal.
    """

    paths: Paths
    alarms: Alarms
    zone: ZoneInfo
    mistakes: str = ""


def find_desk(home: Path | None = None, config: Path | None = None) -> Desk | None:
    """Return who is told; None where config/publish.yml has no alarms, or is wrong itself.

    Mistakes in the other files of the configuration are what an alarm may have to tell of.
    """
    zone, mistakes = "UTC", ""
    try:
        settings = load_settings(home, config)
        publish, zone = settings.publish, settings.config.reporting.time_zone
    except ConfigError as error:
        mistakes = str(error)
        found = load_publish(config)
        if found is None:
            file = config_dir(config) / "publish.yml"
            log.error("nobody is told of this: %s is wrong. Run `reachline config check`", file)
            return None
        publish = found
    if publish.alarms is None:
        return None
    return Desk(paths(home), publish.alarms, ZoneInfo(zone), mistakes)


def tell_failed(
    desk: Desk, night: date, *, step: str = "", why: str = "", now: datetime | None = None
) -> bool:
    """Tell that a night failed, unless it was told of the same step lately; say if it was sent.

    `step` is where it failed and `why`, as far as the caller knows; the journal tells the rest.
    """
    tries = _failures(desk.paths, night)
    step = step or (tries[-1]["step"] if tries else "a step that left no line in the journal")
    tries = [line for line in tries if line["step"] == step]
    since = tries[0]["at"] if tries else _seconds(now)
    why = str(tries[-1]["error"]) if tries else why or desk.mistakes
    again = f", {len(tries)} times" if len(tries) > 1 else ""
    if step.startswith(_DELIVERY):
        delivery = step.removeprefix(_DELIVERY)
        failed = f"The night of {night} is published, but its delivery to {delivery} failed."
        then = f"reachline deliver {delivery}, or clear the red task in Airflow"
    else:
        failed = f"The night of {night} failed in {step}, since {since}{again}."
        then = f"reachline run --date {night}, or clear the red task in Airflow"
    text = (
        failed,
        f"Why: {_shortened(why) or 'the log of the task says it.'}",
        _what_readers_see(desk.paths),
        f"Next: {REMEDIES.get(step, 'reachline status')}",
        f"Then: {then}",
    )
    with _alarms_sent(desk) as sent:
        lately = _moment(now) - timedelta(hours=desk.alarms.again_after_hours)
        told = {
            way
            for line in _open(sent).get(str(night), ())
            if line["cause"] == step and datetime.fromisoformat(line["at"]) > lately
            for way in line["to"]
        }
        line = {"kind": "failed", "about": str(night), "cause": step, "since": since}
        subject = f"Reachline: the night of {night} failed in {step}"
        return _send(desk, subject, text, [line], now, leave_out=told)


def tell_published(desk: Desk, night: date, *, now: datetime | None = None) -> bool:
    """Tell what is over since a night was published, and which sources are silent; once each.

    So with dropped files that were refused, and for which none has come, and with a night whose
    release is older than the current one.
    """
    current = current_release(desk.paths.published)
    with _alarms_sent(desk) as sent:
        recovered = [
            lines[0]
            for about, lines in _open(sent).items()
            if about == str(night) or (current and about <= str(current.logical_date))
        ]
        silent, heard = _changed_sources(sent, current, night)
        refused = _newly_refused(sent, desk.paths.landing, night)
        beside = _release_beside(sent, current, releases(desk.paths.published), night)
        text = [
            *(
                (
                    f"The night of {night} made the release {beside}, but readers do not see it: "
                    "it is older than the one that is current.",
                    f"Next: reachline release rollback {beside}; or, if the date of the current "
                    "one was mistyped, delete warehouse/*.duckdb and reachline run --date "
                    f"{night}",
                )
                if beside
                else ()
            ),
            *(
                f"The night of {line['about']} had {_had(line)} since {line['since']}: that is "
                "over."
                for line in recovered
            ),
            *(f"{source} is silent: {how}." for source, how in silent.items()),
            *(f"{source} is heard of again." for source in heard),
            *(f"{file} was refused: {_shortened(why)}" for file, why in refused.items()),
            _what_readers_see(desk.paths),
        ]
        if silent:
            text.append("Next: reachline status, and the log of the task ingest_<source>")
        if refused:
            text.append(
                "Next: mend the file in inbox/_failed and drop it again under its name, or "
                'reachline inbox dismiss FILE --reason "..."'
            )
        titles = [
            *([f"the night of {night} is published again"] if recovered else []),
            *([f"silent: {', '.join(silent)}"] if silent else []),
            *([f"heard of again: {', '.join(heard)}"] if heard else []),
            *([f"{_files(len(refused))} refused"] if refused else []),
            *([f"the night of {night} is not current"] if beside else []),
        ]
        lines = [
            *({"kind": "recovered", "about": line["about"]} for line in recovered),
            *({"kind": "silent", "about": source} for source in silent),
            *({"kind": "heard", "about": source} for source in heard),
            *({"kind": "refused", "about": file, "cause": why} for file, why in refused.items()),
            *([{"kind": "beside", "about": str(night), "cause": beside}] if beside else []),
        ]
        return bool(lines) and _send(desk, f"Reachline: {'; '.join(titles)}", text, lines, now)


def tell_late(desk: Desk, *, now: datetime | None = None) -> bool:
    """Tell that the last night that is over is not published, if it should be; once.

    Nothing is told before the first night, and of a night that failed nothing more.
    """
    night = overdue(
        releases(desk.paths.published), desk.zone, desk.alarms.late_after_hours, _moment(now)
    )
    if night is None:
        return False
    steps = [line for line in read_journal(desk.paths) if line["night"] == str(night)]
    due = datetime.combine(night + timedelta(days=1), time(), desk.zone)
    due_at = (due + timedelta(hours=desk.alarms.late_after_hours)).isoformat(timespec="minutes")
    last = (
        f"Its last step that ended is {steps[-1]['step']}, begun {steps[-1]['at']}."
        if steps
        else "No step of it has run: is the scheduler up, and the DAG nightly switched on?"
    )
    lines = (
        f"The night of {night} is not published; it was due by {due_at}.",
        last,
        _what_readers_see(desk.paths),
        "Next: reachline status",
        f"Then: reachline run --date {night}",
    )
    with _alarms_sent(desk) as sent:
        if str(night) in _open(sent):
            return False
        line = {
            "kind": "late",
            "about": str(night),
            "cause": "late",
            "since": due_at,
        }
        return _send(desk, f"Reachline: the night of {night} is late", lines, [line], now)


def tell_upkeep(desk: Desk, part: str, *, now: datetime | None = None) -> bool:
    """Tell that a part of the upkeep failed, and say if it was sent. It runs once a week."""
    text = (
        f"The upkeep failed in {part}. Nights go on; readers see what they saw.",
        "Why: the log of the task says it, and reachline status.",
        f"Next: reachline upkeep --only {part}",
    )
    with _alarms_sent(desk):
        line = {"kind": "upkeep", "about": part, "cause": part}
        return _send(desk, f"Reachline: the upkeep failed in {part}", text, [line], now)


def overdue(
    known: Sequence[Release], zone: ZoneInfo, late_after_hours: int, now: datetime
) -> date | None:
    """Return the last night that should be published and is not; None before the first release."""
    here = now.astimezone(zone)
    night = (here - timedelta(hours=late_after_hours)).date() - timedelta(days=1)
    # a release of a date that has not come yet is of a night that was mistyped
    if not known or any(night <= release.logical_date <= here.date() for release in known):
        return None
    return night


def tell_test(desk: Desk) -> list[str]:
    """Send a message by each way, and return the ways; raises DeliveryError where one fails."""
    lines = ("This is a test: alarms of Reachline come here.", _what_readers_see(desk.paths))
    ways = ways_of(desk.paths, desk.alarms)
    for send in ways.values():
        send("Reachline: a test of the alarms", "\n".join(lines))
    return list(ways)


# --- what was sent --------------------------------------------------------------------------------


@contextmanager
def _alarms_sent(desk: Desk) -> Iterator[list[dict[str, Any]]]:
    """Yield the alarms that were sent, oldest first; nobody else sends one meanwhile.

    No alarms where they can't be read: rather one alarm too many.
    """
    with ExitStack() as held:
        sent: list[dict[str, Any]] = []
        try:
            desk.paths.logs.mkdir(parents=True, exist_ok=True)
            file = held.enter_context((desk.paths.logs / SENT).open("a+", encoding="utf-8"))
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            sent = [json.loads(line) for line in file.read().splitlines()]
        except (OSError, ValueError) as error:
            log.error("%s: %s", desk.paths.logs / SENT, error)
        yield sent


def _open(sent: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the alarms about nights that are not over, by night."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for line in sent:
        if line["kind"] in ("failed", "late"):
            found.setdefault(line["about"], []).append(line)
        elif line["kind"] == "recovered":
            found.pop(line["about"], None)
    return found


def _send(
    desk: Desk,
    subject: str,
    text: Sequence[str],
    lines: Sequence[Mapping[str, Any]],
    now: datetime | None,
    leave_out: Collection[str] = (),
) -> bool:
    """Send a message by each way, write down by which it went, and say if it went at all."""
    gone = []
    for name, send in ways_of(desk.paths, desk.alarms).items():
        if name in leave_out:
            continue
        try:
            send(subject, "\n".join(text))
        except DeliveryError as error:
            log.error("%s", error)
        except Exception as error:  # a night ends as it would have without alarms
            log.error("the alarm was not sent by %s: %s", name, type(error).__name__)
        else:
            gone.append(name)
    if gone:
        log.info("told by %s: %s", " and ".join(gone), subject)
        whole = ({"at": _seconds(now), **line, "to": gone} for line in lines)
        text_of_lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in whole)
        try:
            with (desk.paths.logs / SENT).open("a", encoding="utf-8") as file:
                file.write(text_of_lines)
        except OSError as error:
            log.error("%s: %s", desk.paths.logs / SENT, error)
    return bool(gone)


# --- what there is to tell ------------------------------------------------------------------------


def _failures(where: Paths, night: date) -> list[dict[str, Any]]:
    """Return the steps of a night that failed since it was published last, oldest first."""
    found: list[dict[str, Any]] = []
    for line in read_journal(where):
        if line["night"] == str(night):
            if line["outcome"] != "done":
                found.append(line)
            elif line["step"] == "publish":
                found = []
    return found


def _what_readers_see(where: Paths) -> str:
    current = current_release(where.published)
    if current is None:
        return current_fault(where.published) or "Nothing has been published yet."
    return (
        f"Readers see the release {current.release_id}, as of {current.logical_date}, published "
        f"{current.about['published_at']}."
    )


def _had(line: Mapping[str, Any]) -> str:
    return "been late" if line["kind"] == "late" else f"failed in {line['cause']}"


_FRESHNESS = """
select source || '/' || stream, freshness, cast(last_landed_at as varchar)
from reports.data_health
where freshness in ('stale', 'error')
order by all
"""


def _changed_sources(
    sent: Sequence[Mapping[str, Any]], current: Release | None, night: date
) -> tuple[dict[str, str], list[str]]:
    """Return the sources that became silent, with how, and those that are heard of again."""
    if current is None or current.logical_date != night:
        return {}, []
    told: dict[str, str] = {
        line["about"]: line["kind"] for line in sent if line["kind"] in ("silent", "heard")
    }
    known = {about for about, kind in told.items() if kind == "silent"}
    with duckdb.connect(str(current.path / DATABASE), read_only=True) as con:
        rows = con.execute(_FRESHNESS).fetchall()
    silent = {source: f"{how}, last landed {at or 'never'}" for source, how, at in rows}
    return (
        {source: how for source, how in silent.items() if source not in known},
        sorted(known - silent.keys()),
    )


def _release_beside(
    sent: Sequence[Mapping[str, Any]],
    current: Release | None,
    known: Sequence[Release],
    night: date,
) -> str:
    """Return the release of a night that a newer one keeps from readers; "" if told, or none."""
    made = [release.release_id for release in known if release.logical_date == night]
    if current is None or current.logical_date <= night or not made:
        return ""
    told = {line["cause"] for line in sent if line["kind"] == "beside"}
    return "" if made[-1] in told else made[-1]


def _newly_refused(sent: Sequence[Mapping[str, Any]], landing: Path, night: date) -> dict[str, str]:
    """Return the refused files that are waited for, with why, but for those that were told of."""
    told = {(line["about"], line["cause"]) for line in sent if line["kind"] == "refused"}
    refused = {shown(refusal): refusal.reason for refusal in open_refusals(landing, night)}
    return {file: why for file, why in refused.items() if (file, why) not in told}


def _files(count: int) -> str:
    return "a file was" if count == 1 else f"{count} files were"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_WHY else text[: _LONGEST_WHY - 1] + "…"


def _moment(now: datetime | None) -> datetime:
    return (now or datetime.now(UTC)).astimezone(UTC)


def _seconds(now: datetime | None) -> str:
    return _moment(now).isoformat(timespec="seconds")
