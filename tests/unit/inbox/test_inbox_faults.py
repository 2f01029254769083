"""A disk, a mount or a name that is at fault costs one file, and the file is not blamed for it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reachline import landing
from reachline.inbox import land
from reachline.landing import batches, disk
from tests.unit.commands.typed import typed
from tests.unit.inbox.homes import Home

HEAD = "code,valid_from,collaboration_id\n"
GOOD = HEAD + "X,2026-03-01,c1\n"
HERE = Path(__file__).parent


def outcomes(home: Home) -> dict[str, str]:
    return {f"{f.folder}/{f.name}": f.outcome for f in home.land().files}


# --- a mount of its own ---------------------------------------------------------------------------


@pytest.fixture
def two_devices(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have a folder of the inbox be another file system: nothing is renamed out of it."""
    rename = os.rename

    def mount(folder: str) -> None:
        mounted = home.inbox / folder

        def across(old: Any, new: Any) -> None:
            if (mounted in Path(old).parents) != (mounted in Path(new).parents):
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(old), None, str(new))
            rename(old, new)

        monkeypatch.setattr(disk.os, "rename", across)

    return mount


def test_files_of_a_folder_on_its_own_mount_are_moved_whole(
    home: Home, two_devices: Callable[[str], None]
) -> None:
    home.drop("promo_codes", "a.csv", GOOD)
    home.drop("promo_codes", "again.csv", GOOD)
    home.drop("promo_codes", "bad.csv", "x\n")
    home.drop("clicks", "b.csv", "click_id,clicked_at\n1,2026-03-01T10:00:00Z\n")
    two_devices("promo_codes")
    assert outcomes(home) == {
        "clicks/b.csv": "landed",
        "promo_codes/a.csv": "landed",
        "promo_codes/again.csv": "skipped",
        "promo_codes/bad.csv": "failed",
    }
    assert (home.inbox / "_done" / "promo_codes" / "a.csv").read_text() == GOOD
    assert (home.inbox / "_failed" / "promo_codes" / "bad.csv").read_text() == "x\n"
    assert list((home.inbox / "promo_codes").iterdir()) == []
    assert not list(home.inbox.rglob("*.tmp"))
    assert home.land().files == ()


