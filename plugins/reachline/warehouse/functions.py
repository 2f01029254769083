"""The functions that models call and the engine lacks; dbt-duckdb asks for them at connecting.

profiles.yml names this module as a plugin. Only models may call them: no published table or view
needs one to be read.
"""

from __future__ import annotations

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from reachline.warehouse.language import detect_language


class Plugin(BasePlugin):
    """What dbt-duckdb looks for in a module of its plugins."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the functions."""
        register_functions(conn)


def register_functions(conn: DuckDBPyConnection) -> None:
    """Make the functions known to all connections to the database, unless they are."""
    known = conn.execute(
        "select 1 from duckdb_functions() where function_name = 'detect_language' limit 1"
    ).fetchall()
    if known:  # the files were kept open since the last call of dbt
        return
    conn.create_function("detect_language", detect_language, ["VARCHAR", "DOUBLE"], "VARCHAR")
