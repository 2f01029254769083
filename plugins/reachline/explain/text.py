"""An explanation as text for people: plain, aligned, at most 100 columns wide."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from reachline.explain.answers import Answer, Figure
from reachline.explain.facts import Section
from reachline.warehouse.metrics import metric_and_age

WIDTH = 100
_NARROWEST = 12

_LEFT_OUT = {
    "bot": "of bots",
    "duplicate": "less than 30 minutes after the previous one of the same link and visitor",
    "other_door": "another source tells of the link's clicks on that day, and counts",
    "collaboration_not_live": "on links of collaborations that are not live",
}
_LOST = {
    "another_touch": "another touch has the credit",
    "click_after_the_order": "clicked after the order",
    "click_too_long_ago": "clicked longer before the order than the window",
    "collaboration_not_live": "the collaboration is not live",
    "click_of_a_bot": "the click is a bot's",
    "click_a_duplicate": "the click is a duplicate, and the one before it too early",
    "click_is_no_touch": "!! a valid click in time that is no touch: tell the owner of the models",
}


def as_text(answer: Answer) -> str:
    """Return the explanation, without a last line break."""
    return "\n".join(line.rstrip() for line in _lines(answer))


def _lines(answer: Answer) -> Iterator[str]:
    question, run = answer.question, answer.run
    key = ", ".join(
        f"{name.removesuffix('_id').replace('date_day', 'day')} {value}"
        for name, value in question.key.items()
    )
    yield from _wrapped(f"{question.table}: {key}")
    yield (
        f"release {answer.release_id}, the night of {run['logical_date']}, "
        f"days of {run['time_zone']}, money in {run['currency']}"
    )
    yield from _of_collaborations(answer.collaborations)
    yield ""
    if question.metric is None:
        yield from _all_figures(answer)
    else:
        yield from _one_figure(answer)
        for kind, section in answer.sections.items():
            yield ""
            yield from _SECTIONS[kind](section)
    yield ""
    if answer.wrong:
        yield "!! THE RELEASE IS NOT WHAT ITS FACTS GIVE:"
        for figure in answer.wrong:
            yield from _wrapped(
                f"{figure.name} is published as {_unrounded(figure.published)}, and the facts of "
                f"core give {_unrounded(figure.recomputed)}.",
                "!! ",
            )
        yield from _wrapped(
            "Do not use it. Run its night again; if it stays so, the table and its facts were not "
            "built from the same landing zone, or a model is wrong: tell its owner.",
            "!! ",
        )
    elif question.metric is None:
        yield (
            "The facts of core give every figure as it is published. --metric NAME shows those "
            "of one."
        )
    else:
        yield "The facts of core give these figures as they are published."


def _of_collaborations(section: Section) -> Iterator[str]:
    count, live = section["count"], section["live"]
    if not count:
        yield "no collaboration"
        return
    names = ", ".join(
        row["collaboration_id"] + ("" if row["is_live"] else " (not live)")
        for row in section["collaborations"]
    )
    more = count - len(section["collaborations"])
    yield from _wrapped(
        f"{_number(count, 'collaboration')}, {live} live: {names}"
        + (f" and {more} more" if more else "")
    )


def _all_figures(answer: Answer) -> Iterator[str]:
    rows = [
        (figure.name, _value(figure.published, figure.unit), _how(figure))
        for figure in answer.figures
    ]
    yield from _table(("figure", "value", "how it comes about"), rows, "<><")


def _how(figure: Figure) -> str:
    said = figure.formula if figure.because is None else f"NULL: {figure.because}"
    return said if figure.is_same else f"!! THE FACTS GIVE {_unrounded(figure.recomputed)}. {said}"


def _one_figure(answer: Answer) -> Iterator[str]:
    figure, *parts = answer.figures
    yield f"{figure.name} = {_value(figure.published, figure.unit)}"
    yield from _wrapped(f"= {figure.formula}", "  ")
    filled = _filled(figure, {part.name: part.unit for part in parts})
    if filled is not None:
        yield from _wrapped(f"= {filled}", "  ")
    if figure.because is not None:
        yield from _wrapped(f"NULL because: {figure.because}", "  ")
    if figure.parts:
        known = {part.name: part for part in parts}
        rows = []
        for name, value in figure.parts.items():
            part = known.get(name)
            unit = part.unit if part else None
            how = _how(part) if part else _MADE_OF.get(metric_and_age(name)[0])
            rows.append((name, _value(value, unit), how or ""))
            if name == "impressions_in_ratios" and "impressions_basis" in known:
                basis = known["impressions_basis"].published
                rows.append(("impressions_basis", _value(basis), "what the posts of the sum have"))
        yield ""
        yield from _table(("made of", "value", "how it comes about"), rows, "<><")


def _filled(figure: Figure, units: Mapping[str, str | None]) -> str | None:
    """Return the formula with values for names; None where it is no formula over its parts."""
    found = figure.formula
    for name, value in figure.parts.items():
        if name.startswith("profit_coverage") or name == "orders_covered":
            continue
        found, times = re.subn(rf"\b{name}\b", _value(value, units.get(name)), found)
        if not times:
            return None
    return found if figure.parts else None


_MADE_OF = {
    "profit_coverage_min": "config/thresholds.yml, as this release was made with",
    "revenue_of_known_profit": "attributed revenue of the orders whose profit is known",
    "posts_with_impressions": "paid posts whose impressions are known, or views that stand in",
    "starts_on": "the campaign's first day",
    "last_on": "30 days past its last, at most the logical date",
    "orders_from": "the first day on which landing tells of orders (meta.coverage)",
    "clicks_from": "the first day on which landing tells of clicks (meta.coverage)",
    "posts_with_views": "paid posts whose views stand in for impressions",
    "engagements_public": "the counts that every public post of the platform carries",
    "followers_at_post": "the account's last profile at or before the post, else the first after",
}


def _orders(section: Section) -> Iterator[str]:
    yield from _heading(
        f"{_number(section['count'], 'order')} with credit",
        section["orders"],
        section["count"],
        "those with the most revenue",
    )
    if section["count"]:
        yield from _wrapped(
            f"credit {_credit(section['credit_of_clicks'])} of clicks and "
            f"{_credit(section['credit_of_codes'])} of codes; revenue unknown (no exchange rate) "
            f"of {section['without_revenue']}, profit unknown (no cost of goods, or no rate) of "
            f"{section['without_profit']}",
            "  ",
        )
    yield from _window(section)
    if section["half_life_days"] is not None:
        half_life = _number(section["half_life_days"], "day")
        yield from _wrapped(
            f"half-life: the weight of a touch halves in {half_life} (config/thresholds.yml)", "  "
        )
    for order in section["orders"]:
        yield ""
        yield from _order(order)
    lost = section["without_credit"]
    yield ""
    yield from _heading(
        f"{_number(lost['count'], 'order')} of the same visitors and codes without credit",
        lost["orders"],
        lost["count"],
        "the largest",
    )
    for reason, count in lost["by_reason"].items():
        yield f"  {count:>7,}  {_LOST[reason]}"
    rows = [
        (
            order["order_id"],
            _time(order["ordered_at"]),
            _value(order["net_revenue"], "money"),
            _winners(order) if order["reason"] == "another_touch" else _LOST[order["reason"]],
        )
        for order in lost["orders"]
    ]
    if rows:
        yield ""
        yield from _table(("order", "when (UTC)", "net_revenue", "why"), rows, "<<><", "  ")


def _window(section: Section) -> Iterator[str]:
    """Tell how long before an order a click counts, where the campaign is known."""
    if section["window_days"] is not None:
        yield from _wrapped(
            f"window: clicks count for orders of {_number(section['window_days'], 'day')} after "
            "them (the campaign's own, else config/thresholds.yml)",
            "  ",
        )


def _order(order: Mapping[str, Any]) -> Iterator[str]:
    yield from _wrapped(
        f"order {order['order_id']}, {_time(order['ordered_at'])}, visitor "
        f"{order['visitor_id'] or 'unknown'}",
        "  ",
    )
    gift_cards = (
        f"{_money(order['gift_card_amount'])} gift cards - " if order["gift_card_amount"] else ""
    )
    yield from _wrapped(
        f"{_money(order['gross_amount'])} gross - {_money(order['discount_amount'])} discount - "
        f"{gift_cards}"
        f"{_money(order['refunded_amount'])} refunds = {_money(order['net_amount'])} "
        f"{order['currency']}",
        "    ",
    )
    for refund in order["refunds"]:
        yield from _wrapped(
            f"refund {refund['refund_id']} of {refund['refunded_on']}: {_money(refund['amount'])}",
            "      ",
        )
    rate = f"{_rate(order)}: " if order["is_converted"] else ""
    yield from _wrapped(
        f"{rate}net_revenue {_money(order['net_revenue'])}, "
        f"gross_profit {_money(order['gross_profit'])}",
        "    ",
    )
    yield from _wrapped(
        f"here: credit {_credit(order['credit'])}, revenue {_money(order['attributed_revenue'])}, "
        f"profit {_money(order['attributed_profit'])}",
        "    ",
    )
    rows = [
        (
            touch["touch_number"],
            _time(touch["touched_at"]),
            f"{touch['kind']} {touch['key']}",
            touch["collaboration_id"] + ("" if touch["is_counted"] else " (another's)"),
            _credit(touch["credit"]) if touch["credit"] is not None else "none",
            _money(touch["attributed_revenue"]) if touch["credit"] is not None else "",
            _money(touch["attributed_profit"]) if touch["credit"] is not None else "",
        )
        for touch in order["touches"]
    ]
    yield from _table(
        ("", "touched at (UTC)", "touch", "collaboration", "credit", "revenue", "profit"),
        rows,
        "><<<>>>",
        "    ",
    )


def _winners(order: Mapping[str, Any]) -> str:
    went = "; ".join(
        f"{touch['kind']} {touch['key']} of {touch['collaboration_id']} "
        f"({_time(touch['touched_at'])})"
        for touch in order["went_to"]
    )
    return f"all credit to {went}"


def _touches(section: Section) -> Iterator[str]:
    yield from _heading(
        f"{_number(section['count'], 'order')} with a click touch",
        section["orders"],
        section["count"],
        "the newest",
    )
    yield from _wrapped(
        f"{_number(section['touches'], 'click')} led to them; "
        f"{_number(section['orders_by_code_alone'], 'order')} with a code alone "
        "not counted here",
        "  ",
    )
    yield from _window(section)
    rows = [
        (
            order["order_id"],
            order["ordered_on"],
            ", ".join(
                f"{click['click_id']} of {click['collaboration_id']}" for click in order["clicks"]
            ),
        )
        for order in section["orders"]
    ]
    yield from _table(("order", "day", "clicks"), rows, "<<<", "  ")


def _clicks(section: Section) -> Iterator[str]:
    header = ("click", "clicked at (UTC)", "link", "collaboration", "visitor")

    def cells(click: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            click["click_id"],
            _time(click["clicked_at"]),
            click["link_id"],
            click["collaboration_id"],
            click["visitor_id"] or "unknown",
        )

    yield from _heading(
        f"{_number(section['count'], 'valid click')}",
        section["clicks"],
        section["count"],
        "the newest",
    )
    yield from _table(header, [cells(click) for click in section["clicks"]], "<<<<<", "  ")
    out = section["left_out"]
    yield ""
    yield from _heading(
        f"{_number(out['count'], 'click')} left out", out["clicks"], out["count"], "the newest"
    )
    for reason, count in out["by_reason"].items():
        yield f"  {count:>7,}  {_LEFT_OUT[reason]}"
    rows = [
        (*cells(click), click["left_out_as"].replace("collaboration_", "").replace("_", " "))
        for click in out["clicks"]
    ]
    yield from _table((*header, "why"), rows, "<<<<<<", "  ")
    nobody = section["of_nobody"]
    yield from _wrapped(
        f"Of everybody's clicks, {nobody['link_unknown']:,} have no link that is known, and "
        f"{nobody['collaboration_unknown']:,} a link whose collaboration is not: whose they are, "
        "nobody can tell.",
        "  ",
    )


def _costs(section: Section) -> Iterator[str]:
    yield from _heading(
        f"{_number(section['count'], 'cost')}, {section['committed']} in cost_committed, "
        f"{section['paid']} in cost_paid"
        + (f", {section['without_rate']} without a rate" if section["without_rate"] else ""),
        section["costs"],
        section["count"],
        "the oldest",
    )
    for cost in section["costs"]:
        counts = " and ".join(
            name
            for name, holds in (
                ("committed", cost["is_committed_cost"]),
                ("paid", cost["is_paid_cost"]),
            )
            if holds and cost["amount"] is not None
        )
        yield from _wrapped(
            f"{cost['incurred_on']}  {_money(cost['amount']):>12}  {cost['cost_id']}", "  "
        )
        is_named = cost["cost_id"].endswith(f":{cost['collaboration_id']}")
        of = "" if is_named else f" of {cost['collaboration_id']}"
        yield from _wrapped(
            f"{cost['kind']}{of}, {cost['status']}: {_money(cost['original_amount'])} "
            f"{cost['currency']}{f', {_rate(cost)}' if cost['is_converted'] else ''}",
            "              ",
        )
        yield from _wrapped(f"counts as {counts or 'nothing'}: {cost['because']}", "              ")


def _posts(section: Section) -> Iterator[str]:
    yield from _heading(
        _number(section["count"], "paid post"),
        section["posts"],
        section["count"],
        "those with the most engagements",
    )
    for post in section["posts"]:
        yield ""
        yield from _wrapped(
            f"post {post['post_id']} of {post['collaboration_id']}, {post['published_on']}, "
            f"{post['content_type'] or 'content type unknown'}",
            "  ",
        )
        if post["permalink"]:
            yield from _wrapped(post["permalink"], "    ")
        basis = post["impressions_basis"]
        yield from _wrapped(
            f"engagements {_value(post['engagements'])}, reach {_value(post['reach'])}, "
            f"impressions {_value(post['impressions_counted'])}"
            f"{f' (its {basis})' if basis else ''}, emv {_money(post['emv'])}",
            "    ",
        )
        rows = [
            (
                each["metric"],
                _value(each["number"]),
                "" if each["paid_number"] is None else _value(each["paid_number"]),
                _time(each["observed_at"]),
                "none"
                if each["emv_rate"] is None
                else f"{_credit(each['emv_rate'])} {each['emv_currency']}"
                + (", of all types" if each["emv_content_type"] == "*" else ""),
                "" if each["emv_rate"] is None else _money(each["emv"]),
            )
            for each in post["metrics"]
        ]
        yield from _table(
            ("metric", "last value", "by advertising", "measured at (UTC)", "worth each", "emv"),
            rows,
            "<>><<>",
            "    ",
        )


def _days(section: Section) -> Iterator[str]:
    yield from _heading(
        f"{_number(section['count'], 'paid post')} measured on that day, "
        f"{section['without_change']} without a measure before",
        section["posts"],
        section["count"],
        "those that changed most",
    )
    rows = [
        (
            post["post_id"],
            post["collaboration_id"],
            _value(post["engagements"]),
            _value(post["engagements_change"]),
        )
        for post in section["posts"]
    ]
    yield from _table(("post", "collaboration", "engagements", "change"), rows, "<<>>", "  ")


def _ages(section: Section) -> Iterator[str]:
    yield f"{_number(section['count'], 'snapshot')} at 1, 7 and 30 days of age"
    for snapshot in section["snapshots"]:
        yield ""
        yield from _wrapped(
            f"at {snapshot['age_days']} d, measured {_time(snapshot['observed_at'])}, "
            f"{'complete' if snapshot['is_complete'] else 'not complete: no rates'}",
            "  ",
        )
        counts = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
        of_rates = ("engagements", "engagements_public", "organic_views", "organic_reach")
        for names in (counts, (*of_rates, "followers_at_post")):
            yield from _wrapped(
                ", ".join(f"{name} {_value(snapshot[name])}" for name in names), "    "
            )


def _text_of_post(section: Section) -> Iterator[str]:
    post = section["post"]
    label = {True: "carries", False: "does not carry", None: "is not known to carry"}[
        post["is_paid_label"]
    ]
    yield from _wrapped(
        f"The post {label} the platform's paid label. Its language: "
        f"{post['language'] or 'unknown'}."
    )
    if post["token"] is None:
        yield "No token of config/disclosure.csv stands in its text."
        return
    yield from _wrapped(
        f"Of the tokens of config/disclosure.csv, {post['token']} begins at character "
        f"{post['position']}, behind {_number(post['rank'] - 1, 'hashtag')}:"
    )
    yield from _wrapped(" ".join((post["excerpt"] or "").split()), "    ")


def _mentions(section: Section) -> Iterator[str]:
    yield from _heading(
        f"{_number(section['count'], 'post')} with an earned mention in the campaign's days "
        f"({section['paid']} paid, {section['owned']} the brand's own left out)",
        section["posts"],
        section["count"],
        "the oldest",
    )
    rows = [
        (post["mentioned_on"], ", ".join(post["kinds"]), post["permalink"] or post["post_id"])
        for post in section["posts"]
    ]
    yield from _table(("day", "by", "post"), rows, "<<<", "  ")


def _rates(section: Section) -> Iterator[str]:
    if not section["count"]:
        yield "exchange rates: none was needed"
        return
    yield from _heading("exchange rates", section["rates"], section["count"], "the first")
    rows = [
        (rate["currency"], rate["date_day"], _value(rate["rate"]), _rate_day(rate))
        for rate in section["rates"]
    ]
    yield from _table(("from", "of the day", "rate", "taken from"), rows, "<<><", "  ")


def _batches(section: Section) -> Iterator[str]:
    yield from _heading(
        f"{_number(section['count'], 'landing batch', 'landing batches')}",
        section["batches"],
        section["count"],
        "the oldest; `reachline landing show BATCH` says more",
    )
    for batch in section["batches"]:
        brought = ", ".join(f"{each['of']} {each['facts']:,}" for each in batch["brought"])
        yield from _wrapped(f"{batch['batch_id']}", "  ")
        yield from _wrapped(
            f"{batch['source']}/{batch['stream']} of {batch['logical_date']}, "
            f"{batch['file_name'] or batch['query'] or 'no file'}, "
            f"{_value(batch['rows'])} rows; of them here: {brought}",
            "    ",
        )


_SECTIONS: dict[str, Callable[[Section], Iterator[str]]] = {
    "orders": _orders,
    "touches": _touches,
    "clicks": _clicks,
    "costs": _costs,
    "posts": _posts,
    "days": _days,
    "ages": _ages,
    "text": _text_of_post,
    "mentions": _mentions,
    "rates": _rates,
    "batches": _batches,
}


def _heading(title: str, shown: Sequence[object], count: int, which: str) -> Iterator[str]:
    """Return a section's first line, which says what of it is not shown."""
    rest = count - len(shown)
    yield from _wrapped(
        f"{title}; {which}; {rest:,} not shown (--limit 0 shows all)" if rest else title
    )


