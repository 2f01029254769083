"""The configuration as validated models: files in, one `Config` or every mistake at once out."""

from __future__ import annotations

from pathlib import Path

EXAMPLE = Path(__file__).with_name("example")
"""A whole configuration, of an invented brand: `reachline init` copies it for a team to edit."""
