"""Days and hours in words, in Paris, in the two languages of the pages: the long and short forms of the CLDR.

English is Europe's: the day before the month, and 24 hours, as in French.

Babel says the same but of the first of a month, "1er" in French, and loads 3.5 MiB in every process for it.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")
_MOIS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(seconds: int, language: str) -> str:
    """Return Unix seconds as a date: `22 août 2026`, `1er août 2026`, in English (`en`) `22 August 2026`."""
    return _day(datetime.fromtimestamp(seconds, PARIS), language)


def day_of(iso: str, language: str) -> str:
    """Return a day of the calendar (`1962-08-24`) as `day` does; one that is not known in full stays as it is."""
    try:
        return _day(date.fromisoformat(iso), language)
    except ValueError:
        return iso


def _day(when: date, language: str) -> str:
    return f"{_day_and_month(when, language)} {when.year}"


def _day_and_month(when: date, language: str) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]}" if language == "en" else f"{_jour(when)} {_MOIS[when.month - 1]}"


def _jour(when: date) -> str:
    """Return the number of a day as French says it: the first of a month is an ordinal, the others are not."""
    return "1er" if when.day == 1 else str(when.day)


def day_of_the_year(seconds: int, language: str) -> str:
    """Return Unix seconds as a day and a month, the day first: `22 août`, in English `22 August`."""
    return _day_and_month(datetime.fromtimestamp(seconds, PARIS), language)


def hour(seconds: int) -> str:
    """Return Unix seconds as a time of the day, `14:32`, in either language."""
    return f"{datetime.fromtimestamp(seconds, PARIS):%H:%M}"


def moment(seconds: int, language: str) -> str:
    """Return Unix seconds as a date and a time."""
    return f"{day(seconds, language)}, {hour(seconds)}"
