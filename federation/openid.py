"""An OpenID provider like any other, by configuration: ProConnect for the fund's own staff is the first.

What FranceConnect refuses is used where it is served: PKCE with S256 (RFC 7636), and endpoints from discovery alone.
The verifier is never stored: it follows from the trip's nonce under the client secret, so that it is fresh with each
attempt and known to nobody who sees the request.
"""

import base64
import hashlib
import hmac
from dataclasses import field
from urllib.parse import urlencode, urlsplit

from federation.relying_party import RelyingPartySettings
from idp.records import dataclass

_TEST_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """Our registration with one provider, checked when made (ValueError).

    ``name`` stands in paths and audit, ``label`` is for people. ``acr_values`` are asked for, and one of them must
    come back; empty means any. ``pkce``: whether the provider takes a challenge. ``signed_userinfo``: whether userinfo
    is a JWT. ``names_itself``: whether answers carry ``iss`` (RFC 9207); each provider has a redirect URI of its own
    either way. ``reauthenticate``: whether a person proves anew each time who they are, whatever session there is.
    ``timeout`` and ``leeway`` are seconds.
    """

    name: str
    label: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    post_logout_redirect_uri: str
    algorithm: str = "RS256"
    scopes: tuple[str, ...] = ("openid",)
    acr_values: tuple[str, ...] = ()
    pkce: bool = True
    signed_userinfo: bool = True
    names_itself: bool = True
    reauthenticate: bool = False
    timeout: float = 5.0
    leeway: int = 60

    def __post_init__(self) -> None:
        """Refuse what could not work, or not safely."""
        parts = urlsplit(self.issuer)
        if parts.scheme not in ({"https", "http"} if self.here else {"https"}) or not parts.hostname:
            raise ValueError("the issuer must be an https address")
        if parts.query or parts.fragment or parts.username:
            raise ValueError("the issuer must have no query, no fragment and no user")
        if self.algorithm not in ("ES256", "RS256", "PS256"):
            raise ValueError("signatures are ES256, RS256 or PS256")
        if "openid" not in self.scopes:
            raise ValueError("the scopes must contain openid")
        if not self.client_id or not self.client_secret:
            raise ValueError("the client id and secret given by the provider are needed")

    @property
    def host(self) -> str:
        """The only host this registration talks to."""
        return urlsplit(self.issuer).hostname or ""

    @property
    def here(self) -> bool:
        """Whether the provider is on this machine: a double, for tests."""
        return self.host in _TEST_HOSTS

    def relying_party(self) -> RelyingPartySettings:
        """Return the same registration in the generic client's words."""
        return RelyingPartySettings(
            issuer=self.issuer,
            client_id=self.client_id,
            client_secret=self.client_secret,
            redirect_uri=self.redirect_uri,
            algorithm=self.algorithm,
            acr_values=frozenset(self.acr_values),
            signed_userinfo=self.signed_userinfo,
            timeout=self.timeout,
            leeway=min(self.leeway, 60),
        )


def authorization_parameters(settings: OpenIdSettings, *, state: str, nonce: str) -> dict[str, str]:
    """Return the parameters of our request; the client adds ``client_id``, ``response_type`` and ``redirect_uri``."""
    parameters = {"scope": " ".join(settings.scopes), "state": state, "nonce": nonce}
    if settings.acr_values:
        parameters["acr_values"] = " ".join(settings.acr_values)
    if settings.reauthenticate:
        parameters["prompt"] = "login"
    if settings.pkce:
        digest = hashlib.sha256(verifier(settings, nonce).encode()).digest()
        parameters |= {"code_challenge": _text(digest), "code_challenge_method": "S256"}
    return parameters


def verifier(settings: OpenIdSettings, nonce: str) -> str:
    """Return the verifier of a trip, 43 characters; empty where the provider takes none."""
    if not settings.pkce:
        return ""
    key = settings.client_secret.encode()
    return _text(hmac.digest(key, f"code verifier\0{settings.name}\0{nonce}".encode(), "sha256"))


def logout_url(settings: OpenIdSettings, end_session: str, *, id_token: str, state: str) -> str:
    """Return where the browser ends its session at the provider (RP-Initiated Logout section 2)."""
    query = urlencode(
        {
            "id_token_hint": id_token,
            "state": state,
            "post_logout_redirect_uri": settings.post_logout_redirect_uri,
        }
    )
    return f"{end_session}?{query}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
