"""The local server: every platform below its prefix, and `/_sandbox/` to steer it.

One process, one thread, 127.0.0.1 only.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from reachline.sandbox.platforms.base import Call, Handler, Platform, Refusal
from reachline.sandbox.platforms.bluesky import Bluesky
from reachline.sandbox.platforms.ga4 import GA4, write_exports
from reachline.sandbox.platforms.instagram import Instagram
from reachline.sandbox.platforms.market import Market, open_market
from reachline.sandbox.platforms.mastodon import Mastodon
from reachline.sandbox.platforms.reddit import Reddit
from reachline.sandbox.platforms.shopify import Shopify
from reachline.sandbox.platforms.state import Fault, State
from reachline.sandbox.platforms.threads import Threads
from reachline.sandbox.platforms.tiktok import TikTok
from reachline.sandbox.platforms.x import X
from reachline.sandbox.platforms.youtube import YouTube

PLATFORMS: tuple[Platform, ...] = (
    Mastodon(),
    YouTube(),
    Bluesky(),
    Instagram(),
    X(),
    Shopify(),
    TikTok(),
    GA4(),
    Threads(),
    Reddit(),
)

_BY_NAME = {platform.name: platform for platform in PLATFORMS}


def _named(name: str) -> Platform:
    if name not in _BY_NAME:
        raise ValueError(f"platform {name!r} is unknown; there are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


_log = logging.getLogger(__name__)

# never in the list of requests
_SECRET = {"access_token", "key", "client_secret", "password", "token"}


class _Broken(Response):
    """An answer whose body ends early: cut off by the connection, or as if it were whole."""

    def __init__(self, whole: Response, *, is_cut: bool) -> None:
        half = bytes(whole.body)[: len(whole.body) // 2]
        super().__init__(half, whole.status_code)
        self.is_cut = is_cut
        length = len(whole.body) if is_cut else len(half)
        kept = [(k, v) for k, v in whole.raw_headers if k != b"content-length"]
        self.raw_headers = [*kept, (b"content-length", str(length).encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        # the server closes a connection whose body falls short of what was announced
        await send({"type": "http.response.body", "body": self.body})


def _endpoint(state: State, platform: Platform, handler: Handler) -> Any:
    async def answer(request: Request) -> Response:
        call = Call(state, platform.name, request)
        seen = {
            "platform": platform.name,
            "method": request.method,
            "path": request.url.path,
            "params": {k: v for k, v in request.query_params.items() if k not in _SECRET},
            "has_auth": "authorization" in request.headers
            or "x-shopify-access-token" in request.headers
            or not _SECRET.isdisjoint(request.query_params),
            "at": state.now.isoformat(),
        }
        state.requests.append(seen)
        try:
            call.body = await _body_of(request)
            response = await _answer(call, platform, handler)
        except Refusal as refusal:
            response = refusal.answer()
        except Exception as error:
            _log.exception("%s %s", request.method, request.url.path)
            state.crashes.append(error)
            raise
        for name, value in call.headers.items():
            response.headers.setdefault(name, value)
        seen |= {"status": response.status_code, "units": call.units}
        path = request.url.path
        if (moved := state.take(platform.name, path, "new_between_pages")) is not None:
            state.now += timedelta(seconds=3600 if moved.seconds is None else moved.seconds)
        if state.take(platform.name, path, "truncated_json") is not None:
            return _Broken(response, is_cut=False)
        if state.take(platform.name, path, "cut") is not None:
            return _Broken(response, is_cut=True)
        return response

    return answer


async def _body_of(request: Request) -> Any:
    """Return the body: of JSON what it says, of a form its fields, else None."""
    raw = await request.body()
    if not raw:
        return None
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(await request.form())
    try:
        return json.loads(raw)
    except ValueError:
        return None


async def _answer(call: Call, platform: Platform, handler: Handler) -> Response:
    state, path = call.state, call.request.url.path
    if (slow := state.take(platform.name, path, "slow")) is not None:
        await asyncio.sleep(2 if slow.seconds is None else slow.seconds)
    for kind, refuse in (
        ("500", platform.failed),
        ("429", platform.limited),
        ("expired_token", platform.expired),
    ):
        if call.is_due(kind):
            raise refuse(call)
    given = handler(call)
    return await given if inspect.isawaitable(given) else given


def _unknown(state: State, platform: Platform) -> Any:
    def refuse(call: Call) -> Response:
        raise platform.unknown(call)

    return _endpoint(state, platform, refuse)


def make_app(state: State, ga4: Path | None = None) -> Starlette:
    """Return the application of all platforms over one state; `ga4` is a folder for its files."""
    mounts: list[Any] = []
    for platform in PLATFORMS:
        routes = [
            Route(path, _endpoint(state, platform, handler), methods=[method])
            for (method, path), handler in platform.routes().items()
        ]
        any_method = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        routes.append(Route("/{rest:path}", _unknown(state, platform), methods=any_method))
        mounts.append(Mount(f"/{platform.name}", routes=routes))
    return Starlette(routes=[Mount("/_sandbox", routes=_control(state, ga4)), *mounts])


def _control(state: State, ga4: Path | None) -> list[Route]:
    def clock() -> JSONResponse:
        return JSONResponse({"now": state.now.isoformat(), "runs": state.runs})

    async def set_clock(request: Request) -> Response:
        said = await request.json()
        state.now, state.runs = moment(said["now"]), bool(said.get("runs", state.runs))
        if ga4 is not None:
            write_exports(state, ga4)
        return clock()

    async def get_clock(request: Request) -> Response:
        return clock()

    async def set_limit(request: Request) -> Response:
        said = await request.json()
        state.limits[_named(said["platform"]).name, said["bucket"]] = int(said["limit"])
        return Response(status_code=204)

    async def add_fault(request: Request) -> Response:
        said = await request.json()
        _named(said["platform"])
        state.add_fault(Fault(**{**said, "ids": frozenset(said.get("ids", ()))}))
        return Response(status_code=204)

    async def clear_faults(request: Request) -> Response:
        state.clear_faults()
        return Response(status_code=204)

    async def requests(request: Request) -> Response:
        name = request.query_params.get("platform")
        return JSONResponse([r for r in state.requests if name in (None, r["platform"])])

    async def clear_requests(request: Request) -> Response:
        state.requests.clear()
        return Response(status_code=204)

    async def truth(request: Request) -> Response:
        params = request.query_params
        return JSONResponse(
            _named(params.get("platform", "")).truth(state, params.get("query", ""))
        )

    def checked(answer: Any) -> Any:
        async def answered(request: Request) -> Response:
            try:
                return await answer(request)  # type: ignore[no-any-return]
            except KeyError as error:
                return JSONResponse({"error": f"{error} is missing"}, 400)
            except (ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, 400)

        return answered

    return [
        Route("/clock", checked(get_clock), methods=["GET"]),
        Route("/clock", checked(set_clock), methods=["POST"]),
        Route("/limits", checked(set_limit), methods=["POST"]),
        Route("/faults", checked(add_fault), methods=["POST"]),
        Route("/faults", checked(clear_faults), methods=["DELETE"]),
        Route("/requests", checked(requests), methods=["GET"]),
        Route("/requests", checked(clear_requests), methods=["DELETE"]),
        Route("/truth", checked(truth), methods=["GET"]),
    ]


def moment(text: str) -> datetime:
    """Return a moment of the clock; raises ValueError for what is none, or has no offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"{text!r}: write a moment with its offset, as in 2026-03-02T06:00:00Z")
    return found.astimezone(UTC)


