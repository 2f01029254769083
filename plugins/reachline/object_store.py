"""The object store that a home shares: written by conditions, so that no host undoes another.

`REACHLINE_STORE` names it (`s3://bucket/prefix`, gs://, az://, abfs://); `landing/_store` keeps the
name once the home has joined it, and when it was last fetched from. Logins come from the
environment and the machine's own identity, as the store's provider has them: no file of a home
holds one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from reachline.errors import ReachlineError

STORE = "_store"
"""The file of a landing folder that names the store which the home has joined, as JSON: `url`, and
`fetched_at`, when what others landed was last fetched (UTC, ISO 8601)."""
SCHEMES = ("s3", "gs", "az", "abfs", "abfss")

_VARIABLE = "REACHLINE_STORE"
_TIMEOUT = timedelta(minutes=10)
_CONNECT_TIMEOUT = timedelta(seconds=5)
_RETRY_FOR = timedelta(seconds=60)
_QUICK_TIMEOUT = timedelta(seconds=5)
_QUICK_RETRY_FOR = timedelta(seconds=2)
_CHUNK = 8 * 1024 * 1024
_TRIES = 20
"""So often a change is made anew that others were faster with."""
_LONGEST_PAUSE = 2.0
"""Seconds between two such tries at most; less by chance, and at first."""
_CHANCE = random.SystemRandom()
_PROBES = "_probes"
_LEFT_AFTER = timedelta(hours=1)
"""A probe takes seconds: what is older by the store's clock was left behind."""
_CODE = re.compile(r"<Code>(\w+)</Code>")
_REFUSED = re.compile(r"status code: 40[13]")
_STATUS = re.compile(r"status code: (\d{3} [\w ]+)")

log = logging.getLogger("reachline.store")


class StoreError(ReachlineError):
    """The object store can't be used, or lacks what it must have; the text says what to do."""


class ConditionsError(StoreError):
    """The store takes conditional writes and does not keep to them: it can't be shared."""


@dataclass(frozen=True)
class Joined:
    """The store that a home has joined, and when it last fetched from it without an error."""

    url: str
    fetched_at: datetime | None


@dataclass(frozen=True)
class Item:
    """An object: its key below the home's place in the store, its bytes, when it was written."""

    key: str
    bytes: int
    written_at: datetime


