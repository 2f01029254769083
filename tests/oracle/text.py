"""The text rules: comparing names, and finding hashtags, mentions, keywords and links in text."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote_plus


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


def _signs(text: str, signs: str) -> list[int]:
    """Positions after each sign that begins a tag: not in a URL, not after a word character."""
    spans = urls_in(text)
    return [
        i + 1
        for i, char in enumerate(text)
        if char in signs
        and not any(start <= i < end for start, end in spans)
        and (i == 0 or not is_wordy(text[i - 1]))
    ]


def hashtag_places(text: str | None, signs: str = "#") -> list[tuple[int, str]]:
    """Each hashtag of a text in order, with the index of its sign."""
    found = []
    for start in _signs(text or "", signs):
        end = start
        while end < len(text) and _is_part(text[end]):
            end += 1
        name = text[start:end]
        if any(not is_digit(char) for char in name):
            found.append((start - 1, fold(name)))
    return found


def _is_part(char: str) -> bool:
    return is_wordy(char) or is_mark(char)


def hashtags_in(text: str | None, listed: list[str] | None = None) -> list[str]:
    """The hashtags of a text; where a listed one stands, the rule for text finds no part of it."""
    return distinct(
        [
            name
            for place, name in hashtag_places(text)
            if not any(_begins(fold((text or "")[place + 1 :]), tag, name) for tag in listed or [])
        ]
    )


def _begins(rest: str, tag: str, name: str) -> bool:
    """Whether a text begins with a listed hashtag, of which the rule for text finds a part."""
    after = rest[len(tag) :][:1]
    return len(tag) > len(name) and rest.startswith(tag) and not (after and _is_part(after))


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


def _places(folded: str, phrase: str) -> list[int]:
    """Where some words stand that do not stand inside a word."""
    found, at = [], folded.find(phrase)
    while at >= 0:
        before, after = folded[at - 1 : at] if at else "", folded[at + len(phrase) :][:1]
        if not (_joins(phrase[0]) and _joins(before)) and not (
            _joins(phrase[-1]) and _joins(after)
        ):
            found.append(at)
        at = folded.find(phrase, at + 1)
    return found


def has_keyword(text: str | None, keyword: str) -> bool:
    """Whether some words stand in a text, whatever their case, and not inside a word."""
    return bool(_places(fold(text or ""), fold(keyword)))


def without_urls(text: str | None) -> str:
    """A text with blanks in place of its URLs."""
    text = text or ""
    for start, end in urls_in(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def names(text: str | None, keywords: list[str], exclude: list[str]) -> bool:
    """Whether a keyword stands in a text, URLs aside, and no excluded term beside it."""
    said = without_urls(text)
    is_excluded = any(has_keyword(said, term) for term in exclude)
    return not is_excluded and any(has_keyword(said, word) for word in keywords)


def phrase_places(text: str | None, phrase: str) -> list[int]:
    """The indexes in a text, as it was given, of some words not inside a word or URL."""
    text = without_urls(text)
    lengths = [len(unicodedata.normalize("NFC", text[:n])) for n in range(1, len(text) + 1)]
    return [
        next(n for n, length in enumerate(lengths) if length > at)
        for at in _places(fold(text), phrase)
    ]


_WITHIN_A_THOUGHT = " \t\u00a0\"\u201c\u201d\u00ab\u00bb()[]*#@'\u2019"


def words_before(text: str, place: int, count: int) -> str:
    """The part of a text that holds the last so many words before a place, of one thought.

    A line end, an emoji, a dash and every sign but quotes, brackets and those of hashtags and
    handles end a thought; a hyphen within a word does not.
    """
    at, inside = place, False
    while at > 0:
        is_part = _is_part(text[at - 1]) or text[at - 1] in "'\u2019"
        is_hyphen = text[at - 1] == "-" and _is_part(text[at - 2 : at - 1])
        if not is_part and not is_hyphen and text[at - 1] not in _WITHIN_A_THOUGHT:
            break
        if is_part and not inside:
            count -= 1
            if count < 0:
                break
        inside = is_part
        at -= 1
    return text[at:place]


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
    """The query parameters of a URL, decoded as forms are, trimmed, lower case; no empty ones."""
    if not url:
        return {}
    pairs = [part.partition("=") for part in split_url(url)[2].split("&")]
    values = {name: lower(unquote_plus(value).strip()) for name, _, value in reversed(pairs)}
    return {name: value for name, value in values.items() if value}


def canonical(url: str | None) -> str | None:
    """What two URLs have in common that are compared as text."""
    if not url or not url.strip():
        return None
    host, path, _ = split_url(url)
    for prefix in ("www.", "m."):
        host = host.removeprefix(prefix)
    return host + path.removesuffix("/")


def post_of(url: str | None) -> tuple[str, str] | None:
    """The platform and id of a post that a URL of its platform's forms means."""
    if not url or not url.strip():
        return None
    if url.strip().startswith("at://"):
        parts = url.strip().removeprefix("at://").split("/")
        is_post = len(parts) == 3 and parts[1] == "app.bsky.feed.post" and parts[2]
        return ("bluesky", parts[2]) if is_post else None
    host, path, query = split_url(url)
    for prefix in ("www.", "m.", "mobile."):
        host = host.removeprefix(prefix)
    parts = [part for part in path.split("/") if part]
    for platform, hosts, read in FORMS:
        if host in hosts and (found := read(host, parts, query)):
            return platform, found
    found = _mastodon(split_url(url)[0], parts)
    return ("mastodon", found) if found else None


