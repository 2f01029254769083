"""What mutants are tried on: worlds of the oracle, each built in one night; dbt's unit tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reachline.inbox import land_files
from reachline.settings import load_settings
from reachline.warehouse import dbt, model, open_run, runs, stage
from tests.oracle import worlds

LAYERS = ("intermediate", "core", "reports")


@dataclass(frozen=True)
class Model:
    """A model as dbt compiles it for a build from nothing."""

    name: str
    relation: str
    is_published: bool
    parents: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class UnitTest:
    """A unit test of a model: `sql` is the model on the test's rows, as dbt compiles it.

    `query` has `sql` in it, and gives the rows that it makes and those that are expected; the last
    column says which.
    """

    name: str
    model: str
    sql: str
    query: str


def build_world(seed: int, folder: Path) -> tuple[Path, list[Model]]:
    """Build an oracle's world from landing; return its warehouse and its models, parents first."""
    world = worlds.world(seed)
    home, config = folder / "home", folder / "config"
    for night, (day, _) in enumerate(world.nights):
        world.configure(config, night)
        world.drop(home / "inbox", night)
        land_files(load_settings(home, config), day, f"night-{night}")
    run = open_run(load_settings(home, config), world.nights[-1][0])
    stage(run)
    model(run)
    return run.directory, _models(run)


def unit_tests(warehouse: Path) -> list[UnitTest]:
    """Return the unit tests of the models of the layers that compute; all of them pass.

    `warehouse` is that of a world: dbt takes the types of a test's rows from the tables.
    """
    logs = warehouse.parent / "logs"
    paths = [f"path:models/{layer}" for layer in LAYERS]
    command = ["test", "--select", *(f"{path},test_type:unit" for path in paths), "--vars", "{}"]
    results = dbt._invoke(warehouse, logs, command).results
    return [
        UnitTest(
            result.node.name,
            result.node.tested_node_unique_id.split(".")[-1],
            result.node.compiled_code,
            # with the line ends that stand in texts of the query
            _as_run(result.node).read_bytes().decode(),
        )
        for result in results
    ]


def _as_run(node: Any) -> Path:
    """Return the file of what dbt ran for a unit test."""
    head, _, tail = node.compiled_path.rpartition("/dbt/compiled/")
    return Path(head) / "dbt" / "run" / tail


def _models(run: runs.Run) -> list[Model]:
    logs = run.settings.paths.logs
    nodes = {
        node.unique_id: node
        for node in dbt.load_manifest(run.directory, logs).nodes.values()
        if node.unique_id.startswith("model.") and node.fqn[1] in LAYERS
    }
    names = [node.name for node in nodes.values()]
    variables = ["--vars", json.dumps(runs._variables(run))]
    command = ["compile", "--full-refresh", "--select", *names, *variables]
    models = {
        result.node.unique_id: Model(
            result.node.name,
            result.node.relation_name,
            result.node.fqn[1] != "intermediate",
            tuple(nodes[parent].name for parent in result.node.depends_on.nodes if parent in nodes),
            result.node.compiled_code,
        )
        for result in dbt._invoke(run.directory, logs, command).results
        if result.node.unique_id in nodes
    }
    ordered: dict[str, Model] = {}
    waiting = list(models.values())
    while waiting:
        ready = [each for each in waiting if all(parent in ordered for parent in each.parents)]
        ordered |= {each.name: each for each in ready}
        waiting = [each for each in waiting if each.name not in ordered]
    return list(ordered.values())
