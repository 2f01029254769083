"""Secrets: each source's Airflow connection, `reachline_<source>`, or AIRFLOW_CONN_* for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reachline.connectors.base import RunState, Stop


@dataclass(frozen=True)
class Connection:
    """What a platform wants to know of us. Only `extra` may be shown."""

    login: str = ""
    password: str = field(default="", repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be written anywhere."""
        texts = (value for value in self.extra.values() if isinstance(value, str))
        return tuple(t for t in (self.password, *texts) if t and not t.startswith("http"))

    def base_url(self, default: str) -> str:
        """Return the address of the platform: its own, but where the extras name another."""
        return str(self.extra.get("base_url") or default).rstrip("/")

    def need(self, source: str, name: str) -> str:
        """Return a field that the source can't do without; Stop with auth_expired without it."""
        value = {"login": self.login, "password": self.password}.get(name) or self.extra.get(name)
        if not value:
            raise Stop(
                RunState.AUTH_EXPIRED,
                f"the connection {name_of(source)} has no {name}. Set it in Airflow, or in "
                f"AIRFLOW_CONN_{name_of(source).upper()}.",
            )
        return str(value)


def name_of(source: str) -> str:
    """Return the name of a source's connection."""
    return f"reachline_{source}"


def find_connection(source: str) -> Connection:
    """Return the connection of a source; an empty one where none is set."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = BaseHook.get_connection(name_of(source))
    except AirflowNotFoundException:
        return Connection()
    return Connection(found.login or "", found.password or "", found.extra_dejson)
