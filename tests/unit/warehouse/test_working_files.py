"""A warehouse that was made before gets the columns that it lacks."""

from __future__ import annotations

from pathlib import Path

from reachline.warehouse import connect
from reachline.warehouse.files import create_files


def test_an_older_warehouse_counts_nothing_as_dropped(tmp_path: Path) -> None:
    create_files(tmp_path)
    with connect(tmp_path) as con:
        con.execute("alter table work.staging.batches_read drop column dropped")
        con.execute("alter table work.staging.quarantine drop column drop_reason")
        con.execute("insert into work.staging.batches_read (batch_id, rows_in) values ('b', 3)")
        con.execute("insert into work.staging.quarantine (batch_id, line) values ('b', 3)")
    create_files(tmp_path)
    create_files(tmp_path)
    with connect(tmp_path, read_only=True) as con:
        dropped = con.execute("select rows_in, dropped from work.staging.batches_read").fetchall()
        reasons = con.execute("select line, drop_reason from work.staging.quarantine").fetchall()
    assert dropped == [(3, 0)]
    assert reasons == [(3, None)]
