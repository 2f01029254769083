with records as (
    select * from {{ source('youtube', 'search_results') }}
    union all
    select * from {{ source('youtube', 'playlist_items') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        query,
        fetched_at,
        json_transform(record, '{
            "id": {"videoId": "VARCHAR"},
            "snippet": {"publishedAt": "VARCHAR", "channelId": "VARCHAR", "videoOwnerChannelId": "VARCHAR"},
            "contentDetails": {"videoId": "VARCHAR", "videoPublishedAt": "VARCHAR"}
        }') as found
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'youtube' as platform,
    parsed.fetched_at as observed_at,
    coalesce(parsed.found.id.videoid, parsed.found.contentdetails.videoid) as native_post_id,
    coalesce(parsed.found.snippet.videoownerchannelid, parsed.found.snippet.channelid)
        as native_account_id,
    coalesce(parsed.found.contentdetails.videopublishedat, parsed.found.snippet.publishedat)
        as published_at,
    {{ found_by('parsed.query') }} as found_by
from parsed
