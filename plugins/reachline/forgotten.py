"""Who is forgotten: marks of people that no door lets in again.

`forgotten.jsonl` in REACHLINE_HOME has a line for each person: when they were forgotten, and marks
of what they were known by. A mark is an HMAC-SHA256 with the home's key, so that the file tells
nobody who they were; whatever comes in is marked in the same way, and compared. The file stands
beside landing, not in it: a landing zone that is put back from a backup does not bring a person
back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reachline.configuration.fields import normalize
from reachline.errors import ReachlineError
from reachline.home_key import fingerprint, home_key
from reachline.object_store import store_of
from reachline.private import write_private
from reachline.settings import Paths

FORGOTTEN = "forgotten"
"""Why a row of a forgotten person is in quarantine, and what stands where a value had to stay."""
HIDDEN = "[forgotten]"
_KEY = "forgotten.jsonl"
"""What stands in the object store, where a home has one: the marks of all its hosts."""

Known = tuple[str, str]
"""Something that a person is known by: its kind, and its value as `known` makes it."""

_DIGITS = 32
_FEW = 6
"""Shorter values are compared where their kind is known, and nowhere else: `7` is no person."""

_MENTION = re.compile(r"(?<![\w@])@([\w][\w.·-]*(?:@[\w-]+(?:\.[\w-]+)+)?)")
_ADDRESS = re.compile(
    r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s\"'<>\\]+|\b[\w-]+(?:\.[\w-]+)+/[^\s\"'<>\\]+"
)
_EMAIL = re.compile(r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[\w:][\w.:%-]{3,}[\w]")
_PARTS = re.compile(r"[/?&=#@]+")


class ForgottenError(ReachlineError):
    """The marks of forgotten people can't be used; the text says why and what to do."""


def known(kind: str, value: str, platform: str = "") -> Known:
    """Return what a person is known by; of a handle, an account or a post with its platform.

    Kinds: handle, account, post, record (both by platform), creator, collaboration, code, link,
    customer, email (an address, or the SHA-256 of one).
    """
    if kind == "handle":
        return kind, f"{platform}:{normalize(value)}"
    if kind == "email":
        return kind, email_hash(value)
    if kind in ("account", "post", "record"):
        return kind, f"{platform}:{value.strip().casefold()}"
    return kind, value.strip().casefold()


