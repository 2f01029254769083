"""Columns of text that convert to typed values and back without loss.

A column of counts lands as integers if each of its texts is the one that its integer has (`42`, not
`042`, `+42` or `42.0`), a column of moments as timestamps if each is written as
`2026-03-01T10:00:00Z`. So the texts of the file can be restored from the values, and staging has
nothing to cast: see docs/decisions/landing.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from reachline.arrow import pa

INTEGER = pa.int64()
MOMENT = pa.timestamp("us")

_POWERS = tuple(10**digits for digits in range(1, 19))
_MOMENT_LENGTH = len("2026-03-01T10:00:00Z")
_MARKS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: "Z"}
_FIRST_MOMENT = np.datetime64("0001-01-01T00:00:00", "us").astype(np.int64)


def lossless_values(texts: pa.ChunkedArray, kind: str) -> pa.ChunkedArray | None:
    """Return a column's texts as values of its kind; None where `as_texts` would not restore them.

    `kind` is one of TYPES. NULL stays NULL, and a column of nothing else has values.
    """
    read = _READERS[kind]
    chunks = []
    for chunk in texts.chunks:
        if chunk.null_count == len(chunk):
            chunks.append(pa.nulls(len(chunk), TYPES[kind]))
        elif chunk.type == pa.string() and (values := read(chunk)) is not None:
            chunks.append(values)
        else:
            return None
    return pa.chunked_array(chunks, TYPES[kind])


def _integers(texts: pa.Array) -> pa.Array | None:
    codes = _bytes_of(texts)
    # only digits: Arrow would read a sign and 0x as well
    if len(codes) == 0 or codes.min() < ord("0") or codes.max() > ord("9"):
        return None
    try:
        numbers = pc.cast(texts, INTEGER)
    except pa.ArrowInvalid:  # an empty text, or a number beyond 2^63 - 1
        return None
    values = _numbers(numbers.fill_null(0))
    # as many digits as the integers have: a leading zero would be one more, and none can be fewer
    digits = len(texts) - texts.null_count
    greatest = int(values.max())
    for power in _POWERS:
        if power > greatest:
            break
        digits += int(np.count_nonzero(values >= power))
    return numbers if digits == len(codes) else None


def _moments(texts: pa.Array) -> pa.Array | None:
    codes = _bytes_of(texts)
    rows = len(texts) - texts.null_count
    if len(codes) != rows * _MOMENT_LENGTH:
        return None
    # with a shorter and a longer text, these marks would not stand at their places
    letters = codes.reshape(rows, _MOMENT_LENGTH)
    if any((letters[:, place] != ord(mark)).any() for place, mark in _MARKS.items()):
        return None
    try:
        moments = pc.cast(texts, pa.timestamp("us", "UTC")).cast(MOMENT)
    except pa.ArrowInvalid:  # no such day or time
        return None
    first = _numbers(moments.drop_null()).min()
    return moments if first >= _FIRST_MOMENT else None


def _bytes_of(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of all texts, one after the other; NULL has none."""
    offsets = np.frombuffer(
        texts.buffers()[1], dtype=np.int32, count=len(texts) + 1, offset=4 * texts.offset
    )
    start, end = int(offsets[0]), int(offsets[-1])
    data = texts.buffers()[2]
    if data is None or start == end:
        return np.empty(0, dtype=np.uint8)
    return np.frombuffer(data, dtype=np.uint8, count=end - start, offset=start)


def _numbers(values: pa.Array) -> npt.NDArray[np.int64]:
    # not to_numpy(), which imports pandas: a third of a second
    return np.frombuffer(
        values.buffers()[1], dtype=np.int64, count=len(values), offset=8 * values.offset
    )


_READERS: Mapping[str, Callable[[pa.Array], pa.Array | None]] = {
    "count": _integers,
    "timestamp": _moments,
}

TYPES: Mapping[str, pa.DataType] = {"count": INTEGER, "timestamp": MOMENT}
"""The kinds of columns that may land as values, and the type of these."""


def as_texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the texts that `lossless_values` was given."""
    if values.type == MOMENT:
        return pc.strftime(pc.cast(values, pa.timestamp("s")), "%Y-%m-%dT%H:%M:%SZ")
    return pc.cast(values, pa.string())
