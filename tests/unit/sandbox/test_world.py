from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import zstandard

from reachline.configuration.fields import normalize
from reachline.configuration.platforms import refusal
from reachline.sandbox.names import BOT_AGENTS, BRANDS, HUMAN_AGENTS, PLATFORMS
from reachline.sandbox.spoil import WAYS, parse_spoil
from reachline.sandbox.world import World, write_world

NIGHTS = 5
STREAMS = {
    *("campaigns", "creators", "creator_accounts", "collaborations", "deliverables"),
    *("promo_codes", "tracking_links", "payments", "outreach", "customers", "recommendations"),
    *("events", "fx_rates", "orders", "refunds", "clicks", "profiles", "posts", "post_metrics"),
}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write_world(tmp_path_factory.mktemp("world"), 7, NIGHTS, "small", threads=2)


@dataclass
class Read:
    """All files of a world, read without the code that wrote them."""

    files: dict[tuple[str, str, str], list[Row]] = field(default_factory=dict)

    def stream(self, name: str, file: str = "") -> list[Row]:
        return [
            row
            for (_, stream, its_file), rows in self.files.items()
            for row in rows
            if stream == name and its_file.startswith(file)
        ]


@pytest.fixture(scope="module")
def read(world: World) -> Read:
    found = Read()
    for path in sorted((world.out / "nights").rglob("*")):
        if path.is_file():
            night, _, stream, file = path.relative_to(world.out / "nights").parts
            found.files[night, stream, file] = rows_of(path)
    return found


@pytest.fixture(scope="module")
def truth(world: World) -> Row:
    return json.loads(world.truth.read_text("utf-8"))


