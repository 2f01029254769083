"""SQL that engines take alike and understand otherwise, in what dbt compiled."""

from __future__ import annotations

import re

_NESTED = r"[^()]*(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)[^()]*)*"
_PATTERNS = {
    "QUALIFY: it is no word of Spark's": r"\bqualify\b",
    "BY ALL: it is no word of Spark's": r"\b(?:group|order)\s+by\s+all\b",
    "a name in double quotes: a text for Spark": r'"',
    "days of the week: they count from another day": r"\b(?:dayofweek|weekday|isodow)\b",
    "a fraction as a whole number: one rounds, one cuts": (
        rf"\bcast\((?!\s*(?:floor|ceil|round)\()(?={_NESTED}\sas (?:bigint|integer|int)\b)"
        rf"(?:(?!\sas (?:bigint|integer|int)\b)[^/])*?(?:/|\d\.\d|\bavg\(|\bpercentile\w*\()"
    ),
}
_COMMENT_OR_TEXT = re.compile(r"--[^\n]*|'(?:[^'\\]|''|\\.)*'")


def silent(sql: str) -> list[str]:
    """Return what a statement of Spark's dialect says that another engine takes otherwise."""
    bare = _COMMENT_OR_TEXT.sub(lambda found: "" if found[0].startswith("--") else "''", sql)
    found = [
        why for why, pattern in _PATTERNS.items() if re.search(pattern, bare, flags=re.IGNORECASE)
    ]
    return found + [f"ORDER BY {order}: where NULLs stand is open" for order in open_orders(bare)]


def open_orders(sql: str) -> list[str]:
    """Return what ascending orders leave open where NULLs stand."""
    found = []
    for order in re.finditer(r"\border by\s+", sql):
        rest = re.sub(r"\{\{.*?\}\}", "macro", sql[order.end() :], flags=re.S)
        depth, item, items = 0, "", []
        for character in rest:
            if character in ")]" and depth == 0:
                break
            depth += (character in "([") - (character in ")]")
            if character == "," and depth == 0:
                items.append(item)
                item = ""
            else:
                item += character
        items.append(re.split(r"\b(?:rows|range|groups|limit)\s|[\"]", item)[0])
        found += [
            text
            for text in (" ".join(each.split()) for each in items)
            if text and not re.search(r"\b(?:desc|nulls (?:first|last))$", text)
        ]
    return found
