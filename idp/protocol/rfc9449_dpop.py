"""DPoP proofs: RFC 9449 sections 4.2, 4.3, 5, 6 and 7 (N-049, N-074).

Pure: a proof and what it must be for go in, the proven key comes out. The caller remembers `jti` (section 11.1).
Not covered: server-provided nonces (section 8), which short windows and single use make needless here.
"""

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import urlsplit

from idp.records import dataclass
from keys import jws
from keys.claims_check import check_times, text_claim
from keys.errors import Rejection, TokenRejected
from keys.purposes import Purpose

ALGORITHMS: Final = ("ES256", "PS256")
WINDOW: Final = 60
"""Seconds a proof is accepted after its `iat`."""
MAX_PROOF: Final = 4096
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified proof: the thumbprint of its key, its `jti`, and when it is too old anyway (Unix seconds)."""

    jkt: str
    jti: str
    expires_at: int


def check_proof(proof: str, *, method: str, url: str, now: int, access_token: str | None = None) -> Proof:
    """Verify a proof for one request.

    Args:
        proof: value of the `DPoP` header.
        method: HTTP method of the request.
        url: our own address of the endpoint, without query.
        now: Unix seconds.
        access_token: the token it accompanies at a resource; its hash must then be in `ath`.

    Raises:
        TokenRejected: for whatever reason; the reason is for the log.
    """
    verified = jws.verify_embedded(Purpose.DPOP, proof, algorithms=ALGORITHMS, max_bytes=MAX_PROOF)
    claims = verified.claims
    if text_claim(claims, "htm") != method:
        raise TokenRejected(Rejection.MISMATCH, "htm")
    if _address(text_claim(claims, "htu", max_length=1024)) != _address(url):
        raise TokenRejected(Rejection.MISMATCH, "htu")
    check_times(claims, now, require_exp=False, max_age=WINDOW)
    if access_token is not None:
        sent = text_claim(claims, "ath")
        if not hmac.compare_digest(sent.encode(), token_hash(access_token).encode()):
            raise TokenRejected(Rejection.MISMATCH, "ath")
    issued = claims["iat"]
    issued_at = issued if isinstance(issued, int) else now
    return Proof(verified.thumbprint, text_claim(claims, "jti"), issued_at + WINDOW + 1)


def token_hash(access_token: str) -> str:
    """Return `ath`: base64url SHA-256 of the token (section 4.2)."""
    digest = hashlib.sha256(access_token.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _address(url: str) -> tuple[str, str, int | None, str]:
    """Return a URL without query and fragment, scheme and host in lower case, port filled in (section 4.3)."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        raise TokenRejected(Rejection.MALFORMED_CLAIM, "htu") from None
    if parts.username is not None or parts.password is not None:
        raise TokenRejected(Rejection.MALFORMED_CLAIM, "htu")
    return parts.scheme, parts.hostname or "", port, parts.path or "/"
