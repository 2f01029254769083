"""The sandbox's GA4 exports: a file a day, and events that come late."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from reachline.sandbox.platforms import Sandbox, serving
from reachline.sandbox.platforms.ga4 import event_id
from reachline.sandbox.world import World
from tests.unit.sandbox.platforms.clients import AT, Client


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_a_days_file_comes_the_next_morning(sandbox: Sandbox, tmp_path: Path) -> None:
    paths = sandbox.write_ga4(tmp_path)
    assert max(path.name for path in paths) == "events_20260302.jsonl.gz"
    sandbox.set_clock(AT - timedelta(hours=2))
    assert "events_20260302.jsonl.gz" not in {p.name for p in sandbox.write_ga4(tmp_path / "b")}


def test_late_events_join_their_day_for_two_days(sandbox: Sandbox, tmp_path: Path) -> None:
    def day() -> list[str]:
        sandbox.write_ga4(tmp_path)
        return [event_id(event) for event in events(tmp_path / "events_20260228.jsonl.gz")]

    sandbox.set_clock(AT - timedelta(days=2))
    first = day()
    sandbox.set_clock(AT)
    later = day()
    assert set(first) < set(later)
    assert len(first) > 0.9 * len(later)
    sandbox.set_clock(AT + timedelta(days=1))
    assert day() == later
    visits = [
        click
        for click in sandbox.market.clicks
        if click["clicked_at"].date().isoformat() == "2026-02-28"
    ]
    people = [click for click in visits if not click["is_bot"]]
    assert sum(identity.endswith("|page_view") for identity in later) == len(people) < len(visits)


def test_events_are_those_of_the_truth_and_have_the_documented_shape(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    found = [event for path in sandbox.write_ga4(tmp_path) for event in events(path)]
    assert sorted(map(event_id, found)) == sorted(sandbox.truth("ga4", "events"))
    names = {event["event_name"] for event in found}
    assert names == {"page_view", "purchase"}
    view = next(e for e in found if e["event_name"] == "page_view" and e["user_id"])
    params = {param["key"]: param["value"]["string_value"] for param in view["event_params"]}
    assert params["page_location"].startswith("https://")
    assert view["event_timestamp"].isdecimal()
    influenced = [e for e in found if e["collected_traffic_source"]["manual_medium"]]
    assert {e["traffic_source"]["medium"] for e in influenced} == {"influencer"}
    assert any(event["user_pseudo_id"] is None for event in found)
    purchase = next(e for e in found if e["event_name"] == "purchase")
    assert purchase["ecommerce"]["transaction_id"].startswith("ord-")


def test_setting_the_clock_writes_the_folder_that_was_named(world: World, tmp_path: Path) -> None:
    with serving(world.out, AT, ga4=tmp_path / "ga4") as sandbox:
        assert (tmp_path / "ga4" / "events_20260302.jsonl.gz").is_file()
        body = {"now": (AT + timedelta(days=1)).isoformat()}
        requests.post(sandbox.address + "/_sandbox/clock", json=body, timeout=30)
        assert (tmp_path / "ga4" / "events_20260303.jsonl.gz").is_file()
        assert Client(sandbox, "ga4").get("/anything").status_code == 404
