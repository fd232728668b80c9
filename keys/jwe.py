"""Compact JWE: decrypt what was encrypted to us, encrypt to another party's key.

One content encryption, A256GCM, and three key managements, RSA-OAEP-256, RSA-OAEP and ECDH-ES: what
FranceConnect+ uses. No ``zip``, no PBES2, no RSA1_5, no direct symmetric key (N-047): a header that
names anything else is refused before any cryptography, so that neither an iteration count nor a
compressed bomb is ever looked at (V-31, V-32). Every failure to decrypt is one and the same.

Encryption proves nothing about the sender: what comes out is a signed token for ``keys.jws``.
"""

from collections.abc import Collection

from joserfc import jwe
from joserfc.errors import JoseError

from keys.algorithms import ALGORITHMS
from keys.compact import MAX_KID_LENGTH, decode_base64url, parse_object
from keys.errors import Rejection, TokenRejected
from keys.foreign import PublicKey
from keys.ring import KeyRing

CONTENT_ENCRYPTION = "A256GCM"
MAX_BYTES = 32 * 1024
_KEY_MANAGEMENT = frozenset(name for name, row in ALGORITHMS.items() if row.use == "enc")
_MEMBERS = frozenset({"alg", "enc", "kid", "typ", "cty", "epk", "apu", "apv", "iss", "aud"})


def decrypt(ring: KeyRing, token: str, *, algorithms: Collection[str], now: int, max_bytes: int = MAX_BYTES) -> str:
    """Return the text inside ``token``, encrypted to one of our keys; TokenRejected otherwise.

    ``algorithms`` are the key managements that the caller registered with the sender, ``now`` is
    in Unix seconds. A ``kid`` must name a key of ours that is held for exactly that algorithm.
    """
    if isinstance(algorithms, str) or not _KEY_MANAGEMENT.issuperset(algorithms):
        raise ValueError("algorithms must be a collection of key managements of the table")
    name, kid = _header(token, max_bytes)
    if name not in algorithms:
        raise TokenRejected(Rejection.ALGORITHM)
    key = None if kid is None else ring.find(kid, now)
    if key is None or key.use != "enc":
        raise TokenRejected(Rejection.UNKNOWN_KEY)
    if key.algorithm != name:
        raise TokenRejected(Rejection.ALGORITHM)
    text: str | None = None
    try:
        registry = jwe.JWERegistry(algorithms=[name, CONTENT_ENCRYPTION], strict_check_header=False)
        plaintext = jwe.decrypt_compact(token, key.key, registry=registry).plaintext
        text = None if plaintext is None else plaintext.decode("ascii")
    except (JoseError, ValueError, KeyError, TypeError):
        text = None  # raised below, outside this block, so that no cause hangs on
    if text is None:
        raise TokenRejected(Rejection.DECRYPTION)
    return text


def encrypt(key: PublicKey, token: str, *, algorithm: str) -> str:
    """Encrypt a signed ``token`` to another party's key; ValueError when the key does not fit."""
    if algorithm not in _KEY_MANAGEMENT or not key.fits(algorithm):
        raise ValueError("the key does not fit this key management")
    header: dict[str, str] = {"alg": algorithm, "enc": CONTENT_ENCRYPTION, "cty": "JWT"}
    if key.kid is not None:
        header["kid"] = key.kid
    return jwe.encrypt_compact(header, token, key.key, algorithms=[algorithm, CONTENT_ENCRYPTION])


def _header(token: str, max_bytes: int) -> tuple[str, str | None]:
    """Check size, shape and every member of the header; return ``alg`` and ``kid``."""
    if len(token) > max_bytes:
        raise TokenRejected(Rejection.TOO_LARGE)
    parts = token.split(".", 5)
    if len(parts) != 5:
        raise TokenRejected(Rejection.NOT_COMPACT)
    for place, part in enumerate(parts):
        if part or place != 1:  # ECDH-ES has an empty encrypted key
            decode_base64url(part)
    header = parse_object(decode_base64url(parts[0]))
    if "crit" in header or "zip" in header:
        raise TokenRejected(Rejection.CRITICAL_HEADER)
    if not header.keys() <= _MEMBERS:
        raise TokenRejected(Rejection.BAD_HEADER)
    name, kid = header.get("alg"), header.get("kid")
    if not isinstance(name, str) or header.get("enc") != CONTENT_ENCRYPTION:
        raise TokenRejected(Rejection.ALGORITHM)
    if "kid" in header and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID_LENGTH):
        raise TokenRejected(Rejection.BAD_HEADER)
    return name, kid if isinstance(kid, str) else None