def _after(parts: list[str], *names: str) -> str | None:
    """The part that follows the first of some names at the beginning of a path."""
    return parts[1] if len(parts) > 1 and parts[0] in names else None


def _digits(found: str | None) -> str | None:
    return found if found and found.isascii() and found.isdigit() else None


def _x(host: str, parts: list[str], query: str) -> str | None:
    after_user = parts[2:] if parts[:2] == ["i", "web"] else parts[1:]
    return _digits(_after(after_user, "status", "statuses"))


def _instagram(host: str, parts: list[str], query: str) -> str | None:
    names = ("p", "reel", "reels", "tv")
    return _after(parts, *names) or _after(parts[1:], *names)


def _youtube(host: str, parts: list[str], query: str) -> str | None:
    if host == "youtu.be":
        return parts[0] if parts else None
    if parts == ["watch"]:
        return dict(part.split("=", 1) for part in query.split("&") if "=" in part).get("v")
    return _after(parts, "shorts", "live", "embed")


def _tiktok(host: str, parts: list[str], query: str) -> str | None:
    if parts[:1] == ["v"]:
        return _digits((_after(parts, "v") or "").removesuffix(".html"))
    is_by_user = bool(parts) and parts[0].startswith("@")
    return _digits(_after(parts[1:], "video", "photo")) if is_by_user else None


def _bluesky(host: str, parts: list[str], query: str) -> str | None:
    return _after(parts[2:], "post") if parts[:1] == ["profile"] else None


def _threads(host: str, parts: list[str], query: str) -> str | None:
    is_by_user = bool(parts) and parts[0].startswith("@")
    return _after(parts, "t") or (_after(parts[1:], "post") if is_by_user else None)


def _reddit(host: str, parts: list[str], query: str) -> str | None:
    if host == "redd.it":
        return parts[0] if len(parts) == 1 else None
    return _after(parts[2:] if parts[:1] in (["r"], ["user"], ["u"]) else parts, "comments")


def _mastodon(host: str, parts: list[str]) -> str | None:
    """Host, user and id: `/@user/id` or `/users/user/statuses/id`."""
    user = ""
    if len(parts) == 2 and parts[0].startswith("@"):
        user = parts[0][1:]
    elif len(parts) == 4 and (parts[0], parts[2]) == ("users", "statuses"):
        user = parts[1]
    return f"{host}/{lower(user)}/{parts[-1]}" if user and _digits(parts[-1]) else None


# platform, its hosts without www., m. and mobile., and what reads a path
FORMS = (
    ("x", ("x.com", "twitter.com"), _x),
    ("instagram", ("instagram.com",), _instagram),
    ("youtube", ("youtube.com", "youtu.be"), _youtube),
    ("tiktok", ("tiktok.com",), _tiktok),
    ("bluesky", ("bsky.app",), _bluesky),
    ("threads", ("threads.net", "threads.com"), _threads),
    ("reddit", ("reddit.com", "old.reddit.com", "new.reddit.com", "redd.it"), _reddit),
)


def link_keys(url: str | None) -> set[tuple[str, str]]:
    """What a link of a deliverable is met by: a platform and an id, else its own text."""
    if found := post_of(url):
        return {found}
    written = canonical(url)
    return {("", written)} if written else set()


def post_keys(platform: str, native_id: str, permalink: str | None) -> set[tuple[str, str]]:
    """All by which links meet a post: its id, and what its permalink or an id with a URL says."""
    keys = {(platform, native_id)} | link_keys(permalink)
    if "://" in native_id:
        keys |= link_keys(native_id)
    return keys


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
