"""Throws faults at one unit, one after another, each at a child of this process.

    python -m tests.chaos.worker FOLDER UNIT SEED…

It prints a line of JSON for each seed. Its environment preloads faults.so; FOLDER is its own, the
homes that faults start from lie beside it.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.chaos import faults
from tests.chaos.children import StoppedError, in_child, recovery
from tests.chaos.states import difference
from tests.chaos.units import UNITS, Unit, copy_home
from tests.shared import made_once


def template_of(unit: Unit, folder: Path) -> Path:
    """Return the home that faults of a unit start from, made once for all workers."""

    def make(into: Path) -> Path:
        home = into / "home"
        if unit.start:
            copy_home(template_of(UNITS[unit.start], folder), home)
        in_child(lambda: unit.prepare(home) and None)
        return home

    return made_once(folder / unit.name, make)


def attempt(unit: Unit, home: Path, fault: faults.Fault | None) -> tuple[bool, dict[str, int], str]:
    """Run the step, and return whether the fault was met, the calls seen, and what was raised."""

    def run() -> tuple[bool, dict[str, int], str]:
        faults.arm(home, fault)
        raised = ""
        try:
            unit.act(home)
        except Exception as error:
            raised = f"{type(error).__name__}: {error}"
        found = faults.is_met(), faults.seen(), raised
        faults.disarm()
        return found

    return in_child(run)


def twin_of(unit: Unit, template: Path, home: Path) -> tuple[dict[str, int], Any]:
    """Return the calls of an undisturbed step, and the state that it leaves."""
    copy_home(template, home)
    _, seen, raised = attempt(unit, home, None)
    problems = in_child(lambda: unit.problems(home))
    if raised or problems:
        raise RuntimeError(f"{unit.name} fails without a fault: {raised} {problems}")
    state = in_child(lambda: unit.state(home))
    shutil.rmtree(home)
    return seen, state


def throw(unit: Unit, template: Path, home: Path, fault: faults.Fault, twin: Any) -> dict[str, Any]:
    """Throw one fault, run the step again, and return what became of it."""
    copy_home(template, home)
    wrong: list[str] = []
    try:
        is_met, _, raised = attempt(unit, home, fault)
    except StoppedError as stop:
        is_met, raised = True, stop.by
        if stop.by != "SIGKILL":
            wrong.append(str(stop))

    def difference_to_twin() -> str:
        return difference(unit.state(home), twin)

    again, seconds = recovery(
        lambda: unit.problems(home), lambda: unit.act(home), difference_to_twin
    )
    shutil.rmtree(home, ignore_errors=True)
    return {
        "fault": str(fault),
        "met": is_met,
        "raised": raised,
        "wrong": wrong + again,
        "seconds": round(seconds, 3),
    }


def main() -> None:
    """Throw the faults of all seeds that are asked for."""
    folder, name, *seeds = sys.argv[1:]
    unit, mine = UNITS[name], Path(folder)
    logging.disable(logging.CRITICAL)
    template = template_of(unit, mine.parent / "templates")
    mine.mkdir(parents=True, exist_ok=True)
    # once here, so that what children import and read for good is there already
    copy_home(template, mine / "warm")
    unit.act(mine / "warm")
    seen, twin = twin_of(unit, template, mine / "home")
    for seed in seeds:
        fault = faults.drawn(f"{name} {seed}", seen)
        found = throw(unit, template, mine / "home", fault, twin)
        if found["wrong"]:
            print(f"{name} {seed}: {found}", file=sys.stderr, flush=True)
        print(json.dumps({"unit": name, "seed": int(seed), **found}), flush=True)


if __name__ == "__main__":
    main()
