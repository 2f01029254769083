"""The report's scripts of charts: functions of the code alone, made once and kept.

To make them takes four seconds of processor time, which a night need not spend again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from reachline.cache import kept


@cache
def charts_script() -> str:
    """Return charts.charts_script()."""

    def make() -> str:
        from reachline.publish.report import charts

        return charts.charts_script()

    return _kept("charts", make)


@cache
def runtime_script() -> str:
    """Return charts.runtime_script()."""

    def make() -> str:
        from reachline.publish.report import charts

        return charts.runtime_script()

    return _kept("charts-runtime", make)


def _kept(kind: str, make: Callable[[], str]) -> str:
    code = hashlib.sha256(Path(__file__).with_name("charts.py").read_bytes())
    for package in ("altair", "vl-convert-python"):
        code.update(f"{package} {version(package)}\n".encode())
    return kept(kind, code.hexdigest()[:16], lambda: make().encode()).decode()
