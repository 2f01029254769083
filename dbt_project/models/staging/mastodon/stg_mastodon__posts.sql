with records as (
    select * from {{ source('mastodon', 'statuses') }}
    -- those for followers or the mentioned alone are for nobody else, whichever version landed them
    where record ->> 'visibility' in ('public', 'unlisted')
    union all
    select * from {{ source('mastodon', 'missing') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        query,
        fetched_at,
        json_transform(record, '{
            "uri": "VARCHAR",
            "url": "VARCHAR",
            "created_at": "VARCHAR",
            "spoiler_text": "VARCHAR",
            "content": "VARCHAR",
            "language": "VARCHAR",
            "reblog": {"uri": "VARCHAR"},
            "account": {
                "uri": "VARCHAR", "pleroma": {"ap_id": "VARCHAR"}, "url": "VARCHAR", "acct": "VARCHAR"
            },
            "media_attachments": [{"type": "VARCHAR"}],
            "mentions": [{"acct": "VARCHAR", "url": "VARCHAR"}],
            "tags": [{"name": "VARCHAR"}],
            "card": {"url": "VARCHAR"},
            "http_status": "VARCHAR"
        }') as status
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'mastodon' as platform,
    parsed.status.uri as native_post_id,
    parsed.fetched_at as observed_at,
    {{ mastodon_account('parsed.status.account') }} as native_account_id,
    {{ mastodon_handle('parsed.status.account.acct', mastodon_account('parsed.status.account')) }}
        as handle,
    parsed.status.created_at as published_at,
    coalesce(parsed.status.media_attachments[1].type, 'text') as content_type,
    nullif(
        concat_ws(
            e'\n',
            nullif(parsed.status.spoiler_text, ''),
            {{ html_to_text('parsed.status.content') }}
        ),
        ''
    ) as text,
    coalesce(parsed.status.url, parsed.status.uri) as permalink,
    parsed.status.language,
    {{ json_list('list_transform(parsed.status.tags, lambda tag: tag.name)') }} as hashtags,
    {{ json_list(
        'list_transform(parsed.status.mentions, lambda mention: '
        ~ mastodon_handle('mention.acct', 'mention.url') ~ ')'
    ) }} as mentions,
    case
        when parsed.status.card.url is not null then {{ json_list('[parsed.status.card.url]') }}
    end as urls,
    {{ found_by("regexp_replace(parsed.query, '@[^@]*$', '')") }} as found_by,
    parsed.status.http_status is not null as is_deleted,
    case when parsed.status.http_status is not null then left(parsed.fetched_at, 10) end
        as deleted_on
from parsed
where parsed.status.reblog.uri is null
