"""Writes the configuration directory that fits the made-up market."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from reachline.configuration import EXAMPLE
from reachline.sandbox.names import ALSO_ON, BRANDS, PLATFORMS


def write_config(folder: Path) -> None:
    """Write the example configuration with the brands of the market; files are taken at once."""
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    (folder / "brands.yml").write_text(_brands(), encoding="utf-8")
    sources = folder / "sources.yml"
    shipped = sources.read_text(encoding="utf-8")
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
        handles = {name: [brand.handle_on(name)] for name in (*PLATFORMS, *ALSO_ON)}
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
