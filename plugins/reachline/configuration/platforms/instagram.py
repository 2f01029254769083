"""Instagram's Graph API: https://developers.facebook.com/docs/instagram-platform."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt

from reachline.configuration.fields import Text
from reachline.configuration.platforms.base import (
    WEB,
    ConnectorOptions,
    HandleForm,
    Platform,
    PostLink,
    Source,
)
from reachline.configuration.problems import mistake


def _graph_version(text: str) -> str:
    if re.fullmatch(r"v[0-9]+\.[0-9]+", text) is None:
        raise mistake("is no version of the Graph API", 'write one such as "v23.0"')
    return text


class Options(ConnectorOptions):
    """Instagram's Graph API."""

    hashtags_a_week: Annotated[
        StrictInt, Field(ge=1, le=30, description="different hashtags in seven days, at most 30")
    ] = 30
    api_version: Annotated[
        Text, AfterValidator(_graph_version), Field(description="of the Graph API")
    ] = "v23.0"


PLATFORM = Platform(
    public_counts=("likes", "comments"),
    who_likes_has_viewed=True,
    # the short code, which is not the id of the API
    post_links=(
        PostLink(
            WEB + r"(?i:instagram\.com|instagr\.am)/(?:[^/?#\s]+/)?(?:p|reels?|tv)/([A-Za-z0-9_-]+)"
        ),
    ),
    short_links=(WEB + r"(?i:instagram\.com)/share/\S",),
    aggregates_may_stay=True,
    handle=HandleForm(
        r"[a-z0-9_.]{1,30}",
        "1 to 30 of the letters a to z, digits, . and _",
        "what its apps take as a username",
    ),
)
SOURCE = Source(
    Options,
    asks="hashtags (top, and the last 24 hours); roster and brands with their media by "
    "business discovery; what your accounts are tagged in; their stories; insights of their media",
    connection='a token as the password; in the extra `accounts`: `{"<handle>": "<user id>"}`, of '
    "which the first asks for hashtags",
    limits="30 different hashtags in 7 days; the others wait, longest first",
)
