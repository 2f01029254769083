"""Airflow connections: the one place where the secrets of a delivery stand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reachline.errors import ReachlineError
from reachline.settings import Paths

if TYPE_CHECKING:
    from airflow.sdk import Connection


_LONG = 12
_SECRET = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)


class DeliveryError(ReachlineError):
    """A release could not be delivered; the text says where, why and what to do."""


def find_connection(paths: Paths, connection_id: str) -> Connection:
    """Return an Airflow connection, from the environment or from Airflow's own database.

    Raises DeliveryError where there is none of that id.
    """
    os.environ.setdefault("AIRFLOW_HOME", str(paths.airflow))
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(connection_id)
    except AirflowNotFoundException as error:
        raise DeliveryError(
            f"there is no Airflow connection {connection_id}, which config/publish.yml names. Add "
            f"it with `airflow connections add {connection_id}`, or set "
            f"AIRFLOW_CONN_{connection_id.upper()} in the environment."
        ) from error


def redacted(error: BaseException, connection: Connection) -> str:
    """Return what an error says without the secrets of the connection that it was made with."""
    text = " ".join(str(error).split()) or type(error).__name__
    secrets = set(_secrets(connection.extra_dejson))
    if connection.password:
        secrets |= {connection.password, quote(connection.password, safe="")}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(value: Any, name: str = "") -> Iterator[str]:
    """Return the texts within an extra that are long enough, or named so, that they may be some."""
    if isinstance(value, dict):
        for inner_name, inner in value.items():
            yield from _secrets(inner, str(inner_name))
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner, name)
    elif isinstance(value, str) and value and (len(value) >= _LONG or _SECRET.search(name)):
        yield value