def email_hash(value: str) -> str:
    """Return the SHA-256 of an e-mail address in lower case; of such a hash itself."""
    text = value.strip().lower()
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return text
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Forgotten:
    """The marks of all people who are forgotten; empty, and false, where nobody is."""

    marks: frozenset[str] = frozenset()
    key: bytes = b""
    _seen: dict[Known, bool] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anybody is forgotten."""
        return bool(self.marks)

    @cached_property
    def digest(self) -> str:
        """What tells these marks from others."""
        return hashlib.sha256("".join(sorted(self.marks)).encode()).hexdigest()[:_DIGITS]

    def has(self, kind: str, value: object, platform: str = "") -> bool:
        """Whether somebody who is forgotten is known by a value; never by nothing."""
        if not self.marks or not isinstance(value, str) or not value.strip():
            return False
        what = known(kind, value, platform)
        found = self._seen.get(what)
        if found is None:
            found = self._seen[what] = mark(self.key, what) in self.marks
        return found

    def is_account(self, platform: str, value: object) -> bool:
        """Whether a value is the handle or the id of a forgotten account of a platform."""
        return self.has("account", value, platform) or self.has("handle", value, platform)

    def is_known_by(self, value: object) -> bool:
        """Whether a value, of whatever kind, is what a forgotten person is known by."""
        if not isinstance(value, str) or len(value.strip()) < _FEW:
            return False
        return any(
            self.has(kind, value)
            for kind in ("email", "creator", "collaboration", "code", "link", "customer")
        ) or any(self.has(kind, value) for kind in ("handle", "account", "post"))

    def cleaned(self, text: str, platform: str = "") -> str:
        """Return a text without mentions, addresses and names of forgotten accounts.

        `platform` is where the text stands; without it an account of any platform is meant. What is
        taken out leaves [forgotten].
        """
        if not self.marks or not text:
            return text
        if self.has("account", text, platform) or self.has("handle", text, platform):
            return HIDDEN
        if "/" in text:
            text = _ADDRESS.sub(self._address, text)
        if "@" in text:
            text = _EMAIL.sub(lambda m: HIDDEN if self.has("email", m[0]) else m[0], text)
            text = _MENTION.sub(lambda m: self._mention(m, platform), text)
        return _WORD.sub(lambda m: self._word(m[0]), text)

    def _mention(self, found: re.Match[str], platform: str) -> str:
        name = found[1].rstrip(".-·")
        if not any(self.has("handle", each, platform) for each in (name, name.partition("@")[0])):
            return found[0]
        return HIDDEN + found[1][len(name) :]

    def _address(self, found: re.Match[str]) -> str:
        text = found[0]
        whole = self.has("account", text) or self.has("post", text)
        parts = (part for part in _PARTS.split(text) if part)
        is_theirs = whole or any(
            self.has("account", part)
            or self.has("handle", part)
            or (len(part) >= _FEW and (self.has("post", part) or self.has("code", part)))
            for part in parts
        )
        return HIDDEN if is_theirs else text

    def _word(self, word: str) -> str:
        # a handle that is a word of a language is no name where nothing says so
        if word.isalpha() or word.isdigit():
            return word
        return HIDDEN if self.has("account", word) or self.has("handle", word) else word


def mark(key: bytes, what: Known) -> str:
    """Return the mark of something that a person is known by."""
    text = f"{FORGOTTEN}\n{what[0]}\n{what[1]}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def _variants(what: Known) -> Iterator[Known]:
    """Yield a thing by its platform, and without: in a link or a file of a tool none is named."""
    yield what
    kind, value = what
    if kind in ("handle", "account", "post"):
        bare = value.partition(":")[2]
        yield kind, f":{bare}"


def load_forgotten(where: Paths) -> Forgotten:
    """Return who is forgotten under a home.

    Raises ForgottenError where the file can't be read, or its marks were made with another key.
    """
    lines = _lines(where)
    if not lines:
        return Forgotten()
    key = home_key(where)
    told = fingerprint(key)
    if any(line["key"] != told for line in lines):
        raise ForgottenError(
            f"{where.forgotten}: its marks were made with another home.key, so that nobody who is "
            "forgotten would be known again. Put that key back; or remove the file, and forget "
            "these people once more."
        )
    return Forgotten(frozenset(each for line in lines for each in line["marks"]), key)


def forgotten_too(where: Paths, things: Iterable[Known]) -> Forgotten:
    """Return who would be forgotten under a home if a person with these things was, too."""
    before, key = load_forgotten(where), home_key(where)
    return Forgotten(before.marks | _marks(key, things), key)


def _marks(key: bytes, things: Iterable[Known]) -> frozenset[str]:
    return frozenset(mark(key, variant) for what in things for variant in _variants(what))


def remember_to_forget(where: Paths, person: str, at: str, things: Iterable[Known]) -> None:
    """Write the marks of a person, beside those that they have already.

    `person` is the mark of what they were asked to be forgotten by. What is written is on the disk
    when this returns; a kill leaves the file as it was, or as it is to be.
    """
    key = home_key(where)
    marks = _marks(key, things)
    lines = _lines(where)
    mine = next((line for line in lines if line["id"] == person), None)
    if mine is None:
        mine = {"id": person, "at": at, "key": fingerprint(key), "marks": []}
        lines.append(mine)
    mine["marks"] = sorted({*mine["marks"], *marks})
    write_private(where.forgotten, _text_of(lines))


def agree_on_forgotten(where: Paths) -> None:
    """Let a home and its object store know of the same people; nothing where it has no store.

    What either knows, both know afterwards: nobody who was forgotten at one host comes in at
    another. Raises StoreError, and ForgottenError where either can't be read.
    """
    store = store_of(where.landing)
    if store is None:
        return
    agreed: list[dict[str, Any]] = []

    def merge(text: bytes | None) -> bytes | None:
        theirs = _parsed((text or b"").decode("ascii", "replace"), f"{store.url}/{_KEY}")
        agreed[:] = _merged(theirs, _lines(where))
        return _text_of(agreed).encode() if agreed else None

    store.change(_KEY, merge)
    if agreed != _lines(where):
        where.home.mkdir(parents=True, exist_ok=True)
        write_private(where.forgotten, _text_of(agreed))


def _merged(*of: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines of several files as one: of each person all marks, by when it was first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in (line for lines in of for line in lines):
        before = found.get((line["id"], line["key"]), line)
        marks = sorted({*before["marks"], *line["marks"]})
        found[line["id"], line["key"]] = {
            **line,
            "at": min(before["at"], line["at"]),
            "marks": marks,
        }
    return sorted(found.values(), key=lambda line: (line["at"], line["id"], line["key"]))


def _text_of(lines: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)


def person_id(where: Paths, what: Known) -> str:
    """Return the id of a person in certificates and marks: the salted hash of what was asked."""
    return mark(home_key(where), what)


def _lines(where: Paths) -> list[dict[str, Any]]:
    path = where.forgotten
    if not path.is_file():
        return []
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return _parsed(text, path)


def _parsed(text: str, where: object) -> list[dict[str, Any]]:
    try:
        lines = [json.loads(line) for line in text.splitlines() if line]
        if not all({"id", "at", "key", "marks"} <= line.keys() for line in lines):
            raise ValueError("a line lacks id, at, key or marks")
    except (ValueError, AttributeError) as error:
        raise _unreadable(where, error) from error
    return lines


def _unreadable(where: object, error: Exception) -> ForgottenError:
    return ForgottenError(
        f"{where}: can't be read ({error}). Restore it from a backup: without it, people who are "
        "forgotten come in again."
    )
