"""`make mutants`: the share of wrong queries that the oracle's worlds would show.

Each model of the layers that compute is written as dbt compiles it, changed in one place, and built
aside in a world that the oracle has computed to the last row. A mutant is killed when a published
table comes out otherwise, or the query fails: the oracle's test would be red. What survives in
every world is printed, but for those that `judged.csv` holds to be no fault, each with its reason.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from reachline.warehouse import connect
from tests.mutants.mutations import mutants, mutated, parsed, written
from tests.mutants.trial import Trial
from tests.mutants.worlds import Model, build_world

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
        chosen = choose(worlds[0][1], options.models, options.sample, options.seed)
        print(f"{len(chosen):,} mutants in {len(worlds)} worlds", flush=True)
        found = list(run(worlds, chosen, options.jobs))
    return report(found, judged, options.least)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, help="how many mutants (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="which sample (default: 0)")
    parser.add_argument("--models", nargs="*", default=(), help="of these models alone")
    parser.add_argument("--worlds", nargs="+", type=int, default=(0, 1), help="the oracle's seeds")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument(
        "--least", type=float, default=0.65, help="the share asked for (default: 0.65)"
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


def run(worlds: Sequence[World], chosen: Sequence[tuple[str, int]], jobs: int) -> Iterator[Tried]:
    """Try mutants in processes of their own, a model at a time."""
    by_model: dict[str, list[int]] = {}
    for name, number in chosen:
        by_model.setdefault(name, []).append(number)
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(_try_model, [worlds] * len(by_model), by_model, by_model.values()):
            yield from found


def _try_model(worlds: Sequence[World], name: str, numbers: Sequence[int]) -> list[Tried]:
    waiting = set(numbers)
    for directory, models in worlds:
        with connect(directory, read_only=True) as con:
            con.execute("set threads = 1")
            trial = Trial(con, models)
            tree = parsed(trial.models[name].sql)
            changes = mutants(tree)
            if not trial.as_built(name, written(tree)):
                raise RuntimeError(f"{name}: built aside, unchanged, it is not what stands")
            waiting -= {n for n in waiting if trial.differs(name, mutated(tree, changes[n]))}
    tree = parsed({model.name: model for model in worlds[0][1]}[name].sql)
    changes = mutants(tree)
    return [Tried(name, changes[n].kind, changes[n].place, n not in waiting) for n in numbers]


def read_judged() -> list[tuple[str, str, str]]:
    """Return the patterns of what is no fault: of the model, the kind and the words."""
    with JUDGED.open(encoding="utf-8", newline="") as file:
        return [(row["model"], row["kind"], row["words"]) for row in csv.DictReader(file)]


def report(found: Sequence[Tried], judged: Sequence[tuple[str, str, str]], least: float) -> int:
    """Print the share killed by kind, then each survivor."""
    left = [t for t in found if not t.is_killed]
    harmless = [t for t in left if _is_judged(t, judged)]
    counted = len(found) - len(harmless)
    killed = len(found) - len(left)
    tried_of, killed_of = (
        Counter(t.kind for t in found),
        Counter(t.kind for t in found if t.is_killed),
    )
    for kind in sorted(tried_of):
        print(f"{kind:10} {killed_of[kind]:5} of {tried_of[kind]:5} killed")
    for tried in left:
        if tried not in harmless:
            print(f"survives: {tried.model}: {tried.kind}: {tried.words}")
    share = killed / counted if counted else 1.0
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
