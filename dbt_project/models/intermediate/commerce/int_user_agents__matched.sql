{{ config(materialized='incremental', incremental_strategy='append') }}

with patterns as (
    select
        pattern,
        -- nearly all patterns are plain text, and a plain search is a thousand times cheaper
        {{ regex_replaced('pattern', "'\\\\([^A-Za-z0-9])'", "'\\1'") }} as plain_text,
        not {{ regex_found(
            regex_replaced('pattern', "'\\\\[^A-Za-z0-9]'"), "'[\\\\^$.|?*+()\\[\\]{}]'"
        ) }} as is_plain
    from {{ source('config', 'bot_patterns') }}
),

stg_inbox__clicks as (
    select * from {{ ref('stg_inbox__clicks') }}
),

{% if is_incremental() %}
    known as (
        select user_agent
        from {{ this }}
    ),
{% endif %}

user_agents as (
    select distinct clicks.user_agent
    from stg_inbox__clicks as clicks
    where
        clicks.user_agent is not null
    {% if is_incremental() %}
            and {{ is_new('clicks.loaded_seq') }}
            and clicks.user_agent not in (select known.user_agent from known)
        {% endif %}
),

found as (
    select user_agents.user_agent
    from user_agents
    inner join patterns
        on patterns.is_plain and contains(user_agents.user_agent, patterns.plain_text)
    union
    select user_agents.user_agent
    from user_agents
    inner join patterns
        on not patterns.is_plain and {{ regex_found('user_agents.user_agent', 'patterns.pattern') }}
)

select
    user_agents.user_agent,
    found.user_agent is not null as is_bot
from user_agents
left join found on user_agents.user_agent = found.user_agent
