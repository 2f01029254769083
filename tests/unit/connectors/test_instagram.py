"""Instagram: 30 hashtags a week, cursors that repeat, accounts read back by age, insights."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reachline.connectors.connections import Connection
from reachline.connectors.http import Answer, RunContext
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.instagram import Instagram
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.unit.connectors.homes import FakeTime, batches, landed, make_home, publish_roster
from tests.unit.connectors.server import Asked, Given, Server, serving

TOKEN = "EAAg-s3cret-token"
ME = "17841400000000001"
TAG = "hashtag:acmecoffee"


def refusal(code: int, message: str = "no", status: int = 400, subcode: int | None = None) -> Given:
    more = {} if subcode is None else {"error_subcode": subcode}
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    return Given({"error": {**error, "fbtrace_id": "A"}}, status)


def media(number: int, at: datetime, caption: str = "Kaffee ☕ #acmecoffee") -> dict[str, Any]:
    return {
        "id": f"1800{number:06d}",
        "caption": caption,
        "media_type": "IMAGE",
        "media_product_type": "REELS" if number % 2 else "FEED",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }


@dataclass
class Fake:
    """Lists of media by path, oldest first; a cursor is the id of the last media of a page."""

    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    before: Callable[[Asked], Given | None] = lambda asked: None
    insights: Callable[[str], Given | None] = lambda media: None
    size: int = 50

    def answer(self, asked: Asked) -> Given:
        given = self.before(asked)
        if given is not None:
            return given
        path = asked.path.removeprefix("/v23.0/")
        fields = asked.params.get("fields", "")
        if path == "ig_hashtag_search":
            return Given({"data": [{"id": f"tag-{asked.params['q']}"}]})
        if path.endswith("/insights"):
            return self.insights(path) or Given(
                {
                    "data": [
                        {"name": n, "values": [{"value": 7}]}
                        for n in asked.params["metric"].split(",")
                    ]
                }
            )
        if path == ME and fields.startswith("mentioned_media"):
            found = re.findall(r"media_id\((\d+)\)", fields)[0]
            return Given({"mentioned_media": {"id": found, "username": "annabrews"}, "id": ME})
        if path == ME:
            handle = re.findall(r"username\(([\w.]+)\)", fields)[0]
            if handle not in self.lists:
                return refusal(110, "Invalid user id", subcode=2207013)
            after = re.findall(r"after\(([^)]+)\)", fields)
            page = self.page(handle, after[0] if after else None)
            page.get("paging", {}).pop("next", None)
            return Given({"business_discovery": {"id": "9", "username": handle, "media": page}})
        return Given(self.page(path, asked.params.get("after")))

    def page(self, name: str, after: str | None) -> dict[str, Any]:
        found = self.lists.get(name, [])[::-1]
        start = next((n + 1 for n, m in enumerate(found) if m["id"] == after), 0)
        page = found[start : start + self.size]
        if start + self.size >= len(found):
            return {"data": page}
        last = page[-1]["id"]
        return {"data": page, "paging": {"cursors": {"after": last}, "next": f"…?after={last}"}}


@dataclass
class World:
    settings: Settings
    fake: Fake
    server: Server
    time: FakeTime = field(default_factory=FakeTime)
    made: int = 0
    extra: dict[str, Any] = field(default_factory=lambda: {"accounts": {"acmecoffee": ME}})

    def run(self, name: str = "r") -> Report:
        connection = Connection(password=TOKEN, extra={"base_url": self.server.url, **self.extra})
        return ingest(
            self.settings, "instagram", name, clock=self.time.clock(), connection=connection
        )

    def grow(self, name: str, count: int, hours: float = 6, **more: Any) -> list[str]:
        """Add media of the last `hours` to a list; return their ids."""
        start, step = self.time.at - timedelta(hours=hours), timedelta(hours=hours) / (count + 1)
        new = [media(self.made + n, start + step * (n + 1), **more) for n in range(count)]
        self.made += count
        self.fake.lists.setdefault(name, []).extend(new)
        return [one["id"] for one in new]

    def ids(self, stream: str, query: str = TAG) -> list[str]:
        rows = landed(self.settings, "instagram", stream)
        return [found for text, found, _ in rows if text == query]

    def calls(self, end: str) -> list[dict[str, str]]:
        return [asked.params for asked in self.server.asked if asked.path.endswith(end)]

    def cursor(self, stream: str = "hashtag_media", query: str = TAG) -> Any:
        return next(
            batch.cursor
            for batch in reversed(batches(self.settings, "instagram"))
            if (batch.stream, batch.query) == (stream, query)
        )


@contextmanager
def world(tmp_path: Path, brand: dict[str, Any] | None = None, **options: Any) -> Iterator[World]:
    fake = Fake()
    settings = make_home(
        tmp_path, {"instagram": options}, **{"hashtags": ["acmecoffee"], **(brand or {})}
    )
    with serving(fake.answer) as server:
        yield World(settings, fake, server)


RECENT = "tag-acmecoffee/recent_media"


def state(report: Report, query: str = TAG, stream: str = "hashtag_media") -> RunState:
    return next(
        outcome.state
        for outcome in report.outcomes
        if (outcome.query.stream, outcome.query.text) == (stream, query)
    )


def is_page_2(asked: Asked) -> bool:
    return "after" in asked.params


def once(fits: Callable[[Asked], bool], *given: Given) -> Callable[[Asked], Given | None]:
    left = list(given)
    return lambda asked: left.pop(0) if left and fits(asked) else None


def test_hashtag_media_lands_once_and_the_hashtag_is_looked_up_once(tmp_path):
    with world(tmp_path) as w:
        expected = w.grow(RECENT, 120)
        old = media(900_000, w.time.at - timedelta(days=90))
        w.fake.lists["tag-acmecoffee/top_media"] = [*w.fake.lists[RECENT][:3], old]
        assert state(w.run()) == RunState.OK
        for _ in range(3):
            w.time.pass_by(hours=6)
            expected += w.grow(RECENT, 60)
            w.run()
        assert sorted(w.ids("hashtag_media")) == [*sorted(expected), "1800900000"]
        assert len(w.calls("ig_hashtag_search")) == 1
        (params,) = {json.dumps(p, sort_keys=True) for p in w.calls("top_media")}
        assert json.loads(params)["user_id"] == ME
        assert "username" not in json.loads(params)["fields"], "hashtag media have no author"


def test_records_land_as_they_came(tmp_path):
    with world(tmp_path) as w:
        w.grow(RECENT, 1)
        w.run()
        ((_, found, record),) = landed(w.settings, "instagram", "hashtag_media")
        assert (found, record) == ("1800000000", json.dumps(w.fake.lists[RECENT][0]))


@pytest.mark.slow
def test_the_31st_hashtag_of_seven_days_is_not_asked_for(tmp_path):
    tags = [f"tag{n:02d}" for n in range(31)]
    with world(tmp_path, {"hashtags": tags}) as w:
        report = w.run()
        assert [state(report, f"hashtag:{tag}") for tag in tags] == [
            *[RunState.NO_DATA] * 30,
            RunState.QUOTA_EXHAUSTED,
        ]
        assert len(w.calls("ig_hashtag_search")) == 30
        w.time.pass_by(days=6, hours=23)
        report = w.run("r2")
        assert state(report, "hashtag:tag30") == RunState.QUOTA_EXHAUSTED
        assert state(report, "hashtag:tag00") == RunState.NO_DATA, "those that were asked still are"
        w.time.pass_by(hours=1, minutes=1)
        report = w.run("r3")
        assert state(report, "hashtag:tag30") == RunState.NO_DATA, "who waits longest goes first"
        assert sum(o.state == RunState.QUOTA_EXHAUSTED for o in report.outcomes) == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (refusal(4), RunState.RATE_LIMITED),
        (refusal(17, status=403), RunState.RATE_LIMITED),
        (refusal(32), RunState.RATE_LIMITED),
        (refusal(613), RunState.RATE_LIMITED),
        (refusal(190, subcode=463), RunState.AUTH_EXPIRED),
        (refusal(10), RunState.AUTH_EXPIRED),
        (refusal(18, subcode=2207034), RunState.QUOTA_EXHAUSTED),
        (refusal(2, status=500), RunState.PARTIAL),
        (refusal(100), RunState.PARTIAL),
    ],
)
def test_a_stop_on_page_2_loses_and_doubles_nothing(tmp_path, given, expected):
    with world(tmp_path) as w:
        posts = w.grow(RECENT, 120)
        w.fake.before = lambda asked: given if is_page_2(asked) else None
        assert state(w.run()) == expected
        assert w.cursor()["after"] == posts[70]
        w.fake.before = lambda asked: None
        w.server.asked.clear()
        w.time.pass_by(hours=1)
        posts += w.grow(RECENT, 5, hours=1)
        assert state(w.run("r2")) == RunState.OK
        assert w.calls("recent_media")[0]["after"] == posts[70]
        w.run("r3")
        assert sorted(w.ids("hashtag_media")) == sorted(posts)


def test_a_cursor_that_expired_is_left_for_the_newest(tmp_path):
    with world(tmp_path) as w:
        posts = w.grow(RECENT, 120)
        w.fake.before = lambda asked: refusal(4) if is_page_2(asked) else None
        w.run()
        w.fake.before = once(is_page_2, refusal(100, "Invalid parameter: after"))
        assert state(w.run("r2")) == RunState.OK
        assert sorted(w.ids("hashtag_media")) == sorted(posts)


def test_a_cursor_that_repeats_is_asked_once_more(tmp_path):
    with world(tmp_path) as w:
        posts = w.grow(RECENT, 120)
        first = Given(w.fake.page(RECENT, None))
        w.fake.before = once(is_page_2, first)
        assert state(w.run()) == RunState.OK
        assert sorted(w.ids("hashtag_media")) == sorted(posts)
        w.time.pass_by(hours=6)
        posts += w.grow(RECENT, 120)
        again = Given(w.fake.page(RECENT, None))
        w.fake.before = lambda asked: again if is_page_2(asked) else None
        w.server.asked.clear()
        w.run("r2")
        assert len(w.calls("recent_media")) == 3, "it is not followed in circles"
        w.fake.before = lambda asked: None
        w.run("r3")
        assert sorted(w.ids("hashtag_media")) == sorted(posts), "and not taken for the end"


def test_an_empty_page_ends_it(tmp_path):
    with world(tmp_path) as w:
        posts = w.grow(RECENT, 40)
        last = w.fake.page(RECENT, None)
        last["paging"] = {"cursors": {"after": "z"}, "next": "…"}
        answers = [Given(last), Given({"data": []})]
        w.fake.before = once(lambda asked: asked.path.endswith("recent_media"), *answers)
        assert state(w.run()) == RunState.OK
        assert sorted(w.ids("hashtag_media")) == posts
        assert "after" not in w.cursor(), "the window is complete"


def test_a_hashtag_that_is_none_gives_no_data(tmp_path):
    with world(tmp_path) as w:
        given = refusal(24, "The requested resource does not exist", subcode=2207024)
        w.fake.before = lambda asked: given if "search" in asked.path else None
        assert state(w.run()) == RunState.NO_DATA
        assert w.calls("recent_media") == []


def test_hashtag_media_that_mention_us_tell_their_author(tmp_path):
    with world(tmp_path) as w:
        w.grow(RECENT, 2)
        (mine,) = w.grow(RECENT, 1, caption="thanks @AcmeCoffee. #acmecoffee".lower())
        w.run()
        ((query, found, record),) = landed(w.settings, "instagram", "mentioned_media")
        assert (query, found, json.loads(record)["username"]) == (TAG, mine, "annabrews")


def test_tagged_media_land_once(tmp_path):
    with world(tmp_path) as w:
        posts = w.grow(f"{ME}/tags", 70)
        report = w.run()
        assert state(report, "mention:acmecoffee", "tagged_media") == RunState.OK
        w.time.pass_by(days=1)
        posts += w.grow(f"{ME}/tags", 20)
        w.run()
        assert sorted(w.ids("tagged_media", "mention:acmecoffee")) == sorted(posts)


def test_accounts_are_read_back_by_age(tmp_path):
    """Each run what is new; daily what is younger than 7 days, weekly what is younger than 30."""
    with world(tmp_path, {"handles": {"instagram": ["annabrews", "private"]}}) as w:
        w.grow("annabrews", 600, hours=24 * 60)  # ten a day
        report = w.run()
        account = "account:annabrews"
        assert state(report, account, "business_discovery") == RunState.OK
        assert state(report, "account:private", "business_discovery") == RunState.NOT_FOUND
        assert len(w.ids("business_discovery", account)) == 7, "300 media and the end of 30 days"
        pages = []
        for run in range(1, 9):
            w.time.pass_by(hours=12 if run == 1 else 24)
            before = len(w.ids("business_discovery", account))
            w.run(f"r{run}")
            pages.append(len(w.ids("business_discovery", account)) - before)
        # ten a day before the first run, none after: the 8 ends are 1, 5.5, 4.5, 3.5, 2.5, 1.5, 0.5
        # (7 days) and 22.5 days (30) before it
        assert pages == [1, 2, 1, 1, 1, 1, 1, 5]


def test_a_profile_that_stopped_on_page_2_goes_on_there(tmp_path):
    with world(tmp_path, {"handles": {"instagram": ["annabrews"]}}) as w:
        w.grow("annabrews", 140, hours=100)
        w.fake.before = lambda a: refusal(4) if "after(" in a.params.get("fields", "") else None
        report = w.run()
        account = "account:annabrews"
        assert state(report, account, "business_discovery") == RunState.RATE_LIMITED
        w.fake.before = lambda asked: None
        w.run("r2")
        records = [
            json.loads(r) for _, _, r in landed(w.settings, "instagram", "business_discovery")
        ]
        found = [one["id"] for record in records for one in record["media"]["data"]]
        assert sorted(found) == sorted(m["id"] for m in w.fake.lists["annabrews"])


def test_a_handle_is_never_pasted_unchecked(tmp_path):
    odd = "a){id}"
    with world(tmp_path) as w:
        publish_roster(w.settings, [("instagram", odd, "c1")])
        report = w.run()
        assert state(report, f"account:{odd}", "business_discovery") == RunState.NOT_FOUND
        assert all(odd not in asked.params.get("fields", "") for asked in w.server.asked)


def test_insights_are_asked_by_media_type_and_absent_ones_left_out(tmp_path):
    with world(tmp_path) as w:
        one, two, three, four = w.grow(f"{ME}/media", 4)
        w.fake.lists[f"{ME}/media"][3]["media_product_type"] = "STORY"
        few = refusal(10, "(#10) Not enough viewers for the media to show insights")
        w.fake.insights = lambda path: few if one in path else None
        report = w.run()
        assert state(report, "account:acmecoffee", "media_insights") == RunState.OK
        asked = {
            a.path.split("/")[2]: a.params["metric"] for a in w.server.asked if "insights" in a.path
        }
        assert "follows" in asked[three]
        assert "follows" not in asked[two], "a reel has none, and one wrong metric fails the call"
        assert "saved" not in asked[four]
        rows = landed(w.settings, "instagram", "media_insights")
        assert [found for _, found, _ in rows] == [four, three, two]
        body = json.loads(rows[0][2])
        assert body["media_id"] == four
        assert body["data"][0] == {"name": "reach", "values": [{"value": 7}]}


def test_a_metric_that_is_none_is_no_missing_insight(tmp_path):
    with world(tmp_path) as w:
        w.grow(f"{ME}/media", 3)
        w.fake.insights = lambda path: refusal(100, "(#100) metric[0] must be one of …")
        report = w.run()
        assert state(report, "account:acmecoffee", "media_insights") == RunState.PARTIAL
        (text,) = [o.text for o in report.outcomes if o.query.stream == "media_insights"]
        assert "no medium tells its insights" in text
        assert "metric[0]" in text


@pytest.mark.parametrize(
    "given",
    [
        refusal(100, "Unsupported get request. Object with ID does not exist", subcode=33),
        refusal(100, "Media posted before business account conversion", subcode=2108006),
        refusal(10, "(#10) Not enough viewers for the media to show insights"),
        refusal(100, "(#100) The media does not support these metrics"),
        refusal(2, "Service temporarily unavailable", status=500),
    ],
)
@pytest.mark.parametrize("which", [0, 70, 119], ids=["last page", "first page", "newest"])
@pytest.mark.slow
def test_a_medium_without_insights_leaves_out_no_other(tmp_path, given, which):
    with world(tmp_path) as w:
        ids = w.grow(f"{ME}/media", 120)
        w.fake.insights = lambda path: given if ids[which] in path else None
        report = w.run()
        (outcome,) = [o for o in report.outcomes if o.query.stream == "media_insights"]
        assert outcome.state == RunState.OK
        assert sorted(w.ids("media_insights", "account:acmecoffee")) == sorted(
            {*ids} - {ids[which]}
        )
        assert "end" not in w.cursor("media_insights", "account:acmecoffee"), "read to its end"
        code = json.loads(given.content())["error"]
        is_foreseen = code.get("error_subcode") == 2108006 or code["code"] == 10
        assert (ids[which] in outcome.text) == (not is_foreseen), "what is odd is told"


TOO_MUCH = refusal(
    1, "Please reduce the amount of data you're asking for, then retry your request", status=500
)


def test_pages_that_are_too_much_are_asked_for_in_a_smaller_size_that_is_kept(tmp_path):
    with world(tmp_path) as w:
        most = 12
        w.fake.before = lambda asked: TOO_MUCH if int(asked.params.get("limit", 0)) > most else None
        w.fake.size = most
        posts = w.grow(RECENT, 120)
        assert state(w.run()) == RunState.OK
        assert sorted(w.ids("hashtag_media")) == sorted(posts)
        sizes = [int(params["limit"]) for params in w.calls("recent_media")]
        assert sizes == [12] * len(sizes), "the size that the top was read in"
        assert [int(p["limit"]) for p in w.calls("top_media")] == [50, 25, 12]
        assert w.time.slept == [], "it is no error that passes"
        assert w.cursor()["size"] == 24, "it is tried again twice as large, once"
        w.server.asked.clear()
        w.time.pass_by(hours=6)
        posts += w.grow(RECENT, 5)
        w.run("r2")
        assert [int(p["limit"]) for p in w.calls("top_media")] == [24, 12]
        w.fake.before = lambda asked: None
        for run in range(4):
            w.run(f"again{run}")
        assert "size" not in w.cursor(), "and it grows back"
        assert sorted(w.ids("hashtag_media")) == sorted(posts)


def test_a_page_of_one_that_is_too_much_fails_its_query_alone(tmp_path):
    with world(tmp_path, {"handles": {"instagram": ["annabrews"]}}) as w:
        w.grow("annabrews", 3)
        w.fake.before = lambda a: TOO_MUCH if "discovery" in a.params.get("fields", "") else None
        report = w.run()
        assert state(report, "account:annabrews", "business_discovery") == RunState.FAILED
        assert state(report) == RunState.NO_DATA
        asked = [p["fields"] for p in w.calls(ME) if "discovery" in p["fields"]]
        sizes = [re.findall(r"limit\((\d+)\)", fields)[0] for fields in asked]
        assert sizes == ["50", "25", "12", "6", "3", "1"]


def test_our_stories_are_read_each_time_with_their_insights(tmp_path):
    with world(tmp_path) as w:
        (one,) = w.grow(f"{ME}/stories", 1)
        w.fake.lists[f"{ME}/stories"][0]["media_product_type"] = "STORY"
        account = "account:acmecoffee"
        assert state(w.run(), account, "stories") == RunState.OK
        w.time.pass_by(hours=6)
        (two,) = w.grow(f"{ME}/stories", 1)
        w.fake.lists[f"{ME}/stories"][1]["media_product_type"] = "STORY"
        w.run("r2")
        w.time.pass_by(hours=20)
        w.fake.lists[f"{ME}/stories"].clear()
        assert state(w.run("r3"), account, "stories") == RunState.NO_DATA
        assert w.ids("stories", account) == [one, two, one]
        assert w.ids("media_insights", account) == [one, two, one]
        assert "media_product_type" in w.calls("stories")[0]["fields"]
        asked = {a.params["metric"] for a in w.server.asked if a.path.endswith("/insights")}
        assert asked == {"reach,views,shares,total_interactions,replies,follows,profile_visits"}, (
            "a story has no likes and no saves"
        )


MEANINGS = {
    RunState.RATE_LIMITED: [4, 17, 32, 341, 368, 613, 80000, 80001, 80002, 80006, 80009, 80014],
    RunState.AUTH_EXPIRED: [3, 10, 25, 102, 190, 200, 250, 299],
    RunState.QUOTA_EXHAUSTED: [18],
    RunState.FAILED: [-1, 1, 2, 24, 100, 110, 36000],
}


@pytest.mark.parametrize(
    ("code", "expected"), [(code, means) for means, codes in MEANINGS.items() for code in codes]
)
def test_each_code_of_an_error_means_what_the_documentation_says(tmp_path, code, expected):
    with world(tmp_path) as w:
        w.grow(RECENT, 1)
        w.fake.before = once(lambda asked: asked.path.endswith("/top_media"), refusal(code))
        report = w.run()
        assert state(report) == expected
        # of one permission, or of one parameter, no other query is stopped
        is_one = code in (3, 10, 200, 250, 299, 18, -1, 1, 2, 24, 100, 110, 36000)
        assert (state(report, "mention:acmecoffee", "tagged_media") == RunState.NO_DATA) == is_one


@pytest.mark.parametrize(
    ("subcode", "said"), [(459, "Log in"), (464, "Log in"), (463, "Renew"), (None, "Renew")]
)
def test_a_token_is_renewed_or_its_account_logged_in_to(tmp_path, subcode, said):
    with world(tmp_path) as w:
        w.fake.before = lambda asked: refusal(190, "Session has expired.", subcode=subcode)
        text = w.run().outcomes[0].text
        assert f"Session has expired. {said}" in text


def test_when_a_limit_of_a_use_case_is_over_is_told_by_its_header(tmp_path):
    use = {"type": "instagram", "call_count": 100, "estimated_time_to_regain_access": 19}
    with world(tmp_path) as w:
        stops = []
        refused = refusal(80002, "There have been too many calls to this Instagram account.")
        for usage in (json.dumps({"17841": [{**use, "type": "pages"}, use]}), "no JSON", None):
            response = Answer()
            response.status_code, response._content = 400, refused.content()
            if usage is not None:
                response.headers["X-Business-Use-Case-Usage"] = usage
            connector = Instagram(None, Connection(), RunContext(None, None, w.time.clock()))
            stops.append(connector.stop_for_error(response))
        assert [stop.state for stop in stops] == [RunState.RATE_LIMITED] * 3
        assert [stop.until for stop in stops] == [w.time.at + timedelta(minutes=19), None, None]


def test_cut_json_is_asked_again(tmp_path):
    with world(tmp_path) as w:
        posts = w.grow(RECENT, 3)
        w.fake.before = once(lambda asked: "recent" in asked.path, Given(raw=b'{"data": [{"id"'))
        assert state(w.run()) == RunState.OK
        assert sorted(w.ids("hashtag_media")) == posts


@pytest.mark.parametrize("extra", [{}, {"accounts": "acme"}, {"accounts": {"acme": "x/y"}}])
def test_without_accounts_nothing_is_asked(tmp_path, extra):
    with world(tmp_path) as w:
        w.extra = extra
        report = w.run()
        assert report.state == RunState.AUTH_EXPIRED
        assert "accounts" in report.outcomes[0].text
        assert w.server.asked == []


def test_the_token_goes_by_header_and_is_written_nowhere(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with world(tmp_path) as w:
        w.grow(RECENT, 60)
        w.fake.before = once(is_page_2, refusal(1, f"bad {TOKEN}"))
        report = w.run()
        assert state(report) == RunState.PARTIAL
        assert all(a.headers["Authorization"] == f"Bearer {TOKEN}" for a in w.server.asked)
        assert all(TOKEN not in json.dumps(asked.params) for asked in w.server.asked)
        assert TOKEN not in "\n".join(report.lines())
        assert TOKEN not in caplog.text
        files = [path for path in w.settings.paths.landing.rglob("*") if path.is_file()]
        assert files
        assert all(TOKEN.encode() not in path.read_bytes() for path in files)
