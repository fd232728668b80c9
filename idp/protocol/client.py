"""A relying application as the protocol sees it: one frozen value, read once, cached, passed down.

Member names are those of OpenID Connect Dynamic Client Registration 1.0 section 2 and RFC 7591 section 2.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from idp.records import dataclass

AuthMethod = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """One accepted secret: SHA-256 digest (hex) of a random 256-bit value, never the value."""

    digest: str
    created_at: int
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A registered relying application.

    `first_party` records the decision that the fund's own application needs no consent page (N-016).
    `pkce_exempt` is the explicit exemption of a client made before PKCE (architecture decision D6).
    `dpop_bound` makes sender-constrained access tokens compulsory (RFC 9449 section 5.2).
    """

    client_id: str
    name: str
    enabled: bool = True
    first_party: bool = False
    staff: bool = False
    """The console: administrators sign in to it, and to nothing else; members never."""
    pkce_exempt: bool = False
    token_endpoint_auth_method: AuthMethod = "client_secret_basic"
    token_endpoint_auth_signing_alg: str | None = None
    secrets: tuple[ClientSecret, ...] = ()
    token_epoch: int = field(default=0, compare=False)
    """A number that changes when what the client was given for itself must die."""
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    application_type: Literal["web", "native"] = "web"
    grant_types: frozenset[str] = frozenset({"authorization_code"})
    response_types: frozenset[str] = frozenset({"code"})
    response_modes: frozenset[str] = frozenset({"query", "form_post"})
    scopes: frozenset[str] = frozenset({"openid"})
    id_token_signed_response_alg: str = "RS256"
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    request_object_signing_alg: str | None = None
    request_object_encryption_alg: str | None = None
    request_object_encryption_enc: str | None = None
    request_uris: tuple[str, ...] = ()
    """Addresses of request objects, fragments kept: `request_uri` must equal one of them (Core section 6.2)."""
    require_signed_request_object: bool = False
    """Nothing but what the client signed counts (RFC 9101 section 10.5)."""
    require_pushed_authorization_requests: bool = False
    """No request counts but one that was pushed (RFC 9126 section 6)."""
    introspection_signed_response_alg: str | None = None
    """Algorithm of introspection answers asked for as a JWT (RFC 9701 section 6); None takes RS256."""
    introspection_encrypted_response_alg: str | None = None
    introspection_encrypted_response_enc: str | None = None
    subject_type: Literal["public", "pairwise"] = "public"
    sector_identifier_uri: str | None = None
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    """In order of preference (OpenID Connect Core 1.0 section 3.1.2.1)."""
    dpop_bound: bool = False
    audiences: tuple[str, ...] = ()
    """Resources (RFC 8707) this client may ask tokens for."""
    resource_server: str | None = None
    """The resource this client itself is: it may introspect tokens made for it (N-056)."""
    legacy_assertion_audience: bool = False
    """Accept the token endpoint beside the issuer as `aud` of its assertions (security decision C-05)."""
    client_uri: str | None = None
    logo_uri: str | None = None
    logo_digest: str | None = None
    """Of our copy of the logo, SHA-256 in hex; None while there is none."""
    policy_uri: str | None = None
    tos_uri: str | None = None
    initiate_login_uri: str | None = None
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    contacts: tuple[str, ...] = ()
    """E-mail addresses of the people who answer for the application."""
    software_id: str | None = None
    software_version: str | None = None
    localized: Mapping[str, str] = field(default_factory=dict)
    """Texts and addresses for people in one language each, by member and language: `client_name#fr`."""
    registered_dynamically: bool = False
    """Made by the registration endpoint, so that nobody of the house has judged it (RFC 7591 section 5)."""
    description: str | None = None
    origins: frozenset[str] = frozenset()
    """Origins allowed by CORS on the machines' endpoints (N-008)."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Registered metadata that no member above names; echoed, never acted on."""

    @property
    def public(self) -> bool:
        """Whether the client has no credentials of its own (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method == "none"
