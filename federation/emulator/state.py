"""What the emulator remembers: sessions, codes and tokens, in memory, behind one lock.

Each verb is atomic. Nothing survives a restart, and a second process would not see it: serve with one worker.
"""

import base64
import hashlib
import secrets
import threading
from dataclasses import dataclass, replace
from typing import Literal

from federation.emulator.config import Clock, ServiceProvider
from federation.emulator.errors import UNCATEGORISED, JsonError
from federation.emulator.personas import Persona
from federation.emulator.providers import IdentityProvider

CODE_LIFETIME = 30
TOKEN_LIFETIME = 60

Step = Literal["choice", "login", "information"]


@dataclass(frozen=True, slots=True)
class Interaction:
    """One authorization request under way. `scopes` are the known ones that were asked and may be granted."""

    uid: str
    client: ServiceProvider
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    wants_amr: bool = False
    skip_information: bool = False
    step: Step = "choice"
    level: str = "eidas1"
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser at FranceConnect.

    With `persona` it is signed in (single sign-on); `choosing` is the provider picked in the current interaction,
    `provider` the one that signed the person in.
    """

    sid: str
    expires_at: int
    interaction: Interaction | None = None
    choosing: IdentityProvider | None = None
    persona: Persona | None = None
    provider: IdentityProvider | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code, then a token, stands for. `auth_time` is the click on "Continuer", Unix seconds."""

    client: ServiceProvider
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str
    persona: Persona
    provider: IdentityProvider
    auth_time: int
    wants_amr: bool
    level: str = "eidas1"
    challenge: str = ""


@dataclass(slots=True)
class _Code:
    grant: Grant
    expires_at: int
    token: str = ""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A live access token."""

    value: str
    grant: Grant
    expires_at: int


class State:
    """The memory. Sessions live as long as the platform says; where they slide, each read begins their life anew."""

    def __init__(self, clock: Clock, *, session_lifetime: int = 1800, sliding: bool = True) -> None:
        self._clock = clock
        self._lifetime, self._sliding = session_lifetime, sliding
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._codes: dict[str, _Code] = {}
        self._tokens: dict[str, AccessToken] = {}
        self._assertions: dict[str, int] = {}

    def session(self, sid: str | None) -> Session | None:
        """Return the live session of that id with its life prolonged, or None."""
        now = self._clock()
        with self._lock:
            found = self._sessions.get(sid or "")
            if found is None or found.expires_at <= now:
                return None
            if self._sliding:
                found = replace(found, expires_at=now + self._lifetime)
                self._sessions[found.sid] = found
            return found

    def new_session(self, replacing: Session | None = None) -> Session:
        """Open a session under a fresh id; what `replacing` held moves into it and the old id dies."""
        now = self._clock()
        fresh = Session(secrets.token_urlsafe(32), now + self._lifetime)
        if replacing is not None:
            fresh = replace(replacing, sid=fresh.sid, expires_at=fresh.expires_at)
        with self._lock:
            self._purge(now)
            if replacing is not None:
                self._sessions.pop(replacing.sid, None)
            self._sessions[fresh.sid] = fresh
        return fresh

    def save(self, session: Session) -> None:
        """Keep the new value of a session that still exists; a session ended meanwhile stays ended."""
        with self._lock:
            if session.sid in self._sessions:
                self._sessions[session.sid] = session

    def end_session(self, sid: str | None) -> None:
        """Forget a session."""
        with self._lock:
            self._sessions.pop(sid or "", None)

    def issue_code(self, grant: Grant) -> str:
        """Return a new code of 43 characters, good for one use within 30 seconds."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = _Code(grant, self._clock() + CODE_LIFETIME)
        return code

    def redeem(self, code: str, client_id: str, redirect_uri: str, verifier: str = "") -> AccessToken:
        """Spend a code and return its access token.

        Raises JsonError `invalid_grant`: unknown, expired, another client's, another redirect_uri, without the
        verifier of its challenge (RFC 7636 section 4.6), or used; a second use also kills the token of the first.
        """
        now = self._clock()
        with self._lock:
            row = self._codes.get(code)
            if row is None or row.expires_at <= now or row.grant.client.client_id != client_id:
                raise JsonError(400, "invalid_grant", "grant request is invalid", "Y049E20B")
            if row.grant.redirect_uri != redirect_uri:
                raise JsonError(400, "invalid_grant", "grant request is invalid", "Y04F8199")
            if row.grant.challenge != _challenge_of(verifier):
                raise JsonError(400, "invalid_grant", "PKCE verification failed", UNCATEGORISED)
            if row.token:
                self._tokens.pop(row.token, None)
                raise JsonError(400, "invalid_grant", "grant request is invalid", "Y0416228")
            row.token = secrets.token_urlsafe(32)
            token = AccessToken(row.token, row.grant, now + TOKEN_LIFETIME)
            self._tokens[row.token] = token
            return token

    def access_token(self, value: str) -> AccessToken | None:
        """Return a token that is neither expired nor revoked, or None."""
        with self._lock:
            found = self._tokens.get(value)
            return found if found is not None and found.expires_at > self._clock() else None

    def revoke(self, value: str, client_id: str) -> None:
        """Kill a token of that client; another client's token is left alone, without a word."""
        with self._lock:
            found = self._tokens.get(value)
            if found is not None and found.grant.client.client_id == client_id:
                del self._tokens[value]

    def spend_assertion(self, identifier: str, expires_at: int) -> bool:
        """Return whether a client assertion of that identifier is used for the first time, and mark it used."""
        with self._lock:
            if identifier in self._assertions:
                return False
            self._assertions[identifier] = expires_at
            return True

    def _purge(self, now: int) -> None:
        self._assertions = {k: v for k, v in self._assertions.items() if v > now}
        self._sessions = {k: v for k, v in self._sessions.items() if v.expires_at > now}
        self._codes = {k: v for k, v in self._codes.items() if v.expires_at > now}
        self._tokens = {k: v for k, v in self._tokens.items() if v.expires_at > now}


def _challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier, empty for none."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() if verifier else ""
