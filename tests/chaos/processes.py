"""Workers in which faults can be armed: processes that print a line of JSON for each thing done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tests.chaos import faults


def answers(
    folder: Path, module: str, portions: Sequence[Sequence[str]], jobs: int
) -> Iterator[dict[str, Any]]:
    """Run `python -m <module> FOLDER …` for each portion of arguments, so many at a time.

    FOLDER is a folder of the worker's own below `folder`. Raises RuntimeError for one that fails.
    """
    library = faults.build(folder)

    def work(number: int, portion: Sequence[str]) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", module, str(folder / f"worker-{number}"), *portion],
            env=faults.preloaded(library),
            # what it says of errors is seen at once
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module} {' '.join(portion)}: exit code {done.returncode}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(work, number, each) for number, each in enumerate(portions)]
        for one in as_completed(waiting):
            yield from one.result()
