"""A Postgres of its own, with the extension pg_trgm, which Bluesky's AppView wants."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.installed import installed
from tests.servers.processes import WHILE_READ, free_port, running


@contextmanager
def postgres() -> Iterator[str]:
    """Run a Postgres on loopback; give the address of its database."""
    found = sorted(installed("postgres").glob("@embedded-postgres/*/native/bin"))
    if not found:
        pytest.skip("NOT TESTED: npm/postgres/package.json names no Postgres for this machine")
    folder = Path(tempfile.mkdtemp(prefix="reachline-pg-"))
    # Postgres does not run as root
    user = "nobody" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    try:
        subprocess.run(
            [found[0] / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--no-locale", "--no-sync"],
            check=True, capture_output=True, user=user, cwd=folder,
        )  # fmt: skip
        options = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
            "fsync": "off", "max_connections": 200,
        }  # fmt: skip
        command = [*WHILE_READ, found[0] / "postgres", "-D", data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with running(command, folder / "log", dict(os.environ), user=user) as server:
            server.wait_for("ready to accept connections", 60)
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
