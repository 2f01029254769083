"""Writes a made-up world: a configuration, the inbox files of each night, and truth.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb

from reachline.sandbox.config import write_config
from reachline.sandbox.drops import drops_of
from reachline.sandbox.files import Written, as_json, write_drop
from reachline.sandbox.names import (
    BOT_AGENTS,
    BRANDS,
    CURRENCIES,
    HUMAN_AGENTS,
    LOCALES,
    OTHER_NICHES,
    PLANTED,
    PLATFORMS,
    RATE_PAIRS,
)
from reachline.sandbox.sizes import SIZES, Size
from reachline.sandbox.spoil import WAYS, check_spoil
from reachline.sandbox.truth import read_truth

GOAL_METRICS = (
    "engagements",
    "reach",
    "impressions",
    "clicks",
    "conversions",
    "revenue",
    "posts",
)


@dataclass(frozen=True)
class Night:
    """A night: drop what lies in `inbox` (by stream) before the run of this logical date."""

    logical_date: date
    inbox: Path
    files: tuple[Written, ...]


@dataclass(frozen=True)
class World:
    """A written world and where its parts lie."""

    out: Path
    config: Path
    truth: Path
    nights: tuple[Night, ...]


def write_world(
    out: Path,
    seed: int = 7,
    nights: int = 14,
    size: str = "small",
    start: date = date(2026, 3, 1),
    spoil: dict[str, float] | None = None,
    *,
    threads: int | None = None,
    on_night: Callable[[int], None] | None = None,
) -> World:
    """Writes a world into an empty or new directory and returns where its parts lie.

    The same arguments give the same bytes, on any number of threads; a world of fewer nights is
    the beginning of one of more. `spoil` maps names of spoil.WAYS to shares of rows; `on_night` is
    called with the number of each night, from 0, before it is written. Raises ValueError for an
    unknown size or way, for nights below 1, and where `out` has files already.
    """
    spoil = dict(spoil or {})
    check_spoil(spoil)
    if size not in SIZES:
        raise ValueError(f"--size {size!r} is unknown; there are {', '.join(SIZES)}")
    if nights < 1:
        raise ValueError(f"--nights {nights}: a world has at least one night")
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"--out {out} is not empty: name a new directory, or remove it first")
    out.mkdir(parents=True, exist_ok=True)
    write_config(out / "config")

    scratch = out / ".scratch"
    con = duckdb.connect(config={"temp_directory": str(scratch)})
    try:
        if threads:
            con.execute(f"set threads = {int(threads)}")
        make_market(con, seed, SIZES[size], start)
        written = []
        for number in range(nights):
            if on_night is not None:
                on_night(number)
            day = start + timedelta(days=number)
            written.append(_write_night(con, out, number, day, SIZES[size], spoil))
        truth = {
            "seed": seed,
            "size": size,
            "start": start,
            "nights": [night.logical_date for night in written],
            "files": [_file_entry(night, file) for night in written for file in night.files],
            "spoiled": [
                {
                    **_place(night, file),
                    "way": way,
                    "rows": len(lines),
                    "lines": lines,
                    "column": WAYS[way].named(file.stream),
                    "effect": WAYS[way].effect,
                }
                for night in written
                for file in night.files
                for way, lines in file.spoiled.items()
            ],
            **read_truth(con, nights),
        }
    finally:
        con.close()
        if scratch.is_dir():
            scratch.rmdir()
    path = out / "truth.json"
    path.write_text(
        json.dumps(truth, indent=1, ensure_ascii=False, default=as_json) + "\n", encoding="utf-8"
    )
    return World(out, out / "config", path, tuple(written))


def _place(night: Night, file: Written) -> dict[str, Any]:
    return {"logical_date": night.logical_date, "stream": file.stream, "file": file.name}


def _file_entry(night: Night, file: Written) -> dict[str, Any]:
    """Returns what truth.json says of a file: its night, its stream, its name and its rows."""
    return {**_place(night, file), "rows": file.rows}


def _run_sql(con: duckdb.DuckDBPyConnection, name: str) -> None:
    con.execute(resources.files("reachline.sandbox").joinpath("sql", name).read_text("utf-8"))


def make_market(con: duckdb.DuckDBPyConnection, seed: int, size: Size, start: date) -> None:
    """Makes the tables of what the nights do not change, and the macros for what they do."""
    variables: dict[str, Any] = {
        "seed": str(seed),
        "start_at": datetime(start.year, start.month, start.day),  # noqa: DTZ001  UTC, as columns are
        "platforms": list(PLATFORMS),
        "planted": [{"kind": k, "platform": p, "niche": n} for k, p, n in PLANTED],
        "other_niches": list(OTHER_NICHES),
        "goal_metrics": list(GOAL_METRICS),
        "human_agents": list(HUMAN_AGENTS),
        "bot_agents": list(BOT_AGENTS),
        "first_post_day": -size.past_days,
        "tier_shares": list(size.tier_shares),
    }
    for name in (
        *("persons", "posts_a_day", "roster_share", "tracked_days", "campaigns"),
        *("collaborations", "outreach_share", "outreach_step", "visitors", "clicks_a_day"),
        *("code_orders", "other_orders", "recommendations", "handle_changes"),
        "past_click_days",
    ):
        variables[name] = getattr(size, name)
    for name, value in variables.items():
        con.execute(f"set variable {name} = $1", [value])
    _make_constants(con)
    for name in ("draws.sql", "market.sql", "program.sql", "social.sql", "commerce.sql"):
        _run_sql(con, name)


def _make_constants(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create table brand (brand integer, place integer, brand_id varchar, brand_name varchar, "
        "role varchar, handle varchar, hashtags varchar[], keywords varchar[], domain varchar, "
        "niches varchar[])"
    )
    con.execute("create table brand_handle (brand integer, pidx integer, handle varchar)")
    # numbered so that an own brand stands before its two competitors: 0, 1, 2 and 3, 4, 5
    ordered = [b for own in BRANDS if own.role == "own" for b in (own, *_competitors_of(own))]
    for number, brand in enumerate(ordered):
        con.execute(
            "insert into brand values ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                number,
                brand.brand_id,
                brand.name,
                brand.role,
                brand.handle,
                list(brand.hashtags),
                list(brand.keywords),
                brand.domain,
                list(brand.niches),
            ],
        )
        for pidx, platform in enumerate(PLATFORMS):
            con.execute(
                "insert into brand_handle values ($1, $2, $3)",
                [number, pidx, brand.handle_on(platform)],
            )
    con.execute("set variable domains = $1", [[brand.domain for brand in ordered]])

    con.execute("create table currency (currency varchar, per_usd decimal(12, 4))")
    con.executemany("insert into currency values ($1, $2)", [list(pair) for pair in CURRENCIES])
    con.execute(
        "create table rate_pair (place integer, base_currency varchar, quote_currency varchar)"
    )
    con.executemany(
        "insert into rate_pair values ($1, $2, $3)",
        [[place, *pair] for place, pair in enumerate(RATE_PAIRS)],
    )
    con.execute(
        "create table locale (share_from double, share_to double, language varchar, "
        "country varchar, currency varchar, first_names varchar[], first_slugs varchar[], "
        "last_names varchar[], last_slugs varchar[], phrases varchar[], disclosures varchar[])"
    )
    upto = 0.0
    for place, locale in enumerate(LOCALES):
        last = place == len(LOCALES) - 1
        con.execute(
            "insert into locale values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            [
                upto,
                1.0 if last else upto + locale.share,
                locale.language,
                locale.country,
                locale.currency,
                [name for name, _ in locale.first],
                [slug for _, slug in locale.first],
                [name for name, _ in locale.last],
                [slug for _, slug in locale.last],
                list(locale.phrases),
                list(locale.disclosures),
            ],
        )
        upto += locale.share


def _competitors_of(brand: Any) -> list[Any]:
    by_id = {other.brand_id: other for other in BRANDS}
    return [by_id[brand_id] for brand_id in brand.competitors]


def _write_night(
    con: duckdb.DuckDBPyConnection,
    out: Path,
    number: int,
    day: date,
    size: Size,
    spoil: dict[str, float],
) -> Night:
    first = number == 0
    # posts are made a day ahead, since some are scheduled
    from_day = -400 if first else number + 1
    con.execute(f"insert into post select * from posts_of({from_day}, {number + 1})")
    for d in range(-size.past_click_days if first else number, number + 1):
        con.execute(f"insert into click select * from clicks_of({d}, {d})")
        con.execute(f"insert into shop_order select * from orders_of({d}) where seen_night >= {d}")
    # and the orders that are exported before the day they are dated
    con.execute(
        f"insert into shop_order select * from orders_of({number + 1}) where seen_night <= {number}"
    )
    con.execute(f"create or replace temp table night_posts as select * from post_rows({number})")
    inbox = out / "nights" / day.isoformat() / "inbox"
    files = []
    for drop in drops_of(number, day, size):
        file = write_drop(con, drop, inbox, number, spoil)
        if file is not None:
            files.append(file)
    return Night(day, inbox, tuple(sorted(files, key=lambda file: (file.stream, file.name))))