class Store:
    """The part of an object store that is a home's; keys are relative to it.

    All methods raise StoreError where the store can't be reached or refuses.
    """

    def __init__(self, url: str, client: Any) -> None:
        self.url, self._client = url, client

    def reach(self) -> None:
        """Raise StoreError unless the store can be read."""
        with self._said(""):
            next(iter(_obstore().list(self._client, chunk_size=1)), None)

    def keys(self, prefix: str, after: str | None = None) -> Iterator[Item]:
        """Yield the objects under a prefix in the order of their keys, from behind `after` on."""
        with self._said(prefix):
            for chunk in _obstore().list(self._client, prefix, offset=after):
                for found in chunk:
                    yield Item(found["path"], found["size"], found["last_modified"])

    def get(self, key: str) -> bytes | None:
        """Return what an object holds; None where there is none."""
        found = self._get(key)
        return None if found is None else found[0]

    def _get(self, key: str) -> tuple[bytes, dict[str, str]] | None:
        with self._said(key):
            try:
                found = _obstore().get(self._client, key)
                body = bytes(found.bytes())
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise
                return None
        version = {name: found.meta[name] for name in ("e_tag", "version") if found.meta.get(name)}
        return body, version

    def fetch(self, key: str, path: Path, sha256: str) -> None:
        """Write an object to a file, synced. Raises StoreError unless it is there, and sound."""
        digest = hashlib.sha256()
        with self._said(key), path.open("wb") as file:
            for chunk in _obstore().get(self._client, key).stream(min_chunk_size=_CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            raise StoreError(
                f"{self.url}/{key}: SHA-256 is {digest.hexdigest()}, not {sha256}: it was changed "
                "or cut short. Nothing of it was kept. Run again; if it stays so, put it back from "
                "a host that has it: `reachline store push` there."
            )

    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object, in place of an older one."""
        with self._said(key):
            _obstore().put(self._client, key, content)

    def create(self, key: str, content: bytes) -> bool:
        """Write an object unless there is one (If-None-Match: *); return whether it is this one.

        A write whose answer was lost, and that was tried again, is known by what stands there.
        """
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with self._said(key):
            try:
                _put(self._client, key, content, "create")
            except (AlreadyExistsError, PreconditionError):
                return self.get(key) == content
        return True

    def change(self, key: str, make: Callable[[bytes | None], bytes | None]) -> bool:
        """Change an object by what it holds now (If-Match), and return whether it was changed.

        `make` is given what it holds, None where there is none, and returns what it is to hold, or
        None to leave it. It is called again where another host has changed it meanwhile.
        """
        from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError

        for tried in range(_TRIES):
            if tried:
                # hosts that go on at the same pace would meet each time
                time.sleep(_CHANCE.uniform(0, min(_LONGEST_PAUSE, 0.01 * 2**tried)))
            found = self._get(key)
            content = make(None if found is None else found[0])
            if content is None or (found is not None and content == found[0]):
                return False
            with self._said(key), contextlib.suppress(AlreadyExistsError, PreconditionError):
                try:
                    _put(self._client, key, content, "create" if found is None else found[1])
                except (NotFoundError, FileNotFoundError):
                    if found is None:
                        raise
                    continue
                return True
        raise StoreError(f"{self.url}/{key}: other hosts change it all the time. Run again.")

    def remove(self, keys: list[str]) -> None:
        """Remove objects; those that are not there are gone already."""
        if keys:
            with self._said(keys[0]), contextlib.suppress(FileNotFoundError):
                _obstore().delete(self._client, keys)

    def prove(self) -> datetime:
        """Write a key by conditions, remove it, and return when that was by the store's clock.

        Raises ConditionsError unless the store keeps to conditions: some take them, and do not. A
        key that a killed process left an hour ago goes, too.
        """
        key = f"{_PROBES}/{uuid.uuid4().hex}"
        try:
            first = self.create(key, b"1")
            second = self.create(key, b"2")
            calls: list[bytes | None] = []

            def stale(now: bytes | None) -> bytes:
                if not calls:
                    self.put(key, b"3")
                calls.append(now)
                return b"4"

            self.change(key, stale)
            with self._said(key):
                written_at: datetime = _obstore().head(self._client, key)["last_modified"]
            left = [
                item.key
                for item in self.keys(f"{_PROBES}/")
                if written_at - item.written_at > _LEFT_AFTER
            ]
            self.remove(left)
        finally:
            self.remove([key])
        if not first or second or calls != [b"1", b"3"]:
            raise ConditionsError(
                f"{self.url}: this store does not keep to conditional writes (If-None-Match, "
                "If-Match): two hosts would overwrite each other. Use one that does: Amazon S3, "
                "Google Cloud Storage, Azure Blob Storage, Cloudflare R2, a new MinIO."
            )
        return written_at

    @contextlib.contextmanager
    def _said(self, key: str) -> Iterator[None]:
        """Turn what the library raises into a StoreError; what it tells of requests stays out."""
        import obstore.exceptions as raised

        try:
            yield
        except FileNotFoundError as error:
            raise StoreError(self._missing(key, str(error))) from None
        except (raised.AlreadyExistsError, raised.PreconditionError):
            raise
        except raised.BaseError as error:
            said = str(error)
            refused = (raised.UnauthenticatedError, raised.PermissionDeniedError)
            if "NoSuchBucket" in said:
                raise StoreError(self._missing(key, said)) from None
            if isinstance(error, refused) or _REFUSED.search(said):
                raise StoreError(f"{self.url}: {_short(error)}. {_LOGIN}") from None
            raise StoreError(
                f"{self.url}: {_short(error)}. Is the store up, the region right (AWS_REGION), and "
                "the login complete? Then run again: nothing is half done."
            ) from None

    def _missing(self, key: str, said: str) -> str:
        if "NoSuchBucket" in said or not key:
            return (
                f"{self.url}: there is no such bucket. Make it, or correct {_VARIABLE}: Reachline "
                "makes none."
            )
        return (
            f"{self.url}/{key}: is not there, though a manifest names it. Put it back from a host "
            "that has it: `reachline store push` there."
        )


_LOGIN = (
    "Look at the login in the environment (for S3 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
    "the machine's role) and at its rights: to list, read, write and delete under this place."
)


def _put(client: Any, key: str, content: bytes, mode: Literal["create"] | dict[str, str]) -> None:
    # conditions hold for one request, not for one in parts
    _obstore().put(client, key, content, mode=mode, use_multipart=False)


def _obstore() -> Any:
    import obstore

    return obstore


def _short(error: Exception) -> str:
    """Return an error of the library without its requests and answers: those name logins."""
    text = str(error)
    code, status = _CODE.search(text), _STATUS.search(text)
    if code or status:
        return " ".join(match[1].strip() for match in (status, code) if match)
    first = text.partition("\n")[0]
    return re.sub(r"Error performing (\w+) \S+ in", r"\1: gave up in", first)[:300].rstrip(" .")


def store_url() -> str | None:
    """Return what REACHLINE_STORE names, without a slash at its end; None where it is not set."""
    return os.environ.get(_VARIABLE, "").strip().rstrip("/") or None


def joined_url(landing: Path) -> str | None:
    """Return the address of the store that a home has joined; None, StoreError as `joined_to`."""
    found = joined_to(landing)
    return None if found is None else found.url


def joined_to(landing: Path) -> Joined | None:
    """Return the store that a home has joined; None where it has none. It is not asked.

    Raises StoreError where REACHLINE_STORE names another one.
    """
    path = landing / STORE
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        url, at = str(body["url"]), body.get("fetched_at")
        found = Joined(url, None if at is None else datetime.fromisoformat(at))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise StoreError(
            f"{path}: can't be read ({error}). Remove it: with {_VARIABLE} set, the next run looks "
            "whether both landings are the same, and writes it again."
        ) from error
    named = store_url()
    if named is not None and named != url:
        # it is shown, so it must be one that holds no login
        _require_address(named)
        raise StoreError(
            f"{_VARIABLE} is {named}, but this home's landing is that of {url}. Set it back, or "
            f"give the other store a home of its own. To leave {url} for good, remove {path}."
        )
    return found


def note_fetched(landing: Path, url: str) -> None:
    """Write down that a home has joined a store, and has fetched all from it just now."""
    beside = landing / f".{STORE}.{uuid.uuid4().hex}.tmp"
    body = {"url": url, "fetched_at": datetime.now(UTC).isoformat(timespec="seconds")}
    beside.write_text(json.dumps(body) + "\n", encoding="utf-8")
    os.replace(beside, landing / STORE)


def store_of(landing: Path, *, quick: bool = False) -> Store | None:
    """Return the store of a home, joined or not; None where none is named. StoreError as named.

    `quick`: as in `open_store`.
    """
    url = address_of(landing)
    return None if url is None else open_store(url, quick=quick)


def address_of(landing: Path) -> str | None:
    """Return the address of a home's store, joined or not; None where none is named.

    It holds no login. Raises StoreError where it is no address, and as `joined_to`.
    """
    url = joined_url(landing) or store_url()
    if url is not None:
        _require_address(url)
    return url


def open_store(url: str, *, quick: bool = False) -> Store:
    """Return the store at an address, which is not asked yet; StoreError where it is none.

    Requests are tried again for a minute; with `quick` each is given up after a few seconds.
    """
    return _opened(url, quick, os.getpid())


def _require_address(url: str) -> None:
    """Raise StoreError unless an address is one of a store, without a login."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise StoreError(f"{_VARIABLE}: is no address ({error}). {_ADDRESS}") from None
    if parts.username or parts.password or parts.query:
        raise StoreError(
            f"{_VARIABLE}: an address without login or options. Give those by the environment "
            "(AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …)."
        )
    if parts.scheme not in SCHEMES or not parts.netloc:
        raise StoreError(f"{_VARIABLE} is {url!r}. {_ADDRESS}")


@cache
def _opened(url: str, quick: bool, _process: int) -> Store:
    _require_address(url)
    try:
        from obstore.store import from_url
    except ImportError:
        raise StoreError(
            f"{_VARIABLE} is {url}, but the package obstore is not installed. Install it from "
            "requirements.lock: `make setup-run`, or pip install obstore."
        ) from None
    try:
        client = from_url(
            url,
            client_options={
                "timeout": _QUICK_TIMEOUT if quick else _TIMEOUT,
                "connect_timeout": _CONNECT_TIMEOUT,
                # options that are given stand in the place of all that the environment has
                "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true"),
            },
            retry_config={"retry_timeout": _QUICK_RETRY_FOR if quick else _RETRY_FOR},
        )
    except Exception as error:  # what each provider's own settings can be wrong in
        raise StoreError(f"{url}: {_short(error)}. {_ADDRESS}") from None
    return Store(url, client)


_ADDRESS = (
    "It must be like s3://bucket/prefix, gs://bucket/prefix or "
    "abfs://container@account.dfs.core.windows.net/prefix."
)
