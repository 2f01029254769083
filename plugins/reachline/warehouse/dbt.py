"""dbt, called in this process: parse once, run a selection, hash what each model depends on."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import pickle
import sys
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reachline.cache import kept
from reachline.errors import ReachlineError
from reachline.warehouse.files import engine_settings, staging_file, warehouse_file
from reachline.warehouse.lean_dbt import lean
from reachline.warehouse.lineage import write_events

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest as DbtManifest

log = logging.getLogger("dbt.reachline")

PROJECT = Path(__file__).resolve().parents[3] / "dbt_project"
PROJECT_NAME = "reachline"


class DbtError(ReachlineError):
    """dbt could not parse the project or build a model; the text says which, and why."""


def run_models(
    directory: Path, log_dir: Path, select: Iterable[str], variables: Mapping[str, object]
) -> None:
    """Build the selected models into the files of `directory`.

    `variables` are what the macros read with var(): `run` and `changed_models`.

    Raises DbtError naming each model that failed, and the message of the engine.
    """
    _invoke(directory, log_dir, ["run", "--select", *select, "--vars", json.dumps(variables)])


def run_tests(
    directory: Path,
    log_dir: Path,
    variables: Mapping[str, object] | None = None,
    models: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Run tests of the project, unit tests too, against the files of `directory`.

    `models` names the models whose tests are run; None: all tests.

    Returns the unique ids of the tests, all of which passed. Raises DbtError naming each that
    failed, and how.
    """
    select = [] if models is None else ["--select", *models]
    command = ["test", *select, "--vars", json.dumps(variables or {})]
    outcome = _invoke(directory, log_dir, command)
    return tuple(result.node.unique_id for result in outcome.results)


def load_manifest(directory: Path, log_dir: Path) -> DbtManifest:
    """Return dbt's manifest of the project, parsed once a process."""
    return _manifest(directory, log_dir)


def prepare(directory: Path, log_dir: Path) -> None:
    """Make what is kept of the project, so that the first process that needs it need not wait."""
    with lean(_code_hash(), _templates(_manifest(directory, log_dir))):
        pass


def compile_models(directory: Path, log_dir: Path, hashes: Mapping[str, str]) -> dict[str, str]:
    """Return the SQL of models by name, as dbt compiles it.

    `hashes` has the hash of each (model_hashes): what was compiled once of this code is kept.
    Raises DbtError naming each model that can't be compiled.
    """
    known: dict[str, str] = _parsed().setdefault("compiled", {})

    def compile_new() -> bytes:
        new = [name for name, model_hash in hashes.items() if model_hash not in known]
        if new:
            outcome = _invoke(directory, log_dir, ["compile", "--select", *new])
            for result in outcome.results:
                known[hashes[result.node.name]] = result.node.compiled_code
        return json.dumps({each: known[each] for each in hashes.values()}).encode()

    wanted = json.dumps([_code_hash(), sorted(hashes.values())])
    version_ = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    known |= json.loads(kept("dbt-compiled", version_, compile_new))
    return {name: known[model_hash] for name, model_hash in hashes.items()}


