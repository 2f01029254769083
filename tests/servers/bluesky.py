"""A Bluesky network on loopback, of the packages of its own tests, and accounts that write."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from tests.servers.installed import HERE, environment, installed
from tests.servers.pictures import PIXEL
from tests.servers.postgres import postgres
from tests.servers.processes import ONLY_HERE, Running, running

START_SECONDS = 180
POST = "app.bsky.feed.post"


@dataclass
class Network:
    """A directory, a PDS and an AppView; `url` is the PDS, which passes reads on to the AppView."""

    url: str
    server: Running
    settled: int = 0

    def settle(self) -> None:
        """Wait until the AppView has seen all that was written."""
        self.settled += 1
        self.server.say(str(self.settled))
        self.server.wait_for(f"seen {self.settled}", 90)

    def account(self, name: str) -> Account:
        """Make an account; its handle is `name`.test."""
        about = {"handle": f"{name}.test", "email": f"{name}@mail.test", "password": f"pw-{name}"}
        made = self.call("com.atproto.server.createAccount", json=about)
        return Account(self, made["did"], about["handle"], made["accessJwt"])

    def call(self, name: str, token: str = "", **options: Any) -> dict[str, Any]:
        """Call the PDS, by POST where there is a body; return its answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        method = "POST" if {"json", "data"} & options.keys() else "GET"
        url = f"{self.url}/xrpc/{name}"
        answer = requests.request(method, url, headers=headers, timeout=60, **options)
        assert answer.ok, f"{name} answered {answer.status_code}: {answer.text}"
        return answer.json() if answer.content else {}


@dataclass
class Account:
    """Somebody who posts."""

    network: Network
    did: str
    handle: str
    token: str = field(repr=False)

    def call(self, name: str, **options: Any) -> dict[str, Any]:
        """Call the PDS as this account."""
        return self.network.call(name, self.token, **options)

    def write(self, kind: str, **record: Any) -> dict[str, str]:
        """Write a record of a kind, such as app.bsky.feed.like; return its uri and cid."""
        stamped = {"$type": kind, "createdAt": stamp(datetime.now(UTC)), **record}
        body = {"repo": self.did, "collection": kind, "record": stamped}
        made = self.call("com.atproto.repo.createRecord", json=body)
        return {"uri": made["uri"], "cid": made["cid"]}

    def post(self, text: str, **record: Any) -> dict[str, str]:
        """Write a post; return its uri and cid."""
        return self.write(POST, text=text, **record)

    def posts(self, records: Iterable[dict[str, Any]]) -> list[str]:
        """Write many posts at once; return their uris."""
        kind = "com.atproto.repo.applyWrites#create"
        values = ({"$type": POST, **record} for record in records)
        writes = [{"$type": kind, "collection": POST, "value": value} for value in values]
        made = self.call("com.atproto.repo.applyWrites", json={"repo": self.did, "writes": writes})
        return [result["uri"] for result in made["results"]]

    def put(self, uri: str, record: dict[str, Any]) -> None:
        """Write a record in the place of another."""
        self.call("com.atproto.repo.putRecord", json={**_place(uri), "record": record})

    def delete(self, uri: str) -> None:
        """Delete a record."""
        self.call("com.atproto.repo.deleteRecord", json=_place(uri))

    def picture(self) -> dict[str, Any]:
        """Upload a picture; return it as a post holds it."""
        png = {"Content-Type": "image/png"}
        blob = self.call("com.atproto.repo.uploadBlob", data=PIXEL, headers=png)["blob"]
        return {"alt": "a cup", "image": blob}


def _place(uri: str) -> dict[str, str]:
    repo, kind, key = uri.removeprefix("at://").split("/")
    return {"repo": repo, "collection": kind, "rkey": key}


def facet(text: str, part: str, **feature: str) -> dict[str, Any]:
    """Return a mark of a part of a post's text; places are counted in bytes."""
    start = text.encode().index(part.encode())
    (kind,) = feature
    name = {"did": "mention", "tag": "tag", "uri": "link"}[kind]
    return {
        "index": {"byteStart": start, "byteEnd": start + len(part.encode())},
        "features": [{"$type": f"app.bsky.richtext.facet#{name}", **feature}],
    }


def stamp(moment: datetime) -> str:
    """Return a moment as Bluesky writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def network(node: Path, folder: Path) -> Iterator[Network]:
    """Run a network, which keeps its files in `folder`."""
    packages = installed("bluesky", node)
    script = shutil.copy(HERE / "bluesky.mjs", packages.parent)
    with postgres() as database:
        settings = {
            "DB_POSTGRES_URL": database,
            # is asked for by name, and used by nothing
            "REDIS_HOST": "redis.invalid",
            "LOG_ENABLED": "false",
            "TMPDIR": str(folder),
        }
        with running(
            [node, "--require", ONLY_HERE, script],
            folder / "bluesky.log",
            environment(node) | settings,
        ) as server:
            url = server.wait_for("PDS ", START_SECONDS).removeprefix("PDS ")
            yield Network(url, server)
