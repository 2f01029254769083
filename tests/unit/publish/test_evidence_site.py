"""The committed site of Evidence names no registry, tells nobody, and asks for what is there."""

from __future__ import annotations

import json
import re

import duckdb
import pytest

from reachline.publish import evidence
from tests.end_to_end.homes import Market


def test_the_lock_names_no_address() -> None:
    lock = (evidence.TARGET / "package-lock.json").read_text("utf-8")
    packages = json.loads(lock)["packages"]
    assert len(packages) > 500
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert packages["node_modules/@duckdb/duckdb-wasm"]["version"] == "1.28.0"


def test_evidence_tells_its_makers_nothing() -> None:
    """Its variable for this, SEND_ANONYMOUS_USAGE_STATS, is not looked at: only this file is."""
    settings = json.loads((evidence.TARGET / "evidence.settings.json").read_text("utf-8"))
    assert settings == {"send_anonymous_usage_stats": "no"}


@pytest.mark.parametrize("name", evidence.pages())
def test_a_page_shows_columns_that_its_source_has(name: str, market: Market) -> None:
    text = evidence.pages()[name]
    queries = dict(re.findall(r"```sql (\w+)\n(.*?)\n```", text, re.DOTALL))
    database = market.after(2) / "published" / "current" / "warehouse.duckdb"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{database}' as release (read_only)")
        connection.execute("create schema reachline")
        for table, sql in evidence.SOURCES.items():
            connection.execute("use release")
            connection.execute(f"create table memory.reachline.{table} as {sql}")
        connection.execute("use memory")
        for query, sql in queries.items():
            asked = sql.replace("${inputs.verdict}", "rebook")
            columns = {column for column, *_ in connection.execute(asked).description or ()}
            shown = re.findall(rf"data={{{query}}}[^\n]*\n((?:    <Column .*\n)*)", text)
            ids = {one for part in shown for one in re.findall(r"id=(\w+)", part)}
            ids |= {*re.findall(rf"<Value data={{{query}}} column=(\w+)", text)}
            assert ids <= columns, query
            assert ids or query in ("money", "verdicts")


def test_a_text_in_an_attribute_is_no_expression() -> None:
    """Svelte would run what stands in braces."""
    link = evidence.Listed("x", "select 1", ("roi",), 'none "of" {these} <b>')
    assert 'emptyMessage="none &quot;of&quot; &#123;these&#125; &lt;b&gt;"' in link.text()


def test_addresses_are_of_the_web() -> None:
    """They become links: one of another kind would be run in the reader's browser."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("create schema views")
        connection.execute(
            "create table views.posts as select 'javascript:alert(1)' as permalink,"
            " date '2026-03-01' as published_on, '' as brand_name, '' as campaign_name,"
            " '' as creator_name, '' as platform, '' as content_type, 'missing' as disclosure,"
            " 'col-1' as collaboration_id union all by name select 'https://x.example/1'"
            " as permalink, 'col-1' as collaboration_id"
        )
        rows = connection.execute(f"select permalink from ({evidence.SOURCES['paid_posts']})")
        assert {address for (address,) in rows.fetchall()} == {None, "https://x.example/1"}
