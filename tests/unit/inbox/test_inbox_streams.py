"""The streams that files are dropped for."""

from __future__ import annotations

from reachline.inbox.streams import load_streams


def test_the_streams_are_those_of_the_contract(project):
    from reachline.configuration.models import STREAMS

    streams = load_streams()
    assert sorted(streams) == sorted(STREAMS)
    for stream in streams.values():
        names = [column.name for column in stream.columns]
        assert set(stream.key) <= set(names)
        assert len(set(names)) == len(names)
        assert all(column.description for column in stream.columns)
    orders = streams["orders"]
    assert orders.key == ("order_id",)
    assert orders.missing(["ORDER_ID", "ordered_at", "currency", "gross_amount"]) == ("status",)
    assert orders.missing(["order_id", "is_deleted"]) == ()
    assert orders.unknown(["order_id", "Is_Deleted", "memo"]) == ("memo",)
    assert streams["posts"].version_by == "observed_at"
    assert streams["customers"].missing(["customer_id"]) == ()
