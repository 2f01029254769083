"""Probes of a home: rights, locks, disk, clock, releases, landing, what was left over."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from reachline.landing import all_manifests, unnamed_files
from reachline.landing.copies import ORPHANS
from reachline.landing.manifests import sequence_names
from reachline.landing.verify import readable_manifests
from reachline.local_airflow.environment import PASSWORDS
from reachline.night import lock_holder, read_journal
from reachline.operation.findings import Finding
from reachline.private import is_open_to_others
from reachline.publish.releases import broken_releases, current_fault, current_release
from reachline.settings import Paths, Settings

MEBIBYTE = 1024**2

_STALE_SECONDS = 24 * 3600
_CLOCK_MAY_DIFFER = timedelta(minutes=5)
_NIGHTS_AHEAD = 30
_NIGHTS_BEFORE = 14
_INODES_LEFT = 0.05
_PUBLIC = 0o007


def rights(where: Paths) -> Iterator[Finding]:
    """Look at who may read secrets and data, and whether the folders can be written."""
    area = "rights"
    if not where.home.exists():
        yield Finding(area, "note", f"{where.home} is not there yet: the first night makes it")
        return
    airflow = Path(os.environ.get("AIRFLOW_HOME") or where.airflow)
    names = ("airflow.cfg", "airflow.db", "fernet_key.txt", "jwt_secret.txt", PASSWORDS)
    secrets = [where.key, *(airflow / name for name in names)]
    found = [path for path in secrets if path.is_file() and is_open_to_others(path)]
    for path in found:
        text = f"{path} holds secrets, and others may read it (mode {_mode(path):04o})"
        yield Finding(area, "error", text, f"chmod 600 {path}")
    folders = (where.home, where.inbox, where.landing, where.warehouse, where.published, where.logs)
    stuck = [path for path in folders if path.exists() and not _is_writable(path)]
    for path in stuck:
        text = f"{path} can't be written by {_user()}"
        yield Finding(area, "error", text, f"chown -R {_user()} {path}")
    is_closed = not _mode(where.home) & stat.S_IXOTH
    public = [] if is_closed else [path for path in _all_files(where) if _mode(path) & _PUBLIC]
    if public:
        text = f"{len(public)} files of data are for everybody, such as {public[0]}"
        remedy = f"chmod o-rwx {where.home}; set the umask 0027 of what runs the nights"
        yield Finding(area, "warning", text, remedy)
    if not found and not stuck and not public:
        yield Finding(area, "ok", "secrets are for their owner, data for owner and group")


def _is_writable(path: Path) -> bool:
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)


def _all_files(where: Paths) -> Iterator[Path]:
    """Yield the files of data; those that go meanwhile are left out."""
    for folder in (where.landing, where.warehouse, where.published):
        for path in folder.rglob("*"):
            with suppress(FileNotFoundError):
                if not path.is_symlink() and path.is_file():
                    yield path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user may have no name
        return str(os.geteuid())


def locks(where: Paths) -> Iterator[Finding]:
    """Say who holds the locks of a home, since when, and which were left by killed runs."""
    area = "locks"
    holder = lock_holder(where)
    if holder is not None:
        since = f"{holder.since:%Y-%m-%d %H:%M} UTC"
        if holder.is_held:
            yield Finding(area, "note", f"a run is under way: {holder.who}, since {since}")
        else:
            text = f"a run was killed: {holder.who}, begun {since}. Its lock is free"
            yield Finding(area, "note", text, "reachline status; the next run takes the lock")
    held = _held_locks()
    free = True
    for path in _lock_files(where):
        for pid in held.get(path.stat().st_ino, ()):
            if _has_open(pid, path):
                free = False
                yield Finding(area, "note", f"{path.relative_to(where.home)}: held by {_name(pid)}")
    if holder is None and free:
        yield Finding(area, "ok", "no lock is held")


def _lock_files(where: Paths) -> Iterator[Path]:
    for folder in (where.landing, where.inbox, where.landing / "_quota"):
        if folder.is_dir():
            yield from sorted(path for path in folder.glob(".*lock") if path.is_file())


def _held_locks() -> dict[int, list[int]]:
    """Return the processes that hold file locks, by inode; {} where the system does not tell."""
    held: dict[int, list[int]] = {}
    with suppress(OSError):
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            match = re.match(r"\d+: FLOCK +\w+ +\w+ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) ", line)
            if match:
                held.setdefault(int(match[2]), []).append(int(match[1]))
    return held


def _has_open(pid: int, path: Path) -> bool:
    """Say if a process has a file open: inodes of other file systems have the same numbers."""
    with suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if os.path.samestat(handle.stat(), path.stat()):
                    return True
    return False


def _name(pid: int) -> str:
    import psutil

    try:
        process = psutil.Process(pid)
        began = datetime.fromtimestamp(process.create_time(), UTC)
        return f"process {pid} ({process.name()}), begun {began:%Y-%m-%d %H:%M} UTC"
    except psutil.Error:
        return f"process {pid}"


def disk(where: Paths) -> Iterator[Finding]:
    """Compare what is free with what the last nights took.

    A night writes a release beside the others before an old one goes, grows landing and the done
    files of the inbox by what came in, and spills what does not fit into memory.
    """
    area = "disk"
    current = current_release(where.published)
    release = _size(current.path) if current is not None else 0
    landed = _landed_a_night(where)
    warehouse = _size(where.warehouse)
    # what is needed for a night, and what each night leaves
    needs = {
        where.published: (release, 0),
        where.landing: (landed, landed),
        where.inbox: (landed, landed),
        where.warehouse: (warehouse, 0),
    }
    by_disk: dict[int, list[Path]] = {}
    for path in needs:
        by_disk.setdefault(_there(path).stat().st_dev, []).append(path)
    for paths in by_disk.values():
        of_disk = os.statvfs(_there(paths[0]))
        free = of_disk.f_bavail * of_disk.f_frsize
        need = sum(needs[path][0] for path in paths)
        grows = sum(needs[path][1] for path in paths)
        names = ", ".join(path.name for path in paths)
        text = f"{_mib(free)} free for {names}; a night needs {_mib(need)}"
        remedy = "reachline upkeep --dry-run; free some space"
        if free < need:
            yield Finding(area, "error", text, remedy)
        elif free < 2 * need + _NIGHTS_AHEAD * grows:
            more = f" and leaves {_mib(grows)}: it is full in {_nights(free, need, grows)} nights"
            yield Finding(area, "warning", text + more, remedy)
        else:
            yield Finding(area, "ok", text)
        if of_disk.f_files and of_disk.f_favail < _INODES_LEFT * of_disk.f_files:
            text = f"only {of_disk.f_favail:,} of {of_disk.f_files:,} inodes are left for {names}"
            yield Finding(area, "warning", text, remedy)


def _nights(free: int, need: int, grows: int) -> str:
    return f"{max(0, free - need) // grows:,}" if grows else "a few"


def _there(path: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    while not path.exists():
        path = path.parent
    return path


def _landed_a_night(where: Paths) -> int:
    """Return the bytes that landed for the largest of the last 14 nights."""
    by_night: dict[str, int] = {}
    for manifest in all_manifests(where.landing):
        if manifest.kind == "batch":
            size = by_night.get(manifest.logical_date, 0)
            by_night[manifest.logical_date] = size + manifest.bytes
    return max((by_night[night] for night in sorted(by_night)[-_NIGHTS_BEFORE:]), default=0)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if not path.is_symlink() and path.is_file():
                total += path.stat().st_size
    return total


def _mib(size: int) -> str:
    return f"{size / MEBIBYTE:,.0f} MiB"


def clock(where: Paths, settings: Settings | None, now: datetime) -> Iterator[Finding]:
    """Compare the clock with what was written last, and say which zone nights are in."""
    area = "clock"
    newest = _newest(where)
    is_behind = newest is not None and newest[0] > now + _CLOCK_MAY_DIFFER
    if newest is not None and is_behind:
        text = (
            f"it is {now:%Y-%m-%d %H:%M} UTC, but {newest[1]} is of {newest[0]:%Y-%m-%d %H:%M}: "
            "the clock is behind, or was ahead then"
        )
        yield Finding(area, "error", text, "timedatectl status, and set the clock")
    if settings is None:
        yield Finding(area, "note", "the configuration does not say which time zone nights are in")
        return
    zone = ZoneInfo(settings.config.reporting.time_zone)
    text = f"it is {now.astimezone(zone):%Y-%m-%d %H:%M} in {zone}, where nights are of"
    yield Finding(area, "note" if is_behind else "ok", text)


def _newest(where: Paths) -> tuple[datetime, str] | None:
    """Return the latest moment that the home tells of, and what tells it."""
    told = [
        (datetime.fromisoformat(manifest.landed_at), f"the manifest {manifest.sequence}")
        for manifest in all_manifests(where.landing)
        if manifest.landed_at
    ]
    told += [
        (datetime.fromisoformat(line["at"]), f"{line['step']} of {line['night']} in the journal")
        for line in read_journal(where)
    ]
    return max(told, default=None)


def releases(where: Paths) -> Iterator[Finding]:
    """Name releases that are not whole, and a `current` that leads to none."""
    area = "releases"
    fault, broken = current_fault(where.published), broken_releases(where.published)
    if fault is not None:
        remedy = "reachline release ls; reachline release rollback RELEASE"
        yield Finding(area, "error", fault, remedy)
    for text in broken:
        if text not in (fault or ""):
            yield Finding(area, "warning", text, f"rm -r {text.split(': ')[0]}")
    current = current_release(where.published)
    if current is not None and not broken:
        yield Finding(area, "ok", f"current is {current.release_id}, and every release is whole")


def landing(where: Paths) -> Iterator[Finding]:
    """Look for manifests that are missing or damaged; the files are read by `landing verify`."""
    area = "landing"
    _, problems = readable_manifests(where.landing)
    for problem in problems:
        yield Finding(area, "error", str(problem), "reachline landing verify --repair")
    count = len(sequence_names(where.landing))
    if not problems:
        yield Finding(area, "ok", f"{count:,} manifests, none is missing")


def orphans(where: Paths) -> Iterator[Finding]:
    """Name what killed runs left: orphans, half releases, scratch, write-ahead logs."""
    area = "orphans"
    found = [
        *_of_landing(where.landing),
        *_of_releases(where.published),
        *_of_warehouse(where),
    ]
    yield from found or [Finding(area, "ok", "nothing was left over")]


def _of_landing(root: Path) -> Iterator[Finding]:
    area = "orphans"
    aside = [path for path in (root / ORPHANS).rglob("*") if path.is_file()]
    if aside:
        text = f"{len(aside)} files in {root / ORPHANS}, which no manifest names"
        remedy = "reachline landing verify --repair; look at what it leaves, then delete it"
        yield Finding(area, "warning", text, remedy)
    unnamed = unnamed_files(root)
    if unnamed:
        text = f"{len(unnamed)} files of batches have no manifest, such as {unnamed[0]}"
        yield Finding(area, "warning", text, "reachline landing verify --repair")


def _of_releases(published: Path) -> Iterator[Finding]:
    left = _old((published / "releases").glob(".*.partial"))
    if left:
        text = f"{len(left)} releases that were never finished, such as {left[0]}"
        yield Finding("orphans", "note", text, "reachline upkeep --only scratch")


def _of_warehouse(where: Paths) -> Iterator[Finding]:
    area, folder = "orphans", where.warehouse
    left = _old((folder / "scratch").glob("*"))
    if left:
        names = ", ".join(path.name for path in left[:3])
        text = f"{len(left)} older nights were not built to their end: {names}"
        yield Finding(area, "note", text, "reachline upkeep --only scratch")
    holder = lock_holder(where)
    if holder is None or not holder.is_held:
        for path in sorted(folder.glob("*.wal")):
            text = f"{path} is of a run that was killed; the next one reads it in"
            yield Finding(area, "note", text, "leave it where it is")


def _old(paths: Iterable[Path]) -> list[Path]:
    """Return the folders in which nothing was written to for a day."""
    return sorted(path for path in paths if is_old(path, _STALE_SECONDS))


def is_old(folder: Path, seconds: float) -> bool:
    """Say if neither a folder nor anything in it was written to for so many seconds."""
    moments = []
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            moments.append(path.lstat().st_mtime)
    return bool(moments) and time.time() - max(moments) > seconds
