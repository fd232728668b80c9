"""OpenID Connect as an application needs it, on one page: this is the file to copy.

Every check of OpenID Connect Core 1.0 section 3.1.3.7 and RFC 9700 that falls to the application is made here. Nothing
is kept between two calls but the provider's own documents; what belongs to one sign-in travels in `Pending`.
"""

import hashlib
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from examples.espace_personnel.config import Registration

TIMEOUT: Final = 5.0
"""Seconds to wait for the provider, on every call."""
DOCUMENTS_LIVE: Final = 600
"""Seconds the provider's metadata and keys are kept."""
KEYS_REST: Final = 30
"""Seconds between two readings of the provider's keys for signatures that those kept do not verify."""
LEEWAY: Final = 30
"""Seconds of clock difference tolerated."""
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


class SignInRefused(Exception):
    """A sign-in that must not be accepted. `code` is an OAuth error code, `detail` a sentence for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class ProviderUnavailable(Exception):
    """The provider did not answer in time, or answered something that is not OpenID Connect."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in under way, kept in the visitor's server-side session until the browser comes back."""

    state: str
    nonce: str
    code_verifier: str
    started_at: int
    fresh: bool = False
    """Whether the member was asked to prove who they are again (`prompt=login`)."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A finished sign-in: the verified claims of the ID token, and the tokens, which never reach the browser."""

    claims: Mapping[str, Any]
    id_token: str
    access_token: str
    refresh_token: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    """What the provider says has ended: one session (`sid`), or everything of a member (`sub`) where it names none."""

    sid: str | None
    sub: str | None


