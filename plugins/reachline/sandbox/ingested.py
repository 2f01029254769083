"""What the demo asks the sandbox for, through the connectors: the social platforms of the market.

The shop's orders and the web's clicks come as files: a market has either of these doors, not both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from reachline.sandbox.names import BRANDS
from reachline.sandbox.platforms import TOKEN, Sandbox

_OWN = BRANDS[0]
_OPTIONS: dict[str, dict[str, Any]] = {
    "mastodon": {"servers": ["social.example"]},
    "youtube": {"derived_metrics_accepted": True},
    "instagram": {},
    "bluesky": {},
    "tiktok": {"research": True},
    "x": {
        "enabled": True,
        "first_days": 6,
        "spend_cap": 100,
        "currency": "USD",
        "price_per_post": 0.005,
        "price_per_user": 0.01,
    },
}
_ACCOUNTS = {"lumencoffee": "17841400040024420"}
"""The brand's user id on Instagram, in this market."""
# the clock of the demo stands while a source is read, so limits by the minute would never pass
_LIMITS = (("mastodon", "requests"), ("bluesky", "requests"), ("tiktok", "requests"))


def configure(config: Path) -> None:
    """Switch the connectors on in a made-up market's configuration."""
    sources = config / "sources.yml"
    said = sources.read_text(encoding="utf-8")
    connectors = json.dumps(_OPTIONS, ensure_ascii=False)
    sources.write_text(said.replace("connectors: {}", f"connectors: {connectors}"), "utf-8")


def connect(sandbox: Sandbox) -> None:
    """Give this process the connections to a sandbox, and let it ask as much as it needs."""
    for platform, bucket in _LIMITS:
        sandbox.set_limit(platform, bucket, 1_000_000)
    for source in _OPTIONS:
        extra: dict[str, Any] = {"base_url": sandbox.url(source)}
        if source == "instagram":
            extra["accounts"] = _ACCOUNTS
        told = {
            "conn_type": "http",
            "login": _OWN.handle_on(source),
            "password": TOKEN,
            "extra": extra,
        }
        os.environ[f"AIRFLOW_CONN_REACHLINE_{source.upper()}"] = json.dumps(told)
