"""A person in what nobody lands: kept files, logs, pages of gates, Airflow's database."""

from __future__ import annotations

import os
import sqlite3
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from reachline.erasure.texts import Texts
from reachline.inbox.files import DONE, FAILED, REASON, REJECTS
from reachline.inbox.kept import texts_of, values_of_database
from reachline.landing.copies import ORPHANS
from reachline.settings import Paths

Holds = Callable[[str], bool]

_TEXTS = (
    *(".log", ".json", ".jsonl", ".txt", ".html", ".js", ".css", ".csv", ".yml", ".yaml", ".sql"),
    *(".md", ".xml", ".out", ".err", ""),
)
WAIT_SECONDS = 30.0
"""So long a database that others have to themselves is waited for."""
_SQLITE = b"SQLite format 3\x00"


def holds(path: Path, is_theirs: Holds) -> bool:
    """Whether a file says something of a person, whatever it is packed in."""
    if path.suffix == ".duckdb":
        return any(is_theirs(text) for text in values_of_database(path))
    return any(is_theirs(text) for text in texts_of(path))


def kept_files(where: Paths, is_theirs: Holds) -> list[Path]:
    """Return the files that were read or refused, and those beside them, that hold a person."""
    found = []
    for name in (DONE, FAILED):
        for path in sorted((where.inbox / name).rglob("*")):
            if (
                path.is_file()
                and not path.is_symlink()
                and (is_theirs(path.name) or holds(path, is_theirs))
            ):
                found.append(path)
    return found


def remove_kept(path: Path) -> None:
    """Remove a file that was read or refused, with what stands beside it."""
    path.unlink(missing_ok=True)
    for suffix in (REJECTS, REASON):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def orphans(where: Paths, is_theirs: Holds) -> list[Path]:
    """Return what no manifest names and that holds a person."""
    folder = where.landing / ORPHANS
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and holds(path, is_theirs)]


def written_texts(where: Paths, texts: Texts) -> Iterator[Path]:
    """Yield the text files of a home that hold a person, outside of landing, inbox and releases."""
    for path in _files(where):
        if path.suffix in _TEXTS and not _is_sqlite(path) and texts.stand_in(_read(path)):
            yield path


def clean_text(path: Path, texts: Texts) -> None:
    """Write a text file anew without a person: beside, then in its place, with the same rights."""
    mode = stat.S_IMODE(path.stat().st_mode)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    cleaned = texts.without(_read(path))
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as out:
        out.write(cleaned)
    times = path.stat()
    os.utime(beside, ns=(times.st_atime_ns, times.st_mtime_ns))
    beside.replace(path)


def databases(where: Paths) -> list[Path]:
    """Return the SQLite databases of a home: Airflow's own."""
    return [
        path
        for airflow in airflow_folders(where)
        for path in sorted(airflow.glob("*.db"))
        if path.is_file() and _is_sqlite(path)
    ]


def clean_database(path: Path, texts: Texts, *, is_dry: bool) -> int:
    """Take a person out of every text of an SQLite database; return how many rows said of them.

    The database is written anew afterwards: freed pages keep their bytes. Raises
    sqlite3.OperationalError where others keep it to themselves for WAIT_SECONDS.
    """
    count = 0
    with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as con:
        tables = con.execute(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        ).fetchall()
        for (table,) in tables:
            columns = [row[1] for row in con.execute(f"pragma table_info({_quoted(table)})")]
            for column in columns:
                count += _clean_column(con, table, column, texts, is_dry=is_dry)
        if not is_dry:
            con.commit()
            con.execute("pragma wal_checkpoint(truncate)")
            con.execute("vacuum")
    return count


def _clean_column(
    con: sqlite3.Connection, table: str, column: str, texts: Texts, *, is_dry: bool
) -> int:
    name, place = _quoted(column), _quoted(table)
    values = con.execute(
        f"select {name}, count(*) from {place} where typeof({name}) in ('text', 'blob') group by 1"
    ).fetchall()
    count = 0
    for value, rows in values:
        text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
        if not texts.stand_in(text):
            continue
        count += rows
        if is_dry:
            continue
        cleaned = texts.without(text)
        new = cleaned.encode("utf-8", "surrogateescape") if isinstance(value, bytes) else cleaned
        con.execute(f"update {place} set {name} = ? where {name} is ?", [new, value])
    return count


def left_over(where: Paths, texts: Texts) -> list[Path]:
    """Return the files of a home in which a person is still found, read whole."""
    found = []
    tops = dict.fromkeys([where.home, *airflow_folders(where)])
    for path in dict.fromkeys(path for top in tops for path in sorted(top.rglob("*"))):
        if not path.is_file() or path.is_symlink() or where.erasure in path.parents:
            continue
        if path.suffix == ".duckdb":
            is_there = any(texts.stand_in(value) for value in values_of_database(path))
        elif _is_sqlite(path):
            is_there = clean_database(path, texts, is_dry=True) > 0
        else:
            is_there = any(texts.stand_in(text) for text in texts_of(path))
        if is_there or texts.stand_in(path.name):
            found.append(path)
    return found


def _files(where: Paths) -> Iterator[Path]:
    for top in (where.logs, *airflow_folders(where), where.published):
        for folder, names, files in os.walk(top):
            # releases are written anew as a whole
            names[:] = [
                n for n in names if not (Path(folder) == where.published and n == "releases")
            ]
            yield from (
                path for name in sorted(files) if not (path := Path(folder) / name).is_symlink()
            )


def airflow_folders(where: Paths) -> list[Path]:
    """Return Airflow's folders: that of the home, and the one that AIRFLOW_HOME names."""
    named = os.environ.get("AIRFLOW_HOME")
    return list(dict.fromkeys([where.airflow, *([Path(named)] if named else [])]))


def _is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
