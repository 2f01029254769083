"""A release in a notebook or a script: its tables as pandas, Arrow or polars; `explain`.

    import reachline

    with reachline.open_release("data/published/current") as release:
        campaigns = release.table("campaign_performance")

Everything here reads one release, and holds to it: a release that is published meanwhile changes
nothing. Nothing is written.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from reachline.errors import ReachlineError
from reachline.publish.releases import CURRENT, DATABASE, Release, find_release, read_release
from reachline.settings import paths
from reachline.sql import identifier

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from reachline.arrow import pa
    from reachline.explain import Answer

SCHEMAS = ("reports", "views", "core", "quality", "meta")
"""In this order a table is looked for by its plain name."""


class UnknownTableError(ReachlineError):
    """The release has no such table or column; the text names those that are like it."""


def open_release(release: str | os.PathLike[str] = CURRENT) -> OpenRelease:
    """Return a release, opened for reading.

    Args:
        release: `current`, an id such as 2026-03-01-0007 (both below $REACHLINE_HOME, default
            ./data), or the folder of a release wherever it was copied to.

    Raises ReleaseError where there is none.
    """
    folder = Path(release)
    if folder.is_dir():
        return OpenRelease(read_release(folder.resolve()))
    return OpenRelease(find_release(paths().published, str(release)))


class OpenRelease:
    """One release, open for reading; close it, or use it in a `with` statement."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._connection = duckdb.connect(str(release.path / DATABASE), read_only=True)
        # what a notebook asks for is the release, not other files of the machine
        self._connection.execute("set enable_external_access = false")
        self._connection.execute("set TimeZone = 'UTC'")

    @property
    def release_id(self) -> str:
        """The id of the release, such as 2026-03-01-0007."""
        return self._release.release_id

    @property
    def logical_date(self) -> date:
        """The night that the release is of: nothing after this day is in it."""
        return self._release.logical_date

    @property
    def about(self) -> Mapping[str, Any]:
        """All of its release.json: run, batches, rows by table, results of the gates."""
        return self._release.about

    def tables(self) -> tuple[str, ...]:
        """Return its tables and views as `schema.name`, in order."""
        rows = self._connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() union all "
            "select schema_name || '.' || view_name from duckdb_views() where not internal "
            "order by 1"
        ).fetchall()
        return tuple(name for (name,) in rows)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a table or view as a DataFrame, or some columns of it.

        Its columns have Arrow types, so nothing changes on the way: amounts stay decimals to the
        last digit, counts that are not known are missing and the others whole numbers, days are
        days. Rows are in the table's order.

        Args:
            name: `campaign_performance` or `reports.campaign_performance`.
            columns: names of columns; all where it is None.

        Raises UnknownTableError.
        """
        return _as_pandas(self.arrow(name, columns))

    def arrow(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a table or view as an Arrow table; see `table`."""
        relation = self._relation(name)
        wanted = "*"
        if columns is not None:
            known = self._connection.sql(f"select * from {relation} limit 0").columns
            for column in columns:
                if column not in known:
                    raise UnknownTableError(f"{name} has no column {column}.{_like(column, known)}")
            wanted = ", ".join(identifier(column) for column in columns)
        return self._connection.sql(f"select {wanted} from {relation}").to_arrow_table()

    def polars(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return a table or view as a polars DataFrame; see `table`.

        polars is not installed with Reachline: `pip install polars`.
        """
        import polars

        frame = polars.from_arrow(self.arrow(name, columns))
        assert isinstance(frame, polars.DataFrame)  # noqa: S101 - a table gives no series
        return frame

    def query(
        self, sql: str, values: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return what a SELECT over the release's tables gives, in DuckDB's SQL; see `table`."""
        return _as_pandas(self._connection.sql(sql, params=values).to_arrow_table())

    def explain(
        self,
        table: str,
        *,
        metric: str | None = None,
        method: str | None = None,
        limit: int | None = None,
        **key: str | date,
    ) -> Answer:
        """Return where the figures of one row come from, as `reachline explain` says it.

            release.explain("campaign_performance", campaign_id="spring", metric="roi").figures

        Args:
            table: campaign_performance, collaboration_performance, campaign_daily or
                post_performance.
            metric: one figure, with the facts below it; all figures where it is None.
            method: attribution method of the row; that of the reports where it is None.
            limit: how many facts of a kind are listed; all where it is None.
            key: the columns that name the row: campaign_id, collaboration_id, post_id, date_day.

        Raises UnknownError where there is no such table, row or metric.
        """
        from reachline.explain import Question, explain_in
        from reachline.explain.scope import DEFAULT_METHOD

        question = Question(table=table, metric=metric, method=method or DEFAULT_METHOD, **key)  # type: ignore[arg-type]
        # its temporary views are its own
        with self._connection.cursor() as con:
            return explain_in(con, self.release_id, question, limit)

    def close(self) -> None:
        """Let the release's file go."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<release {self.release_id} of {self.logical_date}: {self._release.path}>"

    def _relation(self, name: str) -> str:
        known = self.tables()
        for whole in (name, *(f"{schema}.{name}" for schema in SCHEMAS)):
            if whole in known:
                return ".".join(identifier(part) for part in whole.split("."))
        plain = tuple(table.split(".", 1)[1] for table in known)
        raise UnknownTableError(
            f"{self.release_id} has no table {name}.{_like(name, known, plain)}"
        )


def _as_pandas(table: pa.Table) -> pd.DataFrame:
    import pandas

    frame: pd.DataFrame = table.to_pandas(types_mapper=pandas.ArrowDtype)
    return frame


def _like(name: str, known: Sequence[str], short: Sequence[str] = ()) -> str:
    near = difflib.get_close_matches(name, (*short, *known), n=3)
    return f" Did you mean {' or '.join(near)}?" if near else f" It has {', '.join(sorted(known))}."
