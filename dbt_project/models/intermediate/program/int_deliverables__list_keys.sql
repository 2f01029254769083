-- Of live collaborations: what the post that a deliverable's link means is known by. Where the link
-- names the author, by each name that the account is known to have had as well.
with all_deliverables as (
    select * from {{ merged('deliverables') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

named_accounts as (
    select * from {{ ref('int_handles__date_accounts') }}
),

handles as (
    select * from {{ ref('int_handles__date_accounts') }}
),

deliverables as (
    select
        deliverables.deliverable_id,
        deliverables.collaboration_id,
        live.brand_id,
        deliverables.due_on,
        {{ url_key('deliverables.post_url') }} as post_key
    from all_deliverables as deliverables
    inner join int_collaborations__live as live
        on deliverables.collaboration_id = live.collaboration_id
),

authors as (
    select distinct
        post_key,
        {{ author_of_key('post_key') }} as author
    from deliverables
    where {{ author_of_key('post_key') }} is not null
),

accounts as (
    select distinct
        authors.post_key,
        named.account_id
    from authors
    inner join named_accounts as named
        on
            named.platform = 'bluesky'
            and authors.author in (named.handle, {{ lowered('substr(named.account_id, 9)') }})
),

known_keys as (
    select
        post_key,
        post_key as known_key
    from deliverables
    where post_key is not null
    union
    select
        post_key,
        {{ key_with_author('post_key', 'substr(account_id, 9)') }} as known_key
    from accounts
    union
    select
        accounts.post_key,
        {{ key_with_author('accounts.post_key', 'handles.handle') }} as known_key
    from accounts
    inner join handles on accounts.account_id = handles.account_id
)

select
    deliverables.deliverable_id,
    known_keys.known_key as post_key,
    deliverables.collaboration_id,
    deliverables.brand_id,
    deliverables.due_on
from deliverables
inner join known_keys on deliverables.post_key = known_keys.post_key
