"""How values of the database are said, and what the report adds to them."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

from reachline.warehouse.metrics import Format

NOT_REPORTED = "not reported"

OF_THE_GOAL = frozenset({"actual", "expected_to_date", "goal_value", "projected"})
"""Columns of pacing whose unit is that of the campaign's goal."""

OWN_WORDS = {
    "blocked": "Checks of the gate that failed and held the release back.",
    "change": "Rows of this release less those of the release before.",
    "checks": "Checks that the gate made.",
    "clicks": "Clicks that the source tells of, bots and its own duplicates aside.",
    "clicks_counted": "Clicks that the source tells of and that count in the reports.",
    "clicks_in_reports": "Clicks that count in the reports, whoever tells of them, in the hours "
    "that the source is compared in.",
    "cost_to_date": "What was committed for the campaign up to the end of the day, what was agreed "
    "before it began among it.",
    "failed": "Posts that broke the rule.",
    "lines": "Lines of files that were set aside for the reason in the row.",
    "not_told": "Paid posts of which it is not known yet whether they kept the rule.",
    "passed": "Checks, or posts, that passed.",
    "posts_checked": "Paid posts of which it is known whether they kept the rule.",
    "revenue_to_date": "Revenue of the orders up to the end of the day that the default method of "
    "attribution credits to the campaign, those before it began among them.",
    "rows": "Rows of the table in this release.",
    "rows_before": "Rows of the table in the release before.",
    "sample": "How many days, posts or peers the signal is made of.",
    "value": "The signal itself; its name leads to its definition.",
    "warned": "Checks of the gate that failed and do not hold the release back.",
    "weak": "Posts that kept the rule in part: a disclosure that is late or unclear, a link that "
    "is not tracked.",
}
"""Columns that the report makes itself, by counting."""

_METHODS = {
    "code_then_click": "Code, then click",
    "first_touch": "First touch",
    "last_touch": "Last touch",
    "linear": "Linear",
    "position_based": "Position-based",
    "shapley": "Shapley",
    "time_decay": "Time decay",
}


def method_label(method: str) -> str:
    """Return the name of a method of attribution in words."""
    return _METHODS.get(method) or method.replace("_", " ").capitalize()


def exact(value: object) -> str:
    """Return a value of the database as text that loses nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    return str(value)  # of a time as the database writes it, with a space


def number(value: Any, shown_as: Format | None, *, change: bool = False) -> str:
    """Return a figure as people read it, by the format of its label; None: a plain number."""
    kind = shown_as or "number"
    sign = "+" if value and (change or kind.startswith("signed")) else ""
    if change and not value:
        return "0"
    if kind.endswith("percent"):
        share = 100 * value
        places = 0 if not share or abs(share) >= 100 else 1 if abs(share) >= 1 else 2
        return _fixed(share, sign, places) + "%"
    if kind == "times":
        return _fixed(value, sign, 2) + "×"
    if kind == "money":
        return _fixed(value, sign, 2)
    if kind == "small money":
        return _fixed(value, sign, 4 if abs(value) < 1 else 2)
    if kind == "fraction":
        return _fixed(value, sign, 3)
    if value == int(value):
        return _fixed(int(value), sign, 0)
    return _fixed(value, sign, 1 if abs(value) >= 10 else 2)


def _fixed(value: Any, sign: str, places: int) -> str:
    """Return a number with so many decimals, or more where it would else be shown as 0."""
    size = abs(float(value))
    if 0 < size < 10**-places / 2:
        places = 1 - math.floor(math.log10(size))
    return f"{value:{sign},.{places}f}".replace("-", "\N{MINUS SIGN}")


def day(value: date | datetime) -> str:
    """Return a day as 4 Mar 2026, a time with its hour and minute."""
    text = f"{value.day} {value:%b %Y}"
    return f"{text}, {value:%H:%M}" if isinstance(value, datetime) else text


def short_day(value: date, today: date) -> str:
    """Return a day as 4 Mar, with its year where that is not today's."""
    return f"{value.day} {value:%b}" if value.year == today.year else day(value)


def of_all(some: int, all_of_them: int, what: str) -> str:
    """Return `2 of 5 posts`; nothing where it is all of them."""
    return f"{some:,} of {all_of_them:,} {what}" if some < all_of_them else ""


def clipped(text: str, width: int) -> str:
    """Return the beginning of a text on one line, with an ellipsis where something is left out."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
