"""Airflow connections: the one place where the secrets of a delivery stand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from reachline.settings import Paths

if TYPE_CHECKING:
    from airflow.sdk import Connection


class DeliveryError(Exception):
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
    secrets = {str(value) for value in connection.extra_dejson.values() if len(str(value)) > 3}
    if connection.password:
        secrets |= {connection.password, quote(connection.password, safe="")}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
