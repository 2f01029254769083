"""An S3 on loopback, in the memory of the tests: moto's, one request at a time.

One at a time, because moto looks whether an object is there and then writes it: two requests at
once could both find none, which S3 does not let happen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class S3:
    """A server, and what it was asked: method and path of each request."""

    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    cuts: list[str] = field(default_factory=list)
    """What is read under a path that ends so is answered with half of it, as if that was all."""

    refuses: list[str] = field(default_factory=list)
    """Methods that this login has no right to."""

    changes: Callable[[dict[str, Any]], None] | None = None
    """Changes a request before it is answered."""

    def environment(self) -> dict[str, str]:
        """Return what a process needs to use it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key-of-tests",
            "AWS_SECRET_ACCESS_KEY": "secret-of-tests",
            "AWS_REGION": "us-east-1",
        }

    def make_bucket(self, name: str) -> None:
        """Make a bucket."""
        connection = HTTPConnection(self.url.removeprefix("http://"))
        connection.request("PUT", f"/{name}")
        assert connection.getresponse().status == HTTPStatus.OK
        connection.close()


@contextmanager
def serving() -> Iterator[S3]:
    """Serve an S3 until the block ends."""
    pytest.importorskip("obstore", reason="the environment is older than requirements-test.lock")
    pytest.importorskip("moto", reason="the environment is older than requirements-test.lock")
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Silent(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            pass

    inner: Answer = DomainDispatcherApplication(create_backend_app)
    served = S3("")

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        served.asked.append((method, path))
        if method in served.refuses:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code></Error>"]
        if served.changes is not None:
            served.changes(environ)
        if method == "GET" and any(path.endswith(each) for each in served.cuts):
            return _half(inner, environ, start)
        return inner(environ, start)

    server = make_server("127.0.0.1", 0, app, threaded=False, request_handler=Silent)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def refusing(status: int, body: str) -> Iterator[str]:
    """Yield the address of a server that refuses everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_PUT = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _half(inner: Answer, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    told: list[Any] = []
    body = b"".join(inner(environ, lambda status, headers, *_: told.extend((status, headers))))
    body = body[: len(body) // 2]
    headers = [(k, v) for k, v in told[1] if k.lower() not in ("content-length", "content-range")]
    start(told[0], [*headers, ("Content-Length", str(len(body)))])
    return [body]
