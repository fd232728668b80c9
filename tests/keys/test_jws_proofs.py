"""DPoP proofs: the one kind of token that brings its own key (RFC 9449)."""

import base64
from functools import partial

import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from keys.errors import Rejection
from keys.jws import verify_embedded
from keys.purposes import Purpose
from tests.support.tokens import (
    b64,
    claims_of,
    reason,
)

DPOP_CLAIMS = claims_of(Purpose.DPOP)


def proof(key: ECKey | RSAKey, name: str, jwk: object = None, **more: object) -> str:
    """Make a DPoP proof by hand."""
    header = {"typ": "dpop+jwt", "alg": name, "jwk": jwk or key.as_dict(private=False), **more}
    signed = joserfc_jwt.encode({"alg": name}, DPOP_CLAIMS, key, algorithms=[name])
    signing_input = f"{b64(header)}.{signed.split('.')[1]}"
    return f"{signing_input}.{b64(JWSRegistry.algorithms[name].sign(signing_input.encode(), key))}"


def test_dpop_proof_names_its_key() -> None:
    """A proof verifies with its own key and tells the thumbprint; extra header members are ignored."""
    key = ECKey.generate_key("P-256")
    verified = verify_embedded(Purpose.DPOP, proof(key, "ES256", unknown="x"), algorithms=["ES256"])
    assert (key.thumbprint(), DPOP_CLAIMS) == (verified.thumbprint, verified.claims)


def test_dpop_proof_with_an_rsa_key_fits() -> None:
    """An RSA key makes a header of more than 512 bytes, which joserfc's default would refuse."""
    key = RSAKey.generate_key(2048)
    token = proof(key, "PS256")
    assert len(base64.urlsafe_b64decode(token.split(".", maxsplit=1)[0] + "==")) > 400
    assert key.thumbprint() == verify_embedded(Purpose.DPOP, token, algorithms=["ES256", "PS256"]).thumbprint


def test_bad_dpop_proofs_are_refused() -> None:
    """No key, a private key, another's key, a wrong kind of key, a wrong type: refused."""
    key, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    cases = {
        "private": (proof(key, "ES256", dict(key.as_dict(private=True))), Rejection.UNUSABLE_KEY),
        "other": (proof(key, "ES256", dict(other.as_dict(private=False))), Rejection.SIGNATURE),
        "oct": (proof(key, "ES256", {"kty": "oct", "k": "AAAA"}), Rejection.UNUSABLE_KEY),
        "text": (proof(key, "ES256", "x"), Rejection.UNUSABLE_KEY),
        "typ": (proof(key, "ES256", typ="JWT"), Rejection.TYPE),
        "jku": (proof(key, "ES256", jku="https://evil.example"), Rejection.KEY_IN_HEADER),
        "crit": (proof(key, "ES256", crit=["jwk"]), Rejection.CRITICAL_HEADER),
    }
    got = {
        name: reason(partial(verify_embedded, Purpose.DPOP, token, algorithms=["ES256"]))
        for name, (token, _) in cases.items()
    }
    assert {name: expected for name, (_, expected) in cases.items()} == got
    with pytest.raises(ValueError, match="DPoP"):
        verify_embedded(Purpose.CLIENT_ASSERTION, proof(key, "ES256"), algorithms=["ES256"])
