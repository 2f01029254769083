"""Airflow connections: the one place where secrets stand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from reachline.settings import Paths

if TYPE_CHECKING:
    from airflow.sdk import Connection


def outside_of_tasks() -> None:
    """Let connections be found by a command: else Airflow lets a server alone into its database."""
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")


def find_connection(paths: Paths, connection_id: str) -> Connection | None:
    """Return an Airflow connection, from the environment or from Airflow's own database.

    None where there is none of that id.
    """
    os.environ.setdefault("AIRFLOW_HOME", str(paths.airflow))
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return BaseHook.get_connection(connection_id)
    except AirflowNotFoundException:
        return None
