"""Codes of an application, against the tables of RFC 6238."""

import pytest

from idp.members.factors.totp import STEP, address, decoded, encoded, grouped, read, step_of

SECRET = b"12345678901234567890"

VECTORS = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
]
"""RFC 6238 appendix B, SHA-1, the last six of its eight digits."""


@pytest.mark.parametrize(("now", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(now: int, code: str) -> None:
    """Each code belongs to the time step of its moment."""
    assert now // STEP == step_of(SECRET, code, now)


@pytest.mark.parametrize(
    ("early", "known"), [(-31, False), (-30, True), (-1, True), (29, True), (59, True), (60, False)]
)
def test_a_code_is_known_one_step_early_or_late(early: int, known: bool) -> None:
    """A clock half a minute off still works; a code of two steps ago does not (RFC 6238 section 5.2)."""
    start = 1_234_567_890 // STEP * STEP
    assert (start // STEP if known else None) == step_of(SECRET, "005924", start + early)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("005 924", "005924"),
        (" 005-924\u00a0", "005924"),
        ("00592", None),
        ("0059244", None),
        ("٠٠٥٩٢٤", None),
        ("", None),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, code: str | None) -> None:
    """With a blank in the middle, as applications show it; six ASCII digits and nothing else."""
    assert code == read(typed)


def test_the_secret_is_told_as_applications_take_it() -> None:
    """Base32 in groups for typing; an address with issuer and account for the picture."""
    assert SECRET == decoded(encoded(SECRET))
    assert "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" == grouped(encoded(SECRET))
    told = address(SECRET, "CARPIMKO", "Angela DUBOIS")
    assert told.startswith("otpauth://totp/CARPIMKO:Angela%20DUBOIS?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in told
    assert "issuer=CARPIMKO" in told
