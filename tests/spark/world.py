"""A world of the oracle, built by DuckDB and exported for Spark after each build.

python -m tests.spark.world <seed> <folder>
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from reachline.inbox import land_files
from reachline.settings import load_settings
from reachline.warehouse import model, open_run, runs, stage
from tests.oracle import worlds
from tests.spark.exported import export


def build(seed: int, folder: Path, in_one: int = 2, builds: int | None = None) -> Path:
    """Build a world from landing; return the folder that its tables are exported to.

    The first `in_one` nights of the world are built as one, then each by itself, `builds` in all.
    Below the folder is one for each build, 0 and up: <schema>/<table>.parquet as they stood after
    it, and vars.json, the variables that dbt was given.
    """
    world = worlds.world(seed)
    home, config = folder / "home", folder / "config"
    nights = world.nights if builds is None else world.nights[: in_one + builds - 1]
    for night, (day, _) in enumerate(nights):
        world.configure(config, night)
        world.drop(home / "inbox", night)
        settings = load_settings(home, config)
        land_files(settings, day, f"night-{night}")
        if night + 1 < in_one:
            continue
        run = open_run(settings, day)
        stage(run)
        variables = runs._variables(run)
        model(run)
        exported = folder / "exported" / str(night + 1 - in_one)
        export(run.directory, exported)
        (exported / "vars.json").write_text(json.dumps(variables), "utf-8")
    return folder / "exported"


if __name__ == "__main__":
    print(build(int(sys.argv[1]), Path(sys.argv[2])))
