"""Plain HTTP to one platform of a sandbox, so that what is on the wire can be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from reachline.sandbox.platforms import TOKEN, Sandbox

AT = datetime(2026, 3, 3, 6, tzinfo=UTC)
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Client:
    sandbox: Sandbox
    platform: str

    def get(
        self, path: str, headers: dict[str, str] | None = None, **params: Any
    ) -> requests.Response:
        url = self.sandbox.url(self.platform) + path
        return requests.get(url, params=params, headers=headers, timeout=30)

    def post(
        self, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> requests.Response:
        url = self.sandbox.url(self.platform) + path
        return requests.post(url, headers=headers, timeout=30, **options)


def kinds(value: Any) -> Any:
    """Return a record's shape: types in place of values, of a list its first element's."""
    if isinstance(value, dict):
        return {name: kinds(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [kinds(value[0])] if value else []
    return type(value).__name__
