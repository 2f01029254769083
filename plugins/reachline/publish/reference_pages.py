"""What of the documentation is made of the code: tables of a release, streams, sources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from pydantic import BaseModel

from reachline.configuration.platforms import ConnectorOptions, platforms, sources
from reachline.inbox.streams import Stream, load_streams
from reachline.publish.keys import Table, published
from reachline.warehouse.dbt import PROJECT

DOCS = PROJECT.parent / "docs"
SCHEMAS = {
    "core": "Facts and dimensions: one table a subject, at its finest grain.",
    "reports": "What people ask for, already computed.",
    "views": "Joins of the above, for dashboards and spreadsheets.",
    "quality": "What the gates saw, and what was refused.",
    "meta": "The release about itself: run, metrics, bounds, batches, tables and columns.",
}

_WRITTEN = "<!-- Written by `make format` from {source}: edit that. -->"
_BLOCK = "<!-- Written by `make format` from the platforms' modules: {name} -->"
_BLOCK_END = "<!-- end -->"


def tables_page() -> str:
    """Return docs/tables.md: for each schema its tables, with grain, key, diagram and columns."""
    parts = [
        _WRITTEN.format(source="dbt_project/models"),
        "# Tables",
        "What `published/current/warehouse.duckdb` holds. The same texts are comments in the "
        "database, and rows of `meta.tables` and `meta.columns`; what a figure means, and whether "
        "it may be summed, stands in `meta.metrics`. NULL is not reported or not known, never 0.",
    ]
    for schema, about in SCHEMAS.items():
        tables = [table for table in published() if table.schema == schema]
        parts += [f"## Schema {schema}", about]
        rows = [
            [f"[`{table.name}`](#{_anchor(table)})", _cell(table.grain), _names(table.key)]
            for table in tables
        ]
        parts.append(_rows(["table", "grain", "key"], rows))
        if schema in ("core", "reports"):
            parts += [
                "Keys, and references between tables. Solid: a dbt test holds the reference. "
                "Dotted: the row that is named may be missing.",
                _diagram(tables),
            ]
        for table in tables:
            parts += [
                f"### {schema}.{table.name}",
                _cell(table.description),
            ]
            parts.append(f"Key: {_names(table.key)}.")
            columns = [
                [f"`{column.name}`", column.data_type, _cell(column.description)]
                for column in table.columns
            ]
            parts.append(_rows(["column", "type", "meaning"], columns))
    return "\n\n".join(parts) + "\n"


def streams_page() -> str:
    """Return docs/streams.md: for each stream of the inbox its key and columns."""
    parts = [
        _WRITTEN.format(source="dbt_project/models/staging/inbox/_inbox__models.yml"),
        "# Streams of the inbox",
        "What files in `inbox/<stream>/` hold, and what the mapping of another tool's export "
        "writes. `reachline inbox template <stream>` makes an empty file. Every stream also takes "
        "`is_deleted`: true removes the key. How files are read stands in "
        "[Files and mappings](files-and-mappings.md).",
    ]
    streams = load_streams()
    rows = [
        [f"[`{name}`](#{name})", _cell(_about(stream)), _names(stream.key)]
        for name, stream in streams.items()
    ]
    parts.append(_rows(["stream", "one row is", "key"], rows))
    for name, stream in streams.items():
        parts.append(f"## {name}")
        parts.append(f"Key: {_names(stream.key)}.")
        parts.append(_rows(["column", "kind", "required", "meaning"], _columns_of(stream)))
    return "\n\n".join(parts) + "\n"


def _about(stream: Stream) -> str:
    """Return what a row of the stream is: its description between the key and the typing."""
    return stream.description.partition(": ")[2].partition(", typed")[0]


def _columns_of(stream: Stream) -> Iterable[list[str]]:
    for column in stream.columns:
        values = f" ({', '.join(column.values)})" if column.values else ""
        kind = column.kind.replace("_", " ")
        required = "yes" if column.required else ""
        yield [f"`{column.name}`", kind, required, _cell(column.description + values)]


def _diagram(tables: Sequence[Table]) -> str:
    """Return the references between these tables, and to others, as a Mermaid ER diagram."""
    lines = ["```mermaid", "erDiagram"]
    for table in tables:
        for reference in table.references:
            line = "||--o{" if reference.is_tested else "|o..o{"
            lines.append(f"    {reference.table} {line} {table.name} : {reference.column}")
    for table in tables:
        refers = [reference.column for reference in table.references]
        types = {column.name: re.sub(r"\W", "", column.data_type) for column in table.columns}
        lines.append(f"    {table.name} {{")
        for name in dict.fromkeys([*table.key, *refers]):
            marks = ["PK"] * (name in table.key) + ["FK"] * (name in refers)
            lines.append(f"        {types[name]} {name} {', '.join(marks)}")
        lines.append("    }")
    return "\n".join([*lines, "```"])


def _anchor(table: Table) -> str:
    return f"{table.schema}{table.name}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    """Return a description as Markdown that shows its signs, in a cell of a table too."""
    pieces = re.split(r"(`[^`]*`)", text)
    shown = [
        piece
        if piece.startswith("`")
        else re.sub(r"([*\[\]])", r"\\\1", piece).replace("<", "&lt;")
        for piece in pieces
    ]
    return "".join(shown).replace("|", r"\|")


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def platforms_page() -> str:
    """Return docs/platforms.md as it is, but for its tables of sources, options and handles."""
    asked = [
        [f"`{name}`", source.asks, source.connection, source.limits]
        for name, source in sources().items()
    ]
    own = [
        [f"`{name}`", *option]
        for name, source in sources().items()
        for option in _options(source.options, source.options.__annotations__)
    ]
    tables = {
        "sources": _rows(["source", "what it asks", "the connection holds", "limits"], asked),
        "options": _rows(
            ["option", "default", "meaning"],
            _options(ConnectorOptions, ConnectorOptions.model_fields),
        ),
        "own options": _rows(["source", "option", "default", "meaning"], own),
        "handles": _rows(
            ["platform", "a handle is", "by"],
            (
                [f"`{name}`", facts.handle.rule, facts.handle.source]
                for name, facts in platforms().items()
                if facts.handle
            ),
        ),
    }
    page = (DOCS / "platforms.md").read_text(encoding="utf-8")
    for name, table in tables.items():
        before, opening, rest = page.partition(_BLOCK.format(name=name))
        _, closing, after = rest.partition(_BLOCK_END)
        if not closing:
            raise ValueError(f"docs/platforms.md: the block {name!r} begins or ends nowhere.")
        page = f"{before}{opening}\n\n{table}\n\n{closing}{after}"
    return page


def _options(model: type[BaseModel], names: Iterable[str]) -> Iterable[list[str]]:
    for name in names:
        field = model.model_fields[name]
        default = "required" if field.is_required() else f"`{_written(field.default)}`"
        yield [f"`{name}`", default, field.description or ""]


def _written(value: object) -> str:
    """Return a default as YAML has it in one line."""
    return json.dumps(value, default=str)


PAGES = {"tables.md": tables_page, "streams.md": streams_page, "platforms.md": platforms_page}
