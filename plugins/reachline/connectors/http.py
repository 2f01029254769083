"""The one HTTP layer: what every connector asks its platform through.

It is dlt's RESTClient with an adapter of its own below it. The adapter sees each attempt: it takes
quota, waits for the platform's rate limit, bounds what an answer may weigh, and speaks to the
server's own host only. What an answer that is no success means is told by `Stop`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import msgspec
import urllib3
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import PageData, RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import PreparedRequest, Request, Response
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.exceptions import RequestException

from reachline import __version__
from reachline.connectors.base import Record, RunState, Stop
from reachline.connectors.clock import Clock, iso, parse
from reachline.connectors.quota import Ledger
from reachline.connectors.redact import Redactor

log = logging.getLogger("reachline.connectors")

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
MAX_BYTES = 32 * 1024 * 1024
"""No answer of the eight platforms comes near it; one that does is not read to its end."""
MAX_WAIT_SECONDS = 15 * 60.0
"""A run waits so long in all for rate limits; past it, it ends and goes on the next time."""
ATTEMPTS = 5
IS_DOWN = 3
"""After so many calls that failed in a row, each tried so often, a server is taken to be down."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class RateHeaders:
    """Names of the headers that tell how many requests are left, and when there are more."""

    remaining: str
    reset: str
    reset_is: Literal["epoch", "iso", "seconds"]


class Answer(Response):
    """A response whose JSON is parsed once, by msgspec."""

    parsed: Any = msgspec.UNSET

    def json(self, **options: Any) -> Any:
        """Return the parsed body; msgspec.DecodeError where it is no JSON."""
        if self.parsed is msgspec.UNSET:
            self.parsed = msgspec.json.decode(self.content)
        return self.parsed