def plain_bytes(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(data).read()
    return data


def rows_of(path: Path) -> list[Row]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(path).to_pylist()
    if path.suffix == ".xlsx":
        import openpyxl

        lines = (
            openpyxl.load_workbook(
                path,
            )
            .worksheets[0]
            .iter_rows(values_only=True)
        )
        header = next(lines)
        return [dict(zip(header, line, strict=True)) for line in lines]
    text = plain_bytes(path).decode("utf-8")
    if "json" in path.name:
        return [json.loads(line) for line in text.splitlines()]
    header = text.split("\n", 1)[0]
    delimiter = max(",;|\t", key=header.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    return [{name: value or None for name, value in row.items()} for row in rows]


def moment(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo is None else (found - found.utcoffset()).replace(tzinfo=None)


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(
    world: World, tmp_path: Path
) -> None:
    # fewer nights, too: they are the beginning of the same world
    again = write_world(tmp_path / "again", 7, 2, "small", threads=1)
    assert tree(again.config) == tree(world.config)
    for night, first in zip(again.nights, world.nights[:2], strict=True):
        assert tree(night.inbox) == tree(first.inbox)


def test_another_seed_gives_another_world(world: World, tmp_path: Path) -> None:
    other = write_world(tmp_path / "other", 8, 1, "small")
    mine, its = tree(world.nights[0].inbox), tree(other.nights[0].inbox)
    same = {name.split("/")[0] for name in mine if mine[name] == its.get(name)}
    assert same <= {"events"}


def test_every_stream_comes_and_every_kind_of_file(world: World) -> None:
    files = [file for night in world.nights for file in night.files]
    assert {file.stream for file in files} == STREAMS
    suffixes = {"".join(Path(file.name).suffixes).split(".", 1)[1] for file in files}
    assert suffixes == {
        *("csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "ndjson", "ndjson.gz", "ndjson.zst"),
        *("parquet", "xlsx"),
    }


def test_the_columns_are_those_that_the_inbox_takes(read: Read) -> None:
    from reachline.inbox.streams import load_streams

    streams = load_streams()
    # retention writes kept_daily; no team sends one
    assert set(streams) - {"kept_daily"} == STREAMS
    sent = defaultdict(set)
    for (_, stream, file), rows in read.files.items():
        names = {column.name for column in streams[stream].columns}
        required = {column.name for column in streams[stream].columns if column.required}
        header = set(rows[0])
        assert header <= names | {"is_deleted"}, (stream, file)
        assert required <= header or "is_deleted" in header, (stream, file)
        sent[stream] |= header
    # every column of every stream is tried
    assert {
        stream: {column.name for column in streams[stream].columns} - sent[stream]
        for stream in STREAMS
    } == {stream: set() for stream in STREAMS}


def test_truth_tells_the_rows_of_every_file(read: Read, truth: Row) -> None:
    told = {(f["logical_date"], f["stream"], f["file"]): f["rows"] for f in truth["files"]}
    assert told == {place: len(rows) for place, rows in read.files.items()}


def test_followers_and_engagement_are_heavy_tailed(read: Read) -> None:
    followers = sorted(
        int(row["followers"]) for row in read.stream("profiles", "instagram_2026-03-01")
    )
    assert len(followers) > 50
    top = followers[-len(followers) // 10 :]
    assert sum(top) > 0.5 * sum(followers)
    likes = sorted(int(row["likes"]) for row in read.stream("post_metrics", "tiktok_2026-03-01"))
    assert likes[-1] > 50 * statistics.median(likes)


def test_smaller_accounts_engage_two_to_three_times_more(read: Read) -> None:
    followers = {
        (row["platform"], row["native_account_id"]): int(row["followers"])
        for row in read.stream("profiles")
        if "2026-03-01" in str(row["observed_at"])
    }
    author = {
        (row["platform"], row["native_post_id"]): (row["platform"], row["native_account_id"])
        for row in read.stream("posts")
    }
    published = {
        (row["platform"], row["native_post_id"]): moment(row["published_at"])
        for row in read.stream("posts")
    }
    rates = defaultdict(list)
    for row in read.stream("post_metrics", "history"):
        post = (row["platform"], row["native_post_id"])
        age = (moment(row["observed_at"]) - published[post]).total_seconds() / 86400
        if 5.6 <= age <= 7 and row["likes"] and author[post] in followers:
            engagements = int(row["likes"]) + int(row["comments"])
            rates[author[post]].append(engagements / followers[author[post]])
    of_tier = defaultdict(list)
    for account, found in rates.items():
        size = followers[account]
        tier = "micro" if 1000 <= size <= 100000 else "macro" if 500000 < size <= 1000000 else ""
        of_tier[tier].append(statistics.median(found))
    assert len(of_tier["macro"]) >= 30
    ratio = statistics.median(of_tier["micro"]) / statistics.median(of_tier["macro"])
    assert 2 <= ratio <= 3.2


def test_metrics_grow_and_level_off(read: Read) -> None:
    seen = defaultdict(dict)
    for row in read.stream("post_metrics", "tiktok"):
        seen[row["native_post_id"]][row["observed_at"]] = int(row["likes"])
    curves = [[v for _, v in sorted(curve.items())] for curve in seen.values() if len(curve) == 5]
    assert len(curves) > 100
    steps = [later - earlier for curve in curves for earlier, later in pairwise(curve)]
    assert min(steps) >= -2  # likes that were taken back
    assert min(steps) < 0
    young = [curve for curve in curves if curve[1] > 20 and curve[0] < curve[-1] * 0.8]
    assert len(young) > 5
    # but for likes that were taken back, and rounding
    assert all(c[1] - c[0] + 4 >= c[4] - c[3] for c in young)


def test_what_a_platform_does_not_report_is_empty(read: Read) -> None:
    for platform, absent in {
        "mastodon": ("saves", "views", "reach", "impressions"),
        "bluesky": ("saves", "views", "reach", "impressions"),
        "youtube": ("shares", "reach", "impressions"),
    }.items():
        rows = read.stream("post_metrics", platform)
        assert rows
        for column in absent:
            assert not any(row[column] for row in rows), (platform, column)
    instagram = read.stream("post_metrics", "instagram")
    hidden = sum(row["likes"] is None for row in instagram) / len(instagram)
    assert 0.01 < hidden < 0.15
    bases = {row.get("value_basis") for row in read.stream("post_metrics")}
    assert bases == {"measured", "estimated", "declared", None}


def test_bots_look_like_bots_and_people_like_people(read: Read, truth: Row) -> None:
    import crawleruseragents

    assert all(crawleruseragents.is_crawler(agent) for agent in BOT_AGENTS)
    assert not any(crawleruseragents.is_crawler(agent) for agent in HUMAN_AGENTS)
    clicks = read.stream("clicks")
    bots = sum(row["user_agent"] in BOT_AGENTS for row in clicks)
    assert bots == truth["clicks"][0]["bots"]
    assert 0.03 < bots / len(clicks) < 0.1


def test_planted_drivers_bring_the_most_orders(read: Read, truth: Row) -> None:
    drivers = {driver["creator_id"] for driver in truth["drivers"]}
    assert len(drivers) == 3
    creator = {row["collaboration_id"]: row["creator_id"] for row in read.stream("collaborations")}
    assert {creator[c] for driver in truth["drivers"] for c in driver["collaboration_ids"]} == (
        drivers
    )
    whose = {
        row["code"].strip().upper(): creator[row["collaboration_id"]]
        for row in read.stream("promo_codes")
        if row["collaboration_id"] in creator
    }
    # leaked codes may bring more: see the next test
    odd = {row["code"].upper() for row in truth["odd_codes"]}
    used: Counter[str] = Counter()
    for row in read.stream("orders", "shop_2"):
        for code in (row["discount_codes"] or "").split("|"):
            if code in whose and code not in odd:
                used[whose[code]] += 1
    assert {creator_id for creator_id, _ in used.most_common(3)} == drivers
    third, fourth = [orders for _, orders in used.most_common(4)][2:]
    assert third > 3 * fourth


def test_a_code_is_leaked_of_each_way_and_some_honest_ones_look_odd(read: Read, truth: Row) -> None:
    planted = Counter(row["odd"] for row in truth["odd_codes"])
    assert planted == {
        **{"coupon_site": 3, "before_post": 3, "own_by_mail": 1, "own_by_handle": 1},
        **{"no_clicks": 1, "evergreen": 1, "regulars": 1},
    }
    used = Counter(
        code.lower()
        for row in read.stream("orders", "shop_2")
        for code in (row["discount_codes"] or "").split("|")
    )
    # the days of one are yet to come
    assert {row["odd"] for row in truth["odd_codes"] if used[row["code"]] >= 4} == set(planted)


def follower_steps(read: Read) -> dict[str, list[float]]:
    seen = defaultdict(dict)
    for row in read.stream("profiles"):
        account = f"{row['platform']}:{row['native_account_id']}"
        seen[account][moment(row["observed_at"]).date()] = int(row["followers"])
    return {
        account: [b / max(a, 1) - 1 for a, b in pairwise(v for _, v in sorted(days.items()))]
        for account, days in seen.items()
    }


def test_bought_followers_come_at_a_jump_and_engage_little(read: Read, truth: Row) -> None:
    steps = follower_steps(read)
    likes, comments = Counter(), Counter()
    author = {
        (row["platform"], row["native_post_id"]): f"{row['platform']}:{row['native_account_id']}"
        for row in read.stream("posts")
    }
    for row in read.stream("post_metrics", "history"):
        account = author[row["platform"], row["native_post_id"]]
        likes[account] += int(row["likes"] or 0)
        comments[account] += int(row["comments"])
    assert len(truth["bought_followers"]) == 4
    for bought in truth["bought_followers"]:
        account = bought["account_id"]
        if date.fromisoformat(bought["jumped_on"]) <= date(2026, 3, NIGHTS):
            assert max(steps[account]) > 0.5, account
        assert likes[account] > 300 * comments[account], account
    for viral in truth["went_viral"]:
        assert 0.1 < max(steps[viral["account_id"]]) < 0.5, viral
    planted = {row["account_id"] for row in truth["bought_followers"]}
    others = [max(step) for account, step in steps.items() if step and account not in planted]
    assert max(others) < 0.5


def test_undisclosed_posts_carry_no_token_and_others_do(read: Read, truth: Row) -> None:
    tokens = ("#ad", "#sponsored", "#sp ", "partner", "werbung", "anzeige", "publi", "#pr ", "広告")
    posts = {f"{row['platform']}:{row['native_post_id']}": row for row in read.stream("posts")}
    assert len(truth["undisclosed"]) == 2
    for creator in truth["undisclosed"]:
        assert creator["post_ids"]
        for post_id in creator["post_ids"]:
            row = posts[post_id]
            assert not any(token in row["text"].lower() for token in tokens)
            assert row["is_paid_label"] in ("false", False)
    assert sum("#ad" in row["text"].lower() for row in posts.values()) > 20
    assert sum(row["is_paid_label"] in ("true", True) for row in posts.values()) > 20


def test_best_fits_are_micro_strangers_who_post_about_the_niche(read: Read, truth: Row) -> None:
    roster = {
        (row["platform"], row["handle"].lstrip("@")) for row in read.stream("creator_accounts")
    }
    assert Counter(row["brand_id"] for row in truth["best_fit"]) == {"lumen": 3, "verdant": 3}
    recommended = {(row["platform"], row["handle"]) for row in read.stream("recommendations")}
    customers = {(row["platform"], row["handle"]) for row in read.stream("customers")}
    for fit in truth["best_fit"]:
        account = (fit["platform"], fit["handle"])
        assert account not in roster
        assert account in recommended
        assert account in customers
        niche = {"lumen": "#coffee", "verdant": "#skincare"}[fit["brand_id"]]
        posts = [
            row
            for row in read.stream("posts")
            if f"{row['platform']}:{row['native_account_id']}" == fit["account_id"]
        ]
        assert len(posts) > 20
        assert all(niche in row["text"].lower() for row in posts)


def test_the_late_deliverable_stays_without_a_post(read: Read, truth: Row) -> None:
    assert truth["late_deliverables"]
    for late in truth["late_deliverables"]:
        rows = [
            row
            for row in read.stream("deliverables")
            if row["deliverable_id"] == late["deliverable_id"]
        ]
        assert rows
        assert all(row["due_on"] == late["due_on"] < "2026-03-05" for row in rows)
        assert not any(row["post_url"] for row in rows)


def test_every_handle_is_one_that_its_platform_gives(read: Read) -> None:
    told = {(row["platform"], row["handle"]) for row in read.stream("profiles")}
    assert {platform for platform, _ in told} == set(PLATFORMS)
    assert {refusal(platform, normalize(handle)) for platform, handle in told} == {""}
    for brand in BRANDS:
        assert {refusal(p, brand.handle_on(p)) for p in PLATFORMS} == {""}


def test_a_handle_changes_and_changes_hands(read: Read, truth: Row) -> None:
    carried = defaultdict(dict)
    for row in read.stream("profiles"):
        account = f"{row['platform']}:{row['native_account_id']}"
        carried[account][moment(row["observed_at"]).date()] = row["handle"]
    assert truth["handle_changes"]
    assert truth["handle_takeovers"]
    for change in truth["handle_changes"]:
        days = carried[change["account_id"]]
        on = date.fromisoformat(change["from_day"])
        assert {handle for day, handle in days.items() if day < on} == {change["old_handle"]}
        assert {handle for day, handle in days.items() if day >= on} == {change["handle"]}
    for takeover in truth["handle_takeovers"]:
        on = date.fromisoformat(takeover["from_day"])
        assert carried[takeover["account_id"]][on] == takeover["handle"]
        assert takeover["handle"] in carried[takeover["from_account_id"]].values()


def test_nights_bring_corrections_deletions_late_and_held_rows(read: Read, truth: Row) -> None:
    def day_of(place: tuple[str, str, str]) -> date:
        return date.fromisoformat(place[0])

    deleted, ahead, again, late = Counter(), Counter(), Counter(), 0
    versions = Counter(row["order_id"] for row in read.stream("orders"))
    for place, rows in read.files.items():
        for row in rows:
            deleted[place[1]] += row.get("is_deleted") in (True, "true")
            for column in ("ordered_at", "published_at", "clicked_at", "observed_at"):
                if row.get(column):
                    ahead[place[1]] += moment(row[column]).date() > day_of(place)
        again[place[1]] += len(rows) if "corrections" in place[2] or "edits" in place[2] else 0
        late += len(rows) if place[2].startswith("late") else 0
    assert min(deleted["posts"], deleted["post_metrics"]) > 0
    assert min(ahead["posts"], ahead["post_metrics"], ahead["orders"]) > 0
    assert min(again["posts"], again["post_metrics"]) > 0
    assert late > 0
    assert max(versions.values()) > 1
    assert truth["orders_ahead"]
    assert truth["orders_late"][0]["orders"] > 0
    assert truth["refunds_above_order"]
    assert truth["reused_codes"]


def test_money_comes_in_several_currencies_and_some_costs_are_unknown(read: Read) -> None:
    orders = read.stream("orders", "shop_2")
    assert {"USD", "EUR", "GBP", "JPY", "CHF"} == {row["currency"] for row in orders}
    unknown = sum(row["cost_of_goods"] is None for row in orders) / len(orders)
    assert 0.03 < unknown < 0.25
    assert {row["status"] for row in read.stream("orders")} == {"placed", "cancelled"}
    assert any(row["is_test"] == "true" for row in orders)
    days = {row["rate_date"] for row in read.stream("fx_rates") if row["base_currency"] == "EUR"}
    assert "2026-02-28" not in days  # a Saturday
    assert {"2026-02-26", "2026-02-27"} & days
    assert {row["status"] for row in read.stream("collaborations")} == {
        *("proposed", "agreed", "active", "completed", "cancelled"),
    }


def test_texts_hold_many_scripts_emoji_and_addresses(read: Read) -> None:
    text = "".join(row["text"] for row in read.stream("posts"))
    for letter in "aéß日кصआ👩":
        assert letter in text
    assert ".example or call +1" in text


# few rows are of campaigns
SPOILED = dict.fromkeys(WAYS, 0.01) | {"window_too_long": 0.3}


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write_world(tmp_path_factory.mktemp("spoiled"), 7, 2, "small", spoil=SPOILED)


def test_every_way_of_spoiling_is_done_and_counted(spoiled: World) -> None:
    told: Counter[str] = Counter()
    in_stream: Counter[tuple[str, str]] = Counter()
    truth = json.loads(spoiled.truth.read_text("utf-8"))
    for row in truth["spoiled"]:
        assert row["effect"] == WAYS[row["way"]].effect
        told[row["way"]] += row["rows"]
        in_stream[row["stream"], row["way"]] += row["rows"]
    # the first rows that remove a key come on the fourth night
    assert set(told) == set(WAYS) - {"bad_removal"}

    found: Counter[str] = Counter()
    negative_metrics = orphan_metrics = bad_orders = 0
    for path in sorted((spoiled.out / "nights").rglob("*")):
        if path.suffix in (".csv", ".jsonl", ".gz", ".zst", ".ndjson"):
            lines = plain_bytes(path).split(b"\n")
            found["bad_utf8"] += sum(b"\xff\xfe" in line for line in lines)
            found["ragged_row"] += sum(
                b"x,surplus,cells" in line.translate(bytes.maketrans(b";|\t", b",,,"))
                for line in lines
            )
            if "json" in path.name:
                found["cut_line"] += sum(
                    bool(line) and line[-1:] not in (b"}", b"]") for line in lines
                )
            found["bad_number"] += sum(b"12k" in line for line in lines)
            found["bad_enum"] += sum(b"maybe" in line for line in lines)
            found["unknown_currency"] += sum(b"QQQ" in line for line in lines)
            found["discount_above_gross"] += sum(b"99999999.5" in line for line in lines)
            found["bad_timestamp"] += sum(b"2026-02-30" in line for line in lines)
            found["duplicate_key"] += sum(a == b != b"" for a, b in pairwise(lines))
            if path.parent.name == "post_metrics":
                negative_metrics += sum(b"-3" in line.replace(b"-03", b"") for line in lines)
                orphan_metrics += sum(b"nobody-" in line for line in lines)
            if path.parent.name == "orders":
                bad_orders += sum(b",nobody" in line for line in lines)
        elif path.is_file():
            for row in rows_of(path):
                values = [str(value) for value in row.values()]
                found["bad_number"] += "12k" in values
                found["bad_enum"] += "maybe" in values
                found["unknown_currency"] += "QQQ" in values
                found["bad_timestamp"] += "2026-02-30" in values
                if path.parent.name == "post_metrics":
                    negative_metrics += "-3" in values
                    orphan_metrics += any(value.startswith("nobody-") for value in values)
            rows = rows_of(path)
            found["duplicate_key"] += sum(a == b for a, b in pairwise(rows))
    for way in found:
        assert found[way] == told[way], way
    assert len(found) == 9
    assert orphan_metrics == in_stream["post_metrics", "orphan"]
    assert bad_orders == 0


# what stands on a line of a text file that was spoiled so
STANDS = {
    "bad_number": b"12k",
    "bad_utf8": b"\xff\xfe",
    "bad_enum": b"maybe",
    "bad_boolean": b"perhaps",
    "thousands_sign": b"1,234",
    "too_large": b"99999999999999999999",
    "bad_currency": "€".encode(),
    "old_moment": b"1970-01-01",
    "far_moment": b"2062-03-01",
    "rounded_id": b"1.89547E+18",
    "nul_byte": b"\x00",
    "escaped_nul": rb"\u0000",
    "open_quote": b'"never closed',
    "text_after_quote": b'"said" and more',
    "key_twice": b'"again":"2"',
    "list_line": b'["no record"]',
    "armoured_id": b'="',
}


def unescaped(line: bytes) -> bytes:
    """A line without what CSV and JSON write for a quote."""
    return line.replace(b'""', b'"').replace(b'\\"', b'"')


def test_truth_knows_the_lines_that_were_spoiled(spoiled: World) -> None:
    truth = json.loads(spoiled.truth.read_text("utf-8"))
    seen: Counter[str] = Counter()
    for entry in truth["spoiled"]:
        assert len(entry["lines"]) == entry["rows"]
        mark = STANDS.get(entry["way"])
        night = spoiled.out / "nights" / entry["logical_date"]
        (path,) = night.rglob(f"{entry['stream']}/{entry['file']}")
        if mark is None or path.suffix in (".xlsx", ".parquet"):
            continue
        lines = plain_bytes(path).split(b"\n")
        told = set(entry["lines"])
        standing = {n for n, line in enumerate(lines, 1) if mark in unescaped(line)}
        if entry["way"] == "old_moment":  # written as the file writes moments, others of its rows
            assert told <= standing
        else:
            assert told == standing, entry
        seen[entry["way"]] += len(told)
    assert set(seen) == set(STANDS)


def test_a_world_that_is_not_spoiled_has_nothing_spoiled(read: Read, truth: Row) -> None:
    assert truth["spoiled"] == []
    for (_, stream, file), rows in read.files.items():
        if stream == "post_metrics":
            assert all(int(row["comments"] or 0) >= 0 for row in rows if "comments" in row), file
    keys = [
        (row["platform"], row["native_post_id"], str(row["observed_at"]))
        for row in read.stream("post_metrics", "x_")
    ]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (["bad_number"], "bad_number"),
        (["bad_number=lots"], "NAME=SHARE"),
        (["cosmic_ray=0.1"], "'cosmic_ray' is unknown; there are bad_number"),
        (["bad_number=1.5"], "between 0 and 1"),
        (["bad_number=0.6", "orphan=0.6"], "at most 1"),
        (["bad_utf8=0.2"], "another encoding"),
    ],
)
def test_a_wrong_spoil_says_what_is_wrong(entries: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_spoil(entries)


def test_a_world_is_written_into_a_new_directory_only(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(ValueError, match="not empty"):
        write_world(tmp_path, 7, 1)
    with pytest.raises(ValueError, match="'huge' is unknown; there are small, medium, large"):
        write_world(tmp_path / "new", 7, 1, "huge")
    with pytest.raises(ValueError, match="at least one night"):
        write_world(tmp_path / "new", 7, 0)


def test_the_configuration_is_valid(world: World) -> None:
    from reachline.settings import load_settings

    config = load_settings(home=world.out / "home", config=world.config).config
    assert [brand.brand_id for brand in config.brands if brand.role == "own"] == [
        *("lumen", "verdant"),
    ]
    assert config.sources.inbox.settle_seconds == 0
