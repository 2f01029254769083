"""The one HTTP layer: what every connector asks its platform through.

It is dlt's RESTClient with an adapter of its own below it. The adapter sees each attempt: it takes
quota, waits for the platform's rate limit, bounds what an answer may weigh, and speaks to the
server's own host only. What an answer that is no success means is told by `Stop`, or by `NoAnswer`
where it is about one item alone.
"""

from __future__ import annotations

import logging
import math
import re
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
import urllib3
from dlt.common import logger
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests import PreparedRequest, Request, Response
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.exceptions import RequestException
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from reachline import __version__
from reachline.connectors.clock import Clock, iso, parse
from reachline.connectors.quota import Charge, Ledger
from reachline.connectors.records import RecordKey, keyed_records
from reachline.connectors.types import NoAnswer, Record, RunState, Stop, TooMuch
from reachline.redact import Redactor

log = logging.getLogger("reachline.connectors")

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
ANSWER_SECONDS = 5 * 60.0
"""How long a whole answer may take, head and body: MAX_BYTES at a megabit a second."""
_WATCHED_EVERY_SECONDS = 1.0
"""How late an answer may be ended, and how long its thread waits for the next one."""
MAX_BYTES = 32 * 1024 * 1024
"""No answer of the eight platforms comes near it; one that does is not read to its end."""
MAX_WAIT_SECONDS = 15 * 60.0
"""How long a run waits for rate limits in total; then it ends, and the next one goes on."""
LONGEST_WAIT_SECONDS = 366 * 86_400.0
"""The longest wait that is reported; a server that asks for a longer one is not believed."""
ATTEMPTS = 5
FAILURES_UNTIL_DOWN = 3
"""A server is taken to be down after so many failed calls in a row, each tried ATTEMPTS times."""
_ESCAPES = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?!u[dD][89a-fA-F]).)"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
    re.DOTALL,
)
"""Every escape of a JSON text; the group is those that are not half a surrogate pair."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class RunContext:
    """What all servers of one run share; a run waits `max_wait` seconds in all for one of them."""

    ledger: Ledger
    redactor: Redactor
    clock: Clock
    max_wait: float = MAX_WAIT_SECONDS


@dataclass(frozen=True)
class RateHeaders:
    """Names of the headers that tell how many requests are left, and when there are more.

    Both are read as numbers, which may have a fraction; less than one request left is none.
    """

    remaining: str
    reset: str
    reset_is: Literal["epoch", "iso", "seconds"]


Form = TypeVar("Form")


class Answer(Response):
    """A response whose body is JSON: held against its grammar once, parsed once where all is."""

    parsed: Any = msgspec.UNSET
    is_json = False

    def body(self) -> bytes:
        """Return the body; msgspec.DecodeError or UnicodeDecodeError where it is no JSON.

        Half a surrogate pair, as a platform leaves it that cuts a text within an emoji, stands for
        no character, and no reader of JSON here takes it: from then on the body has U+FFFD there.
        """
        if not self.is_json:
            self.content.decode()
            try:
                msgspec.json.decode(self.content, type=msgspec.Raw)
            except msgspec.DecodeError:
                mended = _ESCAPES.sub(lambda found: found[1] or rb"\ufffd", self.content)
                if mended == self.content:
                    raise
                msgspec.json.decode(mended, type=msgspec.Raw)
                self._content = mended
            self.is_json = True
        return self.content

    def json(self, **options: Any) -> Any:
        """Return the whole body, parsed; raises what `body` does."""
        if self.parsed is msgspec.UNSET:
            self.parsed = msgspec.json.decode(self.body())
        return self.parsed

    def read(self, form: type[Form]) -> Form:
        """Return what `form` has of the body; msgspec.DecodeError where it is of another form."""
        return msgspec.json.decode(self.body(), type=form)

    def records(
        self,
        path: str,
        key: type[Any] = RecordKey,
        *,
        stream: str | None = None,
        is_required: bool = False,
    ) -> list[Record]:
        """Return the records at a path of the body, as they came; see `keyed_records`.

        With `is_required`, an answer without that list is none: ValueError, KeyError or TypeError.
        """
        name = path.partition("[")[0]
        if is_required and bytes(self.read(dict[str, msgspec.Raw])[name]) == b"null":
            raise ValueError(f"{path} is null")
        return keyed_records(self.body(), path, key, stream=stream)


Absent = Collection[int] | Callable[[Answer], bool]
"""Which errors say that there is no such item: their statuses, or a test of the answer."""


class Api(RESTClient):
    """One server of a platform. Every call raises Stop where it can't give an answer."""

    def __init__(
        self,
        base_url: str,
        run: RunContext,
        *,
        stop_for_error: Callable[[Response], Stop | None] = lambda response: None,
        is_too_much: Callable[[Response], bool] = lambda response: False,
        auth: AuthBase | None = None,
        headers: Mapping[str, str] | None = None,
        rate: RateHeaders | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        client = Client(
            request_timeout=(CONNECT_SECONDS, READ_SECONDS),
            raise_for_status=False,
            request_max_attempts=ATTEMPTS,
            request_max_retry_delay=run.max_wait,
            retry_condition=_is_incomplete,
        )
        session = client.session
        self._adapter = _Adapter(base_url, run, rate, max_bytes, is_too_much)
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        session.send.retry.sleep = self._adapter.wait  # type: ignore[attr-defined]
        session.max_redirects = 3
        session.trust_env = False
        session.headers["User-Agent"] = f"reachline/{__version__}"
        self.run = run
        self._stop_for_error = stop_for_error
        self._absent: Absent = ()
        self._stopped: Stop | None = None
        self._failures = 0
        super().__init__(base_url, dict(headers or {}), auth, session=session)

    def call(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        method: Literal["GET", "POST"] = "GET",
        json: Any = None,
        form: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
        charge: Sequence[Charge] = (),
        absent: Absent = (),
    ) -> Answer:
        """Return the answer to one request, whose body is `json` or a `form`.

        Raises NoAnswer where the answer is one of `absent`, TooMuch where less is to be asked for.
        """
        with self._errors_as_stops(charge, absent):
            answer = self.request(
                path, method, params=dict(params or {}), json=json, data=form, auth=auth
            )
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
        absent: Absent = (),
    ) -> Iterator[tuple[Answer, Mapping[str, Any]]]:
        """Yield the answers of a paged call, each with the parameters that ask for the next one.

        An answer whose next page was named before ends it: a server that goes in circles is not
        followed. Raises NoAnswer where an answer is one of `absent`.
        """
        pages = self.paginate(
            path, method, dict(params or {}), json, paginator=paginator, hooks={"response": []}
        )
        asked: set[str] = set()
        while True:
            with self._errors_as_stops(charge, absent):
                page = next(pages, None)
            if page is None:
                return
            following = repr((page.request.url, page.request.params, page.request.json))
            params = cast(Mapping[str, Any], page.request.params or {})
            yield cast(Answer, page.response), dict(params)
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

    def _log_request(self, request: Request, prepared_url: str) -> None:
        # where nothing is logged, to take secrets out of the address is a tenth of a call's time
        if logger.is_logging() and logger.isEnabledFor(logging.INFO):
            super()._log_request(request, prepared_url)

    def wait(self, seconds: float) -> None:
        """Wait as the platform asks; Stop with rate_limited past what a run waits in all."""
        self._adapter.wait(seconds)

    @contextmanager
    def _errors_as_stops(self, charge: Sequence[Charge], absent: Absent) -> Iterator[None]:
        """Charge what is asked inside, and turn what goes wrong into Stop, without secrets."""
        if self._stopped is not None:
            stop = self._stopped
            raise Stop(stop.state, str(stop), until=stop.until, was_asked=False)
        self._adapter.charge, self._absent = charge, absent
        try:
            yield
        except Stop as stop:
            self._count_failure(stop)
            raise
        except (RequestException, msgspec.DecodeError, urllib3.exceptions.HTTPError) as error:
            text = f"{self._adapter.host}: {type(error).__name__}: {error}"
            failed = Stop(RunState.FAILED, self.run.redactor(text))
            self._count_failure(failed)
            raise failed from None
        except (NoAnswer, TooMuch):
            self._failures = 0
            raise
        else:
            self._failures = 0
        finally:
            self._adapter.charge, self._absent = (), ()

    def _count_failure(self, stop: Stop) -> None:
        """Count a failed call; stop all later calls of this run if the server can't answer them.

        That is so if the stop holds for the whole server and is not a failure, or if
        FAILURES_UNTIL_DOWN calls have failed in a row: a single call may fail for what it asks.
        """
        self._failures += stop.state == RunState.FAILED
        if stop.whole_server and (
            stop.state != RunState.FAILED or self._failures >= FAILURES_UNTIL_DOWN
        ):
            self._stopped = stop

    def _check(self, response: Response) -> None:
        stop = self._stop_for_error(response) if response.status_code >= 400 else None
        if stop is not None:
            raise _redacted(stop, self.run.redactor)
        status = response.status_code
        if not isinstance(response, Answer) or _is_incomplete(response, None):
            text = f"{_endpoint(response)}: the answer is no JSON"
            raise Stop(RunState.FAILED, text, whole_server=False)
        if status < 400:
            return
        text = _told(response, self.run.redactor)
        if self._absent(response) if callable(self._absent) else status in self._absent:
            raise NoAnswer(text, status)
        if status == 401:
            raise Stop(
                RunState.AUTH_EXPIRED,
                f"{text}. The token has expired or is not valid: renew it in the connection.",
            )
        if status == 429:
            raise Stop(RunState.RATE_LIMITED, text)
        if status == 403:
            text = f"{text}. The token may not read this; where it may read nothing, renew it."
        raise Stop(RunState.FAILED, text, whole_server=status >= 500)


