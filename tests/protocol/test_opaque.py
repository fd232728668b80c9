"""Opaque values: random, known by digest, told by shape (N-027, N-028)."""

import pytest

from idp.protocol.opaque import MAX_TOKEN, digest, looks_opaque, looks_signed, new_value


def test_values_are_random_and_of_one_shape() -> None:
    """256 bits each, never the same twice."""
    values = {new_value() for _ in range(1000)}
    assert 1000 == len(values)
    assert all(looks_opaque(value) for value in values)


def test_the_digest_is_one_way_and_of_the_whole() -> None:
    """One character more is another value; anything can be digested."""
    value = new_value()
    assert 64 == len(digest(value))
    assert digest(value) != digest(value + "A")
    assert 64 == len(digest("é\ud800"))


@pytest.mark.parametrize("value", ["", "x" * 42, "x" * 44, "x" * 42 + "\n", "x" * 42 + "=", "x" * 42 + "é", "a.b"])
def test_nonsense_is_told_before_any_store(value: str) -> None:
    """RFC 6819 section 4.4.1.12."""
    assert not looks_opaque(value)
    assert not looks_signed(value)


def test_a_compact_token_of_bounded_size_passes() -> None:
    """An `at+jwt` has three parts; its size is bounded."""
    assert looks_signed("a.b.c")
    assert not looks_signed("a." + "b" * MAX_TOKEN + ".c")
    assert not looks_signed("a.b.c.d")
