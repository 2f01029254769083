"""What people read first, on the report's first page and in the mail: sentences over a release.

Every figure in them is asked here, by one query a table, and knows the expression that it was asked
by. A sentence never says more than was watched: what nobody looked at is named, and is not 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

import duckdb

from reachline.languages import (
    gettext,
    ngettext,
    percent,
    pgettext,
    short_day_text,
    weekday_text,
)
from reachline.publish.report import queries, words
from reachline.publish.report.queries import ask
from reachline.publish.report.tables import Source, safe_name
from reachline.warehouse.metrics import Format, load_metrics

AT_ONCE = 3
"""So many campaigns, creators or codes are named; a page has all of them."""


@dataclass(frozen=True)
class Figure:
    """A figure in a sentence: as people read it, its exact value, and where that comes from.

    `about` is the column or the word of the report (words.OWN_WORDS) that explains it.
    """

    text: str
    value: str
    source: Source
    about: str
    column: str = ""
    expression: str = ""

    @property
    def anchor(self) -> str:
        """Where on the page of definitions it is explained."""
        return ("metric-" if self.about in load_metrics() else "report-") + self.about


@dataclass(frozen=True)
class Lead:
    """Words that lead to a page of the report."""

    text: str
    page: str


Part = str | Figure | Lead
Sentence = tuple[Part, ...]


@dataclass(frozen=True)
class Number:
    """One of the large numbers, with its unit and the sentence below it; `figure` None: unknown."""

    label: str
    figure: Figure | None
    unit: str
    below: Sentence


@dataclass(frozen=True)
class Need:
    """Something that needs somebody today; the page has all of it."""

    kind: Literal["poor", "fair"]
    label: str
    page: str
    words: Sentence


@dataclass(frozen=True)
class Choice:
    """Somebody to book, to stop or to approach, and why."""

    who: Lead
    where: str
    why: Sentence


@dataclass(frozen=True)
class Choices:
    """Up to AT_ONCE choices; `rest` says of whom it can't be told, or how many more there are."""

    title: str
    those: tuple[Choice, ...]
    rest: Sentence


@dataclass(frozen=True)
class Morning:
    """All that is said first. `subject` is the whole in a line."""

    day: date
    subject: str
    numbers: tuple[Number, ...]
    came_in: tuple[Sentence, ...]
    data: tuple[Sentence, ...]
    is_whole: bool
    needs: tuple[Need, ...]
    nothing_else: Sentence
    choices: tuple[Choices, ...]
    trends: tuple[tuple[str, str, Sentence], ...]
    """For each of the small charts its kind, its title, and what has changed."""
    voices: dict[str, Sentence]
    """How each brand of ours is talked about in the last whole week, by its id."""

    def sentences(self) -> Iterator[Sentence]:
        """Yield what the mail says of it, in its order."""
        yield from self.came_in
        *_, roi = self.numbers
        if roi.figure:
            yield (f"{roi.label}: ", roi.figure, " ", *roi.below, ".")
        yield from self.data
        yield from ((Lead(need.label, need.page), ": ", *need.words, ".") for need in self.needs)
        if self.nothing_else:
            yield self.nothing_else


def read_morning(connection: duckdb.DuckDBPyConnection) -> Morning:
    """Return what is said first of a release's database."""
    return _Writer(connection).morning()


def plain(sentence: Sentence) -> str:
    """Return a sentence as text alone."""
    return "".join(part if isinstance(part, str) else part.text for part in sentence)


# --- what is asked: expressions over a table, each of which is a figure of a sentence

SPANS = {
    "day": (0, 1),
    "week": (0, 7),
    "before": (7, 14),
    "fortnight": (0, 14),
    "earlier": (14, 28),
}
"""Days up to the logical date: how many are left out at the end, and where the span begins."""


def within(column: str, span: str) -> str:
    """Return the SQL for: the day in a column is one of a span."""
    end, begin = SPANS[span]
    return f"{column} > {queries.TODAY} - {begin} and {column} <= {queries.TODAY} - {end}"


def _watched(span: str, amount: str) -> str:
    """Return an amount of a span, NULL unless orders were watched on all of its days."""
    begin = SPANS[span][1] - 1
    return f"case when {queries.ORDERS_FROM} <= {queries.TODAY} - {begin} then {amount} end"


def _credited(span: str, amount: str, also: str = "") -> str:
    return f"sum({amount}) filter (where {queries.CREDITED} and {within('ordered_on', span)}{also})"


def _change(now: str, before: str) -> str:
    return f"({now}) / nullif({before}, 0) - 1"


def _cost(span: str) -> str:
    return (
        f"coalesce(sum(amount) filter (where is_committed_cost and {within('incurred_on', span)})"
        ", 0)"
    )


UNDISCLOSED = "rule = 'disclosure' and result = 'fail'"

UNWELL = (
    "freshness <> 'fresh' or gate <> 'pass' or queries_incomplete > 0 or queries_not_found > 0 "
    "or files_refused > 0 or coalesce(completeness in ('below_usual', 'above_usual'), false)"
)
"""Streams that need a look."""


