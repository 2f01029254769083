select strftime(published_on, '%Y-%m-%d') as published_on, brand_name, campaign_name,
    creator_name, platform, content_type, disclosure,
    case when regexp_matches(permalink, '^https?://') then permalink end as permalink
from views.posts
where collaboration_id is not null
