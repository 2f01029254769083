"""The connections of a delivery, and what an error may say of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reachline.connections import find_connection
from reachline.errors import ReachlineError
from reachline.redact import Redactor, secret_texts
from reachline.settings import Paths

if TYPE_CHECKING:
    from airflow.sdk import Connection


class DeliveryError(ReachlineError):
    """A release could not be delivered; the text says where, why and what to do."""


def needed_connection(paths: Paths, connection_id: str) -> Connection:
    """Return the Airflow connection that config/publish.yml names.

    Raises DeliveryError where there is none of that id.
    """
    found = find_connection(paths, connection_id)
    if found is None:
        raise DeliveryError(
            f"there is no Airflow connection {connection_id}, which config/publish.yml names. Add "
            f"it with `airflow connections add {connection_id}`, or set "
            f"AIRFLOW_CONN_{connection_id.upper()} in the environment."
        )
    return found


def redacted(error: BaseException, connection: Connection) -> str:
    """Return what an error says without the secrets of the connection that it was made with."""
    redactor = Redactor(connection.password, *secret_texts(connection.extra_dejson))
    return redactor(" ".join(str(error).split()) or type(error).__name__)
