"""Mappings of other tools' exports: config/exports/<tool>.yml.

An export is known by its header. Its rows land as they came; staging evaluates the mapping over
them: first the named row expressions, then (over groups, where the mapping has `group_by`) one SQL
expression for each column of a stream. Everything here is checked before a run touches data, each
expression by letting DuckDB bind it against an empty table with the export's columns.
"""

from __future__ import annotations

import codecs
import hashlib
import pickle
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from reachline.cache import code_version, kept
from reachline.configuration.documents import Finding, read_yaml
from reachline.configuration.fields import Strict
from reachline.configuration.platforms import sources
from reachline.configuration.problems import mistake, one_of, suggest
from reachline.inbox import expressions
from reachline.inbox.names import RESERVED, landed_names
from reachline.inbox.streams import Stream, load_streams
from reachline.landing import RETENTION
from reachline.settings import ConfigError, Problem, Settings, config_dir, load_settings
from reachline.sql import identifier

_NUMBERS = {"count", "money", "number", "rate", "share"}
_PLAIN_COLUMN = re.compile(r'\s*(?:[A-Za-z_]\w*|"(?:[^"]|"")+")\s*')


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", text):
        raise mistake("is not a name", "write lower-case letters, digits and _")
    return text


def _encoding(text: str) -> str:
    try:
        codec = codecs.lookup(text)
        "".encode(text)
    except LookupError:
        known = ("utf-8", "utf-16", "cp1252", "latin-1", "cp1251", "shift_jis", "gb18030")
        raise mistake(
            "is not an encoding", suggest(text, known, f"write one of {', '.join(known)}")
        ) from None
    return codec.name


def _delimiter(text: str) -> str:
    if len(text) != 1 or not text.isascii() or text in '"\r\n\x00 ':
        raise mistake("is not a delimiter", 'write one character, such as ";" or "\\t"')
    return text


def _records(text: str) -> str:
    if not all(re.fullmatch(r"[\w-]+", part) for part in text.split(".")):
        raise mistake("is not a path", "write names joined by dots, such as data.items")
    return text


def _sql(text: str) -> str:
    if not text.strip():
        raise mistake("is empty", "write an SQL expression over the export's columns")
    return text.strip()


def _bare_row(value: Any) -> Any:
    return {"sql": value} if isinstance(value, str) else value


