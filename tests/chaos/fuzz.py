"""Damaged files through the four readers, and odd values and words through mappings.

A seed makes the same input each time. Rows in are rows landed, refused or told of; no input is a
crash, and none hangs.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import random
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

import pyarrow as pa
import pyarrow.parquet as pq

from reachline.configuration import EXAMPLE
from reachline.configuration.problems import ConfigError
from reachline.inbox.check import check_file
from reachline.inbox.engine import Place, shared_engine
from reachline.inbox.exports import Export, load_exports
from reachline.inbox.expressions import AGGREGATES, FUNCTIONS
from reachline.inbox.land import open_file, read_content
from reachline.inbox.problems import UnreadableFileError
from tests.unit.inbox import test_inbox_fuzz as damage

KEPT = Path(__file__).with_name("kept.csv")
"""Forms and seeds of inputs that were once not survived."""

_AT_ONCE = 500
LONGEST, AT_ALL = 60.0, 900.0
"""Seconds of the processor, and seconds at all, after which an input that is still read counts as
hanging: on a machine that others keep busy, one that is quickly read waits for a minute or more."""

Chance = random.Random


class LostRowsError(AssertionError):
    """Rows went in that are neither landed, nor refused, nor told of."""


def _read(form: str) -> Callable[[Path, Chance], None]:
    """Return what reads an input of one of the readers' forms, as landing does."""

    def trial(folder: Path, chance: Chance) -> None:
        name, content, rows = damage.FORMS[form](chance)
        path = folder / name
        path.write_bytes(content)
        _hold(path, "post_metrics", (), folder, rows)

    return trial


def _hold(path: Path, folder: str, exports: Sequence[Export], work: Path, rows: int | None) -> None:
    place = Place(work / "data.parquet", work / "rejects.parquet", work)
    try:
        plain, target = open_file(path, folder, exports, work)
        content = read_content(plain, target, place)
    except UnreadableFileError:
        return
    for file, number in ((place.data, content.rows), (place.rejects, content.rejected)):
        written = pq.read_metadata(file).num_rows if file.exists() else 0
        if written != number:
            raise LostRowsError(f"{file.name} has {written} rows, {number} are told")
    told = content.rows + content.rejected + content.empty
    told += len(content.headers) + len(content.totals)
    if rows is not None and told != rows:
        raise LostRowsError(f"{rows} rows went in, {told} are told of: {content}")


# --- mappings -------------------------------------------------------------------------------------


@cache
def _shipped() -> tuple[Export, ...]:
    return load_exports(EXAMPLE)


def _odd_value(chance: Chance) -> str | None:
    good = ("2026-03-01", "2026-03-01T10:00:00Z", "https://x.example/p/abc?v=1", "a@b.example")
    return chance.choice([*damage.VALUES, *good, "12", "12.50", "USD", "instagram", "paid"])


def _odd_records(chance: Chance, columns: Sequence[str]) -> list[dict[str, str | None]]:
    """Return rows of which each has a value that no file format takes for something else."""
    number = chance.choice((1, 3, 12))
    rows = [{name: _odd_value(chance) for name in columns} for _ in range(number)]
    for each in rows:
        each[columns[0]] = f"r{chance.randrange(5)}"
    return rows


def _document(chance: Chance) -> bytes:
    """Return a JSON document in which records stand at a path, and some of them damaged."""
    rows = _odd_records(chance, damage.COLUMNS)
    text = json.dumps({"data": {"items": rows}}, ensure_ascii=chance.random() < 0.5).encode()
    return damage.damaged(text, chance) if chance.random() < 0.7 else text


_OF_DOCUMENTS = Export(
    tool="documents",
    name="posts",
    format="json",
    records="data.items",
    header=("native_post_id",),
    streams={},
)


def _read_document(folder: Path, chance: Chance) -> None:
    path = folder / "m.json"
    path.write_bytes(_document(chance))
    _hold(path, "documents", (_OF_DOCUMENTS,), folder, None)


