"""Days and hours in words are those of the CLDR, in both languages."""

import re
from datetime import datetime

import pytest
from babel.dates import format_date, format_time

from idp import moments

EVERY = [datetime(2026, month, number, hour, number, 59, tzinfo=moments.PARIS)
         for month in range(1, 13) for number, hour in ((1, 0), (9, 9), (22, 12), (28, 23))]  # fmt: skip


def in_french(babels: str, language: str) -> str:
    """Return what babel says as French people write it: the CLDR has no form of its own for the first of a month."""
    return re.sub(r"^1 ", "1er ", babels) if language == "fr" else babels


@pytest.mark.parametrize("language", ["fr", "en"])
def test_as_babel_says_it(language: str) -> None:
    """Each month, one figure and two, midnight and noon; in summer and in winter."""
    for when in EVERY:
        seconds, locale = int(when.timestamp()), {"fr": "fr_FR", "en": "en_GB"}[language]
        assert (
            in_french(format_date(when, "long", locale=locale), language),
            in_french(format_date(when, "d MMMM", locale=locale), language),
            format_time(when, "short", tzinfo=moments.PARIS, locale=locale),
        ) == (
            moments.day(seconds, language),
            moments.day_of_the_year(seconds, language),
            moments.hour(seconds),
        )
        assert f"{moments.day(seconds, language)}, {moments.hour(seconds)}" == moments.moment(seconds, language)


def test_a_day_of_the_calendar() -> None:
    """A birth date is read as any other day; what is not known of one is not made up."""
    assert ("24 août 1962", "24 August 1962") == tuple(moments.day_of("1962-08-24", one) for one in ("fr", "en"))
    assert ("1er août 1962", "1 August 1962") == tuple(moments.day_of("1962-08-01", one) for one in ("fr", "en"))
    assert "11 août 1962" == moments.day_of("1962-08-11", "fr")
    assert ("1958-00-00", "") == (moments.day_of("1958-00-00", "fr"), moments.day_of("", "fr"))
