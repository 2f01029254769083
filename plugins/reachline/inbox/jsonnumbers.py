"""Reading the counts of JSON lines as numbers, and the proof that nothing is lost by it.

DuckDB reads a number into an integer in less time than into a text. But it takes 1.5 for 2, 1e2
for 100 and "0x1F" for 31, so what was read counts only when it is proven that digits stood there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reachline.inbox.engine import Written
from reachline.inbox.exact import bytes_of, ends_of, exact_values
from reachline.inbox.unpack import SIGNS, TextFacts

_QUOTE, _BACKSLASH = b'"\\'

# how numbers, lists, objects and truth values begin
_NO_TEXT = tuple("0123456789-[{tfNI")
_BEGINS_NO_TEXT = np.zeros(256, dtype=np.bool_)
_BEGINS_NO_TEXT[[ord(letter) for letter in _NO_TEXT]] = True


class NumberReading:
    """A reading of a file of JSON lines whose counts are numbers and all else is texts.

    That a text is one is told by how it begins, where a number can't begin so; by its form, if it
    is a moment; and else by its quotes, for which its column is read as JSON.
    """

    def __init__(self, types: Mapping[str, str], moments: Collection[str]) -> None:
        self.types = types
        self._moments = moments
        self._texts = 0
        self._signs = np.zeros(len(SIGNS), dtype=np.int64)
        self._are_texts = True

    @classmethod
    def of(cls, records: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> Self | None:
        """Return how to read a file with such records; None if that is not how it is written.

        `kinds` has the kinds of columns, in lower case, that may land as values.
        """
        if not records or any(record.keys() != records[0].keys() for record in records):
            return None
        types: dict[str, str] = {}
        moments = []
        for key in records[0]:
            kind = kinds.get(key.lower())
            values = [record[key] for record in records if record[key] is not None]
            if not all(type(value) is (int if kind == "count" else str) for value in values):
                return None
            if kind == "count":
                types[key] = "BIGINT"
            elif kind == "timestamp" and _are_moments(values):
                types[key] = "VARCHAR"
                moments.append(key)
            else:
                is_told = not any(value.startswith(_NO_TEXT) for value in values)
                types[key] = "VARCHAR" if is_told else "JSON"
        return cls(types, moments) if "BIGINT" in types.values() else None

    def take(self, group: pa.Table) -> pa.Table:
        """Return a row group with its texts without their quotes; count what is in them."""
        for place, (name, column) in enumerate(zip(group.column_names, group.columns, strict=True)):
            if self.types[name] == "BIGINT":
                continue
            texts = column
            if self.types[name] == "JSON":
                texts = pa.chunked_array([self._unquoted(c) for c in column.chunks], pa.string())
                group = group.set_column(place, name, texts)
            self._texts += len(texts) - texts.null_count
            for chunk in texts.chunks:
                codes = bytes_of(chunk)
                self._signs += [np.count_nonzero(codes == sign) for sign in SIGNS]
                if self.types[name] == "VARCHAR" and name not in self._moments:
                    self._are_texts &= not _BEGINS_NO_TEXT[codes[_starts(chunk)]].any()
        return group

    def _unquoted(self, texts: pa.Array) -> pa.Array:
        codes = bytes_of(texts)
        are_quotes = codes == _QUOTE
        # what begins with a quote is a text, and has two of them if nothing is escaped
        if not are_quotes[_starts(texts)].all() or (codes == _BACKSLASH).any():
            self._are_texts = False
            return texts
        lengths = np.diff(ends_of(texts))
        ends = np.zeros(len(texts) + 1, dtype=np.int32)
        np.cumsum(lengths - 2 * (lengths > 0), out=ends[1:])
        return pa.StringArray.from_buffers(
            len(texts),
            pa.py_buffer(ends),
            pa.py_buffer(codes[~are_quotes]),
            pc.is_valid(texts).buffers()[1],
            texts.null_count,
        )

    def is_proven(self, read: Written, facts: TextFacts) -> bool:
        """Whether each value that was read as a number stood there as digits alone.

        Each record has each key. Each quote of the file belongs to a key or a text, so no number
        was a text; each sign that a number can have is in a key or a text, so no number has one.
        """
        are_texts = self._are_texts and set(self._moments) <= set(read.typed)
        if not are_texts or facts.has_escapes or facts.keys != read.rows * len(self.types):
            return False
        letters = "".join(self.types).encode()
        in_keys = [read.rows * letters.count(sign) for sign in SIGNS]
        return facts.quotes == 2 * (facts.keys + self._texts) and facts.signs == tuple(
            in_keys + self._signs
        )


def _are_moments(texts: Sequence[str]) -> bool:
    return exact_values(pa.chunked_array([pa.array(texts, pa.string())]), "timestamp") is not None


def _starts(texts: pa.Array) -> npt.NDArray[np.int32]:
    """Return where each text begins in its bytes, those without any left out."""
    ends = ends_of(texts)
    starts: npt.NDArray[np.int32] = ends[:-1][np.diff(ends) > 0] - ends[0]
    return starts
