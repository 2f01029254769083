"""The copy of a release's files: all or nothing, whatever the file system does midway."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from reachline.publish.connections import DeliveryError
from reachline.publish.releases import Release
from reachline.publish.storage import copy_to_storage
from reachline.settings import Paths, StorageCopy
from tests.unit.publish.small_release import publish_release


class Faulty(MemoryFileSystem):
    """A file system that fails, or writes less than it is given, at the next calls."""

    protocol = "faulty"
    cachable = False
    store: dict[str, Any] = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012
    calls: list[str] = []  # noqa: RUF012
    fails_at: str | None = None
    cuts: str | None = None
    given: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        type(self).given = options

    def _stop_at(self, call: str) -> None:
        self.calls.append(call)
        if self.fails_at and call.startswith(self.fails_at):
            raise OSError(f"cut off, with {self.given.get('secret')}")

    def put_file(self, lpath: str, rpath: str, *args: Any, **options: Any) -> None:
        self._stop_at(f"put {rpath.rpartition('/')[2]}")
        super().put_file(lpath, rpath, *args, **options)
        if self.cuts and rpath.endswith(self.cuts):
            self.pipe_file(rpath, self.cat_file(rpath)[:-1] + b"?")

    def pipe_file(self, path: str, value: bytes, *args: Any, **options: Any) -> None:
        self._stop_at(f"pipe {path.rpartition('/')[2]}")
        super().pipe_file(path, value, *args, **options)

    def mv(self, path1: str, path2: str, *args: Any, **options: Any) -> None:
        self._stop_at(f"mv {path2.rpartition('/')[2]}")
        super().mv(path1, path2, *args, **options)


@pytest.fixture
def faulty() -> Iterator[type[Faulty]]:
    fsspec.register_implementation("faulty", Faulty, clobber=True)
    Faulty.store.clear()
    Faulty.pseudo_dirs[:] = [""]
    Faulty.fails_at = Faulty.cuts = None
    Faulty.calls.clear()
    yield Faulty
    Faulty.store.clear()


def copy(home: Path, release: Release, url: str, keep: int = 7, **more: Any) -> None:
    copy_to_storage(Paths(home), StorageCopy(url=url, keep_releases=keep, **more), release)


def pointer(url: str) -> dict[str, Any]:
    with fsspec.open(f"{url}/current.json") as file:
        body: dict[str, Any] = json.load(file)
    return body


def assert_whole(url: str, release: Release) -> None:
    """Read as docs/deliveries.md says a reader does: the pointer, then the files that it names."""
    current = pointer(url)
    assert current["release_id"] == release.release_id
    assert set(current["files"]) == {*release.about["files"], "release.json"}
    for name, facts in current["files"].items():
        with fsspec.open(f"{url}/{current['path']}/{name}") as file:
            content = file.read()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            facts["bytes"],
            facts["sha256"],
        ), name
        assert content == (release.path / name).read_bytes()


@pytest.fixture(params=["file", "memory", "faulty"])
def url(request: pytest.FixtureRequest, tmp_path: Path, faulty: type[Faulty]) -> Iterator[str]:
    if request.param == "file":
        yield f"file://{tmp_path}/there/reachline"
        return
    MemoryFileSystem.store.clear()
    yield f"{request.param}://bucket/reachline"
    MemoryFileSystem.store.clear()


def test_a_copy_is_whole_and_the_next_takes_its_place(url: str, tmp_path: Path) -> None:
    for build in (1, 2):
        release = publish_release(tmp_path / "home", build)
        copy(tmp_path, release, url)
        assert_whole(url, release)
    system, root = fsspec.core.url_to_fs(url)
    names = sorted(path.rpartition("/")[2] for path in system.ls(root, detail=False))
    assert names == ["current.json", "releases"], "nothing is left beside"


def test_the_newest_copies_are_kept_and_the_current_one_always(url: str, tmp_path: Path) -> None:
    made = [publish_release(tmp_path / "home", build) for build in range(1, 5)]
    for release in made:
        copy(tmp_path, release, url, keep=2)
    copy(tmp_path, made[0], url, keep=2)
    system, root = fsspec.core.url_to_fs(url)
    kept = sorted(path.rpartition("/")[2] for path in system.ls(f"{root}/releases", detail=False))
    assert kept == [made[0].release_id, made[2].release_id, made[3].release_id]
    assert_whole(url, made[0])


@pytest.mark.parametrize(
    "fails_at",
    ["put warehouse.duckdb", "put fct_facts.parquet", "put release.json", "pipe", "mv"],
)
def test_a_copy_that_fails_leaves_the_old_one_and_the_next_goes_on(
    faulty: type[Faulty], tmp_path: Path, fails_at: str
) -> None:
    url = "faulty://bucket/reachline"
    old, new = publish_release(tmp_path, 1), publish_release(tmp_path, 2)
    copy(tmp_path, old, url)
    faulty.fails_at = fails_at
    with pytest.raises(DeliveryError, match="cut off") as caught:
        copy(tmp_path, new, url)
    assert url in str(caught.value)
    assert_whole(url, old)
    faulty.fails_at = None
    before = [call for call in faulty.calls if call.startswith("put")]
    assert before, "the fault was met on the way"
    faulty.calls.clear()
    copy(tmp_path, new, url)
    assert_whole(url, new)
    again = {call for call in faulty.calls if call.startswith("put")}
    done = set(before[len(old.about["files"]) + 1 :]) - {fails_at}
    assert not again & done, "what was whole is not sent again"


def test_what_arrives_damaged_is_never_pointed_at(faulty: type[Faulty], tmp_path: Path) -> None:
    url = "faulty://bucket/reachline"
    old, new = publish_release(tmp_path, 1), publish_release(tmp_path, 2)
    copy(tmp_path, old, url)
    faulty.cuts = "fct_facts.parquet"
    with pytest.raises(DeliveryError, match=r"fct_facts\.parquet: the copy is not what release"):
        copy(tmp_path, new, url)
    assert_whole(url, old)
    faulty.cuts = None
    copy(tmp_path, new, url)
    assert_whole(url, new)


def test_a_release_that_is_damaged_itself_is_not_copied(tmp_path: Path) -> None:
    release = publish_release(tmp_path / "home")
    file = release.path / "tables" / "run.parquet"
    file.chmod(0o644)
    file.write_bytes(b"other")
    url = f"file://{tmp_path}/there"
    with pytest.raises(DeliveryError, match="the file of the release itself"):
        copy(tmp_path, release, url)
    assert not (tmp_path / "there" / "current.json").exists()


def test_the_options_are_those_of_the_connection_and_no_error_tells_them(
    faulty: type[Faulty], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"conn_type": "generic", "extra": {"secret": "hunter2secret"}}
    monkeypatch.setenv("AIRFLOW_CONN_COPY_HERE", json.dumps(body))
    release = publish_release(tmp_path)
    copy(tmp_path, release, "faulty://bucket", connection="copy_here")
    assert faulty.given == {"secret": "hunter2secret"}
    faulty.fails_at = "mv"
    with pytest.raises(DeliveryError, match=r"cut off, with \*\*\*") as caught:
        copy(tmp_path, release, "faulty://bucket", connection="copy_here")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_file_system_that_is_not_installed_is_named(tmp_path: Path) -> None:
    release = publish_release(tmp_path)
    with pytest.raises(DeliveryError, match="s3fs for s3, gcsfs for gs, adlfs for abfs"):
        copy(tmp_path, release, "s3://bucket")
    with pytest.raises(DeliveryError, match="nowhere"):
        copy(tmp_path, release, "nowhere://bucket")
