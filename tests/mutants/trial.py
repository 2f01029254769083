"""Trying a mutant: what a reader would see of it in a world that the oracle knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from threading import Timer

import duckdb

from tests.mutants.worlds import Model

# a mutant that joins all with all: the tables here take milliseconds
LONGEST = 20.0


class Trial:
    """A world that was built, in which single models are built anew, wrong."""

    def __init__(self, con: duckdb.DuckDBPyConnection, models: Sequence[Model]) -> None:
        self.models = {model.name: model for model in models}
        self.con = con

    def differs(self, name: str, sql: str) -> bool:
        """Return whether a published table changes when a model is built by `sql`.

        A query that fails or does not end is a difference, too: the night would stop.
        """
        changed: set[str] = set()
        try:
            for model in self.models.values():
                query = sql if model.name == name else model.sql
                if model.name != name and not changed.intersection(model.parents):
                    continue
                if self._same(model, self._reading(query, changed)):
                    continue
                if model.is_published:
                    return True
                changed.add(model.name)
        except duckdb.Error:
            return True
        finally:
            for table in (*changed, "built"):
                self.con.execute(f'drop table if exists temp."{table}"')
        return False

    def as_built(self, name: str, sql: str) -> bool:
        """Return whether a model built by `sql` is the table that stands."""
        try:
            return self._same(self.models[name], sql)
        except duckdb.Error:
            return False
        finally:
            for table in (name, "built"):
                self.con.execute(f'drop table if exists temp."{table}"')

    def _reading(self, sql: str, changed: set[str]) -> str:
        """Return a query that reads what changed where it read the models as they stand."""
        for each in changed:
            sql = re.sub(re.escape(self.models[each].relation), f'temp."{each}"', sql)
        return sql

    def _same(self, model: Model, sql: str) -> bool:
        """Build a model aside, under its name in `temp`; return whether it is as it stands."""
        stop = Timer(LONGEST, self.con.interrupt)
        stop.start()
        try:
            name = f'temp."{model.name}"'
            self.con.execute(
                f"create or replace temp table {name} as from {model.relation} limit 0"
            )
            self.con.execute(f"insert into {name} by name {sql}")
            ((count,),) = self.con.execute(
                f"select count(*) from ("
                f"(from {name} except all from {model.relation}) union all "
                f"(from {model.relation} except all from {name}))"
            ).fetchall()
        finally:
            stop.cancel()
        if count == 0:
            with suppress(duckdb.Error):
                self.con.execute(f"drop table {name}")
        return bool(count == 0)
