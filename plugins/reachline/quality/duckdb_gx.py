"""What makes Great Expectations 1.24 work on DuckDB.

As shipped it fails on DuckDB in two ways. It closes a connection before it reads the result, which
DuckDB does not forgive: dialects listed in `_PERSISTED_CONNECTION_DIALECTS` keep theirs, so DuckDB
is added to that list. And its table assets reflect tables through the Postgres dialect, which asks
for columns that DuckDB does not have: so only query assets are used. The engine is built over a
connection that is already open, because DuckDB lets one process open a file in one way only.

`tests/gates/test_duckdb_gx.py` fails when a newer Great Expectations no longer needs this.
"""

from __future__ import annotations

import atexit
import enum
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import duckdb


class _Dialect(enum.StrEnum):
    """The entry that Great Expectations compares dialect names with."""

    DUCKDB = "duckdb"


@cache
def great_expectations() -> Any:
    """Import Great Expectations once (it takes seconds), ready for DuckDB, and return it.

    Nothing is reported to its makers: analytics are switched off before the import.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    atexit.register(_silence_exit)
    with _imported_when_used("scipy.stats", "altair"):
        import great_expectations as gx
        from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    keep_open: tuple[Any, ...] = engine._PERSISTED_CONNECTION_DIALECTS
    if "duckdb" not in keep_open:
        setattr(engine, "_PERSISTED_CONNECTION_DIALECTS", (*keep_open, _Dialect.DUCKDB))  # noqa: B010
    return gx


class _StandIn(ModuleType):
    """A module that is imported when something of it is asked for."""

    def __getattr__(self, wanted: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), wanted)


@contextmanager
def _imported_when_used(*names: str) -> Iterator[None]:
    """Let what is imported meanwhile import these modules when it first asks them for something.

    Two expectations of distributions and one picture need them; they take a third of the import.
    """
    stand_ins = {name: _StandIn(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _silence_exit() -> None:
    """Keep nanobind's list of "leaked instances" out of the terminal.

    DuckDB's Python types outlive the interpreter once SQLAlchemy and Great Expectations have seen
    them. That is harmless, but DuckDB prints 30 lines about it after everything else has ended.
    """
    sys.stderr.flush()
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)


def new_context() -> Any:
    """Return a Great Expectations context that lives in memory and draws no progress bars."""
    gx = great_expectations()
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False),
            analytics_enabled=False,
        ),
    )


def add_duckdb(context: Any, connection: duckdb.DuckDBPyConnection) -> Any:
    """Return a SQL data source over an open DuckDB connection.

    Every query asset of it is copied into a temporary table first, so that the query is run once
    however many expectations look at its rows. Temporary tables also work on a read-only file.
    """
    import duckdb_engine

    return context.data_sources.add_sql(
        name="duckdb",
        connection_string="duckdb://",
        create_temp_table=True,
        kwargs={"creator": lambda: duckdb_engine.ConnectionWrapper(connection.cursor())},
    )


def close(source: Any) -> None:
    """Close the connections that a data source has opened.

    Great Expectations keeps them for as long as Python keeps the objects; when ours is closed
    before them, SQLAlchemy fails to reset them and says so at length.
    """
    execution = source.get_execution_engine()
    if execution._connection is not None:
        execution._connection.close()
        execution._connection = None
    execution.engine.dispose()
    source.get_engine().dispose()
