"""Reachline: a nightly pipeline for micro-influencer marketing on Airflow, dbt and DuckDB.

In a notebook: `reachline.open_release().table("campaign_performance")`; see reachline.api.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reachline.api import OpenRelease, open_release

__all__ = ["OpenRelease", "__version__", "open_release"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # what a notebook needs is imported when it is used: every command imports this module
    if name in {"OpenRelease", "open_release"}:
        from reachline import api

        return getattr(api, name)
    raise AttributeError(f"module 'reachline' has no attribute {name!r}")