def model_hashes(
    manifest: DbtManifest, config_digests: Mapping[str, str], inputs_by_stream: Mapping[str, str]
) -> dict[str, str]:
    """Return for each model a hash of all that its rows are a function of, beside the landed data.

    These are its SQL, its columns, the macros it calls, the configuration tables it reads and the
    hashes of its parents. `config_digests` has a digest for each table of config; `reporting` also
    counts where a model asks for days or the reporting currency. `inputs_by_stream` has a digest of
    what else decides on the rows of a stream's table: the code that fills it, its export mappings,
    and its held batches.
    """
    macros = manifest.macros

    @cache
    def macro_closure(unique_id: str) -> frozenset[str]:
        found = {unique_id}
        for parent in macros[unique_id].depends_on.macros:
            if parent in macros and parent not in found:
                found |= macro_closure(parent)
        return frozenset(found)

    @cache
    def node_hash(unique_id: str) -> str:
        node: Any = manifest.nodes[unique_id]
        used: set[str] = set()
        for macro in _called_macros(unique_id, node):
            if macro in macros:
                used |= macro_closure(macro)
        ours = sorted(name for name in used if name.startswith("macro.reachline."))
        parts: list[Any] = [
            node.raw_code,
            [[name, col.data_type, col.config.meta] for name, col in node.columns.items()],
            node.config.meta,
            [[name, macros[name].macro_sql] for name in ours],
        ]
        for parent in sorted(node.depends_on.nodes):
            if parent.startswith("source.reachline.config."):
                parts.append([parent, config_digests[parent.rsplit(".", 1)[1]]])
            elif parent in manifest.nodes:
                parts.append([parent, node_hash(parent)])
        if node.config.materialized == "staged":
            parts.append(inputs_by_stream.get(node.config.meta["stream"], ""))
        elif "macro.reachline.run_state" in ours:
            parts.append(config_digests["reporting"])
        return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()

    return {
        node.name: node_hash(unique_id)
        for unique_id, node in manifest.nodes.items()
        if unique_id.startswith("model.")
    }