@dataclass(frozen=True)
class _Fact:
    """An expression over a table, what explains it, and how it is written."""

    table: str
    expression: str
    about: str
    shown_as: Format | None = None


_ATTRIBUTION, _PERFORMANCE = "core.fct_attribution", "reports.campaign_performance"
_PACING, _COMPLIANCE = "reports.campaign_pacing", "reports.compliance"
_HEALTH, _FEES, _CODES = "reports.data_health", "reports.fair_compensation", "reports.code_health"
_BOOKINGS = "reports.next_bookings"


def _clicks(span: str) -> str:
    return f"count(*) filter (where {queries.CLICKED} and {within('clicked_on', span)})"


def _clicks_watched(span: str, amount: str) -> str:
    begin = SPANS[span][1] - 1
    return f"case when {queries.CLICKS_FROM} <= {queries.TODAY} - {begin} then {amount} end"


def _money_facts() -> dict[str, _Fact]:
    facts = {}
    for span in SPANS:
        for name, about, amount, shown_as in (
            ("revenue", "attributed_revenue", "attributed_revenue", "money"),
            ("profit", "attributed_profit", "attributed_profit", "money"),
            ("orders", "attributed_orders", "credit", "number"),
        ):
            expression = _watched(span, f"coalesce({_credited(span, amount)}, 0)")
            facts[f"{name}_{span}"] = _Fact(_ATTRIBUTION, expression, about, shown_as)  # type: ignore[arg-type]
        known = _credited(span, "attributed_revenue", " and attributed_profit is not null")
        facts[f"known_{span}"] = _Fact(
            _ATTRIBUTION,
            _watched(
                span,
                f"coalesce({known}, 0) / nullif({_credited(span, 'attributed_revenue')}, 0)",
            ),
            "profit_coverage",
            "percent",
        )
        facts[f"cost_{span}"] = _Fact("core.fct_costs", _cost(span), "cost", "money")
    for change, now, before in (
        ("change", "week", "before"),
        ("fortnight_change", "fortnight", "earlier"),
    ):
        for name, amount in (("revenue", "attributed_revenue"), ("profit", "attributed_profit")):
            facts[f"{name}_{change}"] = _Fact(
                _ATTRIBUTION,
                _watched(before, _change(_credited(now, amount), _credited(before, amount))),
                "change_of_period",
                "signed percent",
            )
    facts["cost_fortnight_change"] = _Fact(
        "core.fct_costs",
        _change(_cost("fortnight"), _cost("earlier")),
        "change_of_period",
        "signed percent",
    )
    for span in ("fortnight", "earlier"):
        facts[f"clicks_{span}"] = _Fact(
            "core.fct_clicks", _clicks_watched(span, _clicks(span)), "valid_clicks"
        )
    facts["clicks_fortnight_change"] = _Fact(
        "core.fct_clicks",
        _clicks_watched("earlier", _change(_clicks("fortnight"), _clicks("earlier"))),
        "change_of_period",
        "signed percent",
    )
    return facts


_DEFAULT = "filter (where is_default_method{also})"


def _of_default(also: str = "", what: str = "*") -> str:
    return f"count({what}) " + _DEFAULT.format(also=also)


FACTS: dict[str, _Fact] = {
    **_money_facts(),
    "roi": _Fact(
        f"(from {_PERFORMANCE} where is_default_method)",
        queries.ROI_OF_ALL,
        "roi",
        "signed percent",
    ),
    "campaigns": _Fact(_PERFORMANCE, _of_default(), "campaigns_known"),
    "with_roi": _Fact(
        _PERFORMANCE,
        _of_default(f" and orders_covered >= {queries.NEARLY_WHOLE}"),
        "campaigns_watched",
    ),
    "told": _Fact(_PERFORMANCE, _of_default(what="roi"), "campaigns_told"),
    "losing": _Fact(_PERFORMANCE, _of_default(" and roi < 0"), "campaigns_losing"),
    "planned": _Fact(
        _PERFORMANCE, _of_default(" and result_state = 'planned'"), "campaigns_planned"
    ),
    "over_budget": _Fact(
        _PERFORMANCE,
        _of_default(f" and campaign_id in ({queries.OVER_BUDGET})"),
        "campaigns_over_budget",
    ),
    "late": _Fact(_PACING, "coalesce(sum(deliverables_late), 0)", "deliverables_late"),
    "late_in": _Fact(
        _PACING, "count(*) filter (where deliverables_late > 0)", "campaigns_with_late"
    ),
    "behind": _Fact(_PACING, "count(*) filter (where status = 'behind')", "campaigns_behind"),
    "missed": _Fact(
        _PACING, f"count(*) filter (where campaign_id in ({queries.MISSED}))", "campaigns_missed"
    ),
    "perhaps_missed": _Fact(
        _PACING,
        f"count(*) filter (where campaign_id in ({queries.PERHAPS_MISSED}))",
        "campaigns_perhaps_missed",
    ),
    "undisclosed": _Fact(_COMPLIANCE, f"count(*) filter (where {UNDISCLOSED})", "failed"),
    "disclosure_told": _Fact(
        _COMPLIANCE, "count(result) filter (where rule = 'disclosure')", "posts_checked"
    ),
    "leaked": _Fact(_CODES, "count(*) filter (where likely_leaked)", "codes_leaked"),
    "streams": _Fact(_HEALTH, "count(*)", "streams"),
    "unwell": _Fact(_HEALTH, f"count(*) filter (where {UNWELL})", "streams_unwell"),
    "whole": _Fact(_HEALTH, "count(*) filter (where completeness = 'whole')", "streams_whole"),
    "orders_stale": _Fact(
        _HEALTH,
        "count(*) filter (where stream = 'orders' and freshness <> 'fresh')",
        "streams_unwell",
    ),
    "orders_short": _Fact(
        _HEALTH,
        "count(*) filter (where stream = 'orders' and completeness = 'below_usual')",
        "streams_unwell",
    ),
    "checks": _Fact("quality.gate_results", "count(*)", "checks"),
    "checks_failed": _Fact(
        "quality.gate_results", "count(*) filter (where not success)", "checks_failed"
    ),
    **{
        verdict: _Fact(
            _BOOKINGS,
            f"count(distinct creator_id) filter (where verdict = '{verdict}')",
            f"creators_{verdict}",
        )
        for verdict in ("rebook", "try_again", "renegotiate", "stop", "too_early")
    },
    "booked": _Fact(_BOOKINGS, "count(distinct creator_id)", "creators_booked"),
    "shortlisted": _Fact("reports.discovery_shortlist", "count(*)", "places_on_shortlists"),
}
"""The figures of the sentences. Each is asked of its table as it stands here, and nowhere else."""

