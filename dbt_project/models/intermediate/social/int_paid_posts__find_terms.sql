{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'kind', 'term'],
    meta={'touched': 'int_touched__compliance', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__compliance') }}
),

int_posts__find_collaborations as (
    select * from {{ ref('int_posts__find_collaborations') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

int_collaborations__list_briefs as (
    select * from {{ ref('int_collaborations__list_briefs') }}
),

posts as (
    select
        posts.post_id,
        posts.text,
        posts.urls,
        paid.collaboration_id
    from int_posts__find_collaborations as paid
    inner join int_posts__fold_versions as posts on paid.post_id = posts.post_id
    {% if is_incremental() %}
        where paid.post_id in (select touched.post_id from touched)
    {% endif %}
),

urls as (
    select
        post_id,
        collaboration_id,
        {{ exploded('urls') }} as url
    from posts
),

searched as (
    select
        post_id,
        collaboration_id,
        text as searched_text,
        {{ mark_words(fold_text('text')) }} as marked_text,
        true as is_text
    from posts
    where text is not null
    union all
    select
        post_id,
        collaboration_id,
        url as searched_text,
        {{ mark_words(fold_text('url')) }} as marked_text,
        false as is_text
    from urls
),

given_terms as (
    select
        collaboration_id,
        'forbidden' as kind,
        {{ exploded('forbidden_terms') }} as given_term
    from int_collaborations__list_briefs
    union all
    select
        collaboration_id,
        'code' as kind,
        {{ exploded('codes') }} as given_term
    from int_collaborations__list_briefs
),

folded_terms as (
    select distinct
        collaboration_id,
        kind,
        {{ fold_text('given_term') }} as term
    from given_terms
),

terms as (
    select
        collaboration_id,
        kind,
        term,
        {{ marked_term('term') }} as marked
    from folded_terms
    where term <> ''
),

-- a code may stand in a link as well
found as (
    select
        searched.post_id,
        terms.kind,
        terms.term,
        searched.is_text,
        searched.searched_text,
        {{ place_of_marked('searched.marked_text', 'terms.marked') }} as place
    from searched
    inner join terms
        on
            searched.collaboration_id = terms.collaboration_id
            and (searched.is_text or terms.kind = 'code')
            and contains(searched.marked_text, terms.marked)
),

-- once a term: where it stands in the text, else in a link
numbered as (
    select
        post_id,
        kind,
        term,
        is_text,
        searched_text,
        place,
        row_number() over (
            partition by post_id, kind, term order by is_text desc, searched_text asc nulls last
        ) as choice
    from found
)

select
    post_id,
    kind,
    term,
    case when is_text then cast(place as integer) end as place,
    -- a link may hold what nobody masked
    case when is_text then {{ quoted_around('searched_text', 'place') }} end as quotation
from numbered
where choice = 1
