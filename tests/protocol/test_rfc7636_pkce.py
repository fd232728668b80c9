"""PKCE, pure (N-020 to N-022)."""

import pytest

from idp.protocol.rfc7636_pkce import holds, s256, well_formed

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_of_the_rfc() -> None:
    """RFC 7636 appendix B."""
    assert CHALLENGE == s256(VERIFIER)
    assert holds(CHALLENGE, VERIFIER)


@pytest.mark.parametrize(
    "verifier",
    [None, "", VERIFIER[:-1], VERIFIER + "A", VERIFIER.lower(), CHALLENGE, "é" * 43, "a" * 129, " " * 43],
)
def test_nothing_else_holds(verifier: str | None) -> None:
    """V-10: absent, empty, another, or the challenge itself, which `plain` would take."""
    assert not holds(CHALLENGE, verifier)


def test_without_a_challenge_any_verifier_is_refused() -> None:
    """N-021, V-11."""
    assert holds(None, None)
    assert not holds(None, VERIFIER)


@pytest.mark.parametrize(("length", "good"), [(42, False), (43, True), (128, True), (129, False)])
def test_lengths(length: int, good: bool) -> None:
    """N-022: 43 to 128."""
    assert good == well_formed("a" * length)
    assert good == holds(s256("a" * length), "a" * length)


@pytest.mark.parametrize("letter", ["+", "/", "=", " ", "\n", "é", "\x00", "%"])
def test_unreserved_characters_only(letter: str) -> None:
    """RFC 7636 section 4.1."""
    assert not well_formed("a" * 42 + letter)
