"""What was decided about refused lines, as staging reads it: the last decision holds.

A retry puts other content in the place of a line, for all streams that its batch feeds. A drop
takes a line out of one stream.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from reachline.arrow import pa
from reachline.landing import Manifest, decisions
from reachline.warehouse.staging.landed import listed_files

_DECISIONS = pa.schema(
    [
        ("sequence", pa.int64()),
        ("kind", pa.string()),
        ("batch_id", pa.string()),
        ("path", pa.string()),
        ("sha256", pa.string()),
        ("reason", pa.string()),
    ]
)

_NO_LINES = """select
    null as filename, null as _line, null as _stream, null as _column, null as _reason
where false"""


def mirror_decisions(con: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Bring work.landing.decisions, retried and dropped up to the manifests.

    `retried` has the file in which each retried line stands now; `dropped` each line that a stream
    does not read, with why it was refused and why it was dropped.
    """
    found = decisions(root)
    con.execute("begin")
    con.register("incoming", pa.Table.from_pylist([_row(root, m) for m in found], _DECISIONS))
    for table in ("decisions", "retried", "dropped"):
        con.execute(f"delete from work.landing.{table}")
    con.execute("insert into work.landing.decisions by name select * from incoming")
    con.unregister("incoming")
    con.execute(
        f"""
        insert into work.landing.retried
        select decisions.batch_id, lines._line, max_by(decisions.path, decisions.sequence)
        from ({_lines(root, found, "retry")}) as lines
        inner join work.landing.decisions as decisions on lines.filename = decisions.path
        group by decisions.batch_id, lines._line
        """
    )
    con.execute(
        f"""
        insert into work.landing.dropped
        select
            drops.batch_id,
            lines._stream,
            lines._line,
            max_by({{'value': lines._column}}, drops.sequence).value,
            max_by({{'value': lines._reason}}, drops.sequence).value,
            max_by(drops.reason, drops.sequence)
        from ({_lines(root, found, "drop")}) as lines
        inner join work.landing.decisions as drops on lines.filename = drops.path
        left join work.landing.retried as retried
            on drops.batch_id = retried.batch_id and lines._line = retried.line
        left join work.landing.decisions as retries on retried.path = retries.path
        where drops.sequence > coalesce(retries.sequence, 0)
        group by drops.batch_id, lines._stream, lines._line
        """
    )
    con.execute("commit")


def _row(root: Path, decision: Manifest) -> dict[str, object]:
    return {
        "sequence": decision.sequence,
        "kind": decision.kind,
        "batch_id": decision.batch_id,
        "path": str(root / str(decision.path)),
        "sha256": decision.sha256,
        "reason": decision.reason,
    }


def _lines(root: Path, found: list[Manifest], kind: str) -> str:
    paths = [str(root / str(decision.path)) for decision in found if decision.kind == kind]
    if not paths:
        return _NO_LINES
    return (
        f"select * from read_parquet({listed_files(paths)}, filename = true, "
        "union_by_name = true, hive_partitioning = false)"
    )
