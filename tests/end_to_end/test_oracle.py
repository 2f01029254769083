"""Every published column against the oracle, and every way of getting there against the others.

A random world is dropped night by night and run. After the last night all tables are those of the
oracle. In the slow test they are so after each night, and after the last one they are also those of
one build from landing at the last date, and those of the last night run again.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from reachline.inbox import land_files
from reachline.settings import load_settings
from reachline.warehouse import connect, model, open_run, stage

sys.path.insert(0, str(Path(__file__).parents[1]))

from oracle import compare, reports, setting, streams, worlds


def test_the_last_night_is_what_the_oracle_says(tmp_path: Path) -> None:
    world = worlds.world(0)
    *_, last = run_nights(world, tmp_path / "home", tmp_path / "config")
    none_differ(world, against_oracle(world, last, tmp_path / "home", tmp_path / "config"))


@pytest.mark.slow
def test_nights_are_what_the_oracle_says(tmp_path: Path) -> None:
    check(worlds.world(0), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 20))
def test_more_nights_are_what_the_oracle_says(seed: int, tmp_path: Path) -> None:
    check(worlds.world(seed), tmp_path)


def check(world: worlds.World, folder: Path) -> None:
    home, config = folder / "home", folder / "config"
    wrong = []
    for night in run_nights(world, home, config):
        wrong += [f"night {night}, {line}" for line in against_oracle(world, night, home, config)]
    day = world.nights[-1][0]
    published = home / "warehouse" / "warehouse.duckdb"
    shutil.copy(published, folder / "once.duckdb")
    build(home, config, day)
    wrong += [f"run again, {line}" for line in between(published, folder / "once.duckdb")]

    other = folder / "other"
    shutil.copytree(home / "landing", other / "landing")
    build(other, config, day)
    rebuilt = other / "warehouse" / "warehouse.duckdb"
    wrong += [f"rebuilt, {line}" for line in between(published, rebuilt)]
    none_differ(world, wrong)


def run_nights(world: worlds.World, home: Path, config: Path) -> Iterator[int]:
    """Drop and build the nights of a world one by one; yield the number of each."""
    for night, (day, _) in enumerate(world.nights):
        world.configure(config, night)
        world.drop(home / "inbox", night)
        land_files(load_settings(home, config), day, f"night-{night}")
        build(home, config, day)
        yield night


def none_differ(world: worlds.World, wrong: list[str]) -> None:
    assert not wrong, f"seed {world.seed}: {len(wrong)} differences\n" + "\n".join(wrong[:60])


def build(home: Path, config: Path, day: object) -> None:
    run = open_run(load_settings(home, config), day)
    stage(run)
    model(run)


def against_oracle(world: worlds.World, night: int, home: Path, config: Path) -> list[str]:
    """What differs from the oracle after a night."""
    landed = streams.read(world.dropped(night + 1))
    lines = []
    with connect(home / "warehouse", read_only=True) as con:
        # what language a text is in, no second computation tells: as it was detected, also where
        # the platform says that there is none, which dim_post shows as it is
        detected = "select post_id, language from work.intermediate.int_posts__detect_languages"
        languages = dict(con.execute(detected).fetchall())
        # nor how an address is masked in a text, whose length counts
        texts = dict(con.execute("select post_id, text from core.dim_post").fetchall())
        day = world.nights[night][0]
        now = setting.Night(landed, setting.read_setting(config, day), languages, texts)
        for name, expected in reports.tables(now).items():
            found = compare.published(con, name, reports.KEYS[name])
            lines += [f"{name}: {line}" for line in compare.differences(expected, found)]
        lines += days_are_right(con) + rates_are_right(con, now)
        lines += rows_are_accounted_for(con, landed)
    return lines


def days_are_right(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What differs in dim_date, which holds the days of every fact."""
    found = compare.published(con, "core.dim_date", ("date_day",))
    expected = reports.dim_date([key[0] for key in found])
    facts = (
        "select date_day from core.fct_post_daily union select date_day from core.fct_account_daily"
    )
    absent = con.execute(f"{facts} except select date_day from core.dim_date").fetchall()
    lines = compare.differences(expected, found) + [f"{day[0]} is missing" for day in absent]
    return [f"core.dim_date: {line}" for line in lines]


def rates_are_right(con: duckdb.DuckDBPyConnection, now: setting.Night) -> list[str]:
    """What differs in dim_fx_rate, which holds the rates of every amount."""
    found = compare.published(con, "core.dim_fx_rate", ("currency", "date_day"))
    expected = reports.dim_fx_rate(now, [(key[0], key[1]) for key in found])
    return [f"core.dim_fx_rate: {line}" for line in compare.differences(expected, found)]


def rows_are_accounted_for(con: duckdb.DuckDBPyConnection, landed: streams.Landed) -> list[str]:
    """Files whose refused lines or whose counts of rows are not the oracle's."""
    refused: dict[tuple[str, ...], dict[int, set[str | None]]] = {}
    for source, stream, name, line, column in con.execute(
        "select source, stream, file_name, line, column_name from work.staging.quarantine"
    ).fetchall():
        refused.setdefault((source, stream, name), {}).setdefault(line, set()).add(column)
    counts = {
        row[:3]: row[3:]
        for row in con.execute(
            """
            select source, stream, file_name, rows_in, loaded, superseded, quarantined
            from work.staging.batches_read
            inner join work.landing.batches using (source, stream, batch_id)
            """
        ).fetchall()
    }
    lines = []
    for file in landed.files:
        key = (file.dropped.source, file.dropped.stream, file.dropped.name)
        if file.outcome != "landed":
            expected_counts, expected = None, {}
        else:
            expected_counts = (file.rows, file.loaded, file.superseded, len(file.refused))
            expected = file.refused
        if counts.pop(key, None) != expected_counts:
            lines.append(f"{key}: expected (in, loaded, superseded, refused) {expected_counts}")
        found = refused.pop(key, {})
        # of several wrong columns one is enough
        if found.keys() != expected.keys() or any(not found[n] & expected[n] for n in found):
            lines.append(f"{key}: oracle refuses {expected}, quarantine has {found}")
    lines += [f"{key}: unknown to the oracle" for key in {*counts, *refused}]
    return lines


def between(left: Path, right: Path) -> list[str]:
    """What differs between two published databases."""
    with duckdb.connect() as con:
        con.execute(f"attach '{left}' as one (read_only)")
        con.execute(f"attach '{right}' as other (read_only)")
        return compare.database_differences(con, "one", "other", {})
