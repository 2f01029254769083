"""The text rules: comparing names, and finding hashtags, mentions, keywords and links in text."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote


def lower(text: str) -> str:
    """Lower case by the simple mapping of each code point, so that no context decides (Σ → σ)."""
    return "".join(char.lower()[:1] if len(char.lower()) > 1 else char.lower() for char in text)


def fold(text: str) -> str:
    """NFC and lower case: how names and texts are compared."""
    return lower(unicodedata.normalize("NFC", text))


def handle(text: str) -> str:
    text = text.strip()
    return fold(text[1:] if text[:1] in ("@", "#") else text).strip()


hashtag = code = handle


def is_letter(char: str) -> bool:
    return unicodedata.category(char).startswith("L")


def is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def is_digit(char: str) -> bool:
    return unicodedata.category(char) == "Nd"


def is_wordy(char: str) -> bool:
    return is_letter(char) or is_digit(char) or char == "_"


def urls_in(text: str) -> list[tuple[int, int]]:
    """Where the URLs of a text begin and end: from http(s):// to the next white space."""
    spans, at = [], 0
    small = text.lower() if len(text.lower()) == len(text) else lower(text)
    while True:
        starts = [i for i in (small.find("http://", at), small.find("https://", at)) if i >= 0]
        if not starts:
            return spans
        start = min(starts)
        end = start
        while end < len(text) and not text[end].isspace():
            end += 1
        spans.append((start, end))
        at = end


def _signs(text: str, sign: str) -> list[int]:
    """Positions after each sign that begins a tag: not in a URL, not after a word character."""
    spans = urls_in(text)
    return [
        i + 1
        for i, char in enumerate(text)
        if char == sign
        and not any(start <= i < end for start, end in spans)
        and (i == 0 or not is_wordy(text[i - 1]))
    ]


def hashtag_places(text: str | None) -> list[tuple[int, str]]:
    """Each hashtag of a text in order, with the index of its sign."""
    found = []
    for start in _signs(text or "", "#"):
        end = start
        while end < len(text) and (is_wordy(text[end]) or is_mark(text[end])):
            end += 1
        name = text[start:end]
        if any(not is_digit(char) for char in name):
            found.append((start - 1, fold(name)))
    return found


def hashtags_in(text: str | None) -> list[str]:
    return distinct([name for _, name in hashtag_places(text)])


def _dotted(text: str, start: int, also: str = "") -> int:
    """End of a run of word characters with inner dots (and `also` signs) from `start`."""
    end = start
    while end < len(text):
        inner = text[end] in "." + also and end > start
        follows = text[end + 1 : end + 2]
        if is_wordy(text[end]) or (inner and follows and is_wordy(follows)):
            end += 1
        else:
            break
    return end


def mentions_in(text: str | None, platform: str) -> list[str]:
    found = []
    for start in _signs(text or "", "@"):
        end = _dotted(text, start)
        if end == start:
            continue
        if platform == "mastodon" and text[end : end + 1] == "@":
            host = _dotted(text, end + 1, "-")
            end = host if host > end + 1 else end
        found.append(fold(text[start:end]))
    return distinct(found)


# scripts that set no spaces between words, or end words without one
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


def _joins(char: str) -> bool:
    """Whether a character next to another makes one word of them; an emoji's look does not."""
    if not char or unicodedata.name(char, "").startswith((*UNSPACED, "VARIATION SELECTOR")):
        return False
    return is_wordy(char) or (is_mark(char) and char != "\u20e3")


def _place(folded: str, phrase: str) -> int | None:
    """The index of the first of some words that do not stand inside a word."""
    at = 0
    while (at := folded.find(phrase, at)) >= 0:
        before, after = folded[at - 1 : at] if at else "", folded[at + len(phrase) :][:1]
        if not (_joins(phrase[0]) and _joins(before)) and not (
            _joins(phrase[-1]) and _joins(after)
        ):
            return at
        at += 1
    return None


def has_keyword(text: str | None, keyword: str) -> bool:
    """Whether some words stand in a text, whatever their case, and not inside a word."""
    return _place(fold(text or ""), fold(keyword)) is not None


def phrase_place(text: str | None, phrase: str) -> int | None:
    """The index in a text, as it was given, of the first of some words not inside a word or URL."""
    text = text or ""
    for start, end in urls_in(text):
        text = text[:start] + " " * (end - start) + text[end:]
    at = _place(fold(text), phrase)
    if at is None:
        return None
    given = range(1, len(text) + 1)
    return next(n for n in given if len(unicodedata.normalize("NFC", text[:n])) > at) - 1


def links_in(text: str | None) -> list[str]:
    return [text[start:end] for start, end in urls_in(text or "")]


def split_url(url: str) -> tuple[str, str, str]:
    """Host (lower case, no port), path and query of a URL, with or without a scheme."""
    url = url.strip()
    rest = url.split("://", 1)[1] if "://" in url else url
    rest = rest.split("#", 1)[0]
    rest, _, query = rest.partition("?")
    host, slash, path = rest.partition("/")
    host = host.rsplit("@", 1)[-1].split(":", 1)[0]
    return lower(host), slash + path, query


def host_of(url: str) -> str:
    return split_url(url)[0]


def is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def parameters(url: str | None) -> dict[str, str]:
    """The query parameters of a URL, percent-decoded, trimmed, lower case; no empty ones."""
    if not url:
        return {}
    pairs = [part.partition("=") for part in split_url(url)[2].split("&")]
    values = {name: lower(unquote(value).strip()) for name, _, value in reversed(pairs)}
    return {name: value for name, value in values.items() if value}


def canonical(url: str | None) -> str | None:
    """What two URLs of one post have in common."""
    if not url or not url.strip():
        return None
    host, path, query = split_url(url)
    for prefix in ("www.", "m."):
        host = host.removeprefix(prefix)
    if host.removeprefix("mobile.") in ("x.com", "twitter.com"):
        parts = path.replace("/i/web/", "/i/", 1).split("/")
        if len(parts) > 3 and parts[2] in ("status", "statuses") and parts[3].isdigit():
            return f"x:{parts[3]}"
    video = None
    if host == "youtu.be":
        video = path.strip("/").split("/")[0]
    elif host == "youtube.com" and path.startswith("/shorts/"):
        video = path.removeprefix("/shorts/").split("/")[0]
    elif host == "youtube.com" and path.rstrip("/") == "/watch":
        video = dict(part.split("=", 1) for part in query.split("&") if "=" in part).get("v")
    return f"youtube:{video}" if video else host + path.removesuffix("/")


def has_address(text: str | None) -> bool:
    """Whether a text holds what might be an e-mail address or a phone number."""
    text = text or ""
    for i, char in enumerate(text):
        if char == "@" and i and not text[i - 1].isspace() and "." in text[i:].split()[0]:
            return True
    run = 0
    for char in text:
        if char.isdigit():
            run += 1
            if run >= 7:
                return True
        elif char not in " -.()/+":
            run = 0
    return False


def distinct(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))
