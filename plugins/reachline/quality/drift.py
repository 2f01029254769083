"""What a release holds, against the release before and against what nights usually add: gate 4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import duckdb

from reachline.arrow import create_table, pa
from reachline.quality.checks import Suite, no_row
from reachline.quality.figures import ALL, Figures, Tables
from reachline.quality.running import Change
from reachline.quality.usual import LEVEL_DAYS, judge
from reachline.quality.volume import known_anomaly
from reachline.settings import Quality

DRIFT, NIGHT = "release.drift", "release.night"

# What only grows, a night at a time.
GROWING = (
    "core.fct_account_daily",
    "core.fct_clicks",
    "core.fct_mentions",
    "core.fct_orders",
    "core.fct_post_daily",
    "core.fct_post_latest",
    "core.fct_refunds",
)

RECOUNTED = ("core.fct_account_daily", "core.fct_post_daily", "core.fct_post_latest")
"""What platforms count: they correct it, and posts and accounts go, at times the largest of all."""

OF_COLLABORATIONS = {"core.fct_clicks": ("link_id", "collaboration_id")}
"""Tables whose rows come with the collaborations that run, and their columns that do."""

_COLLAPSED, _SURGED, _EMPTIED, _UNUSUAL = "collapsed", "surged", "emptied", "unusual"
CHECK_OF = {
    _COLLAPSED: "nothing_has_collapsed",
    _SURGED: "nothing_has_surged",
    _EMPTIED: "columns_are_still_filled",
}
LEAST_NIGHTS_OF_VALUES = 4
"""With fewer nights nothing is said of the columns of what a night added."""
_NIGHTS_OF_VALUES = 14

_COLUMNS = pa.schema(
    [(name, pa.string()) for name in ("suite", "table_name", "finding", "change", "known")]
)


@dataclass(frozen=True)
class Before:
    """What a candidate is compared with.

    `release` are the figures of the release before, of whichever night; `nights` those of each
    night that readers saw, by logical date; `published_nights` is how many there were; `running` is
    what changed of the collaborations that run. `taken_back` says of a recounted table, a platform
    and a metric how much is gone of what that release had of single posts or accounts; it is asked
    where a night would be blocked.
    """

    release: Tables
    nights: Mapping[date, Tables]
    published_nights: int
    running: Change
    taken_back: Callable[[str, str, str], float]


@dataclass(frozen=True)
class _Finding:
    suite: str
    table: str
    platform: str
    finding: str
    change: str


def first_night(night: date, quality: Quality) -> date:
    """Return the first night whose figures are needed to judge a night."""
    return night - timedelta(days=7 * quality.volume.weeks + LEVEL_DAYS + 1)


def gather(
    facts: duckdb.DuckDBPyConnection, night: date, now: Tables, before: Before, quality: Quality
) -> None:
    """Write the table `drift`: a row for each finding of both suites.

    `finding` is collapsed, surged or emptied (a column lost its values), which block unless `known`
    names a known anomaly, or unusual, which warns; `change` says it in words. What is derived
    (reports) moves with a bound of the configuration, too: there all of it is unusual at most.
    """
    rows = []
    for found in (*_drifted(now, before, quality), *_nights(night, now, before, quality)):
        check = CHECK_OF.get(found.finding, "changes_are_small")
        known = known_anomaly(quality, night, found.suite, check, (found.table,))
        rows.append(
            {
                "suite": found.suite,
                "table_name": found.table,
                "finding": found.finding,
                "change": found.change + (f" ({known})" if known else ""),
                "known": known,
            }
        )
    create_table(facts, "drift", rows, _COLUMNS)


def suites() -> list[Suite]:
    """Return both suites of what `gather` wrote."""
    return [
        _suite(
            DRIFT,
            "of the release before",
            "Readers would see a table that lost or doubled what it held: a file that deletes, a "
            "mapping that broke, a feed that came twice.",
        ),
        _suite(
            NIGHT,
            "that the same weekday adds",
            "Figures of the day would be far off, while those of all days hide it.",
        ),
    ]


def _suite(table: str, of_what: str, why: str) -> Suite:
    blocking = {
        _COLLAPSED: f"rows and sums not below collapse_share of those {of_what}",
        _SURGED: f"rows and sums not above surge_ratio times those {of_what}",
        _EMPTIED: f"values in columns as in those {of_what}, but for null_share of the rows",
    }
    return Suite(
        stage="release",
        table=table,
        rows=f"select table_name, finding, change, known from drift where suite = '{table}'",
        key=("change",),
        checks=(
            *(
                no_row(
                    CHECK_OF[finding],
                    f"finding = '{finding}' and known = ''",
                    f"{words} (config/quality.yml)",
                    f"{why} Where it is meant: `reachline gates accept`.",
                )
                for finding, words in blocking.items()
            ),
            no_row(
                "changes_are_small",
                "finding = 'unusual' or known <> ''",
                f"rows, sums and values near those {of_what} (config/quality.yml)",
                "It may be as it should; look before you tell others.",
                severity="warn",
            ),
        ),
    )


def _drifted(now: Tables, before: Before, quality: Quality) -> Iterator[_Finding]:
    """Compare each table, platform and measure with the release before."""
    bounds = quality.drift
    is_grown_up = before.published_nights >= bounds.least_nights
    for table, parts in before.release.items():
        is_derived = table.startswith("reports.")
        for platform, was in parts.items():
            if was.rows < bounds.least_rows:
                continue
            found = now.get(table, {}).get(platform, Figures())
            for measure, old, new in _measures(was, found):
                ratio = new / old
                finding = ""
                if ratio < bounds.collapse_share:
                    finding = _COLLAPSED
                elif ratio > bounds.surge_ratio and is_grown_up:
                    finding = _SURGED
                elif not is_derived and (
                    ratio < bounds.warn_share or (ratio > bounds.warn_ratio and is_grown_up)
                ):
                    finding = _UNUSUAL
                if finding:
                    yield _Finding(
                        DRIFT,
                        table,
                        platform,
                        _UNUSUAL if is_derived else finding,
                        f"{_name(table, platform, measure)}: {_number(new)}, {_number(old)} before",
                    )
            for column, share, share_before in _shares(was, found):
                lost = share_before - share
                if lost > bounds.null_warn_share:
                    blocks = lost > bounds.null_share and not is_derived
                    yield _Finding(
                        DRIFT,
                        table,
                        platform,
                        _EMPTIED if blocks else _UNUSUAL,
                        f"{_name(table, platform, column)}: a value in {share:.0%} of the rows, "
                        f"{share_before:.0%} before",
                    )


def _measures(was: Figures, found: Figures) -> Iterator[tuple[str, float, float]]:
    yield "rows", was.rows, found.rows
    for metric, old in was.sums.items():
        # a sum of a column that the model no longer has is not compared: the contract tells of it
        if old >= 1 and metric in found.sums:
            yield metric, old, found.sums[metric]
        elif old >= 1 and not found.rows:
            yield metric, old, 0.0


def _shares(was: Figures, found: Figures) -> Iterator[tuple[str, float, float]]:
    if not found.rows:
        return
    for column, filled in was.filled.items():
        if column in found.filled:
            yield column, found.filled[column] / found.rows, filled / was.rows


def _nights(night: date, now: Tables, before: Before, quality: Quality) -> Iterator[_Finding]:
    """Compare what the night added with what nights add, table by table and platform by platform.

    Tonight's figures less those of the night before: what came late counts on the night when it
    came, in the past as tonight. A night that has none before it tells nothing.
    """
    nights = {day: tables for day, tables in before.nights.items() if day < night} | {night: now}
    for table in GROWING:
        for platform in now.get(table, {}) | before.release.get(table, {}):
            added: dict[date, Figures] = {}
            for day, tables in nights.items():
                last = nights.get(day - timedelta(days=1), {}).get(table)
                if last is not None:
                    added[day] = _less(
                        tables.get(table, {}).get(platform, Figures()),
                        last.get(platform, Figures()),
                    )
            tonight = added.pop(night, None)
            if tonight is not None:
                yield from _unusual(night, table, platform, tonight, added, quality, before)
                yield from _emptied(table, platform, tonight, added, quality, before)


def _unusual(
    night: date,
    table: str,
    platform: str,
    tonight: Figures,
    added: Mapping[date, Figures],
    quality: Quality,
    before: Before,
) -> Iterator[_Finding]:
    """Find what the night added far less or more of than what its weekday adds.

    What comes with collaborations is borne to fall and rise as much as those that run. A sum of
    what platforms count may lack what is gone of single posts or accounts; one of changes may be
    whatever it is, below 0, too: rows, and the counts themselves, tell of a feed that broke.
    """
    bounds = quality.volume
    running = before.running if table in OF_COLLABORATIONS else Change()
    values = {"rows": float(tonight.rows), **tonight.sums}
    for measure, value in values.items():
        past = {
            day: found.rows if measure == "rows" else found.sums[measure]
            for day, found in added.items()
            if measure == "rows" or measure in found.sums
        }
        verdict = judge(night, value, past, bounds)
        if measure == "rows" and verdict is None:
            return  # a sum of a handful of rows is whatever the largest of them is
        if verdict is None or not verdict.is_unusual(bounds):
            continue
        finding, words = _UNUSUAL, running.words
        if verdict.has_collapsed(bounds, borne=running.fall):
            finding = _COLLAPSED
            if table in RECOUNTED and measure.endswith("_change"):
                finding = _UNUSUAL
            elif table in RECOUNTED and measure != "rows":
                gone = before.taken_back(table, platform, measure)
                if not replace(verdict, value=value + gone).has_collapsed(bounds):
                    finding = _UNUSUAL
                if gone:
                    words = f"; {_number(gone)} are gone of what single posts or accounts had"
        elif verdict.has_surged(bounds, borne=running.rise):
            finding = _SURGED
        yield _Finding(
            NIGHT,
            table,
            platform,
            finding,
            f"{_name(table, platform, measure)}: {_number(value)} more, "
            f"{_number(verdict.expected)} expected{words}",
        )


def _emptied(
    table: str,
    platform: str,
    tonight: Figures,
    added: Mapping[date, Figures],
    quality: Quality,
    before: Before,
) -> Iterator[_Finding]:
    """Find columns that what the night added has no values in, unlike each of the nights before.

    A column that comes with collaborations may lose as large a share as those that run did.
    """
    bounds, least = quality.drift, quality.volume.least_rows
    nights = [added[day] for day in sorted(added)[-_NIGHTS_OF_VALUES:] if added[day].rows >= least]
    if tonight.rows < least or len(nights) < LEAST_NIGHTS_OF_VALUES:
        return
    for column, filled in tonight.filled.items():
        shares = [found.filled[column] / found.rows for found in nights if column in found.filled]
        if len(shares) < LEAST_NIGHTS_OF_VALUES:
            continue
        share, least_before = filled / tonight.rows, min(shares)
        lost = least_before - share
        if lost <= bounds.null_warn_share:
            continue
        of_collaborations = column in OF_COLLABORATIONS.get(table, ())
        expected = least_before * (before.running.fall if of_collaborations else 1.0)
        yield _Finding(
            NIGHT,
            table,
            platform,
            _EMPTIED if expected - share > bounds.null_share else _UNUSUAL,
            f"{_name(table, platform, column)}: a value in {share:.0%} of the new rows, "
            f"{least_before:.0%} or more on {len(shares)} nights before"
            + (before.running.words if of_collaborations else ""),
        )


def _less(now: Figures, before: Figures) -> Figures:
    return Figures(
        now.rows - before.rows,
        {name: found - before.sums.get(name, 0.0) for name, found in now.sums.items()},
        {name: found - before.filled.get(name, 0) for name, found in now.filled.items()},
    )


def _name(table: str, platform: str, measure: str) -> str:
    return f"{table}{f' of {platform}' if platform != ALL else ''}: {measure}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
