"""What a platform says is gone is gone from landing too: the numbers stay, all else does not."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from reachline.connectors import erasing, ingest
from reachline.connectors.connections import Connection
from reachline.connectors.erasing import reduced
from reachline.connectors.ingest import Report
from reachline.connectors.interests import interests
from reachline.connectors.landed import Landed
from reachline.connectors.types import Query
from reachline.landing import (
    LandingError,
    Manifest,
    commit_batch,
    draft_batch,
    hold_batch,
    last_rewrites,
    manifests,
    pack,
    verify,
)
from reachline.landing.packs import all_packs
from reachline.settings import Settings, load_settings
from tests.unit.connectors.homes import FakeTime, landed, make_home
from tests.unit.connectors.server import Asked, Given, Server, serving

OPTIONS = {"currency": "USD", "spend_cap": "100", "price_per_post": "0", "price_per_user": "0"}
COUNTS = {"like_count": 7, "reply_count": 1, "retweet_count": 0}


def post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "author_id": "7",
        "created_at": "2026-03-02T05:00:00.000Z",
        "text": f"a secret of {number} #acmecoffee",
        "public_metrics": COUNTS,
        "entities": {"urls": [{"expanded_url": "https://anna.example"}]},
        **more,
    }


class World:
    def __init__(self, settings: Settings) -> None:
        self.settings, self.time = settings, FakeTime()
        self.posts = [post(1), post(2), post(3)]
        self.gone: set[str] = set()
        self.server: Server | None = None

    def answer(self, asked: Asked) -> Given:
        if asked.path == "/2/users/by":
            return Given({})
        shown = [p for p in self.posts if p["id"] not in self.gone]
        if asked.path == "/2/tweets":
            ids = asked.params["ids"].split(",")
            problem = "https://api.twitter.com/2/problems/resource-not-found"
            lost = [{"resource_id": i, "value": i, "type": problem} for i in ids if i in self.gone]
            return Given({"data": [p for p in shown if p["id"] in ids], "errors": lost})
        since = int(asked.params.get("since_id", 0))
        data = [p for p in reversed(shown) if int(p["id"]) > since]
        is_ours = asked.params["query"].startswith("#acmecoffee")
        found = data if is_ours else []
        return Given({"data": found, "meta": {"result_count": len(found)}})

    def run(self) -> Report:
        assert self.server is not None
        connection = Connection(password="x-t0ken", extra={"base_url": self.server.url})
        return ingest.ingest(
            self.settings, "x", "r", clock=self.time.clock(), connection=connection
        )

    def next_day(self) -> Report:
        self.time.pass_by(days=1, hours=1)
        return self.run()

    def records(self) -> list[dict[str, Any]]:
        """All that landed of posts, by post and in order."""
        rows = [(int(i), json.loads(raw)) for _, i, raw in landed(self.settings, "x", "posts")]
        return [record for _, record in sorted(rows, key=lambda row: row[0])]

    def bytes_with(self, text: str) -> list[Path]:
        """The files of landing that hold a text, plainly or in a column."""
        found = [
            path
            for path in self.settings.paths.landing.rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()
        ]
        for path in self.settings.paths.landing.rglob("*.parquet"):
            (count,) = (
                duckdb.connect()
                .execute("select count(*) from read_parquet(?) as r where contains(r::varchar, ?)",
                         [str(path), text])
                .fetchall()[0]
            )  # fmt: skip
            found += [path] * count
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(make_home(tmp_path, {"x": OPTIONS}))
    with serving(made.answer) as made.server:
        yield made


def test_what_is_gone_keeps_its_numbers_alone(world: World) -> None:
    world.run()
    world.next_day()
    assert world.bytes_with("a secret of 2")
    world.gone = {"2"}
    report = world.next_day()
    assert report.erased == 2
    assert "x: 2 records of posts that are gone were erased" in report.lines()
    assert not world.bytes_with("a secret of 2")
    assert world.bytes_with("a secret of 1")
    assert world.bytes_with("a secret of 3")
    erased = [record for record in world.records() if "erased" in record]
    assert (
        erased
        == [
            {
                "erased": "2026-03-04T08:00:00Z",
                "id": "2",
                "author_id": "7",
                "created_at": "2026-03-02T05:00:00.000Z",
                "public_metrics": COUNTS,
            }
        ]
        * 2
    )
    assert verify(world.settings.paths.landing) == []


def test_lines_and_batches_stay_where_they_were(world: World) -> None:
    world.run()
    root = world.settings.paths.landing
    before = [(m.batch_id, m.sequence, m.rows, m.cursor) for m in manifests(root)]
    ids = [record_id for _, record_id, _ in landed(world.settings, "x", "posts")]
    world.gone = {"2"}
    world.next_day()
    after = [(m.batch_id, m.sequence, m.rows, m.cursor) for m in manifests(root)]
    assert after[: len(before)] == before
    found = [record_id for _, record_id, _ in landed(world.settings, "x", "posts")]
    assert found[: len(ids)] == ids
    (rewrite,) = last_rewrites(root).values()
    assert rewrite.batch_id in {batch_id for batch_id, *_ in before}


def test_what_is_gone_is_erased_in_packs_too(world: World) -> None:
    world.run()
    world.next_day()
    root = world.settings.paths.landing
    before = {m.batch_id: (m.rows, m.sequence) for m in manifests(root)}
    pack(root, ended_before=date(2030, 1, 1), below=1024 * 1024)
    held = b"".join(map(read_all, all_packs(root)))
    assert b"a secret of 2" in held
    world.gone = {"2"}
    assert world.next_day().erased == 2
    assert before.items() <= {m.batch_id: (m.rows, m.sequence) for m in manifests(root)}.items()
    held = b"".join(map(read_all, all_packs(root)))
    assert b"a secret of 2" not in held
    assert world.bytes_with("a secret of 2") == []
    assert world.bytes_with("a secret of 3"), "what was written anew is no longer in a pack"
    assert verify(root) == []
    # what each query found is known of packs as well
    asked = {(m.stream, m.query) for m in manifests(root) if m.path is not None}

    def known() -> set[tuple[str, str]]:
        with closing(Landed(root, "x", date(2026, 3, 5))) as found:
            return {(text, each) for of, text in asked for each in found.ids(Query(of, text))}

    single = known()
    pack(root, ended_before=date(2030, 1, 1), below=1024 * 1024)
    assert known() == single
    assert {each for _, each in single} >= {"1", "2", "3"}


def read_all(path: Path) -> bytes:
    """The rows of all data in a pack, as JSON."""
    with zipfile.ZipFile(path) as archive:
        tables = [
            pq.read_table(pa.BufferReader(archive.read(name))).to_pylist()
            for name in archive.namelist()
            if name.endswith(".parquet")
        ]
    return json.dumps(tables).encode()


def test_nothing_is_rewritten_twice_or_without_need(world: World) -> None:
    world.run()
    assert world.next_day().erased == 0
    world.gone = {"2"}
    assert world.next_day().erased > 0
    written = len(last_rewrites(world.settings.paths.landing))
    for _ in range(2):
        assert world.next_day().erased == 0
    assert len(last_rewrites(world.settings.paths.landing)) == written


def test_a_post_that_is_back_keeps_what_it_says_since(world: World) -> None:
    world.run()
    world.gone = {"2"}
    world.next_day()
    world.gone = set()
    world.posts.append(post(4))
    world.posts[1]["text"] = "said anew #acmecoffee"
    with pytest.MonkeyPatch.context() as patched:
        # as a search that has not read it yet finds it
        patched.setattr("reachline.connectors.landed.Landed.ids", lambda *_: set())
        patched.setattr("reachline.connectors.landed.Landed.cursor", lambda *_: None)
        world.next_day()
    assert world.next_day().erased == 0
    assert world.bytes_with("said anew")
    assert not world.bytes_with("a secret of 2")


def test_a_run_that_died_before_it_is_made_good_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run()
    world.gone = {"1", "3"}
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "rewrite_batch", killed)
        with pytest.raises(KeyboardInterrupt):
            world.next_day()
    assert world.bytes_with("a secret of 1")
    assert world.next_day().erased == 2
    assert not world.bytes_with("a secret of 1") + world.bytes_with("a secret of 3")


@pytest.mark.parametrize(
    ("record", "kept", "left"),
    [
        ({"id": "1", "text": "x"}, ["id"], {"id": "1"}),
        ({"a": {"b": 1, "c": 2}, "d": 3}, ["a.b"], {"a": {"b": 1}}),
        ({"a": {"b": 1, "c": 2}}, ["a.b", "a.c"], {"a": {"b": 1, "c": 2}}),
        (
            {"refs": [{"type": "quoted", "id": "9"}, {"id": "8"}]},
            ["refs[*].type"],
            {"refs": [{"type": "quoted"}, {}]},
        ),
        ({"a": None, "b": 0, "c": False}, ["a", "b", "c"], {"b": 0, "c": False}),
        # a form that nobody expected holds nothing that could stay
        ({"a": "text"}, ["a.b"], {}),
        ({"a": {"x": 1}}, ["a[*].b"], {"a": {}}),
        (["a list"], ["id"], {}),
    ],
)
def test_what_stays_is_what_stands_at_the_paths(record: Any, kept: list[str], left: Any) -> None:
    assert json.loads(reduced(json.dumps(record), kept, "now")) == {"erased": "now", **left}


@pytest.mark.parametrize("record", ['{"id": 1, "text', "[" * 100_000 + "]" * 100_000])
def test_of_what_can_not_be_read_nothing_stays(record: str) -> None:
    assert reduced(record, ["id"], "now") == '{"erased":"now"}'


@pytest.mark.parametrize("query", ["given_up", "erased", "reread"])
def test_what_is_written_without_asking_is_no_answer_of_the_source(
    tmp_path: Path, query: str
) -> None:
    day, asked = date(2026, 3, 2), Query("videos", "hashtag:coffee")
    for text, state, failures in ((asked.text, "failed", 2), (query, "ok", None)):
        with draft_batch(tmp_path, "youtube", "videos", day) as draft:
            commit_batch(draft, run_id="r", status=state, query=text, failures=failures)
    landed = Landed(tmp_path, "youtube", day + timedelta(days=1))
    assert landed.failures(asked) == (2, day)
    assert landed.waits_until(asked) is None, "all of the source was down"
    landed.close()


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def damaged(world: World, text: str) -> Manifest:
    """Let the batch that holds a text say something else, as large and with the times it had."""
    root = world.settings.paths.landing
    (path,) = {path for path in world.bytes_with(text) if path.suffix == ".parquet"}
    batch = next(m for m in manifests(root) if m.path and root / m.path == path)
    before = path.stat()
    table = pq.read_table(path, partitioning=None)
    place = table.schema.get_field_index("record")
    changed = pc.replace_substring(table.column(place), "author", "auth0r")
    pq.write_table(table.set_column(place, "record", changed), path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return batch


def test_a_damaged_batch_is_not_written_anew_as_if_it_were_sound(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damaged after a run that was killed had learned that the post is gone."""
    world.run()
    world.gone = {"2"}
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "rewrite_batch", killed)
        with pytest.raises(KeyboardInterrupt):
            world.next_day()
    batch = damaged(world, "a secret of 2")
    root = world.settings.paths.landing
    with pytest.raises(LandingError, match="it was changed after it landed") as stop:
        world.next_day()
    assert batch.batch_id in str(stop.value)
    assert last_rewrites(root) == {}
    assert [finding.batch_id for finding in verify(root)] == [batch.batch_id]
    hold_batch(root, batch.batch_id, "damaged")
    world.next_day()
    assert last_rewrites(root) == {}
    assert "It is left out" in caplog.text


