"""Columns that land as values are staged as their texts are: the same rows, the same quarantine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reachline.inbox import land
from reachline.landing import manifests
from reachline.warehouse import connect
from tests.dbt.landed import Home, new_home

pytestmark = pytest.mark.slow

HEADER = "platform,native_post_id,observed_at,value_basis,likes,views"
FILES = {
    # every count and moment is written as itself; a platform is missing, a key comes twice
    "clean.csv": f"""{HEADER}
instagram,p1,2026-03-01T10:00:00Z,measured,5,100
,p2,2026-03-01T10:00:00Z,measured,6,200
instagram,p3,2026-02-28T23:59:59Z,,,300
instagram,p1,2026-03-01T10:00:00Z,measured,7,
instagram,p4,,measured,8,400
""",
    # one of likes is not, so likes are text
    "odd_likes.csv": f"""{HEADER}
instagram,p5,2026-03-01T10:00:00Z,measured,+5,100
instagram,p6,2026-03-01T10:00:00Z,measured,many,200
instagram,p7,2026-03-01T10:00:00Z,guessed,6,300
""",
    "odd_moments.csv": f"""{HEADER}
instagram,p8,2026-03-01 10:00,measured,5,100
instagram,p9,2026-03-01T12:00:00+02:00,measured,6,200
instagram,p10,yesterday,measured,7,9223372036854775808
""",
    "deleted.csv": f"""{HEADER},is_deleted
instagram,p3,2026-02-28T23:59:59Z,,,,true
instagram,p9,2026-03-01T10:00:00Z,,1,2,no
""",
    "records.jsonl": """\
{"platform": "tiktok", "native_post_id": "71", "observed_at": "2026-03-01T10:00:00Z", "likes": 5, "views": 1}
{"platform": "tiktok", "native_post_id": "", "observed_at": "2026-03-01T10:00:00Z", "likes": 6, "views": 2}
{"platform": "tiktok", "native_post_id": "73", "observed_at": "2026-03-01T10:00:00Z", "likes": null, "views": 3}
""",  # noqa: E501
}


def staged(folder: Path) -> tuple[Home, dict[str, list[tuple[object, ...]]]]:
    """Drop the files, land and stage them; return what staging then holds."""
    home = new_home(folder)
    config = home.settings.config
    inbox = config.sources.inbox.model_copy(update={"settle_seconds": 0})
    sources = config.sources.model_copy(update={"inbox": inbox})
    config = config.model_copy(update={"sources": sources})
    home = Home(replace(home.settings, config=config))
    drop = home.settings.paths.inbox / "post_metrics"
    drop.mkdir(parents=True)
    for name, text in FILES.items():
        (drop / name).write_text(text, "utf-8")
    assert land.land_files(home.settings, date(2026, 3, 1), "test").of("failed") == ()
    home.stage()
    return home, {
        table: home.rows(f"select * from work.staging.{table} order by all")
        for table in ("stg_inbox__post_metrics", "quarantine", "batches_read")
    }


def test_staging_is_the_same_whether_values_or_texts_landed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_texts, from_texts = staged(tmp_path / "texts")
    monkeypatch.setattr(land, "TYPED_BYTES", 0)
    as_values, from_values = staged(tmp_path / "values")
    assert from_values == from_texts

    def typed(home: Home) -> dict[str, tuple[str, ...]]:
        found = manifests(home.settings.paths.landing)
        return {m.file.name: m.typed for m in found if m.file is not None}

    assert typed(as_texts) == dict.fromkeys(FILES, ())
    assert typed(as_values) == {
        "clean.csv": ("observed_at", "likes", "views"),
        "odd_likes.csv": ("observed_at", "views"),
        "odd_moments.csv": ("likes",),
        "deleted.csv": ("observed_at", "likes", "views"),
        "records.jsonl": ("observed_at", "likes", "views"),
    }
    assert len(from_values["stg_inbox__post_metrics"]) == 7
    *_, raw, _ = zip(*from_values["quarantine"], strict=True)
    raws = {str(each) for each in raw}
    assert (
        '{"platform":null,"native_post_id":"p2","observed_at":"2026-03-01T10:00:00Z",'
        '"value_basis":"measured","likes":"6","views":"200"}'
    ) in raws
    assert len(raws) == 6


def test_a_warehouse_that_knew_of_no_values_reads_on(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    home.land("creators", [{"creator_id": "p1", "creator_name": "Ada"}])
    home.stage()
    with connect(home.settings.paths.warehouse) as con:
        con.execute("alter table work.landing.batches drop column typed")
    home.land("creators", [{"creator_id": "p2", "creator_name": "Bea"}])
    home.stage()
    names = "select creator_name from work.staging.stg_inbox__creators order by all"
    assert home.rows(names) == [("Ada",), ("Bea",)]
