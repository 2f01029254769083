{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__posts_seen', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__posts_seen') }}
),

stg_inbox__posts as (
    select * from {{ ref('stg_inbox__posts') }}
),

int_brands__own_accounts as (
    select * from {{ ref('int_brands__own_accounts') }}
),

brand_handles as (
    select * from {{ source('config', 'brand_handles') }}
),

{% if is_incremental() %}
    built as (
        select
            post_id,
            published_at,
            published_seq
        from {{ this }}
    ),
{% endif %}

versions as (
    select
        {{ post_id('posts.platform', 'posts.native_post_id') }} as post_id,
        posts.platform,
        posts.native_post_id,
        posts.source,
        posts.observed_at,
        posts.is_deleted,
        posts.native_account_id,
        posts.handle,
        posts.published_at,
        posts.content_type,
        posts.text,
        posts.permalink,
        posts.language,
        nullif(posts.hashtags, {{ empty_list() }}) as hashtags,
        nullif(posts.mentions, {{ empty_list() }}) as mentions,
        nullif(posts.urls, {{ empty_list() }}) as urls,
        posts.is_paid_label,
        posts.is_repost,
        posts.deleted_on,
        nullif(posts.authors, {{ empty_list() }}) as authors,
        posts.found_by,
        posts.media_url,
        posts.batch_id,
        coalesce(posts.absent_columns, {{ empty_list() }}) as absent_columns,
        row_number() over (
            partition by posts.platform, posts.native_post_id
            order by
                posts.observed_at nulls last,
                posts.landing_sequence nulls last,
                posts.line nulls last,
                posts.source nulls last
        ) as version_number
    from stg_inbox__posts as posts
    where
        posts.observed_at < {{ as_of_end() }}
    {% if is_incremental() %}
            and exists (
                select 1
                from touched
                where
                    touched.platform = posts.platform
                    and touched.native_post_id = posts.native_post_id
            )
        {% endif %}
),

-- Whoever deletes a row takes it back, and the post starts afresh. A row that says since when the
-- post is gone from its platform tells of the platform: what was measured of it stays.
deletions as (
    select
        post_id,
        source,
        coalesce(max(version_number) filter (where is_deleted and deleted_on is null), 0)
            as taken_back,
        max(version_number) filter (where is_deleted and deleted_on is not null) as gone,
        coalesce(max(version_number) filter (where not is_deleted), 0) as last_seen
    from versions
    group by post_id, source
    having max(version_number) filter (where is_deleted) is not null
),

-- who asks a platform erases what it said in words of a post that is gone: what stands here as well
known_versions as (
    select
        versions.*,
        versions.version_number < coalesce(deletions.gone, 0) as is_erased
    from versions
    left join deletions
        on versions.post_id = deletions.post_id and versions.source = deletions.source
    where versions.version_number > coalesce(deletions.taken_back, 0)
),

live_versions as (
    select
        post_id,
        platform,
        native_post_id,
        source,
        observed_at,
        native_account_id,
        published_at,
        is_repost,
        deleted_on,
        found_by,
        batch_id,
        absent_columns,
        version_number,
        permalink as link,
        case
            when not is_erased or native_account_id is null then handle
        end as handle,
        case when not is_erased then content_type end as content_type,
        case when not is_erased then text end as text,
        case when not is_erased then permalink end as permalink,
        case when not is_erased then language end as language,
        case when not is_erased then hashtags end as hashtags,
        case when not is_erased then mentions end as mentions,
        case when not is_erased then urls end as urls,
        case when not is_erased then is_paid_label end as is_paid_label,
        case when not is_erased then authors end as authors,
        case when not is_erased then media_url end as media_url
    from known_versions
    where not is_deleted
),

-- a post that was seen again is back: what stands after all that was seen says that it is gone
gone as (
    select
        versions.post_id,
        min({{ reporting_day('versions.observed_at') }}) as gone_on
    from versions
    inner join deletions
        on versions.post_id = deletions.post_id and versions.source = deletions.source
    where
        versions.version_number > deletions.taken_back
        and versions.version_number > deletions.last_seen
    group by versions.post_id
),

