"""The pages: which questions each answers, and from which tables."""

from __future__ import annotations

from collections.abc import Iterator

from reachline.publish.report.pages.bookings import bookings
from reachline.publish.report.pages.campaigns import campaign_pages, campaigns
from reachline.publish.report.pages.creators import creator_pages, creators
from reachline.publish.report.pages.market import hashtags, outreach, tiers, voice, works
from reachline.publish.report.pages.needs import needs
from reachline.publish.report.pages.orders import order_pages
from reachline.publish.report.pages.overview import index
from reachline.publish.report.pages.quality import definitions, quality
from reachline.publish.report.pages.release import Release
from reachline.publish.report.pages.shortlists import shortlist_pages, shortlists
from reachline.publish.report.tables import Page


def all_pages(release: Release) -> Iterator[Page]:
    """Yield the pages of the report, one at a time."""
    yield index(release)
    yield needs(release)
    yield bookings(release)
    yield campaigns(release)
    yield from campaign_pages(release)
    yield from order_pages(release)
    yield creators(release)
    yield from creator_pages(release)
    yield shortlists(release)
    yield from shortlist_pages(release)
    yield voice(release)
    yield hashtags(release)
    yield works(release)
    yield tiers(release)
    yield outreach(release)
    yield quality(release)
    yield definitions(release)
