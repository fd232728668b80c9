"""Sealed text: only what was sealed opens, whole, for its days."""

import base64

import pytest

from keys.sealed_text import MAX_TEXT, TextSealer, number_of

NOON = 20_000 * 86400 + 43_200
DAY = 86400
SEALER = TextSealer(b"k" * 32, days=1)


def test_what_was_sealed_is_opened() -> None:
    """By any process that has the secret; twice the same is sealed into two texts."""
    first, second = SEALER.seal(b"value", NOON), SEALER.seal(b"value", NOON)
    assert first != second
    assert b"value" == TextSealer(b"k" * 32, days=1).open(first, NOON)
    assert b"value" not in base64.urlsafe_b64decode(first + "==")


def test_nothing_else_is() -> None:
    """Not another secret's, not one with any character changed, cut, doubled or padded, nothing too long."""
    text = SEALER.seal(b"value", NOON)
    assert TextSealer(b"x" * 32, days=1).open(text, NOON) is None
    for place, letter in enumerate(text):
        other = "A" if letter != "A" else "B"
        assert SEALER.open(text[:place] + other + text[place + 1 :], NOON) is None
    others = ("", "A", text[:-1], text + "A", text + "=", text + "\n", text + text, "é" + text, "A" * (MAX_TEXT + 1))
    assert [None] * len(others) == [SEALER.open(other, NOON) for other in others]


def test_bits_that_no_byte_takes_do_not_make_a_second_text() -> None:
    """A value that was revoked by its text has no other one."""
    text = SEALER.seal(b"1234", NOON)
    assert 3 == len(text) % 4
    twins = {text[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"}
    assert [text] == [twin for twin in twins if SEALER.open(twin, NOON) is not None]


@pytest.mark.parametrize(("days", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_it_opens_for_its_days(days: int, opens: bool) -> None:
    """A day before, for clocks that differ at midnight; the days that it may live; no longer."""
    text = SEALER.seal(b"value", NOON)
    assert opens is (SEALER.open(text, NOON + days * DAY) is not None)


def test_a_later_secret_says_its_number() -> None:
    """In the clear, and nobody alters it unnoticed: neither is the text of one number opened under another."""
    sealers = [TextSealer(b"k" * 32, days=1, number=number) for number in (0, 1, 2, 65_535)]
    texts = [sealer.seal(b"value", NOON) for sealer in sealers]
    assert [0, 1, 2, 65_535] == [number_of(text) for text in texts] == [sealer.number for sealer in sealers]
    opened = [[sealer.open(text, NOON) is not None for text in texts] for sealer in sealers]
    assert [[row == column for column in range(4)] for row in range(4)] == opened
    renumbered = texts[1][:1] + texts[2][1:4] + texts[1][4:]
    assert (2, None) == (number_of(renumbered), sealers[2].open(renumbered, NOON))
    for place, letter in enumerate(texts[1]):
        other = "A" if letter != "A" else "B"
        assert sealers[1].open(texts[1][:place] + other + texts[1][place + 1 :], NOON) is None
    assert [0] * 4 == [number_of(text) for text in ("", "Ag", "é" * 9, "eyJhbGciOiJFUzI1NiJ9.e30.x")]


@pytest.mark.parametrize(("days", "opens"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_later_secret_has_days_too(days: int, opens: bool) -> None:
    """The same ones."""
    later = TextSealer(b"k" * 32, days=1, number=3)
    assert opens is (later.open(later.seal(b"value", NOON), NOON + days * DAY) is not None)


def test_a_secret_has_its_length() -> None:
    """Anything else is a mistake of ours."""
    with pytest.raises(ValueError, match="32 bytes"):
        TextSealer(b"short", days=1)
    assert "k" * 4 not in repr(SEALER)
