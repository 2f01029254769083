{#- The description of a stream, as typed_select wants it, out of the model's own YAML. -#}
{% macro stream_of(node) %}
    {% set meta = node.config.meta %}
    {% set columns = [] %}
    {% for name, column in node.columns.items() %}
        {% do columns.append(dict(column.config.meta, name=name, data_type=column.data_type)) %}
    {% endfor %}
    {{ return({
        'name': meta.stream,
        'key': meta.key,
        'version_by': meta.get('version_by'),
        'grain': meta.key + ([meta.version_by] if meta.get('version_by') else []),
        'checks': meta.get('checks', []),
        'columns': columns,
    }) }}
{% endmacro %}

{#- The columns that every staging table has beside its stream's. -#}
{% macro staging_columns() %}
    {{ return([
        ['source', 'varchar'],
        ['batch_id', 'varchar'],
        ['landing_sequence', 'bigint'],
        ['line', 'bigint'],
        ['source_lines', 'bigint[]'],
        ['absent_columns', 'varchar[]'],
        ['loaded_seq', 'bigint'],
    ]) }}
{% endmacro %}

{#- A text as an SQL literal. -#}
{% macro literal(text) -%}
    {{ return("'" ~ (text | replace("'", "''")) ~ "'") }}
{%- endmacro %}

{#- Texts as a list literal; NULL where there are none. -#}
{% macro list_literal(texts) %}
    {% set quoted = [] %}
    {% for text in texts %}{% do quoted.append(literal(text)) %}{% endfor %}
    {{ return('[' ~ (quoted | join(', ')) ~ ']' if quoted else 'cast(null as varchar[])') }}
{% endmacro %}

{#-
    The batches of a stream that its model has not read, in groups that one SELECT can read: the
    same source, export, columns, typed columns and line numbering. Direct files come as source
    `inbox`; mapped exports as the tool's name, by the mappings in config; records of a platform as
    the platform's, by the mappings in models/staging/<source>. A fresh model has read none.
-#}
{% macro unread_batches(stream, model_name, fresh) %}
    {% set sql %}
select to_json({
    'source': source,
    'export': export,
    'is_records': is_records,
    'columns': columns,
    'typed': typed,
    'has_line': has_line,
    'first_line': first_line,
    'paths': coalesce(list(path order by sequence) filter (where rows > 0), []),
    'batch_ids': list(batch_id order by sequence),
    'rejects_paths': coalesce(list(rejects_path order by sequence) filter (where rejected > 0), [])
})
from (
    select
        batches.* replace (coalesce(batches.typed, []) as typed),
        case when batches.source <> 'inbox' then batches.stream end as export,
        batches.source in (select source from work.config.record_mappings) as is_records
    from work.landing.batches as batches
) as batches
where
    not is_held
    and path is not null
    and (
        (source = 'inbox' and stream = {{ literal(stream.name) }})
        or (source, stream) in (
            select (tool, export) from work.config.export_streams where stream = {{ literal(stream.name) }}
            union all
            select (source, landed) from work.config.record_mappings where stream = {{ literal(stream.name) }}
        )
    )
    {% if not fresh %}
    and batch_id not in (select batch_id from work.staging.batches_read where model = {{ literal(model_name) }})
    {% endif %}
group by source, export, is_records, columns, typed, has_line, first_line
order by min(sequence)
    {% endset %}
    {{ return(json_rows(sql)) }}
{% endmacro %}

{#- The rows of a query that selects one JSON object, as dictionaries, their types kept. -#}
{% macro json_rows(sql) %}
    {% set rows = [] %}
    {% for row in run_query(sql).rows %}{% do rows.append(fromjson(row[0])) %}{% endfor %}
    {{ return(rows) }}
{% endmacro %}

{#- The landed rows of a group, as they lie there, with batch, sequence and line. -#}
{% macro landed_rows(group) %}
(
    select
        landed.* exclude (filename, file_row_number{{ ', _line' if group.has_line }}),
        batches.batch_id,
        batches.sequence as landing_sequence,
        {{ 'landed._line' if group.has_line else group.first_line ~ ' + landed.file_row_number' }} as line
    from read_parquet(
        {{ list_literal(group.paths) }},
        filename = true, file_row_number = true, hive_partitioning = false
    ) as landed
    inner join work.landing.batches as batches on landed.filename = batches.path
)
{% endmacro %}

{#- What an export's mapping says for a stream. -#}
{% macro mapping_of(group, stream) %}
    {% set at = "tool = " ~ literal(group.source) ~ " and export = " ~ literal(group.export) %}
    {% set of_stream = at ~ " and stream = " ~ literal(stream.name) %}
    {% set head = json_rows(
        "select to_json({'where': where_sql, 'group_by': group_by, 'position': position})"
        ~ " from work.config.export_streams where " ~ of_stream
    )[0] %}
    {% set siblings = json_rows(
        "select to_json({'where': where_sql}) from work.config.export_streams where " ~ at
        ~ " order by position"
    ) %}
    {% set rows = json_rows(
        "select to_json({'name': name, 'sql': sql, 'required': required})"
        ~ " from work.config.export_rows where " ~ of_stream ~ " order by position"
    ) %}
    {% set columns = json_rows(
        "select to_json({'name': target, 'sql': sql})"
        ~ " from work.config.export_columns where " ~ of_stream ~ " order by position"
    ) %}
    {{ return({
        'where': head['where'] or 'true', 'group_by': head['group_by'] or [],
        'is_first': head['position'] == 0, 'all_wheres': siblings | map(attribute='where') | list,
        'rows': rows, 'columns': columns,
    }) }}
{% endmacro %}

{#-
    The rows of an export that feed a stream: its named row expressions first, then its columns,
    over groups where the mapping has group_by. A required row expression that is NULL fails its
    line, and with it the whole group, since a sum that lacks a line would be wrong.
-#}
{% macro mapped_rows(group, mapping) %}
(
    select
        {% for row in mapping.columns %}
        cast({{ row.sql if mapping.group_by else 'try(' ~ row.sql ~ ')' }} as varchar) as "{{ row.name }}",
        {% endfor %}
        batch_id,
        landing_sequence,
        {% if mapping.group_by %}
        min(line) as line,
        list(line order by line) as source_lines,
        max(row_reject) as row_reject
        {% else %}
        line,
        cast(null as bigint[]) as source_lines,
        row_reject
        {% endif %}
    from (
        select
            evaluated.*,
            {% if mapping.rows | selectattr('required') | list %}
            case
                {% for row in mapping.rows if row.required %}
                when "{{ row.name }}" is null
                    then {{ literal(row.name ~ ': is required by the mapping and empty or unreadable: ' ~ row.sql) }}
                {% endfor %}
            end as row_reject
            {% else %}
            cast(null as varchar) as row_reject
            {% endif %}
        from (
            select
                landed.*
                {% for row in mapping.rows %}
                , try({{ row.sql }}) as "{{ row.name }}"
                {% endfor %}
            from {{ landed_rows(group) }} as landed
            where coalesce(try({{ mapping.where }}), false)
        ) as evaluated
    ) as checked
    {% if mapping.group_by %}
    group by batch_id, landing_sequence, {{ mapping.group_by | join(', ') }}
    {% endif %}
)
{% endmacro %}

{#- The mapping of a platform's records into a stream: a model of models/staging/<source>. -#}
{% macro record_mapping_of(group, stream) %}
    {{ return(json_rows(
        "select to_json({'model': model, 'sql': sql, 'is_first': position = 0})"
        ~ " from work.config.record_mappings where source = " ~ literal(group.source)
        ~ " and landed = " ~ literal(group.export) ~ " and stream = " ~ literal(stream.name)
    )[0]) }}
{% endmacro %}

{#-
    What a mapping makes of the records of a group. It reads `records`: the landed columns, and
    `landed`, which says where each came from and which the mapping passes on. A record whose text
    is no JSON is not among them; see `quarantine_records`.
-#}
{% macro mapped_records(group, mapping) -%}
with records as (
    select
        landed.* exclude (batch_id, landing_sequence, line),
        {'batch_id': landed.batch_id, 'landing_sequence': landed.landing_sequence, 'line': landed.line}
            as landed
    from {{ landed_rows(group) }} as landed
    where json_valid(landed.record)
),

mapped as (
{{ render(mapping.sql) }}
)

select * from mapped
{%- endmacro %}

{#- The columns of a stream that a mapping fills; to ask the engine costs no scan. -#}
{% macro columns_of_mapping(group, stream, mapping) %}
    {% set found = run_query('describe ' ~ mapped_records(group, mapping)).columns[0].values() %}
    {% set known = stream.columns | map(attribute='name') | list + ['is_deleted', 'landed'] %}
    {% set unknown = found | reject('in', known) | list %}
    {% if unknown or 'landed' not in found %}
        {{ exceptions.raise_compiler_error(
            mapping.model ~ ': a mapping gives `landed`, is_deleted where it can tell, and columns of the stream '
            ~ stream.name ~ '; not: ' ~ (unknown | join(', ') or '(landed is missing)')
        ) }}
    {% endif %}
    {{ return(found | reject('equalto', 'landed') | list) }}
{% endmacro %}

{#- The records of a group as rows of the stream's columns, as text. -#}
{% macro record_rows(group, stream, mapping, present) %}
    {% set lists = stream.columns | selectattr('data_type', 'equalto', 'varchar[]') | map(attribute='name') | list %}
(
    select
        {% for name in present %}
        cast({{ 'to_json(mapped."' ~ name ~ '")' if name in lists else 'mapped."' ~ name ~ '"' }} as varchar)
            as "{{ name }}",
        {% endfor %}
        mapped.landed.batch_id as batch_id,
        mapped.landed.landing_sequence as landing_sequence,
        mapped.landed.line as line
    from ({{ mapped_records(group, mapping) }}) as mapped
)
{% endmacro %}

{#-
    The rows of a group as values, with `reject_reason`: NULL for those that can be taken. One scan
    of the group's batches.
-#}
{% macro typed_rows(stream, group) %}
    {% set typed = [] %}
    {% if group.export is none %}
        {% set present = [] %}
        {% for column in group.columns %}{% do present.append(column | lower) %}{% endfor %}
        {% for column in group.typed %}{% do typed.append(column | lower) %}{% endfor %}
        {% set rows = landed_rows(group) %}
        {% set carried = ['batch_id', 'landing_sequence', 'line'] %}
    {% elif group.is_records %}
        {% set mapping = record_mapping_of(group, stream) %}
        {% set present = columns_of_mapping(group, stream, mapping) %}
        {% set rows = record_rows(group, stream, mapping, present) %}
        {% set carried = ['batch_id', 'landing_sequence', 'line'] %}
    {% else %}
        {% set mapping = mapping_of(group, stream) %}
        {% set present = mapping.columns | map(attribute='name') | list %}
        {% set rows = mapped_rows(group, mapping) %}
        {% set carried = ['batch_id', 'landing_sequence', 'line', 'source_lines', 'row_reject'] %}
    {% endif %}
    {% set names = stream.columns | map(attribute='name') | list %}
    {% set absent = names | reject('in', present) | list %}
select
    {% for name in names %}
    rows."{{ name }}",
    {% endfor %}
    rows.is_deleted,
    {{ literal(group.source) }} as source,
    rows.batch_id,
    rows.landing_sequence,
    rows.line,
    {{ 'rows.source_lines' if 'source_lines' in carried else 'cast(null as bigint[])' }} as source_lines,
    {{ list_literal(absent) }} as absent_columns,
    cast({{ run_state().run_seq }} as bigint) as loaded_seq,
    {{ 'coalesce(rows.row_reject, rows.reject_reason)' if 'row_reject' in carried else 'rows.reject_reason' }}
        as reject_reason
from ({{ typed_select(
            stream.columns, stream.key, stream.version_by, stream.checks, present, rows, carried,
            typed
        ) }}) as rows
{% endmacro %}

{#-
    The body of a staging model: the typed rows of the batches that it has not read and that can be
    taken, one scan over each. The materialization `staged` does the rest.
-#}
{% macro stage_inbox() %}
    {% if not execute %}{{ return('select 1 as nothing') }}{% endif %}
    {% set stream = stream_of(model) %}
    {% set groups = unread_batches(stream, model.name, is_fresh()) | selectattr('paths') | list %}
    {% if not groups %}{{ return('select 0 as rows_read') }}{% endif %}
    {% for group in groups %}
        {{ 'union all' if not loop.first }}
select * exclude (reject_reason)
from ({{ typed_rows(stream, group) }}) as typed_rows
where reject_reason is null
    {% endfor %}
{% endmacro %}
