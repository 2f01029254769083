"""pyarrow, which does not import pandas.

Before its first array of a list pyarrow looks for pandas, and imports it where it is installed: a
third of a second of each command. If it was not found, pyarrow looks again only when a frame is
asked for (`Table.to_pandas`). Nothing is different where pandas is in use already.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

__all__ = ["create_table", "pa"]


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, *_: Any) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


if "pandas" not in sys.modules:
    sys.meta_path.insert(0, finder := _NoPandas())
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(finder)


def create_table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    rows: Sequence[Mapping[str, object]],
    schema: pa.Schema,
) -> None:
    """Make a table of rows, in place of one of that name; a key that a row lacks is NULL."""
    con.register("incoming", pa.Table.from_pylist(rows, schema=schema))
    con.execute(f"create or replace table {name} as select * from incoming")
    con.unregister("incoming")
