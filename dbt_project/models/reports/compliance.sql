{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'rule'],
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

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_collaborations__list_briefs as (
    select * from {{ ref('int_collaborations__list_briefs') }}
),

int_posts__grade_disclosures as (
    select * from {{ ref('int_posts__grade_disclosures') }}
),

int_paid_posts__find_terms as (
    select * from {{ ref('int_paid_posts__find_terms') }}
),

int_posts__match_deliverables as (
    select * from {{ ref('int_posts__match_deliverables') }}
),

brand_domains as (
    select * from {{ source('config', 'brand_domains') }}
),

all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

posts as (
    select
        posts.post_id,
        posts.platform,
        posts.published_on,
        posts.deleted_on,
        posts.is_paid_label,
        posts.hashtags,
        posts.mentions,
        posts.urls,
        paid.collaboration_id,
        -- where handles name their server: the one that a bare user of the post is on
        coalesce(
            {{ url_host('substr(accounts.account_id, length(posts.platform) + 2)') }},
            {{ url_host('posts.native_post_id') }}
        ) as home_server
    from int_posts__find_collaborations as paid
    inner join int_posts__fold_versions as posts on paid.post_id = posts.post_id
    inner join int_posts__find_accounts as accounts on paid.post_id = accounts.post_id
    {% if is_incremental() %}
        where paid.post_id in (select touched.post_id from touched)
    {% endif %}
),

briefed_posts as (
    select
        posts.*,
        briefs.campaign_id,
        briefs.brand_id,
        briefs.creator_id,
        briefs.required_hashtags,
        briefs.required_mentions,
        briefs.forbidden_terms,
        briefs.codes,
        briefs.links,
        briefs.link_keys,
        briefs.link_parameters
    from posts
    inner join int_collaborations__list_briefs as briefs
        on posts.collaboration_id = briefs.collaboration_id
),

disclosures as (
    select
        posts.post_id,
        'disclosure' as rule,
        case when grades.disclosure = 'missing' then 'fail' else grades.disclosure end as result,
        case
            when posts.is_paid_label then 'paid label of the platform'
            when grades.disclosure_token is null then 'neither a paid label nor a known token'
            else
                '"' || grades.disclosure_token || '" at character ' || grades.disclosure_position
                || case grades.disclosure_rank
                    when 1 then ''
                    when 2 then ', behind 1 hashtag'
                    else ', behind ' || (grades.disclosure_rank - 1) || ' hashtags'
                end
        end as evidence
    from posts
    inner join int_posts__grade_disclosures as grades on posts.post_id = grades.post_id
),

required_lists as (
    select
        post_id,
        'required_hashtags' as rule,
        '#' as sign,
        required_hashtags as required,
        hashtags as present
    from briefed_posts
    union all
    select
        post_id,
        'required_mentions' as rule,
        {{ platform_fact('mention_sign', 'platform') }} as sign,
        required_mentions as required,
        case
            when {{ platform_fact('names_servers', 'platform') }}
                then {{ names_with_server('mentions', 'home_server') }}
            else mentions
        end as present
    from briefed_posts
),

compared_lists as (
    select
        post_id,
        rule,
        sign,
        cardinality(required) as asked_for,
        {{ elements_found('required', 'present') }} as found,
        {{ elements_missing('required', 'present') }} as missing
    from required_lists
),

required as (
    select
        post_id,
        rule,
        case
            when asked_for > 0 and cardinality(missing) = 0 then 'pass'
            when asked_for > 0 then 'fail'
        end as result,
        case
            when asked_for = 0 then 'the brief asks for none'
            else concat_ws(
                '; ',
                'missing: ' || {{ elements_listed('missing', 'sign') }},
                'found: ' || {{ elements_listed('found', 'sign') }}
            )
        end as evidence
    from compared_lists
),

found_terms as (
    select
        post_id,
        kind,
        {{ joined_texts(
            "'\"' || term || '\" in ' || coalesce('\"' || quotation || '\"', 'a link')",
            '; ',
            'place nulls last, term'
        ) }} as evidence
    from int_paid_posts__find_terms
    where post_id in (select posts.post_id from posts)
    group by post_id, kind
),

forbidden as (
    select
        posts.post_id,
        'forbidden_terms' as rule,
        case
            when found_terms.post_id is not null then 'fail'
            when cardinality(posts.forbidden_terms) > 0 then 'pass'
        end as result,
        case
            when found_terms.post_id is not null then found_terms.evidence
            when cardinality(posts.forbidden_terms) > 0
                then 'none of: ' || {{ elements_listed('posts.forbidden_terms') }}
            else 'the brief forbids none'
        end as evidence
    from briefed_posts as posts
    left join found_terms on posts.post_id = found_terms.post_id and found_terms.kind = 'forbidden'
),

