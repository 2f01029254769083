"""Probes of what surrounds a home: packages, Airflow, connections, alarms."""

from __future__ import annotations

import os
import platform
import re
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reachline.configuration.platforms import sources
from reachline.connections import find_connection, outside_of_tasks
from reachline.local_airflow.environment import PROJECT
from reachline.operation.findings import Finding
from reachline.settings import Paths, Settings

if TYPE_CHECKING:
    from airflow.sdk import Connection

_LOCK = PROJECT / "requirements.lock"
_PYTHONS = ((3, 11), (3, 14))
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+?)(?: ?; ?([^\\]+?))?(?: \\)?$", re.MULTILINE)
_SHOWN = 5
_TIMEOUT_SECONDS = 5.0

ADDRESSES = {
    "bluesky": "https://bsky.social",
    "instagram": "https://graph.facebook.com",
    "reddit": "https://oauth.reddit.com",
    "threads": "https://graph.threads.net",
    "tiktok": "https://open.tiktokapis.com",
    "x": "https://api.x.com",
    "youtube": "https://www.googleapis.com",
}
"""Whom a connector asks where its connection names no other; Mastodon and Shopify: the options."""


def packages() -> Iterator[Finding]:
    """Compare Python and its packages with the lock."""
    area = "environment"
    first, last = _PYTHONS
    if not first <= sys.version_info[:2] < last:
        yield Finding(
            area,
            "error",
            f"Python {platform.python_version()} is not 3.{first[1]} to 3.{last[1] - 1}",
            "rm -r .venv; make setup-run",
        )
    if not _LOCK.is_file():
        yield Finding(
            area, "note", f"{_LOCK} is not there: packages can't be compared with the lock"
        )
        return
    missing, other = [], []
    for name, wanted in _wanted(_LOCK.read_text(encoding="utf-8")):
        try:
            found = version(name)
        except PackageNotFoundError:
            missing.append(name)
            continue
        if found != wanted:
            other.append(f"{name} {found}, not {wanted}")
    if missing:
        yield Finding(area, "error", f"not installed: {_some(missing)}", "make setup-run")
    if other:
        yield Finding(area, "warning", f"not as in the lock: {_some(other)}", "make setup-run")
    if not missing and not other:
        yield Finding(
            area,
            "ok",
            f"Python {platform.python_version()}, all packages as in the lock: Airflow "
            f"{version('apache-airflow')}, dbt {version('dbt-core')}, DuckDB {version('duckdb')}",
        )


def _wanted(lock: str) -> Iterator[tuple[str, str]]:
    """Yield name and version of each package that the lock has for this Python and system."""
    from packaging.markers import Marker

    for name, wanted, marker in _PINNED.findall(lock):
        if not marker or Marker(marker).evaluate():
            yield name, wanted


def airflow(where: Paths) -> Iterator[Finding]:
    """Look at Airflow's home: whether it fits this version, and whether its DAGs load and run."""
    area = "airflow"
    home = Path(os.environ.get("AIRFLOW_HOME") or where.airflow)
    stamp, database = home / "prepared.txt", home / "airflow.db"
    if not (home / "airflow.cfg").exists():
        yield Finding(area, "note", f"{home} is no home of Airflow: nights run without it")
        return
    installed = version("apache-airflow")
    prepared = stamp.read_text(encoding="utf-8").split(" ")[0] if stamp.is_file() else None
    if prepared is not None and prepared != installed:
        text = f"its database was prepared by version {prepared}, and {installed} is installed"
        yield Finding(area, "error", text, "reachline airflow prepare")
    if not database.is_file():
        yield Finding(area, "note", f"its database is not {database}: it is not looked into")
        return
    found = list(_in_database(database))
    yield from found or [Finding(area, "ok", f"{home}: version {installed}, no DAG is broken")]


def _in_database(database: Path) -> Iterator[Finding]:
    area = "airflow"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as con:
        try:
            broken = con.execute("select filename, stacktrace from import_error").fetchall()
            paused = con.execute("select is_paused from dag where dag_id = 'nightly'").fetchall()
        except sqlite3.DatabaseError as error:
            yield Finding(area, "error", f"{database}: {error}", "reachline airflow prepare")
            return
    for name, trace in broken:
        why = trace.strip().splitlines()[-1] if trace else "no reason is known"
        remedy = "mend it; reachline config check, if it is the configuration"
        yield Finding(area, "error", f"the DAG file {name} does not load: {why}", remedy)
    if paused and paused[0][0]:
        remedy = "airflow dags unpause nightly"
        yield Finding(area, "note", "the DAG nightly is paused: no night starts by itself", remedy)


