"""Make tokens, good and forged, and tell why one was refused."""

import base64
import json
from collections.abc import Callable, Mapping

import pytest

from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKeySet
from keys.jws import sign
from keys.purposes import RULES, Purpose
from keys.ring import KeyRing, RingKey

NOW = 1_700_000_000

SIGNATURES = ("ES256", "RS256", "PS256", "Ed25519", "EdDSA")
OURS = (
    Purpose.ID_TOKEN,
    Purpose.ACCESS_TOKEN,
    Purpose.LOGOUT_TOKEN,
    Purpose.USERINFO,
    Purpose.INTROSPECTION,
    Purpose.AUTHORIZATION_RESPONSE,
)
CLIENTS = (Purpose.CLIENT_ASSERTION, Purpose.REQUEST_OBJECT)
UPSTREAM = (Purpose.UPSTREAM_ID_TOKEN, Purpose.UPSTREAM_USERINFO)

ALL_CLAIMS: Mapping[str, object] = {
    "iss": "https://idp.example",
    "sub": "https://idp.example",
    "aud": "client",
    "exp": NOW + 60,
    "iat": NOW,
    "jti": "j",
    "client_id": "client",
    "events": {},
    "token_introspection": {},
    "nonce": "n",
    "htm": "POST",
    "htu": "https://idp.example/token",
}


def claims_of(purpose: Purpose) -> dict[str, object]:
    """Return the fewest claims that make a token of ``purpose``."""
    return {name: ALL_CLAIMS[name] for name in RULES[purpose].required}


def b64(data: bytes | str | Mapping[str, object]) -> str:
    """Encode bytes, text or JSON as base64url."""
    raw = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(key: RingKey, header: Mapping[str, object] | bytes, payload: Mapping[str, object] | bytes) -> str:
    """Sign any header and payload with a real key: only the rule under test can refuse it."""
    signing_input = f"{b64(header)}.{b64(payload)}"
    if key.signer is None:
        raise TypeError
    return f"{signing_input}.{b64(key.signer(signing_input.encode()))}"


def jwks(ring: KeyRing) -> PublicKeySet:
    """Return the ring's public keys as another party reads them."""
    return PublicKeySet.from_bytes(ring.public_jwks(NOW).body)


def reason(call: Callable[[], object]) -> Rejection:
    """Return why ``call`` refused its token."""
    with pytest.raises(TokenRejected) as caught:
        call()
    assert caught.value.__context__ is None, "no parser error with the token in it hangs on"
    assert len(str(caught.value)) < 60
    return caught.value.reason


ID_CLAIMS = claims_of(Purpose.ID_TOKEN)


def good_token(ring: KeyRing) -> str:
    """Return an ID token that verifies."""
    return sign(ring, Purpose.ID_TOKEN, ID_CLAIMS, algorithm="ES256", now=NOW)
