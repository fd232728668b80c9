"""Moments as the pages say them: in Paris, in the language of the answer."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

_PARIS: Final = ZoneInfo("Europe/Paris")


def day(seconds: int, language: str) -> str:
    """Return Unix seconds as a date in words."""
    return format_date(datetime.fromtimestamp(seconds, _PARIS), "long", locale=language)


def hour(seconds: int, language: str) -> str:
    """Return Unix seconds as a time of the day, such as `14:32`."""
    return format_time(datetime.fromtimestamp(seconds, _PARIS), "short", tzinfo=_PARIS, locale=language)


def moment(seconds: int, language: str) -> str:
    """Return Unix seconds as a date and a time in words."""
    return f"{day(seconds, language)}, {hour(seconds, language)}"