# --- who is named

_CAMPAIGN = """
select p.campaign_id, coalesce(c.campaign_name, p.campaign_id) as campaign_name, {columns}
from {table} as p
left join core.dim_campaign as c on p.campaign_id = c.campaign_id
where {where}
order by {order}, p.campaign_id
"""

_NAMED = {
    "losing": _CAMPAIGN.format(
        columns="p.method, p.roi",
        table=_PERFORMANCE,
        where="p.is_default_method and p.roi < 0",
        order="p.attributed_profit - p.cost_committed",
    ),
    "late": _CAMPAIGN.format(
        columns="p.deliverables_late",
        table=_PACING,
        where="p.deliverables_late > 0",
        order="p.deliverables_late desc",
    ),
    "behind": _CAMPAIGN.format(
        columns="p.pacing", table=_PACING, where="p.status = 'behind'", order="p.pacing"
    ),
    "over_budget": _CAMPAIGN.format(
        columns="p.method, p.cost_committed",
        table=_PERFORMANCE,
        where=f"p.is_default_method and p.campaign_id in ({queries.OVER_BUDGET})",
        order="p.cost_committed - c.budget_amount desc",
    ),
    "missed": _CAMPAIGN.format(
        columns="p.pacing",
        table=_PACING,
        where=f"p.campaign_id in ({queries.MISSED})",
        order="c.ends_on desc, p.pacing",
    ),
    "leaked": "select code from reports.code_health where likely_leaked "
    "order by revenue_with_code desc, code",
    "unwell": f"select source, stream from reports.data_health where {UNWELL} "
    "order by freshness = 'fresh', gate = 'pass', source, stream",
    "coverage": "select covered_from from meta.coverage where stream = 'orders'",
}

_SURE_BOOKINGS = f"""
from ({queries.BOOKINGS})
where verdict in ('rebook', 'stop')
order by
    case when verdict = 'stop' then expected_profit end,
    profit_per_1000 desc nulls first, expected_profit desc, brand_id, creator_id
"""
"""Who returns most first, as on the page of next bookings; to be stopped, who loses most."""

_APPROACH = """
with best as (
    select
        s.*, row_number() over (partition by s.account_id order by s.rank, s.brand_id) as place
    from reports.discovery_shortlist as s
)

select
    s.brand_id, s.account_id, s.rank, s.platform, s.reasons,
    coalesce(s.handle, 'handle not known') as handle, coalesce(b.brand_name, s.brand_id)
        as brand_name,
    b.brand_id is not null and b.role = 'own' as has_page, f.suggested_low, f.suggested_high
from best as s
left join core.dim_brand as b on s.brand_id = b.brand_id
left join reports.fair_compensation as f on s.account_id = f.account_id
where s.place = 1
order by s.rank, s.score desc, s.brand_id
"""


_FIELD = re.compile(r"{(\w+)(:money)?}")

_VOICE = "reports.share_of_voice"

_VOICES = """
select
    v.brand_id, v.voice_brand_id, v.week, v.share_of_posts, w.share_of_posts as share_before,
    coalesce(b.brand_name, v.brand_id) as brand_name
from reports.share_of_voice as v
left join reports.share_of_voice as w
    on v.brand_id = w.brand_id and v.voice_brand_id = w.voice_brand_id and v.week - 7 = w.week
left join core.dim_brand as b on v.brand_id = b.brand_id
where v.brand_id = v.voice_brand_id and not v.is_partial and v.share_of_posts is not null
qualify row_number() over (partition by v.brand_id order by v.week desc) = 1
order by v.brand_id
"""


