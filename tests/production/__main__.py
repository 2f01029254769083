"""`make soak`: the services for as long as is asked for, with nights, faults and catch-ups.

Round by round something is dropped, a night is run, and something goes wrong: a task or the
scheduler is killed, the page is stopped and started, a backfill catches up. At the end of each
round the processes are measured. Fails where a night ends otherwise than it should, or where
memory, handles or connections keep growing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg

from reachline.sandbox.world import write_world
from tests.production.services import PARTS, Services, nights_in_order, services
from tests.unit.nights import ORDERS

LAST = datetime.now(UTC).date() - timedelta(days=1)
GROWTH = 1.25
"""How many times of what it was after two rounds a measure may be at the end."""


@dataclass(frozen=True)
class Measured:
    """A part at the end of a round: memory with its share (MB), open files, processes."""

    megabytes: float
    handles: int
    processes: int


@dataclass(frozen=True)
class Round:
    """What happened in a round, how long its night took, and how all parts were then."""

    fault: str
    seconds: float
    parts: dict[str, Measured]
    connections: int


class Soak:
    """The rounds of a soak over services that run."""

    def __init__(self, running: Services) -> None:
        self.running, self.rounds = running, list[Round]()
        self.numbers = itertools.count(1)
        self.backfilled = itertools.count(1)

    def drop(self) -> None:
        """Drop some orders of the last night, and nobody else's numbers."""
        number = next(self.numbers)
        rows = [
            f"soak-{number}-{row},{LAST}T12:00:{row:02}Z,USD,10.00,placed\n" for row in range(50)
        ]
        folder = self.running.home / "inbox/orders"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"soak-{number}.csv").write_text(ORDERS + "".join(rows), encoding="utf-8")

    def night(self, fault: Callable[[str], None]) -> float:
        """Run a night, let something happen to it, and wait until it has ended well."""
        self.drop()
        began = time.monotonic()
        run = self.running.trigger("nightly", night=LAST.isoformat())
        fault(run)
        state = self.running.wait("nightly", run, 1800)
        if state != "success":
            raise SystemExit(f"{run} is {state}: {self.running.journal()[-1]}")
        return time.monotonic() - began

    # --- what goes wrong --------------------------------------------------------------------------

    def nothing(self, run: str) -> None:
        """Let the night be."""

    def kill_task(self, run: str) -> None:
        """Kill the process of a step."""
        self.running.wait_task("nightly", run, "model", "running")
        pid = self.running.tasks("nightly", run)["model"]["pid"]
        os.kill(int(pid), signal.SIGKILL)

    def kill_scheduler(self, run: str) -> None:
        """Kill the scheduler and its tasks, and start it anew."""
        self.running.wait_task("nightly", run, "stage", "running")
        self.running.kill("scheduler")
        self.running.start("scheduler")

    def restart_page(self, run: str) -> None:
        """Stop and start the API server between two steps."""
        self.running.wait_task("nightly", run, "check_config", "success")
        self.running.stop("api-server")
        self.running.start("api-server")

    def catch_up(self, run: str) -> None:
        """Backfill a night from before, which waits for this one."""
        day = LAST - timedelta(days=next(self.backfilled))
        body = {
            "dag_id": "nightly",
            "from_date": f"{day}T00:00:00Z",
            "to_date": f"{day}T00:00:00Z",
            "reprocess_behavior": "none",
        }
        self.running.ask("POST", "/backfills", body)
        runs = [name for name in self.running.runs("nightly") if name.startswith("backfill")]
        newest = max(runs, key=lambda name: self.running.runs("nightly")[name]["queued_at"])
        if self.running.wait("nightly", newest, 1800) != "success":
            raise SystemExit(f"{newest} failed: {self.running.journal()[-1]}")

    def go_on(self, seconds: float) -> None:
        """Go through the faults again and again until the time is over."""
        faults = (
            self.nothing, self.kill_task, self.catch_up, self.nothing, self.kill_scheduler,
            self.nothing, self.restart_page,
        )  # fmt: skip
        deadline = time.monotonic() + seconds
        for fault in itertools.cycle(faults):
            if time.monotonic() > deadline:
                return
            took = self.night(fault)
            time.sleep(5)
            self.rounds.append(Round(fault.__name__, took, *self.measure()))
            print(_line(len(self.rounds), self.rounds[-1]), flush=True)

    # --- what is measured -------------------------------------------------------------------------

    def measure(self) -> tuple[dict[str, Measured], int]:
        """Return each part's memory, handles and processes, and the database's connections."""
        parts = {}
        for part in PARTS:
            found = self.running.processes(part)
            memory, handles = 0.0, 0
            for process in found:
                try:
                    # with its share of what it has in common with the children that it forks
                    memory += process.memory_full_info().pss / 1e6
                    handles += process.num_fds()
                except psutil.NoSuchProcess:
                    continue
            parts[part] = Measured(memory, handles, len(found))
        with psycopg.connect(
            host="127.0.0.1", port=self.running.database_port, user="reachline",
            dbname="reachline", password=self.running.secret("database_password"),
        ) as con:  # fmt: skip
            asked = "select count(*) from pg_stat_activity where datname = 'reachline'"
            row = con.execute(asked).fetchone()
        assert row is not None
        return parts, int(row[0])

    def faults(self) -> list[str]:
        """Return what should not be: measures that grew, nights that mixed, files left over."""
        found = []
        for part in PARTS:
            for name in ("megabytes", "handles", "processes"):
                # a part that was started anew begins anew: the least is compared, not the first
                values = [getattr(each.parts[part], name) for each in self.rounds]
                early, late = min(values[:3]), min(values[-3:])
                if len(values) >= 6 and late > GROWTH * max(early, 20):
                    found.append(f"{part}: {name} grew from {early:.0f} to {late:.0f}")
        connections = [each.connections for each in self.rounds]
        if len(connections) >= 6 and min(connections[-3:]) > GROWTH * max(connections[:3]):
            found.append(f"connections to the database grew: {connections}")
        lines = self.running.journal()
        stretches = nights_in_order([line for line in lines if line["outcome"] == "done"])
        whole = len([line for line in lines if line["step"] == "publish"])
        if len(stretches) > whole:
            found.append(f"nights mixed: {whole} were published, in {len(stretches)} stretches")
        if (self.running.home / ".night.json").exists():
            found.append("a turn is left over")
        return found


