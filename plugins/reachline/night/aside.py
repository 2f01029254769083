"""What is said of a night whose release does not become the one that readers see."""

from __future__ import annotations

from reachline.publish.releases import Release, current_release
from reachline.settings import Settings
from reachline.warehouse import built_to


def aside(settings: Settings, release: Release) -> str:
    """Return that a release was made beside the current one, why, and the ways out."""
    night, reached = release.logical_date, built_to(settings)
    current = current_release(settings.paths.published)
    seen = f"{current.release_id}, as of {current.logical_date}" if current else "nothing"
    why, mistake = "another release was made current since", ""
    if reached is not None and reached > night:
        why = f"the warehouse is built to {reached}, and time runs forward"
        mistake = (
            f" If {reached} was a mistake, no real night before it moves `current`: delete "
            f"{settings.paths.warehouse}/*.duckdb and run {night} again, which is built anew from "
            "landing, and becomes current."
        )
    return (
        f"the night of {night} made the release {release.release_id}, but readers go on seeing "
        f"{seen}: {why}. To show it: `reachline release rollback {release.release_id}`.{mistake}"
    )
