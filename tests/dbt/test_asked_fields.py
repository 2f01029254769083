"""A mapping reads no field that its connector does not ask for, and no fixture holds one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dbt.asked import (
    READERS,
    Tree,
    asked_fields,
    fixtures,
    is_asked,
    mappings,
    paths_of,
    read_mapping,
)
from tests.dbt.conftest import Made


@pytest.fixture(scope="module", params=READERS)
def asked(request: pytest.FixtureRequest, requests_made: Made) -> tuple[str, dict[str, Tree]]:
    source: str = request.param
    return source, asked_fields(source, requests_made(source))


def test_a_mapping_reads_what_is_asked_for_and_no_more(asked: tuple[str, dict[str, Tree]]) -> None:
    source, streams = asked
    unasked = {
        f"{mapping.name}: {'.'.join(path)}"
        for mapping in mappings(source)
        for path in mapping.fields
        if not any(is_asked(streams.get(stream, {}), path) for stream in mapping.streams)
    }
    assert unasked == set()


def test_a_fixture_holds_what_is_asked_for_and_no_more(asked: tuple[str, dict[str, Tree]]) -> None:
    source, streams = asked
    unasked = {
        f"{test}: {stream}: {'.'.join(path)}"
        for test, stream, record in fixtures(source)
        for path in paths_of(record)
        if not is_asked(streams.get(stream, {}), path)
    }
    assert unasked == set()


@pytest.mark.parametrize(
    "expression", ["record['id']", "json_extract(record, '$.id')", "record -> 'id'"]
)
def test_a_reading_of_a_record_that_is_not_understood_is_refused(
    tmp_path: Path, expression: str
) -> None:
    model = tmp_path / "stg_x__posts.sql"
    model.write_text(f"select {expression} from {{{{ source('x', 'posts') }}}}", "utf-8")
    with pytest.raises(ValueError, match="is not known here"):
        read_mapping(model)
