"""Who a person is, to all that came in: accounts, ids, names, posts, agreements.

It is asked of landing, batch by batch: what the working databases say is made of it, and may lack
what was refused or held.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from reachline.configuration.fields import normalize
from reachline.configuration.platforms import platforms, refusal
from reachline.configuration.problems import suggest
from reachline.connectors.people import account_of_query, connector_or_none, owner_of
from reachline.errors import ReachlineError
from reachline.forgotten import Known, email_hash, known
from reachline.inbox.exports import load_exports
from reachline.inbox.people import file_rows
from reachline.landing import Checks, Manifest, manifests
from reachline.settings import Settings

_SHORTEST = 4
"""Shorter texts are looked for where a column says what they are, and nowhere else."""
_SHORTEST_NUMBER = 6
_LONG = 10
_NOBODY_ELSES = 40
"""Many accounts of strangers are deleted: shorter texts of theirs may be others' as well."""
_LEAF_TEXTS = (
    *("text", "title", "description", "caption", "content", "selftext", "name", "displayName"),
    *("display_name", "biography", "bio", "note", "permalink", "url", "uri", "video_description"),
    *("threads_biography", "username", "handle", "acct", "bio_description", "link", "share_url"),
)


class PersonError(ReachlineError):
    """Nobody can be forgotten by what was given; the text says why and what to do."""


@dataclass(frozen=True)
class Asked:
    """What somebody asked to be forgotten by: an account of a platform, or an e-mail address.

    `alone`: the platform has deleted the account, or several, written one after another with
    blanks. What a brand knows of the person otherwise stays.
    """

    platform: str = ""
    account: str = ""
    email: str = ""
    alone: bool = False

    @property
    def known(self) -> Known:
        """What it is, to be marked."""
        if self.email:
            return known("email", self.email)
        return known("handle", self.account, self.platform)

    @property
    def things(self) -> set[Known]:
        """All that it may be: what stands for an account may be its handle, or its id."""
        if self.email:
            return {known("email", self.email)}
        return {
            known(kind, account, self.platform)
            for account in self.account.split()
            for kind in ("handle", "account")
        }


@dataclass
class Person:
    """What a person is known by, and the texts that stand for them wherever they are found."""

    things: set[Known] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def of(self, kind: str) -> set[str]:
        """Return the values of a kind that they are known by."""
        return {value for each, value in self.things if each == kind}

    def add(self, kind: str, value: Any, platform: str = "") -> None:
        """Add what they are known by, and its text where that is long enough to be looked for."""
        if isinstance(value, str) and value.strip():
            self.things.add(known(kind, value, platform))
            if kind == "handle":
                self.add_handle(value)
            elif kind not in ("collaboration", "code", "link"):
                self.add_text(value)

    def add_handle(self, value: str) -> None:
        """Add a handle: one that may be a word of a language only where it stands as a name."""
        bare = value.strip().lstrip("@")
        if bare.isalpha() and len(bare) < _LONG:
            self.texts |= {f"{mark}{bare}" for mark in ("@", "/", "account:", "mention:")}
        else:
            self.add_text(bare)

    def add_text(self, value: Any) -> None:
        """Add a text that stands for them: a name of an account, an id, an address."""
        if not isinstance(value, str):
            return
        text = value.strip().lstrip("@")
        shortest = _SHORTEST_NUMBER if text.isdigit() else _SHORTEST
        if len(text) >= shortest:
            self.texts.add(text)

    def add_words(self, value: Any) -> None:
        """Add what they are called or wrote, where it is long enough to be nobody else's."""
        if isinstance(value, str):
            text = value.strip()
            if len(text) >= _LONG or (len(text) >= _SHORTEST_NUMBER and " " in text):
                self.texts.add(text)


def asked(
    settings: Settings, platform: str | None, account: str | None, email: str | None
) -> Asked:
    """Return what was asked for; PersonError where it is nothing that a person can be known by."""
    if email is not None:
        if platform or account:
            raise PersonError("give an account or --email, not both.")
        if "@" not in email and len(email) != len(email_hash("")):
            raise PersonError(f"{email}: is no e-mail address, nor the SHA-256 of one.")
        return Asked(email=email)
    if not platform or not account:
        raise PersonError("say who: a platform and a handle or id, or --email ADDRESS.")
    platform = platform.strip().lower()
    if platform not in platforms() and platform not in _platforms_of_files(settings):
        names = sorted(platforms())
        remedy = suggest(platform, names, f"write one of {', '.join(names)}")
        raise PersonError(f"{platform}: nothing is known of this platform; {remedy}.")
    for brand in settings.config.brands:
        if normalize(account) in map(normalize, brand.handles.get(platform, ())):
            raise PersonError(
                f"{account}: is an account of the brand {brand.brand_id} in config/brands.yml: "
                "remove it there first, if it is a person's."
            )
    if any(mark in account for mark in " \n\t"):
        raise PersonError(
            f"{account!r}: is neither a handle nor an id. {refusal(platform, normalize(account))}"
        )
    return Asked(platform=platform, account=account.strip())


