"""Gate 4: what would be served is whole, is what was built, and holds nobody's address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from reachline.arrow import create_table, pa
from reachline.configuration.platforms import platforms
from reachline.quality import drift
from reachline.quality.checks import Suite, equal, no_row
from reachline.quality.contract import CONTRACT, VIEWS
from reachline.sql import identifier, literal
from reachline.warehouse.files import PUBLISHED_SCHEMAS

# Deliberately not the patterns that staging masks and hashes with: narrower, and written for
# themselves. A word before the @ that is not itself after an @ (a Mastodon handle is @user@host and
# no address), also as URLs write it.
EMAIL = (
    r"(^|[^@＠\p{L}\p{Nd}_.%+\-])[\p{L}\p{Nd}][\p{L}\p{Nd}._%+\-]*(@|＠|%40)"
    r"[\p{L}\p{Nd}][\p{L}\p{Nd}\-]*(\.[\p{L}\p{Nd}\-]+)*\.\p{L}{2,}"
)
PHONE = r"(^|[\s\"])\+[1-9]([ .\-]?[0-9]){9,13}($|[^0-9])"
PICTURE = r"[\p{L}\p{M}\p{Nd}_.%+\-]+@[1-9]x\.(avif|gif|jpe?g|png|svg|webp)\b"
"""cup@2x.png, for dense screens."""

# On a platform whose handles name their server, user@host is a name in these columns, and in ids.
HANDLES = ("handle", "mentions", "authors", "found_by", "query")
_NOT_PERSONAL = "Nobody's address is published: staging masks texts and hashes ids and links."
_PLATFORM_OF = ("platform", "source")
_ID_OF_PLATFORM = ("account_id", "post_id")


@dataclass(frozen=True)
class FileFact:
    """A file of the candidate: what release.json will say of it, and what is on disk."""

    name: str
    declared: str
    found: str


def gather(
    database: Path,
    working_rows: Mapping[str, int],
    files: Sequence[FileFact],
    touched: Mapping[str, pa.Table] | None = None,
    names: Sequence[str] = (),
) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the facts that the suites below look at.

    `database` is opened read-only, as `attached` (to see what a reader sees) and as `candidate`.
    `working_rows` counts the tables of the working file, by `schema.table`. `touched` limits the
    rows whose texts are searched to these keys of a table, by its name; a table that it does not
    name is searched whole. `names` of the form user@host are no addresses.
    """
    found_rows, views, strangers = _inspect_attached(database)
    facts = duckdb.connect(config={"threads": 2})
    create_table(
        facts,
        "tables",
        [
            {
                "name": name,
                "is_contract": name in CONTRACT or name in VIEWS,
                "is_there": name in found_rows or name in views,
                "rows_working": working_rows.get(name),
                "rows_candidate": found_rows.get(name),
            }
            for name in sorted({*found_rows, *working_rows, *CONTRACT, *VIEWS})
        ],
        pa.schema(
            {
                "name": pa.string(),
                "is_contract": pa.bool_(),
                "is_there": pa.bool_(),
                "rows_working": pa.int64(),
                "rows_candidate": pa.int64(),
            }
        ),
    )
    create_table(
        facts,
        "files",
        [{"name": f.name, "hash_declared": f.declared, "hash_found": f.found} for f in files],
        pa.schema({name: pa.string() for name in ("name", "hash_declared", "hash_found")}),
    )
    left = database.with_name(database.name + ".wal")
    create_table(
        facts,
        "contents",
        [
            {"name": name, "kind": kind, "problem": problem}
            for kind, name, problem in (
                *(("view", name, problem) for name, problem in views.items()),
                *(("stranger", name, "") for name in strangers),
                *([("wal", left.name, "")] if left.exists() else []),
            )
        ],
        pa.schema({name: pa.string() for name in ("name", "kind", "problem")}),
    )
    _texts(facts, database, found_rows, touched or {}, names)
    return facts


