"""A generic OpenID Connect client for the code flow, strict in what it believes.

The authorization URL carries exactly the parameters it is given. The code is exchanged once, with
`client_secret_post`, and never again: a replayed code kills the tokens it brought. The ID token and
the signed userinfo are both verified (N-063): algorithm pinned, `iss`, `aud`, `exp`, `iat` with
leeway, `nonce`, the same `sub` in both, `acr` of our list (N-065).
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from urllib.parse import urlencode

import requests

from federation.provider_metadata import ProviderDirectory
from federation.upstream_errors import (
    TooManyWaiting,
    UpstreamDown,
    UpstreamInvalid,
    UpstreamRefused,
    error_details,
)
from idp.outbound import Answer, BoundedAdapter, get, post
from idp.records import dataclass
from keys import claims_check
from keys.errors import Rejection, TokenRejected
from keys.half_hash import check_half_hash
from keys.purposes import Purpose

_MAX_LIFETIME = 3600
_WAIT_FOR_TURN = 1.0
"""Seconds a sign-in waits while as many as may are already talking to the upstream."""
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class RelyingPartySettings:
    """How we are registered with an upstream.

    ``algorithm`` signs both ID token and userinfo. ``acr_values``: levels accepted, any of them; empty: all.
    ``signed_userinfo``: whether userinfo must be `application/jwt`. ``leeway``: seconds by which
    clocks may disagree, 60 at most. ``timeout``: seconds for one whole call. ``concurrent``: how
    many sign-ins may talk to the upstream at once; ``room``: how many at most talk or wait for their
    turn, so that one that hangs leaves threads for the rest of the house. ``encryption``: the key
    management of the JWE that both answers come in, empty where they are only signed.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    algorithm: str
    acr_values: frozenset[str]
    client_secret: str = field(repr=False)
    signed_userinfo: bool = True
    timeout: float = 5.0
    leeway: int = 60
    concurrent: int = 3
    room: int = 4
    encryption: str = ""

    def within(self, threads: int) -> "RelyingPartySettings":
        """Return the same registration for a process in which ``threads`` may be spent on this upstream and others.

        Half of them at most ever wait for it; whoever comes on top is told at once.
        """
        return replace(self, concurrent=max(1, threads * 3 // 8), room=max(1, threads // 2))


@dataclass(frozen=True, slots=True)
class UpstreamIdentity:
    """A verified answer: `sub` and `acr` from the ID token, claims from userinfo.

    `id_token` is the raw token, kept as the hint for logout. `auth_time`, in Unix seconds, is when the upstream says
    that the person proved who they are; None where it does not say.
    """

    sub: str
    acr: str
    claims: Mapping[str, object] = field(repr=False)
    id_token: str = field(repr=False)
    auth_time: int | None = None


Decrypt = Callable[[str, str], str]
"""Return what is inside a JWE encrypted to one of our keys with a key management; TokenRejected otherwise."""


class RelyingParty:
    """One client registered with one upstream; safe to share between threads."""

    def __init__(
        self,
        settings: RelyingPartySettings,
        directory: ProviderDirectory,
        adapter: BoundedAdapter,
        clock: Callable[[], int],
        decrypt: Decrypt | None = None,
    ) -> None:
        """``decrypt`` opens what is encrypted to us; ValueError where that is registered and it lacks."""
        if settings.encryption and decrypt is None:
            raise ValueError("an upstream that encrypts needs somebody to decrypt")
        self._decrypt = decrypt
        self._settings = settings
        self._directory = directory
        self._adapter = adapter
        self._clock = clock
        self._turns = threading.BoundedSemaphore(settings.concurrent)
        self._room = threading.BoundedSemaphore(settings.room)

    def authorization_url(self, parameters: Mapping[str, str]) -> str:
        """Return where the browser must go; UpstreamError when no address is known.

        The query is ``client_id``, ``response_type``, ``redirect_uri`` and exactly ``parameters``
        (which hold `state`).
        """
        endpoint = self._directory.endpoints().authorization
        own = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_uri,
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode({**own, **parameters})}"

    def identify(self, code: str, nonce: str, verifier: str = "") -> UpstreamIdentity:
        """Exchange a code and fetch userinfo, at once: a code lives 30 s and a token 60 s.

        ``verifier`` is of the challenge that was sent (RFC 7636), empty where none was.
        UpstreamDown, UpstreamRefused or UpstreamInvalid otherwise.
        """
        if not self._room.acquire(blocking=False):
            raise TooManyWaiting("token:too_many_waiting")
        try:
            if not self._turns.acquire(timeout=_WAIT_FOR_TURN):
                raise TooManyWaiting("token:too_many_waiting")
            try:
                return self._identify(code, nonce, verifier)
            finally:
                self._turns.release()
        finally:
            self._room.release()

    def _identify(self, code: str, nonce: str, verifier: str) -> UpstreamIdentity:
        access_token, id_token = self._exchange(code, verifier)
        try:
            id_token = self._opened(id_token)
        except TokenRejected as rejected:
            raise UpstreamInvalid(f"upstream_id_token:{rejected}") from rejected
        verified = self._directory.verify(Purpose.UPSTREAM_ID_TOKEN, id_token, self._settings.algorithm)
        try:
            sub = self._check_id_token(verified.claims, nonce)
            check_half_hash(verified.claims, "at_hash", access_token, self._settings.algorithm, required=False)
            acr = self._level(verified.claims)
        except TokenRejected as rejected:
            raise UpstreamInvalid(f"upstream_id_token:{rejected}") from rejected
        claims = self._userinfo(access_token, sub)
        proven = verified.claims.get("auth_time")
        return UpstreamIdentity(sub, acr, claims, id_token, proven if type(proven) is int else None)

    def _exchange(self, code: str, verifier: str) -> tuple[str, str]:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
        }
        if verifier:
            fields["code_verifier"] = verifier
        headers = {"Accept": "application/json"}
        try:
            response = post(self._adapter, self._directory.endpoints().token, fields, self._settings.timeout, headers)
        except requests.RequestException as error:
            raise UpstreamDown(f"token:{type(error).__name__}") from error
        token = _token_answer(response)
        access_token, id_token = token.get("access_token"), token.get("id_token")
        kind = token.get("token_type")
        if not isinstance(access_token, str) or not isinstance(id_token, str):
            raise UpstreamInvalid("token:missing_token")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise UpstreamInvalid("token:token_type")
        if not access_token.isascii() or not access_token.isprintable():
            raise UpstreamInvalid("token:malformed_token")
        return access_token, id_token

    def _check_id_token(self, claims: Mapping[str, object], nonce: str) -> str:
        """Core section 3.1.3.7, each check spelled out; returns ``sub``."""
        self._check_common(claims, require_iat=True)
        claims_check.check_authorized_party(claims, self._settings.client_id)
        claims_check.check_text(claims, "nonce", nonce)
        return claims_check.check_subject(claims)

    def _level(self, claims: Mapping[str, object]) -> str:
        """Return ``acr``: one that is accepted, or any where all are, the empty string for none."""
        accepted = self._settings.acr_values
        if not accepted and "acr" not in claims:
            return ""
        acr = claims_check.text_claim(claims, "acr")
        if accepted and acr not in accepted:
            raise TokenRejected(Rejection.MISMATCH, "acr")
        return acr

    def _check_common(self, claims: Mapping[str, object], *, require_iat: bool) -> None:
        claims_check.check_issuer(claims, self._settings.issuer)
        claims_check.check_audience(claims, self._settings.client_id)
        claims_check.check_times(
            claims,
            self._clock(),
            leeway=self._settings.leeway,
            expired_leeway=self._settings.leeway,
            max_lifetime=_MAX_LIFETIME,
            require_iat=require_iat,
        )

    def _userinfo(self, access_token: str, sub: str) -> Mapping[str, object]:
        headers = {"Authorization": f"Bearer {access_token}"}
        try:
            response = get(self._adapter, self._directory.endpoints().userinfo, headers)
        except requests.RequestException as error:
            raise UpstreamDown(f"userinfo:{type(error).__name__}") from error
        if _is_down(response):
            raise UpstreamDown(f"userinfo:http_{response.status}", error_details(_object(response) or {}))
        if response.status != 200:
            raise UpstreamRefused(error_details(_object(response) or {"error": "userinfo"}))
        try:
            if response.media_type == "application/jwt" or self._settings.signed_userinfo:
                claims = self._signed_userinfo(response)
            else:
                claims = _object(response) or {}
            claims_check.check_subject(claims, sub)
        except TokenRejected as rejected:
            raise UpstreamInvalid(f"upstream_userinfo:{rejected}") from rejected
        return claims

    def _signed_userinfo(self, response: Answer) -> Mapping[str, object]:
        """Core section 5.3.2. Plain JSON is refused: it would be a downgrade."""
        if response.media_type != "application/jwt" or not response.body.isascii():
            raise TokenRejected(Rejection.TYPE)
        verified = self._directory.verify(
            Purpose.UPSTREAM_USERINFO,
            self._opened(response.body.decode("ascii").strip()),
            self._settings.algorithm,
        )
        self._check_common(verified.claims, require_iat=False)
        return verified.claims

    def _opened(self, token: str) -> str:
        """Return the signed token inside an encrypted one; one that should be encrypted and is not is refused."""
        if not self._settings.encryption or self._decrypt is None:
            return token
        return self._decrypt(token, self._settings.encryption)


def _token_answer(response: Answer) -> Mapping[str, object]:
    """Return what a token endpoint answered: an object, and no error (RFC 6749 section 5)."""
    answer = _object(response)
    if _is_down(response):
        raise UpstreamDown(f"token:http_{response.status}", error_details(answer or {}))
    if answer is not None and "error" in answer:
        raise UpstreamRefused(error_details(answer))
    if answer is None or response.status != 200:
        raise UpstreamInvalid(f"token:http_{response.status}")
    return answer


def _is_down(response: Answer) -> bool:
    return response.status >= 500 or response.status == _TOO_MANY_REQUESTS


def _object(response: Answer) -> dict[str, object] | None:
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