class Sandbox:
    """A running sandbox, steered from the same process; `url` says where a platform is.

    The clock stands where it is set, unless it was told to run. Everything here may also be asked
    over HTTP, below `/_sandbox/`.
    """

    def __init__(self, state: State, address: str) -> None:
        self._state = state
        self.address = address

    def url(self, platform: str) -> str:
        """Return the base address of a platform."""
        return f"{self.address}/{_named(platform).name}"

    @property
    def market(self) -> Market:
        """Return what the platforms are about."""
        return self._state.market

    @property
    def now(self) -> datetime:
        """Return the clock."""
        return self._state.now

    def set_clock(self, now: datetime) -> None:
        """Set the clock, forward or back."""
        self._state.now = now

    def write_ga4(self, folder: Path) -> list[Path]:
        """Write GA4's exports as of now into a folder; return their paths."""
        return write_exports(self._state, folder)

    def set_limit(self, platform: str, bucket: str, limit: int) -> None:
        """Give a quota another size."""
        self._state.limits[_named(platform).name, bucket] = limit

    def misbehave(self, platform: str, kind: str, **options: Any) -> None:
        """Misbehave in the next requests; options as of Fault."""
        self._state.add_fault(Fault(_named(platform).name, kind, **options))

    def behave(self) -> None:
        """Take all misbehaviour back."""
        self._state.clear_faults()

    def requests(self, platform: str | None = None) -> list[dict[str, Any]]:
        """Return the requests seen, oldest first, without secrets."""
        return [r for r in self._state.requests if platform in (None, r["platform"])]

    def truth(self, platform: str, query: str) -> list[str]:
        """Return the ids that a complete read of a query would land now."""
        return _named(platform).truth(self._state, query)


@dataclass(frozen=True)
class Listening:
    """A sandbox whose port is open, before `run` answers on it."""

    sandbox: Sandbox
    server: uvicorn.Server
    socket: socket.socket
    crashes: list[Exception]

    def run(self) -> None:
        """Answer until the server is told to exit, or interrupted."""
        self.server.run([self.socket])


def listen(
    world: Path, at: datetime, port: int = 0, *, runs: bool = False, ga4: Path | None = None
) -> Listening:
    """Open a port of 127.0.0.1 (0: any free one) for a sandbox over a world's folder.

    The clock begins at `at`, and stands unless it `runs`, as it has to where a client really waits.
    GA4's exports are written into `ga4`, now and whenever the clock is set.

    Raises ValueError where the folder holds no world, OSError if the port is taken.
    """
    state = State(open_market(world), at, runs)
    config = uvicorn.Config(
        make_app(state, ga4), log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    if ga4 is not None:
        write_exports(state, ga4)
    opened = socket.create_server(("127.0.0.1", port))
    address = f"http://127.0.0.1:{opened.getsockname()[1]}"
    return Listening(Sandbox(state, address), uvicorn.Server(config), opened, state.crashes)


@contextmanager
def serving(
    world: Path, at: datetime, port: int = 0, *, runs: bool = False, ga4: Path | None = None
) -> Iterator[Sandbox]:
    """Serve the platforms of a world's folder from a thread, until the block ends.

    Raises what went wrong within the sandbox, if anything did: that is no platform's answer.
    """
    listening = listen(world, at, port, runs=runs, ga4=ga4)
    thread = threading.Thread(target=listening.run, daemon=True)
    thread.start()
    try:
        yield listening.sandbox
    finally:
        listening.server.should_exit = True
        thread.join(timeout=10)
    if listening.crashes:
        raise ExceptionGroup("the sandbox itself failed", listening.crashes)
