"""`make mutants`: the share of wrong queries that the oracle's worlds would show.

Each model of the layers that compute is written as dbt compiles it and changed in one place. A
mutant is killed when a unit test of the model is red, or when the query fails or a published table
comes out otherwise in a world that the oracle has computed to the last row: the oracle's test would
be red. What survives all is printed, but for those that `judged.csv` holds to be no fault, each
with its reason.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from pathlib import Path
from time import perf_counter

from reachline.warehouse import connect
from tests.mutants.mutations import Mutant, mutants, mutated, parsed, written
from tests.mutants.trial import Trial, UnitTrial
from tests.mutants.worlds import Model, UnitTest, build_world, unit_tests

JUDGED = Path(__file__).with_name("judged.csv")
# what one night touched is everything in a build from nothing; a language is told by a library
LEFT_OUT = ("int_touched__", "int_changed__", "int_posts__detect_languages")

World = tuple[Path, list[Model]]


@dataclass(frozen=True)
class Tried:
    """What became of a mutant: of which model, which change, and whether a world showed it."""

    model: str
    kind: str
    words: str
    is_killed: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and the survivors; return 1 below the share that is asked for."""
    options = _parser().parse_args(arguments)
    judged = read_judged()
    with tempfile.TemporaryDirectory() as folder:
        worlds = [build_world(seed, Path(folder) / str(seed)) for seed in options.worlds]
        tests = unit_tests(worlds[0][0])
        chosen = choose(worlds[0][1], options.models, options.sample, options.seed)
        print(f"{len(chosen):,} mutants, {len(tests)} unit tests, {len(worlds)} worlds", flush=True)
        start = perf_counter()
        found = []
        for of_model in run(worlds, tests, chosen, options.jobs):
            killed = sum(tried.is_killed for tried in of_model)
            print(f"{of_model[0].model}: {killed} of {len(of_model)} killed", flush=True)
            found += of_model
        print(f"{60 * len(found) / (perf_counter() - start):.0f} mutants a minute")
    return report(found, judged, options.least)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, help="how many mutants (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="which sample (default: 0)")
    parser.add_argument("--models", nargs="*", default=(), help="of these models alone")
    parser.add_argument("--worlds", nargs="+", type=int, default=(0, 1), help="the oracle's seeds")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument(
        "--least", type=float, default=0.9, help="the share asked for (default: 0.9)"
    )
    return parser


def choose(
    models: Sequence[Model], only: Sequence[str], sample: int | None, seed: int
) -> list[tuple[str, int]]:
    """Return the mutants to be tried, as (model, its number among the model's)."""
    every = [
        (model.name, number)
        for model in models
        if not model.name.startswith(LEFT_OUT) and (not only or model.name in only)
        for number in range(len(mutants(parsed(model.sql))))
    ]
    if sample is None or sample >= len(every):
        return every
    return sorted(random.Random(seed).sample(every, sample))


def run(
    worlds: Sequence[World],
    tests: Sequence[UnitTest],
    chosen: Sequence[tuple[str, int]],
    jobs: int,
) -> Iterator[list[Tried]]:
    """Try mutants in processes of their own; yield what became of those of a model."""
    by_model: dict[str, list[int]] = {}
    for name, number in chosen:
        by_model.setdefault(name, []).append(number)
    of_model = [[test for test in tests if test.model == name] for name in by_model]
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(
            *(_try_model, [worlds] * len(by_model), of_model, by_model, by_model.values())
        )


def _try_model(
    worlds: Sequence[World], tests: Sequence[UnitTest], name: str, numbers: Sequence[int]
) -> list[Tried]:
    models = {model.name: model for model in worlds[0][1]}
    changes = mutants(parsed(models[name].sql))
    waiting = set(numbers)
    for test in tests:
        waiting -= _killed_by_test(worlds[0][0], test, changes, waiting)
    for directory, models_of in worlds:
        if waiting:
            waiting -= _killed_in_world(directory, models_of, name, waiting)
    return [Tried(name, changes[n].kind, changes[n].place, n not in waiting) for n in numbers]


def _killed_by_test(
    directory: Path, test: UnitTest, changes: Sequence[Mutant], numbers: Collection[int]
) -> set[int]:
    tree = parsed(test.sql)
    mine = mutants(tree)
    same = aligned(changes, mine)
    with connect(directory, read_only=True) as con:
        con.execute("set threads = 1")
        trial = UnitTrial(con, test)
        if not trial.is_green(written(tree)):
            raise RuntimeError(f"{test.name}: red, with {test.model} unchanged")
        return {n for n in numbers if n in same and trial.is_red(mutated(tree, mine[same[n]]))}


def aligned(changes: Sequence[Mutant], others: Sequence[Mutant]) -> dict[int, int]:
    """Return which of a query's changes is which of the same model's on a unit test's rows.

    dbt compiles a test for a day and a time zone of its own, and merges the sources of a stream
    otherwise: what stands there alone is left out.
    """
    matcher = SequenceMatcher(None, [*map(str, changes)], [*map(str, others)], autojunk=False)
    found = {}
    for _, start, end, other, other_end in matcher.get_opcodes():
        ours, theirs = range(start, end), range(other, other_end)
        if [changes[n].kind for n in ours] == [others[n].kind for n in theirs]:
            found |= dict(zip(ours, theirs, strict=True))
    return found


def _killed_in_world(
    directory: Path, models: Sequence[Model], name: str, numbers: Collection[int]
) -> set[int]:
    with connect(directory, read_only=True) as con:
        con.execute("set threads = 1")
        trial = Trial(con, models)
        tree = parsed(trial.models[name].sql)
        changes = mutants(tree)
        if not trial.as_built(name, written(tree)):
            raise RuntimeError(f"{name}: built aside, unchanged, it is not what stands")
        return {n for n in numbers if trial.differs(name, mutated(tree, changes[n]))}


def read_judged() -> list[tuple[str, str, str]]:
    """Return the patterns of what is no fault: of the model, the kind and the words."""
    with JUDGED.open(encoding="utf-8", newline="") as file:
        return [(row["model"], row["kind"], row["words"]) for row in csv.DictReader(file)]


def report(found: Sequence[Tried], judged: Sequence[tuple[str, str, str]], least: float) -> int:
    """Print the share killed by model and by kind, then each survivor; return 1 below `least`."""
    left = [t for t in found if not t.is_killed]
    harmless = [t for t in left if _is_judged(t, judged)]
    counted = [t for t in found if t not in harmless]
    killed = len(found) - len(left)
    for name in ("model", "kind"):
        tried_of = Counter(getattr(t, name) for t in counted)
        killed_of = Counter(getattr(t, name) for t in counted if t.is_killed)
        for each in sorted(tried_of):
            print(f"{each:40} {killed_of[each]:5} of {tried_of[each]:5} killed")
    for tried in left:
        if tried not in harmless:
            print(f"survives: {tried.model}: {tried.kind}: {tried.words}")
    share = killed / len(counted) if counted else 1.0
    print(
        f"{killed:,} of {len(found):,} killed; {len(harmless):,} of the others are no fault: "
        f"{share:.1%} (at least {least:.0%} are asked for)"
    )
    return int(share < least)


def _is_judged(tried: Tried, judged: Sequence[tuple[str, str, str]]) -> bool:
    mine = (tried.model, tried.kind, tried.words)
    return any(all(map(fnmatchcase, mine, patterns)) for patterns in judged)


if __name__ == "__main__":
    sys.exit(main())
