"""Signing and believing: every purpose round, every purpose apart."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, KeySet

from keys.errors import NoSigningKey, Rejection
from keys.foreign import PublicKeySet
from keys.jws import sign, verify_foreign, verify_own
from keys.purposes import RULES, Purpose
from keys.ring import KeyRing, RingKey, SealedKey
from keys.sealing import Sealer
from tests.support.tokens import (
    ALL_CLAIMS,
    CLIENTS,
    ID_CLAIMS,
    NOW,
    OURS,
    SIGNATURES,
    UPSTREAM,
    claims_of,
    forge,
    good_token,
    jwks,
    reason,
)


@pytest.mark.parametrize("algorithm", SIGNATURES)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_round_trip(ring: KeyRing, purpose: Purpose, algorithm: str) -> None:
    """Each purpose in each algorithm verifies here and with the published keys."""
    claims = claims_of(purpose) | {"name": "Zoé « test »"}
    token = sign(ring, purpose, claims, algorithm=algorithm, now=NOW)
    own = verify_own(ring, purpose, token, now=NOW)
    assert claims == own.claims
    assert RULES[purpose].typ == own.header.get("typ")
    assert {"alg", "kid", "typ"} >= own.header.keys()
    assert own == verify_foreign(jwks(ring), purpose, token, algorithms=[algorithm])


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "Ed25519"])
def test_another_library_verifies(ring: KeyRing, algorithm: str) -> None:
    """The reader of joserfc accepts our tokens with our JWKS."""
    token = sign(ring, Purpose.ID_TOKEN, ID_CLAIMS, algorithm=algorithm, now=NOW)
    keys = KeySet.import_key_set(json.loads(ring.public_jwks(NOW).body))
    assert ID_CLAIMS == joserfc_jwt.decode(token, keys, algorithms=[algorithm]).claims


@pytest.mark.parametrize("group", [OURS, CLIENTS, UPSTREAM], ids=["ours", "clients", "upstream"])
def test_no_purpose_passes_for_another(ring: KeyRing, group: tuple[Purpose, ...]) -> None:
    """Of kinds that one party signs, none is accepted for any other, even with more claims (N-043)."""
    for made in group:
        extra = {k: v for k, v in ALL_CLAIMS.items() if k not in RULES[made].forbidden}
        for claims in (claims_of(made), extra):
            token = sign(ring, made, claims, algorithm="ES256", now=NOW)
            for wanted in group:
                if made is wanted:
                    continue
                apart = {Rejection.TYPE, Rejection.MISSING_CLAIM, Rejection.FORBIDDEN_CLAIM}
                assert reason(partial(verify_own, ring, wanted, token, now=NOW)) in apart


@pytest.mark.parametrize("purpose", list(Purpose))
def test_signing_refuses_claims_of_another_purpose(ring: KeyRing, purpose: Purpose) -> None:
    """A missing or forbidden claim is a fault of ours and is stopped before it is signed."""
    claims = claims_of(purpose)
    for name in claims:
        fewer = {k: v for k, v in claims.items() if k != name}
        with pytest.raises(ValueError, match=purpose.value):
            sign(ring, purpose, fewer, algorithm="ES256", now=NOW)
    for name in RULES[purpose].forbidden:
        with pytest.raises(ValueError, match=purpose.value):
            sign(ring, purpose, claims | {name: "x"}, algorithm="ES256", now=NOW)


def test_signing_needs_a_key_in_force(ring: KeyRing) -> None:
    """Without a key in force for the algorithm nothing is signed with another one."""
    with pytest.raises(NoSigningKey):
        sign(ring, Purpose.ID_TOKEN, ID_CLAIMS, algorithm="ES256", now=NOW - 1)
    with pytest.raises(NoSigningKey):
        sign(ring, Purpose.ID_TOKEN, ID_CLAIMS, algorithm="HS256", now=NOW)


def test_signing_refuses_what_is_not_json(ring: KeyRing) -> None:
    """NaN and lone surrogates never get into a token."""
    for value in (float("nan"), float("inf"), "\ud800"):
        with pytest.raises(ValueError, match=r"JSON|surrogates"):
            sign(ring, Purpose.ID_TOKEN, ID_CLAIMS | {"x": value}, algorithm="ES256", now=NOW)


def test_our_tokens_name_their_key(ring: KeyRing, key: RingKey) -> None:
    """A token of ours without ``kid`` was not made here."""
    token = forge(key, {"alg": "ES256", "typ": "JWT"}, ID_CLAIMS)
    assert Rejection.UNKNOWN_KEY == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW))


def test_single_key_fallback_is_the_callers_choice(key: RingKey) -> None:
    """Without a known ``kid`` the only fitting key is tried, if allowed; of two, none is guessed."""
    one = PublicKeySet.from_mapping({"keys": [dict(key.public_jwk)]})
    other = ECKey.generate_key("P-256").as_dict(private=False)
    two = PublicKeySet.from_mapping({"keys": [dict(key.public_jwk), other]})
    for name in ({}, {"kid": "renamed"}):
        token = forge(key, {"alg": "ES256", "typ": "JWT", **name}, ID_CLAIMS)

        def verify(keys: PublicKeySet, *, allowed: bool, token: str = token) -> object:
            return verify_foreign(keys, Purpose.ID_TOKEN, token, algorithms=["ES256"], single_without_kid=allowed)

        assert verify(one, allowed=True)
        assert Rejection.UNKNOWN_KEY == reason(lambda: verify(one, allowed=False))
        assert Rejection.UNKNOWN_KEY == reason(lambda: verify(two, allowed=True))


@pytest.mark.parametrize("typ", ["jwt", "JWT", "application/jwt", "Application/JWT"])
def test_typ_is_a_media_type(ring: KeyRing, key: RingKey, typ: str) -> None:
    """RFC 7515 4.1.9: ``typ`` is compared without case and without ``application/``."""
    token = forge(key, {"alg": "ES256", "kid": key.kid, "typ": typ}, ID_CLAIMS)
    assert ID_CLAIMS == verify_own(ring, Purpose.ID_TOKEN, token, now=NOW).claims


@pytest.mark.parametrize("typ", ["at+jwt", "", None, 1, ["JWT"], "JWT ", "xJWT", "text/jwt"])
def test_wrong_typ_is_refused(ring: KeyRing, key: RingKey, typ: object) -> None:
    """N-043: another type, an empty one or one that is no text is refused."""
    token = forge(key, {"alg": "ES256", "kid": key.kid, "typ": typ}, ID_CLAIMS)
    assert Rejection.TYPE == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW))


def test_dropped_keys_verify_nothing(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """A token of a key that is past its end is refused as unknown."""
    old, new = make_row(), make_row(generation=2, active_from=NOW + 5000)
    ring = KeyRing(lambda: [old, new], sealer, now=NOW)
    token = good_token(ring)
    assert ID_CLAIMS == verify_own(ring, Purpose.ID_TOKEN, token, now=NOW + 9999).claims
    assert Rejection.UNKNOWN_KEY == reason(lambda: verify_own(ring, Purpose.ID_TOKEN, token, now=NOW + 10_000))


def test_client_assertion_names_one_party(ring: KeyRing, key: RingKey) -> None:
    """N-034: in a client assertion ``iss`` and ``sub`` are the same."""
    claims = claims_of(Purpose.CLIENT_ASSERTION) | {"sub": "other"}
    token = forge(key, {"alg": "ES256", "kid": key.kid}, claims)
    assert Rejection.MISMATCH == reason(
        lambda: verify_foreign(jwks(ring), Purpose.CLIENT_ASSERTION, token, algorithms=["ES256"])
    )


def test_algorithms_are_a_list_of_known_names(ring: KeyRing) -> None:
    """A caller's mistake, such as a bare name or an encryption algorithm, is loud."""
    for algorithms in ("ES256", ["RSA-OAEP"], ["none"], ["ES256", "HS256"]):
        with pytest.raises(ValueError, match="table"):
            verify_foreign(jwks(ring), Purpose.ID_TOKEN, good_token(ring), algorithms=algorithms)
    assert Rejection.ALGORITHM == reason(
        lambda: verify_foreign(jwks(ring), Purpose.ID_TOKEN, good_token(ring), algorithms=[])
    )


def test_verified_token_shows_nothing(ring: KeyRing) -> None:
    """A verified token in a log line does not show its claims."""
    assert "idp.example" not in repr(verify_own(ring, Purpose.ID_TOKEN, good_token(ring), now=NOW))
