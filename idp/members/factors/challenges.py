"""Challenges of passkeys (WebAuthn Level 3 section 13.4.3): for one browser, one action and one hour. Pure.

A challenge carries its time and the proof that we made it, so that showing a page writes nothing. That it is used once
is SQL's to judge, by its digest (N-101).
"""

import hashlib
import hmac
from typing import Final

LIFETIME: Final = 3600
"""Seconds; a sign-in page is left open for a while."""

_NONCE: Final = 16
_TIME: Final = 8
_PROOF: Final = 32
_HEAD: Final = _NONCE + _TIME


class Challenges:
    """Makes and recognises challenges.

    Args:
        key: at least 16 random bytes, the same on every node.
    """

    def __init__(self, key: bytes) -> None:
        self._key: Final = key

    def issue(self, browser: str, action: str, now: int, nonce: bytes) -> bytes:
        """Return a challenge.

        Args:
            browser: the opaque id of the browser.
            action: what is to be confirmed, and of whom.
            now: Unix seconds.
            nonce: 16 random bytes.
        """
        head = nonce + now.to_bytes(_TIME, "big")
        return head + self._proof(head, browser, action)

    def ends(self, challenge: bytes, browser: str, action: str, now: int) -> int | None:
        """Return when a challenge of ours ends (Unix seconds), or None when it is over, altered or another's."""
        head, proof = challenge[:_HEAD], challenge[_HEAD:]
        genuine = len(challenge) == _HEAD + _PROOF and hmac.compare_digest(proof, self._proof(head, browser, action))
        made = int.from_bytes(head[_NONCE:], "big")
        return made + LIFETIME if genuine and made <= now < made + LIFETIME else None

    def _proof(self, head: bytes, browser: str, action: str) -> bytes:
        who = hashlib.sha256(browser.encode()).digest()
        return hmac.digest(self._key, head + who + action.encode(), hashlib.sha256)


def fingerprint(challenge: bytes) -> str:
    """Return what is stored of a used challenge."""
    return hashlib.sha256(challenge).hexdigest()
