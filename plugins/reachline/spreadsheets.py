"""What a spreadsheet takes for a formula, as regular expressions of Python and RE2, and a BOM."""

from __future__ import annotations

FORMULA = r"^\s*[=+\-@\t\r＝＋－＠]"
"""A cell that starts so is run as a formula; one with a full-width sign by some programs."""

FORMULA_WITHIN = r"([;\t\r\n])([ \f\v]*[=+\-@＝＋－＠])"
"""Where the list separator is `;`, as in most of Europe, a spreadsheet splits a csv at it, at tabs
and at ends of lines whatever the quotes say, so that a cell may start within a text."""

BYTE_ORDER_MARK = "\ufeff"
"""Without it at its beginning Excel reads a csv in the encoding of the country, é as Ã©."""
