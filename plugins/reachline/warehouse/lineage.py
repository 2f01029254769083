"""What dbt built and of what, as OpenLineage events: https://openlineage.io/spec/2-0-2/OpenLineage.json.

One file a day, logs/openlineage/<day>.jsonl, an event a line, as OpenLineage's own file transport
writes them. dbt's artifacts, which `dbt-ol` reads, are not written: they cost a second a call.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reachline import __version__

FOLDER = "openlineage"
SWITCH = "REACHLINE_OPENLINEAGE"
NAMESPACE = "reachline"

_PRODUCER = f"urn:reachline:{__version__}"
_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_ENDED = {"success": "COMPLETE", "error": "FAIL"}

log = logging.getLogger("reachline.warehouse")


def write_events(logs: Path, results: Iterable[Any], nodes: Mapping[str, Any]) -> None:
    """Append the events of dbt's results to the file of the day; nothing where it is switched off.

    `nodes` are the models and sources of the project by unique id. A file that can't be written is
    warned of: the models are built.
    """
    if os.environ.get(SWITCH, "on") == "off":
        return
    lines = [json.dumps(event, ensure_ascii=False) + "\n" for event in _events(results, nodes)]
    path = logs / FOLDER / f"{datetime.now(UTC).date()}.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        log.warning("%s: %s; it lacks %d events", path, error.strerror, len(lines))


def _events(results: Iterable[Any], nodes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield two events of each model that was run: when it began, and how it ended."""
    for result in results:
        node, ended = result.node, _ENDED.get(str(result.status))
        spans = [timing for timing in result.timing if timing.started_at and timing.completed_at]
        if ended is None or not spans or node.resource_type != "model":
            continue
        body = {
            "producer": _PRODUCER,
            "schemaURL": _SCHEMA,
            "run": {"runId": str(uuid.uuid4()), "facets": {}},
            "job": {"namespace": NAMESPACE, "name": f"dbt.{node.name}", "facets": {}},
            "inputs": [
                _dataset(nodes[unique_id])
                for unique_id in node.depends_on.nodes
                if unique_id in nodes and nodes[unique_id].relation_name
            ],
        }
        output = [_dataset(node)]
        began = min(span.started_at for span in spans)
        over = max(span.completed_at for span in spans)
        yield {"eventType": "START", "eventTime": _time(began), **body, "outputs": output}
        yield {"eventType": ended, "eventTime": _time(over), **body, "outputs": output}


def _dataset(node: Any) -> dict[str, Any]:
    """Return a table as OpenLineage names it: database, schema and name, without quotes."""
    return {"namespace": NAMESPACE, "name": node.relation_name.replace('"', ""), "facets": {}}


def _time(moment: datetime) -> str:
    """Return a moment in ISO 8601; dbt's are naive, in UTC."""
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).isoformat()
