"""The working files, kept open for a night."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reachline.warehouse import close_kept, connect, kept_open
from reachline.warehouse.files import create_files, staging_file, warehouse_file


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the files that are opened."""
    files: list[str] = []
    open_file = duckdb.connect

    def noted(*place: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        files.extend(place)
        return open_file(*place, **options)

    monkeypatch.setattr(duckdb, "connect", noted)
    return files


def opens_elsewhere(file: Path) -> bool:
    """Return whether another process can open a file for writing."""
    code = f"import duckdb; duckdb.connect({str(file)!r})"
    return not subprocess.run([sys.executable, "-c", code], check=False).returncode


def test_files_that_are_kept_open_are_opened_once(tmp_path: Path, opened: list[str]) -> None:
    with kept_open():
        create_files(tmp_path)
        with connect(tmp_path) as con:
            con.execute("create table core.seen as select 1 as n")
            con.execute("set TimeZone = 'Europe/Berlin'")
        with connect(tmp_path, read_only=True) as con:
            assert con.execute("select n from core.seen").fetchall() == [(1,)]
            assert con.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]
        assert opened == [str(warehouse_file(tmp_path))]
        assert not opens_elsewhere(warehouse_file(tmp_path))
    with connect(tmp_path, read_only=True) as con:
        assert con.execute("select n from core.seen").fetchall() == [(1,)]
    assert len(opened) == 2


def test_files_to_be_copied_are_closed(tmp_path: Path) -> None:
    with kept_open():
        create_files(tmp_path)
        with connect(tmp_path) as con:
            con.execute("create table core.seen as select 1 as n")
        close_kept(tmp_path)
        for file in (warehouse_file(tmp_path), staging_file(tmp_path)):
            assert opens_elsewhere(file)
            assert not file.with_name(f"{file.name}.wal").exists()
        with connect(tmp_path) as con:
            assert con.execute("select n from core.seen").fetchall() == [(1,)]


def test_files_are_closed_where_a_night_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with kept_open():
            create_files(tmp_path)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert opens_elsewhere(warehouse_file(tmp_path))