def _bare_text(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Name = Annotated[str, AfterValidator(_name)]
Sql = Annotated[str, AfterValidator(_sql)]


class RowExpression(Strict):
    """A named value of a row, for the columns to use; a required one that is NULL fails the row."""

    sql: Sql
    required: bool = False


class StreamMapping(Strict):
    """What of an export goes into one stream.

    `where` chooses its rows (None: all), `columns` gives for each column of the stream an
    expression over the export's columns and the names in `rows`; with `group_by` (expressions too)
    over all rows of a group.
    """

    where: Sql | None = None
    rows: dict[str, Annotated[RowExpression, BeforeValidator(_bare_row)]] = Field(
        default_factory=dict
    )
    group_by: tuple[Sql, ...] = ()
    columns: dict[str, Sql]


class Export(Strict):
    """One kind of file that a tool exports, and how it is read.

    With `preamble` other lines stand before the header, which is the first row that has all columns
    of `header`. `totals` says by what a row of totals is known: columns, and the texts of which one
    stands in each.
    """

    tool: str = ""
    name: Name
    format: Literal["csv", "jsonl", "json", "parquet", "xlsx"] = "csv"
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    delimiter: Annotated[str, AfterValidator(_delimiter)] | None = None
    decimal: Literal[".", ","] = "."
    records: Annotated[str, AfterValidator(_records)] | None = None
    preamble: bool = False
    totals: dict[str, Annotated[tuple[str, ...], BeforeValidator(_bare_text)]] = Field(
        default_factory=dict
    )
    header: tuple[str, ...]
    streams: dict[str, StreamMapping]

    def fits(self, columns: Iterable[str]) -> bool:
        """Whether a file with these columns is this export."""
        have = {column.lower() for column in columns}
        return all(column.lower() in have for column in self.header)


class ExportsFile(Strict):
    """config/exports/<tool>.yml."""

    tool: Name
    exports: tuple[Export, ...]


def load_whole_config(
    home: Path | None = None, config: Path | None = None
) -> tuple[Settings, tuple[Export, ...]]:
    """Return the settings and the mappings of other tools' exports: all that config/ holds.

    Raises ConfigError with every mistake of every file at once.
    """
    problems: list[Problem] = []
    settings, exports = None, None
    try:
        settings = load_settings(home, config)
    except ConfigError as error:
        problems += error.problems
    try:
        exports = load_exports(config_dir(config))
    except ConfigError as error:
        problems += error.problems
    if settings is None or exports is None:
        raise ConfigError(problems)
    return settings, exports


def load_exports(config_dir: Path) -> tuple[Export, ...]:
    """Return the exports of every config/exports/<tool>.yml, tools in byte order of name.

    A folder without mappings has none. Raises ConfigError with every mistake of every file.
    """
    folder = config_dir / "exports"
    paths = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
    return _load(tuple((path, path.read_bytes()) for path in paths))


@lru_cache(maxsize=8)
def _load(files: tuple[tuple[Path, bytes], ...]) -> tuple[Export, ...]:
    """Read and check the mappings, once for one state of them and of the code."""

    def load() -> bytes:
        return pickle.dumps(_checked([path for path, _ in files]), pickle.HIGHEST_PROTOCOL)

    state = repr((files, *load_streams().values(), *sources()))
    code = code_version("duckdb", "pydantic", "ruamel.yaml", "sqlglot")
    seen = hashlib.sha256(f"{code} {state}".encode()).hexdigest()[:16]
    exports: tuple[Export, ...] = pickle.loads(kept("exports", seen, load))  # noqa: S301 # nosec B301
    return exports


def _checked(paths: Sequence[Path]) -> tuple[Export, ...]:
    exports: list[Export] = []
    problems: list[Problem] = []
    with duckdb.connect(config={"enable_external_access": False}) as con:
        for path in paths:
            value, found = read_yaml(path, ExportsFile, partial(_check, con, path))
            problems += found
            if value is not None:
                exports += [_finished(value.tool, export) for export in value.exports]
    if problems:
        raise ConfigError(problems)
    return tuple(exports)


def _finished(tool: str, export: Export) -> Export:
    """Return the export with its tool's name, and decimal commas read where it declares them."""
    streams = {
        name: mapping.model_copy(
            update={
                "columns": {
                    target: _decimal(export, load_streams()[name], target, sql)
                    for target, sql in mapping.columns.items()
                }
            }
        )
        for name, mapping in export.streams.items()
    }
    return export.model_copy(update={"tool": tool, "streams": streams})


def _decimal(export: Export, stream: Stream, target: str, sql: str) -> str:
    """Return an expression that reads a column of numbers with a decimal comma.

    Only a column as it stands is changed: what an expression computes is its author's matter. A
    dot is a thousands sign there, which no number may have, so it makes the value fail.
    """
    kind = next((column.kind for column in stream.columns if column.name == target), "")
    if export.decimal == "." or kind not in _NUMBERS or not _PLAIN_COLUMN.fullmatch(sql):
        return sql
    return f"replace(replace({sql}, '.', ' '), ',', '.')"


def _check(con: duckdb.DuckDBPyConnection, path: Path, data: Any) -> Iterator[Finding]:
    """Yield the mistakes that show only when the values are seen together."""
    if not isinstance(data, Mapping):
        return
    tool = data.get("tool")
    if isinstance(tool, str) and tool != path.stem:
        yield Finding(("tool",), "differs from the file's name", f"write tool: {path.stem}")
    if isinstance(tool, str) and tool in load_streams():
        yield Finding(("tool",), "is the name of a stream", "name the tool otherwise")
    if isinstance(tool, str) and tool in sources():
        remedy = f"name the tool otherwise, such as {tool}_export"
        yield Finding(("tool",), "is the name of a connector, whose records land under it", remedy)
    if tool == RETENTION:
        yield Finding(("tool",), "is where aggregates land", "name the tool otherwise")
    listed = data.get("exports")
    seen: set[str] = set()
    for number, body in enumerate(listed if isinstance(listed, list) else []):
        place = ("exports", number)
        try:
            export = Export.model_validate(body)
        except ValidationError:
            continue  # pydantic's own words are enough
        if export.name in seen:
            yield Finding((*place, "name"), "is used twice", "give each export its own name")
        seen.add(export.name)
        yield from _check_export(con, place, export)


def _check_export(
    con: duckdb.DuckDBPyConnection, place: tuple[str | int, ...], export: Export
) -> Iterator[Finding]:
    if export.records is not None and export.format != "json":
        yield Finding((*place, "records"), "is for format: json only", "remove it")
    if export.delimiter is not None and export.format != "csv":
        yield Finding((*place, "delimiter"), "is for format: csv only", "remove it")
    if export.encoding not in {"utf-8", "utf-8-sig", "ascii"} and export.format not in {
        "csv",
        "jsonl",
        "json",
    }:
        yield Finding((*place, "encoding"), "is for text formats only", "remove it")
    if export.format not in ("csv", "xlsx"):
        for option in ("preamble", "totals"):
            if getattr(export, option):
                yield Finding((*place, option), "is for csv and xlsx only", "remove it")
    known = {column.lower() for column in export.header}
    for column in export.totals:
        if column.lower() not in known:
            remedy = suggest(column, export.header, "write a column of `header`")
            yield Finding((*place, "totals", column), "is not in `header`", remedy)
    if not export.header:
        yield Finding((*place, "header"), "is empty", "list the columns that tell this export")
        return
    try:
        columns = landed_names(export.header)
    except ValueError as error:
        yield Finding((*place, "header"), str(error), "list each column once")
        return
    if columns != export.header:
        yield Finding(
            (*place, "header"),
            "holds names that land otherwise",
            f"write {list(columns)}",
        )
        return
    if not export.streams:
        yield Finding((*place, "streams"), "is empty", "map at least one stream")
    streams = load_streams()
    for name, mapping in export.streams.items():
        at = (*place, "streams", name)
        if name not in streams:
            remedy = suggest(name, streams, f"write one of {', '.join(streams)}")
            yield Finding(at, "is not a stream", remedy)
            continue
        yield from _check_targets(at, streams[name], mapping)
        yield from _check_sql(con, at, columns, mapping)


def _check_targets(
    at: tuple[str | int, ...], stream: Stream, mapping: StreamMapping
) -> Iterator[Finding]:
    for target in mapping.columns:
        if target not in stream.names:
            remedy = suggest(target, stream.names, f"write one of {', '.join(stream.names)}")
            yield Finding((*at, "columns", target), f"is not a column of {stream.name}", remedy)
    missing = stream.missing(mapping.columns)
    if missing:
        problem = f"lacks what {stream.name} requires: {one_of(missing)}"
        yield Finding((*at, "columns"), problem, "map these columns too")


def _check_sql(
    con: duckdb.DuckDBPyConnection,
    at: tuple[str | int, ...],
    columns: tuple[str, ...],
    mapping: StreamMapping,
) -> Iterator[Finding]:
    """Let DuckDB parse and bind each expression, and work it out over a row without any value.

    What no `try` holds back, such as constants that can not be compared, would stop each night.
    """
    everything = [
        *((("where",), mapping.where or "true"),),
        *((("rows", name), row.sql) for name, row in mapping.rows.items()),
        *((("group_by", number), sql) for number, sql in enumerate(mapping.group_by)),
        *((("columns", target), sql) for target, sql in mapping.columns.items()),
    ]
    is_sound = True
    for place, sql in everything:
        try:
            expressions.parse(sql)
        except ValueError as error:
            is_sound = False
            yield Finding((*at, *place), f"can't be taken: {error}", _BIND_REMEDY)
    if not is_sound:
        return
    known = {column.lower() for column in columns}
    listed = ", ".join(f"cast(null as varchar) as {identifier(column)}" for column in columns)
    relation = f"(select {listed})"
    wrong = _bind(con, f"select 1 from {relation} where {mapping.where or 'true'}")
    if mapping.where is not None and wrong:
        yield Finding((*at, "where"), wrong, _BIND_REMEDY)
    sound = []
    for name, row in mapping.rows.items():
        here = (*at, "rows", name)
        if name.lower() in known:
            yield Finding(here, "is a column of the export already", "name it otherwise")
        elif name.lower() in RESERVED:
            yield Finding(here, "is a name that staging uses itself", "name it otherwise")
        elif wrong := _bind(con, f"select try({row.sql}) from {relation}"):
            yield Finding(here, wrong, _BIND_REMEDY)
        else:
            sound.append(f"try({row.sql}) as {identifier(name)}")
    evaluated = f"(select {', '.join(['*', *sound])} from {relation})"
    groups = []
    for number, group in enumerate(mapping.group_by):
        wrong = _bind(con, f"select {group} from {evaluated} group by {group}")
        if wrong:
            yield Finding((*at, "group_by", number), wrong, _BIND_REMEDY)
        else:
            groups.append(group)
    if len(groups) < len(mapping.group_by) or len(sound) < len(mapping.rows):
        return
    tail = f" group by {', '.join(groups)}" if groups else ""
    for target, sql in mapping.columns.items():
        expression = sql if groups else f"try({sql})"
        query = f"select cast({expression} as varchar) from {evaluated}{tail}"
        if wrong := _bind(con, query):
            yield Finding((*at, "columns", target), wrong, _BIND_REMEDY)


_BIND_REMEDY = (
    "write a DuckDB expression over the columns of `header` and the names in `rows`; names with "
    "spaces in double quotes"
)


def _bind(con: duckdb.DuckDBPyConnection, query: str) -> str | None:
    """Return what DuckDB finds wrong with a query; None when it binds and runs."""
    try:
        con.execute(query).fetchall()
    except duckdb.Error as error:
        return "DuckDB does not take it: " + str(error).strip().split("\n")[0]
    return None