def _platforms_of_files(settings: Settings) -> set[str]:
    found = set()
    for _, row, _ in _rows_of_files(settings):
        if row.get("platform"):
            found.add(str(row["platform"]).strip().lower())
    return found


@dataclass
class _Landed:
    """What landing says of all people, as far as one may lead to another."""

    creators: list[Mapping[str, Any]] = field(default_factory=list)
    accounts: list[tuple[str, set[Known], Mapping[str, Any]]] = field(default_factory=list)
    """Rows that are of an account: its platform, what it is known by, and what it says."""
    customers: list[Mapping[str, Any]] = field(default_factory=list)
    agreed: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    posts: list[tuple[str, set[Known], str, list[str]]] = field(default_factory=list)
    """Posts: platform, what their account is known by, id, texts."""
    last: dict[Known, tuple[str, set[Known]]] = field(default_factory=dict)
    """What a handle was seen with last, and when."""


def find_person(settings: Settings, what: Asked) -> Person:
    """Return all that a person is known by in landing, from what they are asked to be forgotten by.

    A handle is of the account that was seen with it last. The accounts that a roster gives to one
    creator are of one person, and so is the customer with the same address or account.
    """
    landed = _read(settings)
    person = Person(things=set(what.things))
    if what.email:
        person.add_text(what.email)
    for account in what.account.split():
        person.add_handle(account)
    if what.alone:
        _widen_account(person, landed)
        _add_posts(person, landed, shortest=_NOBODY_ELSES)
        return person
    before = -1
    while before != len(person.things):
        before = len(person.things)
        _widen(person, landed)
    _add_posts(person, landed)
    _add_agreed(person, landed)
    return person


def _widen(person: Person, landed: _Landed) -> None:
    for row in landed.creators:
        is_them = _has(person, "creator", row.get("creator_id")) or _has(
            person, "email", row.get("email")
        )
        if is_them:
            person.add("creator", row.get("creator_id"))
            person.add("email", row.get("email"))
            person.add_words(row.get("creator_name"))
    for handle in list(person.things):
        if handle[0] == "handle" and handle in landed.last:
            person.things |= landed.last[handle][1]
    for platform, things, row in landed.accounts:
        ids = {thing for thing in things if thing[0] == "account"}
        is_them = (
            _has(person, "creator", row.get("creator_id"))
            or bool(ids & person.things)
            or (not ids and bool(things & person.things))
            or ("creator_id" in row and bool(things & person.things))
        )
        if is_them:
            person.things |= things
            person.add("creator", row.get("creator_id"))
            person.add("handle", row.get("handle"), platform)
            person.add("account", row.get("native_account_id"), platform)
            for text in row.get("texts", ()):
                person.add_handle(text)
            person.add_words(row.get("display_name"))
    for row in landed.customers:
        platform = str(row.get("platform") or "").strip().lower()
        is_them = (
            _has(person, "customer", row.get("customer_id"))
            or _has(person, "email", row.get("email_sha256"))
            or _has(person, "handle", row.get("handle"), platform)
        )
        if is_them:
            person.add("customer", row.get("customer_id"))
            person.add("email", row.get("email_sha256"))
            person.add("handle", row.get("handle"), platform)


def _widen_account(person: Person, landed: _Landed) -> None:
    """Add what records of these very accounts were seen with."""
    ids = {thing for thing in person.things if thing[0] == "account"}
    for platform, things, row in landed.accounts:
        if ids & things and "texts" in row:
            person.things |= things
            for text in row["texts"]:
                person.add("handle", text, platform)


def _add_posts(person: Person, landed: _Landed, shortest: int = 0) -> None:
    for platform, things, identity, texts in landed.posts:
        ids = {thing for thing in things if thing[0] == "account"}
        if (ids or things) & person.things:
            person.add("post", identity, platform)
            person.add("record", identity, platform)
            for text in texts:
                if len(text) >= shortest:
                    person.add_words(text)


def _add_agreed(person: Person, landed: _Landed) -> None:
    for stream, row in landed.agreed:
        if stream == "collaborations" and _has(person, "creator", row.get("creator_id")):
            person.things.add(known("collaboration", str(row.get("collaboration_id") or "?")))
    for stream, row in landed.agreed:
        if _has(person, "collaboration", row.get("collaboration_id")):
            if stream == "promo_codes" and row.get("code"):
                person.things.add(known("code", row["code"]))
            if stream == "tracking_links":
                if row.get("link_id"):
                    person.things.add(known("link", row["link_id"]))
                person.add_text(row.get("url"))
            if stream == "deliverables":
                person.add_text(row.get("post_url"))


