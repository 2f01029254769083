"""Airflow's home on this machine: its variables, its configuration, its database and pools."""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
import warnings
from pathlib import Path

from reachline.configuration.platforms import sources
from reachline.errors import ReachlineError
from reachline.settings import Paths

PROJECT = Path(__file__).resolve().parents[3]
POOL = "duckdb_writer"
HOST = "127.0.0.1"

_MARK = "# Written by reachline.local_airflow; take this line out to keep changes of your own."


class AirflowError(ReachlineError):
    """Airflow could not do what it was asked; the text says why and what to do."""


def prepare(where: Paths, config: Path) -> None:
    """Set Airflow's home up: database and pool are made on first use. Safe to repeat."""
    os.environ.update(environment(where, config))
    silence_libraries()
    home = Path(os.environ["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    _write_config(home)
    from airflow import __version__

    stamp, is_now = home / "prepared.txt", f"{__version__} {' '.join(sources())}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == is_now:
        return
    from airflow.models.pool import Pool
    from airflow.utils import db

    silence_libraries()
    db.initdb()
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
    stamp.write_text(is_now, encoding="utf-8")


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
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    merged = {name: os.environ.get(name, value) for name, value in told.items()}
    port = merged["AIRFLOW__API__PORT"]
    merged.setdefault("AIRFLOW__API__BASE_URL", f"http://{HOST}:{port}")
    # standalone starts its parts by the name `airflow`
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    search = [str(PROJECT / "plugins"), os.environ.get("PYTHONPATH", "")]
    return {
        **merged,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{port}/execution/",
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
    sections.setdefault("api_auth", []).append(f"jwt_secret = {_jwt_secret(home)}")
    text = "\n\n".join(f"[{name}]\n" + "\n".join(lines) for name, lines in sections.items())
    beside = path.with_suffix(".part")
    beside.touch(mode=0o600)
    beside.write_text(f"{_MARK}\n\n{text}\n", encoding="utf-8")
    beside.replace(path)


def _jwt_secret(home: Path) -> str:
    """Return the secret of this home; made once, for its owner alone to read."""
    path = home / "jwt_secret.txt"
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def silence_libraries() -> None:
    """Show warnings of libraries and nothing below: what a night did is in its journal."""
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("AIRFLOW__LOGGING__FAB_LOGGING_LEVEL", "WARNING")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", message="Using `httpx`")
    for name in ("airflow", "alembic", "sqlalchemy", "dbt", "great_expectations"):
        logging.getLogger(name).setLevel(logging.WARNING)