class _Writer:
    """Asks a release, and writes the sentences."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        (run,) = ask(connection, "select logical_date, currency from meta.run")
        self.today: date = run["logical_date"]
        self.currency: str = run["currency"]
        self.values: dict[str, Any] = {}
        for table in dict.fromkeys(fact.table for fact in FACTS.values()):
            of_table = {name: fact for name, fact in FACTS.items() if fact.table == table}
            selected = ", ".join(f"{fact.expression} as {name}" for name, fact in of_table.items())
            (row,) = ask(connection, f"select {selected} from {table}")
            self.values |= row
        self.named = {name: ask(connection, query) for name, query in _NAMED.items()}
        self.bookings = ask(connection, _SURE_BOOKINGS)
        self.voices = ask(connection, _VOICES)
        self.approach = ask(connection, f"{_APPROACH} limit {AT_ONCE}")

    def morning(self) -> Morning:
        """Return all that is said."""
        data, is_whole = self._data()
        return Morning(
            day=self.today,
            subject=self._subject(),
            numbers=tuple(self._numbers()),
            came_in=tuple(self._came_in()),
            data=data,
            is_whole=is_whole,
            needs=tuple(self._needs()),
            nothing_else=self._nothing_else(),
            choices=(self._again(), self._stop(), self._approach()),
            trends=tuple(self._trends()),
            voices=dict(self._voices()),
        )

    # --- how it is written

    def said(self, name: str) -> Figure:
        """Return a fact as a figure; it must be known."""
        fact, value = FACTS[name], self.values[name]
        source = Source(fact.table, (), ())
        text = _written(value, fact.shown_as)
        return Figure(text, words.exact(value), source, fact.about, expression=fact.expression)

    def _of_row(
        self, table: str, keys: Sequence[str], row: dict[str, Any], column: str, shown_as: Format
    ) -> Figure:
        source = Source(table, tuple(keys), tuple(row[key] for key in keys))
        value = row[column]
        return Figure(_written(value, shown_as), words.exact(value), source, column, column)

    def say(self, text: str, **parts: Part | Sentence) -> Sentence:
        """Return a sentence of a text in the language spoken, with what stands in braces put in.

        `{fact}` is a figure, `{fact:money}` one with the currency; any other name is one of
        `parts`.
        """
        made: list[Part] = []
        end = 0
        for match in _FIELD.finditer(text):
            name, money = match.groups()
            made.append(text[end : match.start()])
            end = match.end()
            if name in parts:
                part = parts[name]
                made += part if isinstance(part, tuple) else (part,)
            else:
                made.append(self.said(name))
            if money:
                made.append(f"\N{NO-BREAK SPACE}{self.currency}")
        return tuple(part for part in (*made, text[end:]) if part != "")

    # --- what came in

    def _not_watched(self) -> str:
        rows = self.named["coverage"]
        since = rows[0]["covered_from"] if rows else None
        if since is None:
            return gettext("orders are not watched yet")
        return gettext("orders are known from {day} on", day=short_day_text(since, self.today))

    def _numbers(self) -> Iterator[Number]:
        labels = {
            "revenue": gettext("Revenue, 7 days"),
            "profit": gettext("Profit, 7 days"),
            "roi": gettext("ROI so far"),
        }
        for name in ("revenue", "profit"):
            if self.values[f"{name}_week"] is None:
                yield Number(labels[name], None, "", (self._not_watched(),))
                continue
            below = self._against(name)
            if name == "profit" and self._is_known_in_part():
                below = (*below, *self.say(gettext("; known for {known_week} of revenue")))
            unit = f" {self.currency}"
            yield Number(labels[name], self.said(f"{name}_week"), unit, below)
        campaigns = self.values["campaigns"]
        if self.values["roi"] is None:
            yield Number(labels["roi"], None, "", self._no_roi())
        elif self.values["with_roi"] == campaigns:
            text = ngettext("of {campaigns} campaign", "of {campaigns} campaigns", campaigns)
            yield Number(labels["roi"], self.said("roi"), "", self.say(text))
        else:
            text = ngettext(
                "over the {with_roi} of {campaigns} campaign whose orders were watched",
                "over the {with_roi} of {campaigns} campaigns whose orders were watched",
                campaigns,
            )
            yield Number(labels["roi"], self.said("roi"), "", self.say(text))

    def _is_known_in_part(self) -> bool:
        return self.values["known_week"] not in (None, 1)

    def _against(self, name: str) -> Sentence:
        """Return how a week's amount stands to that of the week before."""
        before = self.values[f"{name}_before"]
        if before is None:
            return (gettext("no week before: {why}", why=self._not_watched()),)
        if self.values[f"{name}_change"] is None:
            return (gettext("nothing in the 7 days before"),)
        if before < 0:
            amount = self.said(f"{name}_before")
            return self.say(gettext("after {amount} in the 7 days before"), amount=amount)
        change = self.said(f"{name}_change")
        return self.say(gettext("{change} on the 7 days before"), change=change)

    def _no_roi(self) -> Sentence:
        if not self.values["campaigns"]:
            return (gettext("there is no campaign yet"),)
        if not self.values["with_roi"]:
            return self.say(
                ngettext(
                    "of none of {campaigns} campaign were orders watched nearly whole; {why}",
                    "of none of {campaigns} campaigns were orders watched nearly whole; {why}",
                    self.values["campaigns"],
                ),
                why=self._not_watched(),
            )
        return (gettext("not known: no cost, or the profit of too few orders is known"),)

    def _came_in(self) -> Iterator[Sentence]:
        value = self.values
        if not value["campaigns"]:
            yield (
                gettext(
                    "There is no campaign yet: what stands here comes with the first one in the "
                    "inbox."
                ),
            )
            return
        day = f"{weekday_text(self.today)}, {short_day_text(self.today)}"
        has_cost = bool(value["cost_day"])
        if value["revenue_day"] is None:
            text = (
                gettext("What came in on {day} is not known: {why}. Campaigns cost "
                        "{cost_day:money}.")
                if has_cost
                else gettext("What came in on {day} is not known: {why}. Campaigns cost nothing "
                             "new.")
            )  # fmt: skip
            yield self.say(text, day=day, why=self._not_watched())
        elif value["orders_day"]:
            text = (
                ngettext(
                    "On {day} campaigns brought in {revenue_day:money} with {orders_day} order and "
                    "cost {cost_day:money}{more}.",
                    "On {day} campaigns brought in {revenue_day:money} with {orders_day} orders "
                    "and cost {cost_day:money}{more}.",
                    value["orders_day"],
                )
                if has_cost
                else ngettext(
                    "On {day} campaigns brought in {revenue_day:money} with {orders_day} order and "
                    "cost nothing new{more}.",
                    "On {day} campaigns brought in {revenue_day:money} with {orders_day} orders "
                    "and cost nothing new{more}.",
                    value["orders_day"],
                )
            )
            yield self.say(text, day=day, more=self._perhaps_more())
        else:
            text = (
                gettext("On {day} no order came by a campaign, and they cost "
                        "{cost_day:money}{more}.")
                if has_cost
                else gettext("On {day} no order came by a campaign, and they cost nothing "
                             "new{more}.")
            )  # fmt: skip
            yield self.say(text, day=day, more=self._perhaps_more())
        yield self._week()
        yield self._returns()

    def _perhaps_more(self) -> str:
        if self.values["orders_stale"]:
            return gettext("; orders are late, so more may come")
        if self.values["orders_short"]:
            return gettext("; fewer orders than usual came, so more may come")
        return ""

    def _week(self) -> Sentence:
        if self.values["revenue_week"] is None:
            return self.say(
                gettext(
                    "The last 7 days are not known whole: {why}. They cost "
                    "{cost_week:money}{before}."
                ),
                why=self._not_watched(),
                before=self._beside("cost"),
            )
        known = (
            self.say(gettext(" (known for {known_week} of revenue)"))
            if self._is_known_in_part()
            else ()
        )
        return self.say(
            gettext(
                "The last 7 days brought {revenue_week:money}{revenue_before}, a profit of "
                "{profit_week:money} before cost{known}, and cost {cost_week:money}{cost_before}."
            ),
            revenue_before=self._beside("revenue"),
            known=known,
            cost_before=self._beside("cost"),
        )

    def _beside(self, name: str) -> Sentence:
        """Return, in brackets, what a week's amount was in the week before."""
        if self.values[f"{name}_before"] is None:
            return (gettext(" (no week before: {why})", why=self._not_watched()),)
        amount = self.said(f"{name}_before")
        return self.say(gettext(" (the 7 days before: {amount})"), amount=amount)

    def _returns(self) -> Sentence:
        """Return which campaigns lose money, and of how many that can be told."""
        value = self.values
        if not value["told"]:
            return self.say(gettext("Whether a campaign loses money can't be told yet: {why}."),
                            why=self._no_roi())  # fmt: skip
        untold: Sentence = ()
        if value["told"] < value["campaigns"]:
            start: Sentence = ()
            if value["planned"]:
                start = self.say(
                    ngettext(", {planned} is to start", ", {planned} are to start",
                             value["planned"])
                )  # fmt: skip
            untold = self.say(
                ngettext(
                    " Of {campaigns} campaigns, {told} has a return that can be told{start}.",
                    " Of {campaigns} campaigns, {told} have a return that can be told{start}.",
                    value["told"],
                ),
                start=start,
            )
        if not value["losing"]:
            return (gettext("No campaign is known to lose money."), *untold)
        return self.say(
            ngettext(
                "{losing} campaign loses money: {those}.{untold}",
                "{losing} campaigns lose money: {those}.{untold}",
                value["losing"],
            ),
            those=self._campaigns("losing", _PERFORMANCE, "roi", "signed percent"),
            untold=untold,
        )

    def _campaigns(self, name: str, table: str, column: str, shown_as: Format) -> Sentence:
        """Return the first campaigns of a kind, each with a figure, and how many more there are."""
        rows = self.named[name]
        keys = ("campaign_id", "method") if table == _PERFORMANCE else ("campaign_id",)
        parts: list[Part] = []
        for place, row in enumerate(rows[:AT_ONCE]):
            parts += self.say(
                f"{', ' if place else ''}{{campaign}}\N{NO-BREAK SPACE}({{figure}})",
                campaign=Lead(words.clipped(row["campaign_name"], 40), _page("campaign", row)),
                figure=self._of_row(table, keys, row, column, shown_as),
            )
        return (*parts, _more(len(rows)))

    # --- is the data whole

    def _data(self) -> tuple[tuple[Sentence, ...], bool]:
        value = self.values
        if not value["streams"]:
            return ((gettext("No data has come yet: no source is known."),),), False
        checks: Sentence = (gettext("No check has run."),)
        if value["checks_failed"]:
            checks = self.say(
                ngettext(
                    "{checks_failed} of {checks} check failed, see {page}.",
                    "{checks_failed} of {checks} checks failed, see {page}.",
                    value["checks"],
                ),
                page=Lead(gettext("the checks"), "quality.html#gates-title"),
            )
        elif value["checks"]:
            checks = self.say(
                ngettext("All {checks} check passed.", "All {checks} checks passed.",
                         value["checks"])
            )  # fmt: skip
        untold = value["streams"] - value["whole"]
        if value["unwell"]:
            names = [f"{row['source']} {row['stream']}" for row in self.named["unwell"]]
            streams = self.say(
                ngettext(
                    "Not whole, or not sure: {unwell} stream needs a look ({page}).",
                    "Not whole, or not sure: {unwell} streams need a look ({page}).",
                    value["unwell"],
                ),
                page=Lead(
                    ", ".join(names[:AT_ONCE]) + _more(len(names)), "quality.html#health-title"
                ),
            )
        elif untold:
            streams = self.say(
                ngettext(
                    "Every stream is fresh; {whole} of {streams} is known to be whole, of the "
                    "others it can't be told.",
                    "Every stream is fresh; {whole} of {streams} are known to be whole, of the "
                    "others it can't be told.",
                    value["whole"],
                )
            )
        else:
            streams = self.say(
                ngettext(
                    "The data is whole: {whole} of {streams} stream is fresh, with its usual rows.",
                    "The data is whole: {whole} of {streams} streams are fresh, with their usual "
                    "rows.",
                    value["streams"],
                )
            )
        return (streams, checks), not value["unwell"] and not untold

    # --- what needs somebody

    def _needs(self) -> Iterator[Need]:
        value = self.values
        if value["late"]:
            yield Need(
                "poor",
                gettext("Late"),
                "needs.html#late-title",
                self.say(
                    ngettext("{late} deliverable: {those}", "{late} deliverables: {those}",
                             value["late"]),
                    those=self._campaigns("late", _PACING, "deliverables_late", "number"),
                ),
            )  # fmt: skip
        if value["undisclosed"]:
            text = ngettext(
                "{undisclosed} of {disclosure_told} paid posts does not say so",
                "{undisclosed} of {disclosure_told} paid posts do not say so",
                value["undisclosed"],
            )
            if value["disclosure_told"] == 1:
                text = gettext("{undisclosed} of {disclosure_told} paid post does not say so")
            yield Need(
                "poor", gettext("Undisclosed"), "needs.html#undisclosed-title", self.say(text)
            )
        if value["behind"]:
            yield Need(
                "poor",
                gettext("Behind"),
                "needs.html#behind-title",
                self.say(
                    ngettext(
                        "{behind} campaign is behind its goal: {those}",
                        "{behind} campaigns are behind their goal: {those}",
                        value["behind"],
                    ),
                    those=self._campaigns("behind", _PACING, "pacing", "percent"),
                ),
            )
        if value["over_budget"]:
            yield Need(
                "poor",
                gettext("Over budget"),
                "needs.html#over-budget-title",
                self.say(
                    ngettext(
                        "{over_budget} campaign costs more than planned: {those}",
                        "{over_budget} campaigns cost more than planned: {those}",
                        value["over_budget"],
                    ),
                    those=self._campaigns("over_budget", _PERFORMANCE, "cost_committed", "money"),
                ),
            )
        if value["missed"]:
            yield Need(
                "fair",
                gettext("Goal missed"),
                "needs.html#missed-title",
                self.say(
                    ngettext(
                        "{missed} ended campaign was short of its goal: {those}",
                        "{missed} ended campaigns were short of their goal: {those}",
                        value["missed"],
                    ),
                    those=self._campaigns("missed", _PACING, "pacing", "percent"),
                ),
            )
        if value["leaked"]:
            codes = [words.clipped(row["code"], 24) for row in self.named["leaked"]]
            yield Need(
                "poor",
                gettext("Leaked"),
                "needs.html#leaked-title",
                self.say(
                    ngettext(
                        "{leaked} code is likely leaked: {codes}",
                        "{leaked} codes are likely leaked: {codes}",
                        value["leaked"],
                    ),
                    codes=", ".join(codes[:AT_ONCE]) + _more(len(codes)),
                ),
            )

    def _nothing_else(self) -> Sentence:
        """Return what was looked at and is in order, and what could not be looked at."""
        value = self.values
        if not value["campaigns"]:
            return ()
        texts = {
            "late": pgettext("nothing is", "late"),
            "behind": gettext("behind its goal"),
            "over_budget": gettext("over its budget"),
        }
        fine = [text for name, text in texts.items() if not value[name]]
        said = [gettext("Nothing is {these}.", these=_either(fine))] if fine else []
        if not value["disclosure_told"]:
            said.append(gettext("No paid post was looked at for its disclosure yet."))
        elif not value["undisclosed"]:
            said.append(gettext("No paid post lacks its disclosure."))
        if not value["leaked"]:
            said.append(gettext("No code shows signs of a leak."))
        if value["perhaps_missed"]:
            said.append(
                ngettext(
                    "{perhaps_missed} ended campaign may have reached the goal: not all of it was "
                    "watched.",
                    "{perhaps_missed} ended campaigns may have reached the goal: not all of it was "
                    "watched.",
                    value["perhaps_missed"],
                )
            )
        return self.say(" ".join(said))

    # --- whom to book, to stop and to approach

    def _money(
        self, table: str, keys: Sequence[str], row: dict[str, Any], *columns: str
    ) -> dict[str, Part | Sentence]:
        """Return amounts of a row as figures, by their columns; none for those not known."""
        return {
            column: self._of_row(table, keys, row, column, "money")
            for column in columns
            if row[column] is not None
        }

    def _bookings(self, title: str, verdict: str, nobody: str, why: str) -> Choices:
        """Return whom to book again, or whom to stop.

        `nobody` is what is said where there is none, and `why` why there are no more.
        """
        rows = [row for row in self.bookings if row["verdict"] == verdict]
        those = []
        for row in rows[:AT_ONCE]:
            fees = self._money(
                *(_BOOKINGS, ("brand_id", "creator_id"), row),
                *("expected_profit", "expected_profit_low", "expected_profit_high", "last_cost"),
            )
            # the end of the interval that makes it sure
            if verdict == "rebook":
                text = gettext(
                    "Expect {expected_profit:money} (95 %: at least {expected_profit_low}) for "
                    "{last_cost}."
                )
            elif row["expected_profit_high"] < 0:
                text = gettext(
                    "Expect {expected_profit:money} (95 %: at most {expected_profit_high}) for "
                    "{last_cost}."
                )
            else:
                text = gettext(
                    "Expect {expected_profit:money} for {last_cost}: no fee breaks even."
                )
            page = _page("creator", row) if row["has_page"] else "bookings.html"
            who = Lead(words.clipped(row["creator_name"], 32), page)
            where = gettext("for {brand}", brand=words.clipped(row["brand_name"], 16))
            those.append(Choice(who, where, self.say(text, **fees)))
        if len(rows) > len(those):
            rest = self.say(
                gettext("{all} {some} of {booked} creators."),
                all=Lead(gettext("All"), "bookings.html"),
                some=self.said(verdict),
            )
        elif not self.values["booked"]:
            rest = (gettext("No creator was booked yet."),)
        else:
            first = gettext("Nobody else.") if those else nobody
            rest = self.say(" ".join(filter(None, (first, why))))
        return Choices(title, tuple(those), rest)

    def _again(self) -> Choices:
        value, why = self.values, []
        if value["try_again"]:
            why.append(gettext("Likely a profit, not surely: {try_again}."))
        if value["too_early"]:
            why.append(gettext("Too early to tell: {too_early}."))
        nobody = gettext("Of nobody the next is surely a profit.")
        return self._bookings(gettext("Book again"), "rebook", nobody, " ".join(why))

    def _stop(self) -> Choices:
        why = (
            gettext("Likely a loss, not surely: {renegotiate}; ask for a lower fee.")
            if self.values["renegotiate"]
            else ""
        )
        nobody = gettext("Of nobody the next is surely a loss.")
        return self._bookings(gettext("Stop"), "stop", nobody, why)

    def _approach(self) -> Choices:
        those = []
        for row in self.approach:
            fees = self._money(_FEES, ("account_id",), row, "suggested_low", "suggested_high")
            text = (
                gettext("{reasons}; a fair fee is {suggested_low}–{suggested_high:money}.")
                if len(fees) == 2
                else gettext("{reasons}; no fair fee can be told.")
            )
            reasons = words.clipped(
                words.reasons(row["reasons"] or "") or gettext("a good fit"), 120
            )
            page = _page("shortlist", row, "brand_id") if row["has_page"] else "shortlists.html"
            who = Lead(words.clipped(row["handle"], 40), page)
            brand = words.clipped(row["brand_name"], 16)
            where = gettext("{platform}, for {brand}", platform=row["platform"], brand=brand)
            those.append(Choice(who, where, self.say(text, reasons=reasons, **fees)))
        rest: Sentence = (
            gettext("Nobody fits a brand of yours, or config/brands.yml names none."),
        )
        if those:
            rest = self.say(
                ngettext(
                    "{all} {shortlisted} place on the shortlists.",
                    "{all} {shortlisted} places on the shortlists.",
                    self.values["shortlisted"],
                ),
                all=Lead(gettext("All"), "shortlists.html"),
            )
        return Choices(gettext("Approach next"), tuple(those), rest)

    # --- trends

    def _trends(self) -> Iterator[tuple[str, str, Sentence]]:
        titles = {
            "revenue": gettext("Revenue"),
            "profit": gettext("Profit"),
            "cost": gettext("Cost"),
            "clicks": gettext("Clicks"),
        }
        for name, title in titles.items():
            if self.values[f"{name}_fortnight"] is None:
                yield f"trend_{name}", title, (gettext("the last 14 days are not known whole"),)
                continue
            amount: Sentence = (self.said(f"{name}_fortnight"), f" {self.currency}")
            if name == "clicks":
                number = self.values["clicks_fortnight"]
                amount = self.say(
                    ngettext("{clicks_fortnight} click", "{clicks_fortnight} clicks", number)
                )
            if self.values[f"{name}_earlier"] is None:
                text = gettext("{amount} in 14 days, the 14 before not known whole")
            elif self.values[f"{name}_fortnight_change"] is None:
                text = gettext("{amount} in 14 days, nothing in the 14 before")
            else:
                text = gettext("{amount} in 14 days, {change} on the 14 before")
            parts: dict[str, Part | Sentence] = {"amount": amount}
            if "{change}" in text:
                parts["change"] = self.said(f"{name}_fortnight_change")
            yield f"trend_{name}", title, self.say(text, **parts)

    def _voices(self) -> Iterator[tuple[str, Sentence]]:
        keys = ("brand_id", "voice_brand_id", "week")
        for row in self.voices:
            share = self._of_row(_VOICE, keys, row, "share_of_posts", "percent")
            parts: dict[str, Part | Sentence] = {"share": share}
            if row["share_before"] is None:
                text = gettext(
                    "{brand} had {share} of the posts about it and its competitors in the week "
                    "from {week}; of the week before that is not known"
                )
            else:
                week_before = row["week"] - timedelta(days=7)
                before = {**row, "week": week_before, "share_of_posts": row["share_before"]}
                parts["before"] = self._of_row(_VOICE, keys, before, "share_of_posts", "percent")
                text = gettext(
                    "{brand} had {share} of the posts about it and its competitors in the week "
                    "from {week}, after {before} the week before"
                )
            brand = words.clipped(row["brand_name"], 40)
            week = short_day_text(row["week"], self.today)
            yield row["brand_id"], self.say(text, brand=brand, week=week, **parts)

    # --- the whole in a line

    def _subject(self) -> str:
        value = self.values
        day = short_day_text(self.today)
        if not value["campaigns"]:
            return gettext("Reachline, {day}: no campaign yet", day=day)
        if value["revenue_day"] is None:
            parts = [gettext("revenue not known")]
        else:
            amount = f"{_written(value['revenue_day'], 'money')} {self.currency}"
            parts = [gettext("{amount} yesterday", amount=amount)]
            if value["revenue_change"] is not None:
                change = _written(value["revenue_change"], "signed percent")
                parts.append(gettext("week {change}", change=change))
        counted = {
            "late": gettext("{number} late"),
            "undisclosed": gettext("{number} undisclosed"),
            "behind": gettext("{number} behind"),
            "over_budget": gettext("{number} over budget"),
            "leaked": gettext("{number} leaked"),
        }
        parts += [
            text.format(number=_written(value[name], None))
            for name, text in counted.items()
            if value[name]
        ]
        if value["unwell"]:
            parts.append(gettext("data not whole"))
        return f"Reachline, {day}: {', '.join(parts)}"


def _written(value: Any, shown_as: Format | None) -> str:
    """Return a figure as a sentence has it: of amounts of 100 and more no cents."""
    if shown_as == "money" and abs(value) >= 100:
        shown_as = None
        value = round(Decimal(str(value)))
    if shown_as == "percent" and 0.99 < value < 1:
        # what is not the whole is never said to be
        places = 1
        while round(100 * value, places) == 100:
            places += 1
        return percent(100 * value, places)
    return words.number(value, shown_as)


def _page(folder: str, row: dict[str, Any], key: str = "") -> str:
    return f"{folder}/{safe_name(row[key or f'{folder}_id'])}.html"


def _more(count: int) -> str:
    return gettext(" and {number} more", number=count - AT_ONCE) if count > AT_ONCE else ""


def _either(texts: Sequence[str]) -> str:
    *others, last = texts
    return gettext("{these} or {last}", these=", ".join(others), last=last) if others else last
