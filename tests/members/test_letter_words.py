"""Letters in words."""

from datetime import date

import pytest

from idp.members.letter_words import Letter, Letterhead, date_in_words, words_of

HEAD = Letterhead(("CARPIMKO", "6 place"), "Montigny", "https://connexion.example", "01 30 48 10 00")
DAY = date(2026, 12, 1)


def letter(locale: str, provider: str = "") -> Letter:
    """Return a letter that works until the last day of a month."""
    return Letter(("CLAIRE DUBOIS",), "1234567", "affilie", "ABCD-EFGH-JKMN-2345", date(2026, 12, 31), provider, locale)


@pytest.mark.parametrize(
    ("day", "locale", "written"),
    [
        (DAY, "fr", "1er décembre 2026"),
        (date(2026, 8, 31), "fr", "31 août 2026"),
        (DAY, "en", "1 December 2026"),
    ],
)
def test_dates_in_words(day: date, locale: str, written: str) -> None:
    """The first of a month is written as the French do."""
    assert written == date_in_words(day, locale)


def test_a_language_that_we_do_not_write_is_french() -> None:
    """The fund's language is the one that never lacks."""
    assert words_of(letter("fr"), HEAD, DAY) == words_of(letter("br"), HEAD, DAY)
    assert words_of(letter("fr"), HEAD, DAY) != words_of(letter("en"), HEAD, DAY)


@pytest.mark.parametrize("provider", ["", "FranceConnect"])
def test_both_languages_say_as_much_and_leave_nothing_open(provider: str) -> None:
    """As many steps and notes in each, every fact filled in, the dates of the letter and of its end apart."""
    french, english = (words_of(letter(locale, provider), HEAD, DAY) for locale in ("fr", "en"))
    assert len(french.steps) == len(english.steps)
    assert len(french.notes) == len(english.notes)
    for said in (french, english):
        assert "{" not in repr(said)
        assert "31" in said.until
        assert "31" not in said.written
        assert provider in said.subject
