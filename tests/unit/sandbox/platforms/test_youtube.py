"""The sandbox's YouTube against the shape of recorded answers, its quotas, and Google's client."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import googleapiclient.discovery
import googleapiclient.errors
import pytest

from reachline.sandbox.platforms import TOKEN, Sandbox
from reachline.sandbox.platforms.youtube import split_text
from tests.unit.sandbox.platforms.clients import AT, Client, kinds

THUMBNAIL = {"url": "str", "width": "int", "height": "int"}
THUMBNAILS = {"default": THUMBNAIL, "medium": THUMBNAIL, "high": THUMBNAIL}
TEXTS = dict.fromkeys(("publishedAt", "channelId", "title", "description"), "str")
SNIPPET = {
    **TEXTS,
    "thumbnails": THUMBNAILS,
    "channelTitle": "str",
    "liveBroadcastContent": "str",
}
FOUND = {
    "kind": "str",
    "etag": "str",
    "id": {"kind": "str", "videoId": "str"},
    "snippet": {**SNIPPET, "publishTime": "str"},
}
STATISTICS = dict.fromkeys(("viewCount", "likeCount", "favoriteCount", "commentCount"), "str")

Get = Callable[..., Any]


@pytest.fixture
def get(sandbox: Sandbox) -> Get:
    http = Client(sandbox, "youtube")

    def ask(call: str, **params: Any) -> Any:
        return http.get(f"/youtube/v3/{call}", **{"key": TOKEN, "part": "snippet"} | params)

    return ask


def every_id(get: Get, **params: Any) -> list[str]:
    found, token = [], None
    while True:
        more = {} if token is None else {"pageToken": token}
        page = get("search", type="video", maxResults=7, **params, **more).json()
        found += [item["id"]["videoId"] for item in page["items"]]
        token = page.get("nextPageToken")
        if token is None:
            return found


def test_an_answer_has_the_parts_that_are_asked_for(get: Get, sandbox: Sandbox) -> None:
    posts = sandbox.market.posts["youtube"]
    live = next(p.native_id for p in posts if p.number % 40 == 0 and p.published_at < sandbox.now)
    parts = "snippet,liveStreamingDetails,status"
    item = get("videos", id=live, part=parts).json()["items"][0]
    assert item.keys() == {"kind", "etag", "id", "snippet", "liveStreamingDetails", "status"}
    assert item["liveStreamingDetails"].keys() == {"actualStartTime"}
    assert "liveStreamingDetails" not in get("videos", id=live).json()["items"][0]
    other = next(p.native_id for p in posts if p.number % 40 and p.published_at < sandbox.now)
    assert "liveStreamingDetails" not in get("videos", id=other, part=parts).json()["items"][0]
    (found, *_) = get("search", q="#coffee", type="video", part="id").json()["items"]
    assert found.keys() == {"kind", "etag", "id"}
    channel = item["snippet"]["channelId"]
    (told,) = get("channels", id=channel, part="status").json()["items"]
    assert told.keys() == {"kind", "etag", "id", "status"}
    (upload, *_) = get("playlistItems", playlistId="UU" + channel[2:], part="status").json()[
        "items"
    ]
    assert upload.keys() == {"kind", "etag", "id", "status"}


def reason(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return error["code"], error["errors"][0]["domain"], error["errors"][0]["reason"]


def test_a_search_has_the_recorded_shape(get: Get) -> None:
    page = get("search", q="#coffee", type="video", order="date").json()
    assert page["kind"] == "youtube#searchListResponse"
    assert page["pageInfo"]["resultsPerPage"] == len(page["items"]) == 5
    assert kinds(page["items"][0]) == FOUND
    dates = [item["snippet"]["publishedAt"] for item in page["items"]]
    assert dates == sorted(dates, reverse=True)


def test_all_pages_of_a_search_are_all_of_it(get: Get, sandbox: Sandbox) -> None:
    expected = sandbox.truth("youtube", "hashtag:skincare")
    assert len(expected) > 14
    assert every_id(get, q="#skincare", order="date") == expected[::-1]
    after = (AT - timedelta(days=3)).isoformat().replace("+00:00", "Z")
    some = every_id(get, q="#skincare", order="date", publishedAfter=after)
    assert some == expected[::-1][: len(some)] != expected[::-1]
    assert every_id(get, q='"lumen coffee"|"rival roast"', order="date") != []


def test_videos_have_counts_as_text_and_no_hidden_likes(get: Get, sandbox: Sandbox) -> None:
    ids = sandbox.truth("youtube", "hashtag:coffee")[:49]
    parts = "snippet,statistics,contentDetails,status,paidProductPlacementDetails"
    page = get("videos", id=",".join([*ids, "gone"]), part=parts).json()
    assert [item["id"] for item in page["items"]] == ids
    shown = [item["statistics"] for item in page["items"] if "likeCount" in item["statistics"]]
    assert kinds(shown[0]) == STATISTICS
    assert TEXTS.items() <= kinds(page["items"][0]["snippet"]).items()
    sandbox.misbehave("youtube", "hidden_likes", ids=frozenset(ids[:1]))
    hidden = get("videos", id=ids[0], part="statistics").json()["items"][0]["statistics"]
    assert kinds(hidden) == {k: v for k, v in STATISTICS.items() if k != "likeCount"}
    assert reason(get("videos", id=",".join(map(str, range(51))))) == (
        400,
        "youtube.parameter",
        "invalidFilters",
    )


def test_a_channel_leads_to_its_uploads(get: Get, sandbox: Sandbox) -> None:
    parts = "snippet,contentDetails,statistics"
    channel = get("channels", forHandle="@lumencoffee", part=parts).json()["items"][0]
    counts = {"viewCount": "str", "subscriberCount": "str", "videoCount": "str"}
    assert kinds(channel["statistics"]) == {**counts, "hiddenSubscriberCount": "bool"}
    assert set(channel["statistics"]["subscriberCount"][3:]) <= {"0"}
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    assert uploads == "UU" + channel["id"][2:]
    items = get("playlistItems", playlistId=uploads, part="contentDetails", maxResults=50).json()
    ids = [item["contentDetails"]["videoId"] for item in items["items"]]
    assert ids[::-1] == sandbox.truth("youtube", "account:lumencoffee") != []
    assert "items" not in get("channels", id="UCnobody").json()
    assert reason(get("playlistItems", playlistId="UUnobody"))[2] == "playlistNotFound"


def test_the_two_quotas_end_at_midnight_in_california(get: Get, sandbox: Sandbox) -> None:
    assert [get("search", q="x").status_code for _ in range(101)] == [200] * 100 + [403]
    assert reason(get("search", q="x")) == (403, "youtube.quota", "quotaExceeded")
    assert get("videos", id="x").status_code == 200
    sandbox.set_clock(AT + timedelta(hours=1, minutes=59))
    assert get("search", q="x").status_code == 403
    sandbox.set_clock(AT + timedelta(hours=2))  # 8:00 UTC is midnight there in winter
    assert get("search", q="x").status_code == 200


def test_wrong_calls_are_refused_as_google_does(get: Get) -> None:
    assert reason(get("search", key="other")) == (400, "global", "badRequest")
    assert reason(get("search", part="")) == (400, "youtube.parameter", "missingRequiredParameter")
    assert reason(get("search", pageToken="zzz"))[2] == "invalidPageToken"
    assert reason(get("search", publishedAfter="yesterday"))[2] == "invalidParameter"
    assert reason(get("videos"))[2] == "missingRequiredParameter"
    assert reason(get("comments")) == (404, "global", "notFound")


def test_misbehaviour_is_worded_as_google_does(get: Get, sandbox: Sandbox) -> None:
    for kind, expected in (
        ("429", (429, "global", "rateLimitExceeded")),
        ("500", (500, "global", "backendError")),
        ("expired_token", (400, "global", "badRequest")),
    ):
        sandbox.misbehave("youtube", kind)
        assert reason(get("search", q="#coffee")) == expected
    sandbox.misbehave("youtube", "empty_page")
    empty = get("search", q="#coffee").json()
    assert (empty["items"], "nextPageToken" in empty) == ([], True)
    first = get("search", q="#coffee", pageToken=empty["nextPageToken"]).json()
    sandbox.misbehave("youtube", "repeated_cursor")
    token = first["nextPageToken"]
    assert get("search", q="#coffee", pageToken=token).json()["nextPageToken"] == token


@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        ("A slow morning #coffee ☕️", "A slow morning", "#coffee ☕️"),
        ("#ad A slow morning", "#ad A slow morning", ""),
        ("No tags at all", "No tags at all", ""),
    ],
)
def test_a_text_is_a_title_and_a_description(text: str, title: str, description: str) -> None:
    assert split_text(text) == (title, description)


def test_googles_client_reads_it(sandbox: Sandbox) -> None:
    with googleapiclient.discovery.build(
        "youtube",
        "v3",
        developerKey=TOKEN,
        static_discovery=True,
        client_options={"api_endpoint": sandbox.url("youtube")},
    ) as api:
        asked = api.search().list(part="snippet", q="#coffee", type="video", maxResults=50)
        found = []
        while asked is not None:
            page = asked.execute()
            found += page["items"]
            asked = api.search().list_next(asked, page)
        ids = [item["id"]["videoId"] for item in found]
        assert sorted(ids) == sorted(sandbox.truth("youtube", "hashtag:coffee"))
        video = api.videos().list(part="snippet,statistics", id=ids[0]).execute()["items"][0]
        assert video["snippet"]["title"] == html.unescape(found[0]["snippet"]["title"])
        channel = (
            api.channels().list(part="contentDetails", id=video["snippet"]["channelId"]).execute()
        )
        uploads = channel["items"][0]["contentDetails"]["relatedPlaylists"]["uploads"]
        assert (
            api.playlistItems().list(part="contentDetails", playlistId=uploads).execute()["items"]
        )
        sandbox.set_limit("youtube", "units", 0)
        with pytest.raises(googleapiclient.errors.HttpError, match="exceeded your") as refused:
            api.videos().list(part="snippet", id=ids[0]).execute(num_retries=0)
        assert refused.value.error_details[0]["reason"] == "quotaExceeded"