def alarms(settings: Settings | None) -> Iterator[Finding]:
    """Say if nobody is told when a night fails."""
    if settings is not None and settings.publish.alarms is None:
        remedy = f"write alarms in {settings.config_dir}/publish.yml; reachline alarms test"
        yield Finding("alarms", "note", "nobody is told when a night fails or is late", remedy)


def connections(where: Paths, settings: Settings | None, *, is_online: bool) -> Iterator[Finding]:
    """Name the connections that are needed and not there; with `is_online` connect to servers.

    Nothing of a connection is shown but its name.
    """
    area = "connections"
    if settings is None:
        yield Finding(area, "note", "the configuration does not say which are needed")
        return
    needed = list(_needed(settings))
    found = {name: _connection(where, name) for name, _, _ in needed}
    for name, what, is_optional in needed:
        connection = found[name]
        if connection is None and not is_optional:
            remedy = f"airflow connections add {name} …, or AIRFLOW_CONN_{name.upper()}"
            yield Finding(area, "error", f"{name} is not there, and {what} needs it", remedy)
    there = [name for name, connection in found.items() if connection is not None]
    if there:
        yield Finding(area, "ok", f"there: {', '.join(there)}")
    if is_online:
        for name, _, _ in needed:
            yield from _reach(name, _addresses(settings, name, found[name]))


def _needed(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Yield each connection by name, what needs it, and whether that works without as well."""
    known = sources()
    for source, _ in settings.config.sources.connectors.enabled():
        says = known[source].connection
        if says != "nothing":
            yield f"reachline_{source}", f"the source {source}", says.startswith("nothing")
    publish = settings.publish
    if publish.postgres is not None:
        yield publish.postgres.connection, "the copy in Postgres", False
    if publish.storage is not None and publish.storage.connection is not None:
        yield publish.storage.connection, "the copy in storage", False
    if publish.mail is not None:
        yield publish.mail.connection, "the digest by e-mail", False
    if publish.alarms is not None:
        for way in (publish.alarms.mail, publish.alarms.webhook):
            if way is not None:
                yield way.connection, "an alarm", False


def _connection(where: Paths, name: str) -> Connection | None:
    """Return a connection; Airflow is asked only where it has a home, as it would make one."""
    home = Path(os.environ.get("AIRFLOW_HOME") or where.airflow)
    told = [
        key for key in os.environ if key.startswith(("AIRFLOW__DATABASE__", "AIRFLOW__SECRETS"))
    ]
    if f"AIRFLOW_CONN_{name.upper()}" not in os.environ and not (
        told or (home / "airflow.cfg").exists()
    ):
        return None
    outside_of_tasks()
    return find_connection(where, name)


def _addresses(
    settings: Settings, name: str, connection: Connection | None
) -> Iterator[tuple[str, int]]:
    """Yield host and port of the servers that a connection stands for, where they are known."""
    source = name.removeprefix("reachline_")
    options = dict(settings.config.sources.connectors.enabled()).get(source)
    told = connection.extra_dejson.get("base_url") if connection is not None else None
    if options is None:
        if connection is not None and connection.host:
            ports = {"postgres": 5432, "smtp": 587}
            host = connection.host
            parts = urlsplit(host if "://" in host else f"//{host}")
            port = connection.port or parts.port or ports.get(connection.conn_type or "", 443)
            yield parts.hostname or host, port
        return
    servers = getattr(options, "servers", None) or [getattr(options, "shop", None)]
    for server in [told] if told else [ADDRESSES.get(source), *servers]:
        if server:
            parts = urlsplit(server if "://" in server else f"https://{server}")
            yield parts.hostname or server, parts.port or (80 if parts.scheme == "http" else 443)


def _reach(name: str, addresses: Iterator[tuple[str, int]]) -> Iterator[Finding]:
    area = "connections"
    tried = 0
    for host, port in addresses:
        tried += 1
        try:
            socket.create_connection((host, port), timeout=_TIMEOUT_SECONDS).close()
        except OSError as error:
            text = f"{name}: no connection to port {port} of its server: {error.strerror or error}"
            remedy = "is it down, or does a firewall stop it? Then reachline doctor --online"
            yield Finding(area, "error", text, remedy)
        else:
            yield Finding(area, "ok", f"{name}: its server can be reached on port {port}")
    if not tried:
        yield Finding(area, "note", f"{name}: it names no server, and none is known")


def _some(texts: list[str]) -> str:
    more = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
