"""How many collaborations run: clicks come with them, and end with them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

_DAYS = 28
"""Links are clicked for some time after their campaign ended."""

_RUNNING = """
select
    cast(
        unnest(
            generate_series(
                greatest(campaign.starts_on, $first),
                least(campaign.ends_on, $night),
                interval 1 day
            )
        ) as date
    ) as day,
    count(distinct collaboration.collaboration_id) as collaborations
from reports.collaboration_performance as collaboration
inner join core.dim_campaign as campaign on collaboration.campaign_id = campaign.campaign_id
where collaboration.is_live
group by day
"""


@dataclass(frozen=True)
class Change:
    """What the collaborations of a night are to those of the four weeks before it.

    `fall` is their share of the most that ran (1 where they are as many), `rise` is how many times
    the fewest they are (1 where they are as few); `words` is "" where nothing changed.
    """

    fall: float = 1.0
    rise: float = 1.0
    words: str = ""


def change_of_running(con: duckdb.DuckDBPyConnection, night: date) -> Change:
    """Return what changed of the collaborations that run, by the tables of core and reports there.

    One runs while it is live and its campaign's days last; a campaign without a last day goes on.
    Where no night has built the tables yet, nothing changed.
    """
    first = night - timedelta(days=_DAYS)
    try:
        found = con.execute(_RUNNING, {"first": first, "night": night}).fetchall()
    except duckdb.CatalogException:
        return Change()
    running: dict[date, int] = dict(found)
    before = [running.get(night - timedelta(days=back), 0) for back in range(1, _DAYS + 1)]
    tonight, most, fewest = running.get(night, 0), max(before), min(before)
    if tonight == most == fewest:
        return Change()
    return Change(
        fall=tonight / most if tonight < most else 1.0,
        rise=1.0 if tonight <= fewest else tonight / fewest if fewest else math.inf,
        words=f"; {tonight} collaborations run, {fewest} to {most} in the four weeks before",
    )