class RelyingParty:
    """One application registered with one provider. Safe to share between threads.

    Args:
        issuer: the provider's issuer, exactly as registered.
        redirect_uri: the address of our callback, exactly as registered.
        clock: returns Unix seconds.
    """

    def __init__(self, issuer: str, registration: Registration, redirect_uri: str, clock: Callable[[], int]) -> None:
        self.issuer = issuer
        self._registration = registration
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._documents: dict[str, tuple[int, dict[str, Any]]] = {}
        self._reread_at = 0
        self._lock = threading.Lock()

    def begin(
        self, *, fresh: bool = False, login_hint: str | None = None, ui_locales: str | None = None
    ) -> tuple[str, Pending]:
        """Return the address to send the browser to, and what to remember until it comes back.

        Args:
            fresh: whether the member is to prove who they are again.
            login_hint: the dossier number, where it is known.
            ui_locales: the language of our pages, for those of the provider.

        Raises:
            ProviderUnavailable: when the provider's metadata cannot be read.
        """
        pending = Pending(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(48),
            started_at=self._clock(),
            fresh=fresh,
        )
        wishes = {"prompt": "login" if fresh else None, "login_hint": login_hint, "ui_locales": ui_locales}
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.code_verifier,
                **{name: wish for name, wish in wishes.items() if wish},
            )
        return url, pending

    def finish(self, answer: Mapping[str, str], pending: Pending) -> SignIn:
        """Turn the provider's answer at the callback into a verified sign-in.

        Args:
            answer: the query parameters of the callback.
            pending: what `begin` returned for the `state` of this answer.

        Raises:
            SignInRefused: when the provider refused, or its answer fails a check.
            ProviderUnavailable: when the provider cannot be reached.
        """
        if answer.get("iss") != self.issuer:
            raise SignInRefused("invalid_issuer", "iss of the answer is not our provider (RFC 9207)")
        if "error" in answer:
            raise SignInRefused(answer["error"], answer.get("error_description", ""))
        token = self._ask_token(
            grant_type="authorization_code",
            code=answer.get("code", ""),
            code_verifier=pending.code_verifier,
        )
        claims = self._verify(token.get("id_token", ""), token["access_token"])
        if not secrets.compare_digest(str(claims.get("nonce", "")), pending.nonce):
            raise SignInRefused("invalid_id_token", "nonce is not the one we sent")
        if pending.fresh and claims.get("auth_time", 0) < pending.started_at - LEEWAY:
            raise SignInRefused("login_required", "the member was not asked again")
        return SignIn(claims, token["id_token"], token["access_token"], token.get("refresh_token"))

    def refresh(self, current: SignIn) -> SignIn:
        """Return the sign-in with new tokens (OpenID Connect Core 1.0 section 12).

        Raises:
            SignInRefused: `invalid_grant` when the member must sign in again.
            ProviderUnavailable: when the provider cannot be reached.
        """
        token = self._ask_token(grant_type="refresh_token", refresh_token=current.refresh_token)
        claims, id_token = current.claims, current.id_token
        if "id_token" in token:
            id_token = token["id_token"]
            claims = self._verify(id_token, token["access_token"])
            if claims["sub"] != current.claims["sub"]:
                raise SignInRefused("invalid_id_token", "another member after a refresh")
        refresh_token = token.get("refresh_token") or current.refresh_token
        return SignIn(claims, id_token, token["access_token"], refresh_token)

    def userinfo(self, sign_in: SignIn) -> dict[str, Any]:
        """Return the member's claims (OpenID Connect Core 1.0 section 5.3).

        Raises:
            SignInRefused: when the access token is no longer accepted, or the answer is about somebody else.
            ProviderUnavailable: when the provider cannot be reached.
        """
        headers = {"Authorization": f"Bearer {sign_in.access_token}"}
        try:
            endpoint = self._endpoint("userinfo_endpoint")
            answer = requests.get(endpoint, headers=headers, timeout=TIMEOUT)
            if answer.status_code == 401:
                raise SignInRefused("invalid_token", "the access token is no longer accepted")
            answer.raise_for_status()
            claims: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise ProviderUnavailable(str(error)) from error
        if claims.get("sub") != sign_in.claims["sub"]:
            raise SignInRefused("invalid_userinfo", "sub is not that of the ID token")
        return claims

    def logout_url(self, sign_in: SignIn, return_to: str, state: str, ui_locales: str) -> str:
        """Return where to send the browser so that the provider's session ends too (RP-Initiated Logout 1.0).

        Raises:
            ProviderUnavailable: when the provider's metadata cannot be read.
        """
        query = {
            "id_token_hint": sign_in.id_token,
            "client_id": self._registration.client_id,
            "post_logout_redirect_uri": return_to,
            "state": state,
            "ui_locales": ui_locales,
        }
        return f"{self._endpoint('end_session_endpoint')}?{urlencode(query)}"

    def read_logout(self, logout_token: str) -> Ended:
        """Return what a logout token says has ended (OpenID Connect Back-Channel Logout 1.0 section 2.6).

        A token that comes twice ends nothing twice, so none is remembered.

        Raises:
            SignInRefused: when it is not a logout token of our provider for us.
            ProviderUnavailable: when the provider's keys cannot be read.
        """
        rules = jwt.JWTClaimsRegistry(
            now=self._clock,
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._registration.client_id},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            token = self._decode(logout_token)
            claims = dict(token.claims)
            rules.validate(claims)
        except (JoseError, ValueError) as error:
            raise SignInRefused("invalid_logout_token", type(error).__name__) from error
        if token.header.get("typ") != "logout+jwt" or "nonce" in claims:
            raise SignInRefused("invalid_logout_token", "another kind of token")
        events, sid, sub = claims.get("events"), claims.get("sid"), claims.get("sub")
        if not isinstance(events, dict) or LOGOUT_EVENT not in events:
            raise SignInRefused("invalid_logout_token", "not about a logout")
        if not (isinstance(sid, str) or isinstance(sub, str)):
            raise SignInRefused("invalid_logout_token", "neither sid nor sub")
        return Ended(sid, sub)

    def _client(self) -> OAuth2Session:
        """Return a client for one exchange: it holds the token, so it is never shared."""
        return OAuth2Session(
            client_id=self._registration.client_id,
            client_secret=self._registration.client_secret,
            token_endpoint_auth_method=self._registration.token_endpoint_auth_method,
            scope=self._registration.scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )

    def _ask_token(self, **parameters: Any) -> dict[str, Any]:
        try:
            with self._client() as client:
                token: dict[str, Any] = client.fetch_token(self._endpoint("token_endpoint"), **parameters)
                return token
        except OAuthError as error:
            raise SignInRefused(error.error, error.description or "") from error
        except (requests.RequestException, ValueError, KeyError) as error:
            raise ProviderUnavailable(str(error)) from error

    def _verify(self, id_token: str, access_token: str) -> dict[str, Any]:
        """Check an ID token (OpenID Connect Core 1.0 section 3.1.3.7) and return its claims."""
        rules = jwt.JWTClaimsRegistry(
            now=self._clock,
            leeway=LEEWAY,
            iss={"essential": True, "value": self.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self._registration.client_id},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = dict(self._decode(id_token).claims)
            rules.validate(claims)
        except (JoseError, ValueError) as error:
            raise SignInRefused("invalid_id_token", type(error).__name__) from error
        if claims.get("azp", self._registration.client_id) != self._registration.client_id:
            raise SignInRefused("invalid_id_token", "azp is another application")
        if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token):
            raise SignInRefused("invalid_id_token", "at_hash is of another access token")
        return claims

    def _decode(self, signed: str) -> jwt.Token:
        """Verify the signature; on failure read the keys once more, since the provider may have rotated them.

        Not at each failure: anybody may send us a token that no key verifies, and it must not cost the provider a call.
        """
        try:
            return self._decode_with(self._keys(), signed)
        except (JoseError, ValueError):
            if not self._may_read_again():
                raise
            return self._decode_with(self._keys(newest=True), signed)

    def _may_read_again(self) -> bool:
        """Take leave to read the keys before their time; once in `KEYS_REST` seconds, whether or not it succeeds."""
        with self._lock:
            now = self._clock()
            if 0 <= now - self._reread_at < KEYS_REST:
                return False
            self._reread_at = now
            return True

    def _decode_with(self, keys: Any, signed: str) -> jwt.Token:
        algorithms = [self._registration.id_token_signed_response_alg]
        return jwt.decode(signed, KeySet.import_key_set(keys), algorithms=algorithms)

    def _endpoint(self, name: str) -> str:
        """Return one address of the provider's metadata (OpenID Connect Discovery 1.0 section 4)."""
        metadata = self._read("metadata", f"{self.issuer}/.well-known/openid-configuration")
        if metadata.get("issuer") != self.issuer:
            raise ProviderUnavailable("the metadata are of another issuer (Discovery 4.3)")
        if not isinstance(metadata.get(name), str):
            raise ProviderUnavailable(f"the metadata lack {name}")
        return str(metadata[name])

    def _keys(self, *, newest: bool = False) -> dict[str, Any]:
        return self._read("keys", self._endpoint("jwks_uri"), newest=newest)

    def _read(self, name: str, url: str, *, newest: bool = False) -> dict[str, Any]:
        """Return a document of the provider, kept for a while so that a sign-in costs two calls, not four."""
        with self._lock:
            read_at, document = self._documents.get(name, (0, {}))
        if document and not newest and self._clock() - read_at < DOCUMENTS_LIVE:
            return document
        try:
            answer = requests.get(url, timeout=TIMEOUT)
            answer.raise_for_status()
            document = dict(answer.json())
        except (requests.RequestException, TypeError, ValueError) as error:
            raise ProviderUnavailable(f"{url}: {error}") from error
        with self._lock:
            self._documents[name] = (self._clock(), document)
        return document


def _half_hash(access_token: str) -> str:
    """Return `at_hash` for an algorithm that ends in 256 (OpenID Connect Core 1.0 section 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode("ascii")).digest()
    return urlsafe_b64encode(digest[:16]).rstrip(b"=").decode("ascii")
