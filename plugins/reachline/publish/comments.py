"""What a table or a column holds, written where BI tools look for it: as comments in the database.

The words are those of `meta.tables` and `meta.columns` in the same file, which dbt fills from the
models' YAML and the catalogue of metrics.
"""

from __future__ import annotations

import duckdb

from reachline.sql import identifier, literal

_TABLES = """
with relations as (
    select schema_name, table_name as name, 'table' as kind, comment
    from duckdb_tables()
    where database_name = current_database()
    union all
    select schema_name, view_name as name, 'view' as kind, comment
    from duckdb_views()
    where database_name = current_database()
)

select relations.kind, relations.schema_name, relations.name, described.description
from relations
inner join meta.tables as described
    on relations.schema_name = described.table_schema and relations.name = described.table_name
where relations.comment is distinct from described.description
order by relations.schema_name, relations.name
"""

_COLUMNS = """
select columns.schema_name, columns.table_name, columns.column_name, described.description
from duckdb_columns() as columns
inner join meta.columns as described
    on columns.schema_name = described.table_schema
    and columns.table_name = described.table_name
    and columns.column_name = described.column_name
where columns.database_name = current_database()
    and columns.comment is distinct from described.description
order by columns.schema_name, columns.table_name, columns.column_index
"""


def write_comments(connection: duckdb.DuckDBPyConnection) -> int:
    """Comment every table, view and column of the current database that `meta` describes.

    Returns how many were written, in one transaction; what has its words already is left alone.
    """
    statements = [
        f"comment on {kind} {identifier(schema)}.{identifier(name)} is {literal(text)}"
        for kind, schema, name, text in connection.execute(_TABLES).fetchall()
    ]
    statements += [
        f"comment on column {identifier(schema)}.{identifier(table)}.{identifier(column)}"
        f" is {literal(text)}"
        for schema, table, column, text in connection.execute(_COLUMNS).fetchall()
    ]
    connection.execute("begin")
    for statement in statements:
        connection.execute(statement)
    connection.execute("commit")
    return len(statements)
