"""Writes the configuration directory that fits the made-up market."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from reachline.sandbox.names import BRANDS, PLATFORMS

# config/ of the repository: what is not about the market is taken as it ships
_SHIPPED = Path(__file__).resolve().parents[3] / "config"
_SOURCES = "inbox:\n  settle_seconds: 0\nconnectors: {}\n"


def write_config(folder: Path) -> None:
    """Writes brands.yml and sources.yml, and copies the rest of the shipped configuration."""
    if _SHIPPED.is_dir():
        shutil.copytree(_SHIPPED, folder, dirs_exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "brands.yml").write_text(_brands(), encoding="utf-8")
    sources = folder / "sources.yml"
    shipped = sources.read_text(encoding="utf-8") if sources.is_file() else _SOURCES
    # files of a made-up world are whole when they are dropped
    sources.write_text(
        re.sub(r"settle_seconds: *\d+", "settle_seconds: 0", shipped), encoding="utf-8"
    )


def _brands() -> str:
    lines = [
        "# The made-up market: two own brands, each with two competitors.",
        "reporting: {currency: USD, time_zone: UTC}",
        "brands:",
    ]
    for brand in BRANDS:
        handles = {platform: [brand.handle_on(platform)] for platform in PLATFORMS}
        lines += [
            f"  - brand_id: {brand.brand_id}",
            f"    name: {_flow(brand.name)}",
            f"    role: {brand.role}",
            f"    handles: {_flow(handles)}",
            f"    hashtags: {_flow(brand.hashtags)}",
            f"    keywords: {_flow(brand.keywords)}",
            f"    domains: {_flow([brand.domain])}",
            f"    niches: {_flow(brand.niches)}",
            f"    competitors: {_flow(brand.competitors)}",
        ]
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    """Returns a value in YAML's flow style, of which JSON is a part."""
    return json.dumps(value, ensure_ascii=False)
