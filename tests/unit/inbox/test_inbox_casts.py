"""What dbt is told of the streams is what their YAML says."""

from __future__ import annotations

from reachline.inbox.casts import STREAM_MACROS, descriptions, stream_macros
from reachline.inbox.streams import VALUE_TYPES, load_streams


def test_the_macros_say_of_each_stream_what_its_yaml_says() -> None:
    assert STREAM_MACROS.read_text("utf-8") == stream_macros(), "run `make streams`"


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
