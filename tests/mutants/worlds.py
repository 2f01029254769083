"""The worlds that mutants are tried on: those of the oracle, each built in one night."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

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
