"""What the HTTP layer does for every platform: patience, bounds, and no word of a secret."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import (
    HeaderLinkPaginator,
    JSONResponseCursorPaginator,
)

from reachline.connectors import http
from reachline.connectors.http import Api, RateHeaders, RunContext
from reachline.connectors.quota import Charge, Ledger, Quota
from reachline.connectors.records import RecordKey, records_at
from reachline.connectors.types import NoAnswer, RunState, Stop, TooMuch
from reachline.redact import Redactor
from tests.unit.connectors.homes import FakeTime
from tests.unit.connectors.server import Asked, Given, Server, serving

SECRET = "t0p/s+cret"


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def make(tmp_path: Path, time: FakeTime) -> Callable[..., Api]:
    def make(server: Server, max_wait: float = 900, **options: Any) -> Api:
        ledger = Ledger(tmp_path, "any", [Quota("calls", "calls", Decimal(4))])
        run = RunContext(ledger, Redactor(SECRET), time.clock(), max_wait)
        return Api(server.url, run, **options)

    return make


def in_turn(*answers: Given) -> Callable[[Asked], Given]:
    waiting = iter(answers)
    return lambda asked: next(waiting)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_error_is_asked_again_after_the_time_it_names(make, time, status):
    with serving(in_turn(Given({}, status, {"Retry-After": "7"}), Given({"a": 1}))) as server:
        assert make(server).call("/x").json() == {"a": 1}
    assert time.slept == [7.0]


def test_an_error_that_stays_ends_the_call_after_five_attempts(make, time):
    with serving(lambda asked: Given({"error": "down"}, 500)) as server:
        with pytest.raises(Stop, match=r"answered 500: {\"error\": \"down\"}") as stop:
            make(server).call("/x")
        assert len(server.asked) == 5
    assert stop.value.state == RunState.FAILED
    assert stop.value.whole_server
    assert time.slept == sorted(time.slept)


def test_patience_has_an_end_and_says_when_to_go_on(make, time):
    late = Given({}, 429, {"Retry-After": "3600"})
    with serving(lambda asked: late) as server:
        with pytest.raises(Stop, match="3600 s of patience") as stop:
            make(server).call("/x")
        assert len(server.asked) == 1, "it is not asked again before its time"
    assert stop.value.state == RunState.RATE_LIMITED
    assert stop.value.until == time.at + timedelta(hours=1)
    assert time.slept == []


@pytest.mark.parametrize(
    ("kind", "reset"),
    [
        ("iso", "2026-03-02T06:05:00.123Z"),
        ("epoch", str(int(datetime(2026, 3, 2, 6, 5, tzinfo=UTC).timestamp()))),
        ("seconds", "300"),
        ("seconds", "299.5"),
        ("epoch", f"{datetime(2026, 3, 2, 6, 5, tzinfo=UTC).timestamp():.3f}"),
    ],
)
def test_a_limit_that_is_used_up_is_waited_for_before_the_next_call(make, time, kind, reset):
    told = {"X-Left": "0", "X-Reset": reset}
    with serving(in_turn(Given({}, headers=told), Given({}), Given({}))) as server:
        api = make(server, rate=RateHeaders("X-Left", "X-Reset", kind))
        api.call("/x")
        assert time.slept == []
        api.call("/x")
        api.call("/x")
    assert time.slept == [pytest.approx(300, abs=1)]


@pytest.mark.parametrize("left", ["0", "0.0", "-1", " 0 ", "0.9"])
def test_less_than_one_request_left_is_none(make, time, left):
    told = {"X-Left": left, "X-Reset": "59.5"}
    with serving(in_turn(Given({}, headers=told), Given({}))) as server:
        api = make(server, rate=RateHeaders("X-Left", "X-Reset", "seconds"))
        api.call("/x")
        api.call("/x")
    assert time.slept == [pytest.approx(59.5)]


@pytest.mark.parametrize(
    "told",
    [
        {"X-Left": "1.0", "X-Reset": "59.5"},
        {"X-Left": "many", "X-Reset": "59.5"},
        {"X-Left": "nan", "X-Reset": "59.5"},
        {"X-Left": "", "X-Reset": "59.5"},
        {"X-Left": "0", "X-Reset": "soon"},
        {"X-Left": "0", "X-Reset": "inf"},
        {"X-Left": "0", "X-Reset": "1e300"},
        {"X-Left": "0"},
    ],
)
def test_headers_that_name_no_limit_are_not_waited_for(make, time, told):
    with serving(in_turn(Given({}, headers=told), Given({}))) as server:
        api = make(server, rate=RateHeaders("X-Left", "X-Reset", "seconds"))
        api.call("/x")
        api.call("/x")
    assert time.slept == []


@pytest.mark.parametrize(
    ("after", "slept"),
    [
        ("2.5", 3.0),
        ("0.0", None),
        ("Mon, 02 Mar 2026 06:00:07 GMT", 7.0),
        ("soon", None),
        ("nan", None),
        ("1e400", None),
        ("9" * 5000, None),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None),
        ("Mon, 02 Mar 2026 06:00:07 +9999999999", None),
        ("-3", None),
        ("7, 7", None),
        ("\u0667", None),
    ],
)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_time_to_try_again_may_have_a_fraction_or_be_a_date(make, time, status, after, slept):
    busy = Given({}, status, {"Retry-After": after})
    with serving(in_turn(busy, Given({"a": 1}))) as server:
        assert make(server).call("/x").json() == {"a": 1}
    assert time.slept == [slept or 1.0], "a second where the platform names none"


def test_a_time_beyond_all_reason_ends_the_run(make, time):
    busy = Given({}, 429, {"Retry-After": "9" * 20})
    with serving(lambda asked: busy) as server, pytest.raises(Stop, match="patience") as stop:
        make(server).call("/x")
    assert stop.value.state == RunState.RATE_LIMITED
    assert stop.value.until == time.at + timedelta(days=366)


@pytest.mark.parametrize(
    "cut_short",
    [
        Given(raw=b'{"items": [{"id": 1}, {"i'),
        Given({"items": [1, 2, 3]}, length=500),
        Given(raw=b'{"items": "\xff"}'),
    ],
    ids=["JSON", "connection", "bytes"],
)
def test_an_answer_that_was_cut_is_asked_again(make, cut_short):
    with serving(in_turn(cut_short, Given({"items": [1]}))) as server:
        assert make(server).call("/x").json() == {"items": [1]}


def test_an_answer_that_stays_no_json_fails_its_query(make):
    with (
        serving(lambda asked: Given(raw=b"<html>")) as server,
        pytest.raises(Stop, match="the answer is no JSON") as stop,
    ):
        make(server).call("/x")
    assert not stop.value.whole_server


def test_a_server_that_is_not_there_fails(make):
    with serving(lambda asked: Given({})) as server:
        pass
    with pytest.raises(Stop, match="ConnectionError") as stop:
        make(server).call("/x")
    assert stop.value.state == RunState.FAILED


def test_an_answer_that_is_too_large_is_not_read_to_its_end(make):
    with (
        serving(lambda asked: Given(raw=b'"' + b"x" * 3_000_000 + b'"')) as server,
        pytest.raises(Stop, match="larger than 1,000,000 bytes"),
    ):
        make(server, max_bytes=1_000_000).call("/x")


def test_a_token_goes_to_no_other_host(make):
    with (
        serving(lambda asked: Given({})) as elsewhere,
        serving(lambda asked: Given(status=302, headers={"Location": f"{elsewhere.url}/y"})) as one,
    ):
        api = make(one, auth=BearerTokenAuth(SECRET))
        with pytest.raises(Stop, match="sent us on to"):
            api.call("/x")
        assert elsewhere.asked == []


def test_only_loopback_is_spoken_to_without_tls(make):
    with pytest.raises(Stop, match="only https"):
        make(Server("http://platform.example", [])).call("/x")


def test_a_token_that_is_refused_says_so_at_once(make):
    with serving(lambda asked: Given({"error": "no"}, 401)) as server:
        with pytest.raises(Stop, match="renew it in the connection") as stop:
            make(server).call("/x")
        assert len(server.asked) == 1
    assert stop.value.state == RunState.AUTH_EXPIRED


def test_what_is_forbidden_is_no_token_that_expired(make):
    with serving(lambda asked: Given({"error": "private"}, 403)) as server:
        api = make(server)
        for _ in range(4):
            with pytest.raises(Stop, match="may not read this") as stop:
                api.call("/x")
            assert stop.value.state == RunState.FAILED
            assert stop.value.was_asked
        assert len(server.asked) == 4


def test_half_a_surrogate_pair_is_no_character(make):
    body = rb'{"items": [{"id": 1, "a": "cut \ud83d", "b": "\ud83d\ude00 \\ud83d \n\" \ude00"}]}'
    with serving(lambda asked: Given(raw=body)) as server:
        answer = make(server).call("/x")
        assert len(server.asked) == 1
    (item,) = answer.json()["items"]
    assert (item["a"], item["b"]) == ("cut \ufffd", '\U0001f600 \\ud83d \n" \ufffd')
    (record,) = answer.records("items[*]")
    assert record.raw == body[11:-2].replace(rb"cut \ud83d", rb"cut \ufffd").replace(
        rb" \ude00", rb" \ufffd"
    )


def test_a_server_that_is_down_says_which_calls_it_was_not_asked(make):
    with serving(lambda asked: Given({}, 500)) as server:
        api = make(server)
        stops = []
        for _ in range(4):
            with pytest.raises(Stop) as stop:
                api.call("/x")
            stops.append(stop.value.was_asked)
    assert stops == [True, True, True, False]


def test_what_is_too_much_is_not_asked_again(make):
    too_much = {"is_too_much": lambda response: "too much" in response.text}
    with serving(lambda asked: Given({"error": f"too much {SECRET}"}, 500)) as server:
        api = make(server, **too_much)
        for _ in range(4):
            with pytest.raises(TooMuch, match="answered 500") as error:
                api.call("/x")
            assert SECRET not in str(error.value)
        assert len(server.asked) == 4


def test_one_call_may_fail_and_a_server_that_fails_three_in_a_row_is_down(make):
    with serving(lambda asked: Given({}, 500 if "bad" in asked.path else 200)) as server:
        api = make(server)
        for path in ("/bad", "/bad", "/good", "/bad", "/bad", "/bad"):
            if path == "/good":
                api.call(path)
            else:
                with pytest.raises(Stop):
                    api.call(path)
        asked = len(server.asked)
        with pytest.raises(Stop, match="answered 500"):
            api.call("/good")
        assert len(server.asked) == asked == 26


def test_what_may_not_be_done_stops_its_query_a_token_that_expired_the_server(make):
    def answer(asked: Asked) -> Given:
        return Given({}, {"/secret": 403, "/expired": 401}.get(asked.path, 200))

    with serving(answer) as server:
        api = make(server)
        for path in ("/secret", "/expired"):
            with pytest.raises(Stop):
                api.call(path)
            if path == "/secret":
                api.call("/good")
        with pytest.raises(Stop, match="renew it"):
            api.call("/good")


def test_each_attempt_takes_its_quota_and_none_is_made_past_it(make):
    charge = [Charge("calls")]
    with serving(in_turn(Given({}, 500), Given({}, 500), Given({}), Given({}))) as server:
        api = make(server)
        api.call("/x", charge=charge)
        api.call("/x", charge=charge)
        with pytest.raises(Stop) as stop:
            api.call("/x", charge=charge)
        assert len(server.asked) == 4
    assert stop.value.state == RunState.QUOTA_EXHAUSTED


def test_a_secret_stands_in_no_error_and_no_log(make, caplog):
    caplog.set_level(logging.DEBUG)
    with serving(lambda asked: Given({"your token": SECRET}, 400)) as server:
        api = make(server, auth=BearerTokenAuth(SECRET))
        api.run.redactor.watch()
        try:
            with pytest.raises(Stop) as stop:
                api.call("/x", {"access_token": SECRET})
        finally:
            api.run.redactor.unwatch()
        assert server.asked[0].params == {"access_token": SECRET}
    texts = [str(stop.value), repr(stop.value.__cause__), caplog.text]
    for shown in (SECRET, "t0p%2Fs%2Bcret"):
        assert not any(shown in text for text in texts)
    assert "access_token=***" in caplog.text


def test_no_part_of_a_secret_stands_where_an_error_s_text_ends(make):
    told = Given(raw=b"x" * 295 + SECRET.encode(), status=400)
    with serving(lambda asked: told) as server, pytest.raises(Stop) as stop:
        make(server).call("/x")
    assert str(stop.value).endswith("x***")


@pytest.mark.parametrize("absent", [(403, 404), lambda answer: answer.json()["code"] == 7])
def test_an_item_without_an_answer_is_no_failure_of_the_server(make, absent):
    def answer(asked: Asked) -> Given:
        return Given(
            {"code": 8 if "down" in asked.path else 7}, 500 if "down" in asked.path else 404
        )

    with serving(answer) as server:
        api = make(server)
        for _ in range(3):
            with pytest.raises(Stop):
                api.call("/down")
            with pytest.raises(NoAnswer, match="answered 404") as lost:
                api.call("/item", absent=absent)
            assert lost.value.status == 404
        with pytest.raises(Stop, match="answered 404") as stop:
            api.call("/item")
        assert not stop.value.whole_server


def test_a_form_is_sent_as_one(make):
    with serving(lambda asked: Given({})) as server:
        make(server).call("/x", method="POST", form={"a": "é&", "b": "1"})
        assert server.asked[0].body == b"a=%C3%A9%26&b=1"
        assert server.asked[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_each_page_comes_with_what_asks_for_the_next(make):
    following = iter(["b", None])
    with serving(lambda asked: Given({"items": [], "next": next(following)})) as server:
        paginator = JSONResponseCursorPaginator("next", cursor_param="cursor")
        found = make(server).pages("/items", {"cursor": "a", "q": "x"}, paginator=paginator)
        assert [params.get("cursor") for _, params in found] == ["b", None]
        assert [asked.params["cursor"] for asked in server.asked] == ["a", "b"]


def pages_of(api: Api, paginator: Any, **options: Any) -> Iterator[list[bytes]]:
    for answer, _ in api.pages("/items", paginator=paginator, **options):
        yield list(records_at(answer.content, "items[*]"))


def test_pages_are_followed_to_their_end(make):
    def answer(asked: Asked) -> Given:
        token = int(asked.params.get("cursor", 0))
        following = {"next": str(token + 1)} if token < 2 else {}
        return Given({"items": [token], **following})

    with serving(answer) as server:
        found = list(pages_of(make(server), JSONResponseCursorPaginator("next", "cursor")))
    assert found == [[b"0"], [b"1"], [b"2"]]


def test_a_server_that_goes_in_circles_is_not_followed(make):
    with serving(lambda asked: Given({"items": [1], "next": "same"})) as server:
        list(pages_of(make(server), JSONResponseCursorPaginator("next", "cursor")))
        assert len(server.asked) == 2


def test_a_link_to_another_host_is_not_followed(make):
    link = {"Link": '<https://elsewhere.example/2>; rel="next"'}
    with (
        serving(lambda asked: Given({"items": [1]}, headers=link)) as server,
        pytest.raises(Stop, match=r"sent us on to elsewhere\.example"),
    ):
        list(pages_of(make(server), HeaderLinkPaginator()))


class Made(RecordKey, rename={"at": "made"}):
    at: str | int | None = None


def test_records_are_cut_out_as_they_came(make):
    raw = b'{"data": {"edges": [{"node": {"id" : 12345678901234567890, "a":1.10,"made":0}}, '
    raw += '{"node": {"id":"é\\u00e9"}}, {"node": {"no": "id"}}], "empty": null}}'.encode()
    with serving(lambda asked: Given(raw=raw)) as server:
        answer = make(server).call("/x")
    one, two, three = answer.records("data.edges[*].node", Made, stream="other")
    assert one.raw == b'{"id" : 12345678901234567890, "a":1.10,"made":0}'
    assert (one.id, one.at, one.stream) == ("12345678901234567890", "1970-01-01T00:00:00Z", "other")
    assert (two.raw, two.id, two.at) == ('{"id":"é\\u00e9"}'.encode(), "éé", None)
    assert len(three.id) == 64
    assert answer.records("data.empty[*]") == answer.records("nothing.here[*]") == []


@pytest.mark.parametrize("drips", ["head", "body", "chunks", "end"])
def test_an_answer_that_comes_byte_by_byte_has_a_deadline(make, monkeypatch, drips):
    monkeypatch.setattr(http, "ANSWER_SECONDS", 0.2)
    slow, quick = Given({"a": "b" * 200}, drips=drips), Given({"a": 1})
    with serving(in_turn(slow, quick)) as server:
        api = make(server)
        with pytest.raises(Stop, match=r"/x: the answer was not whole after 0\.2 s") as stop:
            api.call("/x")
        assert stop.value.state == RunState.FAILED
        assert len(server.asked) == 1, "it is not asked again in the same run"
        monkeypatch.setattr(http, "ANSWER_SECONDS", 60)
        assert api.call("/y").json() == {"a": 1}, "one slow answer does not stop the others"


def test_one_thread_watches_answer_after_answer(make, monkeypatch):
    """What is begun for a quick answer ends a slow one, and itself where nothing is read."""
    monkeypatch.setattr(http, "_WATCHED_EVERY_SECONDS", 0.3)
    before, after = set(threading.enumerate()), set[threading.Thread]()

    def quick(asked: Asked) -> Given:
        after.update(thread for thread in threading.enumerate() if "_watch" in thread.name)
        return Given({"a": 1})

    slow = Given({"a": "b" * 2000}, drips="body")
    with serving(lambda asked: slow if asked.path == "/slow" else quick(asked)) as server:
        api = make(server)
        for _ in range(5):
            assert api.call("/x").json() == {"a": 1}
        assert len(after - before) == 1
        monkeypatch.setattr(http, "ANSWER_SECONDS", 0.2)
        with pytest.raises(Stop, match="the answer was not whole"):
            api.call("/slow")
    for thread in after:
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize("drips", ["head", "body", "chunks", "end"])
def test_an_answer_that_is_slow_but_whole_in_time_is_taken(make, drips):
    with serving(in_turn(Given({"a": 1}, drips=drips))) as server:
        assert make(server).call("/x").json() == {"a": 1}
