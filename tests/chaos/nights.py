"""What can happen to a whole night: signals, disks, lost files, clocks, other nights, readers.

    python -m tests.chaos.nights FOLDER ATTACK:SEED…

It prints a line of JSON for each attack. Its environment preloads faults.so; FOLDER is its own, the
homes that attacks start from lie beside it.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from reachline import landing
from reachline.landing.manifests import MANIFESTS, manifest_path
from reachline.night import NightBusyError, run_night
from reachline.night.steps import calls_of
from reachline.publish.releases import current_release, releases, rollback
from reachline.settings import Settings
from reachline.warehouse import runs
from reachline.warehouse.files import is_whole
from tests.chaos import faults
from tests.chaos.children import Child, StoppedError, in_child, recovery
from tests.chaos.states import difference, whole_releases
from tests.chaos.units import settings_in
from tests.end_to_end.homes import published_tables
from tests.shared import made_once
from tests.unit.nights import FIRST, ORDERS, SECOND, drop, order

GOALS = {"fct_orders", "fct_attribution", "coverage", "run", "batches", "rejects", "data_health"}
"""What a struck night builds, with all that they are made of: the others would take as long again,
and have no row. Where the warehouse is gone, everything."""

Twins = tuple[dict[str, Any], dict[str, Any]]
"""What an undisturbed second night leaves, where it builds GOALS and where it builds everything."""


@dataclass(frozen=True)
class Homes:
    """Homes of a few orders in which no night, the first, or both have run, each once in all."""

    folder: Path

    def after(self, nights: int) -> Path:
        """Return the home after so many nights; nobody writes into it."""
        return made_once(self.folder / f"after-{nights}", lambda into: self._run(into, nights))

    def waiting(self, home: Path) -> None:
        """Make a home that waits for its second night."""
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.after(1), home, symlinks=True)
        drop(home, "second.csv", ORDERS + order(3, SECOND) + order(1, FIRST, "11.00") + "broken\n")
        drop(home, "third.csv", ORDERS + order(4, SECOND) + "o9,never,USD,1.00,placed\n")

    def _run(self, into: Path, nights: int) -> Path:
        home = into / "home"
        if nights == 1:
            drop(home, "first.csv", ORDERS + order(1, FIRST) + order(2, FIRST))
            drop(home, "zero.csv", ORDERS + order(5, FIRST))
        else:
            self.waiting(home)
        run_night(settings_in(home), FIRST if nights == 1 else SECOND)
        return home


@dataclass(frozen=True)
class Ground:
    """Where one attack happens: a home that has had its first night, and waits for its second.

    `length` is what the second night takes undisturbed, in seconds; `seen` what it calls.
    """

    homes: Homes
    home: Path
    length: float
    seen: dict[str, int]
    chance: random.Random

    @property
    def settings(self) -> Settings:
        """The settings of the home."""
        return settings_in(self.home)

    @property
    def root(self) -> Path:
        """The landing folder."""
        return self.home / "landing"

    def night(self) -> None:
        """Run the second night in this process."""
        runs.GOALS = GOALS if is_whole(self.home / "warehouse") else None
        run_night(self.settings, SECOND)

    def start(
        self, fault: faults.Fault | None = None, below: str = "", clock: int = 0
    ) -> Child[str]:
        """Start the second night in a child, which says what it raised, if anything."""

        def run() -> str:
            faults.arm(self.home / below if below else self.home, fault)
            faults.set_clock(clock)
            try:
                self.night()
            except Exception as error:
                return f"{type(error).__name__}: {error}"
            finally:
                faults.disarm()
            return ""

        return Child(run)

    def must_stop(self, *names: str) -> str:
        """Run the second night, which one of these errors must stop."""
        raised = self.start().answer()
        if not raised.startswith(names):
            raise AssertionError(f"the night was not stopped: {raised or 'it ended well'}")
        return raised

    def some_time(self) -> float:
        """Return seconds that lie within the night."""
        return self.chance.uniform(0.02, 0.98) * self.length

    def some_batch(self) -> landing.Manifest:
        """Return one of the batches that have rows."""
        return self.chance.choice([m for m in landing.manifests(self.root) if m.path])


def _strike(ground: Ground, number: int) -> tuple[Child[str], float]:
    """Start a night and send it a signal while it runs; return it, and after how many seconds."""
    seconds = ground.some_time()
    while True:
        child = ground.start()
        time.sleep(seconds)
        if child.is_running():
            os.kill(child.pid, number)
            return child, seconds
        # the machine has become quicker
        child.end()
        ground.homes.waiting(ground.home)
        seconds /= 2


def _signalled(number: int) -> Callable[[Ground], str]:
    def attack(ground: Ground) -> str:
        child, seconds = _strike(ground, number)
        return f"after {seconds:.1f} s: {child.end()}"

    return attack


def _frozen(ground: Ground) -> str:
    """A night that stands still holds its lock, and goes on as if nothing had been."""
    child, _ = _strike(ground, signal.SIGSTOP)
    try:
        second = ground.start().answer()
        if not second.startswith("NightBusyError: "):
            raise AssertionError(f"a second night ran beside it: {second or 'it ended well'}")
    finally:
        os.kill(child.pid, signal.SIGCONT)
    if raised := child.answer():
        raise AssertionError(f"it did not go on: {raised}")
    return second


def _called(how: str) -> Callable[[Ground], str]:
    def attack(ground: Ground) -> str:
        calls = [c for c in faults.CALLS if ground.seen[c] and how in faults.OF_CALL[c]]
        call = ground.chance.choice(calls)
        fault = faults.Fault(call, ground.chance.randint(1, ground.seen[call]), how)
        return f"{fault}: {ground.start(fault).end()}"

    return attack


def _read_only(ground: Ground) -> str:
    folder = ground.chance.choice(("inbox", "landing", "warehouse", "published", "logs"))
    fault = faults.Fault(ground.chance.choice(("open", "rename")), 1, "EROFS")
    return f"{folder}, {fault}: {ground.start(fault, folder).end()}"


def _flip(path: Path, chance: random.Random) -> bytes:
    """Turn one bit of a file, and return what it was."""
    sound = path.read_bytes()
    at = chance.randrange(len(sound))
    path.write_bytes(sound[:at] + bytes([sound[at] ^ 1 << chance.randrange(8)]) + sound[at + 1 :])
    return sound


def _new_batch_rots(ground: Ground) -> str:
    """A bit of a batch that no night has read yet."""
    before = {m.batch_id for m in landing.manifests(ground.root)}
    calls_of(ground.settings, SECOND, promoted=False)["land_inbox"]()
    new = [m for m in landing.manifests(ground.root) if m.batch_id not in before and m.path]
    path = ground.root / str(ground.chance.choice(new).path)
    sound = _flip(path, ground.chance)
    raised = ground.must_stop("GateBlocked")
    path.write_bytes(sound)
    return raised


def _old_batch_rots(ground: Ground) -> str:
    """A bit of a batch that is read again, because the warehouse is gone."""
    path = ground.root / str(ground.some_batch().path)
    sound = _flip(path, ground.chance)
    _remove_warehouse(ground.home)
    raised = ground.must_stop("GateBlocked", "WarehouseError")
    path.write_bytes(sound)
    return raised


def _remove_warehouse(home: Path) -> None:
    for path in (home / "warehouse").glob("*.duckdb*"):
        path.unlink()


def _manifest_rots(ground: Ground) -> str:
    """A bit of a manifest; its copy says what it said."""
    path = ground.chance.choice(sorted((ground.root / MANIFESTS).glob("*.json")))
    _flip(path, ground.chance)
    raised = ground.must_stop("LandingError", "GateBlocked")
    landing.repair(ground.root)
    return raised


def _manifest_lost(ground: Ground) -> str:
    gone = ground.some_batch()
    manifest_path(ground.root, gone.sequence).unlink()
    raised = ground.must_stop("GateBlocked")
    landing.repair(ground.root)
    return raised


def _manifest_doubled(ground: Ground) -> str:
    """A batch under a second number, as where two copies of a folder were put together."""
    batch = ground.some_batch()
    number = max(m.sequence for m in landing.all_manifests(ground.root)) + 1
    path = manifest_path(ground.root, number)
    if ground.chance.random() < 0.5:
        shutil.copyfile(manifest_path(ground.root, batch.sequence), path)
        raised = ground.must_stop("LandingError")
        path.unlink()
        return raised
    path.write_text(replace(batch, sequence=number).to_json(), encoding="utf-8")
    raised = ground.must_stop("GateBlocked")
    path.unlink()
    # others have landed meanwhile, so its number is missing now
    landing.declare_lost(ground.root, number, "was never one")
    return raised


def _older_warehouse(ground: Ground) -> str:
    """The working files of the night before, put back after the second night."""
    _second_night_was(ground)
    _remove_warehouse(ground.home)
    for path in (ground.homes.after(1) / "warehouse").glob("*.duckdb"):
        shutil.copy2(path, ground.home / "warehouse" / path.name)
    return "both files"


def _half_older_warehouse(ground: Ground) -> str:
    """One of the two working files of the night before."""
    _second_night_was(ground)
    name = ground.chance.choice(("warehouse.duckdb", "staging.duckdb"))
    shutil.copy2(ground.homes.after(1) / "warehouse" / name, ground.home / "warehouse")
    raised = ground.must_stop("WarehouseFileError")
    _remove_warehouse(ground.home)
    return f"{name}: {raised}"


def _second_night_was(ground: Ground) -> None:
    """Let the home be one whose second night has ended well."""
    shutil.rmtree(ground.home)
    shutil.copytree(ground.homes.after(2), ground.home, symlinks=True)


def _log_left(ground: Ground) -> str:
    """A write-ahead log of a process that was killed before its checkpoint."""
    name = ground.chance.choice(("warehouse", "staging"))
    path = ground.home / "warehouse" / f"{name}.duckdb"

    def write() -> None:
        con = duckdb.connect(str(path))
        con.execute("set checkpoint_threshold = '1TB'")
        if name == "warehouse":
            con.execute("create or replace macro main.left_over() as 1")
        else:
            con.execute("create table ops.left_over as select * from range(1000)")
        os.kill(os.getpid(), signal.SIGKILL)

    Child(write).end()
    if not path.with_name(path.name + ".wal").exists():
        raise AssertionError("no log was left")
    return name


def _log_of_rubbish(ground: Ground) -> str:
    name = ground.chance.choice(("warehouse", "staging"))
    path = ground.home / "warehouse" / f"{name}.duckdb.wal"
    path.write_bytes(ground.chance.randbytes(10_000))
    raised = ground.start().answer()
    if raised:
        if not raised.startswith("WarehouseFileError"):
            raise AssertionError(f"it does not say what to do: {raised}")
        _remove_warehouse(ground.home)
    return f"{name}: {raised or 'passed over'}"


def _clock(*days: int) -> Callable[[Ground], str]:
    def attack(ground: Ground) -> str:
        off = ground.chance.choice(days)
        if raised := ground.start(clock=off * 24 * 3600).answer():
            raise AssertionError(f"the clock {off} days off stopped it: {raised}")
        return f"{off} days off"

    return attack


def _two_at_once(ground: Ground) -> str:
    first = ground.start()
    time.sleep(ground.chance.choice((0.0, 0.01, 0.3)))
    second = ground.start()
    raised = sorted((first.answer(), second.answer()))
    if raised[0] or not raised[1].startswith(NightBusyError.__name__):
        raise AssertionError(f"not one of them ran and the other was told: {raised}")
    return raised[1]


SWAPS = 50


def _swaps(ground: Ground) -> str:
    """Readers open `current` while it is swapped between two releases."""
    _second_night_was(ground)
    published = ground.home / "published"
    ids = [release.release_id for release in releases(published)]
    stop = ground.home / "stop"

    def read() -> tuple[int, list[str]]:
        wanted = {name: _rows(published / "releases" / name) for name in ids}
        reads, wrong = 0, []
        while not stop.exists():
            found = _rows(published / "current")
            reads += 1
            if found not in wanted.values():
                wrong.append(str(found))
        return reads, wrong

    readers = [Child(read) for _ in range(3)]
    for number in range(SWAPS):
        rollback(published, ids[number % 2])
        time.sleep(ground.chance.uniform(0, 0.2))
    stop.touch()
    answers = [reader.answer() for reader in readers]
    stop.unlink()
    if any(wrong for _, wrong in answers) or not all(reads for reads, _ in answers):
        raise AssertionError(str(answers))
    return f"{SWAPS} swaps, {sum(reads for reads, _ in answers)} reads"


def _rows(release: Path) -> list[Any]:
    """Return the sums of some tables of a release, as one reader sees them."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(
            "select logical_date, (select count(*) from core.fct_orders), "
            "(select sum(attributed_revenue) from reports.campaign_daily), "
            "(select count(*) from core.fct_post_daily) from meta.run"
        ).fetchall()


