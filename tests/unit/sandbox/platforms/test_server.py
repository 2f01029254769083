"""What holds for every platform: misbehaviour, the clock, the list of requests, and the market."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from reachline.sandbox.platforms import TOKEN, Sandbox, moment
from reachline.sandbox.platforms.market import open_market
from reachline.sandbox.world import World
from tests.unit.sandbox.platforms.clients import AT, Client
from tests.unit.sandbox.test_world import rows_of

COFFEE = "/social.example/api/v1/timelines/tag/coffee"


@pytest.fixture
def http(sandbox: Sandbox) -> Client:
    return Client(sandbox, "mastodon")


def test_posts_and_counts_are_those_of_the_exports(world: World) -> None:
    market = open_market(world.out)
    by_id = {p.native_id: p for posts in market.posts.values() for p in posts}
    seen = 0
    for night in world.nights[1:]:
        for path in (night.inbox / "post_metrics").glob("bluesky_*"):
            for row in rows_of(path):
                at = datetime.fromisoformat(row["observed_at"].replace("Z", "+00:00"))
                counts = market.counts(by_id[row["native_post_id"]], at)
                assert (str(counts.likes), str(counts.comments), str(counts.shares)) == tuple(
                    str(row[name]) for name in ("likes", "comments", "shares")
                )
                seen += 1
        for path in (night.inbox / "posts").glob("bluesky_*"):
            for row in rows_of(path):
                assert by_id[row["native_post_id"]].text == row["text"]
        for path in (night.inbox / "profiles").glob("x_*"):
            at = market.start + timedelta(days=(night.logical_date - AT.date()).days + 3)
            accounts = {a.native_id: a for a in market.accounts(at).values()}
            for row in rows_of(path):
                account = accounts[row["native_account_id"]]
                assert (account.handle, str(account.followers)) == (row["handle"], row["followers"])
    assert seen > 500


@pytest.mark.parametrize("kind", ["500", "429", "expired_token"])
def test_refusals_come_as_often_as_asked_for_and_where(http: Client, kind: str) -> None:
    http.sandbox.misbehave("mastodon", kind, times=2, skip=1, path="/timelines/")
    codes = [http.get(COFFEE).status_code for _ in range(4)]
    wrong = {"500": 500, "429": 429, "expired_token": 401}[kind]
    assert codes == [200, wrong, wrong, 200]
    http.sandbox.misbehave("mastodon", kind, path="/statuses/")
    assert http.get(COFFEE).status_code == 200


def test_a_cut_connection_ends_within_the_body(http: Client) -> None:
    http.sandbox.misbehave("mastodon", "cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        http.get(COFFEE)
    assert http.get(COFFEE).status_code == 200


def test_truncated_json_looks_whole_to_http(http: Client) -> None:
    http.sandbox.misbehave("mastodon", "truncated_json")
    answer = http.get(COFFEE)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_slow_answer_outlasts_a_timeout(http: Client) -> None:
    http.sandbox.misbehave("mastodon", "slow", seconds=0.6)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(http.sandbox.url("mastodon") + COFFEE, timeout=0.2)


def test_an_empty_page_stands_before_the_real_one(http: Client) -> None:
    http.sandbox.misbehave("mastodon", "empty_page")
    assert http.get(COFFEE).json() == []
    assert len(http.get(COFFEE).json()) == 20


def test_a_repeated_page_takes_no_notice_of_the_place(http: Client) -> None:
    first = http.get(COFFEE).json()
    http.sandbox.misbehave("mastodon", "repeated_cursor")
    assert http.get(COFFEE, max_id=first[-1]["id"]).json() == first
    assert http.get(COFFEE, max_id=first[-1]["id"]).json() != first


def test_posts_come_up_between_two_pages(http: Client) -> None:
    http.sandbox.misbehave("mastodon", "new_between_pages", seconds=86400)
    before = http.get(COFFEE, limit=1).json()
    after = http.get(COFFEE, limit=1).json()
    assert http.sandbox.now == AT + timedelta(days=1)
    assert after[0]["created_at"] > before[0]["created_at"]


def test_deleted_posts_are_gone_until_it_behaves(http: Client) -> None:
    gone = http.get(COFFEE, limit=1).json()[0]
    http.sandbox.misbehave("mastodon", "deleted_posts", ids=frozenset({gone["uri"]}))
    assert http.get(f"/social.example/api/v1/statuses/{gone['id']}").status_code == 404
    assert gone["uri"] not in http.sandbox.truth("mastodon", "hashtag:coffee")
    http.sandbox.behave()
    assert http.get(f"/social.example/api/v1/statuses/{gone['id']}").json() == gone


def test_a_post_that_its_author_deletes_is_gone_from_then_on(sandbox: Sandbox) -> None:
    posts = [post for found in sandbox.market.posts.values() for post in found]
    post = next(p for p in posts if p.deleted_at is not None and p.published_at < p.deleted_at)
    assert post.deleted_at is not None
    query = f"account:{sandbox.market.accounts(post.deleted_at)[post.account].handle}"
    sandbox.set_clock(post.deleted_at - timedelta(seconds=1))
    assert post.native_id in sandbox.truth(post.platform, query)
    sandbox.set_clock(post.deleted_at)
    assert post.native_id not in sandbox.truth(post.platform, query)


def test_it_is_steered_over_http_as_well(http: Client) -> None:
    control = http.sandbox.address + "/_sandbox"

    def send(path: str, body: dict[str, Any]) -> requests.Response:
        return requests.post(control + path, json=body, timeout=30)

    assert send("/clock", {"now": "2026-03-02T06:00:00Z"}).json() == {
        "now": "2026-03-02T06:00:00+00:00",
        "runs": False,
    }
    assert send("/faults", {"platform": "mastodon", "kind": "500"}).status_code == 204
    assert http.get(COFFEE, access_token=TOKEN).status_code == 500
    send("/faults", {"platform": "mastodon", "kind": "500"})
    assert requests.delete(control + "/faults", timeout=30).status_code == 204
    send("/limits", {"platform": "mastodon", "bucket": "requests", "limit": 1})
    assert [http.get(COFFEE).status_code for _ in range(2)] == [200, 429]
    seen = requests.get(control + "/requests", {"platform": "mastodon"}, timeout=30).json()
    assert [(r["status"], r["params"], r["has_auth"]) for r in seen] == [
        (500, {}, True),
        (200, {}, False),
        (429, {}, False),
    ]
    assert TOKEN not in json.dumps(seen)
    asked = {"platform": "mastodon", "query": "hashtag:coffee"}
    truth = requests.get(control + "/truth", asked, timeout=30).json()
    assert truth == http.sandbox.truth("mastodon", "hashtag:coffee") != []
    for path, body, says in (
        ("/clock", {"now": "2026-03-02"}, "with its offset"),
        ("/clock", {}, "'now' is missing"),
        ("/faults", {"platform": "myspace", "kind": "500"}, "'myspace' is unknown"),
        ("/faults", {"platform": "mastodon", "kind": "fire"}, "'fire' is unknown"),
    ):
        refused = send(path, body)
        assert (refused.status_code, says in refused.text) == (400, True), refused.text
    odd = requests.get(control + "/truth", {"platform": "mastodon", "query": "z"}, timeout=30)
    assert "ask for hashtag:" in odd.text


def test_the_clock_runs_when_it_is_told_to(http: Client) -> None:
    control = http.sandbox.address + "/_sandbox/clock"
    body = {"now": "2026-03-02T06:00:00Z", "runs": True}
    first = requests.post(control, json=body, timeout=30).json()["now"]
    second = requests.get(control, timeout=30).json()["now"]
    assert "2026-03-02T06:00:00" < first < second < "2026-03-02T06:01:00"


def test_the_command_serves_every_platform_until_it_is_interrupted(world: World) -> None:
    command = [sys.executable, "-m", "reachline.cli", "sandbox", "serve"]
    options = ["--world", str(world.out), "--at", "2026-03-03T06:00:00Z", "--port", "0"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().partition(",")[0]
        told = [process.stdout.readline().split() for _ in range(9)]
        assert all(url == f"{address}/{name}" for name, url in told)
        answer = requests.get(dict(told)["mastodon"] + COFFEE, timeout=30)
        assert len(answer.json()) == 20
        process.send_signal(signal.SIGINT)
    assert address.startswith("http://127.0.0.1:")


def test_a_folder_without_a_world_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"reachline sandbox world"):
        open_market(tmp_path)
    (tmp_path / "truth.json").write_text("{}")
    with pytest.raises(ValueError, match="not that of a made-up world"):
        open_market(tmp_path)


def test_a_platform_that_there_is_not_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="'myspace' is unknown; there are mastodon, youtube"):
        sandbox.misbehave("myspace", "500")


def test_a_moment_has_an_offset() -> None:
    assert moment("2026-03-03T08:00:00+02:00") == AT
    with pytest.raises(ValueError, match="with its offset"):
        moment("2026-03-03T08:00:00")
