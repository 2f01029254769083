"""The texts that stand for a person, found and taken out wherever they stand."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import quote

import regex

from reachline.forgotten import HIDDEN


class Texts:
    """Texts of a person, in whole words and any case, also as JSON, HTML and URLs write them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.plain = sorted({text for text in texts if text}, key=len, reverse=True)

    @cached_property
    def _forms(self) -> list[str]:
        return sorted({form for text in self.plain for form in _forms(text)}, key=len, reverse=True)

    @cached_property
    def _pattern(self) -> regex.Pattern[str] | None:
        if not self._forms:
            return None
        # `hashtag:anna@server` asks for a word, and may read like a handle
        return regex.compile(
            r"(?<!\w)(?<!hashtag:)\L<texts>(?!\w)", flags=regex.IGNORECASE, texts=self._forms
        )

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def without(self, text: str) -> str:
        """Return a text without them: each leaves [forgotten]."""
        return self._pattern.sub(HIDDEN, text) if self._pattern is not None else text


def _forms(text: str) -> Iterator[str]:
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield html.escape(text)
    yield html.escape(text, quote=False)
    yield quote(text, safe="")
    yield quote(text, safe="/:@")
    for line in text.splitlines():
        if len(line.strip()) >= 16:
            yield line.strip()
