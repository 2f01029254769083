"""Staging against a fold written by hand: deltas in, one row a key, nothing lost on the way."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from reachline.configuration import EXAMPLE
from reachline.night import stream_grains
from reachline.quality.facts import Night
from reachline.quality.staging import suites as staging_suites
from reachline.settings import Thresholds
from tests.dbt.landed import FETCHED, Home, land_records, new_home

OPTIONAL = ("objective", "utm_campaign", "goal_value")
REQUIRED = {
    "brand_id": "acme",
    "campaign_name": "Spring",
    "starts_on": "2026-03-01",
    "ends_on": "2026-03-31",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return new_home(tmp_path_factory.mktemp("staging"))


def _random_batch(rng: random.Random, number: int) -> tuple[list[dict[str, str | None]], list[str]]:
    """A delta over few keys: some columns, some bad rows, some deletions, keys in odd spacing."""
    columns = ["campaign_id", *REQUIRED, *rng.sample(OPTIONAL, rng.randint(0, 3))]
    if rng.random() < 0.6:
        columns.append("is_deleted")
    rows = []
    for line in range(rng.randint(1, 8)):
        row: dict[str, str | None] = {
            **REQUIRED,
            "campaign_id": rng.choice(["c1", "c2", " c3", "c4 ", "C1", None]),
            "campaign_name": f"n{number}.{line}",
            "objective": rng.choice([None, f"o{number}.{line}"]),
            "utm_campaign": rng.choice([None, " ", f"U{number}.{line}"]),
            "goal_value": rng.choice([None, str(rng.randint(1, 9)), "many"]),
            "is_deleted": rng.choice([None, "", "false", "no", "TRUE", "1"]),
        }
        rows.append({name: row[name] for name in columns})
    return rows, columns


def _fold_by_hand(
    batches: list[tuple[list[dict[str, str | None]], list[str]]],
) -> tuple[dict[str, dict[str, Any]], list[tuple[int, int, int]]]:
    """The rules of the inbox in plain Python: state by key; (loaded, superseded, bad) by batch."""
    state: dict[str, dict[str, Any]] = {}
    counts = []
    for rows, columns in batches:
        bad = 0
        good: dict[str, int] = {}
        for row in rows:
            key = (row["campaign_id"] or "").strip()
            deleted = (row.get("is_deleted") or "").lower() in {"true", "1"}
            broken = row.get("goal_value") == "many" and not deleted
            if not key or broken:
                bad += 1
                continue
            good[key] = good.get(key, 0) + 1
            if deleted:
                state[key] = {"is_deleted": True}
                continue
            before = {} if state.get(key, {}).get("is_deleted") else state.get(key, {})
            new = dict(before, is_deleted=False, campaign_name=row["campaign_name"])
            for name in OPTIONAL:
                if name in columns:
                    value = (row[name] or "").strip() or None
                    if name == "utm_campaign" and value:
                        value = value.lower()
                    new[name] = value
            state[key] = new
        loaded = len(good)
        counts.append((loaded, sum(good.values()) - loaded, bad))
    return state, counts


def test_random_deltas_fold_as_by_hand_over_several_nights(home: Home) -> None:
    rng = random.Random(20260301)
    batches = []
    for night in range(3):
        for _ in range(12):
            batch = _random_batch(rng, len(batches))
            batches.append(batch)
            home.land("campaigns", batch[0], columns=batch[1])
        home.stage(date(2026, 3, 1 + night))
    state, counts = _fold_by_hand(batches)

    found = home.rows(
        "select campaign_id, is_deleted, campaign_name, objective, utm_campaign,"
        " cast(goal_value as integer) from work.staging.stg_inbox__campaigns"
    )
    live = {row[0]: row[2:] for row in found if not row[1]}
    expected = {
        key: (
            row["campaign_name"],
            row.get("objective"),
            row.get("utm_campaign"),
            int(row["goal_value"]) if row.get("goal_value") else None,
        )
        for key, row in state.items()
        if not row["is_deleted"]
    }
    assert live == expected
    assert {row[0] for row in found if row[1]} == {
        k for k, row in state.items() if row["is_deleted"]
    }

    read = home.rows(
        "select rows_in, loaded, superseded, quarantined, skipped from work.staging.batches_read"
        " where stream = 'campaigns' order by landing_sequence"
    )
    assert [(row[1], row[2], row[3]) for row in read] == counts
    assert [row[0] for row in read] == [len(rows) for rows, _ in batches]
    assert all(row[0] == row[1] + row[2] + row[3] + row[4] for row in read)
    quarantined = home.rows(
        "select count(*) from work.staging.quarantine where stream = 'campaigns'"
    )
    assert quarantined == [(sum(bad for _, _, bad in counts),)]


def test_a_refused_row_says_line_column_value_and_what_to_do(home: Home) -> None:
    home.land(
        "clicks",
        [
            {
                "click_id": "k1",
                "clicked_at": "2026-03-01T10:00:00Z",
                "link_id": "l",
                "landing_url": None,
            },
            {"click_id": "k2", "clicked_at": "2026-03-01", "link_id": "l", "landing_url": None},
            {
                "click_id": "k3",
                "clicked_at": "2026-03-01T10:00:00Z",
                "link_id": None,
                "landing_url": "",
            },
        ],
        rejects=[(5, "k4,\x00", "the line holds a NUL byte")],
    )
    home.stage()
    rows = home.rows(
        "select line, column_name, reason, raw from work.staging.quarantine"
        " where stream = 'clicks' order by line"
    )
    assert [row[:3] for row in rows] == [
        (
            3,
            "clicked_at",
            "clicked_at: '2026-03-01' is not an ISO 8601 timestamp, e.g. 2026-03-01T10:00:00Z",
        ),
        (4, "link_id", "link_id: needs link_id or landing_url"),
        (5, None, "the line holds a NUL byte"),
    ]
    assert '"click_id":"k2"' in str(rows[0][3])
    assert rows[2][3] == "k4,\x00"
    assert home.rows("select click_id from work.staging.stg_inbox__clicks") == [("k1",)]


def test_what_tools_and_spreadsheets_do_to_ids_and_texts_is_undone_or_told(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    post = {"platform": "x", "observed_at": "2026-03-01T08:00:00Z", "published_at": "2026-02-27"}
    post["published_at"] += "T09:00:00Z"
    said = "I can&#x27;t &amp; won&#39;t &#x2615; #coldbrew"
    home.land(
        "posts",
        [
            {**post, "native_post_id": '="1895471203384619017"', "text": said},
            {**post, "native_post_id": "'1895470911127355904", "text": "it&#39;s"},
            {**post, "native_post_id": "\u00a0189547\u200b", "text": "a & b"},
            {**post, "native_post_id": "1.89547E+18", "text": "lost"},
            {**post, "native_post_id": "1.89547E+18", "text": "lost too"},
            {**post, "native_post_id": "4", "native_account_id": "1,5E+17", "text": "no author"},
        ],
        columns=(*post, "native_post_id", "native_account_id", "text"),
    )
    typed = "literally &amp; so"
    record = {"uri": "at://1", "author": {"did": "did:1", "handle": "a"}, "indexedAt": FETCHED}
    record["record"] = {"createdAt": "2026-02-28T08:00:00Z", "text": typed}
    land_records(home, "bluesky", "posts", [record])
    home.stage()
    posts = home.rows("select native_post_id, text from work.staging.stg_inbox__posts order by 1")
    assert posts == [
        ("189547", "a & b"),
        ("1895470911127355904", "it's"),
        ("1895471203384619017", "I can't & won't ☕ #coldbrew"),
        ("at://1", typed),
    ]
    refused = home.rows("select line, column_name, reason from work.staging.quarantine order by 1")
    assert [row[:2] for row in refused] == [
        (5, "native_post_id"),
        (6, "native_post_id"),
        (7, "native_account_id"),
    ]
    assert refused[0][2] == (
        "native_post_id: '1.89547E+18' is not the id any more but a rounded number, whose last "
        "digits are lost: format the column as text before the ids are put in, and export it anew"
    )


def test_a_batch_is_read_once_and_a_held_one_leaves(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refund(amount: str) -> dict[str, str | None]:
        return {
            "refund_id": "r1",
            "order_id": "o1",
            "refunded_at": "2026-03-01T10:00:00Z",
            "amount": amount,
        }

    from reachline.landing import hold_batch, unhold_batch
    from reachline.warehouse import runs

    # the run is complete without a model after staging
    monkeypatch.setattr(runs, "GOALS", ())
    amounts = "select cast(amount as integer), loaded_seq from work.staging.stg_inbox__refunds"
    home.land("refunds", [refund("10")])
    poisoned = home.land("refunds", [refund("99")])
    home.night()
    first = home.rows(amounts)
    home.stage()
    assert home.rows(amounts) == first, "nothing new, nothing written"
    assert first[0][0] == 99

    root = home.settings.paths.landing
    hold_batch(root, poisoned.batch_id, reason="wrong currency")
    home.stage()
    assert [row[0] for row in home.rows(amounts)] == [10]
    unhold_batch(root, poisoned.batch_id, reason="was right after all")
    home.stage()
    assert [row[0] for row in home.rows(amounts)] == [99]


def test_only_tables_with_something_to_do_are_filled(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reachline.landing import hold_batch
    from reachline.warehouse import connect, runs

    called: list[str] = []
    compiled: list[str] = []
    fill, compile_ = runs.fill_table, runs.compile_models

    def spy(con: Any, feeds: Any, work: Any, run_seq: int) -> None:
        called.append(work.table)
        fill(con, feeds, work, run_seq)

    def spy_on_dbt(directory: Path, logs: Path, hashes: Mapping[str, str]) -> dict[str, str]:
        compiled.extend(hashes)
        return compile_(directory, logs, hashes)

    def staged() -> list[str]:
        called.clear()
        home.stage()
        return list(called)

    monkeypatch.setattr(runs, "fill_table", spy)
    monkeypatch.setattr(runs, "compile_models", spy_on_dbt)
    home.stage()
    names = "select creator_name from work.staging.stg_inbox__creators"
    assert staged() == [], "nothing is new"
    batch = home.land("creators", [{"creator_id": "p1", "creator_name": "Ada"}])
    assert staged() == ["stg_inbox__creators"]
    assert staged() == []
    home.land("creators", [{"creator_id": " ", "creator_name": "refused"}], rejects=[(2, "x", "y")])
    assert staged() == ["stg_inbox__creators"], "a batch without a good row is a batch"
    assert staged() == []
    hold_batch(home.settings.paths.landing, batch.batch_id, reason="wrong")
    assert staged() == ["stg_inbox__creators"]
    assert home.rows(names) == []
    with connect(home.settings.paths.warehouse) as con:
        con.execute("drop table work.staging.stg_inbox__creators")
    assert staged() == ["stg_inbox__creators"], "a table that is missing is made"
    assert home.rows(names) == []
    with connect(home.settings.paths.warehouse) as con:
        con.execute(
            "update work.ops.model_hashes set built = 'x' where model = 'stg_inbox__events'"
        )
    assert staged() == ["stg_inbox__events"], "a table whose code changed is filled anew"
    assert compiled == [], "dbt is asked for no view that is there"
    with connect(home.settings.paths.warehouse) as con:
        con.execute("drop view work.staging.stg_unread__creators")
    assert staged() == []
    assert "stg_unread__creators" in compiled, "a view that is missing is made"


def test_rows_of_two_posts_versions_both_stay(home: Home) -> None:
    def post(observed_at: str, text: str) -> dict[str, str | None]:
        return {
            "platform": "Instagram",
            "native_post_id": "p1",
            "observed_at": observed_at,
            "published_at": "2026-03-01T08:00:00Z",
            "text": text,
        }

    home.land(
        "posts",
        [
            post("2026-03-02T10:00:00Z", "later"),
            post("2026-03-01T10:00:00Z", "first"),
            post("2026-03-01T12:00:00+02:00", "first, corrected"),
        ],
    )
    home.stage()
    assert home.rows(
        "select platform, cast(observed_at as varchar), text from work.staging.stg_inbox__posts"
        " order by observed_at"
    ) == [
        ("instagram", "2026-03-01 10:00:00", "first, corrected"),
        ("instagram", "2026-03-02 10:00:00", "later"),
    ]


EXPORT = """\
tool: shopdump
exports:
  - name: lines
    format: csv
    header: [InvoiceNo, Quantity, UnitPrice, InvoiceDate]
    streams:
      orders:
        where: "InvoiceNo not like 'C%' and InvoiceNo not like 'X%'"
        group_by: [InvoiceNo]
        rows:
          amount:
            sql: "cast(Quantity as decimal(18, 4)) * cast(UnitPrice as decimal(18, 4))"
            required: true
        columns:
          order_id: "InvoiceNo"
          ordered_at: "min(InvoiceDate)"
          gross_amount: "sum(amount)"
          currency: "'GBP'"
          status: "'placed'"
      refunds:
        where: "InvoiceNo like 'C%'"
        columns:
          refund_id: "InvoiceNo || '-1'"
          order_id: "substr(InvoiceNo, 2)"
          refunded_at: "InvoiceDate"
          amount: "-cast(Quantity as decimal(18, 4)) * cast(UnitPrice as decimal(18, 4))"
