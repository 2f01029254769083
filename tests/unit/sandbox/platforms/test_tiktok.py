"""The sandbox's TikTok: both APIs as documented, consent, and its quotas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reachline.sandbox.platforms import TOKEN, Sandbox
from tests.unit.sandbox.platforms.clients import AT, Client, kinds

FIELDS = "id,create_time,share_url,video_description,like_count,comment_count,view_count"
RESEARCH = "id,create_time,username,video_description,hashtag_names,view_count,like_count"
Post = Callable[..., Any]


@pytest.fixture
def creator(sandbox: Sandbox) -> str:
    accounts = sandbox.market.accounts(sandbox.now)
    posts = sandbox.market.posts["tiktok"]
    counts = [
        (sum(p.account == a.number and p.published_at < AT for p in posts), a.handle)
        for a in accounts.values()
        if a.platform == "tiktok" and a.has_insights
    ]
    return max(counts)[1]


@pytest.fixture
def post(sandbox: Sandbox) -> Post:
    http = Client(sandbox, "tiktok")

    def ask(path: str, token: str, fields: str, **body: Any) -> Any:
        bearer = {"Authorization": f"Bearer {token}"}
        return http.post(f"/v2/{path}/?fields={fields}", bearer, json=body)

    return ask


def query(tag: str, **more: Any) -> dict[str, Any]:
    condition = {"operation": "IN", "field_name": "hashtag_name", "field_values": [tag]}
    days = {"start_date": "20260201", "end_date": "20260303"}
    return {"query": {"and": [condition]}, **days, **more}


def code(answer: Any) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error.keys() == {"code", "message", "log_id"}
    return answer.status_code, error["code"]


def test_a_creators_videos_are_read_once(post: Post, creator: str, sandbox: Sandbox) -> None:
    found, cursor = [], {}
    while True:
        answer = post("video/list", f"{TOKEN}.{creator}", FIELDS, max_count=3, **cursor)
        assert code(answer) == (200, "ok")
        data = answer.json()["data"]
        found += data["videos"]
        if not data["has_more"]:
            break
        cursor = {"cursor": data["cursor"]}
    ids = [video["id"] for video in found]
    assert ids[::-1] == sandbox.truth("tiktok", f"account:{creator}")
    assert len(ids) > 6
    assert kinds(found[0]) == {
        **dict.fromkeys(("id", "share_url", "video_description"), "str"),
        **dict.fromkeys(("create_time", "like_count", "comment_count", "view_count"), "int"),
    }
    sandbox.misbehave("tiktok", "deleted_posts", ids=frozenset(ids[:1]))
    answer = post("video/query", f"{TOKEN}.{creator}", "id", filters={"video_ids": ids[:4]})
    assert [video["id"] for video in answer.json()["data"]["videos"]] == ids[1:4]


def test_a_creator_has_to_agree(post: Post, creator: str, sandbox: Sandbox) -> None:
    http = Client(sandbox, "tiktok")
    bearer = {"Authorization": f"Bearer {TOKEN}.{creator}"}
    user = http.get("/v2/user/info/", bearer, fields="username,follower_count").json()["data"]
    assert user["user"]["username"] == creator
    assert user["user"]["follower_count"] > 0
    assert code(post("video/list", TOKEN, "id")) == (401, "access_token_invalid")
    assert code(post("video/list", f"{TOKEN}.nobody", "id")) == (401, "access_token_invalid")
    other = f"{TOKEN}.lumencoffee"
    assert code(post("video/list", other, "id")) == (401, "scope_not_authorized")


def test_research_finds_all_of_a_tag_with_ids_that_are_numbers(
    post: Post, sandbox: Sandbox
) -> None:
    expected = sandbox.truth("tiktok", "hashtag:coffee")
    first = sandbox.market.posts["tiktok"][0].published_at
    assert first.strftime("%Y%m%d") < "20260201"
    found, more = [], {}
    while True:
        data = post("research/video/query", TOKEN, RESEARCH, **query("coffee", **more)).json()[
            "data"
        ]
        found += data["videos"]
        if not data["has_more"]:
            break
        more = {"cursor": data["cursor"], "search_id": data["search_id"]}
    ids = [str(video["id"]) for video in found]
    assert ids == expected[::-1][: len(ids)]
    assert len(ids) > 40
    assert kinds(found[0])["id"] == "int"
    assert all("coffee" in video["hashtag_names"] for video in found)
    name = {"username": found[0]["username"]}
    user = post("research/user/info", TOKEN, "display_name,follower_count", **name).json()["data"]
    assert kinds(user) == {"display_name": "str", "follower_count": "int"}


def test_wrong_calls_are_refused(post: Post, creator: str) -> None:
    token = f"{TOKEN}.{creator}"
    assert code(post("video/list", token, "id,fee")) == (400, "invalid_params")
    assert code(post("video/list", token, "")) == (400, "invalid_params")
    assert code(post("video/list", token, "id", max_count=21)) == (400, "invalid_params")
    assert code(post("video/query", token, "id")) == (400, "invalid_params")
    for wrong in (
        query("x", start_date="20260101"),
        query("x", start_date="yesterday"),
        {**query("x"), "query": {}},
        {**query("x"), "query": {"and": [{"field_name": "colour"}]}},
    ):
        assert code(post("research/video/query", TOKEN, "id", **wrong)) == (400, "invalid_params")
    assert code(post("research/user/info", TOKEN, "display_name", username="nobody"))[0] == 404


def test_600_requests_a_minute_and_1000_of_research_a_day(
    post: Post, creator: str, sandbox: Sandbox
) -> None:
    sandbox.set_limit("tiktok", "requests", 2)
    token = f"{TOKEN}.{creator}"
    codes = [code(post("video/list", token, "id")) for _ in range(3)]
    assert codes == [(200, "ok")] * 2 + [(429, "rate_limit_exceeded")]
    sandbox.set_clock(AT + timedelta(minutes=1))
    assert code(post("video/list", token, "id")) == (200, "ok")
    sandbox.set_limit("tiktok", "research", 0)
    refused = post("research/video/query", TOKEN, "id", **query("coffee"))
    assert code(refused) == (429, "daily_quota_limit_exceeded")


def test_it_misbehaves(post: Post, creator: str, sandbox: Sandbox) -> None:
    token = f"{TOKEN}.{creator}"
    for kind, expected in (
        ("429", (429, "rate_limit_exceeded")),
        ("500", (500, "internal_error")),
        ("expired_token", (401, "access_token_invalid")),
    ):
        sandbox.misbehave("tiktok", kind)
        assert code(post("video/list", token, "id")) == expected
    first = post("video/list", token, "id", max_count=2).json()["data"]
    for kind in ("repeated_cursor", "empty_page"):
        sandbox.misbehave("tiktok", kind)
        again = post("video/list", token, "id", max_count=2, cursor=first["cursor"]).json()["data"]
        assert (again["cursor"], again["has_more"]) == (first["cursor"], True)
        assert (again["videos"] == []) == (kind == "empty_page")
    sandbox.misbehave("tiktok", "hidden_likes")
    videos = post("video/list", token, FIELDS).json()["data"]["videos"]
    assert videos
    assert not [video for video in videos if "like_count" in video]
