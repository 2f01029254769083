"""GA4: its daily BigQuery export as files, https://support.google.com/analytics/answer/7029846.

A file `events_YYYYMMDD` may change for three days. One whose content changed lands anew, whole: an
event's record id stays the same, so that staging takes the later version of each.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from reachline.connectors.base import Connector
from reachline.connectors.clock import iso
from reachline.connectors.interests import Interests
from reachline.connectors.types import Page, Query, Record, RunState, Stop, Window

ROWS = 5_000
REREAD_DAYS = 3
_NAME = re.compile(
    r"events_(\d{8})(?:[-_.]\w+)*?\.(?:(?P<lines>json|jsonl|ndjson)|(?P<csv>csv)|parquet)(?:\.gz)?"
)
_KEY = ("event_timestamp", "user_pseudo_id", "event_name", "event_bundle_sequence_id")
_ORDER = ("batch_page_id", "batch_ordering_id", "batch_event_index")


class GA4(Connector):
    """The events of the files in a folder."""

    source = "ga4"

    def open(self) -> None:
        """Look whether the folder is there; nothing is asked over HTTP."""
        self._folder = Path(self.options.folder).expanduser()
        if not self._folder.is_dir():
            raise Stop(
                RunState.FAILED,
                f"{self._folder} is no folder. Export GA4's BigQuery tables there, or correct "
                "connectors.ga4.folder in config/sources.yml.",
            )

    def queries(self, interests: Interests) -> Iterator[Query]:
        """Ask for all events."""
        yield Query("events", "events", unique=True)

    def read(self, query: Query, cursor: Any, window: Window) -> Iterator[Page]:
        """Read files that are new, and the last days' again where they changed.

        The cursor holds the content's hash by file name, and where one was left half way. A file
        that can't be read stops no other.
        """
        known: dict[str, str] = dict((cursor or {}).get("files") or {})
        left = (cursor or {}).get("left") or {}
        first = window.first.date()
        known = {name: seen for name, seen in known.items() if _day(name) >= first}
        files = sorted((p for p in self._folder.iterdir() if _NAME.fullmatch(p.name)), key=_order)
        newest = max((_day(path.name) for path in files), default=first)
        spoiled = []
        for path in files:
            day = _day(path.name)
            is_settled = path.name in known and day < newest - timedelta(days=REREAD_DAYS)
            if day < first or is_settled:
                continue
            try:
                with path.open("rb") as content:
                    seen = hashlib.file_digest(content, "sha256").hexdigest()
                if known.get(path.name) == seen:
                    continue
                is_left = (left.get("name"), left.get("sha256")) == (path.name, seen)
                start = left["rows"] if is_left else 0
                for records, rows in _records(path, start):
                    at = {"name": path.name, "sha256": seen, "rows": rows}
                    yield Page(records, {"files": dict(known), "left": at})
            except (duckdb.Error, OSError) as error:
                spoiled.append(f"{path.name}: {error}")
                continue
            known[path.name] = seen
            yield Page([], {"files": dict(known)})
        if spoiled:
            text = "; ".join(spoiled)
            raise Stop(RunState.FAILED, f"can't be read, export anew: {text}", whole_server=False)


def _day(name: str) -> date:
    found = _NAME.fullmatch(name)
    try:
        return datetime.strptime(found.group(1) if found else "", "%Y%m%d").date()  # noqa: DTZ007
    except ValueError:
        return date.min


def _order(path: Path) -> tuple[date, str]:
    return _day(path.name), path.name


def _records(path: Path, start: int) -> Iterator[tuple[list[Record], int]]:
    """Yield records from row `start` on, and how many rows were read with them."""
    found = _NAME.fullmatch(path.name)
    assert found is not None  # noqa: S101 - asked by the caller
    if found["lines"]:
        # a line as it is, whatever it is: what it lacks is for staging to say
        scan = (
            "select line from read_csv($path, columns = {'line': 'VARCHAR'}, header = false,"
            " auto_detect = false, delim = '\\x01', quote = '', escape = '',"
            " max_line_size = 4194304, buffer_size = 16777216)"
        )
    elif found["csv"]:
        scan = "select to_json(row)::varchar from read_csv($path, all_varchar = true) as row"
    else:
        scan = "select to_json(row)::varchar from read_parquet($path) as row"
    with duckdb.connect() as con:
        con.execute("set threads = 1; set memory_limit = '512MB'")
        con.execute(f"{scan} offset {int(start)}", {"path": str(path)})
        while batch := con.fetchmany(ROWS):
            start += len(batch)
            yield [_record(line) for (line,) in batch if line and line.strip()], start


def _record(line: str) -> Record:
    """Return an event; it has no id of its own, what it is told apart by is put together.

    Events of one batch have one time: where an export does not say which of them it is, or nothing
    says whose browser it was, what happened (its parameters, such as the page) tells it apart.
    """
    raw = line.encode()
    try:
        event = msgspec.json.decode(raw, type=dict[str, Any])
        moment = datetime.fromtimestamp(int(event["event_timestamp"]) / 1e6, tz=UTC)
    except (
        *(msgspec.DecodeError, KeyError, TypeError, ValueError),
        *(OverflowError, OSError, RecursionError),
    ):
        return Record(raw, hashlib.sha256(raw).hexdigest())
    parts = [str(event.get(name) or "") for name in (*_KEY, *_ORDER)]
    names = ("user_pseudo_id", "batch_event_index")
    told = event.get("event_params")
    if told and any(event.get(name) in (None, "") for name in names):
        listed = told if isinstance(told, list) else [told]
        happened = sorted(msgspec.json.encode(each, order="sorted") for each in listed)
        parts.append(hashlib.sha256(b"\n".join(happened)).hexdigest()[:16])
    return Record(raw, "|".join(parts).rstrip("|"), iso(moment))
