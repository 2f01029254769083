"""Connectors: one module a platform over one HTTP layer. They ask, page and land; no more."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from reachline.connectors.base import Connector

# secrets come from our own connections: dlt need not look for any, nor import Airflow to do so,
# which costs a second and 100 MB
os.environ.setdefault("PROVIDERS__ENABLE_AIRFLOW_SECRETS", "false")


def connector(source: str) -> type[Connector]:
    """Return the connector of a source: the class of its module that names it as its `source`."""
    module = import_module(f"reachline.connectors.{source}")
    (found,) = (kind for kind in vars(module).values() if getattr(kind, "source", "") == source)
    return cast("type[Connector]", found)