def suites() -> list[Suite]:
    """Return the suites of gate 4."""
    return [
        Suite(
            stage="release",
            table="release.tables",
            rows="select * from tables",
            key=("name", "rows_working", "rows_candidate"),
            checks=(
                no_row(
                    "contract_tables_are_there",
                    "is_contract and not is_there",
                    "every table and view of the contract",
                    "A dashboard that reads a missing table breaks.",
                ),
                no_row(
                    "rows_equal_the_working_file",
                    "rows_working is distinct from rows_candidate "
                    "and (rows_working is not null or rows_candidate is not null)",
                    "as many rows as were built and checked",
                    "What is served must be what passed the gates before.",
                ),
            ),
        ),
        Suite(
            stage="release",
            table="release.files",
            rows="select * from files",
            key=("name",),
            checks=(
                equal(
                    "hash_declared",
                    "hash_found",
                    "hash_matches",
                    "release.json lets a reader check a download: it must tell the truth.",
                ),
            ),
        ),
        Suite(
            stage="release",
            table="release.warehouse",
            rows="select * from contents",
            key=("name", "problem"),
            checks=(
                no_row(
                    "no_write_ahead_log",
                    "kind = 'wal'",
                    "no .wal beside the database",
                    "Rows that stand in a log beside the file are not in the file that is served.",
                ),
                no_row(
                    "views_stand_alone",
                    "kind = 'view' and problem <> ''",
                    "every view readable without another database, whatever this one is called",
                    "A view on the working files can't be read where the release is served, nor "
                    "one that names its own file where that is attached under another name.",
                ),
                no_row(
                    "nothing_else_is_served",
                    "kind = 'stranger'",
                    f"tables and views in {', '.join(PUBLISHED_SCHEMAS)} only",
                    "Working tables hold addresses that people gave us; they are never published.",
                ),
            ),
        ),
        Suite(
            stage="release",
            table="release.texts",
            rows="select * from texts",
            key=("table_name", "column_name", "key"),
            checks=(
                no_row(
                    "no_email_address",
                    "kind = 'email'",
                    "no e-mail address in any text of any table",
                    _NOT_PERSONAL,
                ),
                no_row(
                    "no_phone_number",
                    "kind = 'phone'",
                    "no phone number in any text of any table",
                    _NOT_PERSONAL,
                ),
            ),
        ),
        *drift.suites(),
    ]


def _inspect_attached(database: Path) -> tuple[dict[str, int], dict[str, str], list[str]]:
    """Return the rows of each table, the error of each view, and relations in other schemas.

    The error of a view that can be read is an empty text. The file is attached under another name
    than its own, as a reader may do.
    """
    where = literal(database)
    rows, views, strangers = {}, {}, []
    with duckdb.connect() as reader:
        reader.execute(f"attach {where} as attached (read_only)")
        for schema, name, is_view in reader.execute(
            "select schema_name, table_name, false from duckdb_tables() "
            "where database_name = 'attached' "
            "union all "
            "select schema_name, view_name, true from duckdb_views() "
            "where not internal and database_name = 'attached' order by all"
        ).fetchall():
            relation = f'attached."{schema}"."{name}"'
            if schema not in PUBLISHED_SCHEMAS:
                strangers.append(f"{schema}.{name}")
            elif is_view:
                views[f"{schema}.{name}"] = _problem(reader, relation)
            else:
                count = reader.execute(f"select count(*) from {relation}").fetchall()[0][0]
                rows[f"{schema}.{name}"] = int(count)
    return rows, views, strangers


def _problem(reader: duckdb.DuckDBPyConnection, view: str) -> str:
    try:
        reader.execute(f"select * from {view} limit 0").fetchall()
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return ""


