from collections.abc import Callable
from pathlib import Path

import pytest

from reachline.cache import cache_folder, code_version, kept


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REACHLINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_what_is_kept_is_made_once_for_one_version() -> None:
    made = []

    def make() -> bytes:
        made.append(1)
        return b"\xff\x00text"

    assert [kept("thing", "v1", make) for _ in range(3)] == [b"\xff\x00text"] * 3
    assert len(made) == 1
    kept("thing", "v2", make)
    assert len(made) == 2


@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b[:-1], lambda b: b[:40] + b"x" + b[41:]]
)
def test_what_a_power_cut_left_is_made_anew(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    content = b"many words" * 9
    kept("thing", "v1", lambda: content)
    (file,) = folder.glob("thing-*")
    file.write_bytes(damage(file.read_bytes()))
    assert kept("thing", "v1", lambda: content) == content
    assert kept("thing", "v1", lambda: b"not made") == content


def test_the_version_of_the_code_knows_the_packages_that_it_is_asked_of() -> None:
    assert code_version("duckdb") == code_version("duckdb")
    assert code_version("duckdb") != code_version("duckdb", "pydantic")


def test_old_versions_of_a_kind_go_and_other_kinds_stay(folder: Path) -> None:
    kept("other", "v", lambda: b"")
    for number in range(20):
        kept("thing", f"{number:02}", lambda: b"")
    assert list(folder.glob("other-v*"))
    assert list(folder.glob("thing-19*"))
    assert len(list(folder.glob("thing-*"))) == 8


def test_a_folder_that_cannot_be_written_to_costs_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("REACHLINE_CACHE", str(tmp_path / "file" / "cache"))
    assert kept("thing", "v1", lambda: b"made") == b"made"
    assert kept("thing", "v1", lambda: b"made again") == b"made again"


def test_an_error_of_making_is_not_swallowed_and_keeps_nothing(folder: Path) -> None:
    def fail() -> bytes:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        kept("thing", "v1", fail)
    assert not list(folder.glob("*"))


def test_the_folder_is_that_of_the_user_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REACHLINE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere/caches")
    assert cache_folder() == Path("/somewhere/caches/reachline")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/users/mia")
    assert cache_folder() == Path("/users/mia/.cache/reachline")
