"""Search queries as the platforms write them: words, "phrases", #tags, @mentions, from:, OR, -."""

from __future__ import annotations

import re
from collections.abc import Callable

from reachline.sandbox.platforms.market import Account, Post

Test = Callable[[Post, Account], bool]

_TOKEN = re.compile(r'-?\(|\)|-?"[^"]*"|\||[^\s()|]+')


class QueryError(ValueError):
    """A query that can't be read; the text says where."""


def parse(query: str, operators: dict[str, Callable[[str], Test]] | None = None) -> Test:
    """Return what a query asks of a post; words are joined by AND, `OR` and `|` bind looser.

    `operators` gives what `name:value` asks, by name. Raises QueryError for parentheses that are
    not closed and for operators that are not given.
    """
    tokens = _TOKEN.findall(query)
    test, rest = _any(tokens, operators or {})
    if rest:
        raise QueryError(f"unexpected {rest[0]!r} in {query!r}")
    return test


def _any(tokens: list[str], operators: dict[str, Callable[[str], Test]]) -> tuple[Test, list[str]]:
    alternatives = []
    while True:
        test, tokens = _all(tokens, operators)
        alternatives.append(test)
        if not tokens or tokens[0] not in ("OR", "|"):
            break
        tokens = tokens[1:]
    return lambda post, account: any(test(post, account) for test in alternatives), tokens


def _all(tokens: list[str], operators: dict[str, Callable[[str], Test]]) -> tuple[Test, list[str]]:
    tests: list[Test] = []
    while tokens and tokens[0] not in (")", "OR", "|"):
        token, tokens = tokens[0], tokens[1:]
        if token in ("(", "-("):
            inner, tokens = _any(tokens, operators)
            if not tokens:
                raise QueryError("a parenthesis is not closed")
            tokens = tokens[1:]
        else:
            inner = _term(token.removeprefix("-"), operators)
        tests.append(_not(inner) if token.startswith("-") else inner)
    return lambda post, account: all(test(post, account) for test in tests), tokens


def _not(test: Test) -> Test:
    return lambda post, account: not test(post, account)


def _term(token: str, operators: dict[str, Callable[[str], Test]]) -> Test:
    name, colon, value = token.partition(":")
    text = token.strip('"').lower()
    if token.startswith('"'):
        return lambda post, account: text in post.text.lower()
    if token.startswith("#"):
        return lambda post, account: text[1:] in post.tags
    if token.startswith("@"):
        return lambda post, account: text[1:] in post.mentions
    if colon and operators:
        if name not in operators:
            raise QueryError(f"{name}: is no operator here")
        return operators[name](value.strip('"'))
    return lambda post, account: text in post.text.lower()
