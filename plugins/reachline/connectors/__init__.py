"""Connectors: one module a platform over one HTTP layer. They ask, page and land; no more."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # the names of the sources are wanted where the HTTP libraries are not
    from reachline.connectors.base import Connector

# secrets come from our own connections: dlt need not look for any, nor import Airflow to do so,
# which costs a second and 100 MB
os.environ.setdefault("PROVIDERS__ENABLE_AIRFLOW_SECRETS", "false")

SOURCES = {
    "mastodon": "Mastodon",
    "shopify": "Shopify",
    "youtube": "YouTube",
    "instagram": "Instagram",
    "bluesky": "Bluesky",
    "tiktok": "TikTok",
    "x": "X",
    "ga4": "GA4",
}
"""Each source's module in this package, and its class there."""


def connector(source: str) -> type[Connector]:
    """Return the connector of a source of config/sources.yml."""
    found: type[Connector] = getattr(
        import_module(f"reachline.connectors.{source}"), SOURCES[source]
    )
    return found
