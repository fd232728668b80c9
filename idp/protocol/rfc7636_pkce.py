"""Proof Key for Code Exchange, RFC 7636 sections 4.1 to 4.6; `S256` only (N-020 to N-022).

Not covered on purpose: `plain` (section 4.2), which RFC 9700 section 2.1.1 advises against.
"""

import base64
import hashlib
import hmac
import re
from typing import Final

METHOD: Final = "S256"
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def well_formed(value: str) -> bool:
    """Whether a verifier or challenge is 43 to 128 unreserved characters (sections 4.1 and 4.2)."""
    return _UNRESERVED.fullmatch(value) is not None


def s256(verifier: str) -> str:
    """Return the challenge of a verifier (section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def fault(challenge: str | None, verifier: str | None) -> str:
    """Return what is wrong where a verifier does not hold, as a sentence for the developer; never a value."""
    if challenge is None:
        return "code_verifier came for a code that was asked for without code_challenge"
    if verifier is None:
        return "code_verifier is missing"
    if not well_formed(verifier):
        return "code_verifier must be 43 to 128 unreserved characters"
    return "code_verifier does not match"


def holds(challenge: str | None, verifier: str | None) -> bool:
    """Whether a token request may use a code.

    A code with a challenge needs its verifier (V-10); a code without one, made under the legacy exemption, refuses
    any verifier, so that stripping the challenge from the authorization request gains nothing (V-11, N-021). The
    comparison takes the same time wherever the difference is.
    """
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    return well_formed(verifier) and hmac.compare_digest(s256(verifier), challenge)
