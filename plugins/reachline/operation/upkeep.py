"""What is cleared away: releases, leftovers, pages, logs, rows of Airflow's database.

Nothing goes that a night, a rollback or `current` needs. What must not change while a night runs is
done under its lock. Small old files of landing are packed, and landing is read whole, to see that
it is what its manifests say; nothing of it is removed here.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reachline.configuration.platforms import sources
from reachline.configuration.upkeep import PARTS
from reachline.connectors.ingest import IngestBusyError, one_at_a_time
from reachline.errors import ReachlineError
from reachline.landing import manifests, pack, sweep_store, verify
from reachline.local_airflow.environment import environment
from reachline.night import NightBusyError, run_lock
from reachline.operation.findings import said
from reachline.operation.home_probes import is_old
from reachline.publish.releases import current_fault, prunable, prune, releases
from reachline.settings import Paths, Settings

JOURNAL = "upkeep.jsonl"

_DAY = 24 * 3600
_BLOCKED = "airflow-db-not-allowed"
_CONNECTIONS = ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__SQL_ALCHEMY_CONN")
_UNDER_LOCK = ("releases", "scratch", "gates", "packs")

log = logging.getLogger("reachline.upkeep")


class UpkeepError(ReachlineError):
    """A part of the upkeep could not be done, or found something; the text says what to do."""


@dataclass(frozen=True)
class Cleared:
    """What a part removed, or would remove: what, and the bytes of files that go with it.

    Of `packs` it is what was packed.
    """

    part: str
    removed: tuple[str, ...]
    bytes: int = 0
    is_dry: bool = False
    error: str = ""


def keep_up(
    settings: Settings, parts: Iterable[str] = PARTS, *, is_dry: bool = False
) -> Iterator[Cleared]:
    """Do each part, and yield what it did; one that fails stops no other.

    With `is_dry` nothing is removed and no lock is held. Else logs/upkeep.jsonl gets a line a part.
    """
    for part in parts:
        try:
            held = part in _UNDER_LOCK and not is_dry
            with run_lock(settings, f"upkeep of {part}") if held else nullcontext():
                cleared = _DO[part](settings, is_dry)
        except (NightBusyError, IngestBusyError) as busy:
            # no fault of the home, and nothing for its journal
            yield Cleared(part, (), is_dry=is_dry, error=said(busy))
            continue
        except (ReachlineError, OSError) as error:
            cleared = Cleared(part, (), is_dry=is_dry, error=said(error))
        if not is_dry:
            _write_down(settings.paths, cleared)
        yield cleared


def last_failures(where: Paths) -> list[dict[str, Any]]:
    """Return the last line of each part in the journal that says that it failed."""
    path, last = where.logs / JOURNAL, {}
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        with suppress(ValueError, TypeError, KeyError):
            line = json.loads(text)
            last[line["part"]] = line
    return [line for line in last.values() if line.get("error")]


def _write_down(where: Paths, cleared: Cleared) -> None:
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(cleared)}
    line["removed"] = len(cleared.removed)
    del line["is_dry"]
    path = where.logs / JOURNAL
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        log.warning("%s: %s; it lacks: %s", path, error.strerror, line)


# --- the parts ------------------------------------------------------------------------------------


def _releases(settings: Settings, is_dry: bool) -> Cleared:
    published = settings.paths.published
    fault = current_fault(published)
    if fault is not None:
        raise UpkeepError(f"no release is removed while it is not known which is read. {fault}")
    keep = settings.config.thresholds.keep_releases
    old = prunable(published, keep)
    size = sum(_size(release.path) for release in old)
    names = tuple(release.release_id for release in old)
    if not is_dry:
        names = tuple(prune(published, keep))
    return Cleared("releases", names, size, is_dry)


def _scratch(settings: Settings, is_dry: bool) -> Cleared:
    """Remove what killed runs left half done, once nobody has gone on with it for days."""
    where, days = settings.paths, settings.upkeep.keep_scratch_days
    left = [
        *(where.published / "releases").glob(".*.partial"),
        *(where.warehouse / "scratch").glob("*"),
        *(where.warehouse / "tmp").glob("*"),
    ]
    done = _remove("scratch", where, [path for path in left if is_old(path, days * _DAY)], is_dry)
    swept = sweep_store(where.landing, is_dry=is_dry)
    return replace(done, removed=(*done.removed, *swept))


def _gates(settings: Settings, is_dry: bool) -> Cleared:
    """Remove what gates found on nights that are neither new nor have a release."""
    folders = sorted(path for path in (settings.paths.logs / "gates").glob("*") if path.is_dir())
    keep = settings.config.thresholds.keep_releases
    kept = {str(release.logical_date) for release in releases(settings.paths.published)}
    seconds = settings.upkeep.keep_scratch_days * _DAY
    old = [path for path in folders[:-keep] if path.name not in kept and is_old(path, seconds)]
    return _remove("gates", settings.paths, old, is_dry)


def _logs(settings: Settings, is_dry: bool) -> Cleared:
    """Remove logs of Airflow and events of dbt by age; the journals stay."""
    where, seconds = settings.paths, settings.upkeep.keep_logs_days * _DAY
    files = [
        path
        for path in (*(where.logs / "airflow").rglob("*"), *(where.logs / "openlineage").glob("*"))
        if path.is_file() and not path.is_symlink() and is_old(path, seconds)
    ]
    cleared = _remove("logs", where, files, is_dry)
    for folder in () if is_dry else sorted({path.parent for path in files}, reverse=True):
        with suppress(OSError):  # until one is not empty
            while folder.parent != where.logs:
                folder.rmdir()
                folder = folder.parent
    return cleared


def _airflow(settings: Settings, is_dry: bool) -> Cleared:
    """Have Airflow remove old rows of its database, by its own `airflow db clean`."""
    home = Path(os.environ.get("AIRFLOW_HOME") or settings.paths.airflow)
    if not (home / "airflow.cfg").is_file() and _CONNECTIONS[0] not in os.environ:
        return Cleared("airflow", (), 0, is_dry)
    before = datetime.now(UTC) - timedelta(days=settings.upkeep.keep_airflow_days)
    command = [sys.executable, "-m", "airflow", "db", "clean", "--yes", "--skip-archive"]
    command += ["--clean-before-timestamp", before.isoformat(timespec="seconds")]
    command += ["--dry-run"] if is_dry else ["--error-on-cleanup-failure"]
    done = subprocess.run(
        command,
        env=_airflow_variables(settings, home),
        capture_output=True,
        text=True,
        check=False,
    )
    told = f"{done.stdout}\n{done.stderr}".strip()
    if done.returncode:
        last = "\n".join(told.splitlines()[-5:])
        raise UpkeepError(f"`airflow db clean` ended with {done.returncode}: {last}")
    return Cleared("airflow", tuple(_cleaned_rows(told)), 0, is_dry)


def _airflow_variables(settings: Settings, home: Path) -> Mapping[str, str]:
    """Return the environment of Airflow's own command.

    A task is not told where the database is; then airflow.cfg or a command must say it. Raises
    UpkeepError where nothing does: Airflow would make a database of its own.
    """
    variables = {**os.environ, **environment(settings.paths, settings.config_dir)}
    variables.pop("_AIRFLOW_PROCESS_CONTEXT", None)
    if not variables[_CONNECTIONS[0]].startswith(_BLOCKED):
        return variables
    for name in _CONNECTIONS:
        variables.pop(name, None)
    elsewhere = (f"{_CONNECTIONS[0]}_CMD", f"{_CONNECTIONS[0]}_SECRET")
    if not any(name in variables for name in elsewhere) and not _is_told(home / "airflow.cfg"):
        raise UpkeepError(
            f"a task of Airflow is not told where its database is. Set {elsewhere[0]} to a command "
            "that says it, or let cron call `reachline upkeep --only airflow`."
        )
    return variables


def _is_told(path: Path) -> bool:
    told = ConfigParser(interpolation=None)
    with suppress(OSError, ConfigParserError):
        told.read_string(path.read_text(encoding="utf-8"))
    names = ("sql_alchemy_conn", "sql_alchemy_conn_cmd", "sql_alchemy_conn_secret")
    return any(told.has_option("database", name) for name in names)


_CLEANED = re.compile(r"Found (\d+) rows|table[:=]? ?'?(\w+)")


def _cleaned_rows(told: str) -> Iterator[str]:
    """Yield "rows of table" for each table that `airflow db clean` counts rows of."""
    table = ""
    for line in told.splitlines():
        for rows, name in _CLEANED.findall(line):
            if name:
                table = name
            elif int(rows):
                yield f"{rows} rows of {table or 'a table'}"


def _packs(settings: Settings, is_dry: bool) -> Cleared:
    """Pack small files of landing by age, while no run reads a platform."""
    root, told = settings.paths.landing, settings.upkeep
    today = datetime.now(ZoneInfo(settings.config.reporting.time_zone)).date()
    with ExitStack() as stack:
        landed = {batch.source for batch in manifests(root)} & sources().keys()
        for source in () if is_dry else sorted(landed):
            stack.enter_context(one_at_a_time(settings, source))
        done = pack(
            root,
            ended_before=today - timedelta(days=told.pack_after_days),
            below=told.pack_below_kib * 1024,
            is_dry=is_dry,
        )
    if done.left:
        log.warning(
            "%d small files were not packed, for they are not what their manifests say: "
            "`reachline landing verify` names them",
            len(done.left),
        )
    return Cleared("packs", tuple(f"landing/{name}" for name in done.names), done.bytes, is_dry)


def _verify(settings: Settings, is_dry: bool) -> Cleared:
    """Read all of landing; what differs from its manifests is an error."""
    found = [] if is_dry else verify(settings.paths.landing)
    if found:
        shown = "\n".join(str(finding) for finding in found[:10])
        more = f"\nand {len(found) - 10} more" if len(found) > 10 else ""
        raise UpkeepError(f"{shown}{more}\n`reachline landing verify --repair` mends what can be.")
    return Cleared("verify", (), 0, is_dry)


_DO: dict[str, Callable[[Settings, bool], Cleared]] = {
    "releases": _releases,
    "scratch": _scratch,
    "gates": _gates,
    "logs": _logs,
    "airflow": _airflow,
    "packs": _packs,
    "verify": _verify,
}


def _remove(part: str, where: Paths, found: Sequence[Path], is_dry: bool) -> Cleared:
    size = sum(_size(path) for path in found)
    for path in () if is_dry else found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return Cleared(part, tuple(str(path.relative_to(where.home)) for path in found), size, is_dry)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() and not path.is_symlink() else [path]
    total = 0
    for file in files:
        with suppress(FileNotFoundError):
            if not file.is_dir():
                total += file.lstat().st_size
    return total
