"""Secrets are made once, for their owner alone; a home's key is never replaced in silence."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from reachline.home_key import HomeKeyError, fingerprint, hand_over, home_key
from reachline.private import kept_secret, write_private
from reachline.settings import Paths


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def loose_umask() -> object:
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_secret_is_made_once_and_is_the_owner_s(tmp_path: Path) -> None:
    path = tmp_path / "made" / "secret.txt"
    assert kept_secret(path, lambda: "first\n") == "first"
    assert kept_secret(path, lambda: "second") == "first"
    assert mode_of(path) == 0o600
    assert os.listdir(path.parent) == [path.name]


def test_of_many_processes_that_come_at_once_all_have_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda n: kept_secret(path, lambda: str(n)), range(64)))
    assert found == {path.read_text()}


def test_a_secret_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("kept")
    path.chmod(0o644)
    assert kept_secret(path, lambda: "other") == "kept"
    assert mode_of(path) == 0o600
    path.chmod(0o666)
    write_private(path, "new")
    assert (path.read_text(), mode_of(path)) == ("new", 0o600)


def test_the_key_of_a_home_is_its_own_and_stays(tmp_path: Path) -> None:
    one, other = Paths(tmp_path / "one"), Paths(tmp_path / "other")
    key = home_key(one)
    assert (len(key), mode_of(one.key)) == (32, 0o600)
    assert home_key(one) == key != home_key(other)
    assert fingerprint(key) != fingerprint(home_key(other))
    assert fingerprint(key) != fingerprint(key, ["acme@social.example"])
    assert key.hex() not in fingerprint(key)


@pytest.mark.parametrize("text", ["", "abcd", "z" * 64])
def test_a_damaged_key_is_told_of_and_kept(tmp_path: Path, text: str) -> None:
    where = Paths(tmp_path)
    where.key.write_text(text)
    with pytest.raises(HomeKeyError, match=r"home\.key: is not 64 hexadecimal digits\. Restore it"):
        home_key(where)
    assert where.key.read_text() == text


def test_a_key_that_can_t_be_read_is_told_of(tmp_path: Path) -> None:
    where = Paths(tmp_path)
    where.key.mkdir()
    with pytest.raises(HomeKeyError, match=r"home\.key: Is a directory"):
        home_key(where)


def test_a_connection_has_the_two_blocks_of_hmac_and_no_other_has(tmp_path: Path) -> None:
    key = home_key(Paths(tmp_path))
    query = (
        "select sha256(getvariable('home_key_outer') || "
        "unhex(sha256(getvariable('home_key_inner') || encode('joe'))))"
    )
    with duckdb.connect() as con:
        hand_over(con, key)
        found = con.execute(query).fetchall()[0][0]
        assert found == hmac.new(key, b"joe", hashlib.sha256).hexdigest()
        assert con.cursor().execute("select getvariable('home_key_inner')").fetchall() == [(None,)]