def test_a_kill_while_a_file_is_copied_lands_it_once(
    home: Home, two_devices: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    home.drop("promo_codes", "a.csv", GOOD)
    two_devices("promo_codes")

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(disk.shutil, "copy2", killed)
        with pytest.raises(KeyboardInterrupt):
            home.land()
    assert outcomes(home) == {"promo_codes/a.csv": "landed"}
    assert len(landing.manifests(home.root)) == 1


def test_a_mount_that_can_only_be_read_is_no_failure_of_its_files(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.drop("promo_codes", "a.csv", GOOD)
    home.drop("promo_codes", "bad.csv", "x\n")
    home.drop("refunds", "c.csv", "refund_id,order_id,refunded_at,amount\nr,o,2026-03-01,1\n")
    rename = os.rename

    def read_only(old: Any, new: Any) -> None:
        if "promo_codes" in Path(old).parts and home.inbox in Path(old).parents:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(old))
        rename(old, new)

    monkeypatch.setattr(disk.os, "rename", read_only)
    found = {f.name: f for f in home.land().files}
    assert found["a.csv"].outcome != "failed"
    assert (found["bad.csv"].outcome, found["c.csv"].outcome) == ("left", "landed")
    assert "Read-only file system" in found["bad.csv"].reason
    assert sorted(p.name for p in home.inbox.glob("promo_codes/*")) == ["a.csv", "bad.csv"]
    assert not list(home.inbox.rglob("*.reason.txt"))
    assert len(landing.manifests(home.root)) == 2
    home.land()
    assert len(landing.manifests(home.root)) == 2, "its rows landed once"


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EACCES, errno.EIO, errno.ENOTCONN])
def test_a_mount_that_is_gone_costs_its_own_folder(
    home: Home, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    home.drop("promo_codes", "a.csv", GOOD)
    home.drop("refunds", "c.csv", "refund_id,order_id,refunded_at,amount\nr,o,2026-03-01,1\n")
    scandir = os.scandir

    def gone(path: Any) -> Any:
        if not isinstance(path, int) and Path(path).name == "promo_codes":
            raise OSError(number, os.strerror(number), str(path))
        return scandir(path)

    monkeypatch.setattr("reachline.inbox.files.os.scandir", gone)
    first, second = home.land().files
    assert (first.name, first.outcome, second.outcome) == ("promo_codes", "left", "landed")
    assert os.strerror(number) in first.reason
    monkeypatch.undo()
    assert outcomes(home) == {"promo_codes/a.csv": "landed"}


# --- names ----------------------------------------------------------------------------------------

ODD = [b"promo\xff", b"\xc3\x28", b"codes\x01\n", "\u202eorders".encode()]


@pytest.mark.parametrize("name", ODD)
def test_a_folder_whose_name_can_not_be_written_down_costs_itself(
    home: Home, name: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(home.settings.paths.home))
    home.drop("promo_codes", "a.csv", GOOD)
    odd = os.fsencode(home.inbox) + b"/" + name
    os.makedirs(odd)
    with open(odd + b"/\xfe.csv", "wb") as file:
        file.write(GOOD.encode())
    code, output = typed("inbox", "ls")
    report = home.land()
    assert sorted(f.outcome for f in report.files) == ["failed", "landed"]
    (failed,) = report.of("failed")
    str(report).encode("utf-8")
    assert "there is no stream and no mapping called" in failed.reason
    assert failed.path.exists()
    (reason,) = home.inbox.glob("_failed/*/*.reason.txt")
    assert "there is no stream" in reason.read_text(encoding="utf-8")
    assert failed.folder in reason.read_text(encoding="utf-8")
    assert code == 0
    assert "promo_codes/a.csv" in output


def test_a_reason_that_is_no_text_is_written_down_all_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: Any) -> None:
        raise land.UnreadableFileError("it has a column \ud800")

    monkeypatch.setattr(land, "read_content", refused)
    home.drop("promo_codes", "a.csv", GOOD)
    assert outcomes(home) == {"promo_codes/a.csv": "failed"}
    (reason,) = home.inbox.glob("_failed/*/*.reason.txt")
    assert "a column \\ud800" in reason.read_text(encoding="utf-8")
    assert caplog.text.encode()


# --- a disk without room --------------------------------------------------------------------------


