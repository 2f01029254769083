"""X's own OpenAPI document, by Prism: each request is valid by it, and what it answers is read.

REACHLINE_PUBLISHED_SCHEMAS names a folder that holds documents as x-openapi-<version>.json; X
publishes the newest at https://api.x.com/2/openapi.json. Each answer is the document's example, so
that every page names the same one as the next: a search goes no further than that. Parameters that
the document does not name, which Prism passes over, are refused as X refuses them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from requests import PreparedRequest, Response

from reachline.connectors import http
from reachline.connectors.clock import Clock, iso
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import Report, ingest
from reachline.connectors.types import RunState
from reachline.settings import Settings
from tests.servers.installed import environment, installed
from tests.servers.nights import published, reachline
from tests.servers.processes import ONLY_HERE, free_port, running
from tests.unit.connectors.homes import landed, make_home

SCHEMAS = "REACHLINE_PUBLISHED_SCHEMAS"
DOCUMENTS = sorted(Path(os.environ.get(SCHEMAS, "/nowhere")).glob("x-openapi-*.json"))
SEARCH = "/2/tweets/search/recent"
POST_ID, USER_ID = "1346889436626259968", "2244994945"
AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
EXAMPLES = {
    "id": POST_ID,
    "author_id": USER_ID,
    "created_at": iso(AT - timedelta(hours=3)),
    "edit_history_post_ids": [POST_ID],
    "username": "acmecoffee",
}


@dataclass(frozen=True)
class Call:
    """A request, and what Prism says of it."""

    path: str
    status: int
    unknown: tuple[str, ...]
    """Parameters that the document does not name."""
    violations: tuple[str, ...]


@dataclass
class Reading:
    """A home that has asked a document, twice, a day apart."""

    settings: Settings
    runs: list[tuple[Report, list[Call]]] = field(default_factory=list)


def declared(document: dict[str, Any], path: str) -> set[str]:
    """Return the names of the parameters of a GET."""
    names = set()
    for parameter in document["paths"][path]["get"]["parameters"]:
        found = parameter
        if "$ref" in parameter:
            found = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        names.add(found["name"])
    return names


@pytest.fixture(
    scope="module",
    params=[pytest.param(path, id=path.stem) for path in DOCUMENTS]
    or [pytest.param(None, id="no document")],
)
def reading(
    request: pytest.FixtureRequest, node: Path, tmp_path_factory: pytest.TempPathFactory
) -> Reading:
    if request.param is None:
        pytest.skip(f"NOT TESTED: {SCHEMAS} names no folder with x-openapi-<version>.json")
    folder = tmp_path_factory.mktemp("x")
    options = {
        "enabled": True, "currency": "USD", "spend_cap": 1000, "price_per_post": 0.005,
        "price_per_user": 0.01,
    }  # fmt: skip
    settings = make_home(
        folder, {"x": options}, handles={"x": ["acmecoffee"]}, keywords=["cold drip"]
    )
    reading = Reading(settings)
    document = json.loads(request.param.read_text("utf-8"))
    (folder / "document.json").write_text(json.dumps(with_examples(document)), "utf-8")
    program = installed("x", node) / "@stoplight/prism-cli/dist/index.js"
    port = free_port()
    command = [node, "--require", ONLY_HERE, program, "mock", "--port", str(port)]
    with running(
        [*command, folder / "document.json"], folder / "prism.log", environment(node)
    ) as server:
        server.wait_for("Prism is listening", 120)
        connection = Connection(password="b3arer", extra={"base_url": f"http://127.0.0.1:{port}"})
        for at in (AT, AT + timedelta(days=1, hours=1)):
            clock = Clock(now=lambda at=at: at)
            with listening(document) as calls:
                report = ingest(settings, "x", "test", clock=clock, connection=connection)
            reading.runs.append((report, calls))
    return reading


def with_examples(schema: Any, name: str = "") -> Any:
    """Return a document whose examples are of the form that it demands, and of what is asked for.

    Without one an id is "string" in an answer, not of the form that is asked for, and a count the
    least number; a moment long ago is none that a search tells of, and nor is a repost.
    """
    if name == "enum":
        return [value for value in schema if value != "retweeted"]
    if isinstance(schema, list):
        return [with_examples(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: with_examples(value, key) for key, value in schema.items()}
    for key, example in EXAMPLES.items():
        if name == "properties" and made.get(key, {}).get("type") in ("string", "array"):
            made[key] = {**made[key], "example": example}
        if name == "example" and key in made:
            made[key] = example
    return {"minimum": 0, **made} if made.get("type") == "integer" else made


@contextmanager
def listening(document: dict[str, Any]) -> Iterator[list[Call]]:
    """Note each request of connectors, and refuse what the document does not name."""
    send = http._Adapter.send
    calls: list[Call] = []

    def noting(self: Any, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        url = urlsplit(request.url or "")
        known = declared(document, url.path)
        unknown = {name for name, _ in parse_qsl(url.query)} - known
        if unknown:
            calls.append(Call(url.path, 400, tuple(sorted(unknown)), ()))
            return refusal(request, sorted(unknown), sorted(known))
        response = send(self, request, *args, **options)
        said = json.loads(response.headers.get("sl-violations") or "[]")
        # X's examples are not all valid by its own schemas: what is said of an answer is its own
        ours = [found for found in said if found["location"][0] == "request"]
        wrong = tuple(f"{found['location']}: {found['message']}" for found in ours)
        calls.append(Call(url.path, response.status_code, (), wrong))
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http._Adapter, "send", noting)
        yield calls


def refusal(request: PreparedRequest, unknown: list[str], known: list[str]) -> Response:
    """Return what X answers to parameters that it does not know."""
    errors = [
        {
            "parameters": {name: ["…"]},
            "message": f"The query parameter [{name}] is not one of [{','.join(known)}]",
        }
        for name in unknown
    ]
    answer = http.Answer()
    answer.status_code, answer.url, answer.request = 400, request.url or "", request
    answer._content = json.dumps(
        {
            "errors": errors,
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.twitter.com/2/problems/invalid-request",
        }
    ).encode()
    return answer


def test_each_request_is_valid(reading: Reading) -> None:
    calls = [call for _, calls in reading.runs for call in calls if not call.unknown]
    assert {call.path for call in calls} == {SEARCH, "/2/users/by", "/2/tweets"}
    assert [call for call in calls if call.status >= 400 or call.violations] == []


def test_what_the_document_does_not_name_is_asked_for_once_a_run(reading: Reading) -> None:
    for _, calls in reading.runs:
        assert len([call for call in calls if call.unknown]) <= 1


def test_what_is_answered_lands_and_is_staged(reading: Reading) -> None:
    for report, _ in reading.runs:
        for outcome in report.outcomes:
            if outcome.query.stream == "posts" and outcome.query.text != "reread":
                assert outcome.state == RunState.PARTIAL, outcome
                assert "names the page again" in outcome.text
            elif outcome.query.text != "reread":
                assert outcome.state == RunState.OK, outcome
    assert [outcome.state for outcome in reading.runs[1][0].outcomes][-1] == RunState.OK
    posts = landed(reading.settings, "x", "posts")
    assert {query for query, *_ in posts} >= {"hashtag:acmecoffee", "keyword:cold drip", "reread"}
    assert {identity for _, identity, _ in posts} == {POST_ID}
    reachline(reading.settings, "run", "--date", f"{AT + timedelta(days=1):%Y-%m-%d}")
    (post,) = published(reading.settings, "select post_id, account_id from core.dim_post")
    assert post == (f"x:{POST_ID}", f"x:{USER_ID}")
    accounts = published(reading.settings, "select handle from core.dim_account")
    assert ("acmecoffee",) in accounts
