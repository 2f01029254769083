"""Whose a record is, and what it says of people who are forgotten.

A record of a forgotten person does not land: its batch counts it among the refused rows, without
anything that it held. One of somebody else lands without what it says of them: mentions, links,
and whole objects that are of them, such as a post that is quoted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from reachline.configuration.platforms import sources
from reachline.connectors import connector
from reachline.connectors.types import Owner
from reachline.forgotten import HIDDEN, Forgotten

if TYPE_CHECKING:
    from reachline.connectors.base import Connector

_ID_NAMES = (
    *("id", "did", "uri", "url", "username", "handle", "acct", "screen_name", "author_id"),
    *("user_id", "channelId", "author_fullname"),
)
_HOLDERS = ("account", "author", "user", "owner", "customer")
_NO_OWNER = Owner()


def owner_of(kind: type[Connector], stream: str, record: Any) -> tuple[list[str], list[str]]:
    """Return the ids and the handles of the account that a decoded record is of; maybe none."""
    owner = kind.owners.get(stream, _NO_OWNER)
    ids = [value for path in owner.ids if (value := _at(record, path))]
    handles = [value for path in owner.handles if (value := _at(record, path))]
    if kind.source == "mastodon":
        # a server leaves itself out of the names of its own accounts
        host = next((part for each in ids[:1] if (part := _host_of(each))), "")
        handles = [h if "@" in h.lstrip("@") or not host else f"{h}@{host}" for h in handles]
    return ids, handles


def account_of_query(query: str) -> str:
    """Return the account that a query asks for alone; "" where it asks for something else."""
    kind, _, value = query.partition(":")
    return value if kind == "account" else ""


def is_of_forgotten(
    kind: type[Connector],
    forgotten: Forgotten,
    stream: str,
    query: str,
    record_id: str | None,
    record: Any,
) -> bool:
    """Whether a decoded record is of an account, or a post, of somebody who is forgotten."""
    source = kind.source
    ids, handles = owner_of(kind, stream, record)
    if any(forgotten.has("account", value, source) for value in ids):
        return True
    if any(forgotten.has("handle", value, source) for value in handles):
        return True
    if forgotten.has("record", record_id, source) or forgotten.has("post", record_id, source):
        return True
    account = account_of_query(query)
    return not ids and not handles and forgotten.is_account(source, account)


def screened(
    kind: type[Connector],
    forgotten: Forgotten,
    stream: str,
    query: str,
    record_id: str | None,
    raw: bytes,
) -> bytes | None:
    """Return what may land of a record: itself, without those who are forgotten, or None."""
    try:
        record = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        text = raw.decode("utf-8", "replace")
        return raw if forgotten.cleaned(text, kind.source) == text else None
    if is_of_forgotten(kind, forgotten, stream, query, record_id, record):
        return None
    cleaned = _cleaned(record, forgotten, kind.source)
    return raw if cleaned == record else msgspec.json.encode(cleaned)


def query_without(source: str, forgotten: Forgotten, query: str) -> str:
    """Return the text of a query without somebody who is forgotten."""
    kind, _, value = query.partition(":")
    # `hashtag:anna@server` asks for a word, and may read like a handle
    is_theirs = kind in ("account", "mention") and (
        forgotten.is_account(source, value)
        or forgotten.is_account(source, value.rpartition("@")[0])
    )
    return f"{kind}:{HIDDEN}" if is_theirs else query


def connector_or_none(source: str) -> type[Connector] | None:
    """Return the connector of a source; None of files."""
    return connector(source) if source in sources() else None


def _at(record: Any, path: str) -> str | None:
    for step in path.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    if isinstance(record, int) and not isinstance(record, bool):
        return str(record)
    return record if isinstance(record, str) and record else None


def _host_of(address: str) -> str:
    return address.partition("://")[2].partition("/")[0]


def _is_theirs(value: Mapping[str, Any], forgotten: Forgotten, source: str) -> bool:
    """Whether an object within a record is of somebody who is forgotten."""
    if any(forgotten.is_account(source, value.get(name)) for name in _ID_NAMES):
        return True
    if any(forgotten.has("customer", part) for part in _customer_parts(value)):
        return True
    return any(
        isinstance(value.get(name), dict) and _is_theirs(value[name], forgotten, source)
        for name in _HOLDERS
    )


def _customer_parts(value: Mapping[str, Any]) -> Iterator[str]:
    found = value.get("id")
    if isinstance(found, str) and "/Customer/" in found:
        yield found.rpartition("/")[2]


def _cleaned(value: Any, forgotten: Forgotten, source: str, name: str = "") -> Any:
    if isinstance(value, dict):
        return {
            key: None
            if isinstance(inner, dict) and _is_theirs(inner, forgotten, source)
            else _cleaned(inner, forgotten, source, key)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _cleaned(inner, forgotten, source, name)
            for inner in value
            if not (isinstance(inner, dict) and _is_theirs(inner, forgotten, source))
        ]
    if isinstance(value, str):
        if "code" in name.casefold() and forgotten.has("code", value):
            return HIDDEN
        if "tag" in name.casefold() and "@" not in value and "/" not in value:
            return value  # a hashtag may be the word that a handle is
        return forgotten.cleaned(value, source)
    return value
