{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__paid_posts', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_posts') }}
),

int_posts__match_brands as (
    select * from {{ ref('int_posts__match_brands') }}
),

brand_competitors as (
    select * from {{ source('config', 'brand_competitors') }}
),

brands as (
    select * from {{ source('config', 'brands') }}
),

dim_post as (
    select * from {{ ref('dim_post') }}
),

disclosure as (
    select * from {{ source('config', 'disclosure') }}
),

-- who mentions a competitor of ours may work for it
rival_posts as (
    select mentions.post_id
    from int_posts__match_brands as mentions
    inner join brand_competitors as competitors
        on mentions.brand_id = competitors.competitor_brand_id
    inner join brands on competitors.brand_id = brands.brand_id and brands.role = 'own'
    {% if is_incremental() %}
        where mentions.post_id in (select touched.post_id from touched)
    {% endif %}
),

graded_posts as (
    select
        post_id,
        platform,
        is_paid_label,
        -- an estimate of the language grades nobody
        case
            when not coalesce(is_language_detected, false)
                then lower(nullif(regexp_extract(language, '^[A-Za-z]+'), ''))
        end as language,
        {{ blanked_links('text') }} as shown_text
    from dim_post
    where
        (
            collaboration_id is not null
            or post_id in (select rival_posts.post_id from rival_posts)
        )
    {% if is_incremental() %}
            and post_id in (select touched.post_id from touched)
        {% endif %}
),

-- und, mul and zxx say that nobody knows one language
spoken as (
    select
        post_id,
        platform,
        is_paid_label,
        shown_text,
        case when language not in ('und', 'mul', 'zxx') then language end as language,
        lower(nfc_normalize(shown_text)) as folded_text
    from graded_posts
),

cut_texts as (
    select
        post_id,
        {{ cut_at_hashtags('shown_text') }} as parts
    from spoken
    where contains(shown_text, '#')
),

parts as (
    select
        post_id,
        {{ exploded('parts') }} as part,
        {{ exploded(places_of('parts')) }} as part_number
    from cut_texts
),

placed_parts as (
    select
        post_id,
        part,
        1 + coalesce(
            sum(length(part)) over (
                partition by post_id order by part_number
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as place
    from parts
),

marked_texts as (
    select
        post_id,
        shown_text,
        {{ mark_words('folded_text') }} as marked_text
    from spoken
    where shown_text is not null
),

-- hashtags are found above
marked_words as (
    select distinct
        token,
        {{ marked_term('token') }} as marked_token
    from disclosure
    where not is_hashtag
),

located_words as (
    select
        texts.post_id,
        texts.shown_text,
        words.token,
        {{ place_of_marked('texts.marked_text', 'words.marked_token') }} as place
    from marked_texts as texts
    inner join marked_words as words on contains(texts.marked_text, words.marked_token)
),

found_tokens as (
    select
        post_id,
        '#' || {{ normalize_hashtag('part') }} as token,
        place
    from placed_parts
    where length(part) > 1 and left(part, 1) = '#'
    union all
    select
        post_id,
        token,
        {{ position_as_given('shown_text', 'place') }} as place
    from located_words
),

-- tokens of the post's language and of all; of every language where its own is not known
graded_tokens as (
    select
        found_tokens.post_id,
        found_tokens.token,
        found_tokens.place,
        tokens.strength = 'clear' as is_clear
    from found_tokens
    inner join spoken on found_tokens.post_id = spoken.post_id
    inner join disclosure as tokens
        on
            found_tokens.token = tokens.token
            and (tokens.language in ('*', spoken.language) or spoken.language is null)
),

-- a clear token tells more than an unclear one before it
best_tokens as (
    select
        post_id,
        token,
        place,
        is_clear,
        row_number() over (
            partition by post_id order by is_clear desc, place asc, token asc
        ) as choice
    from graded_tokens
)

select
    spoken.post_id,
    case
        when spoken.is_paid_label then 'pass'
        -- what stands below the fold is read by who opens the post
        when
            best_tokens.is_clear
            and best_tokens.place <= {{ platform_fact('fold', 'spoken.platform') }}
            then 'pass'
        when best_tokens.token is not null then 'weak'
        else 'missing'
    end as disclosure,
    best_tokens.token as disclosure_token,
    cast(best_tokens.place as integer) as disclosure_position
from spoken
left join best_tokens on spoken.post_id = best_tokens.post_id and best_tokens.choice = 1
