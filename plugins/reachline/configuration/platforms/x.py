"""X, which is paid by what is read: https://docs.x.com/x-api."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StrictInt

from reachline.configuration.fields import Cron, Currency, Reread, six_decimals
from reachline.configuration.platforms.base import (
    WEB,
    ConnectorOptions,
    HandleForm,
    Platform,
    PostLink,
    Source,
)

Price = Annotated[Decimal, Field(ge=0, allow_inf_nan=False), AfterValidator(six_decimals)]


class Options(ConnectorOptions):
    """Nothing is asked before it is enabled, with a cap."""

    enabled: Annotated[StrictBool, Field(description="what is read is paid for")] = False
    schedule: Annotated[
        Cron, Field(description="a search reaches 7 days back, so once a day will do")
    ] = "30 3 * * *"
    max_wait_seconds: Annotated[
        StrictInt,
        Field(ge=0, description="it counts requests by the quarter of an hour: time for two"),
    ] = 1800
    reread: Annotated[
        Reread,
        Field(description="a deletion is known within a day; each post costs as much again"),
    ] = ((30, 1),)
    spend_cap: Annotated[Price, Field(description="what a calendar month (UTC) costs at most")]
    currency: Annotated[Currency, Field(description="of the cap and the prices")]
    price_per_post: Annotated[Price, Field(description="what your plan charges")]
    price_per_user: Annotated[Price, Field(description="what your plan charges")]


PLATFORM = Platform(
    public_counts=("likes", "comments", "shares"),
    never_reports=("reach",),
    # the id alone tells: whatever name stands before it, the server leads to the post
    post_links=(
        PostLink(
            WEB + r"(?i:mobile\.)?(?i:x|twitter)\.com/(?:#!/)?(?:i/web|[^/?#\s]+)/status(?:es)?/"
            r"(\d+)"
        ),
    ),
    short_links=(r"(?i:https?://)?t\.co/\S",),
    aggregates_may_stay=True,
    handle=HandleForm(
        r"[a-z0-9_]{1,15}",
        "1 to 15 of the letters a to z, digits and _",
        "what the API holds a name against (`does not match ^[A-Za-z0-9_]{1,15}$`); "
        "<https://help.x.com/en/managing-your-account/x-username-rules>",
    ),
)
SOURCE = Source(
    Options,
    asks="searches of the last 7 days by hashtag, mention, keyword and account; users of "
    "roster and brands",
    connection="a bearer token as the password",
    limits="paid per read: off until `enabled: true`, with a `spend_cap` a month",
)