def _table(
    header: Sequence[str], rows: Sequence[Sequence[Any]], align: str, indent: str = ""
) -> Iterator[str]:
    """Return aligned rows; where they would be too wide, the widest column takes more lines."""
    if not rows:
        return
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    room = WIDTH - len(indent) - 2 * (len(header) - 1)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda i: (widths[i] if align[i] == "<" else 0, i))
        over = sum(widths) - room
        second = max(
            (w for i, w in enumerate(widths) if i != widest and align[i] == "<"), default=0
        )
        step = max(1, min(over, widths[widest] - max(second, _NARROWEST)))
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= step
    for row in cells:
        parts = [
            (textwrap.wrap(cell, width) if len(cell) > width else [cell]) or [""]
            for cell, width in zip(row, widths, strict=True)
        ]
        for line in range(max(map(len, parts))):
            yield indent + "  ".join(
                f"{(part[line] if line < len(part) else ''):{side}{width}}"
                for part, width, side in zip(parts, widths, align, strict=True)
            )


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
    ) or [indent]


def _rate(row: Mapping[str, Any]) -> str:
    if row["rate"] is None:
        return "no exchange rate"
    return f"rate {row['rate']:.6g} ({_rate_day(row)})"


def _rate_day(row: Mapping[str, Any]) -> str:
    if row["rate"] is None:
        return "none is known"
    through = f", through {row['through']}" if row["through"] else ""
    return f"of {row['rate_on']}{through}"


def _number(count: int, what: str, many: str | None = None) -> str:
    return f"{count:,} {what if count == 1 else many or what + 's'}"


def _value(value: Any, unit: str | None = None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Decimal):
        return _money(value) if unit == "money" else _credit(value)
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def _unrounded(value: Any) -> str:
    """Return a value with all its digits, for two values that differ in the last ones."""
    return "NULL" if value is None else str(value)


def _money(value: Decimal | None) -> str:
    return "NULL" if value is None else f"{value:,.4f}"


def _credit(value: Decimal | int) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _time(value: datetime) -> str:
    return value.isoformat(" ", "seconds")
