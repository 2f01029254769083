"""A local server whose answers a test writes down, for what happens below any platform."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit


@dataclass
class Asked:
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes
    query: str = ""

    @property
    def lists(self) -> dict[str, list[str]]:
        """The parameters that may be given several times."""
        return parse_qs(self.query)


@dataclass
class Given:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """The body as it is sent, whatever it is; else `body` as JSON."""
    length: int | None = None
    """A Content-Length that is not that of the body: the connection is cut before it."""
    drips: Literal["head", "body", "chunks", "end"] | None = None
    """What comes a byte at a time; "end": a body whose end is that of the connection."""

    def content(self) -> bytes:
        return self.raw if self.raw is not None else json.dumps(self.body).encode()


@dataclass
class Server:
    url: str
    asked: list[Asked]


@contextmanager
def serving(answer: Callable[[Asked], Given]) -> Iterator[Server]:
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            one = Asked(
                self.command,
                url.path,
                dict(parse_qsl(url.query)),
                dict(self.headers),
                body,
                url.query,
            )
            asked.append(one)
            given = answer(one)
            content = given.content()
            if given.drips is not None:
                self.drip(given.drips, content)
                return
            self.send_response(given.status)
            for name, value in {"Content-Type": "application/json", **given.headers}.items():
                self.send_header(name, value)
            length = len(content) if given.length is None else given.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)
            if length != len(content):
                self.close_connection = True

        def drip(self, what: str, content: bytes) -> None:
            length = {
                "chunks": b"Transfer-Encoding: chunked\r\n",
                "end": b"Connection: close\r\n",
            }.get(what, b"Content-Length: %d\r\n" % len(content))
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%s\r\n" % length
            parts = [content[at : at + 1] for at in range(len(content))]
            if what == "chunks":
                parts = [*(b"1\r\n%s\r\n" % part for part in parts), b"0\r\n\r\n"]
            if what == "head":
                parts = [*(head[at : at + 1] for at in range(len(head))), content]
            else:
                self.wfile.write(head)
            self.close_connection = True
            with suppress(OSError):  # whoever asked has gone
                for part in parts:
                    self.wfile.write(part)
                    threading.Event().wait(0.02)

        do_GET = do_POST = handle_one  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
