"""ID tokens that come back as hints (OpenID Connect Core 1.0 3.1.2.1, RP-Initiated Logout 1.0 section 2).

A hint counts when it is one of our own ID tokens: our signature, our issuer, the type of an ID token, one client as
audience. An expired one still does (C-06). Access tokens, logout tokens and anything else we sign are refused by type.
A client whose ID tokens are encrypted sends what was inside, as it is or encrypted again, to one of our keys.
"""

from collections.abc import Callable

from idp.clock import Clock
from idp.protocol.id_token_hint import Hint
from keys.claims_check import check_issuer, check_subject
from keys.errors import TokenRejected
from keys.jwe import is_encrypted
from keys.jws import verify_own
from keys.purposes import Purpose
from keys.ring import KeyRing


class Hints:
    """Reads hints.

    Args:
        ring: our keys.
        issuer: our `iss`.
        clock: Unix seconds.
        unseal: opens what was encrypted to one of our keys, or raises `TokenRejected`.
    """

    def __init__(self, ring: KeyRing, issuer: str, clock: Clock, unseal: Callable[[str], str]) -> None:
        self._ring = ring
        self._issuer = issuer
        self._clock = clock
        self._unseal = unseal

    def read(self, token: str) -> Hint | None:
        """Return what a hint says, or None when it is not one of our ID tokens."""
        try:
            signed = self._unseal(token) if is_encrypted(token) else token
            claims = verify_own(self._ring, Purpose.ID_TOKEN, signed, now=self._clock()).claims
            check_issuer(claims, self._issuer)
            subject = check_subject(claims)
        except TokenRejected:
            return None
        audience = claims.get("aud")
        if isinstance(audience, list) and len(audience) == 1:
            audience = audience[0]
        sid = claims.get("sid")
        if not isinstance(audience, str) or not isinstance(sid, str | None):
            return None
        return Hint(audience, subject, sid)

    def subject_for(self, token: str, client_id: str) -> str | None:
        """Return the `sub` of a hint issued to this client, or None."""
        hint = self.read(token)
        return hint.subject if hint is not None and hint.client_id == client_id else None
