"""What a platform and a source say of themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from reachline.configuration.fields import Cron, Reread, Strict

PublicCount = Literal["likes", "comments", "shares", "saves"]
Reported = Literal["likes", "comments", "shares", "saves", "views", "reach", "impressions"]


class ConnectorOptions(Strict):
    """What every connector can be told; secrets stand in its Airflow connection."""

    enabled: Annotated[StrictBool, Field(description="false: no DAG; what has landed stays")] = True
    schedule: Annotated[Cron, Field(description="cron, in the reporting time zone")] = "0 */6 * * *"
    first_days: Annotated[
        StrictInt,
        Field(ge=1, le=365, description="a query that was never asked goes so many days back"),
    ] = 7
    reread: Annotated[
        Reread,
        Field(
            description="posts of up to 7 days of age are read again daily, up to 30 weekly; "
            "older ones are left"
        ),
    ] = ((7, 1), (30, 7))
    max_wait_seconds: Annotated[
        StrictInt,
        Field(
            ge=0,
            description="a run waits so long in all for rate limits, then goes on the next time",
        ),
    ] = 900


@dataclass(frozen=True)
class HandleForm:
    """What a handle of a platform may be: as a regular expression (lower case), and in words.

    `source` says where the platform says so, in the form of the documentation.
    """

    pattern: str
    rule: str
    source: str

    def fits(self, handle: str) -> bool:
        """Return whether a normalised handle may be one of the platform's."""
        return re.fullmatch(self.pattern, handle) is not None


WEB = r"(?i:https?://)?(?i:www\.|m\.)?"
"""How a link to a page may begin."""

SHORTENERS = (
    WEB + r"(?i:bit\.ly|buff\.ly|cutt\.ly|dlvr\.it|goo\.gl|is\.gd|ow\.ly|rb\.gy|rebrand\.ly|"
    r"shorturl\.at|t\.ly|tiny\.cc|tinyurl\.com|trib\.al)/\S",
    WEB + r"(?i:fb\.me|fb\.watch|lnkd\.in|pin\.it|t\.snapchat\.com)/\S",
)
"""Forms of links that lead to any platform, or to one without a module: see short_links."""


@dataclass(frozen=True)
class PostLink:
    r"""A form of the links to a post, as a regular expression (RE2).

    `native_id` is what the post's id is made of: `\1` is the expression's first group.
    """

    form: str
    native_id: str = r"\1"


@dataclass(frozen=True)
class Platform:
    """What is true of the posts and accounts of a platform, whoever tells of them.

    `public_counts` are those that every public post carries: rates are made of these.
    `never_reports` are those that the platform tells nobody, its own authors included.
    `mention_sign` stands before a handle in a text; `handle_marks` may each stand within one,
    between its letters, digits and `_` (`-` is the last of them). With `names_servers` a handle may
    be `user@host`, and a bare one is of the server that the post is on. `post_links` are the forms
    of a link to a post. Without `post_ids_have_case` two ids that differ in case alone are one.
    `short_links` are the forms of links of which the platform's servers alone know where they lead.
    `account_ids` is the form of an account's id where that may stand in a handle's place, whose
    case counts. All forms are regular expressions.
    With `who_likes_has_viewed` the views of any post count everybody who saw it, and so at least
    those who liked it; elsewhere they may be views of videos alone. `may_fall` are the counts that
    a later capture may tell lower with nothing wrong.
    `derivation_needs_consent`: figures are derived only where the option
    `derived_metrics_accepted` says that the platform agreed. `aggregates_may_stay`: nothing in its
    terms forbids to keep figures over many accounts when the posts go. `handle` is None where any
    text without spaces may be one.
    """

    public_counts: tuple[PublicCount, ...] = ("likes", "comments")
    never_reports: tuple[Reported, ...] = ()
    mention_sign: str = "@"
    handle_marks: str = "."
    names_servers: bool = False
    post_links: tuple[PostLink, ...] = ()
    post_ids_have_case: bool = True
    short_links: tuple[str, ...] = ()
    account_ids: str = ""
    who_likes_has_viewed: bool = False
    may_fall: tuple[PublicCount, ...] = ()
    derivation_needs_consent: bool = False
    aggregates_may_stay: bool = False
    handle: HandleForm | None = None


@dataclass(frozen=True)
class Source:
    """What a connector asks, for docs/platforms.md, and what a team may set of it.

    The connector is the class in `reachline.connectors.<source>` whose `source` it is.
    """

    options: type[ConnectorOptions]
    asks: str
    connection: str
    limits: str
