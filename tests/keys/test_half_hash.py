"""Half hashes bind a code or access token to its ID token."""

import pytest

from keys.errors import Rejection
from keys.half_hash import check_half_hash, half_hash
from tests.support.tokens import reason

# OpenID Connect Core, appendix A.3 and A.4: the examples of the specification itself.
CORE_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
CORE_CODE = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "PS256"])
def test_examples_of_the_specification(algorithm: str) -> None:
    """The examples of OpenID Connect Core give the values printed there."""
    assert "77QmUPtjPfzWtF2AnpK9RQ" == half_hash(CORE_TOKEN, algorithm)
    assert "LDktKdoQak3Pk0cnXxCltA" == half_hash(CORE_CODE, algorithm)


def test_ed25519_takes_sha512() -> None:
    """Both names of Ed25519 give the left half of SHA-512: 32 bytes."""
    assert half_hash(CORE_TOKEN, "EdDSA") == half_hash(CORE_TOKEN, "Ed25519")
    assert 43 == len(half_hash(CORE_TOKEN, "Ed25519"))


@pytest.mark.parametrize("algorithm", ["", "none", "HS256", "XX256", "RSA-OAEP", "es256"])
def test_unknown_algorithms_match_nothing(algorithm: str) -> None:
    """V-33: an algorithm that we do not know is an error, never a match."""
    with pytest.raises(ValueError, match="algorithm"):
        half_hash(CORE_TOKEN, algorithm)
    with pytest.raises(ValueError, match="algorithm"):
        check_half_hash({"at_hash": "wrong"}, "at_hash", CORE_TOKEN, algorithm, required=False)


@pytest.mark.parametrize("value", ["", "77QmUPtjPfzWtF2AnpK9R", "é", None, 1, ["77QmUPtjPfzWtF2AnpK9RQ"]])
def test_wrong_value_is_refused_even_when_optional(value: object) -> None:
    """A claim that is there is always compared."""
    claims = {"at_hash": value}
    assert Rejection.HALF_HASH == reason(
        lambda: check_half_hash(claims, "at_hash", CORE_TOKEN, "ES256", required=False)
    )


def test_right_and_missing_values() -> None:
    """The right value passes; a missing one only where it is optional."""
    check_half_hash({"c_hash": half_hash(CORE_CODE, "ES256")}, "c_hash", CORE_CODE, "ES256", required=True)
    check_half_hash({}, "c_hash", CORE_CODE, "ES256", required=False)
    assert Rejection.MISSING_CLAIM == reason(lambda: check_half_hash({}, "c_hash", CORE_CODE, "ES256", required=True))
