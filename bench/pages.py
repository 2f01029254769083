"""A local server that answers searches of posts in pages of 100, made before it is asked.

It speaks just what the connector of Bluesky asks of a search, from answers that are made before.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from datetime import UTC, datetime, timedelta

PAGE = 100
NEWEST = datetime(2026, 3, 1, tzinfo=UTC)
_UNTIL = re.compile(rb"[?&]until=([^& ]+)")
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")
_SESSION = {"accessJwt": "a", "refreshJwt": "r", "did": "did:plc:a", "handle": "a.example"}


def _post(number: int) -> bytes:
    """Return a post of usual size, made so many seconds before the newest."""
    at = (NEWEST - timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
    post = {
        "uri": f"at://did:plc:a/app.bsky.feed.post/{number}",
        "cid": "bafyrei" + "a" * 52,
        "author": {"did": "did:plc:a", "handle": "a.example", "avatar": "https://b.example/" * 5},
        "record": {
            "$type": "app.bsky.feed.post",
            "createdAt": at,
            "facets": [
                {
                    "$type": "app.bsky.richtext.facet",
                    "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "coffee"}],
                    "index": {"byteEnd": 49, "byteStart": 42},
                }
            ],
            "langs": ["en"],
            "text": "Cold brew on the balcony, again and again #coffee " * 5,
        },
        "replyCount": 1,
        "repostCount": 2,
        "likeCount": 3,
        "quoteCount": 0,
        "indexedAt": at,
        "labels": [],
    }
    return json.dumps(post).encode()


def serve(records: int, opened: socket.socket) -> None:
    """Answer on an open port until the process ends; one thread a connection."""
    posts = [_post(number) for number in range(records)]

    def answered(head: bytes) -> bytes:
        if b"createSession" in head:
            return json.dumps(_SESSION).encode()
        if b"searchPosts" not in head:
            return json.dumps({"profiles": []}).encode()
        found = _UNTIL.search(head)
        until = found.group(1).decode().replace("%3A", ":") if found else ""
        moment = datetime.fromisoformat(until) if until else NEWEST
        start = max(0, -int((moment - NEWEST).total_seconds() // 1))
        page = posts[start : start + PAGE]
        cursor = b'"cursor": "on", ' if start + PAGE < len(posts) else b""
        return b"{" + cursor + b'"posts": [' + b", ".join(page) + b"]}"

    def talk(client: socket.socket) -> None:
        waiting = b""
        while True:
            while b"\r\n\r\n" not in waiting:
                more = client.recv(65536)
                if not more:
                    return
                waiting += more
            head, _, waiting = waiting.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            while length and len(waiting) < int(length.group(1)):
                waiting += client.recv(65536)
            waiting = waiting[int(length.group(1)) :] if length else waiting
            body = answered(head)
            said = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            client.sendall(said + str(len(body)).encode() + b"\r\n\r\n" + body)

    while True:
        client, _ = opened.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=talk, args=(client,), daemon=True).start()
