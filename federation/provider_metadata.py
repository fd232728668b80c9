"""An upstream's discovery document and keys: fetched when first needed, kept while it is down.

Start-up never needs the upstream. Each document is kept for ten minutes at most (FranceConnect
serves both with ``max-age=600``). A token that names an unknown key, *or* whose signature is bad,
may mean a rotation under the same ``kid``: the keys are fetched again
once, then not before a cool-down that failures start too (V-36, R-29). What was good stays good
when a fetch fails or brings nothing. One thread fetches; the others use what there is.
"""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import requests

from federation.upstream_errors import UpstreamDown, UpstreamError, UpstreamInvalid, UpstreamUnusable
from idp.outbound import BodyTooLarge, BoundedAdapter, get
from idp.records import dataclass
from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKeySet
from keys.jws import VerifiedToken, verify_foreign
from keys.purposes import Purpose

_log = logging.getLogger("idp.federation")
_MAY_BE_ROTATION = (Rejection.UNKNOWN_KEY, Rejection.SIGNATURE)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of an upstream; the last may be absent (RP-Initiated Logout section 2.1)."""

    authorization: str
    token: str
    userinfo: str
    jwks: str
    end_session: str | None


_DISCOVERY = "/.well-known/openid-configuration"
_ANSWERED = "fetch:http_"
_TOO_LARGE = f"fetch:{BodyTooLarge.__name__}"


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Seconds: how long a document is fresh, and how long not to ask again after a fetch."""

    fresh: int = 600
    cool_down: int = 30


class Cached(Generic[T]):
    """One document: value, age, a single fetcher, a cool-down that counts failures too.

    ``fallback`` stands in until a first fetch succeeds, for what is known without asking.
    """

    def __init__(
        self,
        fetch: Callable[[], T],
        clock: Callable[[], int],
        policy: CachePolicy,
        fallback: T | None = None,
    ) -> None:
        self._fetch, self._clock, self._policy = fetch, clock, policy
        self._lock = threading.Lock()
        self._value = fallback
        self._fetched_at: int | None = None
        self._tried_at: int | None = None
        self._failure: UpstreamError = UpstreamDown("not_fetched")

    def peek(self) -> T | None:
        """Return the last good value, however old, without a fetch."""
        return self._value

    def get(self) -> T:
        """Return a value: fresh if possible, else the last good one; UpstreamError if none."""
        value, fetched_at = self._value, self._fetched_at
        if value is None or fetched_at is None or self._clock() - fetched_at >= self._policy.fresh:
            return self._refresh(value)
        return value

    def newer_than(self, seen: T) -> T | None:
        """Return a value other than ``seen`` if one can be had now, else None."""
        value = self._value if self._value is not seen else self._refresh(seen)
        return value if value is not seen else None

    def _refresh(self, seen: T | None) -> T:
        # With something to serve, nobody waits for another thread's fetch.
        if not self._lock.acquire(blocking=seen is None):
            return self._last_good()
        try:
            now = self._clock()
            cooling = self._tried_at is not None and now - self._tried_at < self._policy.cool_down
            if self._value is seen and not cooling:
                self._tried_at = now
                self._try(now)
            return self._last_good()
        finally:
            self._lock.release()

    def _try(self, now: int) -> None:
        try:
            self._value = self._fetch()
            self._fetched_at = now
        except UpstreamError as error:
            self._failure = error
            _log.warning("upstream document not refreshed: %s", error.reason)

    def _last_good(self) -> T:
        if self._value is None:
            raise type(self._failure)(self._failure.reason)
        return self._value