def no_room(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of two megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(made, capture_output=True).returncode:
        pytest.skip("a file system can't be mounted here: not tried on a real full disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".jsonl", ".csv.zst"])
def test_a_file_larger_than_the_disk_costs_itself(
    home: Home, small_disk: Path, ending: str
) -> None:
    import gzip
    import random

    import zstandard

    home.root.parent.mkdir(parents=True, exist_ok=True)
    (small_disk / "landing").mkdir()
    home.root.symlink_to(small_disk / "landing")
    chance = random.Random(1)
    codes = [f"{chance.getrandbits(400):x}" for _ in range(60_000)]
    if ending == ".jsonl":
        line = '{{"code":"{}","valid_from":"2026-03-01","collaboration_id":"c"}}\n'
        text = "".join(map(line.format, codes))
    else:
        text = HEAD + "".join(f"{code},2026-03-01,c\n" for code in codes)
    pack = {".csv.gz": gzip.compress, ".csv.zst": zstandard.compress}.get(ending, bytes)
    large = home.drop("promo_codes", "a" + ending, pack(text.encode()))
    home.drop("promo_codes", "b.csv", GOOD)
    home.drop("clicks", "c.csv", "click_id,clicked_at\n1,2026-03-01T10:00:00Z\n")
    found = {f.name: f for f in home.land().files}
    assert [found[n].outcome for n in ("c.csv", "b.csv")] == ["landed", "landed"]
    assert found[large.name].outcome == "left"
    assert "the disk has no room for it" in found[large.name].reason
    assert large.exists()
    assert landing.verify(home.root) == []
    assert not [p for p in home.root.rglob("*") if p.is_file() and p.name.endswith(".tmp")]


@pytest.mark.parametrize("where", ["sync", "copy", "publish"])
def test_no_room_for_a_batch_or_its_manifest_costs_its_file(
    home: Home, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The first file meets a full disk; then there is room again."""
    home.drop("promo_codes", "a.csv", GOOD)
    home.drop("promo_codes", "b.csv", HEAD + "Y,2026-03-01,c1\n")
    name = {"sync": "synced", "copy": "write_copy", "publish": "publish_manifest"}[where]
    done, left = getattr(batches, name), [1]

    def once(*args: Any) -> Any:
        if left:
            left.clear()
            no_room()
        return done(*args)

    monkeypatch.setattr(batches, name, once)
    assert outcomes(home) == {"promo_codes/a.csv": "left", "promo_codes/b.csv": "landed"}
    assert outcomes(home) == {"promo_codes/a.csv": "landed"}
    assert [m.sequence for m in landing.manifests(home.root)] == [1, 2]
    assert not (home.root / "_orphans").exists()


# --- a medium that can't be read ------------------------------------------------------------------

_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
static int is_bad(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return strstr(path, "/inbox/") && strstr(path, "bad.");
}
#define FAIL(fd) if (is_bad(fd)) { errno = EIO; return -1; }
ssize_t read(int fd, void *to, size_t n) {
    FAIL(fd) return ((ssize_t (*)(int, void *, size_t)) dlsym(RTLD_NEXT, "read"))(fd, to, n);
}
ssize_t pread(int fd, void *to, size_t n, off_t at) {
    FAIL(fd)
    return ((ssize_t (*)(int, void *, size_t, off_t)) dlsym(RTLD_NEXT, "pread"))(fd, to, n, at);
}
ssize_t pread64(int fd, void *to, size_t n, off_t at) {
    FAIL(fd)
    return ((ssize_t (*)(int, void *, size_t, off_t)) dlsym(RTLD_NEXT, "pread64"))(fd, to, n, at);
}
"""

_LAND = """
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from reachline.configuration import EXAMPLE
from reachline.inbox import land_files
from reachline.settings import Paths, load_settings
settings = replace(load_settings(config=EXAMPLE), paths=Paths(Path(sys.argv[1])))
print(land_files(settings, date(2026, 3, 1), "r"))
"""


@pytest.fixture(scope="session")
def bad_medium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that has the reading of `bad.*` of an inbox fail as a broken disk does."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler: not tried with a disk that fails below the libraries")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(_SHIM)
    built = folder / "shim.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", built, folder / "shim.c", "-ldl"], check=True
    )
    return built


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zst", "jsonl", "parquet", "xlsx"])
def test_a_file_that_the_disk_does_not_give_is_not_blamed(
    home: Home, bad_medium: Path, ending: str
) -> None:
    for name in (f"bad.{ending}", "good.csv"):
        path = home.drop("promo_codes", name, GOOD)
        os.utime(path, (1, 1))
    run = subprocess.run(
        [sys.executable, "-c", _LAND, str(home.settings.paths.home)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LD_PRELOAD": str(bad_medium), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].startswith(f"left     promo_codes/bad.{ending}: it can't be read just now: ")
    assert "Input/output error. The file is not to blame" in lines[0]
    assert lines[1].startswith("landed   promo_codes/good.csv")
    assert not (home.inbox / "_failed").exists()
    assert (home.inbox / "promo_codes" / f"bad.{ending}").exists()


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EMFILE])
def test_other_faults_of_the_machine_are_told_as_such(
    home: Home, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fails(*_: Any) -> None:
        try:
            raise OSError(number, os.strerror(number))
        except OSError as error:
            raise land.UnreadableFileError("a library says that it is damaged") from error

    home.drop("promo_codes", "a.csv", GOOD)
    monkeypatch.setattr(land, "read_content", fails)
    (file,) = home.land().files
    assert (file.outcome, file.is_fault) == ("left", True)
    assert os.strerror(number) in file.reason


def test_a_file_that_tells_of_full_disks_is_a_file_like_any_other(home: Home) -> None:
    home.drop("promo_codes", "a.csv", "No space left,Input/output error\n1,2\n")
    assert outcomes(home) == {"promo_codes/a.csv": "failed"}
