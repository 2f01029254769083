"""Shopify's Admin API: orders of one shop."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reachline.configuration.fields import Domain, Reread
from reachline.configuration.platforms.base import ConnectorOptions, Source


class Options(ConnectorOptions):
    """A shop; its orders are read again while their journey is not ready."""

    shop: Annotated[Domain, Field(description="such as `acme.myshopify.com`")]
    api_version: Annotated[
        str, Field(pattern=r"^20\d\d-(01|04|07|10)$", description="of the Admin API")
    ] = "2026-10"
    reread: Annotated[Reread, Field(description="orders whose journey is not ready")] = ((3, 1),)


SOURCE = Source(
    Options,
    asks="the orders of `shop` by when they changed, with all that was sold, returned and kept "
    "back, codes and the first and last visit of their journey; again where the journey is not "
    "ready",
    connection="an access token as the password",
    limits="points that come back with time; what goods cost is told to a token that may see it",
)
