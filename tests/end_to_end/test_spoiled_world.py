"""A market whose files are spoiled in every way: each fault is found, and said as it is.

Which lines are spoiled, and in which column, `truth.json` knows; what is to be said of each, this
file.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from reachline.inbox import land_files
from reachline.inbox.streams import load_streams
from reachline.sandbox.spoil import KEPT, QUARANTINED, SUPERSEDED, WAYS
from reachline.sandbox.world import World
from reachline.warehouse import connect
from reachline.warehouse.runs import open_run, stage
from tests.end_to_end.homes import drop, settings_of, small_world

pytestmark = pytest.mark.slow

NIGHTS = 6  # the first rows that remove a key come on the fourth
BAD = [name for name, way in WAYS.items() if way.effect == QUARANTINED]
# what only few rows can show is done to more of them, so that each way is planted
SHARES = dict.fromkeys(WAYS, 0.0012) | {
    **dict.fromkeys(("bad_currency", "missing_currency", "share_above_one", "old_day"), 0.01),
    **dict.fromkeys(("negative_money", "negative_part", "discount_above_gross"), 0.004),
    **dict.fromkeys(("negative_gift_card", "gift_card_above_rest", "list_of_objects"), 0.004),
    **dict.fromkeys(("nobody_approached", "cut_line", "key_twice", "list_line"), 0.004),
    **dict.fromkeys(("nul_byte", "escaped_nul", "bad_utf8", "bad_enum", "bad_boolean"), 0.003),
    **dict.fromkeys(("amount_without_currency", "error_cell", "unstored_formula"), 0.02),
    **dict.fromkeys(("far_day", "surplus_cell", "long_number", "rate_of_zero"), 0.02),
    "window_too_long": 0.15,
    "bad_removal": 0.2,
}

EMPTY = "{column}: is required and empty"
NUMBER = (
    r"{column}: '{value}' is not a (number such as 1234.56, without thousands signs, of at most "
    r"1[04] digits before the point|whole number from 0 to 9223372036854775807, without thousands "
    r"signs|share between 0 and 1)"
)
MOMENT = r"{column}: '{value}' is not (an ISO 8601 timestamp, e.g. .*Z|a date as YYYY-MM-DD)"
OLD = "{column}: '{value}.*' is before 2004, when there was no platform yet: correct its year"
FAR = "{column}: '2062-03-01.*' is after 2027-.*, a year after the day .*: correct its year; .*"
ROUNDED = "{column}: '{value}' is not the id any more but a rounded number, .* export it anew"
NEGATIVE = "{column}: must not be negative"
YES_NO = r"{column}: 'perhaps' is not true or false \(or 1, 0, yes, no\)"
VALUES = r"\d+ values, where the header names \d+ columns"
REASONS = {
    "bad_number": NUMBER.replace("{value}", "12k"),
    "thousands_sign": NUMBER.replace("{value}", "1,234"),
    "part_of_a_count": NUMBER.replace("{value}", r"12\.5"),
    "too_large": NUMBER.replace("{value}", "99999999999999999999"),
    "negative_count": NUMBER.replace("{value}", "-3"),
    "share_above_one": NUMBER.replace("{value}", "15"),
    "missing_required": EMPTY,
    "missing_currency": EMPTY,
    "bad_timestamp": MOMENT.replace("{value}", "2026-02-30"),
    "bare_date": MOMENT.replace("{value}", "2026-02-28"),
    "other_calendar": MOMENT.replace("{value}", "28/02/2026 10:00"),
    "seconds": MOMENT.replace("{value}", "1772272800"),
    "old_day": OLD.replace("{value}", "1926-03-01"),
    "old_moment": OLD.replace("{value}", "1970-01-01"),
    "far_day": FAR,
    "far_moment": FAR,
    "bad_enum": "{column}: 'maybe' is not one of [a-z_]+(, [a-z_]+)+",
    "bad_boolean": YES_NO,
    "bad_removal": YES_NO,
    "bad_currency": "{column}: '€' is not a three-letter ISO 4217 code, e.g. EUR",
    "amount_without_currency": "{column}: an amount needs its currency in currency",
    "discount_above_gross": "{column}: must be at most gross_amount",
    "gift_card_above_rest": "{column}: must be at most gross_amount less discount_amount",
    "negative_money": NEGATIVE,
    "negative_part": NEGATIVE,
    "negative_gift_card": NEGATIVE,
    "rate_of_zero": "{column}: must be above 0",
    "window_too_long": "{column}: must be 1 to 365 days",
    "nobody_approached": "{column}: needs creator_id, or platform and handle",
    "click_on_nothing": "{column}: needs link_id or landing_url",
    "list_of_objects": r"{column}: '\[\{.*\}\]' is not a list: write a\|b or a JSON array of .*",
    "rounded_id": ROUNDED.replace("{value}", r"1\.89547E\+18"),
    "float_id": ROUNDED.replace("{value}", r"1895470000000000123\.0"),
    "bad_utf8": r"byte 0xFF at position \d+ of the (row|line) is not UTF-8",
    "nul_byte": r"(a NUL byte|not JSON: a control character \(NUL\)) at position \d+.*",
    "escaped_nul": "a NUL character in a text",
    "ragged_row": VALUES,
    "short_row": VALUES,
    # where a later line has a quote, it is that which closes this one's
    "open_quote": "a quote is opened and never closed|text follows a closing quote",
    "text_after_quote": "text follows a closing quote",
    "cut_line": "not JSON",
    "key_twice": "a key stands twice in the record",
    "list_line": "not a JSON object but array",
    "surplus_cell": r"cell [A-Z]+\d+ stands right of the header's last column",
    "error_cell": r"cell [A-Z]+\d+ holds the error #N/A",
    "unstored_formula": r"cell [A-Z]+\d+ holds a formula without a stored value: .*",
    "long_number": r"cell [A-Z]+\d+ holds a number of more than 15 digits: .*",
}

Place = tuple[str, str, int]
"""Where a row stands: stream, file, line."""


@dataclass(frozen=True)
class Planted:
    """What was done to a row, and the column that it was done to (None: the whole row)."""

    way: str
    column: str | None

    def is_said(self, column: str | None, reason: str) -> bool:
        """Whether a refusal names the column, and what is wrong with it."""
        expected = REASONS[self.way].replace("{column}", str(self.column))
        return column == self.column and re.fullmatch(expected, reason) is not None


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    """A market spoiled in every way, and the warehouse that read its nights."""
    folder = tmp_path_factory.mktemp("spoiled")
    world = small_world(folder / "world", nights=NIGHTS, spoil=SHARES)
    return world, staged(world, folder / "home")


def staged(world: World, home: Path) -> Path:
    settings = settings_of(world, home)
    for night in range(len(world.nights)):
        logical_date = drop(world, night, home)
        land_files(settings, logical_date, f"night-{night}")
    run = open_run(settings, logical_date)
    stage(run)
    return run.directory


def test_each_fault_is_refused_for_what_it_is(spoiled: tuple[World, Path]) -> None:
    world, directory = spoiled
    truth = json.loads(world.truth.read_text("utf-8"))
    planted: dict[Place, Planted] = {
        (entry["stream"], entry["file"], line): Planted(entry["way"], entry["column"])
        for entry in truth["spoiled"]
        if entry["effect"] == QUARANTINED
        for line in entry["lines"]
    }
    with connect(directory, read_only=True) as con:
        refused = {
            (stream, Path(file).name, line): (column, reason)
            for stream, file, line, column, reason in con.execute(
                "select stream, file_name, line, column_name, reason from work.staging.quarantine"
            ).fetchall()
        }
    counts, right = Counter[str](), Counter[str]()
    wrong = []
    for place, fault in planted.items():
        counts[fault.way] += 1
        found = refused.get(place)
        if found is not None and fault.is_said(*found):
            right[fault.way] += 1
        else:
            wrong.append(f"{place}: {fault}, {found}")
    for way in BAD:
        print(f"{way:24} {counts[way]:5} planted {right[way]:5} right")
    rows = sum(file["rows"] for file in truth["files"])
    said = f"{right.total():,} of {counts.total():,} faults in {rows:,} rows are said as they are"
    print(said)
    assert set(REASONS) == set(BAD)
    assert not [way for way in BAD if not counts[way]], "planted nowhere"
    assert 0.025 <= counts.total() / rows <= 0.04
    assert right.total() >= 0.99 * counts.total(), "\n".join([said, *wrong[:40]])
    # and no good row is refused
    assert not {place: refused[place] for place in refused.keys() - planted.keys()}


def test_quarantine_holds_as_many_rows_as_were_spoiled(spoiled: tuple[World, Path]) -> None:
    world, directory = spoiled
    with connect(directory, read_only=True) as con:
        rows = con.execute(
            """
            select batches.stream, batches.file_name, read.rows_in, read.quarantined,
                read.superseded
            from work.landing.batches as batches
            left join work.staging.batches_read as read on batches.batch_id = read.batch_id
            """
        ).fetchall()
    found = {
        (stream, Path(file).name): (count, quarantined, superseded)
        for stream, file, count, quarantined, superseded in rows
    }

    truth = json.loads(world.truth.read_text("utf-8"))
    effects: Counter[tuple[str, str, str]] = Counter()
    for entry in truth["spoiled"]:
        effects[entry["stream"], entry["file"], entry["effect"]] += entry["rows"]
    expected = {}
    for file in truth["files"]:
        place = (file["stream"], file["file"])
        # a repeated row stands in the file twice: truth counts the lines that were written
        expected[place] = (
            file["rows"],
            effects[(*place, QUARANTINED)],
            effects[(*place, SUPERSEDED)],
        )
    assert found == expected
    assert sum(quarantined for _, quarantined, _ in expected.values()) > 500


def test_what_only_looks_wrong_is_read_as_it_is_meant(tmp_path: Path) -> None:
    # rows of these two say something else
    others = ("orphan", "unknown_currency")
    ways = [name for name, way in WAYS.items() if way.effect == KEPT and name not in others]
    assert {"armoured_id", "blanks_around", "header_again"} <= {*ways}
    world = small_world(tmp_path / "odd", nights=1, spoil=dict.fromkeys(ways, 0.04))
    plain = small_world(tmp_path / "plain", nights=1)
    truth = json.loads(world.truth.read_text("utf-8"))
    assert {entry["way"] for entry in truth["spoiled"]} == {*ways}

    odd, usual = staged(world, tmp_path / "home"), staged(plain, tmp_path / "usual")
    with duckdb.connect() as con:
        con.execute(f"attach '{odd / 'staging.duckdb'}' as odd (read_only)")
        con.execute(f"attach '{usual / 'staging.duckdb'}' as usual (read_only)")
        for stream in load_streams().values():
            # a list without an element is no list
            names = ", ".join(
                f'coalesce("{column.name}", [])' if "list" in column.kind else f'"{column.name}"'
                for column in stream.columns
            )
            rows = [
                f"(select {names}, is_deleted from {database}.staging.stg_inbox__{stream.name})"
                for database in ("odd", "usual")
            ]
            for one, other in (rows, reversed(rows)):
                left = con.execute(f"from {one} except all from {other} limit 3").fetchall()
                assert not left, stream.name
            ((count,),) = con.execute(f"select count(*) from {rows[0]}").fetchall()
            # retention writes kept_daily, and has taken nothing away
            assert count or stream.name == "kept_daily", stream.name
