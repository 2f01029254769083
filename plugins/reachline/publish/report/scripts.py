"""The report's scripts of charts: functions of the code alone, made once and kept.

To make them takes four seconds of processor time, which a night need not spend again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from reachline.cache import kept
from reachline.languages import SOURCE, Language, spoken


def charts_script() -> str:
    """Return charts.charts_script()."""
    return _charts_script(spoken())


@cache
def _charts_script(language: Language) -> str:
    def make() -> str:
        from reachline.publish.report import charts

        return charts.charts_script()

    # of another language it also depends on its texts, and is made anew
    return _kept("charts", make) if language.code == SOURCE else make()


def texts_script() -> str:
    """Return a script with the texts of report.js in the language spoken, and its numbers and days.

    Of a text with a plural it has the form for each of the language's plural categories, as
    `Intl.PluralRules` names them.
    """
    language = spoken()
    locale = language.locale
    if locale is None:
        raise ValueError("the source's texts stand in report.js")
    said: dict[str, str | dict[str, str]] = {}
    for text in texts_of_script():
        if isinstance(text, tuple):
            one, many = text
            said[one] = {
                locale.plural_form(count): language.texts.ngettext(one, many, count)
                for count in reversed(range(200))
            }
        else:
            said[text] = language.texts.gettext(text)
    days, months = locale.days["format"], locale.months["format"]
    symbols = locale.number_symbols["latn"]
    made = {
        "said": said,
        "numbers": {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [3],
            "currency": ["", ""],
        },
        "times": {
            "dateTime": "%x %X",
            "date": "%d.%m.%Y",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            # d3 begins with Sunday, Babel with Monday
            "days": [days["wide"][(day - 1) % 7] for day in range(7)],
            "shortDays": [days["abbreviated"][(day - 1) % 7] for day in range(7)],
            "months": [months["wide"][month] for month in range(1, 13)],
            "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
        },
    }
    text = json.dumps(made, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"window.reachlineTexts={text};\n"


def texts_of_script() -> Iterator[str | tuple[str, str]]:
    """Yield the texts that stand in report.js; of one with a plural, both forms."""
    from babel.messages.extract import extract_javascript

    keywords = {"gettext": None, "ngettext": (1, 2)}
    with Path(__file__).with_name("assets").joinpath("report.js").open("rb") as file:
        found: Any
        for found in extract_javascript(file, keywords, (), {}):
            _, function, texts, _ = found
            texts = texts if isinstance(texts, tuple) else (texts,)
            yield (texts[0], texts[1]) if function == "ngettext" else texts[0]


@cache
def runtime_script() -> str:
    """Return charts.runtime_script()."""

    def make() -> str:
        from reachline.publish.report import charts

        return charts.runtime_script()

    return _kept("charts-runtime", make)


def _kept(kind: str, make: Callable[[], str]) -> str:
    code = hashlib.sha256(Path(__file__).with_name("charts.py").read_bytes())
    for package in ("altair", "vl-convert-python"):
        code.update(f"{package} {version(package)}\n".encode())
    return kept(kind, code.hexdigest()[:16], lambda: make().encode()).decode()