class _Deadline:
    """Ends an answer that takes too long by shutting its socket down.

    READ_SECONDS alone would not: they begin anew with each byte that comes.
    """

    def __init__(self) -> None:
        self.has_passed = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._until: float | None = None
        self._is_watched = False

    @contextmanager
    def watching(self, seconds: float) -> Iterator[None]:
        """Watch the answer that is read inside."""
        with self._lock:
            self.has_passed, self._socket = False, None
            self._until = time.monotonic() + seconds
            # one thread for answer after answer: to start one costs as much as five records
            if not self._is_watched:
                threading.Thread(target=self._watch, daemon=True).start()
                self._is_watched = True
        try:
            yield
        finally:
            with self._lock:
                self._until = None

    def _watch(self) -> None:
        while True:
            with self._lock:
                if self._until is None:
                    self._is_watched = False
                    return
                left = self._until - time.monotonic()
                if left <= 0:
                    self._until, self.has_passed = None, True
                    self._shut_down()
            time.sleep(min(max(left, 0), _WATCHED_EVERY_SECONDS))

    def _note(self, answering: socket.socket | None) -> None:
        self._socket = answering
        if self.has_passed:
            self._shut_down()

    def _shut_down(self) -> None:
        if (answering := self._socket) is not None:
            with suppress(OSError):  # it may be closed by now
                # not that of a TLS socket, which changes what another thread is reading by
                socket.socket.shutdown(answering, socket.SHUT_RDWR)

    def pools(self) -> dict[str, type[HTTPConnectionPool]]:
        """Return urllib3's pools whose connections tell which socket is read."""
        deadline = self

        class Plain(HTTPConnection):
            def getresponse(self) -> Any:
                deadline._note(self.sock)
                return super().getresponse()

        class Encrypted(HTTPSConnection):
            def getresponse(self) -> Any:
                deadline._note(self.sock)
                return super().getresponse()

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        return {"http": PlainPool, "https": EncryptedPool}


