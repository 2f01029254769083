"""Airflow as services on PostgreSQL: what makes its database ready, what each part runs.

docker-compose.yml and deploy/systemd/ start the parts by these commands, with the variables of
deploy/airflow.env. Secrets are files in the folder that REACHLINE_SECRETS names.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

from reachline.local_airflow.environment import AirflowError, make_pools, silence_libraries

PARTS = {
    "api-server": ("api-server", "--proxy-headers"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
"""What `airflow` is given for each part; logs are read from the folder that all have in common."""

_HEALTH = {
    "api-server": "metadatabase",
    "scheduler": "scheduler",
    "dag-processor": "dag_processor",
    "triggerer": "triggerer",
}


def _are_fernet_keys(text: str) -> bool:
    """Return whether a text is a key, or several: while they are rotated, the new one first."""
    from cryptography.fernet import Fernet

    try:
        return all(Fernet(key.strip()) for key in text.split(","))
    except ValueError:
        return False


_SECRETS: dict[str, tuple[Callable[[str], bool], str]] = {
    "fernet_key": (_are_fernet_keys, "32 random bytes in URL-safe base64"),
    "jwt_secret": (lambda text: len(text) >= 32, "32 characters or more"),
    "api_secret_key": (lambda text: len(text) >= 32, "32 characters or more"),
    "database_password": (lambda text: len(text) >= 16, "16 characters or more"),
    "admin_password": (lambda text: len(text) >= 12, "12 characters or more"),
}


def start(part: str) -> NoReturn:
    """Become a part of Airflow. Raises AirflowError where a secret is missing."""
    _require_secrets(name for name in _SECRETS if name != "admin_password")
    os.execv(sys.executable, [sys.executable, "-m", "airflow", *PARTS[part]])  # noqa: S606


def migrate() -> str:
    """Bring database, pools and the user `admin` up to date; return what was done. Safe to repeat.

    The password of `admin` is what its file says, whenever this runs. Raises AirflowError where a
    secret is missing or too short.
    """
    _require_secrets(_SECRETS)
    silence_libraries()
    from airflow.providers_manager import ProvidersManager
    from airflow.utils import db

    silence_libraries()
    ProvidersManager().initialize_providers_configuration()  # type: ignore[no-untyped-call]
    db.initdb()
    make_pools()
    return f"The database and the pools are up to date; the user admin {_write_admin()}."


def health(part: str) -> None:
    """Return if a part is well, as the API server sees it; raise AirflowError if not."""
    address = os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    page = address.replace("/execution/", "/api/v2/monitor/health")
    try:
        with urllib.request.urlopen(page, timeout=10) as answer:  # noqa: S310 # nosec B310
            status = json.load(answer).get(_HEALTH[part], {}).get("status")
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise AirflowError(f"the API server does not answer on {page}: {error}") from error
    if status != "healthy":
        raise AirflowError(f"{part} is {status or 'not known to the API server'}.")


def _write_admin() -> str:
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        users = builder.sm
        users.sync_roles()
        found = users.find_user("admin")
        if found is None:
            role, password = users.find_role("Admin"), _secret("admin_password")
            if not users.add_user("admin", "Admin", "User", "admin@localhost", role, password):
                raise AirflowError("the user admin could not be made: see the log above.")
            return "was made"
        users.reset_password(found.id, _secret("admin_password"))
        return "has the password of its file"


def _require_secrets(names: Iterable[str]) -> None:
    """Raise AirflowError with every secret that is missing, or that is not fit for its use."""
    faults = []
    for name in names:
        is_fit, wanted = _SECRETS[name]
        try:
            text = _secret(name)
        except OSError as error:
            faults.append(f"{name}: {error.strerror}")
        else:
            if not is_fit(text):
                faults.append(f"{name}: not {wanted}")
    if faults:
        raise AirflowError(
            f"Airflow does not start without its secrets, files in {_folder()}: "
            f"{'; '.join(faults)}. `deploy/secrets FOLDER` writes those that are missing."
        )


def _secret(name: str) -> str:
    return (_folder() / name).read_text(encoding="utf-8").strip()


def _folder() -> Path:
    return Path(os.environ.get("REACHLINE_SECRETS", "/etc/reachline/secrets"))
