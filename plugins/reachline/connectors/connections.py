"""Secrets: each source's Airflow connection, `reachline_<source>`, or AIRFLOW_CONN_* for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reachline.connections import find_connection
from reachline.connectors.types import RunState, Stop
from reachline.redact import secret_texts
from reachline.settings import Paths


@dataclass(frozen=True)
class Connection:
    """What a platform wants to know of us."""

    login: str = ""
    password: str = field(default="", repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be written anywhere."""
        return (*filter(None, [self.password]), *secret_texts(dict(self.extra)))

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

    def by_handle(
        self, source: str, name: str, meaning: str, pattern: str = ".+"
    ) -> dict[str, str]:
        """Return the extra `name`: from handle, in lower case without @, to `meaning`.

        {} where there is no such extra; Stop with auth_expired where it is of another form, or a
        value does not match `pattern`.
        """
        found = self.extra.get(name) or {}
        if not isinstance(found, Mapping) or not all(
            re.fullmatch(pattern, str(value)) for value in found.values()
        ):
            raise Stop(
                RunState.AUTH_EXPIRED,
                f"{name} in the extra of {name_of(source)} is not of the form "
                f'{{"<handle>": "<{meaning}>"}}.',
            )
        return {handle.lower().lstrip("@"): str(value) for handle, value in found.items()}


def name_of(source: str) -> str:
    """Return the name of a source's connection."""
    return f"reachline_{source}"


def connection_of(source: str, paths: Paths) -> Connection:
    """Return the connection of a source; an empty one where none is set."""
    found = find_connection(paths, name_of(source))
    if found is None:
        return Connection()
    return Connection(found.login or "", found.password or "", found.extra_dejson)