class Api(RESTClient):
    """One server of a platform. Every call raises Stop where it can't give an answer."""

    def __init__(
        self,
        base_url: str,
        *,
        ledger: Ledger,
        redactor: Redactor,
        clock: Clock,
        judge: Callable[[Response], Stop | None],
        auth: AuthBase | None = None,
        headers: Mapping[str, str] | None = None,
        rate: RateHeaders | None = None,
        max_wait: float = MAX_WAIT_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        client = Client(
            request_timeout=(CONNECT_SECONDS, READ_SECONDS),
            raise_for_status=False,
            request_max_attempts=ATTEMPTS,
            request_max_retry_delay=max_wait,
            retry_condition=_is_cut,
        )
        session = client.session
        self._adapter = _Adapter(base_url, ledger, clock, rate, max_wait, max_bytes)
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        session.send.retry.sleep = self._adapter.wait  # type: ignore[attr-defined]
        session.max_redirects = 3
        session.trust_env = False
        session.headers["User-Agent"] = f"reachline/{__version__}"
        self._redactor = redactor
        self._judge = judge
        self._accept: frozenset[int] = frozenset()
        self._stopped: Stop | None = None
        self._failures = 0
        self.clock = clock
        super().__init__(base_url, dict(headers or {}), auth, session=session)

    def call(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        method: Literal["GET", "POST"] = "GET",
        json: Any = None,
        auth: AuthBase | None = None,
        charge: Sequence[Charge] = (),
        accept: Iterable[int] = (),
    ) -> Answer:
        """Return the answer to one request; statuses in `accept` are answers too."""
        with self._told(charge, accept):
            answer = self.request(path, method, params=dict(params or {}), json=json, auth=auth)
        return cast(Answer, answer)

    def pages(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        paginator: BasePaginator,
        method: Literal["GET", "POST"] = "GET",
        json: Any = None,
        charge: Sequence[Charge] = (),
        accept: Iterable[int] = (),
    ) -> Iterator[PageData[Any]]:
        """Yield the answers of a paged call; `page.response` is the Answer, `page` is empty.

        An answer whose next page is the one just asked for ends it: a server that goes in circles
        is not followed.
        """
        pages = self.paginate(
            path, method, dict(params or {}), json, paginator=paginator, hooks={"response": []}
        )
        asked: set[str] = set()
        while True:
            with self._told(charge, accept):
                page = next(pages, None)
            if page is None:
                return
            following = repr((page.request.url, page.request.params, page.request.json))
            yield page
            if following in asked:
                log.warning("%s: the server names a page again that was read; stopping", path)
                return
            asked.add(following)

    def give_back(self, quota: str, amount: Decimal | int) -> None:
        """Give back to a quota what a call was charged above what its answer says it cost."""
        self._adapter.ledger.give_back(quota, amount)

    def extract_response(self, response: Response, data_selector: Any) -> list[Any]:
        """Leave the body alone: records are cut out of it as they came, see `records_at`."""
        return []

    def detect_data_selector(self, response: Response) -> str:
        """Name no part of the body; `extract_response` wants none."""
        return "$"

    def _send_request(self, request: Request, **options: Any) -> Response:
        response = super()._send_request(request, **options)
        self._check(response)
        return response

    def wait(self, seconds: float) -> None:
        """Wait as the platform asks; Stop with rate_limited past what a run waits in all."""
        self._adapter.wait(seconds)

    @contextmanager
    def _told(self, charge: Sequence[Charge], accept: Iterable[int]) -> Iterator[None]:
        """Charge what is asked inside, and turn what goes wrong into Stop, without secrets."""
        if self._stopped is not None:
            raise self._stopped
        self._adapter.charge, self._accept = charge, frozenset(accept)
        try:
            yield
        except Stop as stop:
            self._remember(stop)
            raise
        except (RequestException, msgspec.DecodeError, urllib3.exceptions.HTTPError) as error:
            text = f"{self._adapter.host}: {type(error).__name__}: {error}"
            failed = Stop(RunState.FAILED, self._redactor(text))
            self._remember(failed)
            raise failed from None
        else:
            self._failures = 0
        finally:
            self._adapter.charge, self._accept = (), frozenset()

    def _remember(self, stop: Stop) -> None:
        """Ask the server no more in this run where that is of no use.

        One call may fail for what it asks; a server that fails several in a row is down.
        """
        self._failures += stop.state == RunState.FAILED
        if stop.whole_server and (stop.state != RunState.FAILED or self._failures >= IS_DOWN):
            self._stopped = stop

    def _check(self, response: Response) -> None:
        stop = self._judge(response)
        if stop is not None:
            raise _redacted(stop, self._redactor)
        status = response.status_code
        if status < 400 or status in self._accept:
            if not isinstance(response, Answer) or _is_cut(response, None):
                raise Stop(
                    RunState.FAILED,
                    f"{_place(response)}: the answer is no JSON",
                    whole_server=False,
                )
            return
        text = self._redactor(f"{_place(response)} answered {status}: {response.text[:300]}")
        if status in (401, 403):
            raise Stop(
                RunState.AUTH_EXPIRED,
                f"{text}. The token has expired or may not do this: renew it in the connection.",
                whole_server=status == 401,
            )
        if status == 429:
            raise Stop(RunState.RATE_LIMITED, text)
        raise Stop(RunState.FAILED, text, whole_server=status >= 500)


@dataclass(frozen=True)
class Charge:
    """What one attempt of a call takes from a quota."""

    quota: str
    amount: Decimal | int = 1
    key: str = ""
    if_answered: bool = False
    """Given back where the answer is an error: the platform takes nothing for it."""


class _Adapter(HTTPAdapter):
    """Sends one attempt: quota, rate limit, size and host."""

    def __init__(
        self,
        base_url: str,
        ledger: Ledger,
        clock: Clock,
        rate: RateHeaders | None,
        max_wait: float,
        max_bytes: int,
    ) -> None:
        super().__init__()
        self.host = urlsplit(base_url).netloc
        self.ledger, self.clock, self.rate = ledger, clock, rate
        self.max_wait, self.max_bytes = max_wait, max_bytes
        self.charge: Sequence[Charge] = ()
        self.waited = 0.0
        self.free_at: datetime | None = None

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send one attempt and return its whole answer."""
        url = urlsplit(request.url or "")
        if url.netloc != self.host:
            raise Stop(RunState.FAILED, f"{self.host} sent us on to {url.netloc}; not followed.")
        if url.scheme != "https" and url.hostname not in _LOOPBACK:
            raise Stop(RunState.FAILED, f"{self.host}: only https is spoken to another machine.")
        if self.free_at is not None:
            self._wait_until(self.free_at)
        for charge in self.charge:
            self.ledger.take(charge.quota, charge.amount, self.clock.now(), charge.key)
        response = super().send(request, *args, **{**options, "stream": True})
        if response.status_code >= 400:
            for charge in self.charge:
                if charge.if_answered:
                    self.ledger.give_back(charge.quota, charge.amount)
        self._read(response)
        self._mind_limits(response)
        return response

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Return the response as an Answer."""
        response = super().build_response(req, resp)
        response.__class__ = Answer
        return response

    def wait(self, seconds: float) -> None:
        """Wait, and count it; Stop with rate_limited past what one run waits in all."""
        if self.waited + seconds > self.max_wait:
            until = self.clock.now() + timedelta(seconds=seconds)
            raise Stop(
                RunState.RATE_LIMITED,
                f"{self.host} wants {seconds:.0f} s of patience, until {iso(until)}; a run waits "
                f"{self.max_wait:.0f} s at most. It goes on the next time.",
                until=until,
            )
        if seconds > 0:
            log.info("%s: waiting %.0f s, as it asks for", self.host, seconds)
            self.clock.sleep(seconds)
            self.waited += seconds

    def _wait_until(self, moment: datetime) -> None:
        self.free_at = None
        self.wait((moment - self.clock.now()).total_seconds())

    def _read(self, response: Response) -> None:
        parts, size = [], 0
        for part in response.iter_content(256 * 1024):
            size += len(part)
            if size > self.max_bytes:
                response.close()
                raise Stop(
                    RunState.FAILED,
                    f"{_place(response)}: the answer is larger than {self.max_bytes:,} bytes; it "
                    "was not read to its end.",
                    whole_server=False,
                )
            parts.append(part)
        response._content = b"".join(parts)

    def _mind_limits(self, response: Response) -> None:
        if response.status_code in (429, 503):
            after = _retry_after(response, self.clock.now())
            if after is not None and self.waited + after > self.max_wait:
                self.wait(after)
        if self.rate is None:
            return
        left = response.headers.get(self.rate.remaining, "")
        reset = response.headers.get(self.rate.reset, "")
        if left.strip() == "0" and reset:
            self.free_at = _reset_moment(reset, self.rate.reset_is, self.clock.now())


class Head(msgspec.Struct):
    """What a record is told apart by.

    A connector declares `id` and `at` anew under the names that its platform has for them, or has
    them as properties over what it declares instead.
    """

    id: str | int


def cut(
    answer: Answer, path: str, head: type[Any] = Head, *, stream: str | None = None
) -> list[Record]:
    """Return the records at a path of an answer, as they came; see `records_at`.

    `head` says where a record has its id and, as `at`, when it was made. A record without an id
    lands too, under its hash: what it lacks is for staging to say.
    """
    decoder = msgspec.json.Decoder(head)
    found = []
    for raw in records_at(answer.content, path):
        try:
            told = decoder.decode(raw)
        except msgspec.DecodeError:
            found.append(Record(raw, hashlib.sha256(raw).hexdigest(), None, stream))
            continue
        found.append(Record(raw, str(told.id), _moment(getattr(told, "at", None)), stream))
    return found


def _moment(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return iso(datetime.fromtimestamp(value, UTC))
    try:
        return iso(parse(str(value)))
    except ValueError:
        return None


def records_at(content: bytes, path: str) -> Iterator[bytes]:
    """Yield the JSON texts at a path such as `data`, `items[*]` or `edges[*].node`, as they came.

    `""` is the body. A path that is not there, or is null, yields nothing; a list is yielded
    element by element only where `[*]` says so.
    """
    yield from _at(msgspec.Raw(content), [step for step in path.split(".") if step])


def _at(raw: msgspec.Raw, steps: Sequence[str]) -> Iterator[bytes]:
    if not steps:
        yield bytes(raw).strip()
        return
    name, is_list = steps[0].removesuffix("[*]"), steps[0].endswith("[*]")
    if name:
        inner = msgspec.json.decode(raw, type=dict[str, msgspec.Raw] | None)
        found = (inner or {}).get(name)
        if found is None:
            return
        raw = found
    if not is_list:
        yield from _at(raw, steps[1:])
        return
    for element in msgspec.json.decode(raw, type=list[msgspec.Raw] | None) or ():
        yield from _at(element, steps[1:])


def _is_cut(response: Response | None, error: BaseException | None) -> bool:
    """Return True for a success that is not the JSON it should be: a cut answer is asked again."""
    if not isinstance(response, Answer) or response.status_code >= 400:
        return False
    try:
        response.json()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True
    return False


def _retry_after(response: Response, now: datetime) -> float | None:
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError):
        return None


def _reset_moment(text: str, kind: str, now: datetime) -> datetime | None:
    try:
        if kind == "iso":
            return parse(text)
        seconds = float(text)
    except ValueError:
        return None
    return (
        now + timedelta(seconds=seconds)
        if kind == "seconds"
        else datetime.fromtimestamp(seconds, UTC)
    )


def _place(response: Response) -> str:
    url = urlsplit(response.url or "")
    return f"{url.netloc}{url.path}"


def _redacted(stop: Stop, redactor: Redactor) -> Stop:
    return Stop(stop.state, redactor(str(stop)), whole_server=stop.whole_server, until=stop.until)
