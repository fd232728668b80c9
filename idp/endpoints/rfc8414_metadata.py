"""What the provider says of itself (RFC 8414, OpenID Connect Discovery 1.0 section 3), and its keys (RFC 7517).

Built once at start, held against Authlib's metadata classes and, for members these do not know, against our own list,
then served as bytes with an entity tag: no I/O and no work per request. Only registered members appear.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata

from idp.clock import Clock
from idp.endpoints import rfc7523_private_key_jwt
from idp.endpoints.rfc6749_token import GRANT_TYPES
from idp.protocol import rfc7636_pkce, rfc9449_dpop
from idp.protocol.messages import Reply, Request
from idp.protocol.names import ACR_ORDER, SCOPE_CLAIMS
from idp.services.claims import OFFERED
from keys.ring import KeyRing

MAX_AGE: Final = 300
"""Seconds a reader may keep a document; far below the time a key is published before it signs (N-138)."""

SIGNING: Final = ("RS256", "ES256")
"""ID token and userinfo algorithms that a client may register; RS256 first, OIDC's default."""

_PROTOCOL_CLAIMS: Final = (
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "at_hash",
)
_AUTHENTICATION: Final = (
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "none",
)
_BEYOND_AUTHLIB: Final[Mapping[str, type]] = {
    "end_session_endpoint": str,
    "authorization_response_iss_parameter_supported": bool,
    "dpop_signing_alg_values_supported": list,
    "prompt_values_supported": list,
}
"""Registered members that Authlib's classes do not check, with the type each must have."""


@dataclass(frozen=True, slots=True)
class Document:
    """A prepared document: the two answers it can give, and its entity tag."""

    etag: str
    full: Reply
    unchanged: Reply

    def answer(self, request: Request) -> Reply:
        """Answer 304 to who has it already (RFC 9110 section 13.1.2)."""
        known = request.headers.get("if-none-match")
        if known is None:
            return self.full
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return self.unchanged if self.etag in tags or "*" in tags else self.full


def prepare(body: bytes, content_type: str, etag: str) -> Document:
    """Prepare a document to be sent as it is."""
    headers = (("ETag", etag), ("Cache-Control", f"public, max-age={MAX_AGE}"))
    return Document(etag, Reply(200, (("Content-Type", content_type), *headers), body), Reply(304, headers))


def metadata(issuer: str) -> dict[str, Any]:
    """Return the members both discovery documents share: one server, one truth.

    Raises:
        ValueError: a member that its specification would not allow.
    """
    confidential = _AUTHENTICATION[:3]
    assertion = list(rfc7523_private_key_jwt.ALGORITHMS)
    members: dict[str, Any] = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/logout",
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "scopes_supported": list(SCOPE_CLAIMS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": list(GRANT_TYPES),
        "acr_values_supported": list(ACR_ORDER),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(SIGNING),
        "userinfo_signing_alg_values_supported": list(SIGNING),
        "token_endpoint_auth_methods_supported": list(_AUTHENTICATION),
        "token_endpoint_auth_signing_alg_values_supported": assertion,
        "revocation_endpoint_auth_methods_supported": list(_AUTHENTICATION),
        "revocation_endpoint_auth_signing_alg_values_supported": assertion,
        "introspection_endpoint_auth_methods_supported": list(confidential),
        "introspection_endpoint_auth_signing_alg_values_supported": assertion,
        "claim_types_supported": ["normal"],
        "claims_supported": [*_PROTOCOL_CLAIMS, *OFFERED],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": ["fr", "en"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "code_challenge_methods_supported": [rfc7636_pkce.METHOD],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": list(rfc9449_dpop.ALGORITHMS),
    }
    AuthorizationServerMetadata(members).validate()
    OpenIDProviderMetadata(members).validate()
    wrong = [name for name, kind in _BEYOND_AUTHLIB.items() if not isinstance(members[name], kind)]
    if wrong:
        raise ValueError(f"members of the wrong type: {', '.join(wrong)}")
    return members


class Discovery:
    """GET of either discovery document."""

    def __init__(self, issuer: str) -> None:
        body = json.dumps(metadata(issuer), separators=(",", ":")).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        self._document = prepare(body, "application/json", tag)

    def __call__(self, request: Request) -> Reply:
        """Answer with the prepared bytes."""
        return self._document.answer(request)


class Jwks:
    """GET /jwks: the ring's prepared document; another one only when a key comes or goes."""

    def __init__(self, ring: KeyRing, clock: Clock, *, reload_every: int = 30) -> None:
        self._ring = ring
        self._clock = clock
        self._reload_every = reload_every
        self._prepared = self._prepare(clock())

    def __call__(self, request: Request) -> Reply:
        """Answer with the keys of now."""
        now = self._clock()
        self._ring.reload_if_older_than(now, self._reload_every)
        jwks = self._ring.public_jwks(now)
        document = self._prepared
        if document.etag != jwks.etag:
            document = self._prepared = self._prepare(now)
        return document.answer(request)

    def _prepare(self, now: int) -> Document:
        jwks = self._ring.public_jwks(now)
        return prepare(jwks.body, "application/jwk-set+json", jwks.etag)