def _line(number: int, each: Round) -> str:
    parts = "  ".join(
        f"{part} {one.megabytes:.0f} MB {one.handles} fd" for part, one in each.parts.items()
    )
    return (
        f"{number:>3}  {each.fault:14} {each.seconds:>5.0f} s  {parts}  "
        f"{each.connections} connections"
    )


def main() -> int:
    """Run the soak from the command line."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--report", type=Path, help="a file to write the figures to, as JSON")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="reachline-soak-"))
    try:
        world = write_world(folder / "world", nights=1, size="small", start=LAST)
        with services(folder / "services", world.config) as running:
            running.migrate()
            running.start(*PARTS)
            soak = Soak(running)
            soak.drop()
            running.unpause("nightly")
            while not (first := running.runs("nightly")):
                time.sleep(1)
            state = running.wait("nightly", next(iter(first)), 1800)
            if state != "success":
                raise SystemExit(f"the first night is {state}: {running.journal()[-1]}")
            soak.go_on(options.minutes * 60)
            faults = soak.faults()
            nights = len([line for line in running.journal() if line["step"] == "publish"])
            size = sum(path.stat().st_size for path in running.home.rglob("*") if path.is_file())
            left = [running.stop(part) for part in PARTS]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    plain = [each.seconds for each in soak.rounds if each.fault == "nothing"]
    print(
        f"{options.minutes:g} minutes: {nights} nights published, {len(soak.rounds)} rounds; "
        f"a plain night took {statistics.median(plain or [0]):.0f} s; "
        f"{size / 1e6:.0f} MB in the home; stopped in {max(left):.0f} s"
    )
    if options.report:
        told = [
            {**vars(each), "parts": {name: vars(one) for name, one in each.parts.items()}}
            for each in soak.rounds
        ]
        options.report.write_text(json.dumps(told, indent=1), encoding="utf-8")
    for fault in faults:
        print(f"NOT FLAT: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
