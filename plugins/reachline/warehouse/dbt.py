"""dbt, called in this process: parse once, run a selection, hash what each model depends on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reachline.warehouse.files import engine_settings, staging_file, warehouse_file

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest as DbtManifest

PROJECT = Path(__file__).resolve().parents[3] / "dbt_project"


class DbtError(Exception):
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
    directory: Path, log_dir: Path, variables: Mapping[str, object] | None = None
) -> tuple[str, ...]:
    """Run every test of the project, unit tests too, against the files of `directory`.

    Returns the unique ids of the tests, all of which passed. Raises DbtError naming each that
    failed, and how.
    """
    outcome = _invoke(directory, log_dir, ["test", "--vars", json.dumps(variables or {})])
    return tuple(result.node.unique_id for result in outcome.results)


def load_manifest(directory: Path, log_dir: Path) -> DbtManifest:
    """Return dbt's manifest of the project, parsed once a process."""
    return _manifest(directory, log_dir)


def staged_streams(manifest: DbtManifest) -> dict[str, str]:
    """Return the stream that each staging model reads, by the model's name."""
    nodes: Iterable[Any] = manifest.nodes.values()
    return {
        node.name: node.config.meta["stream"]
        for node in nodes
        if node.config.materialized == "staged"
    }


@dataclass(frozen=True)
class RecordMapping:
    """A model of models/staging/<source>: what records of `landed` are in the inbox's `stream`."""

    source: str
    landed: str
    stream: str
    model: str
    sql: str


def record_mappings(manifest: DbtManifest) -> list[RecordMapping]:
    """Return the mappings of the connectors' records, by source, landed stream and stream.

    Raises DbtError where two models map the same records into the same stream.
    """
    found: dict[tuple[str, str, str], RecordMapping] = {}
    for node in _mapping_nodes(manifest):
        meta = node.config.meta
        for landed in meta["reads"]:
            key = (meta["source"], landed, meta["stream"])
            if key in found:
                raise DbtError(
                    f"{node.name} and {found[key].model} both map {meta['source']}.{landed} into "
                    f"{meta['stream']}: keep one."
                )
            found[key] = RecordMapping(*key, model=node.name, sql=node.raw_code)
    return [found[key] for key in sorted(found)]


def _mapping_nodes(manifest: DbtManifest) -> list[Any]:
    nodes: Iterable[Any] = manifest.nodes.values()
    return [node for node in nodes if "reads" in node.config.meta]


def model_hashes(
    manifest: DbtManifest, config_digests: Mapping[str, str], inputs_by_stream: Mapping[str, str]
) -> dict[str, str]:
    """Return for each model a hash of all that its rows are a function of, beside the landed data.

    These are its SQL, its columns, the macros it calls, the configuration tables it reads and the
    hashes of its parents; for a staging model also those of the mappings of records into it.
    `config_digests` has a digest for each table of config; `reporting` also counts where a model
    asks for days or the reporting currency. `inputs_by_stream` has a digest of what else decides
    on a stream's rows: its export mappings, and its held batches.
    """
    macros = manifest.macros
    mappings: dict[str, list[str]] = {}
    for mapping_node in _mapping_nodes(manifest):
        mappings.setdefault(mapping_node.config.meta["stream"], []).append(mapping_node.unique_id)
    called: Mapping[str, tuple[str, ...]] = _parsed().get("called", {})

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
        for macro in called.get(unique_id, node.depends_on.macros):
            if macro in macros:
                used |= macro_closure(macro)
        is_staging = node.config.materialized == "staged"
        if is_staging:
            used |= macro_closure("macro.reachline.materialization_staged_duckdb")
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
        if is_staging:
            stream = node.config.meta["stream"]
            parts.append(inputs_by_stream.get(stream, ""))
            parts.append(sorted(node_hash(mapping) for mapping in mappings.get(stream, ())))
        elif "macro.reachline.run_state" in ours:
            parts.append(config_digests["reporting"])
        return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()

    return {
        node.name: node_hash(unique_id)
        for unique_id, node in manifest.nodes.items()
        if unique_id.startswith("model.")
    }


def _invoke(directory: Path, log_dir: Path, command: list[str]) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ.update(_environment(directory))
    manifest = None if command[0] == "parse" else _manifest(directory, log_dir)
    try:
        result = dbtRunner(manifest=manifest).invoke(
            [
                *command,
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(directory / "dbt"), "--log-path", str(log_dir / "dbt")),
                *("--quiet", "--no-use-colors", "--no-version-check"),
                # the artifacts cost a second a call and nothing reads them; compiled SQL is kept
                *("--no-write-json", "--log-level-file", "info"),
                # to list every schema takes a tenth of a second; one is listed when it is asked for
                "--no-populate-cache",
            ]
        )
    finally:
        # the profile keeps the files open between models, which saves a third of the time
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if result.exception is not None:
        raise DbtError(f"dbt {command[0]}: {result.exception}") from result.exception
    if not result.success:
        failed = [
            f"{outcome.node.name}: {outcome.message}"
            for outcome in getattr(result.result, "results", [])
            if str(outcome.status) in {"error", "fail", "runtime error"}
        ]
        raise DbtError(
            f"dbt {command[0]} failed in {len(failed)} nodes; log in {log_dir / 'dbt'}.\n"
            + "\n".join(failed)
        )
    return result.result


@cache
def _parsed() -> dict[str, Any]:
    return {}


def _manifest(directory: Path, log_dir: Path) -> DbtManifest:
    parsed = _parsed()
    if "manifest" not in parsed:
        parsed["manifest"] = _invoke(directory, log_dir, ["parse"])
        # kept apart: a run adds the macros that it meets in branches which parsing does not take,
        # and the next night of the same process would take its models for changed
        parsed["called"] = {
            unique_id: tuple(node.depends_on.macros)
            for unique_id, node in parsed["manifest"].nodes.items()
        }
    manifest: DbtManifest = parsed["manifest"]
    return manifest


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
