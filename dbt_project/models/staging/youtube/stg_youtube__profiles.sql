with records as (
    select * from {{ source('youtube', 'channels') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "snippet": {
                "title": "VARCHAR",
                "description": "VARCHAR",
                "customUrl": "VARCHAR",
                "defaultLanguage": "VARCHAR",
                "country": "VARCHAR"
            },
            "statistics": {
                "subscriberCount": "VARCHAR",
                "hiddenSubscriberCount": "BOOLEAN",
                "videoCount": "VARCHAR"
            }
        }') as channel
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'youtube' as platform,
    parsed.channel.id as native_account_id,
    parsed.fetched_at as observed_at,
    parsed.channel.snippet.title as display_name,
    parsed.channel.snippet.description as bio,
    parsed.channel.statistics.videocount as posts_count,
    parsed.channel.snippet.defaultlanguage as language,
    parsed.channel.snippet.country,
    coalesce(parsed.channel.snippet.customurl, parsed.channel.id) as handle,
    case
        when not coalesce(parsed.channel.statistics.hiddensubscribercount, false)
            then parsed.channel.statistics.subscribercount
    end as followers
from parsed
