"""Builds a date from the landing zone without gates and release: for work on models.

`python -m reachline.warehouse.dev --date 2026-03-01 [--home DIR] [--inbox]`
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path

from reachline.inbox import land_files
from reachline.settings import load_settings
from reachline.warehouse.runs import model, open_run, stage


def main() -> None:
    """Stage and model one date; with --inbox land what lies there first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", type=date.fromisoformat, required=True)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--inbox", action="store_true")
    arguments = parser.parse_args()
    settings = load_settings(arguments.home, arguments.config)
    if arguments.inbox:
        print(land_files(settings, arguments.date, "dev"))
    run = open_run(settings, arguments.date)
    for step in (stage, model):
        started = time.perf_counter()
        step(run)
        print(f"{step.__name__}: {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
