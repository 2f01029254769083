"""Mastodon, and servers that speak its API: https://docs.joinmastodon.org/entities/."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt

from reachline.configuration.fields import Domain, distinct
from reachline.configuration.platforms.base import (
    ConnectorOptions,
    HandleForm,
    Platform,
    PostLink,
    Source,
)
from reachline.configuration.problems import mistake


def _some_server(servers: tuple[str, ...]) -> tuple[str, ...]:
    if not servers:
        raise mistake("no server is left", "write at least one, such as [mastodon.social]")
    return servers


class Options(ConnectorOptions):
    """Mastodon, and servers that speak its API."""

    servers: Annotated[
        tuple[Domain, ...],
        AfterValidator(_some_server),
        distinct,
        Field(description="hosts, such as `mastodon.social`"),
    ]
    late_days: Annotated[
        StrictInt,
        Field(
            ge=0,
            le=30,
            description="each run reads back so many days before the last one: posts of other "
            "servers may come late",
        ),
    ] = 2


PLATFORM = Platform(
    public_counts=("likes", "comments", "shares"),
    never_reports=("saves", "views", "reach", "impressions"),
    names_servers=True,
    # each server counts what reached it: the next to tell of a post may have seen less
    may_fall=("likes", "comments", "shares"),
    # numbers; of GoToSocial, which follows Mastodon's forms, ULIDs
    post_links=(
        PostLink(
            r"(?i:https?://)?([^/?#@\s]+\.[^/?#@\s]+)/(?:web/|deck/)?(?:@|users/)([\w.-]+)"
            r"(?:/statuses)?/(\d+|[0-9A-HJKMNP-TV-Z]{26})(?:[/?#\s]|$)",
            r"https://\1/users/\2/statuses/\3",
        ),
    ),
    post_ids_have_case=False,
    aggregates_may_stay=True,
    # another server's post, under the number that it has on this one
    short_links=(
        r"(?i:https?://)?[^/?#@\s]+\.[^/?#@\s]+/(?:web/|deck/)?@[\w.-]+@[^/?#\s]+/\d",
        r"(?i:https?://)?[^/?#@\s]+\.[^/?#@\s]+/web/statuses/\d",
    ),
    handle=HandleForm(
        r"[a-z0-9_]+([.-]+[a-z0-9_]+)*(@([\w-]+\.)+[\w-]{2,})?",
        "letters a to z, digits, _ and, inside, . and -; then @ and the server, such as "
        "anna@mastodon.social",
        "`USERNAME_RE` of Mastodon's `app/models/account.rb`",
    ),
)
SOURCE = Source(
    Options,
    asks="hashtag timelines of each server in `servers`; profiles and statuses of roster "
    "and brands; with a token, mentions and keywords",
    connection="nothing, or a token for each server: `tokens` in the extra, or one for all as "
    "the password",
    limits="300 requests in 5 minutes, by the server's own headers",
)
