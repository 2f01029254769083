"""Logins: what a token is asked for with, and when it is asked for anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from requests import Response

from reachline.connectors.http import Api, RunContext
from reachline.connectors.logins import OAuthLogin
from reachline.connectors.quota import Ledger
from reachline.connectors.types import RunState, Stop
from reachline.redact import Redactor
from tests.unit.connectors.homes import FakeTime
from tests.unit.connectors.server import Asked, Given, Server, serving

REFRESH = {"grant_type": "refresh_token", "refresh_token": "first-refresh"}


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def api(tmp_path: Path, time: FakeTime) -> Callable[[Server], Api]:
    run = RunContext(Ledger(tmp_path, "any", []), Redactor(), time.clock())
    return lambda server: Api(server.url, run)


def forms(server: Server) -> list[dict[str, str]]:
    asked = [one for one in server.asked if one.path == "/token"]
    return [dict(parse_qsl(one.body.decode())) for one in asked]


def answer(asked: Asked) -> Given:
    return Given({"access_token": "t0ken", "expires_in": 600} if asked.path == "/token" else {})


def test_the_client_s_credentials_go_into_the_form(api):
    with serving(answer) as server:
        login = OAuthLogin(api(server), "/token", "me", "s3cret", grant={"scope": "read"})
        wanted = {"client_id": "me", "client_secret": "s3cret"}
        assert forms(server) == [{"grant_type": "client_credentials", "scope": "read", **wanted}]
        assert server.asked[0].headers.get("Authorization") is None
        assert login.api.run.redactor("a t0ken") == "a ***"


def test_a_refresh_token_is_asked_with_and_the_next_one_is_taken(api, time):
    given = iter(["second-refresh", None])

    def renewing(asked: Asked) -> Given:
        if asked.path != "/token":
            return Given({})
        more = next(given)
        return Given(
            {"access_token": "t", "expires_in": 600, **({"refresh_token": more} if more else {})}
        )

    with serving(renewing) as server:
        gate = api(server)
        login = OAuthLogin(gate, "/token", "me", "s3cret", grant=REFRESH)
        time.pass_by(seconds=569)
        gate.call("/x", auth=login)
        assert len(forms(server)) == 1
        time.pass_by(seconds=1)
        gate.call("/x", auth=login)
        assert [form["refresh_token"] for form in forms(server)] == [
            "first-refresh",
            "second-refresh",
        ]
        assert {form["grant_type"] for form in forms(server)} == {"refresh_token"}
    assert gate.run.redactor("second-refresh") == "***"


@pytest.mark.parametrize("status", [400, 401])
def test_a_login_that_is_refused_says_what_to_renew(api, status):
    with serving(lambda asked: Given({"error": "invalid_client"}, status)) as server:
        with pytest.raises(Stop, match=r"invalid_client.*renew") as stop:
            OAuthLogin(api(server), "/token", "me", "s3cret")
        assert len(server.asked) == 1
    assert stop.value.state == RunState.AUTH_EXPIRED
    assert stop.value.whole_server


def test_a_server_of_tokens_that_is_down_is_no_refusal(api):
    with serving(lambda asked: Given({}, 503)) as server, pytest.raises(Stop) as stop:
        OAuthLogin(api(server), "/token", "me", "s3cret")
    assert stop.value.state == RunState.FAILED


def test_what_is_a_refusal_is_the_platform_s_to_say(api):
    class Login(OAuthLogin):
        def is_refused(self, response: Response) -> bool:
            return response.status_code == 400 and response.json().get("error") == "expired"

    refusals = [Given({"error": "expired"}, 400)]

    def refusing(asked: Asked) -> Given:
        return refusals.pop() if asked.path == "/x" and refusals else answer(asked)

    with serving(refusing) as server:
        gate = api(server)
        gate.call("/x", auth=Login(gate, "/token", "me", "s3cret"))
        assert [asked.path for asked in server.asked] == ["/token", "/x", "/token", "/x"]


def test_what_fails_after_a_renewal_is_asked_again_with_the_new_token(api):
    tokens = iter(["old", "new"])
    answers = [Given({}, 401), Given({}, 500), Given({"ok": 1})]

    def renewing(asked: Asked) -> Given:
        return Given({"access_token": next(tokens)}) if asked.path == "/token" else answers.pop(0)

    with serving(renewing) as server:
        gate = api(server)
        login = OAuthLogin(gate, "/token", "me", "s3cret")
        assert gate.call("/x", auth=login).json() == {"ok": 1}
        used = [one.headers["Authorization"] for one in server.asked if one.path == "/x"]
        assert used == ["Bearer old", "Bearer new", "Bearer new"]
