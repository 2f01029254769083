"""What the cells of the workbook are made of: their formats, and texts as a cell can hold them."""

from __future__ import annotations

import re
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format

from reachline.publish.sheets import LONG_TEXTS, Kind

LONGEST_TEXT = 32_767
"""Length of a cell's text in units of UTF-16, by Excel's own limit."""

FORMULA_START = re.compile(r"^\s*[=+\-@＝＋－＠]")
_ESCAPED = re.compile(r"(_x[0-9a-fA-F]{4}_)")  # a spreadsheet reads it as the sign of that number
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

COLOURS = {
    "good": {"font_color": "#1E6B2B"},
    "watch": {"bg_color": "#FBF0D5", "font_color": "#6B4A00"},
    "bad": {"bg_color": "#F9DEDC", "font_color": "#8C1D18"},
    "quiet": {"font_color": "#6B7078"},
    "empty": {"bg_color": "#EEEEEC"},
}

# currencies whose smallest unit is not a hundredth (ISO 4217)
_DECIMALS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"), 0
    ),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


class Formats:
    """The formats of a book, each made once."""

    def __init__(self, book: xlsxwriter.Workbook, currency: str) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._numbers = number_formats(currency)

    def __call__(self, **properties: Any) -> Format:
        """Return the format of these properties, as xlsxwriter names them."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def cell(
        self, name: str, kind: Kind, *, quoted: bool = False, is_link: bool = False, at: str = ""
    ) -> Format:
        """Return the format of a column's cells; `quoted` keeps a text one that is edited.

        `at` is where they are aligned, if not as their kind is.
        """
        properties: dict[str, Any] = {"valign": "top", **alignment(kind)}
        if kind in self._numbers:
            properties["num_format"] = self._numbers[kind]
        if name in LONG_TEXTS:
            properties["text_wrap"] = True
        if name.endswith("_id"):
            properties |= COLOURS["quiet"]
        if is_link:
            properties |= {"font_color": "#1F5FA8", "underline": 1}
        if at:
            properties["align"] = at
        if quoted:
            properties["quote_prefix"] = True
        return self(**properties)


def number_formats(currency: str) -> dict[str, str]:
    """Return the number format of each kind of column that has one.

    Headers name the currency; money has as many decimals as the currency, a small amount two more.
    """
    places = _DECIMALS.get(currency, 2)
    fine = max(places, 2) + 2
    return {
        "day": "yyyy-mm-dd",
        "time": "yyyy-mm-dd hh:mm",
        "whole": "#,##0",
        "number": "#,##0.00",
        "percent": "#,##0.00%",
        "money": "#,##0" + ("." + "0" * places if places else ""),
        "small money": "#,##0." + "0" * fine,
    }


def safe_text(text: str) -> str:
    """Return a text as a cell can hold it.

    Signs that XML forbids become U+FFFD, every end of a line a line feed, and what is longer than
    a cell may be ends with an ellipsis.
    """
    text = _NOT_IN_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > LONGEST_TEXT // 2:
        units = text.encode("utf-16-le")
        if len(units) > 2 * LONGEST_TEXT:
            text = units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
    return text


def cell_text(text: str) -> str:
    """Return a safe text as the file has it: what looks like the escape of a sign is escaped."""
    return _ESCAPED.sub(r"_x005F\1", safe_text(text))


def alignment(kind: Kind) -> dict[str, Any]:
    """Return the alignment of a column's cells; a text is indented, for the figure to its left."""
    if kind == "yes":
        return {"align": "center"}
    return {"align": "left", "indent": 1} if kind == "text" else {"align": "right"}