ATTACKS: dict[str, tuple[int, Callable[[Ground], str]]] = {
    "SIGTERM": (4, _signalled(signal.SIGTERM)),
    "SIGKILL": (3, _signalled(signal.SIGKILL)),
    "SIGKILL at a call": (3, _called("kill")),
    "SIGSTOP, and a second night": (3, _frozen),
    "full disk": (4, _called("full")),
    "read-only disk": (2, _called("EROFS")),
    "read-only folder": (4, _read_only),
    "a bit of a new batch": (2, _new_batch_rots),
    "a bit of an old batch": (1, _old_batch_rots),
    "a bit of a manifest": (1, _manifest_rots),
    "manifest lost": (2, _manifest_lost),
    "manifest doubled": (2, _manifest_doubled),
    "older warehouse": (1, _older_warehouse),
    "half of an older warehouse": (1, _half_older_warehouse),
    "log left over": (2, _log_left),
    "log of rubbish": (1, _log_of_rubbish),
    "clock set back": (2, _clock(-1, -400)),
    "clock ahead": (1, _clock(1, 400)),
    "two nights at once": (2, _two_at_once),
    "readers during 50 swaps": (1, _swaps),
}
"""Each attack with its share of forty."""


def planned(count: int) -> list[tuple[str, int]]:
    """Return so many attacks with their seeds, each kind as often as its share says."""
    every = [(name, seed) for name, (times, _) in ATTACKS.items() for seed in range(times)]
    # the first of each kind come first
    every.sort(key=lambda one: one[1])
    rounds = range(count // len(every) + 1)
    return [(name, seed + n * 100) for n in rounds for name, seed in every][:count]


def _differs(state: dict[str, Any], twins: Twins) -> str:
    """Return where a state differs from the first twin; empty where it is one of the two."""
    return "" if state in twins else difference(state, twins[0])


def _problems(home: Path, twins: Twins) -> list[str]:
    """Return what must never be: a release that is not whole, or a wrong one of the last night."""
    found = whole_releases(home / "published")
    current = current_release(home / "published")
    if not found and current is not None and current.logical_date == SECOND:
        tables = published_tables(home)
        if all(tables != twin["tables"] for twin in twins):
            wrong = difference(tables, twins[0]["tables"])
            found.append(f"a wrong release is served: {wrong}")
    return found


def _state(home: Path) -> dict[str, Any]:
    root = home / "landing"
    return {
        "tables": published_tables(home),
        "batches": sorted((m.batch_id, m.rows, m.rejected) for m in landing.manifests(root)),
        "landing": [str(finding) for finding in landing.verify(root)],
        "inbox": sorted(p.relative_to(home).as_posix() for p in (home / "inbox").rglob("*.*")),
    }


def attempt(name: str, seed: int, ground: Ground, twins: Twins) -> dict[str, Any]:
    """Make one attack, run the night again, and return what became of it."""
    ground.homes.waiting(ground.home)
    wrong: list[str] = []
    what = ""
    try:
        what = in_child(lambda: ATTACKS[name][1](ground))
    except StoppedError as stop:
        wrong.append(f"during the attack: {stop}")
    again, seconds = recovery(
        lambda: _problems(ground.home, twins),
        ground.night,
        lambda: _differs(_state(ground.home), twins),
    )
    shutil.rmtree(ground.home, ignore_errors=True)
    return {"attack": name, "seed": seed, "what": what, "wrong": wrong + again, "seconds": seconds}


def main() -> None:
    """Make all attacks that are asked for."""
    folder, *wanted = sys.argv[1:]
    mine = Path(folder)
    logging.disable(logging.CRITICAL)
    homes = Homes(mine.parent / "homes")
    home = mine / "home"
    mine.mkdir(parents=True, exist_ok=True)
    in_child(lambda: homes.after(1))
    in_child(lambda: homes.after(2))
    ground = Ground(homes, home, 0.0, {}, random.Random())
    homes.waiting(home)
    if not landing.manifests(home / "landing"):
        raise RuntimeError("nothing landed in the first night")
    # here, so that what children import is there already, and once more for what it takes
    ground.night()
    homes.waiting(home)

    def measure() -> tuple[float, dict[str, int]]:
        faults.arm(home, None)
        started = time.perf_counter()
        ground.night()
        return time.perf_counter() - started, faults.seen()

    length, seen = in_child(measure)
    twins = in_child(lambda: (_state(home), _state(homes.after(2))))
    for each in wanted:
        name, _, seed = each.rpartition(":")
        mine_now = replace(ground, length=length, seen=seen, chance=random.Random(each))
        found = attempt(name, int(seed), mine_now, twins)
        if found["wrong"]:
            print(f"{each}: {found}", file=sys.stderr, flush=True)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
