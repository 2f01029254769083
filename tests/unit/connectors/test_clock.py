"""Moments are written in one form, whatever their offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from reachline.connectors.clock import iso, parse

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SINCE = st.timedeltas(timedelta(0), timedelta(days=3_652_000))


@given(SINCE, OFFSETS | st.just(UTC))
def test_a_moment_is_written_as_isoformat_does_in_utc(since: timedelta, offset: timezone) -> None:
    moment = (datetime(1, 1, 2, tzinfo=UTC) + since).astimezone(offset)
    assert iso(moment) == moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    assert parse(iso(moment)) == moment
