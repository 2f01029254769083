{#-
    Materialization `staged`: appends the unread batches of a stream to its table, in one
    transaction with the record of what was read.

    1. The model's rows (typed, those that can be taken) are inserted straight into the table: one
       scan of what is new, one write.
    2. Where fewer rows came in than landed, a second scan finds the others, and puts them with
       their text and reason into work.staging.quarantine. Of a platform's records, of which each
       may give several rows, a second scan always looks for those that can't be taken.
    3. Keys that now have more than one row are folded to one: each column takes the newest row
       in which it is present; a deletion starts the key afresh.
    4. work.staging.batches_read gets a row for each batch: what became of its rows.

    A model whose code or configuration changed (should_full_refresh) empties the table and its
    records first, and so reads every batch again.
-#}
{% materialization staged, adapter = 'duckdb' %}
    {% set target_relation = this.incorporate(type='table') %}
    {% set fresh = is_fresh() %}
    {% set stream = stream_of(model) %}
    {% set groups = unread_batches(stream, model.name, fresh) %}
    {% set readable = groups | selectattr('paths') | list %}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('open_transaction', auto_begin=True) %}select 1{% endcall %}

    {% if fresh %}
        {% do run_query('drop table if exists ' ~ target_relation) %}
        {% do run_query(create_staging_table(target_relation, stream)) %}
        {% do run_query('delete from work.staging.quarantine where model = ' ~ literal(model.name)) %}
        {% do run_query('delete from work.staging.batches_read where model = ' ~ literal(model.name)) %}
    {% endif %}
    {% call statement('main') %}
        {{ 'insert into ' ~ target_relation ~ ' ' ~ compiled_code if readable else 'select 0 as rows_read' }}
    {% endcall %}
    {% if groups %}
        {% set records = readable | selectattr('is_records') | list %}
        {% do run_query(count_lines(target_relation)) %}
        {% do run_query(quarantine_unparsed(stream, groups)) %}
        {% for group in records %}
            {% do run_query(quarantine_records(stream, group)) %}
        {% endfor %}
        {% for group in readable if not group.is_records %}
            {% if group.export is not none %}
                {% do run_query(count_skipped(stream, group)) %}
            {% endif %}
        {% endfor %}
        {% for group in readable if not group.is_records %}
            {% if run_query(count_missing_lines(group)).rows[0][0] > 0 %}
                {% do run_query(quarantine_rejected(stream, group)) %}
            {% endif %}
        {% endfor %}
        {% do find_repeated_keys(stream, target_relation) %}
        {% if records %}
            {% do run_query(count_records(stream, target_relation, records)) %}
        {% endif %}
        {% do run_query(record_batches(stream, target_relation, groups)) %}
        {% if run_query('select count(*) from temp.repeated_keys').rows[0][0] > 0 %}
            {% do run_query(fold_repeated_keys(stream, target_relation)) %}
        {% endif %}
        {% do run_query('drop table temp.repeated_keys') %}
        {% do run_query('drop table if exists temp.records_refused') %}
        {% do run_query('drop table temp.lines_read') %}
    {% endif %}

    {% do run_query(
        'update work.ops.model_hashes set built = wanted where model = ' ~ literal(model.name)
    ) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- Whether a staging model starts from nothing. -#}
{% macro is_fresh() %}
    {{ return(load_cached_relation(this) is none or should_full_refresh()) }}
{% endmacro %}

{#-
    Ids and texts differ from row to row: looking for a dictionary among them costs more than all
    else that is done to write them, and stores them larger.
-#}
{% macro create_staging_table(relation, stream) %}
create table {{ relation }} (
    {% for column in stream.columns %}
    "{{ column.name }}" {{ column.data_type }}{{ without_dictionary() if column.kind in ('id', 'text', 'masked') }},
    {% endfor %}
    is_deleted boolean,
    {% for column in staging_columns() %}
    {{ column[0] }} {{ column[1] }}{{ ',' if not loop.last }}
    {% endfor %}
)
{% endmacro %}

{#- What was taken, by batch, in lines of its file; what becomes of the others is added later. -#}
{% macro count_lines(relation) %}
create or replace temp table lines_read as
select
    batch_id,
    sum(coalesce(len(source_lines), 1)) as all_lines,
    cast(0 as bigint) as bad_lines,
    cast(0 as bigint) as skipped_lines,
    cast(null as bigint) as superseded_lines
from {{ relation }}
where loaded_seq = {{ run_state().run_seq }}
group by batch_id
{% endmacro %}

{#- How many lines of a group landed, and are neither taken nor skipped. -#}
{% macro count_missing_lines(group) %}
select
    (select sum(rows) from work.landing.batches where {{ of_group(group) }})
    - coalesce((select sum(all_lines + skipped_lines) from temp.lines_read where {{ of_group(group) }}), 0)
{% endmacro %}

{% macro of_group(group) -%}
    list_contains({{ list_literal(group.batch_ids) }}, batch_id)
{%- endmacro %}

{#- Lines that could not be parsed lie beside their batch; they join the quarantine as they are. -#}
{% macro quarantine_unparsed(stream, groups) %}
    {% set paths = [] %}
    {% for group in groups %}{% do paths.extend(group.rejects_paths) %}{% endfor %}
    {% if not paths %}{{ return('select 0') }}{% endif %}
    {% set sql %}
insert into work.staging.quarantine
select
    {{ literal(model.name) }} as model,
    batches.source,
    {{ literal(stream.name) }} as stream,
    batches.batch_id,
    batches.sequence as landing_sequence,
    batches.file_name,
    rejects._line as line,
    rejects._column as column_name,
    rejects._reason as reason,
    rejects._raw as raw
from read_parquet({{ list_literal(paths) }}, filename = true, hive_partitioning = false) as rejects
inner join work.landing.batches as batches on rejects.filename = batches.rejects_path
    {% endset %}
    {{ return(sql) }}
{% endmacro %}

{#- The text that came as a value which landed typed: see reachline.inbox.exact. -#}
{% macro landed_text(x) -%}
    case
        when typeof({{ x }}) = 'TIMESTAMP' then replace(cast({{ x }} as varchar), ' ', 'T') || 'Z'
        else cast({{ x }} as varchar)
    end
{%- endmacro %}

{#- A landed row as JSON text, for people who look at the quarantine. -#}
{% macro row_as_text(group, alias) -%}
    cast(to_json({
        {%- for column in group.columns -%}
            {%- set value = alias ~ '."' ~ (column | replace('"', '""')) ~ '"' -%}
            {{ literal(column) }}: {{ landed_text(value) if column in group.typed else value }}
            {{- ', ' if not loop.last }}
        {%- endfor -%}
    }) as varchar)
{%- endmacro %}

{#- Rows that were read and can't be taken, each line of an aggregated row for itself. -#}
{% macro quarantine_rejected(stream, group) %}
create or replace temp table lines_rejected as
select
    batch_id,
    unnest(coalesce(source_lines, [line])) as line,
    reject_reason
from ({{ typed_rows(stream, group) }}) as typed_rows
where reject_reason is not null;

insert into work.staging.quarantine
select
    {{ literal(model.name) }} as model,
    {{ literal(group.source) }} as source,
    {{ literal(stream.name) }} as stream,
    batches.batch_id,
    batches.sequence as landing_sequence,
    batches.file_name,
    rejected.line,
    split_part(rejected.reject_reason, ': ', 1) as column_name,
    rejected.reject_reason as reason,
    {{ row_as_text(group, 'landed') }} as raw
from temp.lines_rejected as rejected
inner join work.landing.batches as batches on rejected.batch_id = batches.batch_id
inner join {{ landed_rows(group) }} as landed
    on rejected.batch_id = landed.batch_id and rejected.line = landed.line;

insert into temp.lines_read by name
select batch_id, count(*) as all_lines, count(*) as bad_lines, 0 as skipped_lines
from temp.lines_rejected
group by batch_id;

drop table temp.lines_rejected
{% endmacro %}

{#-
    Lines of an export that this stream's mapping leaves to others are skipped; a line that no
    stream takes goes to quarantine with the first.
-#}
{% macro count_skipped(stream, group) %}
    {% set mapping = mapping_of(group, stream) %}
    {% set taken_by_another %}
        {%- for condition in mapping.all_wheres -%}
            coalesce(try({{ condition or 'true' }}), false){{ ' or ' if not loop.last }}
        {%- endfor -%}
    {% endset %}
    {% set sql %}
create or replace temp table lines_skipped as
select
    landed.batch_id,
    landed.landing_sequence,
    landed.line,
    {{ taken_by_another }} as is_taken,
    {{ row_as_text(group, 'landed') }} as raw
from {{ landed_rows(group) }} as landed
where not coalesce(try({{ mapping.where }}), false);

        {% if mapping.is_first %}
insert into work.staging.quarantine
select
    {{ literal(model.name) }} as model,
    {{ literal(group.source) }} as source,
    {{ literal(stream.name) }} as stream,
    skipped.batch_id,
    skipped.landing_sequence,
    batches.file_name,
    skipped.line,
    cast(null as varchar) as column_name,
    'no stream of this export takes the row: see its `where` in config/exports' as reason,
    skipped.raw
from temp.lines_skipped as skipped
inner join work.landing.batches as batches on skipped.batch_id = batches.batch_id
where not skipped.is_taken;
        {% endif %}

insert into temp.lines_read by name
select
    batch_id,
    count(*) filter (where not is_taken and {{ mapping.is_first }}) as all_lines,
    count(*) filter (where not is_taken and {{ mapping.is_first }}) as bad_lines,
    count(*) filter (where is_taken or not {{ mapping.is_first }}) as skipped_lines
from temp.lines_skipped
group by batch_id;

drop table temp.lines_skipped
    {% endset %}
    {{ return(sql) }}
{% endmacro %}

{#-
    Records that are no JSON, or of which a row can't be taken, each once. What is no JSON is told
    in the first of the streams that its batch feeds.
-#}
{% macro quarantine_records(stream, group) %}
    {% set mapping = record_mapping_of(group, stream) %}
create temp table if not exists records_refused (batch_id varchar, line bigint, reason varchar);

insert into temp.records_refused
select batch_id, line, string_agg(distinct reject_reason, '; ' order by reject_reason) as reason
from ({{ typed_rows(stream, group) }}) as typed_rows
where reject_reason is not null
group by batch_id, line
    {% if mapping.is_first %}
union all
select batch_id, line, 'record: is no JSON' as reason
from {{ landed_rows(group) }} as landed
where not coalesce(json_valid(record), false)
    {% endif %};

insert into work.staging.quarantine
select
    {{ literal(model.name) }} as model,
    {{ literal(group.source) }} as source,
    {{ literal(stream.name) }} as stream,
    landed.batch_id,
    landed.landing_sequence,
    cast(null as varchar) as file_name,
    landed.line,
    split_part(refused.reason, ': ', 1) as column_name,
    refused.reason,
    landed.record as raw
from temp.records_refused as refused
inner join {{ landed_rows(group) }} as landed
    on refused.batch_id = landed.batch_id and refused.line = landed.line
{% endmacro %}

{#-
    What became of records, each counted once: refused if any of its rows is, else superseded if all
    of them are within the batch, else loaded; skipped if it gave no row. Takes the place of what
    `count_lines` said of their batches in rows.
-#}
{% macro count_records(stream, relation, groups) %}
    {% set batch_ids = [] %}
    {% for group in groups %}{% do batch_ids.extend(group.batch_ids) %}{% endfor %}
delete from temp.lines_read where list_contains({{ list_literal(batch_ids) }}, batch_id);

insert into temp.lines_read
with rows as (
    select
        rows.batch_id,
        rows.line,
        repeated.line is not null
            and rows.line < max(rows.line) over (partition by rows.batch_id, {{ key_of(stream, 'rows') }})
            as is_superseded
    from {{ relation }} as rows
    left join (select *, 0 as line from temp.repeated_keys) as repeated
        on {{ same_key(stream, 'rows', 'repeated') }}
    where
        rows.loaded_seq = {{ run_state().run_seq }}
        and list_contains({{ list_literal(batch_ids) }}, rows.batch_id)
),

records as (
    select
        coalesce(taken.batch_id, refused.batch_id) as batch_id,
        coalesce(taken.line, refused.line) as line,
        refused.line is not null as is_refused,
        coalesce(taken.is_superseded, false) and refused.line is null as is_superseded
    from (
        select batch_id, line, bool_and(is_superseded) as is_superseded
        from rows
        group by batch_id, line
    ) as taken
    full outer join temp.records_refused as refused
        on taken.batch_id = refused.batch_id and taken.line = refused.line
),

counted as (
    select
        batch_id,
        count(*) as all_lines,
        count(*) filter (where is_refused) as bad_lines,
        count(*) filter (where is_superseded) as superseded_lines
    from records
    group by batch_id
)

select
    batches.batch_id,
    coalesce(counted.all_lines, 0) as all_lines,
    coalesce(counted.bad_lines, 0) as bad_lines,
    batches.rows - coalesce(counted.all_lines, 0) as skipped_lines,
    coalesce(counted.superseded_lines, 0) as superseded_lines
from work.landing.batches as batches
left join counted on batches.batch_id = counted.batch_id
where list_contains({{ list_literal(batch_ids) }}, batches.batch_id)
{% endmacro %}

{% macro key_of(stream, alias='') -%}
    {%- for name in ['source'] + stream.grain -%}
        {{ alias ~ '.' if alias }}"{{ name }}"{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro same_key(stream, left, right) -%}
    {%- for name in ['source'] + stream.grain -%}
        {{ left }}."{{ name }}" = {{ right }}."{{ name }}"{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro key_hashes(stream, relation, condition) -%}
    select {{ hash_of([key_of(stream)]) }} as key_hash from {{ relation }} where {{ condition }}
{%- endmacro %}

{#-
    Keys that have more than one row, now that the new rows are in. Hashes of eight bytes are
    compared in a third of the time of the keys themselves; equal keys have equal hashes, and
    whether equal hashes are equal keys is asked of those few only. New hashes are sorted where there
    is nothing older, and grouped where older ones are looked up among them: each is the fastest.
-#}
{% macro find_repeated_keys(stream, relation) %}
    {% set run_seq = run_state().run_seq %}
    {% set has_older_rows = run_query(
        'select exists (from ' ~ relation ~ ' where loaded_seq < ' ~ run_seq ~ ')'
    ).rows[0][0] %}
    {% set find_hashes %}
create or replace temp table repeated_hashes as
    {% if has_older_rows %}
with new_hashes as (
    select key_hash, count(*) as new_rows
    from ({{ key_hashes(stream, relation, 'loaded_seq = ' ~ run_seq) }}) as hashed
    group by key_hash
)

select key_hash from new_hashes where new_rows > 1
union all
select key_hash
from ({{ key_hashes(stream, relation, 'loaded_seq < ' ~ run_seq) }}) as older_hashes
where key_hash in (select key_hash from new_hashes)
    {% else %}
select key_hash
from (
    select key_hash, lag(key_hash) over (order by key_hash) as hash_before
    from ({{ key_hashes(stream, relation, 'loaded_seq = ' ~ run_seq) }}) as hashed
) as sorted
where key_hash = hash_before
    {% endif %}
    {% endset %}
    {% do run_query(find_hashes) %}
    {% set has_repeats = run_query('select exists (from temp.repeated_hashes)').rows[0][0] %}
    {% set find_keys %}
create or replace temp table repeated_keys as
select {{ key_of(stream) }}
from {{ relation }}
where {{ hash_of([key_of(stream)]) ~ ' in (select key_hash from temp.repeated_hashes)' if has_repeats else 'false' }}
group by {{ key_of(stream) }}
having count(*) > 1
    {% endset %}
    {% do run_query(find_keys) %}
    {% do run_query('drop table temp.repeated_hashes') %}
{% endmacro %}

{#- What became of the rows of each batch: gate 2 holds rows in = loaded + superseded + quarantined. -#}
{% macro record_batches(stream, relation, groups) %}
    {% set batch_ids = [] %}
    {% for group in groups %}{% do batch_ids.extend(group.batch_ids) %}{% endfor %}
insert into work.staging.batches_read
with repeated as (
    select
        rows.batch_id,
        {{ key_of(stream, 'rows') }},
        sum(coalesce(len(rows.source_lines), 1)) as all_lines,
        max_by(coalesce(len(rows.source_lines), 1), rows.line) as kept_lines
    from {{ relation }} as rows
    inner join temp.repeated_keys on {{ same_key(stream, 'rows', 'repeated_keys') }}
    where rows.loaded_seq = {{ run_state().run_seq }}
    group by rows.batch_id, {{ key_of(stream, 'rows') }}
),

superseded as (
    select batch_id, sum(all_lines - kept_lines) as superseded_lines
    from repeated
    group by batch_id
),

lines as (
    select
        batch_id,
        sum(all_lines) as all_lines,
        sum(coalesce(bad_lines, 0)) as bad_lines,
        sum(skipped_lines) as skipped_lines,
        -- told for records; for lines it is counted here
        sum(superseded_lines) as superseded_lines
    from temp.lines_read
    group by batch_id
)

select
    {{ literal(model.name) }} as model,
    batches.source,
    {{ literal(stream.name) }} as stream,
    batches.batch_id,
    batches.sequence as landing_sequence,
    batches.rows + batches.rejected as rows_in,
    coalesce(lines.all_lines, 0) - coalesce(lines.bad_lines, 0)
    - coalesce(lines.superseded_lines, superseded.superseded_lines, 0)
        as loaded,
    coalesce(lines.superseded_lines, superseded.superseded_lines, 0) as superseded,
    coalesce(lines.bad_lines, 0) + batches.rejected as quarantined,
    coalesce(lines.skipped_lines, 0) as skipped,
    cast({{ run_state().run_seq }} as bigint) as read_seq
from work.landing.batches as batches
left join lines on batches.batch_id = lines.batch_id
left join superseded on batches.batch_id = superseded.batch_id
where list_contains({{ list_literal(batch_ids) }}, batches.batch_id)
{% endmacro %}

{#- One row for each repeated key, column by column, in landing order. -#}
{% macro fold_repeated_keys(stream, relation) %}
    {% set may_be_absent = stream.columns | rejectattr('name', 'in', stream.grain)
        | rejectattr('required', 'true') | map(attribute='name') | list %}
create or replace temp table folded as
with versions as (
    select rows.*, rows.landing_sequence * 10000000000 + rows.line as version
    from {{ relation }} as rows
    inner join temp.repeated_keys on {{ same_key(stream, 'rows', 'repeated_keys') }}
),

since_deletion as (
    select *
    from (
        select
            versions.*,
            max(version) over (partition by {{ key_of(stream) }}) as last_version,
            coalesce(
                max(case when is_deleted then version end) over (partition by {{ key_of(stream) }}), -1
            ) as deletion
        from versions
    ) as marked
    where version > deletion or (version = deletion and version = last_version)
)

select
    {% for column in stream.columns %}
        {% if column.name in stream.grain %}
    "{{ column.name }}",
        {% elif column.name in may_be_absent %}
    max_by({'value': "{{ column.name }}"}, version) filter (
        where not list_contains(coalesce(absent_columns, []), '{{ column.name }}')
    ).value as "{{ column.name }}",
        {% else %}
    max_by({'value': "{{ column.name }}"}, version).value as "{{ column.name }}",
        {% endif %}
    {% endfor %}
    max_by(is_deleted, version) as is_deleted,
    source,
    max_by(batch_id, version) as batch_id,
    max(landing_sequence) as landing_sequence,
    max_by(line, version) as line,
    max_by({'value': source_lines}, version).value as source_lines,
    {% if may_be_absent %}
    nullif(
        list_filter(
            [
                {% for name in may_be_absent %}
                case
                    when bool_and(list_contains(coalesce(absent_columns, []), '{{ name }}'))
                        then '{{ name }}'
                end{{ ',' if not loop.last }}
                {% endfor %}
            ],
            lambda name: name is not null
        ),
        []
    ) as absent_columns,
    {% else %}
    cast(null as varchar[]) as absent_columns,
    {% endif %}
    cast({{ run_state().run_seq }} as bigint) as loaded_seq
from since_deletion
group by {{ key_of(stream) }};

delete from {{ relation }} as rows
using temp.repeated_keys
where {{ same_key(stream, 'rows', 'repeated_keys') }};

insert into {{ relation }} select * from temp.folded;

drop table temp.folded
{% endmacro %}
