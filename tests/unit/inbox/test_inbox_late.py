"""What comes back, comes late or can't be moved: nothing of it is lost in silence."""

from __future__ import annotations

import gzip
import io
import os
import time

import openpyxl
import pytest

from reachline import landing
from reachline.inbox import land

HEAD = "code,valid_from,collaboration_id\n"
ONE, TWO = HEAD + "X,2026-03-01,c1\n", HEAD + "X,2026-03-01,c2\n"
OLD = time.time() - 40 * 86_400


def drop_and_land(home, name, content):
    path = home.drop("promo_codes", name, content)
    os.utime(path, (OLD, OLD))
    (file,) = home.land().files
    assert file.outcome == "landed"
    return file


@pytest.mark.parametrize("to", ["a.csv", "again.csv"])
@pytest.mark.parametrize("come_between", [True, False])
def test_an_old_file_that_is_moved_back_lands_again(home, to, come_between):
    """By `mv`, which keeps inode and times: it is no file of a run that was killed."""
    first = drop_and_land(home, "a.csv", ONE)
    if come_between:
        drop_and_land(home, "b.csv", TWO)
    os.rename(first.path, home.inbox / "promo_codes" / to)
    (file,) = home.land().files
    if come_between:
        assert (file.outcome, file.rows) == ("landed", 1)
        assert file.batch_id == landing.manifests(home.root)[-1].batch_id != first.batch_id
    else:
        assert (file.outcome, len(landing.manifests(home.root))) == ("skipped", 1)
        assert first.batch_id in file.reason


def test_a_content_that_is_held_is_not_skipped_without_a_word(home):
    first = drop_and_land(home, "a.csv", ONE)
    landing.hold_batch(home.root, first.batch_id, "test codes")
    for name, content in (("b.csv", ONE), ("c.csv", ONE)):
        home.drop("promo_codes", name, content)
        (file,) = home.land().files
        assert file.outcome == "skipped"
        assert "is held and counts nowhere (test codes)" in file.reason
        assert f"`reachline landing unhold {first.batch_id}`" in file.reason
    landing.unhold_batch(home.root, first.batch_id)
    home.drop("promo_codes", "d.csv", ONE)
    (file,) = home.land().files
    assert "held" not in file.reason


def workbook(*rows):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


FORMS = {
    "csv": (ONE.encode(), (ONE + "Y,2026-03-01,c2\n").encode()),
    "jsonl": tuple(
        b"".join(
            b'{"code": "%s", "valid_from": "2026-03-01", "collaboration_id": "c1"}\n' % code
            for code in codes
        )
        for codes in ((b"X",), (b"X", b"Y"))
    ),
    "csv.gz": (gzip.compress(ONE.encode()), gzip.compress((ONE + "Y,2026-03-01,c2\n").encode())),
    "xlsx": (
        workbook(*(line.split(",") for line in ONE.splitlines())),
        workbook(*(line.split(",") for line in (ONE + "Y,2026-03-01,c2\n").splitlines())),
    ),
}


@pytest.mark.parametrize("ending", FORMS)
def test_a_file_that_is_written_to_after_it_landed_lands_again(home, ending):
    before, after = FORMS[ending]
    path = home.drop("promo_codes", f"a.{ending}", before)
    with path.open("r+b") as upload:
        (first,) = home.land().files
        assert home.land().files == ()
        upload.write(after)
    (file,) = home.land().files
    assert (file.outcome, file.rows, file.path) == ("landed", 2, first.path)
    assert f"landed as batch {first.batch_id} and was written to afterwards" in file.reason
    assert "as a correction" in file.reason
    assert first.path.read_bytes() == after
    assert [m.rows for m in landing.manifests(home.root)] == [1, 2]
    assert home.land().files == ()


def test_a_file_that_landed_and_is_written_to_is_left_until_it_settles(home):
    first = drop_and_land(home, "a.csv", ONE)
    with first.path.open("a") as upload:
        upload.write("Y,2026-")
    settling = home.unsettled(30)
    (file,) = settling.land().files
    assert (file.outcome, file.path) == ("left", first.path)
    os.utime(first.path, (OLD + 60, OLD + 60))
    (file,) = settling.land().files
    assert (file.outcome, file.rows, file.rejected) == ("landed", 1, 1)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"code\nX\n", b"\x1f\x8b broken"])
