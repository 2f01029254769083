"""Trying a mutant: what a reader would see of it in a world that the oracle knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Timer
from time import perf_counter

import duckdb

from tests.mutants.worlds import Model, UnitTest

# a mutant that joins all with all: seconds, and how many times as long as the query takes unchanged
LONGEST, TIMES = 20.0, 10.0


@contextmanager
def _within(con: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    stop = Timer(seconds, con.interrupt)
    stop.start()
    try:
        yield
    finally:
        stop.cancel()


class UnitTrial:
    """A unit test of a model, that is run with others in the model's place."""

    def __init__(self, con: duckdb.DuckDBPyConnection, test: UnitTest) -> None:
        if test.sql not in test.query:
            raise ValueError(f"{test.name}: the model does not stand in what dbt ran")
        self.con, self.test, self.longest = con, test, 10 * LONGEST

    def is_red(self, sql: str) -> bool:
        """Return whether the test fails, where `sql` stands for the model; an error is red, too."""
        try:
            with _within(self.con, self.longest):
                rows = self.con.execute(self.test.query.replace(self.test.sql, sql)).fetchall()
        except duckdb.Error:
            return True
        made = Counter(repr(row[:-1]) for row in rows if row[-1] == "actual")
        return made != Counter(repr(row[:-1]) for row in rows if row[-1] == "expected")

    def is_green(self, sql: str) -> bool:
        """Return whether the test passes with the model unchanged; no mutant may take as long."""
        start = perf_counter()
        is_green = not self.is_red(sql)
        self.longest = LONGEST + TIMES * (perf_counter() - start)
        return is_green


class Trial:
    """A world that was built, in which single models are built anew, wrong."""

    def __init__(self, con: duckdb.DuckDBPyConnection, models: Sequence[Model]) -> None:
        self.models = {model.name: model for model in models}
        self.con, self.longest = con, 10 * LONGEST

    def differs(self, name: str, sql: str) -> bool:
        """Return whether a published table changes when a model is built by `sql`.

        A query that fails or does not end is a difference, too: the night would stop.
        """
        changed: set[str] = set()
        try:
            for model in self._after(name):
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
        """Return whether a model built by `sql` is the table that stands; none may take as long."""
        start = perf_counter()
        try:
            return self._same(self.models[name], sql)
        except duckdb.Error:
            return False
        finally:
            self.longest = LONGEST + TIMES * (perf_counter() - start)
            for table in (name, "built"):
                self.con.execute(f'drop table if exists temp."{table}"')

    def _after(self, name: str) -> list[Model]:
        """Return a model and those that come of it: parents first, published ones soon."""
        of_it: dict[str, set[str]] = {}  # each that comes of it, with what stands between
        for model in self.models.values():
            between = [parent for parent in model.parents if parent in of_it]
            if model.name == name or between:
                of_it[model.name] = {model.name, *(m for parent in between for m in of_it[parent])}
        published = [each for each in of_it if self.models[each].is_published]
        ordered: dict[str, None] = {name: None}
        for each in sorted(published, key=lambda each: len(of_it[each])):
            ordered |= dict.fromkeys(model for model in self.models if model in of_it[each])
        return [self.models[each] for each in ordered]

    def _reading(self, sql: str, changed: set[str]) -> str:
        """Return a query that reads what changed where it read the models as they stand."""
        for each in changed:
            sql = re.sub(re.escape(self.models[each].relation), f'temp."{each}"', sql)
        return sql

    def _same(self, model: Model, sql: str) -> bool:
        """Build a model aside, under its name in `temp`; return whether it is as it stands."""
        name = f'temp."{model.name}"'
        with _within(self.con, self.longest):
            self.con.execute(
                f"create or replace temp table {name} as from {model.relation} limit 0"
            )
            self.con.execute(f"insert into {name} by name {sql}")
            ((count,),) = self.con.execute(
                f"select count(*) from ("
                f"(from {name} except all from {model.relation}) union all "
                f"(from {model.relation} except all from {name}))"
            ).fetchall()
        if count == 0:
            with suppress(duckdb.Error):
                self.con.execute(f"drop table {name}")
        return bool(count == 0)