def _has(person: Person, kind: str, value: Any, platform: str = "") -> bool:
    return (
        isinstance(value, str)
        and bool(value.strip())
        and (known(kind, value, platform) in person.things)
    )


def _read(settings: Settings) -> _Landed:
    landed = _Landed()
    checks = Checks(settings.paths.landing)
    for batch in manifests(settings.paths.landing):
        kind = connector_or_none(batch.source)
        if batch.path is None or kind is None:
            continue
        with checks.unpacking():
            path = checks.path(batch.path)
            if path.is_file():
                _read_records(path, batch, kind, landed)
    for stream, row, at in _rows_of_files(settings):
        _note_file_row(stream, row, at, landed)
    return landed


def _rows_of_files(settings: Settings) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yield rows of files: stream, what they say of people, when they landed."""
    exports = {(e.tool, e.name): e for e in load_exports(settings.config_dir)}
    checks = Checks(settings.paths.landing)
    for batch in manifests(settings.paths.landing):
        export = exports.get((batch.source, batch.stream))
        if (
            batch.path is None
            or connector_or_none(batch.source) is not None
            or (export is None and batch.source != "inbox")
        ):
            continue
        with checks.unpacking():
            path = checks.path(batch.path)
            rows = file_rows(
                path, batch.stream, export, has_line=batch.has_line, first_line=batch.first_line
            )
            for stream, row, _ in rows if path.is_file() else ():
                yield stream, row, batch.landed_at


def _note_file_row(stream: str, row: Mapping[str, Any], at: str, landed: _Landed) -> None:
    platform = str(row.get("platform") or "").strip().lower()
    things = set(_things(platform, [row.get("native_account_id")], [row.get("handle")]))
    if stream == "creators":
        landed.creators.append(row)
    elif stream == "customers":
        landed.customers.append(row)
    elif stream in ("creator_accounts", "profiles", "outreach", "recommendations"):
        landed.accounts.append((platform, things, row))
        _note_last(landed, things, at)
    elif stream == "posts":
        if things:
            texts = [row[name] for name in ("permalink", "text") if row.get(name)]
            landed.posts.append((platform, things, row.get("native_post_id") or "", texts))
            _note_last(landed, things, at)
    elif stream in ("collaborations", "promo_codes", "tracking_links", "deliverables"):
        landed.agreed.append((stream, row))


def _note_last(landed: _Landed, things: set[Known], at: str) -> None:
    ids = {thing for thing in things if thing[0] == "account"}
    for handle in things - ids:
        if ids and landed.last.get(handle, ("", ids))[0] <= at:
            landed.last[handle] = (at, ids)


def _things(platform: str, ids: Iterable[Any], handles: Iterable[Any]) -> Iterator[Known]:
    yield from (known("account", v, platform) for v in ids if isinstance(v, str) and v.strip())
    yield from (known("handle", v, platform) for v in handles if isinstance(v, str) and v.strip())


def _read_records(path: Path, batch: Manifest, kind: Any, landed: _Landed) -> None:
    platform = batch.source
    file = pq.ParquetFile(path)
    for rows in file.iter_batches(columns=["query", "record", "record_id", "fetched_at"]):
        for row in rows.to_pylist():
            try:
                record = msgspec.json.decode((row["record"] or "").encode())
            except (msgspec.DecodeError, RecursionError):
                continue
            ids, handles = owner_of(kind, batch.stream, record)
            if not ids and not handles:
                account = account_of_query(row["query"] or "")
                handles = [account] if account else []
            things = set(_things(platform, ids, handles))
            if not things:
                continue
            texts = list(_leaf_texts(record))
            said = {"texts": (*ids, *handles)}
            _note_last(landed, things, row["fetched_at"] or "")
            landed.accounts.append((platform, things, said))
            landed.posts.append((platform, things, row["record_id"] or "", texts))


def _leaf_texts(value: Any, name: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the texts of a record that stand for its person: what they wrote, names, addresses."""
    if depth > 6:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("mentions", "tags", "entities", "facets", "reblog", "hashtags", "data"):
                yield from _leaf_texts(inner, key, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaf_texts(inner, name, depth + 1)
    elif isinstance(value, str) and name in _LEAF_TEXTS:
        yield value


def hashed(key: bytes, text: str) -> str:
    """Return what tables hold in the place of an e-mail address (see hash_personal_data)."""
    digest = hmac.new(key, text.strip().lower().encode(), hashlib.sha256).hexdigest()[:32]
    return "hashed-" + digest.translate(str.maketrans("0123456789", "ghijklmnop"))


def by_platform(values: Iterable[str]) -> dict[str, set[str]]:
    """Return values such as `x:anna` by their platform."""
    found: dict[str, set[str]] = defaultdict(set)
    for value in values:
        platform, _, bare = value.partition(":")
        found[platform].add(bare)
    return dict(found)
