"""Columns that land as values, because the text of each can be told from its value.

A count lands as an integer if every one of its column is written as that integer is (`42`, not
`042`, `+42` or `42.0`), a moment as a timestamp if every one is written as `2026-03-01T10:00:00Z`.
What came is then known to the letter, and staging has nothing to cast: see DECISIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

INTEGER = pa.int64()
MOMENT = pa.timestamp("us")

_POWERS = tuple(10**digits for digits in range(1, 19))
_MOMENT_LENGTH = len("2026-03-01T10:00:00Z")
_MARKS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: "Z"}
_FIRST_MOMENT = np.datetime64("0001-01-01T00:00:00", "us").astype(np.int64)


def exact_values(texts: pa.ChunkedArray, kind: str) -> pa.ChunkedArray | None:
    """Return a column's values by its kind; None unless the text of each can be told from them.

    `kind` is one of TYPES. NULL stays NULL; a column of nothing else has values. A column that is
    read as values already stays as it is.
    """
    read = _READERS[kind]
    chunks = []
    for chunk in texts.chunks:
        if chunk.type == TYPES[kind]:
            values = chunk
        elif chunk.null_count == len(chunk):
            values = pa.nulls(len(chunk), TYPES[kind])
        elif chunk.type != pa.string() or (found := read(chunk)) is None:
            return None
        else:
            values = found
        chunks.append(values)
    return pa.chunked_array(chunks, TYPES[kind])


def _integers(texts: pa.Array) -> pa.Array | None:
    codes = bytes_of(texts)
    # digits alone: neither a sign nor the 0x that Arrow would take for a number
    if len(codes) == 0 or codes.min() < ord("0") or codes.max() > ord("9"):
        return None
    try:
        numbers = pc.cast(texts, INTEGER)
    except pa.ArrowInvalid:  # an empty text, or a number beyond 2^63 - 1
        return None
    values = _numbers(numbers.fill_null(0))
    # a leading zero makes a text longer than its number, and nothing makes one shorter
    digits = len(texts) - texts.null_count
    greatest = int(values.max())
    for power in _POWERS:
        if power > greatest:
            break
        digits += int(np.count_nonzero(values >= power))
    return numbers if digits == len(codes) else None


def _moments(texts: pa.Array) -> pa.Array | None:
    codes = bytes_of(texts)
    rows = len(texts) - texts.null_count
    if len(codes) != rows * _MOMENT_LENGTH:
        return None
    # of one length they are, too: a shorter one and a longer one are no moments in this form
    letters = codes.reshape(rows, _MOMENT_LENGTH)
    if any((letters[:, place] != ord(mark)).any() for place, mark in _MARKS.items()):
        return None
    try:
        moments = pc.cast(texts, pa.timestamp("us", "UTC")).cast(MOMENT)
    except pa.ArrowInvalid:  # no such day or time
        return None
    first = _numbers(moments.drop_null()).min()
    return moments if first >= _FIRST_MOMENT else None


def ends_of(texts: pa.Array) -> npt.NDArray[np.int32]:
    """Return where each text ends, after where the first begins."""
    return np.frombuffer(
        texts.buffers()[1], dtype=np.int32, count=len(texts) + 1, offset=4 * texts.offset
    )


def bytes_of(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of all texts, one after the other, where NULL has none."""
    ends = ends_of(texts)
    start, end = int(ends[0]), int(ends[-1])
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
    """Return the texts that `exact_values` was given."""
    if values.type == MOMENT:
        return pc.strftime(pc.cast(values, pa.timestamp("s")), "%Y-%m-%dT%H:%M:%SZ")
    return pc.cast(values, pa.string())