class _Adapter(HTTPAdapter):
    """Sends one attempt: quota, rate limit, size, time and host."""

    def __init__(
        self,
        base_url: str,
        run: RunContext,
        rate: RateHeaders | None,
        max_bytes: int,
        is_too_much: Callable[[Response], bool],
    ) -> None:
        super().__init__()
        self._deadline = _Deadline()
        self.poolmanager.pool_classes_by_scheme = self._deadline.pools()
        self.is_too_much, self.redactor = is_too_much, run.redactor
        self.host = urlsplit(base_url).netloc
        self.ledger, self.clock, self.max_wait = run.ledger, run.clock, run.max_wait
        self.rate, self.max_bytes = rate, max_bytes
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
        with self._in_time(f"{self.host}{url.path}"):
            response = super().send(request, *args, **{**options, "stream": True})
            if response.status_code >= 400:
                for charge in self.charge:
                    if charge.if_answered:
                        self.ledger.give_back(charge.quota, charge.amount)
            self._read(response)
        self._note_limits(response)
        if response.status_code >= 400 and self.is_too_much(response):
            # raised here, below the retries: the same request would only fail again
            raise TooMuch(_told(response, self.redactor))
        return response

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Return the response as an Answer."""
        response = super().build_response(req, resp)
        response.__class__ = Answer
        return response

    def wait(self, seconds: float) -> None:
        """Wait, and count it; Stop with rate_limited past what one run waits in all."""
        if self.waited + seconds > self.max_wait:
            until = self.clock.now() + timedelta(seconds=min(seconds, LONGEST_WAIT_SECONDS))
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

    @contextmanager
    def _in_time(self, endpoint: str) -> Iterator[None]:
        """Read one answer inside; Stop where that takes longer than ANSWER_SECONDS."""
        failed: Exception | None = None
        with self._deadline.watching(ANSWER_SECONDS):
            try:
                yield
            except (RequestException, urllib3.exceptions.HTTPError) as error:
                failed = error
        if self._deadline.has_passed:
            raise Stop(
                RunState.FAILED,
                f"{endpoint}: the answer was not whole after {ANSWER_SECONDS:g} s; it was not read "
                "to its end.",
            )
        if failed is not None:
            raise failed

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
                    f"{_endpoint(response)}: the answer is larger than {self.max_bytes:,} bytes; "
                    "it was not read to its end.",
                    whole_server=False,
                )
            parts.append(part)
        response._content = b"".join(parts)

    def _note_limits(self, response: Response) -> None:
        now = self.clock.now()
        if response.status_code == 429 or response.status_code >= 500:
            after = _retry_after(response, now)
            if after is None:  # of no form; the retries below would stumble over it
                response.headers.pop("Retry-After", None)
            else:
                if self.waited + after > self.max_wait:
                    self.wait(after)
                # the retries below read whole seconds only
                response.headers["Retry-After"] = str(max(math.ceil(after), 0))
        if self.rate is None:
            return
        left = _number(response.headers.get(self.rate.remaining))
        reset = response.headers.get(self.rate.reset)
        if left is not None and left < 1 and reset:
            self.free_at = _reset_moment(reset, self.rate.reset_is, now)


def _is_incomplete(response: Response | None, error: BaseException | None) -> bool:
    """Return True for a success that is not the JSON it should be: a cut answer is asked again."""
    if not isinstance(response, Answer) or response.status_code >= 400:
        return False
    try:
        response.body()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True
    return False


def _number(text: str | None) -> float | None:
    """Return the number that a header holds, such as 0, 0.0 or 59.5; None where it holds none."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _retry_after(response: Response, now: datetime) -> float | None:
    text = response.headers.get("Retry-After", "")
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        return (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError):
        return None


def _reset_moment(text: str, kind: str, now: datetime) -> datetime | None:
    try:
        if kind == "iso":
            return parse(text)
        seconds = _number(text)
        if seconds is None:
            return None
        if kind == "seconds":
            return now + timedelta(seconds=seconds)
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _endpoint(response: Response) -> str:
    """Return host and path of the request that was answered, without its parameters."""
    url = urlsplit(response.url or "")
    return f"{url.netloc}{url.path}"


def _told(response: Response, redactor: Redactor) -> str:
    """Return what an error says, without secrets."""
    # redacted before it is cut: no part of a secret is left at its end
    said = redactor(response.text)[:300]
    return redactor(f"{_endpoint(response)} answered {response.status_code}: {said}")


def _redacted(stop: Stop, redactor: Redactor) -> Stop:
    return Stop(stop.state, redactor(str(stop)), whole_server=stop.whole_server, until=stop.until)
