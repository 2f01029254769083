"""Threads: https://developers.facebook.com/docs/threads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from reachline.configuration.fields import Reread
from reachline.configuration.platforms.base import WEB, ConnectorOptions, Platform, PostLink, Source


class Options(ConnectorOptions):
    """Its quotas, unless Meta has granted others."""

    searches_a_day: Annotated[
        StrictInt, Field(ge=1, description="in any 24 hours; one that finds nothing is free")
    ] = 2200
    lookups_a_day: Annotated[
        StrictInt, Field(ge=1, description="of other accounts and their posts, in any 24 hours")
    ] = 1000
    reread: Annotated[
        Reread,
        Field(description="counts of the posts of who gave a token; of others what was deleted"),
    ] = ((7, 1), (30, 7))


PLATFORM = Platform(
    # people see these on every post; the API tells them to its author alone
    public_counts=("likes", "comments", "shares"),
    never_reports=("saves", "reach", "impressions"),
    who_likes_has_viewed=True,
    aggregates_may_stay=True,
    # the short code, which is not the id of the API
    post_links=(
        PostLink(WEB + r"(?i:threads\.(?:com|net))/(?:@[^/?#\s]+/post|t)/([A-Za-z0-9_-]+)"),
    ),
)
SOURCE = Source(
    Options,
    asks="searches by topic tag and keyword, with the profiles of who is found; posts, insights, "
    "mentions and profile of each account that gave a token; posts and profiles of the other "
    "accounts of roster and brands",
    connection='in the extra `tokens`: `{"<handle>": "<access token>"}`, of which the first '
    "searches and looks others up. A token lives 60 days: renew it in the connection",
    limits="2,200 searches and 1,000 look-ups in 24 hours; an account is looked up from 100 "
    "followers on",
)
