"""`reachline doctor` on the object store that hosts share: what is wrong, and what to type."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from reachline import landing, object_store
from reachline.cli import app
from reachline.landing import shared
from reachline.landing.manifests import forget_read, manifest_path
from reachline.object_store import STORE, Store
from reachline.operation.findings import Finding
from reachline.operation.store_probes import store as probe
from reachline.settings import Paths
from tests.object_stores import S3, refusing, serving

PATIENCE = 20
"""Seconds: more than the probe's own few, less than the minute that a night tries for."""

LOGIN = ("key-of-tests", "secret-of-tests")


@pytest.fixture
def home(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home")


def commit(home: Paths, value: str) -> landing.Manifest:
    with landing.draft_batch(home.landing, "inbox", "orders", date(2026, 3, 1)) as draft:
        pq.write_table(pa.table({"order_id": [value]}), draft.data)
        return landing.commit_batch(draft, run_id="r", rows=1)


def probed(home: Paths, now: datetime | None = None) -> list[Finding]:
    found = list(probe(home, now or datetime.now(UTC)))
    told = json.dumps([[of.text, of.remedy] for of in found])
    assert not [secret for secret in LOGIN if secret in told]
    return found


def wrong(found: Iterable[Finding]) -> list[tuple[str, str, str]]:
    return [(of.severity, of.text, of.remedy) for of in found if of.severity != "ok"]


def typed(home: Paths, *words: str) -> None:
    done = CliRunner().invoke(app, [*words], env={"REACHLINE_HOME": str(home.home)})
    assert done.exit_code == 0, done.output


def copied(home: Paths, to: Path) -> Paths:
    shutil.copytree(home.home, to)
    return Paths(to)


def lose(home: Paths, sequence: int) -> None:
    """Let a home be one that has not fetched a manifest yet."""
    manifest_path(home.landing, sequence).unlink()
    forget_read(home.landing)


def test_without_a_store_nothing_is_said(home: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REACHLINE_STORE", raising=False)
    assert probed(home) == []


def test_a_store_that_is_well(home: Paths, store: Store) -> None:
    commit(home, "a")
    assert [(of.area, of.severity, of.text) for of in probed(home)] == [
        ("store", "ok", f"{store.url}: can be reached and listed with this login"),
        ("store", "ok", f"{store.url}: keeps to conditional writes"),
        ("store", "ok", f"{store.url}: has the manifests of this home, 1"),
    ]
    assert list(store.keys("_probes/")) == []


def test_doctor_asks_it_also_where_the_variable_is_gone(
    home: Paths, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(home, "a")
    monkeypatch.delenv("REACHLINE_STORE")
    done = CliRunner().invoke(app, ["doctor", "--json"], env={"REACHLINE_HOME": str(home.home)})
    texts = [of["text"] for of in json.loads(done.stdout) if of["area"] == "store"]
    assert texts[-1] == f"{store.url}: has the manifests of this home, 1"


def test_a_home_that_has_not_joined(home: Paths, tmp_path: Path, store: Store) -> None:
    ((severity, text, remedy),) = wrong(probed(home))
    assert (severity, remedy) == ("note", "reachline store pull")
    assert text == f"this home has not joined {store.url} yet: the next night does"
    # asking makes nothing here
    assert not home.home.exists()
    commit(Paths(tmp_path / "other"), "a")
    assert [(of[0], of[2]) for of in wrong(probed(home))] == [
        ("warning", "reachline store pull"),
        ("note", "reachline store pull"),
    ]
    typed(home, "store", "pull")
    assert wrong(probed(home)) == []


def test_a_home_that_is_behind(home: Paths, tmp_path: Path, store: Store) -> None:
    commit(home, "a")
    other = copied(home, tmp_path / "other")
    commit(other, "b")
    assert wrong(probed(home)) == [
        (
            "warning",
            f"{store.url}: has manifest 2 that this home lacks",
            "reachline store pull",
        )
    ]
    commit(other, "c")
    ((_, text, _),) = wrong(probed(home))
    assert text == f"{store.url}: has 2 manifests, 2 to 3, that this home lacks"
    typed(home, "store", "pull")
    assert wrong(probed(home)) == []


def test_a_home_that_is_ahead(home: Paths, store: Store) -> None:
    for value in ("a", "b"):
        commit(home, value)
    store.remove(["landing/_manifests/000000000002.json"])
    assert wrong(probed(home)) == [
        (
            "warning",
            f"{store.url}: lacks manifest 2 that this home has",
            "reachline store push",
        )
    ]
    typed(home, "store", "push")
    assert wrong(probed(home)) == []


def test_a_home_that_is_both_is_mended_in_the_order_that_is_told(
    home: Paths, tmp_path: Path, store: Store
) -> None:
    for value in ("a", "b", "c"):
        commit(home, value)
    lose(home, 2)
    store.remove(["landing/_manifests/000000000003.json"])
    found = wrong(probed(home))
    assert [of[2] for of in found] == ["reachline store push", "reachline store pull"]
    for _, _, remedy in found:
        typed(home, *remedy.split()[1:])
    assert wrong(probed(home)) == []
    assert landing.verify(home.landing) == []


def test_what_lands_meanwhile_is_not_called_lost(
    home: Paths, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(home, "a")
    keys = Store.keys
    did: list[str] = []

    def listed_before(self: Store, prefix: str, after: str | None = None) -> Any:
        found = list(keys(self, prefix, after))
        if not did:
            did.append(prefix)
            commit(home, "b")
        return iter(found)

    monkeypatch.setattr(Store, "keys", listed_before)
    assert shared.distance(home.landing, store).ahead == ()
    assert did == ["landing/_manifests/"]


def test_a_store_that_is_down_is_an_error_soon(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as down:
        for name, value in down.environment().items():
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("REACHLINE_STORE", "s3://brand/probed-down")
    began = time.monotonic()
    ((severity, text, remedy),) = wrong(probed(home))
    assert time.monotonic() - began < PATIENCE
    assert (severity, remedy) == ("error", "mend what it names, then reachline doctor")
    assert "Is the store up" in text
    assert "nothing lands here until it can be used" in text


def test_a_store_that_never_answers_is_given_up(
    home: Paths, monkeypatch: pytest.MonkeyPatch, s3: S3
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        ((severity, text, _),) = wrong(probed(home))
        assert time.monotonic() - began < PATIENCE
    assert severity == "error"
    assert "Is the store up" in text


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("InvalidAccessKeyId", "mend what it names, then reachline doctor"),
        ("SignatureDoesNotMatch", "mend what it names, then reachline doctor"),
        ("RequestTimeTooSkewed", "timedatectl status, and set the clock"),
    ],
)
def test_a_login_that_is_refused(
    home: Paths, s3: S3, monkeypatch: pytest.MonkeyPatch, code: str, remedy: str
) -> None:
    body = f"<Error><Code>{code}</Code><AWSAccessKeyId>key-of-tests</AWSAccessKeyId></Error>"
    with refusing(403, body) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        ((severity, text, told),) = wrong(probed(home))
    assert (severity, told) == ("error", remedy)
    assert f"403 Forbidden {code}" in text


def test_a_login_that_may_only_read(home: Paths, s3: S3, store: Store) -> None:
    commit(home, "a")

    s3.refuses += ["PUT", "POST", "DELETE"]
    ((severity, text, _),) = wrong(probed(home))
    assert severity == "error"
    assert "403 Forbidden AccessDenied. Look at the login" in text
    assert "a key could not be written and removed" in text
    # and what can be compared is compared
    assert probed(home)[-1].text == f"{store.url}: has the manifests of this home, 1"


def test_a_bucket_that_is_not_there(home: Paths, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACHLINE_STORE", "s3://nobody/probed")
    ((severity, text, _),) = wrong(probed(home))
    assert severity == "error"
    assert "there is no such bucket" in text


@pytest.mark.parametrize("header", ["HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"])
def test_a_store_without_conditional_writes(home: Paths, s3: S3, store: Store, header: str) -> None:
    commit(home, "a")
    s3.changes = lambda environ: environ.pop(header, None)
    ((severity, text, remedy),) = wrong(probed(home))
    assert severity == "error"
    assert "does not keep to conditional writes" in text
    assert "two hosts would overwrite each other" in text
    assert remedy.startswith("let one host alone land, and move to a store that does")
    assert list(store.keys("_probes/")) == []


def test_what_a_killed_probe_left_goes_with_the_next_one_but_no_probe_under_way(
    home: Paths, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(home, "a")
    store.put("_probes/left", b"1")
    probed(home)
    assert [item.key for item in store.keys("_probes/")] == ["_probes/left"], "it may run yet"
    monkeypatch.setattr(object_store, "_LEFT_AFTER", timedelta(seconds=1))
    time.sleep(2.5)  # the store tells whole seconds
    store.put("_probes/new", b"1")
    assert wrong(probed(home)) == []
    assert [item.key for item in store.keys("_probes/")] == ["_probes/new"]


def test_hosts_move_to_another_store(
    home: Paths, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(home, "a")
    other = copied(home, tmp_path / "other")
    commit(home, "b")
    typed(other, "store", "pull")
    monkeypatch.setenv("REACHLINE_STORE", f"{store.url}-moved")
    for each in (home, other):
        ((severity, text, _),) = wrong(probed(each))
        assert severity == "error"
        assert f"landing is that of {store.url}" in text
        (each.landing / STORE).unlink()
        typed(each, "store", "pull")
        assert wrong(probed(each)) == []
    assert commit(other, "c").sequence == 3
    assert wrong(probed(home))[0][1].endswith("has manifest 3 that this home lacks")


@pytest.mark.parametrize(("minutes", "which"), [(90.5, "ahead of"), (-90.5, "behind")])
def test_a_clock_that_is_not_that_of_the_store(
    home: Paths, store: Store, minutes: float, which: str
) -> None:
    commit(home, "a")
    found = wrong(probed(home, datetime.now(UTC) + timedelta(minutes=minutes)))
    ((severity, text, remedy),) = found
    assert (severity, remedy) == ("warning", "timedatectl status, and set the clock")
    assert text.startswith(f"this clock is 90 minutes {which} that of {store.url}")


@pytest.mark.parametrize("address", ["s3://{}:{}@bucket/x", "s3://bucket/x?key={}&secret={}"])
@pytest.mark.parametrize("is_joined", [True, False])
def test_a_login_in_the_address_is_not_shown(
    home: Paths,
    s3: S3,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    is_joined: bool,
) -> None:
    if is_joined:
        commit(home, "a")
        assert (home.landing / STORE).is_file()
    monkeypatch.setenv("REACHLINE_STORE", address.format(*LOGIN))
    ((severity, text, _),) = wrong(probed(home))
    assert severity == "error"
    assert "an address without login or options" in text
    assert os.environ["REACHLINE_STORE"] not in text
