with records as (
    select * from {{ source('mastodon', 'statuses') }}
    -- those for followers or the mentioned alone are for nobody else, whichever version landed them
    where record ->> 'visibility' in ('public', 'unlisted')
    union all
    select * from {{ source('mastodon', 'accounts') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(coalesce(record -> 'account', record), '{
            "uri": "VARCHAR",
            "pleroma": {"ap_id": "VARCHAR"},
            "url": "VARCHAR",
            "acct": "VARCHAR",
            "display_name": "VARCHAR",
            "note": "VARCHAR",
            "followers_count": "VARCHAR",
            "following_count": "VARCHAR",
            "statuses_count": "VARCHAR",
            "bot": "VARCHAR",
            "noindex": "VARCHAR"
        }') as profile
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'mastodon' as platform,
    {{ mastodon_account('parsed.profile') }} as native_account_id,
    parsed.fetched_at as observed_at,
    {{ mastodon_handle('parsed.profile.acct', mastodon_account('parsed.profile')) }} as handle,
    parsed.profile.display_name,
    {{ html_to_text('parsed.profile.note') }} as bio,
    parsed.profile.followers_count as followers,
    parsed.profile.following_count as following,
    parsed.profile.statuses_count as posts_count,
    parsed.profile.bot as is_bot,
    parsed.profile.noindex as is_noindex
from parsed