class ProviderDirectory:
    """What is known of one upstream: its endpoints and its keys.

    ``issuer``: as configured, compared exactly with the document (N-062). ``known``: endpoints
    that are fixed facts, used while discovery has not answered.
    """

    def __init__(
        self,
        issuer: str,
        adapter: BoundedAdapter,
        clock: Callable[[], int],
        *,
        known: Endpoints | None = None,
        policy: CachePolicy | None = None,
    ) -> None:
        policy = policy or CachePolicy()
        self._issuer, self._adapter = issuer, adapter
        # OpenID Connect Discovery section 4: a slash at the end of the issuer is not doubled.
        self._discovery = issuer.rstrip("/") + _DISCOVERY
        self._endpoints = Cached(self._discover, clock, policy, known)
        self._keys = Cached(self._fetch_keys, clock, policy)

    def endpoints(self) -> Endpoints:
        """Return the endpoints; UpstreamDown or UpstreamInvalid when none were ever known."""
        return self._endpoints.get()

    def touch(self) -> None:
        """Ask the upstream for its discovery document; UpstreamDown when nothing answered, whatever it answers."""
        try:
            self._fetch(self._discovery)
        except UpstreamDown as down:
            if not down.reason.startswith((_ANSWERED, _TOO_LARGE)):
                raise
        except UpstreamError:
            return

    def end_session_endpoint(self) -> str | None:
        """Return the logout address if known, never waiting for the upstream."""
        known = self._endpoints.peek()
        return known.end_session if known is not None else None

    def verify(self, purpose: Purpose, token: str, algorithm: str) -> VerifiedToken:
        """Verify a signature with the upstream's keys, fetched once more if that may help.

        UpstreamInvalid when the token is not believed, UpstreamDown when no keys can be had.
        """
        keys = self._keys.get()
        try:
            return _verify(keys, purpose, token, algorithm)
        except TokenRejected as rejected:
            newer = self._keys.newer_than(keys) if rejected.reason in _MAY_BE_ROTATION else None
            if newer is None:
                raise UpstreamInvalid(f"{purpose.value}:{rejected}") from rejected
        try:
            return _verify(newer, purpose, token, algorithm)
        except TokenRejected as rejected:
            raise UpstreamInvalid(f"{purpose.value}:{rejected}") from rejected

    def _discover(self) -> Endpoints:
        document = _json_object(self._fetch(self._discovery), "discovery")
        if document.get("issuer") != self._issuer:
            raise UpstreamUnusable("discovery:wrong_issuer")
        return Endpoints(
            authorization=self._address(document, "authorization_endpoint"),
            token=self._address(document, "token_endpoint"),
            userinfo=self._address(document, "userinfo_endpoint"),
            jwks=self._address(document, "jwks_uri"),
            end_session=(
                self._address(document, "end_session_endpoint") if "end_session_endpoint" in document else None
            ),
        )

    def _address(self, document: Mapping[str, object], name: str) -> str:
        """An endpoint must be of the issuer's own origin: a document names no other host."""
        value = document.get(name)
        if not isinstance(value, str) or _origin(value) != _origin(self._issuer):
            raise UpstreamUnusable(f"discovery:{name}")
        return value

    def _fetch_keys(self) -> PublicKeySet:
        try:
            keys = PublicKeySet.from_bytes(self._fetch(self.endpoints().jwks))
        except TokenRejected as rejected:
            raise UpstreamUnusable(f"jwks:{rejected}") from rejected
        if not keys.keys:
            raise UpstreamUnusable("jwks:empty")
        return keys

    def _fetch(self, url: str) -> bytes:
        try:
            response = get(self._adapter, url, {"Accept": "application/json"})
        except requests.RequestException as error:
            raise UpstreamDown(f"fetch:{type(error).__name__}") from error
        if response.status != 200:
            raise UpstreamDown(f"{_ANSWERED}{response.status}")
        return response.body


def _verify(keys: PublicKeySet, purpose: Purpose, token: str, algorithm: str) -> VerifiedToken:
    return verify_foreign(keys, purpose, token, algorithms=(algorithm,), single_without_kid=True)


def _json_object(body: bytes, what: str) -> Mapping[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UpstreamUnusable(f"{what}:not_json") from error
    if not isinstance(document, dict):
        raise UpstreamUnusable(f"{what}:not_an_object")
    return document


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port
