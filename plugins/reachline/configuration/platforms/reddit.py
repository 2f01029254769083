"""Reddit's Data API: https://support.reddithelp.com/hc/articles/16160319875092."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt

from reachline.configuration.fields import Reread, Text, distinct
from reachline.configuration.platforms.base import WEB, ConnectorOptions, Platform, PostLink, Source
from reachline.configuration.problems import mistake


def _username(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-]{3,20}", text) is None:
        remedy = "write the name alone, without u/: letters, digits, _ and -, 3 to 20 of them"
        raise mistake("is no username of Reddit", remedy)
    return text


def _subreddit(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_]{2,21}", text) is None:
        remedy = "write the name alone, without r/: letters, digits and _, 2 to 21 of them"
        raise mistake("is no subreddit", remedy)
    return text.lower()


class Options(ConnectorOptions):
    """Who answers for the app, and the subreddits to read."""

    username: Annotated[
        Text,
        AfterValidator(_username),
        Field(description="the Reddit account that answers for the app: Reddit wants its name"),
    ]
    subreddits: Annotated[
        tuple[Annotated[Text, AfterValidator(_subreddit)], ...],
        distinct,
        Field(description="all new posts of these are read, such as `coffee`"),
    ] = ()
    max_wait_seconds: Annotated[
        StrictInt,
        Field(ge=0, description="it counts requests by ten minutes: time for two"),
    ] = 1500
    reread: Annotated[
        Reread,
        Field(description="Reddit's terms: what was deleted there must not be kept"),
    ] = ((30, 1), (3650, 7))


PLATFORM = Platform(
    # the score is likes less dislikes, the crossposts are shares
    public_counts=("likes", "comments", "shares"),
    never_reports=("saves", "views", "reach", "impressions"),
    may_fall=("likes",),
    # u/anna, or /u/anna
    mention_sign="u/",
    handle_marks="-",
    post_links=(
        PostLink(
            WEB + r"(?i:(?:[a-z]+\.)?reddit\.com)/(?:(?:r|u|user)/[^/?#\s]+/)?"
            r"(?:comments|gallery)/([0-9A-Za-z]+)"
        ),
        PostLink(WEB + r"(?i:redd\.it)/([0-9A-Za-z]+)"),
    ),
    post_ids_have_case=False,
    short_links=(WEB + r"(?i:(?:[a-z]+\.)?reddit\.com)/(?:r|u|user)/[^/?#\s]+/s/\S",),
)
SOURCE = Source(
    Options,
    asks="searches by keyword and mention, with the profiles of who is found; the newest posts of "
    "`subreddits`; profiles and posts of roster and brands. No hashtags: Reddit has none",
    connection="the app's id as the login, its secret as the password",
    limits="100 requests a minute, by its headers; of a list 1,000 posts, of a search 250",
)
