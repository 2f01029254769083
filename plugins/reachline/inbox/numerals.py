"""Numbers of JSON texts that a DOUBLE does not hold, and `NaN`, which is none.

DuckDB reads a number that has a fraction or an exponent as a DOUBLE, and gives the shortest text
that is read as the same one: `19.90` comes as `19.9`, which is the same number, but
`0.1234567890123456789` as another. Integers keep their digits. `NaN` is what Python and pandas
write for a value that is not there; DuckDB takes it for a text.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import numpy as np
import numpy.typing as npt
import regex

SEAM_BYTES = 64
"""How much of two chunks of a file is looked at together, for a number on their seam."""

_NUMBER = rb"(?<![0-9.eE+-])-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?(?![0-9.eE+-])"
_NAN = b"NaN"
_TOKEN = regex.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|(?<!\w)NaN(?!\w)|' + _NUMBER, regex.DOTALL)
_NUMERAL = regex.compile(rb"[0-9.eE+-]++")
# as many digits of any decimal number are there again in the text of its DOUBLE
_EXACT_DIGITS = 15
_DOT, _E = ord("."), ord("e")


def with_exact_numbers(text: bytes) -> bytes:
    """Return JSON text in which each number that a DOUBLE does not hold is a text of its digits.

    `NaN` is null there.
    """

    def exact(found: regex.Match[bytes]) -> bytes:
        token: bytes = found[0]
        if token == _NAN:
            return b"null"
        return token if token[:1] == b'"' or _is_exact(token) else b'"%s"' % token

    changed: bytes = _TOKEN.sub(exact, text)
    return changed


def _is_exact(number: bytes) -> bool:
    text = number.decode()
    if not any(sign in text for sign in ".eE"):
        return True
    try:
        return Decimal(repr(float(text))) == Decimal(text)
    except InvalidOperation:  # an exponent beyond any measure
        return False


class InexactNumbers:
    """Looks for what `with_exact_numbers` changes, in arrays that are made once."""

    def __init__(self, size: int) -> None:
        self._codes: npt.NDArray[np.uint8] = np.empty(size, dtype=np.uint8)
        self._marks: npt.NDArray[np.bool_] = np.empty(size, dtype=np.bool_)
        self._others: npt.NDArray[np.bool_] = np.empty(size, dtype=np.bool_)

    def seem_in(self, data: bytes | bytearray) -> bool:
        """Whether there seems to be one in `data`, of up to `size` bytes; at times there is none.

        What stands in a text is taken for a number as well.
        """
        if _NAN in data:
            return True
        codes = np.frombuffer(data, dtype=np.uint8)
        size = len(codes)
        are_marks, others, changed = self._marks[:size], self._others[:size], self._codes[:size]
        np.equal(codes, _DOT, out=are_marks)
        np.bitwise_or(codes, 32, out=changed)
        np.equal(changed, _E, out=others)
        np.logical_or(are_marks, others, out=are_marks)
        # behind a digit
        np.subtract(codes, ord("0"), out=changed)
        np.less(changed, 10, out=others)
        np.logical_and(are_marks[1:], others[:-1], out=are_marks[1:])
        are_marks[:1] = are_marks[-1:] = False
        marks = np.flatnonzero(are_marks)
        after = codes[marks + 1]
        is_exponent = (codes[marks] != _DOT) & ((after == ord("-")) | (after == ord("+")))
        marks = marks[is_exponent | _are_digits(after)]
        if not len(marks):
            return False
        return any(_is_inexact_at(data, int(at)) for at in marks[_are_long(codes, marks)])


def may_be_inexact(data: bytes) -> bool:
    """Return `InexactNumbers.seem_in` of data of any size."""
    return InexactNumbers(len(data)).seem_in(data)


def _are_digits(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return codes - np.uint8(ord("0")) < 10


def _are_long(codes: npt.NDArray[np.uint8], marks: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which dots have more digits around than are exact, and which exponents are large."""
    before, after = (_run_lengths(codes, marks, step) for step in (-1, 1))
    is_dot = codes[marks] == _DOT
    signed = marks + 1
    has_sign = ~_are_digits(codes[signed])
    exponent = np.where(has_sign, _run_lengths(codes, signed, 1), after)
    is_long: npt.NDArray[np.bool_] = np.where(
        is_dot, before + after > _EXACT_DIGITS, (before > _EXACT_DIGITS) | (exponent > 2)
    )
    return is_long


def _run_lengths(
    codes: npt.NDArray[np.uint8], places: npt.NDArray[np.int64], step: int
) -> npt.NDArray[np.int64]:
    """Return how many digits follow each place in a direction, up to one more than are exact."""
    lengths = np.zeros(len(places), dtype=np.int64)
    alive = np.arange(len(places))
    for length in range(1, _EXACT_DIGITS + 2):
        at = places[alive] + step * length
        is_inside = (at >= 0) & (at < len(codes))
        alive, at = alive[is_inside], at[is_inside]
        alive = alive[_are_digits(codes[at])]
        if not len(alive):
            break
        lengths[alive] = length
    return lengths


def _is_inexact_at(data: bytes | bytearray, at: int) -> bool:
    start = at
    while start > 0 and data[start - 1] in _PARTS:
        start -= 1
    found = _NUMERAL.match(data, start)
    number = _TOKEN.fullmatch(bytes(found[0])) if found is not None else None
    return number is not None and not _is_exact(number[0])


_PARTS = frozenset(b"0123456789.eE+-")
