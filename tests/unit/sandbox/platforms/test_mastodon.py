"""The sandbox's Mastodon against the shape of recorded answers, its paging, and Mastodon.py."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import mastodon
import pytest

from reachline.sandbox.platforms import TOKEN, Sandbox
from tests.unit.sandbox.platforms.clients import AT, BEARER, Client, kinds

COFFEE = "/api/v1/timelines/tag/coffee"

# hand-made after an answer of a Mastodon 4.6
ACCOUNT = {
    **dict.fromkeys(("id", "username", "acct", "display_name", "created_at", "note"), "str"),
    **dict.fromkeys(("url", "uri", "avatar", "avatar_static", "avatar_description"), "str"),
    **dict.fromkeys(("header", "header_static", "header_description"), "str"),
    **dict.fromkeys(("locked", "bot", "discoverable", "indexable", "group", "noindex"), "bool"),
    **dict.fromkeys(("followers_count", "following_count", "statuses_count"), "int"),
    **{"last_status_at": "str", "hide_collections": "NoneType"},
    **{key: [] for key in ("emojis", "roles", "fields")},
}
STATUS = {
    **dict.fromkeys(("id", "created_at", "spoiler_text", "visibility", "language"), "str"),
    **dict.fromkeys(("uri", "url", "content"), "str"),
    **dict.fromkeys(("in_reply_to_id", "in_reply_to_account_id", "edited_at"), "NoneType"),
    **dict.fromkeys(("reblog", "application", "quote", "card", "poll"), "NoneType"),
    **dict.fromkeys(("replies_count", "reblogs_count", "favourites_count", "quotes_count"), "int"),
    **{"sensitive": "bool", "account": ACCOUNT, "tags": [{"name": "str", "url": "str"}]},
    **{key: [] for key in ("emojis", "media_attachments", "mentions")},
}


@pytest.fixture
def http(sandbox: Sandbox) -> Client:
    return Client(sandbox, "mastodon")


def walk(http: Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """Read a timeline backward by max_id, the way that needs no Link header."""
    found: list[dict[str, Any]] = []
    while page := http.get(path, **params).json():
        found += page
        params["max_id"] = page[-1]["id"]
    return found


def test_a_status_has_the_recorded_shape(http: Client) -> None:
    statuses = walk(http, f"/social.example{COFFEE}", limit=40)
    plain = next(s for s in statuses if not s["media_attachments"] and not s["mentions"])
    assert kinds({**plain, "edited_at": None}) == STATUS
    assert re.fullmatch(r"2026-03-0\dT\d\d:\d\d:\d\d\.\d{3}Z", statuses[0]["created_at"])
    assert statuses[0]["id"].isdecimal()
    assert '<a href="https://social.example/tags/coffee" class="mention hashtag"' in str(statuses)
    assert {s["account"]["uri"].split("/users/")[0] for s in statuses} == {
        "https://social.example",
        "https://kaffee.example",
    }


@pytest.mark.parametrize("server", ["social.example", "kaffee.example", "pleroma.example"])
@pytest.mark.parametrize("size", [1, 7, 40])
def test_both_ways_of_paging_read_all_of_it_once(http: Client, server: str, size: int) -> None:
    expected = http.sandbox.truth("mastodon", "hashtag:skincare")
    path = f"/{server}/api/v1/timelines/tag/skincare"
    http.sandbox.set_limit("mastodon", "requests", 10_000)
    back = walk(http, path, limit=size)
    assert [s["uri"] for s in reversed(back)] == expected
    assert len(expected) > 40
    forward, after = [], "0"
    while page := http.get(path, limit=size, min_id=after).json():
        forward += page[::-1]
        after = page[0]["id"]
    assert [s["uri"] for s in forward] == expected


def test_links_lead_on_and_back_and_some_servers_have_none(http: Client) -> None:
    first = http.get(f"/social.example{COFFEE}", limit=5)
    ids = [s["id"] for s in first.json()]
    assert first.links["next"]["url"].endswith(f"?limit=5&max_id={ids[-1]}")
    assert first.links["prev"]["url"].endswith(f"?limit=5&min_id={ids[0]}")
    assert "Link" not in http.get(f"/kaffee.example{COFFEE}").headers
    assert (
        http.get(first.links["prev"]["url"].removeprefix(http.sandbox.url("mastodon"))).json() == []
    )


def test_ids_are_the_servers_own(http: Client) -> None:
    by_uri = {
        server: {s["uri"]: s["id"] for s in walk(http, f"/{server}{COFFEE}", limit=40)}
        for server in ("social.example", "kaffee.example", "pleroma.example")
    }
    plain, other, flakes = by_uri.values()
    assert plain.keys() == other.keys() == flakes.keys()
    assert not set(plain.values()) & set(other.values())
    assert not any(local.isdecimal() for local in flakes.values())
    assert (
        http.get(f"/pleroma.example/api/v1/statuses/{next(iter(plain.values()))}").status_code
        == 404
    )


def test_servers_differ_as_real_ones_do(http: Client) -> None:
    unknown = "/api/v1/timelines/tag/nobodysaysthis"
    assert http.get(f"/social.example{unknown}").json() == []
    refused = http.get(f"/old.example{unknown}")
    assert (refused.status_code, refused.json()) == (404, {"error": "Record not found"})
    assert len(http.get(f"/old.example{COFFEE}").json()) == 20
    closed = http.get(f"/closed.example{COFFEE}")
    needs = {"error": "This method requires an authenticated user"}
    assert (closed.status_code, closed.json()) == (422, needs)
    assert len(http.get(f"/closed.example{COFFEE}", BEARER).json()) == 20
    assert http.get(f"/quiet.example{COFFEE}", BEARER).json() == []
    said = http.get("/quiet.example/api/v2/instance").json()["configuration"]["timelines_access"]
    assert said["hashtag_feeds"] == {"local": "disabled", "remote": "disabled"}
    assert http.get("/nowhere.example/api/v2/instance").status_code == 404


def test_accounts_are_found_by_handle_and_read_by_local_id(http: Client) -> None:
    handle = http.get(f"/social.example{COFFEE}", limit=1).json()[0]["account"]["uri"]
    home, user = handle.removeprefix("https://").split("/users/")
    found = http.get("/pleroma.example/api/v1/accounts/lookup", acct=f"{user}@{home}").json()
    assert (found["acct"], found["uri"]) == (f"{user}@{home}", handle)
    statuses = walk(http, f"/pleroma.example/api/v1/accounts/{found['id']}/statuses", limit=3)
    expected = http.sandbox.truth("mastodon", f"account:{user}@{home}")
    assert [s["uri"] for s in reversed(statuses)] == expected != []
    assert http.get("/social.example/api/v1/accounts/lookup", acct="nobody").status_code == 404


def test_search_shows_statuses_to_who_has_a_token(http: Client) -> None:
    path = "/social.example/api/v2/search"
    params = {"q": "rival roast", "type": "statuses", "limit": 40}
    assert http.get(path, **params).json()["statuses"] == []
    found = http.get(path, BEARER, **params).json()["statuses"]
    expected = http.sandbox.truth("mastodon", "keyword:rival roast")
    assert [s["uri"] for s in reversed(found)] == expected != []
    wrong = http.get(path, {"Authorization": "Bearer other"}, **params)
    assert (wrong.status_code, wrong.json()) == (401, {"error": "The access token is invalid"})


def test_the_clock_decides_what_is_there_and_how_it_counts(http: Client) -> None:
    def newest() -> dict[str, Any]:
        return http.get(f"/social.example{COFFEE}", limit=1).json()[0]

    old = newest()
    http.sandbox.set_clock(AT + timedelta(days=1))
    new = newest()
    assert AT < datetime.fromisoformat(new["created_at"]) <= AT + timedelta(days=1)
    again = http.get(f"/social.example/api/v1/statuses/{old['id']}").json()
    assert again["favourites_count"] > old["favourites_count"]
    http.sandbox.set_clock(AT)
    assert newest() == old


def test_the_301st_request_in_five_minutes_is_refused_until_they_are_over(http: Client) -> None:
    http.sandbox.set_limit("mastodon", "requests", 3)
    left = [http.get(f"/social.example{COFFEE}").headers["X-RateLimit-Remaining"] for _ in "abc"]
    assert left == ["2", "1", "0"]
    refused = http.get(f"/social.example{COFFEE}")
    assert (refused.status_code, refused.json()) == (429, {"error": "Too many requests"})
    assert refused.headers["X-RateLimit-Reset"] == "2026-03-03T06:05:00.000Z"
    assert http.get(f"/kaffee.example{COFFEE}").status_code == 200
    http.sandbox.set_clock(AT + timedelta(minutes=5))
    assert http.get(f"/social.example{COFFEE}").status_code == 200


@pytest.mark.parametrize("server", ["social.example", "pleroma.example", "closed.example"])
def test_mastodon_py_reads_it(sandbox: Sandbox, server: str) -> None:
    base = f"{sandbox.url('mastodon')}/{server}"
    api = mastodon.Mastodon(api_base_url=base, access_token=TOKEN)
    first = api.timeline_hashtag("coffee", limit=40)
    found = api.fetch_remaining(first)
    assert [s.uri for s in reversed(found)] == sandbox.truth("mastodon", "hashtag:coffee")
    account = api.account_lookup(first[0].account.acct)
    assert account.uri == first[0].account.uri
    assert api.account_statuses(account.id)[0].account.uri == account.uri
    assert api.status(first[0].id).favourites_count == first[0].favourites_count
    assert api.search_v2("rival roast", result_type="statuses").statuses
    assert api.instance_v2().version
