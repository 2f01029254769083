"""Names and texts from outside arrive in SQL as they are."""

from __future__ import annotations

from pathlib import Path

import duckdb
from hypothesis import example, given
from hypothesis import strategies as st

from reachline.sql import identifier, literal

# DuckDB takes no NUL in a query, and a name has a character at least
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


@given(texts)
@example("it's; drop table x --")
@example("''")
def test_a_literal_is_the_text(text):
    assert duckdb.sql(f"select {literal(text)}").fetchall() == [(text,)]


@given(texts)
@example('a"b; drop table x --')
@example('""')
def test_an_identifier_is_the_name(name):
    assert duckdb.sql(f"select 1 as {identifier(name)}").columns == [name]


def test_a_path_is_a_literal_too():
    assert literal(Path("it's") / "here") == "'it''s/here'"
