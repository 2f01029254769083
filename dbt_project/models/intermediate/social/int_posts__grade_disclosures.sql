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
    select *
    from {{ ref('int_posts__match_brands') }}
    {% if is_incremental() %}
        where post_id in (select touched.post_id from touched)
    {% endif %}
),

brand_competitors as (
    select * from {{ source('config', 'brand_competitors') }}
),

brands as (
    select * from {{ source('config', 'brands') }}
),

brand_hashtags as (
    select * from {{ source('config', 'brand_hashtags') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_posts__detect_languages as (
    select * from {{ ref('int_posts__detect_languages') }}
),

dim_post as (
    select * from {{ ref('dim_post') }}
),

disclosure as (
    select * from {{ source('config', 'disclosure') }}
),

platform_folds as (
    select * from {{ source('config', 'platform_folds') }}
),

-- who mentions a competitor of ours may work for it
rival_posts as (
    select mentions.post_id
    from int_posts__match_brands as mentions
    inner join brand_competitors as competitors
        on mentions.brand_id = competitors.competitor_brand_id
    inner join brands on competitors.brand_id = brands.brand_id and brands.role = 'own'
),

graded_posts as (
    select
        post_id,
        platform,
        is_paid_label,
        collaboration_id,
        case
            when not coalesce(is_language_detected, false)
                then {{ base_language('language') }}
        end as stated_language,
        -- some keyboards write the full-width sign, and platforms take it for the other
        replace({{ blanked_links('text') }}, '＃', '#') as shown_text
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

spoken as (
    select
        posts.post_id,
        posts.platform,
        posts.is_paid_label,
        posts.shown_text,
        coalesce(posts.stated_language, {{ base_language('detected.language') }}) as language
    from graded_posts as posts
    left join int_posts__detect_languages as detected on posts.post_id = detected.post_id
),

cut_texts as (
    select
        post_id,
        {{ cut_at_hashtags('shown_text') }} as parts
    from spoken
    where contains(shown_text, '#')
),

numbered_parts as (
    select
        post_id,
        parts,
        {{ exploded(places_of('parts')) }} as part_number
    from cut_texts
),

parts as (
    select
        post_id,
        {{ element_of('parts', 'part_number') }} as part,
        part_number
    from numbered_parts
),

placed_parts as (
    select
        post_id,
        part,
        cast(
            1 + coalesce(
                sum(length(part)) over (
                    partition by post_id order by part_number nulls last
                    rows between unbounded preceding and 1 preceding
                ),
                0
            )
            as bigint
        ) as place
    from parts
),

hashtags as (
    select
        post_id,
        '#' || {{ comparable_name('part') }} as token,
        place
    from placed_parts
    where length(part) > 1 and left(part, 1) = '#'
),

marked_texts as (
    select
        post_id,
        shown_text,
        {{ mark_words(folded_words('shown_text')) }} as marked_text
    from spoken
    where shown_text is not null
),

-- hashtags are found above
marked_words as (
    select distinct
        token,
        {{ marked_term(folded_words('token')) }} as marked_token
    from disclosure
    where not is_hashtag and strength <> 'denial'
),

located_words as (
    select
        texts.post_id,
        texts.shown_text,
        words.token,
        {{ exploded(
            places_of_marked('texts.marked_text', 'words.marked_token', 'words.token')
        ) }} as place
    from marked_texts as texts
    inner join marked_words as words on contains(texts.marked_text, words.marked_token)
),

found_tokens as (
    select
        post_id,
        token,
        place
    from hashtags
    union all
    select
        post_id,
        token,
        {{ position_as_given('shown_text', 'place') }} as place
    from located_words
),

-- those of the post's language and of all; where nobody knows its language, those that are no
-- ordinary word of another
counted_tokens as (
    select
        spoken.post_id,
        tokens.language,
        tokens.token,
        tokens.strength,
        tokens.place as must_stand
    from spoken
    inner join disclosure as tokens
        on
            tokens.language in ('*', spoken.language)
            or (spoken.language is null and cardinality(tokens.ordinary_in) = 0)
),

brand_words as (
    select
        brand_id,
        brand_id as brand_word
    from brands
    union distinct
    select
        brand_id,
        brand_name as brand_word
    from brands
    union distinct
    select
        brand_id,
        hashtag as brand_word
    from brand_hashtags
),

endings as (
    select
        {{ exploded(list_literal([
            'partner', '_partner', 'ambassador', '_ambassador', 'ad', '_ad',
            'sponsored', '_sponsored'
        ])) }} as ending
),

-- who names the brand beside the word says whose partner they are: #acmepartner
brand_tokens as (
    select distinct
        brand_words.brand_id,
        '#' || {{ hashtag_of('brand_words.brand_word') }} || endings.ending as token
    from brand_words
    cross join endings
    where {{ hashtag_of('brand_words.brand_word') }} <> ''
),

post_brands as (
    select
        post_id,
        brand_id
    from int_posts__match_brands
    union distinct
    select
        posts.post_id,
        collaborations.brand_id
    from graded_posts as posts
    inner join int_collaborations__live as collaborations
        on posts.collaboration_id = collaborations.collaboration_id
),

told_tokens as (
    select
        found_tokens.post_id,
        found_tokens.token,
        found_tokens.place,
        counted_tokens.language,
        counted_tokens.strength = 'clear' as is_clear,
        counted_tokens.must_stand
    from found_tokens
    inner join counted_tokens
        on
            found_tokens.post_id = counted_tokens.post_id
            and found_tokens.token = counted_tokens.token
            and counted_tokens.strength <> 'denial'
    union all
    select
        hashtags.post_id,
        hashtags.token,
        hashtags.place,
        '*' as language,
        true as is_clear,
        'anywhere' as must_stand
    from hashtags
    inner join post_brands on hashtags.post_id = post_brands.post_id
    inner join brand_tokens
        on post_brands.brand_id = brand_tokens.brand_id and hashtags.token = brand_tokens.token
),

ranked_tokens as (
    select
        told_tokens.post_id,
        told_tokens.token,
        told_tokens.place,
        told_tokens.language,
        told_tokens.is_clear,
        told_tokens.must_stand,
        1 + count(hashtags.place) as hashtag_rank
    from told_tokens
    left join hashtags
        on told_tokens.post_id = hashtags.post_id and told_tokens.place > hashtags.place
    group by
        told_tokens.post_id,
        told_tokens.token,
        told_tokens.place,
        told_tokens.language,
        told_tokens.is_clear,
        told_tokens.must_stand
),

placed_tokens as (
    select
        ranked_tokens.post_id,
        ranked_tokens.token,
        ranked_tokens.place,
        ranked_tokens.language,
        ranked_tokens.is_clear,
        ranked_tokens.hashtag_rank,
        {{ line_of('spoken.shown_text', 'ranked_tokens.place') }} as line_number,
        {{ mark_words(words_before('spoken.shown_text', 'ranked_tokens.place')) }} as marked_before
    from ranked_tokens
    inner join spoken on ranked_tokens.post_id = spoken.post_id
    where
        ranked_tokens.must_stand = 'anywhere'
        or not {{ regex_found(
            'left(spoken.shown_text, cast(ranked_tokens.place - 1 as integer))', "'[\\p{L}\\p{Nd}]'"
        ) }}
),

denied_tokens as (
    select distinct
        placed_tokens.post_id,
        placed_tokens.token,
        placed_tokens.place,
        placed_tokens.language
    from placed_tokens
    inner join counted_tokens as denials
        on
            placed_tokens.post_id = denials.post_id
            and denials.strength = 'denial'
            and (
                denials.language in ('*', placed_tokens.language)
                or placed_tokens.language = '*'
            )
    where contains(placed_tokens.marked_before, {{ marked_term(folded_words('denials.token')) }})
),

-- a clear token tells more than an unclear one before it
best_tokens as (
    select
        placed_tokens.post_id,
        placed_tokens.token,
        placed_tokens.place,
        placed_tokens.line_number,
        placed_tokens.hashtag_rank,
        placed_tokens.is_clear,
        row_number() over (
            partition by placed_tokens.post_id
            order by
                placed_tokens.is_clear desc,
                placed_tokens.place asc nulls last,
                placed_tokens.token asc nulls last
        ) as choice
    from placed_tokens
    left join denied_tokens
        on
            placed_tokens.post_id = denied_tokens.post_id
            and placed_tokens.token = denied_tokens.token
            and placed_tokens.place = denied_tokens.place
            and placed_tokens.language = denied_tokens.language
    where denied_tokens.post_id is null
),

folds as (
    select
        spoken.post_id,
        case
            when own_fold.platform is null then other_folds.seen_characters
            else own_fold.seen_characters
        end as seen_characters,
        case
            when own_fold.platform is null then other_folds.seen_lines
            else own_fold.seen_lines
        end as seen_lines
    from spoken
    left join platform_folds as own_fold on spoken.platform = own_fold.platform
    left join platform_folds as other_folds on other_folds.platform = '*'
)

select
    spoken.post_id,
    case
        when spoken.is_paid_label then 'pass'
        -- what stands below the fold, or in a string of hashtags, is read by few
        when
            best_tokens.is_clear
            and best_tokens.place <= coalesce(folds.seen_characters, best_tokens.place)
            and best_tokens.line_number <= coalesce(folds.seen_lines, best_tokens.line_number)
            and best_tokens.hashtag_rank <= 4
            then 'pass'
        when best_tokens.token is not null then 'weak'
        else 'missing'
    end as disclosure,
    best_tokens.token as disclosure_token,
    cast(best_tokens.place as integer) as disclosure_position,
    cast(best_tokens.hashtag_rank as integer) as disclosure_rank
from spoken
inner join folds on spoken.post_id = folds.post_id
left join best_tokens on spoken.post_id = best_tokens.post_id and best_tokens.choice = 1
