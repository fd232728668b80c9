"""Dossier numbers as people type them."""

import pytest

from idp.members.numbers import canonical, is_number


@pytest.mark.parametrize(
    "typed",
    ["1234567", " 1234567 ", "123 45 67", "123.45.67", "123-45-67", "１２３４５６７", "١٢٣٤٥٦٧", "1\u00a0234\u202f567"],
)
def test_every_spelling_of_a_number_is_one_number(typed: str) -> None:
    """Spaces, points, dashes, full-width and other digits lead to one counter (V-53)."""
    assert canonical(typed) == "1234567"


def test_a_leading_zero_is_a_digit() -> None:
    """Numbers have a fixed length: a zero in front makes another number."""
    assert canonical("0123456") == "0123456"


def test_what_is_no_number_is_kept_short() -> None:
    """Text is not turned into a number, and cannot be long."""
    assert canonical("x" * 5000) == "x" * 32
    assert canonical("1\x00\ud80023") == "1??23"


@pytest.mark.parametrize(
    ("situation", "dossier", "expected"),
    [
        ("affilie", "1234567", True),
        ("affilie", "123456789", False),
        ("ayant_droit", "123456789", True),
        ("ayant_droit", "1234567", False),
        ("affilie", "12345²7", False),
        ("other", "1234567", False),
    ],
)
def test_the_length_belongs_to_the_situation(situation: str, dossier: str, expected: bool) -> None:
    """7 digits for an affilié, 9 for an ayant droit."""
    assert expected == is_number(situation, dossier)