def test_what_is_known_of_a_source_leaves_a_damaged_batch_out(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.run()
    root = world.settings.paths.landing
    query = Query("posts", next(m.query for m in manifests(root) if m.rows and m.path))

    def ids() -> set[str]:
        landed = Landed(root, "x", date(2026, 3, 2))
        try:
            return landed.ids(query)
        finally:
            landed.close()

    assert ids() == {"1", "2", "3"}
    damaged(world, "a secret of 2")
    assert ids() == set()
    assert "It is left out" in caplog.text
    world.next_day()
    assert {record["id"] for record in world.records()} == {"1", "2", "3"}


def test_a_damaged_file_of_events_asks_for_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    settings = world.settings
    row = {"event_id": "e", "hashtags": "#fair", "starts_on": "2026-03-01", "ends_on": "2026-03-09"}
    with draft_batch(settings.paths.landing, "inbox", "events", date(2026, 3, 1)) as draft:
        pq.write_table(pa.table({name: [value] for name, value in row.items()}), draft.data)
        batch = commit_batch(draft, run_id="r", rows=1, columns=tuple(row))
    assert "fair" in interests(settings, "x", date(2026, 3, 2)).hashtags
    copy = settings.paths.home.with_name("packed")
    shutil.copytree(settings.paths.home, copy)
    packed = load_settings(copy, settings.config_dir)
    assert pack(packed.paths.landing, ended_before=date(2030, 1, 1), below=1024 * 1024).names
    assert "fair" in interests(packed, "x", date(2026, 3, 2)).hashtags
    path = settings.paths.landing / str(batch.path)
    pq.write_table(pa.table({name: [value.upper()] for name, value in row.items()}), path)
    assert "fair" not in interests(settings, "x", date(2026, 3, 2)).hashtags
    assert f"{batch.batch_id}: {path}: SHA-256 is" in caplog.text
