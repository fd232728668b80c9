"""Days and hours in words, in Paris, in the two languages of the pages: the long and short forms of the CLDR.

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
_NARROW: Final = "\u202f"


def day(seconds: int, language: str) -> str:
    """Return Unix seconds as a date: `22 août 2026`, `1er août 2026`, in English (`en`) `August 22, 2026`."""
    return _day(datetime.fromtimestamp(seconds, PARIS), language)


def day_of(iso: str, language: str) -> str:
    """Return a day of the calendar (`1962-08-24`) as `day` does; one that is not known in full stays as it is."""
    try:
        return _day(date.fromisoformat(iso), language)
    except ValueError:
        return iso


def _day(when: date, language: str) -> str:
    if language == "en":
        return f"{_MONTHS[when.month - 1]} {when.day}, {when.year}"
    return f"{_jour(when)} {_MOIS[when.month - 1]} {when.year}"


def _jour(when: date) -> str:
    """Return the number of a day as French says it: the first of a month is an ordinal, the others are not."""
    return "1er" if when.day == 1 else str(when.day)


def day_of_the_year(seconds: int, language: str) -> str:
    """Return Unix seconds as a day and a month, the day first: `22 août`, in English `22 August`."""
    when = datetime.fromtimestamp(seconds, PARIS)
    return f"{when.day} {_MONTHS[when.month - 1]}" if language == "en" else f"{_jour(when)} {_MOIS[when.month - 1]}"


def hour(seconds: int, language: str) -> str:
    """Return Unix seconds as a time of the day: `14:32`, in English `2:32 PM`."""
    when = datetime.fromtimestamp(seconds, PARIS)
    if language == "en":
        return f"{(when.hour - 1) % 12 + 1}:{when:%M}{_NARROW}{'AM' if when.hour < 12 else 'PM'}"
    return f"{when:%H:%M}"


def moment(seconds: int, language: str) -> str:
    """Return Unix seconds as a date and a time."""
    return f"{day(seconds, language)}, {hour(seconds, language)}"
