"""What feeds a stream, by dbt's manifest and the code: a mapping that no union reads is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reachline.inbox import mapping_sql
from reachline.warehouse.staging import StagingError, code_digest, find_feeds


def node(name: str, reads: Sequence[str], materialized: str = "view", **meta: str) -> Any:
    return SimpleNamespace(
        unique_id=f"model.reachline.{name}",
        name=name,
        config=SimpleNamespace(materialized=materialized, meta=meta),
        depends_on=SimpleNamespace(nodes=list(reads)),
    )


def project(*mappings: Any, union_reads: Sequence[str]) -> Any:
    sources = {
        f"source.reachline.{source}.{name}": SimpleNamespace(
            source_name=source, name=name, schema=f"landed_{source}"
        )
        for source, name in (("inbox", "posts"), ("pixel", "posts"), ("pixel", "missing"))
    }
    models = [
        *mappings,
        node("unread", ["source.reachline.inbox.posts", *union_reads]),
        node("posts", ["model.reachline.unread"], "staged", stream="posts"),
    ]
    return SimpleNamespace(sources=sources, nodes={model.unique_id: model for model in models})


POSTS = node(
    "pixel_posts",
    ["source.reachline.pixel.posts", "source.reachline.pixel.missing"],
    stream="posts",
)


def test_a_mapping_feeds_the_stream_that_it_names_from_the_records_that_it_reads() -> None:
    feeds = find_feeds(project(POSTS, union_reads=[POSTS.unique_id]), [])
    assert feeds.places() == [
        ("inbox", "posts", "posts"),
        ("pixel", "missing", "posts"),
        ("pixel", "posts", "posts"),
    ]
    assert feeds.all_views == ("pixel_posts", "unread")
    assert feeds.record_sources == {("pixel", "posts"), ("pixel", "missing")}


def test_a_mapping_that_the_union_misses_is_named() -> None:
    with pytest.raises(StagingError, match="pixel_posts feeds the stream posts, but unread does"):
        find_feeds(project(POSTS, union_reads=[]), [])


def test_records_are_mapped_once_into_a_stream() -> None:
    again = node("pixel_again", ["source.reachline.pixel.missing"], stream="posts")
    both = project(POSTS, again, union_reads=[POSTS.unique_id, again.unique_id])
    with pytest.raises(
        StagingError, match=r"pixel_again and pixel_posts both map pixel\.missing into posts"
    ):
        find_feeds(both, [])


def test_a_mapping_of_a_stream_that_is_none_is_named() -> None:
    lost = node("pixel_lost", ["source.reachline.pixel.posts"], stream="pots")
    with pytest.raises(StagingError, match="pixel_lost feeds pots, which is no stream"):
        find_feeds(project(lost, union_reads=[]), [])


def test_other_sql_of_a_mapping_has_the_tables_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = code_digest()
    edited = tmp_path / "mapping_sql.py"
    edited.write_text(Path(mapping_sql.__file__).read_text() + "# edited\n")
    monkeypatch.setattr(mapping_sql, "__file__", str(edited))
    assert code_digest() != before
