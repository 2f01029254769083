"""What a home and Airflow's own folder hold of secrets, and who may read it."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from tests.end_to_end.homes import PROJECT

PASSWORD, API_KEY = "pass-" + secrets.token_hex(12), "key-" + secrets.token_hex(12)
DELETED = "gone-" + secrets.token_hex(12)
LEFT_IN_A_LOG = "admin-" + secrets.token_hex(8)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Home:
    """A home whose commands run with the umask that a shell has at first."""

    def __init__(self, folder: Path) -> None:
        self.data, self.airflow = folder / "data", folder / "airflow-home"
        self.variables = {
            **os.environ,
            "REACHLINE_HOME": str(self.data),
            "REACHLINE_CONFIG": str(EXAMPLE),
            "AIRFLOW_HOME": str(self.airflow),
            "AIRFLOW__API__PORT": str(free_port()),
            "PYTHONPATH": str(PROJECT / "plugins"),
        }

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            umask=0o022,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def reachline(self, *arguments: str) -> str:
        return self.run("-m", "reachline.cli", *arguments)

    def files(self) -> Iterator[Path]:
        for top in (self.data, self.airflow):
            yield top
            yield from (path for path in top.rglob("*") if not path.is_symlink())

    def holding(self, secret: str) -> dict[str, str]:
        """Return the files that hold a secret, by name, with their modes."""
        return {
            path.name: oct(mode_of(path))
            for path in self.files()
            if path.is_file() and secret.encode() in path.read_bytes()
        }

    def text(self, name: str) -> str:
        return (self.airflow / name).read_text().strip()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write_as_an_older_version_did(home: Home) -> None:
    """A connection in plain text, and a password that a log and a file tell everybody."""
    with closing(sqlite3.connect(home.airflow / "airflow.db")) as database:
        database.execute("pragma secure_delete = off")  # some builds of SQLite have it on
        database.execute(
            "insert into connection (conn_id, conn_type, password, extra, is_encrypted, "
            "is_extra_encrypted) values ('reachline_mastodon', 'http', ?, ?, 0, 0)",
            [PASSWORD, json.dumps({"api_key": API_KEY})],
        )
        # of a connection that was deleted SQLite keeps the text until its page is used again
        database.execute(
            "insert into connection (conn_id, conn_type, password, is_encrypted, "
            "is_extra_encrypted) values ('gone', 'http', ?, 0, 0)",
            [DELETED * 8],
        )
        database.commit()
        database.execute("delete from connection where conn_id = 'gone'")
        database.commit()
    (home.airflow / "airflow.db").chmod(0o644)
    passwords = home.airflow / "simple_auth_manager_passwords.json.generated"
    passwords.write_text(json.dumps({"admin": LEFT_IN_A_LOG}))
    passwords.chmod(0o644)
    (home.airflow / "prepared.txt").unlink()
    home.airflow.chmod(0o755)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("secrets"))
    home.reachline("airflow", "prepare")
    write_as_an_older_version_did(home)
    home.reachline("airflow", "prepare")
    return home


def assert_nobody_else_may_read(home: Home, known: Mapping[str, set[str]]) -> None:
    open_to_others = [str(path) for path in home.files() if mode_of(path) & 0o007]
    assert open_to_others == []
    for secret, names in known.items():
        assert home.holding(secret) == dict.fromkeys(names, "0o600")
    assert mode_of(home.airflow) == 0o700
    assert mode_of(home.airflow / "airflow.db") == 0o600


def assert_airflow_reads_it(home: Home) -> None:
    told = home.run("-m", "airflow", "connections", "get", "reachline_mastodon", "-o", "json")
    [found] = json.loads(told[told.index("[") :])
    assert found["password"] == PASSWORD
    assert found["extra_dejson"] == {"api_key": API_KEY}


def kept(home: Home) -> dict[str, set[str]]:
    """The secrets, and the files that may hold each."""
    passwords = "simple_auth_manager_passwords.json.generated"
    return {
        PASSWORD: set(),
        API_KEY: set(),
        LEFT_IN_A_LOG: set(),
        DELETED: set(),
        json.loads(home.text(passwords))["admin"]: {passwords},
        home.text("fernet_key.txt"): {"fernet_key.txt", "airflow.cfg"},
        home.text("jwt_secret.txt"): {"jwt_secret.txt", "airflow.cfg"},
    }


@pytest.mark.slow
def test_connections_are_encrypted_and_secrets_are_the_owner_s(home: Home) -> None:
    assert_nobody_else_may_read(home, kept(home))
    assert_airflow_reads_it(home)


def test_secrets_stay_when_it_is_prepared_again(home: Home) -> None:
    before = kept(home)
    home.reachline("airflow", "prepare")
    assert kept(home) == before


@pytest.mark.long
def test_a_night_and_the_page_leave_no_secret_behind(home: Home) -> None:
    orders = home.data / "inbox" / "orders"
    orders.mkdir(parents=True, mode=0o750)
    for folder in (home.data, home.data / "inbox"):
        folder.chmod(0o750)
    dropped = orders / "orders.csv"
    dropped.write_text(
        "order_id,ordered_at,currency,gross_amount,status,customer_id\n"
        "o1,2026-03-01T12:00:00Z,USD,5,placed,joe@mail.example\n"
    )
    dropped.chmod(0o640)
    os.utime(dropped, (0, 0))
    home.reachline("airflow", "nightly", "--date", "2026-03-01")
    try:
        told = home.reachline("airflow", "up")
    finally:
        home.reachline("airflow", "down")
    known = kept(home)
    [password] = [secret for secret, names in known.items() if any("simple" in n for n in names)]
    assert password in told
    key = (home.data / "home.key").read_text().strip()
    assert_nobody_else_may_read(home, {**known, key: {"home.key"}})
    assert_airflow_reads_it(home)
