"""What each source landed for a night, against its own weeks before: part of gate 2.

Counted as it landed, by the logical date of the batches: late rows of past days would make every
past day look larger than tonight. A batch that is held counts nowhere; it was held on purpose. Nor
does what retention lands: as much as goes, and nothing on most days.
"""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from reachline.arrow import create_table, pa
from reachline.connectors.types import WHOLE
from reachline.landing import RETENTION
from reachline.quality.checks import Suite, no_row
from reachline.quality.running import Change, change_of_running
from reachline.quality.usual import LEVEL_DAYS, judge
from reachline.settings import Quality

TABLE = "landing.volume"
_CLICKS = "clicks"
COLLAPSED, UNUSUAL = "rows_have_not_collapsed", "rows_are_as_usual"

_LANDED = """
with days as (
    select
        source,
        stream,
        logical_date,
        cast(coalesce(sum(rows) filter (where not is_held), 0) as bigint) as rows,
        bool_and(list_contains($whole, status) and not is_held) as is_whole
    from work.landing.batches
    where logical_date <= $night and source <> $retention
    group by source, stream, logical_date
)

select
    source,
    stream,
    min(logical_date) as first_day,
    map_from_entries(
        coalesce(
            list((logical_date, rows)) filter (where logical_date between $since and $night - 1), []
        )
    ) as rows_of_days,
    coalesce(sum(rows) filter (where logical_date = $night), 0) as rows_tonight,
    coalesce(bool_and(is_whole) filter (where logical_date = $night), false) as is_whole
from days
group by source, stream
order by source, stream
"""

_COLUMNS = pa.schema(
    [(name, pa.string()) for name in ("source", "stream", "finding", "change", "known")]
)


def gather(connection: duckdb.DuckDBPyConnection, night: date, quality: Quality) -> None:
    """Write work.ops.volume: a row for each source and stream that can be judged tonight.

    `finding` is usual, unusual or collapsed; `change` says it in words; `known` names the known
    anomaly that explains it, and is "" where none does. A source that landed nothing at all, whose
    queries were not answered to their end, or of which a batch is held, is unusual at most:
    something else tells of it already. Clicks are borne to fall as much as the collaborations that
    run, by what the night before knew of them.
    """
    since = night - timedelta(days=7 * quality.volume.weeks + LEVEL_DAYS)
    landed = connection.execute(
        _LANDED,
        {"night": night, "since": since, "whole": sorted(WHOLE), "retention": RETENTION},
    ).fetchall()
    # a night that never ran tells nothing of any source
    days = {day for _, _, _, rows_of_days, *_ in landed for day in rows_of_days}
    running = change_of_running(connection, night)
    rows = []
    for source, stream, first_day, rows_of_days, tonight, is_whole in landed:
        before = {day: float(rows_of_days.get(day, 0)) for day in days if day >= first_day}
        verdict = judge(night, float(tonight), before, quality.volume)
        if verdict is None:
            continue
        change = running if stream == _CLICKS else Change()
        finding, check = "usual", ""
        if verdict.has_collapsed(quality.volume, borne=change.fall) and is_whole:
            finding, check = "collapsed", COLLAPSED
        elif verdict.is_unusual(quality.volume):
            finding, check = "unusual", UNUSUAL
        known = known_anomaly(quality, night, TABLE, check, (stream, f"{source}.{stream}"))
        rows.append(
            {
                "source": source,
                "stream": stream,
                "finding": finding,
                "change": f"{source}/{stream}: {tonight:,} rows, {verdict.expected:,.0f} expected "
                f"by {verdict.days} of its weekday"
                + change.words
                + (f" ({known})" if known else ""),
                "known": known,
            }
        )
    create_table(connection, "work.ops.volume", rows, _COLUMNS)


def suite() -> Suite:
    """Return the suite of what work.ops.volume holds."""
    return Suite(
        stage="staging",
        table=TABLE,
        rows="select source, stream, finding, change, known from work.ops.volume",
        key=("change",),
        checks=(
            no_row(
                COLLAPSED,
                "finding = 'collapsed' and known = ''",
                "at least volume.collapse_share (config/quality.yml) of the rows that the same "
                "weekday had, or no farther from them than days are",
                "Figures of the day would be far too low, and nothing else says that rows lack.",
            ),
            no_row(
                UNUSUAL,
                "finding = 'unusual' or (finding = 'collapsed' and known <> '')",
                "as many rows as the same weekday had, as far as days differ (volume.warn_spreads)",
                "A file that came in part or twice, or a source that changed: look before you "
                "believe the day.",
                severity="warn",
            ),
        ),
    )


def known_anomaly(
    quality: Quality, night: date, table: str, check: str, names: tuple[str, ...]
) -> str:
    """Return name and reason of the known anomaly that explains a finding, else "".

    `names` are those by which a known anomaly may name what was looked at.
    """
    for anomaly in quality.known_anomalies:
        if anomaly.holds(night, table, check) and (
            not anomaly.tables or set(anomaly.tables) & set(names)
        ):
            return f"{anomaly.name}: {anomaly.reason}"
    return ""
