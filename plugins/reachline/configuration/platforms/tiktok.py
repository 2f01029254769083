"""TikTok: https://developers.tiktok.com/doc/tiktok-api-v2-video-list, and research."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from reachline.configuration.platforms.base import (
    WEB,
    ConnectorOptions,
    HandleForm,
    Platform,
    PostLink,
    Source,
)


class Options(ConnectorOptions):
    """Creators who gave a token, and research where a licence allows it."""

    research: Annotated[
        StrictBool,
        Field(description="you have a licence for the Research API; the password is its token"),
    ] = False
    research_requests_a_day: Annotated[
        StrictInt, Field(ge=1, description="what the licence allows")
    ] = 1000


PLATFORM = Platform(
    public_counts=("likes", "comments", "shares"),
    who_likes_has_viewed=True,
    post_links=(
        PostLink(
            WEB + r"(?i:tiktok\.com)/(?:@[^/?#\s]*/(?:video|photo)|v|embed(?:/v\d)?|player/v\d|"
            r"share/video)/(\d+)"
        ),
    ),
    short_links=(r"(?i:https?://)?(?i:v[mt]\.tiktok\.com)/\S", WEB + r"(?i:tiktok\.com)/t/\S"),
    handle=HandleForm(
        r"[a-z0-9_.]{1,23}[a-z0-9_]",
        "2 to 24 of the letters a to z, digits, _ and, inside, .",
        "<https://support.tiktok.com/en/getting-started/setting-up-your-profile/"
        "changing-your-username>; the lengths are what its apps take",
    ),
)
SOURCE = Source(
    Options,
    asks="videos and profile of each creator who gave a token; with `research: true` "
    "hashtags, keywords, mentions and the other accounts",
    connection='in the extra `tokens`: `{"<handle>": "<access token>"}`; for research its token as '
    "the password. TikTok's tokens live a day, those for research two hours: renew them in the "
    "connection",
    limits="600 requests a minute; 1,000 research requests a day",
)
