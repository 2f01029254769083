"""Which dates a night may have without being asked twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from reachline.night.state import NightError
from reachline.settings import Settings


def require_reached(settings: Settings, logical_date: date, *, is_forced: bool) -> None:
    """Raise NightError for a date after tomorrow, in the reporting time zone, unless it is forced.

    Time runs forward: once the warehouse is built to a date that was mistyped, every real night is
    an older one.
    """
    today = datetime.now(ZoneInfo(settings.config.reporting.time_zone)).date()
    if logical_date > today + timedelta(days=1) and not is_forced:
        raise NightError(
            f"{logical_date} is after tomorrow (today is {today}): the warehouse would be built to "
            "it, and no night before it would move `current` any more. Correct the date; --force "
            "runs it all the same."
        )
