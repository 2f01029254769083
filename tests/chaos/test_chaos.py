"""Chaos itself sees what is lost; and a small number of faults, nights and inputs."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from tests.chaos import children, faults, fuzz, library, nights, strikes
from tests.chaos.states import difference
from tests.chaos.tally import Outcome, report
from tests.chaos.units import UNITS


@pytest.fixture(autouse=True)
def _words_again() -> Iterator[None]:
    """What is tried here is tried without logs; tests after it want theirs."""
    yield
    logging.disable(logging.NOTSET)


# each call of the operating system that can fail, made once, by Python's own ways
CALLS_EACH = """
import ctypes, json, os, sys
from pathlib import Path
from tests.chaos import faults

home = Path(sys.argv[1])

def calls(folder):
    folder.mkdir()
    path = folder / "file"
    with path.open("wb", buffering=0) as file:
        written = file.write(b"0123456789")
        file.truncate(5)
        os.fsync(file.fileno())
    path.read_bytes()
    os.rename(path, folder / "other")
    os.symlink("other", folder / "link")
    os.unlink(folder / "link")
    return written

found = {}
for number, name in enumerate(faults.CALLS):
    faults.arm(home, faults.Fault(name, 1, "EIO"))
    try:
        calls(home / name)
        found[name] = "nothing"
    except OSError as error:
        found[name] = error.strerror
    faults.disarm()
faults.arm(home, faults.Fault("write", 1, "short"))
found["short"] = calls(home / "short")
faults.arm(home, faults.Fault("write", 1, "full"))
for place in ("before", "after"):
    try:
        calls(home / place)
    except OSError as error:
        found[place] = error.strerror
faults.arm(home / "elsewhere", faults.Fault("write", 1, "EIO"))
found["elsewhere"] = calls(home / "else")
print(json.dumps(found))
"""

# a step that writes over a file in place: what chaos is there to find
TORN = """
import json, sys
from pathlib import Path
from tests.chaos import faults
from tests.chaos.units import Unit
from tests.chaos.worker import throw

def act(home):
    with (home / "current").open("wb", buffering=0) as file:
        for part in (b"new ", b"release"):
            file.write(part)

def problems(home):
    return [] if (home / "current").read_bytes() in (b"old", b"new release") else ["it is torn"]

def state(home):
    return (home / "current").read_text()

