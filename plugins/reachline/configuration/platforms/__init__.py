"""What is true of each platform, and what a team may set of it: one module a platform or source.

A module has `PLATFORM` where posts and accounts come from it (a shop has none), and `SOURCE` where
a connector asks it (a platform that is known from files alone has none). What others need of it is
derived: the options of config/sources.yml, the facts that macros ask for
(dbt_project/macros/platforms/platforms.sql), which metrics a platform never reports,
platform_metrics.csv of a new configuration, and the tables of docs/platforms.md. A platform without
a module is as `Platform()` says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from reachline.configuration.platforms.base import ConnectorOptions, Platform, Source

__all__ = [
    "ConnectorOptions",
    "Platform",
    "Source",
    "is_account_id",
    "platforms",
    "refusal",
    "sources",
]


@cache
def platforms() -> Mapping[str, Platform]:
    """Return what is true of each known platform, by its name, in the order of the names."""
    return {name: module.PLATFORM for name, module in _modules() if hasattr(module, "PLATFORM")}


@cache
def sources() -> Mapping[str, Source]:
    """Return the sources that a connector asks, by name, in the order of the names."""
    return {name: module.SOURCE for name, module in _modules() if hasattr(module, "SOURCE")}


def is_account_id(platform: str, text: str) -> bool:
    """Return whether a text that stands in a handle's place is an account's id instead."""
    facts = platforms().get(platform)
    return bool(facts and facts.account_ids and re.fullmatch(facts.account_ids, text))


def refusal(platform: str, handle: str) -> str:
    """Return why a normalised handle can be none of a platform's; "" where it can."""
    form = platforms().get(platform, Platform()).handle
    return "" if form is None or form.fits(handle) else f"a handle of {platform} is {form.rule}"


def _modules() -> list[tuple[str, ModuleType]]:
    names = sorted(found.name for found in iter_modules(__path__) if found.name != "base")
    return [(name, import_module(f"{__name__}.{name}")) for name in names]
