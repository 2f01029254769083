"""`make chaos`: what is lost when calls fail, nights are struck, and files are damaged.

    library   faults of single calls of the operating system, in small steps of the pipeline
    nights    what happens to whole nights: signals, disks, lost files, clocks, other nights
    fuzz      damaged files through the four readers, and odd values through mappings

Without one of these words: all three. After each fault a plain run must end as one where nothing
happened, and what is published must have been whole meanwhile. It prints a table; the exit code is
1 where something was not survived, with the words that repeat it alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from reachline.configuration import EXAMPLE
from tests.chaos import fuzz, library, nights, strikes
from tests.chaos.tally import report
from tests.chaos.units import UNITS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return 1 where something was not survived, else 0."""
    options = _parser().parse_args(arguments)
    os.environ["REACHLINE_CONFIG"] = str(EXAMPLE)
    os.environ.pop("REACHLINE_HOME", None)
    failed = 0
    for word, call in PARTS.items():
        if options.part in (None, word):
            started = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="reachline-chaos-") as folder:
                failed |= call(options, Path(folder))
            print(f"{word}: {time.monotonic() - started:,.0f} s\n", flush=True)
    return failed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("part", nargs="?", choices=list(PARTS), help="(default: all)")
    parser.add_argument("--faults", type=int, default=1000, help="of single calls (default: 1000)")
    parser.add_argument("--nights", type=int, default=40, help="whole nights (default: 40)")
    parser.add_argument("--inputs", type=int, default=100_000, help="files (default: 100000)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--first", type=int, default=0, help="of the seeds (default: 0)")
    parser.add_argument("--seed", type=int, help="this one alone, of a unit, an attack or a form")
    parser.add_argument("--unit", choices=list(UNITS), help="faults of this step alone")
    parser.add_argument("--attack", choices=list(nights.ATTACKS), help="this kind of night alone")
    parser.add_argument("--form", choices=list(fuzz.FORMS), help="files of this form alone")
    return parser


def _library(options: argparse.Namespace, folder: Path) -> int:
    if options.seed is not None and options.unit:
        wanted = {options.unit: [options.seed]}
    else:
        wanted = {
            name: range(options.first, options.first + count)
            for name, count in library.shares(options.faults, options.unit).items()
        }
    return report(list(library.throw_all(folder, wanted, options.jobs)))


def _nights(options: argparse.Namespace, folder: Path) -> int:
    if options.attack:
        wanted = [(options.attack, options.seed or 0)]
    else:
        wanted = nights.planned(options.nights)
    return report(list(strikes.strike_all(folder, wanted, options.jobs)))


def _fuzz(options: argparse.Namespace, folder: Path) -> int:
    if options.seed is not None and options.form:
        return fuzz.run(folder, {options.form: range(options.seed, options.seed + 1)}, options.jobs)
    wanted = {
        form: range(options.first, options.first + count)
        for form, count in fuzz.shares(options.inputs, options.form).items()
    }
    return fuzz.run(folder, wanted, options.jobs)


PARTS: dict[str, Callable[[argparse.Namespace, Path], int]] = {
    "library": _library,
    "nights": _nights,
    "fuzz": _fuzz,
}


if __name__ == "__main__":
    sys.exit(main())
