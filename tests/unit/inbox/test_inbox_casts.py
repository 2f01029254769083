"""What dbt is told of the streams is what their YAML says."""

from __future__ import annotations

from reachline.inbox.casts import descriptions
from reachline.inbox.streams import VALUE_TYPES, load_streams


def test_a_column_that_may_land_as_a_value_has_the_type_of_that_value() -> None:
    types = {
        (column["kind"], column["data_type"])
        for stream in descriptions().values()
        for column in stream["columns"]
        if column["kind"] in VALUE_TYPES
    }
    assert types == set(VALUE_TYPES.items())
    kinds = {kind for stream in load_streams().values() for kind in stream.lossless_kinds.values()}
    assert kinds == set(VALUE_TYPES)