def _write(path: Path, export: Export, rows: Sequence[dict[str, str | None]]) -> bool:
    """Write rows as an export declares them; returns False where its format can't hold them."""
    match export.format:
        case "csv":
            out = io.StringIO(newline="")
            writer = csv.writer(out, delimiter=export.delimiter or ",", quoting=csv.QUOTE_ALL)
            writer.writerow(rows[0])
            writer.writerows([value or "" for value in each.values()] for each in rows)
            text = out.getvalue()
        case "jsonl":
            text = "".join(json.dumps(each) + "\n" for each in rows)
        case "parquet":
            pq.write_table(pa.Table.from_pylist(list(rows)), path)
            return True
        case _:
            return False
    try:
        path.write_bytes(text.encode(export.encoding))
    except UnicodeEncodeError:
        return False
    return True


def _through(folder: Path, chance: Chance, exports: Sequence[Export]) -> None:
    """Let odd rows through a mapping: each is in a stream, or refused with a reason."""
    export = chance.choice(exports)
    rows = _odd_records(chance, export.header)
    path = folder / f"m.{export.format}"
    if not _write(path, export, rows):
        return
    try:
        found = check_file(path, export.tool, exports)
    except UnreadableFileError:
        return
    content = found.content
    told = content.rows + content.rejected + content.empty
    told += len(content.headers) + len(content.totals)
    if told != len(rows) and "\x00" not in str(rows):
        raise LostRowsError(f"{len(rows)} rows went in, {told} are told of: {content}")
    is_grouped = any(mapping.group_by for mapping in export.streams.values())
    counted = sum(found.streams.values()) + found.refused
    if not is_grouped and counted < content.rows:
        raise LostRowsError(f"{content.rows} rows landed, {counted} are taken or refused")


def _shipped_mapping(folder: Path, chance: Chance) -> None:
    _through(folder, chance, _shipped())


_WORDS = re.compile(r"[A-Za-z_]\w*|\d+|'[^'\n]*'|[^\s\w]")


def _other_words(text: str, chance: Chance) -> str:
    """Return a mapping of which some words were swapped, left out, or replaced by others."""
    words = [match.span() for match in _WORDS.finditer(text)]
    listed = sorted(FUNCTIONS | AGGREGATES)
    for start, end in sorted(chance.sample(words, min(len(words), chance.choice((1, 1, 2, 4))))):
        other = chance.choice(words)
        put = chance.choice(
            ["", text[slice(*other)], chance.choice(listed), "(", "null", "1e999", "[]", "''"]
        )
        # what comes after keeps its length by blanks, so that the places still fit
        text = text[:start] + (put + " " * (end - start))[: max(len(put), end - start)] + text[end:]
        if len(put) > end - start:
            break
    return text


