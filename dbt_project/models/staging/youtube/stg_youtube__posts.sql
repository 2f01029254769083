with records as (
    select * from {{ source('youtube', 'videos') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        query,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "snippet": {
                "publishedAt": "VARCHAR",
                "channelId": "VARCHAR",
                "title": "VARCHAR",
                "description": "VARCHAR",
                "tags": ["VARCHAR"],
                "liveBroadcastContent": "VARCHAR",
                "defaultLanguage": "VARCHAR",
                "defaultAudioLanguage": "VARCHAR"
            },
            "liveStreamingDetails": {"actualStartTime": "VARCHAR"},
            "paidProductPlacementDetails": {"hasPaidProductPlacement": "VARCHAR"}
        }') as video
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'youtube' as platform,
    parsed.video.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.video.snippet.channelid as native_account_id,
    parsed.video.snippet.publishedat as published_at,
    {{ json_list('parsed.video.snippet.tags') }} as hashtags,
    parsed.video.paidproductplacementdetails.haspaidproductplacement as is_paid_label,
    case
        when
            parsed.video.livestreamingdetails.actualstarttime is not null
            or parsed.video.snippet.livebroadcastcontent in ('live', 'upcoming')
            then 'live'
        else 'video'
    end as content_type,
    concat_ws(e'\n', parsed.video.snippet.title, parsed.video.snippet.description) as text,
    'https://www.youtube.com/watch?v=' || parsed.video.id as permalink,
    coalesce(parsed.video.snippet.defaultlanguage, parsed.video.snippet.defaultaudiolanguage)
        as language,
    {{ found_by('parsed.query') }} as found_by
from parsed