folder = Path(sys.argv[1])
(folder / "template").mkdir()
(folder / "template" / "current").write_text("old")
unit = Unit("torn", 1, act, act, problems, state)
fault = faults.Fault("write", 2, sys.argv[2])
twin = "new release" if sys.argv[3] == "same" else "another release"
print(json.dumps(throw(unit, folder / "template", folder / "home", fault, twin)))
"""


@pytest.fixture(scope="module")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return faults.preloaded(faults.build(tmp_path_factory.mktemp("library")))


def ran(script: str, environment: dict[str, str], *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_each_call_fails_below_the_folder_alone(tmp_path: Path, preloaded: dict[str, str]) -> None:
    found = ran(CALLS_EACH, preloaded, str(tmp_path))
    assert {found.pop(name) for name in faults.CALLS} == {"Input/output error"}
    full = "No space left on device"
    assert found == {"short": 5, "before": full, "after": full, "elsewhere": 10}


@pytest.mark.parametrize("how", ["EIO", "kill", "kill after"])
def test_a_step_that_tears_a_file_is_seen(
    tmp_path: Path, preloaded: dict[str, str], how: str
) -> None:
    found = ran(TORN, preloaded, str(tmp_path), how, "same")
    torn = "after the fault: it is torn"
    assert found["wrong"] == ([] if how == "kill after" else [torn])
    assert found["met"]


def test_a_step_that_ends_otherwise_than_its_twin_is_seen(
    tmp_path: Path, preloaded: dict[str, str]
) -> None:
    found = ran(TORN, preloaded, str(tmp_path), "kill after", "other")
    assert found["wrong"] == ["at the end: : new release instead of another release"]


def test_two_states_differ_where_they_first_do() -> None:
    one = {"a": [(1, "x"), (2, "y")], "b": 1}
    assert difference(one, {"a": [(1, "x"), (2, "y")], "b": 1}) == ""
    assert difference(one, {"a": [(1, "x"), (2, "z")], "b": 2}) == "/a/1/1: y instead of z"
    assert difference(one, {"b": 1}).endswith("instead of {'b': 1}")


def test_what_was_not_survived_is_told_with_how_to_repeat_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = Outcome("landing: EIO", "make one", "write 3", (), 1.0)
    missed = Outcome("landing: EIO", "make two", "write 99", (), 9.0, is_met=False)
    bad = Outcome("landing: kill", "make three", "write 4", ("a batch is lost",), 3.0)
    assert report([good, missed]) == 0
    assert capsys.readouterr().out.split("\n")[1].split() == [
        "landing:",
        "EIO",
        "1",
        "1",
        "1.0",
        "1.0",
    ]
    assert report([good, bad]) == 1
    told = capsys.readouterr().out
    assert "again: make three\n  a batch is lost" in told
    assert "all 2 1 2.0 3.0" in " ".join(told.split())


def test_rows_that_are_lost_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forms = fuzz.damage.FORMS
    name, content, rows = forms["parquet of odd values"](fuzz.Chance("one"))
    assert rows is not None
    monkeypatch.setitem(forms, "csv", lambda chance: (name, content, rows))
    assert fuzz.attempts("csv", [0], tmp_path) == []
    monkeypatch.setitem(forms, "csv", lambda chance: (name, content, rows + 1))
    ((_, _, told),) = fuzz.attempts("csv", [0], tmp_path)
    assert told.startswith(f"LostRowsError: {rows + 1} rows went in")


def _spins(*_: object) -> None:
    while True:
        pass


def _waits(seconds: float) -> Callable[..., None]:
    return lambda *_: time.sleep(seconds)


@pytest.mark.parametrize(
    ("reads", "at_all", "told"),
    [
        (_spins, 60, "TimeoutError: it takes longer than 0.2 s of the processor"),
        (_waits(60), 0.4, "TimeoutError: it takes longer than 0.4 s at all"),
        # a busy machine lets it wait
        (_waits(0.4), 60, ""),
    ],
)
def test_an_input_hangs_that_spins_or_waits_for_ever(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reads: Callable[..., None],
    at_all: float,
    told: str,
) -> None:
    monkeypatch.setitem(fuzz.FORMS, "csv", (1.0, reads))
    monkeypatch.setattr(fuzz, "LONGEST", 0.2)
    monkeypatch.setattr(fuzz, "AT_ALL", at_all)
    assert fuzz.attempt("csv", 0, tmp_path) == told


@pytest.mark.parametrize(
    ("call", "at_all", "by"),
    [(_spins, 60, "SIGPROF"), (_waits(60), 0.4, "SIGALRM"), (_waits(0.4), 60, None)],
)
def test_a_child_hangs_that_spins_or_waits_for_ever(
    monkeypatch: pytest.MonkeyPatch, call: Callable[[], None], at_all: float, by: str | None
) -> None:
    monkeypatch.setattr(children, "LONGEST", 0.2)
    monkeypatch.setattr(children, "AT_ALL", at_all)
    child = children.Child(call)
    if by is None:
        assert child.end() == "it ended well"
    else:
        with pytest.raises(children.StoppedError, match=by):
            child.end()


def test_a_mapping_is_odd_in_a_way_that_its_seed_says() -> None:
    for _, text in fuzz._mapping_texts():
        made = [fuzz._other_words(text, fuzz.Chance(seed)) for seed in (1, 1, 2)]
        assert made[0] == made[1]
        assert made[0] != made[2]


@pytest.mark.parametrize(("form", "seed"), fuzz.kept())
def test_an_input_that_was_once_not_survived_is_now(tmp_path: Path, form: str, seed: int) -> None:
    assert fuzz.attempts(form, [seed], tmp_path) == []


@pytest.mark.parametrize("form", list(fuzz.FORMS))
def test_some_inputs_of_each_form_are_survived(tmp_path: Path, form: str) -> None:
    assert fuzz.attempts(form, range(2), tmp_path) == []


@pytest.mark.long
@pytest.mark.parametrize("form", list(fuzz.FORMS))
def test_more_inputs_of_each_form_are_survived(tmp_path: Path, form: str) -> None:
    assert fuzz.attempts(form, range(2, 2 + fuzz.shares(2_000)[form]), tmp_path) == []


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where homes are made that several steps start from."""
    return tmp_path_factory.mktemp("ground")


@pytest.mark.long
@pytest.mark.parametrize("unit", list(UNITS))
def test_faults_of_single_calls_are_survived(
    ground: Path, monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    seeds = range(library.shares(60)[unit])
    found = list(library.throw_all(ground, {unit: seeds}, 1))
    assert any(outcome.is_met for outcome in found)
    assert report(found) == 0


@pytest.mark.long
def test_a_night_that_is_struck_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    kinds = ("SIGTERM", "full disk", "manifest doubled", "half of an older warehouse")
    found = list(strikes.strike_all(tmp_path, [(kind, 0) for kind in kinds], 1))
    assert len(found) == len(kinds)
    assert report(found) == 0


def test_forty_nights_hold_each_attack_as_often_as_its_share() -> None:
    planned = nights.planned(40)
    assert len(planned) == len(set(planned)) == 40
    assert {name for name, _ in planned} == set(nights.ATTACKS)
    assert all(
        sum(each == name for each, _ in planned) <= times
        for name, (times, _) in nights.ATTACKS.items()
    )
