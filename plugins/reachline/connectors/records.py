"""The records within the body of an answer, byte for byte as they came."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from reachline.connectors.clock import iso, parse
from reachline.connectors.types import Record


class RecordKey(msgspec.Struct):
    """What a record is told apart by.

    A connector declares `id` and `at` anew under the names that its platform has for them, or has
    them as properties over what it declares instead.
    """

    id: str | int


def keyed_records(
    content: bytes, path: str, key: type[Any] = RecordKey, *, stream: str | None = None
) -> list[Record]:
    """Return the records at a path of a body, as they came; see `records_at`.

    `key` says where a record has its id and, as `at`, when it was made. A record without an id
    lands too, under its hash: what it lacks is for staging to say.
    """
    decoder = msgspec.json.Decoder(key)
    found = []
    for raw in records_at(content, path):
        try:
            decoded = decoder.decode(raw)
        except msgspec.DecodeError:
            found.append(Record(raw, hashlib.sha256(raw).hexdigest(), None, stream))
            continue
        found.append(Record(raw, str(decoded.id), _moment(getattr(decoded, "at", None)), stream))
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