"""


def test_an_export_feeds_two_streams_and_accounts_for_every_line(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import shutil

    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    shutil.rmtree(config / "exports", ignore_errors=True)
    (config / "exports").mkdir()
    (config / "exports" / "shopdump.yml").write_text(EXPORT)
    home = new_home(tmp_path, config)

    def line(invoice: str, quantity: str, price: str) -> dict[str, str | None]:
        return {
            "InvoiceNo": invoice,
            "Quantity": quantity,
            "UnitPrice": price,
            "InvoiceDate": "2026-03-01 08:26:00",
        }

    home.land(
        "lines",
        [
            line("1", "2", "2.50"),
            line("1", "1", "0.99"),
            line("2", "two", "1.00"),  # spoils invoice 2 as a whole
            line("2", "1", "1.00"),
            line("C1", "-1", "0.99"),
            line("X9", "1", "1.00"),  # no stream takes it
            line("C2", "-x", "1.00"),
        ],
        source="shopdump",
    )
    home.stage()
    assert home.rows(
        "select order_id, cast(gross_amount as varchar), source_lines, source"
        " from work.staging.stg_inbox__orders"
    ) == [("1", "5.9900", [2, 3], "shopdump")]
    assert home.rows(
        "select refund_id, cast(amount as varchar) from work.staging.stg_inbox__refunds"
    ) == [("C1-1", "0.9900")]
    assert home.rows(
        "select stream, line, column_name from work.staging.quarantine order by stream, line"
    ) == [
        ("orders", 4, "amount"),
        ("orders", 5, "amount"),
        ("orders", 7, None),
        ("refunds", 8, "amount"),
    ]
    assert home.rows(
        "select stream, rows_in, loaded, superseded, quarantined, skipped"
        " from work.staging.batches_read order by stream"
    ) == [("orders", 7, 2, 0, 3, 2), ("refunds", 7, 1, 0, 1, 5)]


def test_what_a_table_reads_is_committed_whole_or_not_at_all(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from reachline.warehouse import WarehouseError
    from reachline.warehouse.staging import tables

    def state() -> list[list[tuple[object, ...]]]:
        return [
            home.rows(f"select * from work.staging.{table} order by all")
            for table in ("stg_inbox__payments", "quarantine", "batches_read")
        ]

    def payment(amount: str) -> dict[str, str | None]:
        return {
            "payment_id": "p1",
            "collaboration_id": "k1",
            "kind": "fee",
            "status": "paid",
            "incurred_on": "2026-03-01",
            "amount": amount,
            "currency": "EUR",
        }

    home.land("payments", [payment("1")])
    home.stage()
    before = state()
    home.land("payments", [payment("2"), payment("much")])
    home.land("creators", [{"creator_id": "p9", "creator_name": "Zoe"}])

    def fail(self: object) -> None:
        raise duckdb.Error("the disk is full")

    # the last of its steps, after rows, quarantine and the record of the batches
    with monkeypatch.context() as patch:
        patch.setattr(tables._Filling, "_fold_repeated_keys", fail)
        with pytest.raises(WarehouseError, match="stg_inbox__payments: the disk is full"):
            home.stage()
    after = state()
    assert after[:2] == before[:2]
    read = {(row[2], row[3]) for row in after[2]} - {(row[2], row[3]) for row in before[2]}
    assert [stream for stream, _ in read] == ["creators"], "another stream is staged all the same"
    home.stage()
    amounts = "select cast(amount as integer) from work.staging.stg_inbox__payments"
    assert home.rows(amounts) == [(2,)]
    assert len(state()[1]) == len(before[1]) + 1


def test_a_stream_of_one_source_is_merged_alike_in_both_forms(home: Home) -> None:
    import json

    from reachline.inbox.streams import load_streams
    from reachline.warehouse import dbt

    home.stage()
    # posts are merged by version: see int_posts__fold_versions
    streams = [name for name, stream in load_streams().items() if stream.version_by is None]
    code = "{% for stream in " + json.dumps(streams) + " %}{{ merged(stream) }};{% endfor %}"
    paths = home.settings.paths
    queries = []
    for single in (streams, []):
        variables = json.dumps({"streams_of_one_source": single})
        outcome = dbt._invoke(
            paths.warehouse, paths.logs, ["compile", "--inline", code, "--vars", variables]
        )
        queries.append(outcome.results[0].node.compiled_code.strip().strip(";").split(";"))
    compared = []
    with home.open() as con:
        for plain, grouped in zip(*queries, strict=True):
            assert plain != grouped
            rows = con.execute(f"select * from {plain} order by all")
            names = [column[0] for column in rows.description]
            found = rows.fetchall()
            again = con.execute(f"select * from {grouped} order by all")
            assert [column[0] for column in again.description] == names
            assert again.fetchall() == found
            compared += found
    assert len(compared) > 5


def test_dbt_by_itself_makes_a_table_of_the_same_columns(home: Home) -> None:
    from reachline.warehouse import connect, dbt

    home.stage()
    paths = home.settings.paths
    described = "describe work.staging.stg_inbox__events"
    before = home.rows(described)
    with connect(paths.warehouse) as con:
        con.execute("drop table work.staging.stg_inbox__events")
    dbt.run_models(paths.warehouse, paths.logs, ["stg_inbox__events"], {})
    made = home.rows(described)
    assert sorted(row[:2] for row in made) == sorted(row[:2] for row in before)


def test_a_code_that_two_collaborations_claim_on_one_day_is_told(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    home.land(
        "collaborations",
        [
            {"collaboration_id": f"k{n}", "campaign_id": "c", "creator_id": who, "status": status}
            for n, (who, status) in enumerate(
                (("ann", "active"), ("bob", "agreed"), ("ann", "completed"), ("cy", "cancelled"))
            )
        ],
    )

    def code(name: str, since: str, owner: str, until: str | None = None) -> dict[str, str | None]:
        day = {"valid_from": since, "valid_to": until}
        return {"code": name, "collaboration_id": owner, **day}

    home.land(
        "promo_codes",
        [
            code("twice", "2026-03-01", "k0"),
            code(" TWICE", "2026-03-01", "k1"),
            code("same", "2026-03-01", "k0"),
            code("same", "2026-03-01", "k0"),
            # two creators from the 5th on; until the day before; before this night; one live alone
            code("shared", "2026-02-01", "k0"),
            code("shared", "2026-03-05", "k1"),
            code("in_turn", "2026-02-01", "k0", "2026-03-04"),
            code("in_turn", "2026-03-05", "k1"),
            code("over", "2026-01-01", "k0", "2026-02-10"),
            code("over", "2026-02-01", "k1", "2026-02-10"),
            code("not_live", "2026-02-01", "k0"),
            code("not_live", "2026-03-01", "k3"),
            # one creator's seasons follow each other by the newest row
            code("season", "2026-02-01", "k0"),
            code("season", "2026-03-01", "k2"),
            code("orphan", "2026-03-01", "k9"),
        ],
    )
    home.stage()
    night = Night(
        date(2026, 3, 1),
        datetime.fromisoformat("2026-03-02"),
        Thresholds(),
        streams=stream_grains(),
    )
    suites = {suite.table: suite for suite in staging_suites(night)}
    tables = ("contradictions", "owners_of_codes", "stg_inbox__promo_codes")
    with home.open() as con:
        said = {
            check.name: con.execute(str(suite.failing_sql(check, 9))).fetchall()
            for suite in (suites[f"staging.{table}"] for table in tables)
            for check in suite.checks
        }
    assert {name for name, rows in said.items() if rows} == {
        "a_file_says_one_thing_of_a_key",
        "a_code_is_of_one_creator_a_day",
        "collaboration_id_has_a_parent",
    }
    assert "twice 2026-03-01" in str(said["a_file_says_one_thing_of_a_key"])
    assert len(said["a_file_says_one_thing_of_a_key"]) == 1
    (shared,) = said["a_code_is_of_one_creator_a_day"]
    assert "shared" in str(shared)
    (orphan,) = said["collaboration_id_has_a_parent"]
    assert "orphan" in str(orphan)
    # the later row holds; nothing is lost
    kept = home.rows(
        "select collaboration_id from work.staging.stg_inbox__promo_codes where code = 'twice'"
    )
    assert kept == [("k1",)]
    # the next night the file is an old one, the overlap is still there
    later = Night(
        date(2026, 3, 2),
        datetime.fromisoformat("2026-03-03"),
        Thresholds(),
        streams=stream_grains(),
    )
    suites = {suite.table: suite for suite in staging_suites(later)}
    with home.open() as con:
        rows = {
            table: con.execute(
                str(suites[f"staging.{table}"].failing_sql(suites[f"staging.{table}"].checks[0], 9))
            ).fetchall()
            for table in tables[:2]
        }
    assert (len(rows["contradictions"]), len(rows["owners_of_codes"])) == (0, 1)