@cache
def _mapping_texts() -> tuple[tuple[str, str], ...]:
    """Return the shipped mappings without their comments, by name."""
    paths = sorted((EXAMPLE / "exports").glob("*.yml"))
    return tuple(
        (path.stem, re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
        for path in paths
    )


def _odd_mapping(folder: Path, chance: Chance) -> None:
    """Let a mapping be refused by name, or be one that every row passes or is refused by."""
    tool, text = chance.choice(_mapping_texts())
    (folder / "exports").mkdir()
    (folder / "exports" / f"{tool}.yml").write_text(_other_words(text, chance), encoding="utf-8")
    try:
        exports = load_exports(folder)
    except ConfigError:
        return
    _through(folder, chance, exports)


# --- all of them ----------------------------------------------------------------------------------

FORMS: dict[str, tuple[float, Callable[[Path, Chance], None]]] = {
    "csv": (0.26, _read("csv")),
    "quoted csv": (0.20, _read("quoted csv")),
    "gzip": (0.10, _read("gzip")),
    "jsonl": (0.12, _read("jsonl")),
    "jsonl of odd values": (0.04, _read("jsonl of odd values")),
    "json": (0.05, _read_document),
    "parquet": (0.10, _read("parquet")),
    "parquet of odd values": (0.03, _read("parquet of odd values")),
    "xlsx": (0.05, _read("xlsx")),
    "xlsx of odd values": (0.015, _read("xlsx of odd values")),
    "rows through mappings": (0.015, _shipped_mapping),
    "mappings": (0.02, _odd_mapping),
}
"""Each form with its share of the inputs: the quicker ones have more."""


def attempt(form: str, seed: int, folder: Path) -> str:
    """Try one input in an empty folder; return what is wrong, empty where nothing is."""

    try:
        with _within_its_time():
            FORMS[form][1](folder, random.Random(f"{form} {seed}"))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


@contextmanager
def _within_its_time() -> Iterator[None]:
    def hang(number: int, frame: FrameType | None) -> None:
        name, seconds = told[number]
        raise TimeoutError(f"it takes longer than {seconds:g} s {name}")

    told: dict[int, tuple[str, float]] = {
        signal.SIGPROF: ("of the processor", LONGEST),
        signal.SIGALRM: ("at all", AT_ALL),
    }
    timers = {signal.SIGPROF: signal.ITIMER_PROF, signal.SIGALRM: signal.ITIMER_REAL}
    before = {number: signal.signal(number, hang) for number in timers}
    try:
        for number, timer in timers.items():
            signal.setitimer(timer, told[number][1])
        yield
    finally:
        for number, timer in timers.items():
            signal.setitimer(timer, 0)
            signal.signal(number, before[number])


def attempts(form: str, seeds: Sequence[int], base: Path) -> list[tuple[str, int, str]]:
    """Try the inputs of seeds in one process; return form, seed and words of what is wrong."""
    logging.disable(logging.CRITICAL)
    wrong = []
    with tempfile.TemporaryDirectory(dir=base) as name, shared_engine(Path(name)):
        folder = Path(name) / "one"
        for seed in seeds:
            folder.mkdir()
            if told := attempt(form, seed, folder):
                wrong.append((form, seed, told))
            shutil.rmtree(folder)
    return wrong


def kept() -> list[tuple[str, int]]:
    """Return the forms and seeds of inputs that were once not survived."""
    with KEPT.open(encoding="utf-8", newline="") as file:
        return [(row["form"], int(row["seed"])) for row in csv.DictReader(file)]


def shares(count: int, only: str | None = None) -> dict[str, int]:
    """Return how many of so many inputs each form gets, by its share."""
    if only is not None:
        return {only: count}
    return {form: round(count * share) for form, (share, _) in FORMS.items()}


def run(folder: Path, wanted: Mapping[str, range], jobs: int) -> int:
    """Try the inputs of seeds; print a table and what was not survived; return 1 where any was."""
    portions = [
        (form, seeds[start : start + _AT_ONCE])
        for form, seeds in wanted.items()
        for start in range(0, len(seeds), _AT_ONCE)
    ]
    started = time.monotonic()
    tried: dict[str, int] = {}
    wrong: list[tuple[str, int, str]] = []
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {
            pool.submit(attempts, form, seeds, folder): (form, len(seeds))
            for form, seeds in portions
        }
        for done in as_completed(waiting):
            form, number = waiting[done]
            tried[form] = tried.get(form, 0) + number
            wrong += done.result()
    print(f"{'form':26} {'inputs':>8} {'survived':>9}")
    for form in FORMS:
        if form in tried:
            bad = sum(each[0] == form for each in wrong)
            print(f"{form:26} {tried[form]:8,} {tried[form] - bad:9,}")
    every = sum(tried.values())
    rate = every / (time.monotonic() - started)
    print(f"{'all':26} {every:8,} {every - len(wrong):9,}   {rate:,.0f} a second")
    for form, number, told in wrong[:50]:
        print(f"\nnot survived: {form}: {told[:600]}")
        print(f"  again: make chaos CHAOS='fuzz --form \"{form}\" --seed {number}'")
    return int(bool(wrong))
