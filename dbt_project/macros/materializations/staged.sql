{#-
    Materialization `staged`: a table that reachline.warehouse.staging fills, a batch once, in one
    transaction with the record of what was read. The model says what the table is made of; dbt only
    makes it where it is not there yet.
-#}
{% materialization staged, adapter = 'duckdb' %}
    {% set target = this.incorporate(type='table') %}
    {% call statement('main') %}
create table if not exists {{ target }} as
select *, cast(null as bigint) as first_sequence, cast(null as bigint) as loaded_seq
from ({{ compiled_code }}) as staged
limit 0
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
