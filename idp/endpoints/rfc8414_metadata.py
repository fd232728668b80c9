"""What the provider says of itself (RFC 8414, OpenID Connect Discovery 1.0 section 3), and its keys (RFC 7517).

Built once at start, held against Authlib's metadata classes and, for members these do not know, against our own list,
then served as bytes with an entity tag: no I/O and no work per request. Only registered members appear.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata

from idp.clock import Clock
from idp.endpoints import rfc7523_private_key_jwt, rfc7591_registration
from idp.endpoints.rfc6749_token import GRANT_TYPES
from idp.protocol import oidc_response_types, rfc7636_pkce, rfc9449_dpop
from idp.protocol.levels import ALL_LEVELS
from idp.protocol.messages import Reply, Request
from idp.protocol.names import SCOPE_CLAIMS
from idp.protocol.oidc_prompt import PROMPTS
from idp.records import dataclass
from idp.services.claims import OFFERED
from idp.services.encryption import KEY_MANAGEMENTS
from idp.services.key_readers import KeyReaders
from keys.algorithms import SIGNATURES
from keys.jwe import CONTENT_ENCRYPTIONS
from keys.ring import KeyRing

_BROWSER: Final = ("origin", "sec-fetch-site", "sec-fetch-mode")
"""Headers that a browser sends with what its pages read."""
MAX_AGE: Final = 300
"""Seconds a reader may keep a document; far below the time a key is published before it signs (N-138)."""

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
    "c_hash",
    "s_hash",
)
_AUTHENTICATION: Final = (
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "none",
)
_BEYOND_AUTHLIB: Final[Mapping[str, type]] = {
    "end_session_endpoint": str,
    "check_session_iframe": str,
    "frontchannel_logout_supported": bool,
    "frontchannel_logout_session_supported": bool,
    "backchannel_logout_supported": bool,
    "backchannel_logout_session_supported": bool,
    "authorization_response_iss_parameter_supported": bool,
    "dpop_signing_alg_values_supported": list,
    "prompt_values_supported": list,
    "introspection_signing_alg_values_supported": list,
    "pushed_authorization_request_endpoint": str,
    "require_pushed_authorization_requests": bool,
}
"""Registered members that Authlib's classes do not check, with the type each must have."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the settings decide of what is offered.

    `signing`: algorithms of ID tokens and userinfo that a client may register, RS256 first, OIDC's default.
    `encryption`: key managements by which request objects may be encrypted to us. `request_uri`: whether they are
    fetched. `registration`: whether clients may register by themselves.
    `acr_values`: levels of assurance that a member can reach, the weakest first.
    """

    signing: tuple[str, ...] = ("RS256", "ES256")
    encryption: tuple[str, ...] = ()
    request_uri: bool = False
    registration: bool = False
    acr_values: tuple[str, ...] = ALL_LEVELS.supported


DEFAULT_OFFER: Final = Offer()


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


def metadata(issuer: str, offer: Offer = DEFAULT_OFFER) -> dict[str, Any]:
    """Return the members both discovery documents share: one server, one truth.

    Args:
        issuer: our `iss`.
        offer: what the settings decide.

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
        "check_session_iframe": f"{issuer}/check-session",
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "require_pushed_authorization_requests": False,
        "scopes_supported": list(SCOPE_CLAIMS),
        "response_types_supported": list(oidc_response_types.SUPPORTED),
        "response_modes_supported": list(oidc_response_types.MODES),
        "grant_types_supported": [*GRANT_TYPES, "implicit"],
        "acr_values_supported": list(offer.acr_values),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": list(offer.signing),
        "id_token_encryption_alg_values_supported": list(KEY_MANAGEMENTS),
        "id_token_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
        "userinfo_signing_alg_values_supported": list(offer.signing),
        "userinfo_encryption_alg_values_supported": list(KEY_MANAGEMENTS),
        "userinfo_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
        "token_endpoint_auth_methods_supported": list(_AUTHENTICATION),
        "token_endpoint_auth_signing_alg_values_supported": assertion,
        "revocation_endpoint_auth_methods_supported": list(_AUTHENTICATION),
        "revocation_endpoint_auth_signing_alg_values_supported": assertion,
        "introspection_endpoint_auth_methods_supported": list(confidential),
        "introspection_endpoint_auth_signing_alg_values_supported": assertion,
        "introspection_signing_alg_values_supported": list(offer.signing),
        "introspection_encryption_alg_values_supported": list(KEY_MANAGEMENTS),
        "introspection_encryption_enc_values_supported": list(CONTENT_ENCRYPTIONS),
        "claim_types_supported": ["normal"],
        "claims_supported": [*_PROTOCOL_CLAIMS, *OFFERED],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": offer.request_uri,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(SIGNATURES),
        "ui_locales_supported": ["fr", "en"],
        "prompt_values_supported": list(PROMPTS),
        "code_challenge_methods_supported": [rfc7636_pkce.METHOD],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": list(rfc9449_dpop.ALGORITHMS),
    }
    if offer.registration:
        members["registration_endpoint"] = f"{issuer}{rfc7591_registration.PATH}"
    if offer.encryption:
        members["request_object_encryption_alg_values_supported"] = list(offer.encryption)
        members["request_object_encryption_enc_values_supported"] = list(CONTENT_ENCRYPTIONS)
    AuthorizationServerMetadata(members).validate()
    OpenIDProviderMetadata(members).validate()
    wrong = [name for name, kind in _BEYOND_AUTHLIB.items() if not isinstance(members[name], kind)]
    if wrong:
        raise ValueError(f"members of the wrong type: {', '.join(wrong)}")
    return members


class Discovery:
    """GET of either discovery document."""

    def __init__(self, issuer: str, offer: Offer = DEFAULT_OFFER) -> None:
        body = json.dumps(metadata(issuer, offer), separators=(",", ":")).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        self._document = prepare(body, "application/json", tag)

    def __call__(self, request: Request) -> Reply:
        """Answer with the prepared bytes."""
        return self._document.answer(request)


class Jwks:
    """GET /jwks: the ring's prepared document; another one only when a key comes or goes."""

    def __init__(self, ring: KeyRing, clock: Clock, readers: KeyReaders, *, reload_every: int = 30) -> None:
        self._ring = ring
        self._readers = readers
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
        # A page in a browser reads for a member, whose address is not ours to keep; HEAD reads nothing.
        if request.method == "GET" and not any(name in request.headers for name in _BROWSER):
            self._readers.read(request.remote, jwks.newest)
        self._readers.write_if_due()
        return document.answer(request)

    def _prepare(self, now: int) -> Document:
        jwks = self._ring.public_jwks(now)
        return prepare(jwks.body, "application/jwk-set+json", jwks.etag)
