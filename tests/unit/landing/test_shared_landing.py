"""A landing zone in an object store: no number twice, no batch lost, nothing half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline import landing
from reachline.landing import Manifest, batches, shared
from reachline.landing.manifests import all_manifests, manifest_path
from reachline.landing.packs import all_packs
from reachline.object_store import STORE, Store, StoreError, open_store, store_of
from tests.object_stores import S3, refusing, serving

D = date(2026, 3, 1)
PROGRAM = Path(__file__).with_name("land_at_once.py")


def commit(root: Path, values: list[str], stream: str = "orders") -> Manifest:
    with landing.draft_batch(root, "inbox", stream, D) as draft:
        pq.write_table(pa.table({"order_id": values}), draft.data)
        return landing.commit_batch(draft, run_id="r", rows=len(values), columns=("order_id",))


def rewrite(root: Path, batch: Manifest, values: list[str]) -> Manifest:
    rows = pa.table({"order_id": values})
    return landing.rewrite_batch(root, batch.batch_id, rows, reason="gone")


def rows_of(root: Path) -> list[tuple[int, str, list[str]]]:
    assert landing.verify(root) == []
    return [
        (m.sequence, m.batch_id, pq.read_table(root / m.path).column(0).to_pylist())
        for m in landing.manifests(root)
        if m.path is not None
    ]


def keys(store: Store) -> list[str]:
    return [item.key for item in store.keys("landing/")]


def test_what_one_host_lands_another_has(tmp_path: Path, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    commit(one, ["a"])
    assert shared.fetch(two).manifests == (1,)
    commit(two, ["b"])
    # it does not know of 2, and finds it taken
    third = commit(one, ["c"])
    assert third.sequence == 3
    shared.fetch(two)
    assert [row[2] for row in rows_of(one)] == [["a"], ["b"], ["c"]]
    assert rows_of(one) == rows_of(two)
    assert all_manifests(one, fresh=True) == all_manifests(two, fresh=True)


def test_one_content_at_two_hosts_is_two_batches(tmp_path: Path, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    shared.fetch(one)
    shared.fetch(two)
    first, second = commit(one, ["a"]), commit(two, ["a"])
    assert first.batch_id.removesuffix("1") == second.batch_id.removesuffix("2")
    shared.fetch(one)
    assert rows_of(one) == rows_of(two)


def run(home: Path, name: str, count: int, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(PROGRAM), str(home), name, str(count)]
    return subprocess.Popen(command, env={**os.environ, **environment})


def test_processes_that_land_at_once_lose_nothing(tmp_path: Path, store: Store) -> None:
    count = 12
    running = [run(tmp_path / name, name, count) for name in ("one", "two", "three")]
    assert [process.wait(300) for process in running] == [0, 0, 0]
    for name in ("one", "two", "three", "four"):
        shared.fetch(tmp_path / name / "landing")
    found = rows_of(tmp_path / "four" / "landing")
    assert [row[0] for row in found] == list(range(1, 6 * count + 1))
    assert len({row[1] for row in found}) == 6 * count
    told = sorted(value for row in found for value in row[2])
    wanted = [f"{n}-{i}" for n in ("one", "two", "three") for i in range(count)]
    assert told == sorted([*wanted, *(f"both-{i}" for i in range(count) for _ in range(3))])
    for name in ("one", "two", "three"):
        assert rows_of(tmp_path / name / "landing") == found
    # somebody was indeed slower than somebody else
    assert shared.compare(tmp_path / "one" / "landing", store).lacking == ()


def test_a_kill_between_file_and_manifest_leaves_an_orphan(tmp_path: Path, store: Store) -> None:
    killed = run(tmp_path / "one", "one", 1, DIE="1")
    assert killed.wait(120) == -signal.SIGKILL
    root = tmp_path / "two" / "landing"
    shared.fetch(root)
    assert landing.manifests(root) == []
    assert [Path(key).suffix for key in keys(store)] == [".parquet"]
    # it may still be on its way
    assert shared.sweep_store(root) == ()
    later = datetime.now(UTC) + timedelta(days=2)
    assert shared.compare(root, store, now=later).leftover == tuple(keys(store))
    # the host comes back, and lands it
    assert run(tmp_path / "one", "one", 1).wait(120) == 0
    shared.fetch(root)
    assert len(rows_of(root)) == 2
    assert shared.compare(root, store, now=later) == shared.Compared()


def test_a_host_that_was_killed_after_the_manifest_fetches_its_batch(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(tmp_path, ["a"])

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(batches, "publish_manifest", die)
        with pytest.raises(KeyboardInterrupt):
            commit(tmp_path, ["b"])
    assert [row[2] for row in rows_of(tmp_path)] == [["a"]]
    assert shared.fetch(tmp_path).manifests == (2,)
    assert [row[2] for row in rows_of(tmp_path)] == [["a"], ["b"]]
    assert landing.sweep(tmp_path, 0).orphans == ()


def test_an_answer_that_was_lost_is_no_conflict(tmp_path: Path, store: Store) -> None:
    assert store.create("landing/x", b"mine")
    assert store.create("landing/x", b"mine")
    assert not store.create("landing/x", b"another's")


def test_a_file_that_is_cut_short_is_not_taken(tmp_path: Path, s3: S3, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    commit(one, ["a"])
    shared.fetch(two)
    batch = commit(one, ["b"])
    s3.cuts.append(f"{batch.sha256}.parquet")
    with pytest.raises(StoreError, match=f"SHA-256 is .*, not {batch.sha256}.*Nothing of it"):
        shared.fetch(two)
    assert [row[2] for row in rows_of(two)] == [["a"]]
    assert list(two.rglob("*.tmp")) == []
    s3.cuts.clear()
    shared.fetch(two)
    assert rows_of(two) == rows_of(one)


def test_a_manifest_that_was_changed_is_not_taken(tmp_path: Path, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    commit(one, ["a"])
    key = "landing/_manifests/000000000001.json"
    text = store.get(key) or b""
    for changed in (text.replace(b'"rows": 1', b'"rows": 2'), text[: len(text) // 2]):
        store.put(key, changed)
        with pytest.raises(StoreError, match="not a manifest"):
            shared.fetch(two)
    assert landing.manifests(two) == []


def test_a_manifest_names_no_place_outside(tmp_path: Path, store: Store) -> None:
    evil = Manifest(
        **{"kind": "batch", "batch_id": "x", "sequence": 1, "source": "inbox", "stream": "orders"},
        logical_date="2026-03-01",
        path="../../x/date=1/x.parquet",
        sha256="0" * 64,
    )
    store.create("landing/_manifests/000000000001.json", evil.to_json().encode())
    with pytest.raises(StoreError, match="no place of a batch"):
        shared.fetch(tmp_path / "home" / "landing")


def test_a_home_is_put_back_from_its_store_alone(tmp_path: Path, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    first, held, deleted = commit(one, ["a"]), commit(one, ["b"]), commit(one, ["c"])
    rewrite(one, first, ["-"])
    landing.hold_batch(one, held.batch_id, "look at it")
    landing.delete_batch(one, deleted.batch_id, "broken")
    state = landing.State("orders", "q", "no_data", "2026-03-01T00:00:00+00:00", cursor={"at": 7})
    landing.commit_states(one, "inbox", [state], logical_date=D, run_id="r")
    rows = pa.table({"_line": [1], "_stream": ["orders"]})
    landing.drop_lines(one, held.batch_id, rows, reason="test")
    shared.fetch(two)
    assert landing.verify(two) == []

    def files(root: Path) -> dict[str, bytes]:
        return {
            p.relative_to(root).as_posix(): p.read_bytes()
            for p in root.rglob("*")
            # `_store` says when each of them fetched
            if p.is_file() and not p.name.endswith("lock") and p.name != "_store"
        }

    assert files(two) == files(one)
    assert landing.held_batches(two) == landing.held_batches(one)
    assert commit(two, ["d"]).sequence == 9


def test_a_landing_that_is_there_joins_an_empty_store(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, url = tmp_path / "one", tmp_path / "two", os.environ["REACHLINE_STORE"]
    monkeypatch.delenv("REACHLINE_STORE")
    batch = commit(one, ["a"])
    rewrite(one, batch, ["-"])
    other = commit(two, ["b"])
    monkeypatch.setenv("REACHLINE_STORE", url)
    commit(one, ["c"])
    assert [row[2] for row in rows_of(one)] == [["-"], ["c"]]
    with pytest.raises(StoreError, match=f"another landing.*number 1 is {batch.batch_id} there"):
        shared.fetch(two)
    assert landing.manifests(two) == [other]
    # what was erased before is not there either
    assert not any(str(batch.sha256) in key for key in keys(open_store(url)))
    # joined, it goes on without the variable, and to no other store
    monkeypatch.delenv("REACHLINE_STORE")
    three = tmp_path / "three"
    monkeypatch.setenv("REACHLINE_STORE", url)
    shared.fetch(three)
    assert rows_of(three) == rows_of(one)
    monkeypatch.setenv("REACHLINE_STORE", "s3://brand/other")
    with pytest.raises(StoreError, match=r"is s3://brand/other, but .* is that of"):
        commit(one, ["d"])
    monkeypatch.delenv("REACHLINE_STORE")
    assert commit(one, ["d"]).sequence == 4


def test_a_landing_that_lacks_a_manifest_joins_nothing(tmp_path: Path, s3: S3) -> None:
    url = os.environ.pop("REACHLINE_STORE")
    commit(tmp_path, ["a"])
    commit(tmp_path, ["b"])
    os.environ["REACHLINE_STORE"] = url
    manifest_path(tmp_path, 1).unlink()
    with pytest.raises(StoreError, match=r"000000000001.json: is missing"):
        commit(tmp_path, ["c"])
    assert not (tmp_path / STORE).exists()


@pytest.mark.parametrize("how", ["rewrite", "delete"])
def test_what_is_erased_goes_from_the_store_and_from_other_hosts(
    tmp_path: Path, store: Store, how: str
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    batch = commit(one, ["theirs"])
    shared.fetch(two)
    assert not (two / shared.REBUILD).exists()
    if how == "rewrite":
        rewrite(one, batch, ["-"])
    else:
        landing.delete_batch(one, batch.batch_id, "theirs")
    assert not any(str(batch.sha256) in key for key in keys(store))
    shared.fetch(two)
    assert not (two / str(batch.path)).exists()
    assert rows_of(two) == rows_of(one)
    # what was built there of it is not what it should be
    assert (two / shared.REBUILD).exists()
    three = tmp_path / "three"
    shared.fetch(three)
    assert not (three / str(batch.path)).exists()
    assert rows_of(three) == rows_of(one)


def test_what_a_kill_left_of_an_erasure_is_swept(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = commit(tmp_path, ["theirs"])

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Store, "remove", die)
        with pytest.raises(KeyboardInterrupt):
            landing.delete_batch(tmp_path, batch.batch_id, "theirs")
    (left,) = (key for key in keys(store) if str(batch.sha256) in key)
    assert shared.sweep_store(tmp_path, is_dry=True) == (left,)
    assert shared.sweep_store(tmp_path) == (left,)
    assert left not in keys(store)


def test_an_erasure_does_not_undo_that_of_another_host(tmp_path: Path, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    batch = commit(one, ["x", "y"])
    shared.fetch(two)
    rewrite(one, batch, ["-", "y"])
    with pytest.raises(landing.LandingError, match="meanwhile, by another host"):
        rewrite(two, batch, ["x", "-"])
    shared.fetch(one)
    assert rows_of(one) == rows_of(two)
    assert not any(str(batch.sha256) in key for key in keys(store))


def test_a_manifest_that_says_less_says_so_everywhere(tmp_path: Path, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with landing.draft_batch(one, "inbox", "orders", D) as draft:
        landing.commit_batch(draft, run_id="r", query="ann", reason="of ann and bob")
    shared.fetch(two)
    landing.amend_manifest(one, lambda text: text.replace("ann", "[forgotten]"), 1)
    # it knows nothing of that, and takes somebody else out
    landing.amend_manifest(two, lambda text: text.replace("bob", "[forgotten]"), 1)
    for root in (one, two, tmp_path / "three"):
        shared.fetch(root)
        (found,) = landing.all_manifests(root)
        assert found.reason == "of [forgotten] and [forgotten]"
        assert not any(b"ann" in p.read_bytes() for p in root.rglob("*.json"))
    assert b"ann" not in (store.get("landing/_manifests/000000000001.json") or b"")
    assert shared.fetch(one).amended == ()


def test_what_a_store_lost_is_put_back(tmp_path: Path, store: Store) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    batch = commit(one, ["a"])
    shared.fetch(two)
    store.remove(keys(store))
    with pytest.raises(StoreError, match=r"lacks manifest 1.*reachline store push"):
        shared.fetch(two)
    assert shared.push(two) == 2
    assert shared.push(two) == 0
    # and what a host lost comes from the store
    (one / str(batch.path)).unlink()
    manifest_path(one, 1).write_text("{", encoding="ascii")
    assert shared.fetch(one, everything=True).manifests == (1,)
    assert rows_of(one) == rows_of(two)


def test_each_host_packs_for_itself_and_the_store_stays_as_it_is(
    tmp_path: Path, store: Store
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    batch, other = commit(one, ["a secret"]), commit(one, ["b"])
    shared.fetch(two)
    before, rows = sorted(keys(store)), rows_of(one)
    landing.pack(two, ended_before=date(2030, 1, 1), below=1024 * 1024)
    (packed,) = all_packs(two)
    assert landing.verify(two) == []
    assert sorted(keys(store)) == before
    # what is in a pack is there, and is put back into the store from there
    assert shared.fetch(two, everything=True) == shared.Fetched()
    assert shared.compare(two, store) == shared.Compared()
    store.remove([key for key in before if key.endswith(".parquet")])
    assert shared.push(two) == 2
    assert sorted(keys(store)) == before
    shared.fetch(tmp_path / "three")
    assert rows_of(tmp_path / "three") == rows
    # what another host erases leaves the packs here
    secret = (one / str(batch.path)).read_bytes()
    assert secret in packed.read_bytes()
    rewrite(one, batch, ["-"])
    assert len(shared.fetch(two).manifests) == 1
    assert secret not in packed.read_bytes()
    landing.delete_batch(one, other.batch_id, "nobody's")
    shared.fetch(two)
    assert rows_of(two) == rows_of(one) == [(1, batch.batch_id, ["-"])]
    assert landing.verify(two) == []


def test_a_lost_pack_comes_back_from_the_store(tmp_path: Path, store: Store) -> None:
    commit(tmp_path, ["a"])
    rows = rows_of(tmp_path)
    landing.pack(tmp_path, ended_before=date(2030, 1, 1), below=1024 * 1024)
    all_packs(tmp_path)[0].unlink()
    assert landing.verify(tmp_path) != []
    assert shared.fetch(tmp_path, everything=True).files == 1
    assert rows_of(tmp_path) == rows


def test_a_batch_is_given_up_only_where_the_store_lacks_it(tmp_path: Path, store: Store) -> None:
    commit(tmp_path, ["a"])
    manifest_path(tmp_path, 1).unlink()
    for copy in tmp_path.glob("inbox/**/*.json"):
        copy.unlink()
    with pytest.raises(landing.LandingError, match="reachline store pull"):
        landing.declare_lost(tmp_path, 1, "gone")
    assert shared.fetch(tmp_path).manifests == (1,)


def test_a_store_that_is_down_stops_what_is_landed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as down:
        down.make_bucket("brand")
        environment = down.environment()
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("REACHLINE_STORE", "s3://brand/down")
        commit(tmp_path, ["a"])
    with pytest.raises(StoreError, match="Is the store up") as raised:
        commit(tmp_path, ["b"])
    assert "secret-of-tests" not in str(raised.value)
    assert "key-of-tests" not in str(raised.value)
    assert [row[2] for row in rows_of(tmp_path)] == [["a"]]


def test_a_bucket_that_is_not_there(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_STORE", "s3://nobody/x")
    with pytest.raises(StoreError, match="s3://nobody/x: there is no such bucket"):
        commit(tmp_path, ["a"])
    assert landing.manifests(tmp_path) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://host/x", r"REACHLINE_STORE is 'ftp://host/x'. It must be like s3://"),
        ("file:///tmp/x", "It must be like s3://"),
        ("s3://", "It must be like s3://"),
        ("data", "It must be like s3://"),
        ("s3://key:secret@bucket/x", "without login or options"),
    ],
)
def test_an_address_that_is_none(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("REACHLINE_STORE", url)
    with pytest.raises(StoreError, match=said) as raised:
        commit(tmp_path, ["a"])
    assert "secret" not in str(raised.value)


def test_a_login_that_is_refused(tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing(403, "<Error><Code>InvalidAccessKeyId</Code></Error>") as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("REACHLINE_STORE", "s3://brand/refused")
        with pytest.raises(StoreError, match=r"403 Forbidden InvalidAccessKeyId\. Look at"):
            commit(tmp_path, ["a"])


def test_a_package_that_is_missing(tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    monkeypatch.setenv("REACHLINE_STORE", "s3://brand/without")
    with pytest.raises(StoreError, match=r"obstore is not installed. Install it"):
        commit(tmp_path, ["a"])


def test_a_store_that_ignores_conditions_is_refused(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(environ: dict[str, str]) -> None:
        for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"):
            environ.pop(name, None)

    s3.changes = careless
    with pytest.raises(StoreError, match="does not keep to conditional writes"):
        commit(tmp_path, ["a"])
    assert landing.manifests(tmp_path) == []


def test_without_a_store_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REACHLINE_STORE", raising=False)
    monkeypatch.setitem(sys.modules, "obstore", None)
    commit(tmp_path, ["a"])
    assert store_of(tmp_path) is None
    assert shared.fetch(tmp_path) == shared.Fetched()
    assert shared.sweep_store(tmp_path) == ()
    assert not (tmp_path / STORE).exists()
