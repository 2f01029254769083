"""Airflow's home on this machine: its variables, its configuration, its database and pools."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import sys
import warnings
from pathlib import Path

from reachline.configuration.platforms import sources
from reachline.errors import ReachlineError
from reachline.private import is_open_to_others, kept_secret, write_private
from reachline.settings import Paths

PROJECT = Path(__file__).resolve().parents[3]
POOL = "duckdb_writer"
HOST = "127.0.0.1"
PASSWORDS = "simple_auth_manager_passwords.json.generated"

_MARK = "# Written by reachline.local_airflow; take this line out to keep changes of your own."


class AirflowError(ReachlineError):
    """Airflow could not do what it was asked; the text says why and what to do."""


def prepare(where: Paths, config: Path) -> None:
    """Set Airflow's home up: database and pool are made on first use. Safe to repeat."""
    os.environ.update(environment(where, config))
    silence_libraries()
    home = Path(os.environ["AIRFLOW_HOME"])
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_config(home)
    _write_passwords(home)
    _keep_private(home)
    from airflow import __version__

    stamp = home / "prepared.txt"
    is_now = f"{__version__} {' '.join(sources())} encrypted"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == is_now:
        return
    from airflow.utils import db

    silence_libraries()
    db.initdb()
    _encrypt_what_is_plain()
    make_pools()
    stamp.write_text(is_now, encoding="utf-8")


def make_pools() -> None:
    """Make the pools that the DAGs name, or set them right."""
    from airflow.models.pool import Pool

    Pool.create_or_update_pool(
        name=POOL,
        slots=1,
        description="Tasks that open the DuckDB warehouse: one at a time.",
        include_deferred=False,
    )
    for source in sources():
        Pool.create_or_update_pool(
            name=f"ingest_{source}",
            slots=1,
            description=f"Tasks that ask {source}: one at a time.",
            include_deferred=False,
        )


def environment(where: Paths, config: Path) -> dict[str, str]:
    """Return what Airflow's processes are told; what the caller has set already stays."""
    home = Path(os.environ.get("AIRFLOW_HOME") or where.airflow)
    told = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db?timeout=60",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": "8080",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(where.logs / "airflow"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o640",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o750",
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    merged = {name: os.environ.get(name, value) for name, value in told.items()}
    port = merged["AIRFLOW__API__PORT"]
    merged.setdefault("AIRFLOW__API__BASE_URL", f"http://{HOST}:{port}")
    tasks_ask = f"http://{HOST}:{port}/execution/"
    # standalone starts its parts by the name `airflow`
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    search = [str(PROJECT / "plugins"), os.environ.get("PYTHONPATH", "")]
    return {
        **merged,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": os.environ.get(
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", tasks_ask
        ),
        "PATH": os.pathsep.join(programs),
        "PYTHONPATH": os.pathsep.join(part for part in search if part),
        "REACHLINE_HOME": str(where.home),
        "REACHLINE_CONFIG": str(config),
    }


def _write_config(home: Path) -> None:
    """Write airflow.cfg, so that a plain `airflow …` in this home finds DAGs and database too.

    One that somebody else wrote stays.
    """
    path = home / "airflow.cfg"
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_MARK):
        return
    sections: dict[str, list[str]] = {}
    for name, value in sorted(os.environ.items()):
        match = re.fullmatch(r"AIRFLOW__([A-Z]+(?:_[A-Z]+)*)__([A-Z_]+)", name)
        if match and not name.endswith(("_CMD", "_SECRET")):
            line = f"{match[2].lower()} = {value.replace('%', '%%')}"
            sections.setdefault(match[1].lower(), []).append(line)
    # the parts sign what they send one another; each would make a secret of its own
    jwt_secret = kept_secret(home / "jwt_secret.txt", lambda: secrets.token_urlsafe(32))
    sections.setdefault("api_auth", []).append(f"jwt_secret = {jwt_secret}")
    if not any(name.startswith("AIRFLOW__CORE__FERNET_KEY") for name in os.environ):
        fernet_key = kept_secret(home / "fernet_key.txt", _new_fernet_key)
        sections.setdefault("core", []).append(f"fernet_key = {fernet_key}")
    text = "\n\n".join(f"[{name}]\n" + "\n".join(lines) for name, lines in sections.items())
    write_private(path, f"{_MARK}\n\n{text}\n")


def _new_fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode("ascii")


def _write_passwords(home: Path) -> None:
    """Make the passwords of the page's users: Airflow would print those that it makes to its log.

    A password that others could read in its file, or in such a log, is replaced.
    """
    if os.environ.get("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"):
        return
    path = home / PASSWORDS
    known: dict[str, str] = {}
    if path.exists() and not is_open_to_others(path):
        known = json.loads(path.read_text(encoding="utf-8") or "{}")
    users = os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].split(",")
    names = [user.split(":")[0].strip() for user in users if user.strip()]
    missing = {name: secrets.token_urlsafe(16) for name in names if name not in known}
    if missing:
        write_private(path, json.dumps({**known, **missing}) + "\n")


def _keep_private(home: Path) -> None:
    """Close the home to others, and its database, before anything is written there."""
    if not (home / "airflow.cfg").read_text(encoding="utf-8").startswith(_MARK):
        return
    home.chmod(0o700)
    if os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith(f"sqlite:///{home}/"):
        (home / "airflow.db").touch(mode=0o600)
        for path in home.glob("airflow.db*"):
            path.chmod(0o600)


def _encrypt_what_is_plain() -> None:
    """Encrypt the connections and variables that stand in the database as they came.

    They were written before there was a key. What SQLite leaves of them in free pages goes as well.
    """
    from airflow.models import Connection, Variable
    from airflow.settings import engine
    from airflow.utils.session import create_session
    from sqlalchemy import select, text

    with create_session() as session:
        for connection in session.scalars(select(Connection)):
            if connection._password and not connection.is_encrypted:
                connection.set_password(connection._password)
            if connection._extra and not connection.is_extra_encrypted:
                connection.set_extra(connection._extra)
        for variable in session.scalars(select(Variable)):
            if variable._val and not variable.is_encrypted:
                variable.set_val(variable._val)
    if engine is not None and engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as raw:
            raw.execute(text("vacuum"))
            raw.execute(text("pragma wal_checkpoint(truncate)"))


def silence_libraries() -> None:
    """Show warnings of libraries and nothing below: what a night did is in its journal."""
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("AIRFLOW__LOGGING__FAB_LOGGING_LEVEL", "WARNING")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", message="Using `httpx`")
    for name in ("airflow", "alembic", "sqlalchemy", "dbt", "great_expectations"):
        logging.getLogger(name).setLevel(logging.WARNING)
