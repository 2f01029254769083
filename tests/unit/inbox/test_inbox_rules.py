"""Which files are read, in which order, how often, and where they go."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from reachline import landing
from reachline.inbox import land
from reachline.inbox.files import free_name
from reachline.landing import LandingError
from reachline.settings import Paths

HEAD = "code,valid_from,collaboration_id\n"
HERE = Path(__file__).parent


def outcomes(report):
    return [(file.folder, file.name, file.outcome) for file in report.files]


def test_what_is_still_being_written_is_left_alone(home):
    for name in (".hidden.csv", "a.csv.part", "b.tmp", "C.PART"):
        home.drop("promo_codes", name, HEAD)
    path = home.drop("promo_codes", "new.csv", HEAD)
    home.drop(".hidden", "x.csv", HEAD)
    settling = home.unsettled(30)
    assert outcomes(settling.land()) == [("promo_codes", "new.csv", "left")]
    assert "changed within the last 30 seconds" in settling.land().files[0].reason
    assert path.exists()
    assert landing.manifests(home.root) == []
    os.utime(path, (time.time() - 31, time.time() - 31))
    assert outcomes(settling.land()) == [("promo_codes", "new.csv", "landed")]
    left = sorted(p.name for p in path.parent.iterdir())
    assert left == [".hidden.csv", "C.PART", "a.csv.part", "b.tmp"]


def test_a_time_ahead_of_the_clock_is_no_fresh_change(home):
    path = home.drop("promo_codes", "a.csv", HEAD)
    os.utime(path, (time.time() + 7200, time.time() + 7200))
    assert outcomes(home.unsettled(30).land()) == [("promo_codes", "a.csv", "landed")]


def test_a_file_that_grows_while_it_is_read_is_left(home, monkeypatch):
    path = home.drop("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\n")
    read = land.read_content

    def grows(*args):
        content = read(*args)
        with path.open("a") as more:
            more.write("Y,2026-03-01,c1\n")
        return content

    monkeypatch.setattr(land, "read_content", grows)
    (file,) = home.land().files
    assert (file.outcome, file.path) == ("left", path)
    assert "still being written" in file.reason
    assert landing.manifests(home.root) == []
    assert not list(home.root.rglob("*.parquet*"))
    monkeypatch.setattr(land, "read_content", read)
    assert home.land().files[0].rows == 2


def test_a_file_that_vanishes_is_left(home, monkeypatch):
    path = home.drop("promo_codes", "a.csv", HEAD)
    read = land.read_content

    def vanishes(*args):
        path.unlink()
        return read(*args)

    monkeypatch.setattr(land, "read_content", vanishes)
    (file,) = home.land().files
    assert (file.outcome, file.reason) == ("left", "vanished or changed while it was read")


def test_links_are_refused_and_what_they_point_to_is_untouched(home, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text(HEAD + "X,2026-03-01,c1\n")
    inside = home.drop("promo_codes", "z.csv", HEAD)
    (inside.parent / "out.csv").symlink_to(secret)
    (inside.parent / "in.csv").symlink_to(inside)
    (home.inbox / "orders").symlink_to(tmp_path)
    report = home.land()
    assert outcomes(report) == [
        ("", "orders", "failed"),
        ("promo_codes", "in.csv", "failed"),
        ("promo_codes", "out.csv", "failed"),
        ("promo_codes", "z.csv", "landed"),
    ]
    assert f"it is a link to {secret}, which may lie outside" in report.files[2].reason
    assert secret.read_text().endswith("c1\n")
    moved = home.inbox / "_failed" / "promo_codes" / "out.csv"
    assert moved.is_symlink()
    assert len(landing.manifests(home.root)) == 1


def test_pipes_folders_and_strays(home):
    path = home.drop("promo_codes", "sub/x.csv", HEAD)
    os.mkfifo(path.parent.parent / "pipe.csv")
    home.drop("", "stray.csv", HEAD)
    home.drop("promocodes", "a.csv", HEAD)
    report = home.land()
    assert outcomes(report) == [
        ("promo_codes", "pipe.csv", "failed"),
        ("promo_codes", "sub", "left"),
        ("promocodes", "a.csv", "failed"),
        ("", "stray.csv", "failed"),
    ]
    assert "no file but a pipe" in report.files[0].reason
    assert "only files right in the stream's folder" in report.files[1].reason
    assert "no stream and no mapping called 'promocodes'" in report.files[2].reason
    assert "promo_codes" in report.files[2].reason
    assert "Drop it into the folder of its stream" in report.files[3].reason
    assert path.exists()


def test_a_file_of_no_known_ending_fails(home):
    home.drop("promo_codes", "codes.txt", HEAD)
    home.drop("promo_codes", "codes.json", "[]")
    first, second = home.land().files
    assert "through a mapping only" in first.reason
    assert "Known endings: .csv, .jsonl, .ndjson, .parquet, .xlsx" in second.reason


def test_files_land_in_byte_order_of_name(home):
    names = ["b.csv", "B.csv", "a.csv", "ä.csv", "10.csv", "9.csv"]
    for name in names:
        home.drop("promo_codes", name, HEAD + f"{name},2026-03-01,c\n")
    home.drop("clicks", "z.csv", "click_id,clicked_at\n")
    home.land()
    found = [m.file.name for m in landing.manifests(home.root)]
    assert found == ["z.csv", "10.csv", "9.csv", "B.csv", "a.csv", "b.csv", "ä.csv"]


def test_a_content_lands_once_until_another_came_between(home):
    one, two = HEAD + "X,2026-03-01,c1\n", HEAD + "X,2026-03-01,c2\n"
    for name, content in (("a.csv", one), ("b.csv", one), ("c.csv", two), ("d.csv", one)):
        home.drop("promo_codes", name, content)
    report = home.land()
    assert [f.outcome for f in report.files] == ["landed", "skipped", "landed", "landed"]
    first = report.files[0].batch_id
    assert report.files[1].reason == f"its content is that of the last landed file, batch {first}"
    assert {f.path.parent for f in report.files} == {home.inbox / "_done" / "promo_codes"}
    assert report.files[3].batch_id == first.removesuffix("-1") + "-2"
    home.drop("promo_codes", "e.csv", one)
    assert home.land().files[0].outcome == "skipped"
    assert home.land().files == ()


def test_content_of_another_stream_is_another_matter(home):
    head = "order_id,ordered_at,currency,gross_amount,status,refund_id,refunded_at,amount\n"
    home.drop("orders", "a.csv", head)
    home.drop("refunds", "a.csv", head)
    assert [f.outcome for f in home.land().files] == ["landed", "landed"]


def test_packed_files_are_compared_as_they_were_dropped(home):
    import gzip

    content = (HEAD + "X,2026-03-01,c1\n").encode()
    home.drop("promo_codes", "a.csv.gz", gzip.compress(content, mtime=0))
    home.drop("promo_codes", "b.csv.gz", gzip.compress(content, mtime=0))
    assert [f.outcome for f in home.land().files] == ["landed", "skipped"]


def test_names_in_done_are_never_used_twice(home):
    for number in range(3):
        home.drop("promo_codes", "a.csv", HEAD + f"X,2026-03-01,c{number}\n")
        home.land()
        (home.inbox / "_done/promo_codes/a.csv.rejects.csv").write_text("from the first")
    done = home.inbox / "_done" / "promo_codes"
    assert sorted(p.name for p in done.iterdir()) == [
        "a.2.csv", "a.3.csv", "a.csv", "a.csv.rejects.csv",
    ]  # fmt: skip
    assert (done / "a.csv").read_text().endswith("c0\n")
    assert [m.file.done for m in landing.manifests(home.root)] == ["a.csv", "a.2.csv", "a.3.csv"]
    for number in range(2):
        home.drop("promo_codes", "bad.csv", f"x{number}\n")
        home.land()
    failed = home.inbox / "_failed" / "promo_codes"
    assert sorted(p.name for p in failed.iterdir()) == [
        "bad.2.csv", "bad.2.csv.reason.txt", "bad.csv", "bad.csv.reason.txt",
    ]  # fmt: skip


def test_a_mended_rejects_file_does_not_take_the_name_of_one(tmp_path):
    assert free_name(tmp_path, "a.csv.rejects.csv", ".rejects.csv") == "a.2.csv.rejects.csv"
    assert free_name(tmp_path, "a.csv", ".rejects.csv") == "a.csv"
    (tmp_path / "a.csv.rejects.csv").touch()
    assert free_name(tmp_path, "a.csv", ".rejects.csv") == "a.2.csv"
    long = free_name(tmp_path, "é" * 200 + ".csv.gz", ".rejects.csv")
    assert long.endswith(".csv.gz")
    assert len(os.fsencode(long)) <= 222


def test_a_run_killed_between_landing_and_moving_is_finished(home, monkeypatch):
    path = home.drop("promo_codes", "b.csv", HEAD + "X,2026-03-01,c1\n")

    def killed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(land, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        home.land()
    monkeypatch.undo()
    assert path.exists()
    (manifest,) = landing.manifests(home.root)
    # another file comes first now: the killed one is not "an older content that comes back"
    home.drop("promo_codes", "a.csv", HEAD + "Y,2026-03-01,c1\n")
    report = home.land()
    assert outcomes(report) == [
        ("promo_codes", "a.csv", "landed"),
        ("promo_codes", "b.csv", "landed"),
    ]
    assert report.files[1].batch_id == manifest.batch_id
    assert report.files[1].path.exists()
    assert len(landing.manifests(home.root)) == 2


def test_a_kill_at_any_moment_loses_and_doubles_nothing(home):
    """Children land four files, are killed at a line of code, from first to last, and go on."""
    run = subprocess.run(
        [sys.executable, str(HERE / "kill_landings.py"), str(home.settings.paths.home), "16"],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    outcome = json.loads(run.stdout)
    assert outcome["kills"] == 16
    assert outcome["wrong"] == []
    # the kills met the run before, between and after its four batches
    assert {0, 1, 2, 3} <= set(outcome["batches_at_kill"])


def test_a_full_disk_leaves_the_file(home, monkeypatch):
    path = home.drop("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\n")
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from dataclasses import replace; from datetime import date\n"
        "from reachline.inbox import land_files; from reachline.settings import *\n"
        "from reachline.configuration import EXAMPLE; from reachline.settings import Paths\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "settings = replace(load_settings(config=EXAMPLE), paths=Paths(Path(sys.argv[1])))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "print(land_files(settings, date(2026, 3, 1), 'r'))\n"
    )
    os.utime(path, (1, 1))
    run = subprocess.run(
        [sys.executable, "-c", script, str(home.settings.paths.home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parents[2],
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("left     promo_codes/a.csv: the disk has no room for it")
    assert path.exists()
    assert landing.manifests(home.root) == []
    assert [p for p in home.root.rglob("*") if p.is_file() and p.name[0] != "."] == []
    assert home.land().files[0].outcome == "landed"


def test_a_landing_zone_that_can_not_be_written_is_no_fault_of_the_file(home, monkeypatch):
    path = home.drop("promo_codes", "a.csv", HEAD)

    def denied(*args, **kwargs):
        raise LandingError("no space")

    monkeypatch.setattr(land, "commit_batch", denied)
    with pytest.raises(LandingError, match="no space"):
        home.land()
    assert path.exists()


def test_two_landers_at_once_share_the_work(home):
    for number in range(6):
        home.drop("promo_codes", f"{number}.csv", HEAD + f"X,2026-03-01,c{number}\n")
        os.utime(home.inbox / "promo_codes" / f"{number}.csv", (1, 1))
    script = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from datetime import date; from reachline.inbox import land_files\n"
        "from reachline.configuration import EXAMPLE; "
        "from reachline.settings import Paths, load_settings\n"
        "settings = replace(load_settings(config=EXAMPLE), paths=Paths(Path(sys.argv[1])))\n"
        "land_files(settings, date(2026, 3, 1), 'r')\n"
    )
    command = [sys.executable, "-c", script, str(home.settings.paths.home)]
    running = [subprocess.Popen(command, cwd=HERE.parents[2]) for _ in range(2)]
    assert [process.wait(100) for process in running] == [0, 0]
    assert sorted(m.file.name for m in landing.manifests(home.root)) == [
        f"{number}.csv" for number in range(6)
    ]


def test_working_folders_of_killed_runs_are_swept(home):
    old = home.root / ".work" / "killed"
    (old / "x").mkdir(parents=True)
    new = home.root / ".work" / "running"
    new.mkdir()
    os.utime(old, (1, 1))
    home.land()
    assert not old.exists()
    assert new.exists()


def test_a_home_whose_name_has_wildcards(home, tmp_path):
    paths = Paths(tmp_path / "h[ome] *?")
    mine = replace(home, settings=replace(home.settings, paths=paths))
    mine.drop("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\n")
    mine.drop("promo_codes", "b.csv", HEAD + "Y,2026-03-01,c1\nbroken\n")
    record = {"code": "Z", "valid_from": "2026-03-01", "collaboration_id": "c1"}
    mine.drop("promo_codes", "c.jsonl", json.dumps(record) + "\n{\n")
    landed = [mine.read(file) for file in mine.land().files]
    assert [found.values[0][0] for found in landed] == ["X", "Y", "Z"]


def test_the_report_can_be_read_in_a_log(home):
    home.drop("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\nY\n")
    home.drop("promo_codes", "b.csv", "x\n")
    lines = str(home.land()).splitlines()
    assert lines[0] == "landed   promo_codes/a.csv: 1 rows, 1 rejected"
    assert lines[1].startswith("failed   promo_codes/b.csv: required columns")
    assert str(replace(home.land(), files=())) == "nothing was dropped"
