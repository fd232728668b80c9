"""The 72 hours of the post."""

from datetime import date, datetime

import pytest

from idp.members.letter_promise import PARIS, deadline, is_working_day, local_day


def moment(text: str) -> int:
    """Return a moment written as the clocks of Paris show it."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp())


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        ("2026-11-23 09:30", "2026-11-26 09:30"),  # a Monday
        ("2026-11-27 14:00", "2026-12-02 14:00"),  # a Friday: the week-end does not count
        ("2026-11-28 10:00", "2026-12-03 00:00"),  # a Saturday: the hours begin on Monday
        ("2026-12-24 18:00", "2026-12-30 18:00"),  # Christmas is a Friday
        ("2026-12-31 08:00", "2027-01-06 08:00"),  # over two years
        ("2026-05-13 12:00", "2026-05-19 12:00"),  # Ascension, a Thursday
        ("2026-10-23 23:30", "2026-10-28 23:30"),  # the clocks go back on the Sunday
        ("2026-03-27 02:30", "2026-04-01 02:30"),  # and forward
    ],
)
def test_seventy_two_working_hours(asked: str, promised: str) -> None:
    """Three working days later, at the same hour in Paris."""
    assert moment(promised) == deadline(moment(asked))


@pytest.mark.parametrize(
    "day",
    ["2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14", "2026-11-11"],
)
def test_public_holidays_do_not_count(day: str) -> None:
    """The holidays of the whole country, the movable ones among them."""
    assert not is_working_day(date.fromisoformat(day))


def test_holidays_of_one_region_count() -> None:
    """26 December is a holiday in Alsace and Moselle, and a working day for the fund."""
    assert is_working_day(date(2025, 12, 26))


def test_the_day_is_that_of_paris() -> None:
    """Half past midnight in Paris is already the next day."""
    assert date(2026, 7, 2) == local_day(moment("2026-07-02 00:30"))
