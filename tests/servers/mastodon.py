"""Servers that speak Mastodon's API, and an account of theirs that posts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.end_to_end.environments import environment
from tests.servers.installed import HERE
from tests.servers.pictures import PIXEL
from tests.servers.processes import WHILE_READ, free_port, running

NAMED = "REACHLINE_TEST_MASTODON"


@dataclass
class Account:
    """Somebody who posts on a server whose API is at `url`."""

    url: str
    token: str = field(repr=False)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Call the server; return its answer."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(
            method, f"{self.url}{path}", headers=headers, timeout=60, **options
        )
        assert answer.ok, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def post(self, text: str, **options: Any) -> dict[str, Any]:
        """Write a status; return it."""
        body = {"status": text, "visibility": "public", "language": "en", **options}
        found: dict[str, Any] = self.call("POST", "/api/v1/statuses", json=body)
        return found

    def picture(self) -> str:
        """Upload a picture; return its id once the server has looked at it."""
        files = {"file": ("cup.png", PIXEL, "image/png")}
        media: str = self.call("POST", "/api/v2/media", files=files)["id"]
        deadline = time.monotonic() + 60
        while not self.call("GET", f"/api/v1/media/{media}").get("url"):
            assert time.monotonic() < deadline, "the picture is not ready"
            time.sleep(0.5)
        return media


@dataclass
class Server:
    """A server, by the name that config/sources.yml has, and who writes there."""

    name: str
    brand: Account
    friend: Account | None
    connection: dict[str, Any]
    many: int
    """How many statuses may be written, and deleted again, in a few minutes."""


@contextmanager
def mock(folder: Path) -> Iterator[Server]:
    """Run mastodon_mock, which keeps what is posted in memory."""
    python = environment("mastodon", HERE / "pip") / "python"
    name, port = "social.example", free_port()
    command = [python, HERE / "mastodon_below.py", str(port), name, "acmecoffee", "berta"]
    with running([*WHILE_READ, *command], folder / "mastodon.log", os.environ) as server:
        server.wait_for("running on", 60)
        base = f"http://127.0.0.1:{port}"
        brand, friend = (Account(f"{base}/{name}", token) for token in ("acmecoffee", "berta"))
        connection = {"password": brand.token, "extra": {"base_url": base}}
        yield Server(name, brand, friend, connection, many=90)


@contextmanager
def named() -> Iterator[Server]:
    """Give the server that the environment names; skip, aloud, where it names none."""
    url, token = os.environ.get(NAMED, "").rstrip("/"), os.environ.get(f"{NAMED}_TOKEN", "")
    if not (url and token):
        pytest.skip(f"NOT TESTED: {NAMED} and {NAMED}_TOKEN name no server and no token")
    host = urlsplit(url).netloc
    assert url == f"https://{host}", f"{NAMED} is {url!r}: write it as https://host"
    # Mastodon lets an account delete 30 statuses in half an hour
    yield Server(host, Account(url, token), None, {"password": token}, many=10)
