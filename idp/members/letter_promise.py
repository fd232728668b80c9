"""The promise made to a member who chose the post: 72 hours, week-ends and public holidays not counted.

Pure: a moment comes in, a moment goes out. Hours run on the clocks of Paris, so that a change of hour does not move a
deadline; the holidays are those of the whole country (Code du travail, article L3133-1).
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

PARIS: Final = ZoneInfo("Europe/Paris")
PROMISED_DAYS: Final = 3
"""72 hours are three working days, from the same hour to the same hour."""
_SATURDAY: Final = 5


def local_day(moment: int) -> date:
    """Return the date in Paris at a moment (Unix seconds)."""
    return datetime.fromtimestamp(moment, PARIS).date()


def is_working_day(day: date) -> bool:
    """Whether the hours of a day count: neither Saturday, Sunday nor a public holiday."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def deadline(asked_at: int) -> int:
    """Return the end of the promise for a letter asked for at a moment (both Unix seconds).

    A letter asked for on a Friday at 14:00 is promised for Wednesday at 14:00; one asked for on a day that does not
    count is as if asked for when the next working day begins.
    """
    asked = datetime.fromtimestamp(asked_at, PARIS)
    day, hour = asked.date(), asked.time()
    if not is_working_day(day):
        day, hour = _next_working_day(day), time.min
    for _ in range(PROMISED_DAYS):
        day = _next_working_day(day)
    return int(datetime.combine(day, hour, PARIS).timestamp())


def _next_working_day(day: date) -> date:
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))
