"""`reachline landing`: batches are listed, shown, verified and held."""

from __future__ import annotations

import pytest

from reachline import landing
from tests.unit.commands.typed import said, typed

HEAD = "code,valid_from,collaboration_id\n"


def test_batches_are_listed_shown_held_and_verified(home):
    assert "no such batch" in typed("landing", "ls")[1]
    first = home.land_one("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\nY\n").report.batch_id
    second = home.land_one("clicks", "b.csv", "click_id,clicked_at\n1,2\n").report.batch_id
    _, output = typed("landing", "ls")
    listed = [line.split() for line in output.splitlines()]
    # what `show` and `hold` are given stands first, to be copied
    assert [words[0] for words in listed] == [first, second]
    assert listed[0][1:] == ["1", "1", "rows,", "1", "rejected", "ok", "a.csv"]
    for option in (("--stream", "clicks"), ("--source", "x"), ("--date", "2026-03-02")):
        assert first not in typed("landing", "ls", *option)[1]
    assert second in typed("landing", "ls", "--stream", "clicks", "--date", "2026-03-01")[1]
    _, output = typed("landing", "show", first)
    for text in ("promo_codes", "a.csv (", "delimiter ','", "held       no", "rejects.parquet"):
        assert text in output
    assert typed("landing", "hold", first)[0] == 2
    assert typed("landing", "hold", first, "--reason", "wrong codes")[0] == 0
    assert "held       yes: wrong codes" in typed("landing", "show", first)[1]
    held, other = typed("landing", "ls")[1].splitlines()
    assert held.startswith(first)
    assert held.endswith("  held")
    assert "held" not in other
    assert typed("landing", "unhold", first)[0] == 0
    assert landing.held_batches(home.root) == {}
    assert typed("landing", "delete", second)[0] == 2
    assert typed("landing", "show", "nothing")[0] == 1
    code, output = typed("landing", "verify")
    assert (code, "2 batches are as they were landed" in output) == (0, True)
    (home.root / landing.find_batch(home.root, second).path).unlink()
    code, output = typed("landing", "verify")
    assert (code, f"{second}: " in output and "is missing" in output) == (1, True)
    assert typed("landing", "verify", first)[0] == 0


def test_what_is_lost_is_repaired_or_given_up(home):
    for number, name in enumerate(("a", "b", "c"), 1):
        home.land_one("promo_codes", f"{name}.csv", HEAD + f"X{number},2026-03-01,c1\n")
    first, second, third = landing.manifests(home.root)
    folder = home.root / "_manifests"
    for lost in (first, third):
        (folder / f"{lost.sequence:012d}.json").unlink()
    home.land()
    code, output = typed("landing", "verify")
    assert code == 1
    assert "000000000003.json: is missing. `reachline landing verify --repair`" in output
    assert second.batch_id in typed("landing", "ls")[1]
    code, output = typed("landing", "verify", "--repair")
    assert code == 0
    assert f"manifest 1 was written anew from its copy: batch {first.batch_id}" in output
    assert f"{home.root / third.path} was put back" in output
    assert "3 batches are as they were landed" in output
    assert landing.manifests(home.root) == [first, second, third]
    for path in (*home.root.rglob(f"{second.batch_id}*"), folder / "000000000002.json"):
        path.unlink()
    assert typed("landing", "verify", "--repair")[0] == 1
    assert typed("landing", "lost", "2")[0] == 2
    with pytest.raises(landing.LandingError, match="is not missing"):
        said("landing", "lost", "1", "--reason", "the disk")
    assert typed("landing", "lost", "2", "--reason", "the disk")[0] == 0
    assert typed("landing", "verify")[0] == 0


def test_what_belongs_to_no_batch_is_told_and_left(home):
    batch = home.land_one("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\n").report.batch_id
    path = home.root / landing.find_batch(home.root, batch).path
    stranger = path.with_name("stranger.parquet")
    stranger.write_bytes(b"x")
    home.land()
    kept = home.root / "_orphans" / stranger.relative_to(home.root)
    code, output = typed("landing", "verify", "--repair")
    assert (code, kept.exists()) == (0, True)
    assert "1 files belong to no batch" in output


EXPLORATION = """\
# Free form-Free form 1
# 20260301-20260331

Transaction ID,Date hour and minute,Order coupon,Ecommerce purchases,Gross purchase revenue,\
Tax amount,Shipping amount,Refund amount
,,,1,100,7.6,5,0,Grand total
T-1,202603012330,SPRING10,1,100,7.6,5,0
"""


def test_what_of_a_file_was_read_as_no_data_is_told_and_kept(home, tmp_path):
    path = tmp_path / "download.csv"
    path.write_text(EXPLORATION)
    code, output = typed("inbox", "check", path, "--to", "ga4_export")
    assert code == 0
    assert "no data   its header stands on line 4: what is before it are no rows\n" in output
    assert "no data   totals stand on line 5: no rows\n" in output
    batch = home.land_one("ga4_export", path.name, EXPLORATION).report.batch_id
    output = typed("landing", "show", batch)[1]
    assert "preamble   # Free form-Free form 1\npreamble   # 20260301-20260331\n" in output
    assert "totals     line 5: ,,,1,100,7.6,5,0,Grand total\n" in output


def test_a_deleted_batch_is_listed_with_why(home):
    first = home.land_one("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\n").report.batch_id
    assert typed("landing", "delete", first, "--reason", "wrong shop")[0] == 0
    assert typed("landing", "ls")[1].rstrip().endswith("a.csv  deleted")
    shown = typed("landing", "show", first)[1]
    assert "deleted    " in shown
    assert "wrong shop" in shown
    assert typed("landing", "verify")[0] == 0
    assert typed("landing", "delete", first, "--reason", "again")[0] == 1
    # the same file may come again
    assert home.land_one("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\n").report.batch_id