def test_a_file_whose_rows_landed_is_never_called_failed(home, content):
    first = drop_and_land(home, "a.csv", ONE)
    first.path.write_bytes(content)
    for _ in range(2):
        (file,) = home.land().files
        assert (file.outcome, file.path) == ("left", first.path)
        assert f"landed as batch {first.batch_id}" in file.reason
        assert "that batch stands" in file.reason
    assert not (home.inbox / "_failed").exists()
    assert len(landing.manifests(home.root)) == 1


def test_what_changes_nothing_of_a_file_that_landed_lands_nothing(home):
    first = drop_and_land(home, "a.csv", ONE)
    second = drop_and_land(home, "b.csv", TWO)
    os.utime(first.path)  # touched
    os.truncate(second.path, 0)  # emptied, for space
    assert home.land().files == ()
    first.path.write_text(TWO)  # what has landed from another file
    assert home.land().files == ()
    first.path.unlink()
    first.path.symlink_to("/etc/passwd")
    second.path.unlink()
    second.path.mkdir()
    assert home.land().files == ()
    assert len(landing.manifests(home.root)) == 2


@pytest.mark.parametrize("ending", ["csv.gz", "xlsx"])
def test_an_upload_whose_first_half_failed_lands_when_it_is_whole(home, ending):
    whole = FORMS[ending][1]
    path = home.drop("promo_codes", f"a.{ending}", whole[: len(whole) // 2])
    with path.open("r+b") as upload:
        (first,) = home.land().files
        assert first.outcome == "failed"
        assert home.land().files == (), "it is not read again as long as nobody writes to it"
        upload.seek(0, os.SEEK_END)
        upload.write(whole[len(whole) // 2 : -4])
        upload.flush()
        (again,) = home.land().files
        assert (again.outcome, again.path) == ("failed", first.path)
        assert home.land().files == ()
        upload.write(whole[-4:])
    (file,) = home.land().files
    assert (file.outcome, file.rows) == ("landed", 2)
    assert file.path == home.inbox / "_done" / "promo_codes" / f"a.{ending}"
    assert list(first.path.parent.iterdir()) == []
    assert home.land().files == ()


def test_a_file_that_failed_is_read_once_even_if_its_time_is_ahead_of_the_clock(home):
    path = home.drop("promo_codes", "a.csv", "code\n")
    os.utime(path, (time.time() + 7200, time.time() + 7200))
    assert [file.outcome for file in home.land().files] == ["failed"]
    assert home.land().files == ()


def test_a_kill_before_a_failed_file_is_moved_leaves_one_reason(home, monkeypatch):
    path = home.drop("promo_codes", "a.csv", "code\n")

    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(land, "move", killed)
        with pytest.raises(KeyboardInterrupt):
            home.land()
    assert path.exists()
    (file,) = home.land().files
    failed = home.inbox / "_failed" / "promo_codes"
    assert file.path == failed / "a.csv"
    assert sorted(p.name for p in failed.iterdir()) == ["a.csv", "a.csv.reason.txt"]
    # one of another name that a person left there is not written over
    (failed / "b.csv.reason.txt").write_text("a note")
    home.drop("promo_codes", "b.csv", "code\n")
    (file,) = home.land().files
    assert file.path == failed / "b.2.csv"


def test_a_file_that_is_written_to_while_it_fails_is_left(home, monkeypatch):
    path = home.drop("promo_codes", "a.csv", "code\n")
    accept = land._listed

    def writes_on(*args):
        path.write_text(ONE)
        return accept(*args)

    monkeypatch.setattr(land, "_listed", writes_on)
    (file,) = home.land().files
    assert (file.outcome, file.path) == ("left", path)
    monkeypatch.undo()
    assert home.land().files[0].rows == 1


@pytest.mark.parametrize("content", [TWO, ONE], ids=["landed", "skipped"])
def test_a_file_that_can_not_be_moved_has_not_failed(home, monkeypatch, content):
    first = drop_and_land(home, "a.csv", ONE)
    path = home.drop("promo_codes", "b.csv", content)

    def refuses(*args):
        raise PermissionError(13, "Permission denied", str(first.path.parent))

    monkeypatch.setattr(land, "move", refuses)
    (file,) = home.land().files
    assert (file.outcome, file.path) == ("landed" if content == TWO else "skipped", path)
    assert f"could not be moved to {first.path.parent}: Permission denied" in file.reason
    count = len(landing.manifests(home.root))
    monkeypatch.undo()
    (file,) = home.land().files
    assert file.path.parent == first.path.parent
    assert len(landing.manifests(home.root)) == count
    assert home.land().files == ()
