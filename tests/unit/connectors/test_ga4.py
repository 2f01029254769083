"""GA4: files of a folder, again while they change, and each event once a version."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reachline.connectors import ga4
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home


def event(number: int, day: str = "20260301", **more: Any) -> dict[str, Any]:
    return {
        "event_date": day,
        "event_timestamp": str(1772323200000000 + number),
        "event_name": "page_view",
        "event_params": [{"key": "page_location", "value": {"string_value": "https://ä.example/"}}],
        "user_pseudo_id": f"{number}.1",
        **more,
    }


def lines(*events: dict[str, Any]) -> bytes:
    return "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events).encode()


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    (tmp_path / "exports").mkdir()
    return make_home(tmp_path, {"ga4": {"folder": str(tmp_path / "exports")}})


def run(home: Settings, time: FakeTime | None = None, **options: Any) -> Report:
    clock = (time or FakeTime()).clock()
    return ingest(home, "ga4", "r", clock=clock, connection=Connection(), **options)


def exports(tmp_path: Path, **files: bytes) -> None:
    for name, content in files.items():
        path = tmp_path / "exports" / name.replace("__", ".")
        path.write_bytes(content)


def records(home: Settings) -> list[dict[str, Any]]:
    return [json.loads(record) for *_, record in landed(home, "ga4", "events")]


def test_lines_land_as_they_are(home, tmp_path):
    content = lines(event(1), event(2))
    exports(tmp_path, events_20260301__json__gz=gzip.compress(content))
    assert run(home).state == RunState.OK
    assert [record for *_, record in landed(home, "ga4", "events")] == content.decode().splitlines()
    ids = [record_id for _, record_id, _ in landed(home, "ga4", "events")]
    assert [i.rpartition("|")[0].rstrip("|") for i in ids] == [
        f"177232320000000{n}|{n}.1|page_view" for n in (1, 2)
    ]


def test_the_records_read_so_far_are_reported_after_each_page(home, tmp_path, monkeypatch):
    monkeypatch.setattr(ga4, "ROWS", 2)
    exports(tmp_path, events_20260301__json=lines(*map(event, range(3))))
    counts: list[int] = []
    assert run(home, on_records=counts.append).records == 3
    assert counts == [2, 3, 3]  # the last page is empty


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_tables_land_as_json(home, tmp_path, kind):
    path = tmp_path / "exports" / f"events_20260301.{kind}"
    duckdb.execute(
        f"copy (select 1772323200000001 as event_timestamp, 'x' as event_name) to '{path}'"
    )
    assert run(home).state == RunState.OK
    stamp = "1772323200000001" if kind == "csv" else 1772323200000001
    assert records(home) == [{"event_timestamp": stamp, "event_name": "x"}]
    ((_, record_id, _),) = landed(home, "ga4", "events")
    assert record_id == "1772323200000001||x"


def test_a_file_that_changed_lands_anew_and_one_that_did_not_does_not(home, tmp_path):
    exports(tmp_path, events_20260301__json=lines(event(1)))
    run(home)
    assert run(home).state == RunState.NO_DATA
    exports(tmp_path, events_20260301__json=lines(event(1, geo="later"), event(2)))
    assert run(home).records == 2
    ids = [record_id for _, record_id, _ in landed(home, "ga4", "events")]
    assert ids[0] == ids[1] != ids[2], "the later version supersedes the first"


def page(url: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": "page_location", "value": {"string_value": url}}, *more]


SESSION = {"key": "ga_session_id", "value": {"int_value": 7}}
HERE, THERE = page("https://a.example/?utm_content=1"), page("https://a.example/?utm_content=2")
BATCH = {"batch_page_id": 1, "batch_ordering_id": 2}


@pytest.mark.parametrize(
    ("one", "other", "are_two"),
    [
        # one batch, one moment: without the fields of the batch the page tells them apart
        ({"event_params": HERE}, {"event_params": THERE}, True),
        # people who did not agree to be told apart, at one moment
        (
            {"user_pseudo_id": None, "event_params": HERE, **BATCH, "batch_event_index": 1},
            {"user_pseudo_id": None, "event_params": THERE, **BATCH, "batch_event_index": 1},
            True,
        ),
        ({**BATCH, "batch_event_index": 0}, {**BATCH, "batch_event_index": 1}, True),
        # exported once more: what GA4 works out later is no part of the event
        (
            {"event_params": [*HERE, SESSION]},
            {"event_params": [SESSION, *HERE], "session_traffic_source_last_click": {"x": 1}},
            False,
        ),
        (
            {**BATCH, "batch_event_index": 1, "event_params": HERE},
            {**BATCH, "batch_event_index": 1, "event_params": [*HERE, SESSION]},
            False,
        ),
    ],
)
def test_events_are_told_apart_where_the_export_has_no_batch_or_no_user(
    home, tmp_path, one, other, are_two
):
    exports(tmp_path, events_20260301__json=lines(event(1, **one), event(1, **other)))
    run(home)
    ids = {record_id for _, record_id, _ in landed(home, "ga4", "events")}
    assert len(ids) == 1 + are_two


def test_only_the_last_three_days_are_read_again_but_none_is_left_out(home, tmp_path):
    days = [f"2026022{n}" for n in range(3, 9)]
    exports(tmp_path, **{f"events_{day}__json": lines(event(1, day)) for day in days})
    run(home)
    exports(tmp_path, **{f"events_{day}__json": lines(event(2, day)) for day in days})
    exports(tmp_path, events_20260222__json=lines(event(3, "20260222")))
    exports(tmp_path, events_20200101__json=lines(event(3, "20200101")))
    before = len(records(home))
    run(home)
    assert [e["event_date"] for e in records(home)[before:]] == ["20260222", *days[2:]]


def test_other_files_are_left_alone(home, tmp_path):
    exports(tmp_path, events_20260301__json__part=b"x", notes__txt=b"x", events_2026__json=b"x")
    exports(tmp_path, events_20269999__json=b"x")
    assert run(home).state == RunState.NO_DATA


def test_a_spoiled_file_says_so_and_stops_no_other(home, tmp_path):
    exports(tmp_path, events_20260228__parquet=b"PAR1 no", events_20260301__json=lines(event(1)))
    report = run(home)
    assert report.state == RunState.PARTIAL
    assert "events_20260228.parquet" in "\n".join(report.lines())
    assert len(records(home)) == 1
    assert run(home).records == 0, "what was read is not read again"


def test_a_line_that_is_no_json_lands_for_staging_to_refuse(home, tmp_path):
    exports(tmp_path, events_20260301__json=b'{"event_timestamp": \n' + lines(event(1)))
    assert run(home).state == RunState.OK
    found = landed(home, "ga4", "events")
    assert next(record[:20] for *_, record in found) == '{"event_timestamp": '
    assert len(found) == 2


def test_a_folder_that_is_not_there_is_said(home, tmp_path):
    (tmp_path / "exports").rmdir()
    report = run(home)
    assert report.state == RunState.FAILED
    assert "is no folder" in "\n".join(report.lines())


def test_a_file_left_half_way_is_gone_on_with(home, tmp_path, monkeypatch):
    exports(tmp_path, events_20260301__json=lines(*(event(n) for n in range(25))))
    monkeypatch.setattr(ga4, "ROWS", 10)
    whole = ga4._records

    def broken(path: Path, start: int) -> Any:
        pages = whole(path, start)
        yield next(pages)
        raise OSError("the disk is gone")

    monkeypatch.setattr(ga4, "_records", broken)
    assert run(home).state == RunState.PARTIAL
    assert len(records(home)) == 10
    monkeypatch.setattr(ga4, "_records", whole)
    assert run(home).state == RunState.OK
    ids = [record_id for _, record_id, _ in landed(home, "ga4", "events")]
    assert len(ids) == len(set(ids)) == 25
    assert batches(home, "ga4")[-1].cursor["files"].keys() == {"events_20260301.json"}


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
@pytest.mark.parametrize(
    "bad",
    [
        b'{"event_timestamp": "yesterday"}',
        b'["a list"]',
        b'{"event_timestamp": "99999999999999999999999999"}',
        b'{"text": "cut \\ud83d"}',
        b'{"deep": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    ],
    ids=["time", "list", "far", "half an emoji", "deep"],
)
def test_a_line_that_can_t_be_read_stops_no_other(home, tmp_path, monkeypatch, bad, place):
    monkeypatch.setattr(ga4, "ROWS", 1)
    content = [json.dumps(event(n)).encode() for n in range(2)]
    content.insert(place, bad)
    exports(
        tmp_path,
        events_20260301__json=b"\n".join(content),
        events_20260302__json=lines(event(7, "20260302")),
    )
    assert run(home).state == RunState.OK
    found = {record for *_, record in landed(home, "ga4", "events")}
    other = lines(event(7, "20260302")).decode().strip()
    assert found == {*(line.decode() for line in content), other}