def models_to_build(
    manifest: DbtManifest,
    standing: Collection[str],
    fed: Collection[str],
    goals: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Return by name the models after staging that may give other rows than they did.

    `goals` names the models that are wanted, with all their parents; None: every model. `standing`
    names the models whose relation exists, built from the present code and configuration; `fed` the
    staging models that took in rows since then.

    A standing view is not built again. A standing table is built again if it depends on the date or
    the run (the macros of macros/run_state.sql), reads a relation that dbt does not build, or reads
    a model that is built again.
    """
    macros = manifest.macros

    @cache
    def reads_the_run(macro: str) -> bool:
        if macro in _SAME_EVERY_NIGHT or macro not in macros:
            return False
        return macro == _RUN_STATE or any(
            reads_the_run(parent) for parent in macros[macro].depends_on.macros
        )

    @cache
    def may_change(unique_id: str) -> bool:
        node: Any = manifest.nodes[unique_id]
        if node.fqn[1] == "staging":
            return node.name in fed
        if node.name not in standing:
            return True
        if node.config.materialized == "view":
            return False
        return any(reads_the_run(macro) for macro in _called_macros(unique_id, node)) or any(
            may_change(parent)
            if parent in manifest.nodes
            else not parent.startswith("source.reachline.config.")
            for parent in node.depends_on.nodes
        )

    nodes: Mapping[str, Any] = manifest.nodes
    models = {name: node for name, node in nodes.items() if name.startswith("model.")}
    wanted = {name for name, node in models.items() if goals is None or node.name in goals}
    waiting = list(wanted)
    while waiting:
        parents = set(models[waiting.pop()].depends_on.nodes) & models.keys() - wanted
        wanted |= parents
        waiting += parents
    return tuple(
        node.name
        for name, node in models.items()
        if name in wanted and node.fqn[1] != "staging" and may_change(name)
    )


_RUN_STATE = "macro.reachline.run_state"
# they read of the run only what the configuration says, which is counted among a model's hash
_SAME_EVERY_NIGHT = frozenset(
    {"macro.reachline.reporting_currency", "macro.reachline.reporting_day"}
)


def _called_macros(unique_id: str, node: Any) -> tuple[str, ...]:
    called: Mapping[str, tuple[str, ...]] = _parsed().get("called", {})
    return called.get(unique_id, tuple(node.depends_on.macros))


def _invoke(directory: Path, log_dir: Path, command: list[str]) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ.update(_environment(directory))
    manifest = None if command[0] == "parse" else _manifest(directory, log_dir)
    try:
        with lean(_code_hash(), _templates(manifest)) if manifest else nullcontext():
            result = dbtRunner(manifest=manifest, callbacks=[_log_event]).invoke(
                [
                    *command,
                    *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                    *("--target-path", str(directory / "dbt"), "--log-path", str(log_dir / "dbt")),
                    *("--quiet", "--no-use-colors", "--no-version-check"),
                    # the artifacts cost a second a call and nothing reads them; SQL is kept
                    *("--no-write-json", "--log-level", "none", "--log-level-file", "none"),
                    # to list every schema takes a tenth of a second; one is listed when asked for
                    "--no-populate-cache",
                ]
            )
    finally:
        # the profile keeps the files open between models, which saves a third of the time
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if command[0] == "run" and manifest is not None and result.result is not None:
        nodes = {**manifest.nodes, **manifest.sources}
        write_events(log_dir, getattr(result.result, "results", ()), nodes)
    if result.exception is not None:
        raise DbtError(f"dbt {command[0]}: {result.exception}") from result.exception
    if not result.success:
        failed = [
            f"{outcome.node.name}: {outcome.message}"
            for outcome in getattr(result.result, "results", [])
            if str(outcome.status) in {"error", "fail", "runtime error"}
        ]
        raise DbtError(
            f"dbt {command[0]} failed in {len(failed)} nodes; "
            f"their SQL is below {directory / 'dbt'}.\n" + "\n".join(failed)
        )
    return result.result


def _templates(manifest: DbtManifest) -> Iterable[str]:
    """Return the texts of the project that dbt renders: of its models and of its macros."""
    nodes: Iterable[Any] = (*manifest.nodes.values(), *manifest.macros.values())
    return (
        getattr(node, "macro_sql", None) or node.raw_code
        for node in nodes
        if node.package_name == PROJECT_NAME and node.resource_type in ("model", "macro")
    )


def _log_event(event: Any) -> None:
    """Pass on what dbt says, without what it says for debugging."""
    level = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}.get(
        event.info.level
    )
    if level is not None:
        log.log(level, "%s", event.info.msg)


@cache
def _parsed() -> dict[str, Any]:
    return {}


def _manifest(directory: Path, log_dir: Path) -> DbtManifest:
    parsed = _parsed()
    if "manifest" not in parsed:
        parsed["manifest"] = _read_manifest(directory, log_dir)
        # kept apart: a run adds the macros that it meets in branches which parsing does not take,
        # and the next night of the same process would take its models for changed
        parsed["called"] = {
            unique_id: tuple(node.depends_on.macros)
            for unique_id, node in parsed["manifest"].nodes.items()
        }
    manifest: DbtManifest = parsed["manifest"]
    return manifest


def _read_manifest(directory: Path, log_dir: Path) -> DbtManifest:
    """Return the manifest of the project: parsed once for one state of its code.

    It is kept as Python writes its parts, with the graph that templates read: to make it of dbt's
    own form takes ten times as long, and what dbt pickles itself comes back with parts exchanged.
    """
    from dbt.contracts.graph.manifest import Manifest

    def parse() -> bytes:
        parsed: DbtManifest = _invoke(directory, log_dir, ["parse"])
        names = [field.name for field in fields(parsed) if not field.name.startswith("_")]
        return pickle.dumps(
            {name: getattr(parsed, name) for name in names}, pickle.HIGHEST_PROTOCOL
        )

    kind = f"{_code_hash()}-{sys.implementation.cache_tag}"
    return Manifest(**pickle.loads(kept("dbt-manifest", kind, parse)))  # noqa: S301 # nosec B301


def _code_hash() -> str:
    """Return a hash of all that parsing depends on: the project's files, and dbt's versions."""
    digest = hashlib.sha256()
    for package in ("dbt-core", "dbt-duckdb"):
        digest.update(f"{package} {version(package)}\n".encode())
    for path in sorted(PROJECT.rglob("*")):
        inside = path.relative_to(PROJECT)
        if inside.parts[0] not in {"target", "logs", ".user.yml"} and path.is_file():
            digest.update(f"{inside} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _environment(directory: Path) -> dict[str, str]:
    settings = engine_settings(directory)
    return {
        "REACHLINE_WAREHOUSE_FILE": str(warehouse_file(directory)),
        "REACHLINE_STAGING_FILE": str(staging_file(directory)),
        "REACHLINE_DUCKDB_THREADS": settings["threads"],
        "REACHLINE_DUCKDB_MEMORY": settings["memory_limit"],
        "REACHLINE_DUCKDB_TEMP": settings["temp_directory"],
        "DO_NOT_TRACK": "1",
    }
