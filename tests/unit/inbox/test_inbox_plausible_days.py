"""`inbox check` refuses days that can't be, as a night does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from reachline.inbox.casts import typed_select


@pytest.mark.parametrize(
    ("ordered_at", "reason"),
    [
        ("0026-03-01T10:00:00Z", "is before 2004"),
        ("2004-01-01T00:00:00Z", None),
        (f"{datetime.now(UTC) + timedelta(days=360):%Y-%m-%dT%H:%M:%SZ}", None),
        (f"{datetime.now(UTC) + timedelta(days=370):%Y-%m-%dT%H:%M:%SZ}", "correct its year"),
    ],
    # a name that does not tell the time: the workers of a run must find the same tests
    ids=["before all platforms", "first day", "within a year", "after a year"],
)
def test_an_order_of_an_impossible_day_is_refused(ordered_at: str, reason: str | None) -> None:
    row = {
        "order_id": "1",
        "ordered_at": ordered_at,
        "currency": "EUR",
        "gross_amount": "1",
        "status": "placed",
    }
    with duckdb.connect() as con:
        listed = ", ".join(f"cast(? as varchar) as {name}" for name in row)
        con.execute(f"create table given as select {listed}", list(row.values()))
        ((found,),) = con.execute(
            f"select reject_reason from ({typed_select('orders', row, 'given')})"
        ).fetchall()
    assert (found is None) == (reason is None)
    if reason:
        assert reason in found
        assert f"ordered_at: '{ordered_at}'" in found