folded_by_source as (
    select
        post_id,
        platform,
        native_post_id,
        source,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_observed_at,
        max(version_number) as last_version_number,
        {{ value_at_greatest('batch_id', 'version_number') }} as batch_id,
        {{ newest_present('link', of='permalink') }} as link,
        {{ newest_present('published_at') }} as published_at,
        {{ newest_present('native_account_id') }} as native_account_id,
        {{ newest_present('handle') }} as handle,
        {{ newest_present('content_type') }} as content_type,
        {{ newest_present('text') }} as text,
        {{ newest_present('permalink') }} as permalink,
        {{ newest_present('language') }} as language,
        {{ newest_present('hashtags') }} as hashtags,
        {{ newest_present('mentions') }} as mentions,
        {{ newest_present('urls') }} as urls,
        {{ newest_present('is_paid_label') }} as is_paid_label,
        {{ newest_present('is_repost') }} as is_repost,
        {{ newest_present('deleted_on') }} as deleted_on,
        {{ newest_present('authors') }} as authors,
        {{ newest_present('found_by') }} as found_by,
        {{ newest_present('media_url') }} as media_url
    from live_versions
    group by post_id, platform, native_post_id, source
),

folded as (
    select
        post_id,
        platform,
        native_post_id,
        min(first_observed_at) as first_observed_at,
        max(last_observed_at) as last_observed_at,
        {{ value_at_greatest('batch_id', 'last_version_number') }} as batch_id,
        {{ newest_known('link') }} as link,
        {{ newest_known('published_at') }} as published_at,
        {{ newest_known('native_account_id') }} as native_account_id,
        {{ newest_known('handle') }} as handle,
        {{ newest_known('content_type') }} as content_type,
        {{ newest_known('text') }} as text,
        {{ newest_known('permalink') }} as permalink,
        {{ newest_known('language') }} as language,
        {{ newest_known('hashtags') }} as hashtags,
        {{ newest_known('mentions') }} as mentions,
        {{ newest_known('urls') }} as urls,
        {{ newest_known('is_paid_label') }} as is_paid_label,
        {{ newest_known('is_repost') }} as is_repost,
        {{ newest_known('deleted_on') }} as deleted_on,
        {{ newest_known('authors') }} as authors,
        {{ newest_known('found_by') }} as found_by,
        {{ newest_known('media_url') }} as media_url
    from folded_by_source
    group by post_id, platform, native_post_id
),

read_texts as {{ computed_once() }} (
    select
        *,
        {{ reporting_day('published_at') }} as published_on,
        {{ extract_hashtags('text', 'hashtags') }} as text_hashtags,
        {{ extract_mentions('text', 'platform') }} as text_mentions,
        {{ extract_urls('text') }} as text_urls
    from folded
    where published_at < {{ as_of_end() }}
),

marked as (
    select
        post_id,
        platform,
        {{ exploded('mentions') }} as mention
    from read_texts
),

-- a mention that is marked with an account's id names the brand whose account it is
named as (
    select
        marked.post_id,
        {{ sorted_set('brand_handles.handle') }} as mentions
    from marked
    inner join int_brands__own_accounts as accounts
        on
            {{ account_id('marked.platform', 'marked.mention') }}
            = {{ lowered('accounts.account_id') }}
    inner join brand_handles
        on accounts.brand_id = brand_handles.brand_id and marked.platform = brand_handles.platform
    group by marked.post_id
)

select
    posts.post_id,
    posts.platform,
    posts.native_post_id,
    posts.native_account_id,
    posts.handle,
    posts.published_at,
    posts.published_on,
    posts.content_type,
    posts.text,
    posts.permalink,
    posts.link,
    posts.language,
    {{ sorted_union('posts.hashtags', 'posts.text_hashtags') }} as hashtags,
    {{ sorted_union(
        sorted_union('posts.mentions', 'posts.text_mentions'), 'named.mentions'
    ) }} as mentions,
    {{ sorted_union('posts.urls', 'posts.text_urls') }} as urls,
    posts.is_paid_label,
    posts.authors,
    -- a retweet of the old kind is written like this
    coalesce(posts.is_repost, false)
    or coalesce(posts.platform = 'x' and posts.text like 'RT @%', false) as is_repost,
    coalesce(
        gone.gone_on, case when posts.deleted_on <= {{ as_of_date() }} then posts.deleted_on end
    ) as deleted_on,
    posts.found_by,
    posts.media_url,
    posts.first_observed_at,
    posts.last_observed_at,
    posts.batch_id,
    -- the run that made the post known, or moved its publication
    {% if is_incremental() %}
        case
            when built.published_at = posts.published_at then built.published_seq
            else {{ run_state().run_seq }}
        end
    {% else %}
        {{ run_state().run_seq }}
    {% endif %} as published_seq
from read_texts as posts
left join named on posts.post_id = named.post_id
left join gone on posts.post_id = gone.post_id
{% if is_incremental() %}
    left join built on posts.post_id = built.post_id
{% endif %}
