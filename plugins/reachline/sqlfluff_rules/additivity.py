"""What the catalogue of metrics calls non-additive is never summed."""

from __future__ import annotations

from typing import Any

from sqlfluff.core.rules import BaseRule, LintResult, RuleContext
from sqlfluff.core.rules.crawlers import SegmentSeekerCrawler

from reachline.warehouse.metrics import load_metrics


class Rule_Reachline_ME01(BaseRule):  # noqa: N801 - sqlfluff takes the rule's code from the name
    """A non-additive metric is summed.

    **Anti-pattern**

    People who saw two posts are counted twice, and a sum of rates means nothing:

    .. code-block:: sql

        select sum(posts.reach) as reach from posts

    **Best practice**

    Compute a ratio from the sums of its parts. A sum that is published as an upper bound on
    purpose carries the name that the catalogue gives it:

    .. code-block:: sql

        select sum(posts.reach) as reach_sum_of_posts from posts
    """

    groups = ("all",)
    crawl_behaviour = SegmentSeekerCrawler({"function"})

    def _eval(self, context: RuleContext) -> LintResult | None:
        call = context.segment
        name = call.get_child("function_name")
        if name is None or name.raw.lower() not in {"sum", "fsum", "kahan_sum"}:
            return None
        metrics = load_metrics()
        alias = _alias(context)
        for reference in call.recursive_crawl("column_reference"):
            column = reference.raw.rsplit(".", 1)[-1].strip('"').lower()
            metric = metrics.get(column)
            if metric is None or metric.additivity != "non_additive":
                continue
            bound = metrics.get(alias)
            if bound is not None and bound.upper_bound_of == column:
                continue
            return LintResult(
                anchor=reference,
                description=f"{column} does not add up ({metric.formula}): sum its parts.",
            )
        return None


def _alias(context: RuleContext) -> str:
    """Return the name under which the select list publishes the expression at hand, or ''."""
    for parent in reversed(context.parent_stack):
        if parent.is_type("select_clause_element"):
            alias = parent.get_child("alias_expression")
            name: Any = alias.get_child("naked_identifier", "quoted_identifier") if alias else None
            return name.raw.strip('"').lower() if name is not None else ""
    return ""
