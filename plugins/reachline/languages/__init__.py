"""The language of the reader: texts through gettext's catalogues, numbers and dates by Babel.

English is the source: its texts stand in the code, and need no catalogue. Each other language is a
folder here, named as Babel names it, with LC_MESSAGES/reachline.po. `reachline.pot` beside this
file lists every text (publish/texts.py).

Which language is spoken is known to the context (`speaking`), as it is in Flask-Babel or Django: a
text is looked up where it stands, so a module's constants name theirs with `N_` alone.
"""

from __future__ import annotations

import gettext as stdlib
import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

FOLDER = Path(__file__).parent
SOURCE = "en"
MINUS = "\N{MINUS SIGN}"
_CATALOGUE = Path("LC_MESSAGES", "reachline.po")


@dataclass(frozen=True, eq=False)
class Language:
    """A language with its texts; `locale` is Babel's, None for the source."""

    code: str
    texts: stdlib.NullTranslations = field(default_factory=stdlib.NullTranslations)
    locale: Locale | None = None

    @property
    def tag(self) -> str:
        """The name that HTML and browsers know it by (BCP 47)."""
        return self.code.replace("_", "-")


_ENGLISH = Language(SOURCE)
_spoken: ContextVar[Language] = ContextVar("language", default=_ENGLISH)


def known_languages() -> tuple[str, ...]:
    """Return the languages that a report may be written in, the source first."""
    folders = (path.parents[1].name for path in FOLDER.glob(f"*/{_CATALOGUE.as_posix()}"))
    return (SOURCE, *sorted(folders))


def catalogue_of(code: str) -> Path:
    """Return the file that holds the texts of a language other than the source."""
    return FOLDER / code / _CATALOGUE


@cache
def language_named(code: str) -> Language:
    """Return a language of known_languages(); its texts are read once."""
    if code == SOURCE:
        return _ENGLISH
    # only those who speak another language wait for Babel
    from babel import Locale
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with catalogue_of(code).open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(code, stdlib.GNUTranslations(compiled), Locale.parse(code))


@contextmanager
def speaking(language: str | Language) -> Iterator[Language]:
    """Have all texts, numbers and dates of the block written in a language."""
    spoken = language_named(language) if isinstance(language, str) else language
    before = _spoken.set(spoken)
    try:
        yield spoken
    finally:
        _spoken.reset(before)


def spoken() -> Language:
    """Return the language that is spoken here."""
    return _spoken.get()


# --- texts


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Return a text as it is, for the catalogue: `gettext` looks it up where it is shown."""
    return text


def gettext(text: str, **parts: Any) -> str:
    """Return a text in the language spoken, with its `{parts}` put in, whole numbers written."""
    # the empty text is the catalogue's own head
    said = _spoken.get().texts.gettext(text) if text else ""
    return _filled(said, parts) if parts else said


def ngettext(one: str, many: str, count: int, **parts: Any) -> str:
    """Return the form of a text for a number of things; `{count}` is the number itself."""
    said = _spoken.get().texts.ngettext(one, many, int(count))
    return _filled(said, {"count": count, **parts}) if parts or "{count}" in said else said


def pgettext(context: str, text: str) -> str:
    """Return a text that means more than one thing, in the meaning that `context` names."""
    return _spoken.get().texts.pgettext(context, text)


def _filled(text: str, parts: dict[str, Any]) -> str:
    return text.format(
        **{
            name: whole(part) if isinstance(part, int) and not isinstance(part, bool) else part
            for name, part in parts.items()
        }
    )


# --- numbers and dates


def whole(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return decimal(value, 0)


def decimal(value: Any, places: int, *, sign: str = "") -> str:
    """Return a number with so many decimals; with the sign `+`, one above 0 has it."""
    if places == 0 and type(value) is int:
        text = f"{value:{sign},}"  # exact above 2**53, and in a third of the time
    else:
        text = f"{value:{sign},.{places}f}"
    locale = _spoken.get().locale
    if locale is not None and math.isfinite(value):
        plus = "+" if text.startswith("+") else ""
        # rounded as in English: the digits are the same in all languages
        text = plus + _pattern(locale, places).apply(Decimal(text.replace(",", "")), locale)
    return text.replace("-", MINUS)


@cache
def _pattern(locale: Locale, places: int) -> NumberPattern:
    """Return how a locale writes numbers of so many decimals."""
    from babel.numbers import parse_pattern

    whole_part = locale.decimal_formats[None].pattern.partition(".")[0]
    return parse_pattern(whole_part + ("." + "0" * places if places else ""))


def percent(hundredths: Any, places: int, *, sign: str = "") -> str:
    """Return a share, given in hundredths, as a percentage with so many decimals."""
    locale = _spoken.get().locale
    number = decimal(hundredths, places, sign=sign)
    if locale is None:
        return f"{number}%"
    return _around_percent(locale).format(number)


def _around_percent(locale: Locale) -> str:
    """Return what stands around the number of a percentage: `{} %` in German."""
    pattern = locale.percent_formats[None]
    return f"{pattern.prefix[0]}{{}}{pattern.suffix[0]}"


def day_text(value: date | datetime) -> str:
    """Return a day as 4 Mar 2026, a time with its hour and minute."""
    text = _by_skeleton(value, "yMMMd") or f"{value.day} {value:%b %Y}"
    return f"{text}, {value:%H:%M}" if isinstance(value, datetime) else text


def numeric_day_text(value: date) -> str:
    """Return a day in figures alone, as 2026-03-04."""
    return _by_format(value, "medium") or value.isoformat()


def long_day_text(value: date) -> str:
    """Return a day as 4 March 2026."""
    return _by_format(value, "long") or f"{value.day} {value:%B %Y}"


def month_text(value: date) -> str:
    """Return a month as March 2026."""
    return _by_format(value, "LLLL y") or f"{value:%B %Y}"


def short_day_text(value: date, today: date | None = None) -> str:
    """Return a day as 4 Mar, with its year where that is not today's."""
    if today is not None and value.year != today.year:
        return day_text(value)
    return _by_skeleton(value, "MMMd") or f"{value.day} {value:%b}"


def weekday_text(value: date) -> str:
    """Return the name of the day of the week."""
    return _by_format(value, "EEEE") or f"{value:%A}"


def _by_format(value: date, format_name: str) -> str:
    locale = _spoken.get().locale
    if locale is None:
        return ""
    from babel.dates import format_date

    return format_date(value, format_name, locale=locale)


def _by_skeleton(value: date, skeleton: str) -> str:
    locale = _spoken.get().locale
    if locale is None:
        return ""
    from babel.dates import format_skeleton

    return format_skeleton(skeleton, value, locale=locale)