-- a collaboration that promised one post twice: the smallest deliverable_id says when it was due
due_days as (
    select
        post_id,
        collaboration_id,
        {{ value_at_least('due_on', 'deliverable_id') }} as due_on
    from int_posts__match_deliverables
    where post_id in (select posts.post_id from posts)
    group by post_id, collaboration_id
),

timely as (
    select
        posts.post_id,
        'on_time' as rule,
        case
            when posts.published_on <= due_days.due_on then 'pass'
            when due_days.due_on is not null then 'fail'
        end as result,
        case
            when due_days.due_on is null then 'no deliverable names this post'
            else 'due ' || due_days.due_on || ', published ' || posts.published_on
        end as evidence
    from posts
    left join due_days
        on
            posts.post_id = due_days.post_id
            and posts.collaboration_id = due_days.collaboration_id
),

thresholds as (
    select max(value) as kept_up_days
    from all_thresholds
    where name = 'kept_up_days'
),

kept_up as (
    select
        posts.post_id,
        'kept_up' as rule,
        case
            when
                {{ days_apart('posts.published_on', 'posts.deleted_on') }} < thresholds.kept_up_days
                then 'fail'
            else 'pass'
        end as result,
        case
            when posts.deleted_on is null
                then 'published ' || posts.published_on || ', not known to be gone'
            else
                'published ' || posts.published_on || ', gone ' || posts.deleted_on || ', after '
                || {{ days_apart('posts.published_on', 'posts.deleted_on') }} || ' days'
        end as evidence
    from posts
    cross join thresholds
),

urls as (
    select
        post_id,
        brand_id,
        link_keys,
        link_parameters,
        {{ exploded('urls') }} as url
    from briefed_posts
    where cardinality(codes) > 0 or links > 0
),

parsed_urls as (
    select
        post_id,
        brand_id,
        link_keys,
        link_parameters as parameters_of_links,
        {{ url_key('url') }} as link_key,
        {{ url_host('url') }} as link_host,
        {{ link_parameters('url') }} as parameters_of_url
    from urls
),

-- where a link leads is told without its query, which may hold what nobody masked
links as (
    select
        urls.post_id,
        min(coalesce(urls.link_key, urls.link_host)) filter (
            where
            coalesce(array_contains(urls.link_keys, urls.link_key), false)
            or coalesce(array_contains(urls.parameters_of_links, urls.parameters_of_url), false)
        ) as tracked_link,
        min(coalesce(urls.link_key, urls.link_host)) filter (
            where brand_domains.brand_id is not null
        ) as link_to_brand
    from parsed_urls as urls
    left join brand_domains
        on
            urls.brand_id = brand_domains.brand_id
            and (
                urls.link_host = brand_domains.domain
                or right(urls.link_host, length(brand_domains.domain) + 1)
                = '.' || brand_domains.domain
            )
    group by urls.post_id
),

tracking as (
    select
        posts.post_id,
        'tracking' as rule,
        case
            when cardinality(posts.codes) = 0 and posts.links = 0 then null
            when found_terms.post_id is not null or links.tracked_link is not null then 'pass'
            when links.link_to_brand is not null then 'weak'
            else 'fail'
        end as result,
        case
            when cardinality(posts.codes) = 0 and posts.links = 0
                then 'neither a code nor a link was given'
            when found_terms.post_id is not null then 'code ' || found_terms.evidence
            when links.tracked_link is not null then 'its link to ' || links.tracked_link
            when links.link_to_brand is not null
                then 'only an untracked link to ' || links.link_to_brand
            else concat_ws(
                '; ',
                'no code of: ' || {{ elements_listed('posts.codes') }},
                case when posts.links > 0 then 'no tracking link' end
            )
        end as evidence
    from briefed_posts as posts
    left join found_terms on posts.post_id = found_terms.post_id and found_terms.kind = 'code'
    left join links on posts.post_id = links.post_id
),

rules as (
    select * from disclosures
    union all
    select * from required
    union all
    select * from forbidden
    union all
    select * from timely
    union all
    select * from kept_up
    union all
    select * from tracking
)

select
    rules.post_id,
    rules.rule,
    posts.collaboration_id,
    posts.campaign_id,
    posts.creator_id,
    rules.result,
    {{ masked('rules.evidence') }} as evidence
from rules
inner join briefed_posts as posts on rules.post_id = posts.post_id