def _texts(
    facts: duckdb.DuckDBPyConnection,
    database: Path,
    found: Mapping[str, int],
    touched: Mapping[str, pa.Table],
    names: Sequence[str],
) -> None:
    """Look through every column of text of every table; views and files are made of these."""
    facts.execute(
        "create table texts (table_name varchar, column_name varchar, key varchar, kind varchar)"
    )
    facts.execute(f"attach {literal(database)} as candidate (read_only)")
    columns = facts.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'candidate' order by all"
    ).fetchall()
    by_table: dict[str, dict[str, str]] = {}
    for table, column, type_ in columns:
        by_table.setdefault(table, {})[column] = type_
    searched = [
        cells
        for table in found
        if (cells := _cells(facts, table, by_table.get(table, {}), touched.get(table)))
    ]
    if not searched:
        return
    # the patterns of all scripts are large: they are made once, not once a table
    facts.execute(
        f"""
        insert into texts
        with cells as ({" union all ".join(searched)}),

        plain as (
            select
                cells.* exclude (words, row_key),
                regexp_replace(
                    regexp_replace(words, $picture, ' ', 'gi'), $names, '\\1 ', 'gi'
                ) as words,
                regexp_replace(row_key, $email, '\\1…', 'g') as key
            from cells
        )

        select table_name, column_name, key, 'email'
        from plain
        where not is_name and regexp_matches(words, $email)
        union all
        select table_name, column_name, key, 'phone'
        from plain
        where regexp_matches(words, $phone)
        """,
        {"picture": PICTURE, "names": _whole(names), "email": EMAIL, "phone": PHONE},
    )


def _whole(names: Sequence[str]) -> str:
    """Return the pattern of these names, each alone in its line; of none it matches nothing."""
    return rf"(?m)(^|\n)(?:{'|'.join(map(re.escape, names))})$" if names else r"[^\s\S]()"


def _cells(
    facts: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    touched: pa.Table | None,
) -> str:
    """Return SQL for the texts of a table that hold one of the signs; "" where it has no texts."""
    texts = [name for name, type_ in columns.items() if "VARCHAR" in type_ or "JSON" in type_]
    if not texts:
        return ""
    key = ", ".join(identifier(name) for name in CONTRACT.get(table, ()) if name in columns) or "''"
    # most texts hold none of the signs, and to look for one is cheap
    cells, signs = [], []
    for name in texts:
        text = identifier(name)
        if columns[name] == "VARCHAR[]":
            text = f"array_to_string({text}, chr(10))"
        elif columns[name] != "VARCHAR":
            text = f"cast({text} as varchar)"
        is_name = _names_server(name, columns)
        cells.append(f"{{'name': {literal(name)}, 'words': {text}, 'is_name': {is_name}}}")
        signs += [f"contains({text}, {sign})" for sign in ("'@'", "'＠'", "'%40'", "'+'")]
    where = f"({' or '.join(signs)})"
    if touched is not None:
        keys = identifier(f"touched {table}")
        facts.register(f"touched {table}", touched)
        same = " and ".join(
            f"looked_at.{identifier(name)} = {keys}.{identifier(name)}"
            for name in touched.column_names
        )
        where = f"exists (select 1 from {keys} where {same}) and {where}"
    return f"""
    select
        {literal(table)} as table_name,
        cell.name as column_name,
        cell.words as words,
        cell.is_name as is_name,
        row_key
    from (
        select concat_ws(' | ', {key}) as row_key, unnest([{", ".join(cells)}]) as cell
        from candidate.{".".join(identifier(part) for part in table.split("."))} as looked_at
        where {where}
    )
    """


def _names_server(name: str, columns: Mapping[str, str]) -> str:
    """Return SQL of whether user@host in a column of a row is a handle, or an id made of one."""
    servers = [platform for platform, facts in platforms().items() if facts.names_servers]
    platform = next((column for column in _PLATFORM_OF if column in columns), None)
    ids = [column for column in _ID_OF_PLATFORM if column in columns]
    if name in HANDLES and platform is not None:
        return f"coalesce({platform} in ({', '.join(map(literal, servers))}), false)"
    if name in ids or (name in HANDLES and ids):
        told_by = [name] if name in ids else ids
        begins = [f"starts_with({i}, {literal(s + ':')})" for i in told_by for s in servers]
        return f"coalesce({' or '.join(begins)}, false)"
    return "false"
