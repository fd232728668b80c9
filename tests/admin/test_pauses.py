"""What a pause may say."""

import pytest

from idp.admin.pauses import LONGEST_WORDS, sentence


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (True, "Travaux\u202f: «\u00a0demain\u00a0»."),
        (True, "x" * LONGEST_WORDS),
        (False, "x" * (LONGEST_WORDS + 1)),
        (False, " \u00a0"),
        (False, "a\nb"),
        (False, "\u202e"),
    ],
)
def test_one_line_that_shows(expected: bool, text: str) -> None:
    """French spaces are welcome, what hides or breaks a line is not."""
    assert expected == sentence(text)
