"""The records within the body of an answer, byte for byte as they came."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from reachline.connectors.clock import iso, parse
from reachline.connectors.types import Record

Form = TypeVar("Form")
log = logging.getLogger("reachline.connectors")


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
        except (msgspec.DecodeError, RecursionError):
            found.append(Record(raw, hashlib.sha256(raw).hexdigest(), None, stream))
            continue
        at = moment(getattr(decoded, "at", None))
        found.append(Record(raw, str(decoded.id), at, stream, key=decoded))
    return found


def readable(items: Any, form: type[Form]) -> list[Form]:
    """Return those of a list of decoded items that are of a form, for paging and the like.

    The others land all the same, by `keyed_records`.
    """
    found = []
    for item in items or ():
        try:
            found.append(msgspec.convert(item, form))
        except msgspec.ValidationError as error:
            log.warning("an item of another form was not followed: %s", error)
    return found


def decoded(record: Record, form: type[Form]) -> Form | None:
    """Return a record as `form`; None where it is of another one."""
    if type(record.key) is form:
        return record.key
    try:
        return msgspec.json.decode(record.raw, type=form)
    except msgspec.DecodeError as error:
        log.warning("record %s is of another form and was not followed: %s", record.id, error)
        return None


def moment(value: Any) -> str | None:
    """Return when something was made, as a platform says; None where that is no moment."""
    if value is None:
        return None
    try:
        if isinstance(value, datetime):
            return iso(value)
        if isinstance(value, (int, float)):
            return iso(datetime.fromtimestamp(value, UTC))
        return iso(parse(str(value)))
    except (ValueError, OverflowError, OSError):
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
    elements = msgspec.json.decode(raw, type=list[msgspec.Raw] | None) or ()
    if len(steps) == 1:
        yield from (bytes(element).strip() for element in elements)
        return
    for element in elements:
        yield from _at(element, steps[1:])
