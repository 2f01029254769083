"""What the release says of itself: its data, its run and its columns."""

from __future__ import annotations

from reachline.quality.checks import Suite, between, no_row, one_of
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
                *("completeness", "usual_low", "usual_high"),
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
