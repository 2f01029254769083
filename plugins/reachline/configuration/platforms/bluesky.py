"""Bluesky, the AT Protocol's app.bsky: https://docs.bsky.app/docs/api/."""

from __future__ import annotations

from reachline.configuration.platforms.base import (
    WEB,
    ConnectorOptions,
    HandleForm,
    Platform,
    PostLink,
    Source,
)


class Options(ConnectorOptions):
    """Bluesky; the account that asks stands in the connection."""


PLATFORM = Platform(
    public_counts=("likes", "comments", "shares"),
    never_reports=("views", "reach", "impressions"),
    # a handle may stand in the DID's place
    post_links=(
        PostLink(
            WEB + r"(?i:(?:[a-z]+\.)?bsky\.app)/profile/@?([^/?#\s]+)/post/([^/?#\s]+)",
            r"at://\1/app.bsky.feed.post/\2",
        ),
        PostLink(
            r"(?i:at)://([^/?#\s]+)/app\.bsky\.feed\.post/([^/?#\s]+)",
            r"at://\1/app.bsky.feed.post/\2",
        ),
    ),
    post_ids_have_case=False,
    aggregates_may_stay=True,
    account_ids=r"did:[a-z]+:[A-Za-z0-9._:%-]+",
    handle=HandleForm(
        r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "a domain name such as anna.bsky.social",
        "<https://atproto.com/specs/handle>",
    ),
)
SOURCE = Source(
    Options,
    asks="searches by hashtag, mention and keyword; posts and profiles of roster and "
    "brands; profiles of who was found",
    connection="a handle as the login, an app password as the password",
    limits="3,000 requests in 5 minutes, by its headers; one session a run",
)
