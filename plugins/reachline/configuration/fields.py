"""The kinds of values that a configuration holds: how each is read, compared and refused."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
)

from reachline.configuration.currencies import ISO_4217
from reachline.configuration.problems import mistake, suggest

ANY = "*"
"""Stands for every platform, or source, that has no row of its own."""


def lower(text: str) -> str:
    """Return `text` in lower case, one code point for one, as DuckDB's `lower` has it."""
    # str.lower knows a final sigma and makes two code points of U+0130; the engine does neither
    return text.replace("\u0130", "i").replace("Σ", "σ").lower()


_SPACES = (*range(9, 14), 32, 133, 160, 5760, 8232, 8233, 8239, 8287, 12288)
_NO_WIDTH = (6158, 8288, *range(8234, 8239), *range(8294, 8298), 65279)
BLANKS = "".join(map(chr, (*_SPACES, *_NO_WIDTH, *range(8192, 8208))))
"""What does not count around a value: white space, and what has no width."""


def normalize(text: str) -> str:
    """Return a handle, hashtag or code as it is compared: trimmed, bare, NFC, lower case."""
    bare = text.strip(BLANKS).lstrip("@#").strip(BLANKS)
    return lower(unicodedata.normalize("NFC", bare))


def _not_empty(text: str) -> str:
    if not text:
        raise mistake("is empty", "write a text, or remove it")
    return text


def is_bare(text: str) -> bool:
    """Return whether a text is no more than a handle: without spaces and no URL."""
    return re.search(r"\s|/", text) is None


def _handle(text: str) -> str:
    if not is_bare(text):
        raise mistake("is not a handle", "write the bare name, without spaces and without a URL")
    return text


def _hashtag(text: str) -> str:
    # what joins words inside a hashtag on platforms that list them: the dots of Catalan and
    # Japanese, the joiners of Persian and Hindi
    inner = text.translate(dict.fromkeys(map(ord, "·・\u200c\u200d"), "_"))
    if text.isdigit() or inner.strip("_") == "" or not all(map(is_word_char, inner)):
        remedy = "write letters, digits and _ only, with at least one that is not a digit"
        raise mistake("is not a hashtag", remedy)
    return text


def _language(text: str) -> str:
    if text != ANY and not re.fullmatch(r"[a-z]{2,3}", text):
        raise mistake("is not a language", "write a code such as en or de, or * for every language")
    return text


def _one_language(text: str) -> str:
    if text == ANY:
        raise mistake("is not a language", "write codes such as en|de, or leave the cell empty")
    return text


def _language_list(value: Any) -> Any:
    """Return the languages of a cell such as `en|de`; none of an empty one."""
    return tuple(filter(None, (value or "").split("|"))) if isinstance(value, str | None) else value


def is_word_char(char: str) -> bool:
    """Return True for a letter, mark, digit or `_` of any script."""
    return char == "_" or unicodedata.category(char)[0] in "LM" or char.isdecimal()


def _token(text: str) -> str:
    if text.startswith("#"):
        bare = text[1:]
        is_tag = all(map(is_word_char, bare)) and not all(map(str.isdecimal, bare))
        if not is_tag or unicodedata.category(bare[0])[0] == "M":
            remedy = "write # and letters, digits and _ with at least one that is not a digit"
            raise mistake("is not a hashtag", remedy)
    elif not any(map(is_word_char, text)):
        raise mistake("holds no letter", "write a hashtag such as #ad, or words")
    return text


def _domain(text: str) -> str:
    if not re.fullmatch(r"([\w-]+\.)+[\w-]{2,}", text):
        raise mistake("is not a domain", "write the host alone, such as acmecoffee.example")
    return text


def _currency(text: str) -> str:
    if text not in ISO_4217:
        remedy = suggest(text.upper(), sorted(ISO_4217), "write a code such as EUR, GBP or USD")
        raise mistake("is not a currency of ISO 4217", remedy)
    return text


_time_zones = cache(available_timezones)


def _time_zone(text: str) -> str:
    known = _time_zones()
    if text not in known:
        remedy = suggest(text, sorted(known), "write a name such as UTC or Europe/Berlin")
        raise mistake("is not a time zone of the IANA database", remedy)
    return text


def six_decimals(value: Decimal) -> Decimal:
    """Return the value; a mistake where it has more than 6 decimals."""
    if value != round(value, 6):
        raise mistake("has more than 6 decimals", "round it to 6 decimals")
    return value


def _without_repeats(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


trimmed, bare = BeforeValidator(_strip), AfterValidator(normalize)
nonempty, distinct = AfterValidator(_not_empty), AfterValidator(_without_repeats)

Text = Annotated[str, trimmed, nonempty]
Word = Annotated[str, trimmed, AfterValidator(lower), nonempty]
PlatformName = Word
Handle = Annotated[str, bare, nonempty, AfterValidator(_handle)]
Hashtag = Annotated[str, bare, nonempty, AfterValidator(_hashtag)]
Keyword = Annotated[str, trimmed, AfterValidator(lambda t: lower(unicodedata.normalize("NFC", t)))]
Language = Annotated[Word, AfterValidator(_language)]
Languages = Annotated[
    tuple[Annotated[Language, AfterValidator(_one_language)], ...], BeforeValidator(_language_list)
]
Token = Annotated[Keyword, nonempty, AfterValidator(_token)]
Domain = Annotated[Word, AfterValidator(_domain)]
Currency = Annotated[str, trimmed, AfterValidator(_currency)]
TimeZone = Annotated[str, trimmed, AfterValidator(_time_zone)]
Share = Annotated[StrictFloat, Field(ge=0, le=1, allow_inf_nan=False)]


class Strict(BaseModel):
    """A frozen model that knows its fields and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _cron(text: str) -> str:
    if len(text.split()) != 5:
        remedy = 'write five fields, such as "0 */6 * * *"'
        raise mistake("is not a cron expression", remedy)
    return text


Cron = Annotated[Text, AfterValidator(_cron)]


def _ascending(steps: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    ages = [age for age, _ in steps]
    days = [day for step in steps for day in step]
    if ages != sorted(set(ages)) or min(days, default=1) < 1:
        remedy = "write pairs of days of 1 or more, ages ascending, such as [[7, 1], [30, 7]]"
        raise mistake("are no steps", remedy)
    return steps


Reread = Annotated[tuple[tuple[StrictInt, StrictInt], ...], AfterValidator(_ascending)]
