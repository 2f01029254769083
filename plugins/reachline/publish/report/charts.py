"""The charts, one for each kind: they are drawn from the figures of the table beside them.

A page holds no data of its own for a chart. What its script reads are the exact values of the
table's cells, under the names of their columns, so that a chart can't show what its table doesn't.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from reachline.languages import SOURCE, gettext, spoken
from reachline.publish.labels import label_of

_TIERS = ["nano", "micro", "mid", "macro", "mega"]


def _rows() -> alt.NamedData:
    return alt.NamedData("rows")


def _day(field: str, ticks: int = 6) -> alt.X:
    return alt.X(
        f"{field}:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(
            format=gettext("%-d %b"),
            tickCount=ticks,
            # where few days are shown, there are ticks within one: it stands there once
            labelExpr="utchours(datum.value) === 0 ? datum.label : ''",
            labelOverlap=True,
            labelSeparation=10,
        ),
    )


def _money_to_date() -> Any:
    revenue, cost = gettext("Revenue"), gettext("Cost")
    return (
        alt.Chart(_rows())
        .transform_calculate(
            **{revenue: "datum.revenue_to_date", cost: "datum.cost_to_date"},
        )
        .transform_fold([revenue, cost], as_=["what", "amount"])
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=_day("date_day"),
            y=alt.Y("amount:Q", title=gettext("to date"), axis=alt.Axis(format=",~f", tickCount=4)),
            color=alt.Color("what:N", title=None, sort=[revenue, cost]),
            strokeDash=alt.StrokeDash("what:N", legend=None, sort=[revenue, cost]),
        )
    )


def _engagements_by_day() -> Any:
    return (
        alt.Chart(_rows())
        .mark_bar(width={"band": 0.7})
        .encode(
            x=_day("utcyearmonthdate(date_day)"),
            y=alt.Y(
                "engagements_change:Q",
                title=gettext("engagements gained"),
                axis=alt.Axis(format=",~f", tickCount=4),
            ),
        )
    )


def _money_by_campaign() -> Any:
    revenue, cost = gettext("Revenue"), gettext("Cost")
    return (
        alt.Chart(_rows())
        .transform_fold(["attributed_revenue", "cost_committed"], as_=["column", "amount"])
        .transform_calculate(what=f"datum.column === 'cost_committed' ? '{cost}' : '{revenue}'")
        .mark_bar()
        .encode(
            y=alt.Y("campaign_name:N", title=None, sort=None, axis=alt.Axis(ticks=False)),
            yOffset=alt.YOffset("what:N", sort=[revenue, cost]),
            x=alt.X("amount:Q", title=None, axis=alt.Axis(format=",~f", tickCount=5)),
            color=alt.Color("what:N", title=None, sort=[revenue, cost]),
            stroke=alt.Stroke("what:N", legend=None, sort=[revenue, cost]),
            # hollow: told apart without hue
            fillOpacity=alt.condition(f"datum.what === '{cost}'", alt.value(0.15), alt.value(1)),
        )
    )


def _trend(column: str) -> Callable[[], Any]:
    """Return what draws days as bars, and the days before them as a dashed line."""

    def make() -> Any:
        base = alt.Chart(_rows()).encode(x=_day("utcyearmonthdate(date_day)", ticks=4))
        now = base.mark_bar(width={"band": 0.7}).encode(
            y=alt.Y(f"{column}:Q", title=None, axis=alt.Axis(format=",~f", tickCount=3))
        )
        before = base.mark_line(
            strokeDash=[4, 3], strokeWidth=2, color="var(--chart-2)", point=False
        ).encode(y=alt.Y(f"{column}_before:Q", title=None))
        return now + before

    return make


def _followers() -> Any:
    return (
        alt.Chart(_rows())
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=_day("date_day"),
            y=alt.Y(
                "followers:Q",
                title=gettext("followers"),
                scale=alt.Scale(zero=False),
                axis=alt.Axis(format=",~f", tickCount=4),
            ),
            color=alt.Color("account:N", title=None),
            strokeDash=alt.StrokeDash("account:N", title=None),
            shape=alt.Shape("account:N", title=None),
        )
    )


def _fee() -> Any:
    base = alt.Chart(_rows()).encode(y=alt.Y("account:N", title=None, axis=alt.Axis(ticks=False)))
    # a fee without a range has one of no width: Vega warns of an axis that no value is on
    ends = {
        end: f"datum.{column} === null ? datum.break_even_fee : datum.{column}"
        for end, column in (("low", "break_even_low"), ("high", "break_even_high"))
    }
    span = (
        base.transform_calculate(**ends)
        .mark_rule(strokeWidth=6, opacity=0.35)
        .encode(
            x=alt.X("low:Q", title=gettext("a post"), axis=alt.Axis(format=",~f", tickCount=5)),
            x2="high:Q",
        )
    )
    middle = base.mark_tick(thickness=3, size=18).encode(x="break_even_fee:Q")
    paid = (
        base.transform_calculate(
            paid="datum.actual_cost_per_post === null ? datum.break_even_fee"
            " : datum.actual_cost_per_post"
        )
        .mark_point(filled=True, size=70, shape="diamond")
        .encode(
            x="paid:Q",
            color=alt.value("var(--chart-2)"),
            opacity=alt.condition(
                "datum.actual_cost_per_post === null", alt.value(0), alt.value(1)
            ),
        )
    )
    return span + middle + paid


def _voice() -> Any:
    yes, day = gettext("yes"), gettext("%-d %b")
    return (
        alt.Chart(_rows())
        .mark_bar(width={"band": 0.8}, stroke="var(--paper)", strokeWidth=1.5)
        .encode(
            # a week that is not over is pale
            opacity=alt.condition(f"datum.is_partial === '{yes}'", alt.value(0.45), alt.value(1)),
            x=alt.X(
                "week:O",
                title=gettext("week of"),
                axis=alt.Axis(
                    labelExpr=f"utcFormat(toDate(datum.value), '{day}')",
                    labelAngle=0,
                    labelOverlap=True,
                ),
            ),
            y=alt.Y(
                "share_of_posts:Q",
                title=gettext("share of posts"),
                axis=alt.Axis(format="%", tickCount=4),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=alt.Color("voice:N", title=None),
        )
    )


def _risers() -> Any:
    return (
        alt.Chart(_rows())
        .mark_bar()
        .encode(
            y=alt.Y("tag:N", title=None, sort="-x", axis=alt.Axis(ticks=False)),
            x=alt.X("z_score:Q", title=gettext("z-score"), axis=alt.Axis(tickCount=5)),
        )
    )


def _tiers() -> Any:
    base = alt.Chart(_rows()).encode(
        y=alt.Y("tier:N", title=None, sort=_TIERS, axis=alt.Axis(ticks=False)),
        yOffset=alt.YOffset("platform:N"),
        color=alt.Color("platform:N", title=None),
    )
    scale = alt.Scale(type="sqrt", nice=False)
    span = base.mark_rule(strokeWidth=2).encode(
        x=alt.X(
            "er_followers_p25:Q",
            title=gettext("engagement rate: quartiles and median"),
            scale=scale,
            axis=alt.Axis(format="~%", values=[0.002, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4]),
        ),
        x2="er_followers_p75:Q",
    )
    middle = base.mark_point(filled=True, size=50).encode(
        x=alt.X("er_followers_p50:Q"), shape=alt.Shape("platform:N", title=None)
    )
    return span + middle


def _funnel() -> Any:
    steps: list[Any] = ["contacted", "replied", "negotiating", "agreed"]
    labels: dict[str, Any] = {}
    if spoken().code != SOURCE:  # in English the columns are called as they are labelled
        said = {step: label_of(step).brief for step in steps}
        labels["labelExpr"] = f"{json.dumps(said, ensure_ascii=False)}[datum.label]"
    return (
        alt.Chart(_rows())
        .transform_fold(steps, as_=["step", "approaches"])
        .mark_bar()
        .encode(
            y=alt.Y("step:N", title=None, sort=steps, axis=alt.Axis(ticks=False, **labels)),
            x=alt.X("sum(approaches):Q", title=gettext("approaches"), axis=alt.Axis(tickCount=5)),
            color=alt.Color("channel:N", title=None),
        )
    )


@dataclass(frozen=True)
class _Chart:
    """What draws a chart, the column without which a row is left out, and the height in pixels.

    With `by`, the height is that of one row; `by` is the column of what stands in one.
    """

    make: Callable[[], Any]
    needs: str
    height: int
    by: str | None = None


_CHARTS = {
    **{
        f"trend_{name}": _Chart(_trend(f"{name}_of_day"), f"{name}_of_day", 96)
        for name in ("revenue", "profit", "cost", "clicks")
    },
    "money_to_date": _Chart(_money_to_date, "cost_to_date", 200),
    "engagements_by_day": _Chart(_engagements_by_day, "engagements_change", 140),
    "money_by_campaign": _Chart(_money_by_campaign, "cost_committed", 28, "campaign_name"),
    "followers": _Chart(_followers, "followers", 200),
    "fee": _Chart(_fee, "break_even_fee", 34, "account"),
    "voice": _Chart(_voice, "share_of_posts", 220),
    "risers": _Chart(_risers, "z_score", 22, "tag"),
    "tiers": _Chart(_tiers, "er_followers_p50", 54, "tier"),
    "funnel": _Chart(_funnel, "contacted", 140),
}


def charts_script() -> str:
    """Return a script that names the specification of each kind of chart."""
    specifications = {}
    for name, chart in _CHARTS.items():
        specification = chart.make().properties(width="container", height=chart.height).to_dict()
        for key in ("config", "$schema"):
            specification.pop(key, None)
        specification["usermeta"] = {
            "needs": chart.needs,
            "by": chart.by,
            "ofBrands": name == "voice",
        }
        specifications[name] = specification
    text = json.dumps(specifications, sort_keys=True, separators=(",", ":"))
    return f"window.reachlineCharts={text};\n"


def runtime_script() -> str:
    """Return Vega, Vega-Lite and Vega-Embed in one script; it asks nothing of the internet."""
    bundle: str = vl_convert.javascript_bundle(
        "window.vegaEmbed = vegaEmbed;", vl_version=alt.VEGALITE_VERSION.rsplit(".", 1)[0]
    )
    return "(function(){" + bundle + "})();\n"
