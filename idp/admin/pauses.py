"""What a pause of an upstream may say and when it may end: one rule for whoever pauses. Pure."""

from typing import Final

LANGUAGES: Final = ("fr", "en")
LONGEST_WORDS: Final = 500
LATEST: Final = 253_402_300_799
"""The last second of the year 9999: later, a calendar has no date to show."""


def sentence(text: str) -> bool:
    """Whether a text is one line that shows; French writes spaces that do not break before some of its signs."""
    shows = text.translate({0xA0: " ", 0x202F: " "}).isprintable()
    return shows and bool(text.strip()) and len(text) <= LONGEST_WORDS
