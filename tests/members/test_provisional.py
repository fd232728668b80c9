"""Provisional passwords as people read and type them."""

import secrets

import pytest

from idp.members.provisional import ALPHABET, Digests, draw, printed, read


def test_the_alphabet_has_31_letters_that_nobody_confuses() -> None:
    """Sixteen of them are about 79 bits (C-03)."""
    assert 31 == len(set(ALPHABET))
    assert set() == set(ALPHABET) & set("01OIL")


def test_every_letter_can_be_drawn() -> None:
    """The whole alphabet is used, and two draws differ."""
    drawn = [draw(secrets.randbelow) for _ in range(200)]
    assert set(ALPHABET) == set("".join(drawn))
    assert 200 == len(set(drawn))
    assert {16} == {len(one) for one in drawn}


@pytest.mark.parametrize(
    "typed",
    [
        "ABCD-EFGH-JKMN-PQRS",
        "ABCDEFGHJKMNPQRS",
        "abcd efgh jkmn pqrs",
        " AbCd.EfGh_JkMn–PqRs\t",
        "ABCD\u00a0EFGH\u200bJKMN\u2011PQRS",
        "ＡＢＣＤEFGHJKMNPQRS",
    ],
)
def test_it_is_read_however_it_is_typed(typed: str) -> None:
    """Dashes, spaces, small letters, wide letters: one password."""
    assert "ABCDEFGHJKMNPQRS" == read(typed)
    assert "ABCD-EFGH-JKMN-PQRS" == printed("ABCDEFGHJKMNPQRS")


@pytest.mark.parametrize(
    "typed", ["", "ABCD-EFGH-JKMN-PQR", "ABCD-EFGH-JKMN-PQRST", "ABCD-EFGH-JKMN-PQR0", "é" * 16, "x" * 5000]
)
def test_what_cannot_be_one_is_none(typed: str) -> None:
    """Another length, a letter of no letter: not a guess of a provisional password."""
    assert read(typed) is None


def test_a_digest_is_of_one_account_and_one_key() -> None:
    """A row copied to another account, or read without the key, proves nothing."""
    digests = Digests(b"k" * 32)
    known = digests.of("account", "ABCDEFGHJKMNPQRS")
    assert digests.matches("account", known, "abcd-efgh-jkmn-pqrs")
    assert not digests.matches("other", known, "abcd-efgh-jkmn-pqrs")
    assert not Digests(b"x" * 32).matches("account", known, "abcd-efgh-jkmn-pqrs")
    assert not digests.matches("account", None, "abcd-efgh-jkmn-pqrs")
    assert not digests.matches("account", digests.of("account", "-" * 16), "anything else")
