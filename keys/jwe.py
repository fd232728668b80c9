"""Compact JWE: decrypt what was encrypted to us, encrypt to another party's key.

Three content encryptions, of which FranceConnect+ uses A256GCM alone, and three key managements, RSA-OAEP-256,
RSA-OAEP (FranceConnect+ only) and ECDH-ES. No ``zip``, no PBES2, no RSA1_5, no direct symmetric key (N-047): a
header that names anything else is refused before any cryptography, so that neither an iteration count nor a
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
CONTENT_ENCRYPTIONS = (CONTENT_ENCRYPTION, "A128GCM", "A128CBC-HS256")
"""What the house encrypts and decrypts content with (RFC 7518 section 5), the strongest first."""
MAX_BYTES = 32 * 1024
_PARTS = 5
_KEY_MANAGEMENT = frozenset(name for name, row in ALGORITHMS.items() if row.use == "enc")
_MEMBERS = frozenset({"alg", "enc", "kid", "typ", "cty", "epk", "apu", "apv", "iss", "aud"})


def decrypt(
    ring: KeyRing,
    token: str,
    *,
    algorithms: Collection[str],
    now: int,
    contents: Collection[str] = (CONTENT_ENCRYPTION,),
    max_bytes: int = MAX_BYTES,
) -> str:
    """Return the text inside ``token``, encrypted to one of our keys; TokenRejected otherwise.

    ``algorithms`` and ``contents`` are the key managements and content encryptions that the caller
    agreed with the sender, ``now`` is in Unix seconds. A ``kid`` must name a key of ours that is held for exactly
    that algorithm.
    """
    if isinstance(algorithms, str) or not _KEY_MANAGEMENT.issuperset(algorithms):
        raise ValueError("algorithms must be a collection of key managements of the table")
    name, content, kid = _header(token, max_bytes)
    if name not in algorithms or content not in contents:
        raise TokenRejected(Rejection.ALGORITHM)
    key = None if kid is None else ring.find(kid, now)
    if key is None or key.use != "enc":
        raise TokenRejected(Rejection.UNKNOWN_KEY)
    if key.algorithm != name:
        raise TokenRejected(Rejection.ALGORITHM)
    text: str | None = None
    try:
        registry = jwe.JWERegistry(algorithms=[name, content], strict_check_header=False)
        plaintext = jwe.decrypt_compact(token, key.key, registry=registry).plaintext
        text = None if plaintext is None else plaintext.decode("ascii")
    except (JoseError, ValueError, KeyError, TypeError):
        text = None  # raised below, outside this block, so that no cause hangs on
    if text is None:
        raise TokenRejected(Rejection.DECRYPTION)
    return text


def is_encrypted(token: str) -> bool:
    """Tell whether ``token`` has the five parts of a JWE, where a JWS has three (RFC 7516 section 9)."""
    return token.count(".", 0, MAX_BYTES) == _PARTS - 1


def encrypt(
    key: PublicKey, text: str, *, algorithm: str, content: str = CONTENT_ENCRYPTION, nested: bool = True
) -> str:
    """Encrypt ``text`` to another party's key; ValueError when the key or an algorithm does not fit.

    ``nested`` tells that the text is itself a signed token (``cty``, RFC 7519 section 5.2); it is not looked at.
    The key alone is taken from its owner: algorithms are what the owner registered.
    """
    if algorithm not in _KEY_MANAGEMENT or content not in CONTENT_ENCRYPTIONS or not key.fits(algorithm):
        raise ValueError("the key does not fit this key management")
    header: dict[str, str] = {"alg": algorithm, "enc": content}
    if nested:
        header["cty"] = "JWT"
    if key.kid is not None:
        header["kid"] = key.kid
    return jwe.encrypt_compact(header, text, key.key, algorithms=[algorithm, content])


def _header(token: str, max_bytes: int) -> tuple[str, str, str | None]:
    """Check size, shape and every member of the header; return ``alg``, ``enc`` and ``kid``."""
    if len(token) > max_bytes:
        raise TokenRejected(Rejection.TOO_LARGE)
    parts = token.split(".", _PARTS)
    if len(parts) != _PARTS:
        raise TokenRejected(Rejection.NOT_COMPACT)
    for place, part in enumerate(parts):
        if part or place != 1:  # ECDH-ES has an empty encrypted key
            decode_base64url(part)
    header = parse_object(decode_base64url(parts[0]))
    if "crit" in header or "zip" in header:
        raise TokenRejected(Rejection.CRITICAL_HEADER)
    if not header.keys() <= _MEMBERS:
        raise TokenRejected(Rejection.BAD_HEADER)
    name, content, kid = header.get("alg"), header.get("enc"), header.get("kid")
    if not isinstance(name, str) or not isinstance(content, str) or content not in CONTENT_ENCRYPTIONS:
        raise TokenRejected(Rejection.ALGORITHM)
    if "kid" in header and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID_LENGTH):
        raise TokenRejected(Rejection.BAD_HEADER)
    return name, content, kid if isinstance(kid, str) else None
