"""What the release says of itself: its data, its run and its columns."""

from __future__ import annotations

from reachline.quality.checks import Suite, between, never_null, no_row, one_of, unique
from reachline.quality.facts import Night
from reachline.quality.model.shared import NEGATIVE, grain


def suites(night: Night) -> list[Suite]:
    """Return the suites of these tables."""
    return [
        grain(
            night,
            "reports.data_health",
            between("rows_7d", NEGATIVE, low=0),
            no_row(
                "sources_are_fresh",
                "freshness in ('stale', 'error')",
                "every source within its bounds in config/sources.yml",
                "Numbers of a source that has stopped look right and are old.",
                severity="warn",
            ),
            between("queries_incomplete", NEGATIVE, low=0),
            no_row(
                "queries_are_whole",
                "queries_incomplete > 0",
                "every query of a platform answered to its end",
                "A hashtag or account that was answered in part looks like one that went quiet.",
                severity="warn",
            ),
            between("queries_not_found", NEGATIVE, low=0),
            no_row(
                "accounts_are_found",
                "queries_not_found > 0",
                "every account that a platform is asked for known to it",
                "An account whose handle is wrong looks like one that posts nothing.",
                severity="warn",
            ),
            between("rows_held", NEGATIVE, low=0),
            between("files_refused", NEGATIVE, low=0),
            no_row(
                "clicks_counted_are_told",
                "clicks_counted_28d > clicks_28d or clicks_counted_28d < 0",
                "at most as many clicks counted as a source tells of",
                "Else one tap counts more than once.",
            ),
            one_of(
                "completeness",
                ("whole", "below_usual", "above_usual", "too_early"),
                "Who looks for a day that came in part finds it by these words.",
            ),
            no_row(
                "bounds_are_in_order",
                "usual_low > usual_high or (usual_low is null) <> (usual_high is null)",
                "a usual range from low to high, or none",
                "Against a range that is turned round every day looks wrong.",
            ),
            columns=(
                *("rows_7d", "freshness", "queries_incomplete", "queries_not_found", "rows_held"),
                *("completeness", "usual_low", "usual_high", "clicks_28d", "clicks_counted_28d"),
                "files_refused",
            ),
        ),
        grain(night, "quality.rejects"),
        grain(
            night,
            "meta.run",
            no_row(
                "run_is_of_this_night",
                f"logical_date <> date '{night.logical_date}'",
                f"logical_date {night.logical_date}",
                "Readers look here for the day up to which everything counts.",
            ),
        ),
        grain(night, "meta.metrics"),
        grain(night, "meta.thresholds"),
        _coverage(night),
        grain(night, "meta.batches"),
        grain(night, "meta.tables"),
        grain(
            night,
            "meta.columns",
            no_row(
                "every_column_is_described",
                "trim(description) = ''",
                "a description of every published column",
                "A figure that nobody explains is read as whatever its name suggests.",
            ),
            columns=("description",),
        ),
    ]


def _coverage(night: Night) -> Suite:
    # orders and clicks are of no brand, which is a key as well
    return Suite(
        stage="model",
        table="meta.coverage",
        rows="select stream, coalesce(brand_id, '') as brand_id, covered_from, covered_to, basis\n"
        "from meta.coverage",
        key=("stream", "brand_id"),
        checks=(
            unique(("stream", "brand_id"), "Figures would be counted once for each of its rows."),
            never_null("stream", "Nobody could say what is covered."),
            one_of(
                "stream",
                ("orders", "clicks", "mentions"),
                "Figures of a stream that nobody knows are told from no day on.",
            ),
            one_of(
                "basis",
                ("configured", "first_event"),
                "Who reads the day must know whether a person or the data says it.",
            ),
            no_row(
                "days_and_their_basis_go_together",
                "(covered_from is null) <> (basis is null) "
                "or (covered_from is null) <> (covered_to is null) "
                f"or covered_to <> date '{night.logical_date}'",
                f"covered_from, covered_to and basis together, covered_to {night.logical_date}",
                "Whether a figure is 0 or not known is decided by these days.",
            ),
        ),
    )
