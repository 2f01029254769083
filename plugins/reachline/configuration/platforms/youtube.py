"""YouTube's Data API v3: https://developers.google.com/youtube/v3/docs."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StrictInt

from reachline.configuration.fields import Reread
from reachline.configuration.platforms.base import (
    WEB,
    ConnectorOptions,
    HandleForm,
    Platform,
    PostLink,
    Source,
)
from reachline.configuration.problems import mistake


def _monthly(steps: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    if any(every > 30 for _, every in steps):
        remedy = "write at most 30 days: YouTube's terms let nothing be kept longer unread"
        raise mistake("are steps of more than 30 days", remedy)
    return steps


class Options(ConnectorOptions):
    """Its quotas, unless Google has granted others, and what its terms ask."""

    searches_a_day: Annotated[
        StrictInt, Field(ge=1, description="another quota, if Google has granted it")
    ] = 100
    units_a_day: Annotated[
        StrictInt, Field(ge=1, description="another quota, if Google has granted it")
    ] = 10_000
    derived_metrics_accepted: Annotated[
        StrictBool,
        Field(description="Google has accepted that you derive figures; else they are NULL"),
    ] = False
    reread: Annotated[
        Reread, AfterValidator(_monthly), Field(description="steps of at most 30 days: its terms")
    ] = ((7, 1), (30, 7), (3650, 28))


PLATFORM = Platform(
    public_counts=("likes", "comments"),
    never_reports=("shares", "saves", "reach", "impressions"),
    who_likes_has_viewed=True,
    post_links=(
        PostLink(WEB + r"(?i:(?:music\.)?youtube\.com)/watch/?\?(?:[^#]*?&)?v=([^&#\s]+)"),
        PostLink(
            WEB + r"(?i:youtu\.be|youtube(?:-nocookie)?\.com/(?:shorts|live|embed|v))/([^/?#&\s]+)"
        ),
    ),
    short_links=(WEB + r"(?i:youtube\.com)/clip/\S",),
    account_ids=r"UC[A-Za-z0-9_-]{22}",
    # scripts other than Latin may have shorter ones
    handle=HandleForm(
        r"[a-z0-9_.-]{3,30}|(?=.*[^\x00-\x7f])[a-z0-9_.\u00b7\u0080-\U0010ffff-]{1,30}",
        "3 to 30 letters, digits, _, -, . and ·",
        "<https://support.google.com/youtube/answer/11585688>",
    ),
    # Developer Policies III.E.4.h
    derivation_needs_consent=True,
)
SOURCE = Source(
    Options,
    asks="searches by hashtag, keyword and mention; uploads and channels of roster and "
    "brands, by channel id or handle; videos and channels of what was found, by id",
    connection="an API key as the password",
    limits="100 searches and 10,000 units a day, from midnight to midnight in California; "
    "nothing goes 30 days without a refresh",
)
