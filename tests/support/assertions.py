"""Client assertions and DPoP proofs made as a client makes them, with keys of its own."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey

from keys.algorithms import AsymmetricKey, algorithm


def b64(data: bytes | Mapping[str, object]) -> str:
    """Encode bytes or JSON as base64url."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class ClientKey:
    """A key of a client, for one algorithm; P-256 where nothing else is said."""

    key: AsymmetricKey
    algorithm: str = "ES256"

    @property
    def public(self) -> dict[str, Any]:
        """The public JWK."""
        return dict(self.key.as_dict(private=False))

    @property
    def private(self) -> dict[str, Any]:
        """The private JWK, for attacks that send it."""
        return dict(self.key.as_dict(private=True))

    @property
    def thumbprint(self) -> str:
        """The RFC 7638 thumbprint."""
        return self.key.thumbprint()

    def sign(self, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
        """Return a compact JWS with any header and claims."""
        signer = algorithm(self.algorithm).signer
        assert signer is not None
        text = f"{b64(header)}.{b64(claims)}"
        return f"{text}.{b64(signer(self.key)(text.encode()))}"

    def assertion(self, now: int, *, header: Mapping[str, object] | None = None, **changes: object) -> str:
        """Return a client assertion, with claims changed or (None) left out."""
        claims = {
            "iss": "robot",
            "sub": "robot",
            "aud": "https://id.example.org",
            "exp": now + 60,
            "iat": now,
            "jti": secrets.token_urlsafe(16),
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.sign(header or {"alg": self.algorithm, "typ": "JWT"}, kept)

    def proof(
        self,
        now: int,
        *,
        method: str = "POST",
        url: str = "https://id.example.org/token",
        access_token: str | None = None,
        header: Mapping[str, object] | None = None,
        **changes: object,
    ) -> str:
        """Return a DPoP proof, with claims changed or (None) left out."""
        claims: dict[str, object] = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": now}
        if access_token is not None:
            claims["ath"] = b64(hashlib.sha256(access_token.encode()).digest())
        kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        plain = {"alg": self.algorithm, "typ": "dpop+jwt", "jwk": self.public}
        merged = {**plain, **(header or {})}
        return self.sign({name: value for name, value in merged.items() if value is not None}, kept)


@cache
def client_key(name: str = "client", algorithm: str = "ES256") -> ClientKey:
    """Return a key, one per name, algorithm and test run; RSA of 2048 bits, the least that is taken, is soon made."""
    del name
    if algorithm in {"RS256", "PS256", "RSA-OAEP-256"}:
        return ClientKey(RSAKey.generate_key(2048), algorithm)
    if algorithm in {"EdDSA", "Ed25519"}:
        return ClientKey(OKPKey.generate_key("Ed25519"), algorithm)
    return ClientKey(ECKey.generate_key("P-256"), algorithm)
