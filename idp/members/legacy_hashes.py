"""Password hashes of the system before this one: checked until a member's first sign-in, which replaces them.

They come in by the directory file only, and are stored behind a prefix that no Argon2id hash begins with. Four named
schemes are known, each one that the standard library computes:

- `pbkdf2_sha256$<iterations>$<salt>$<base64>` and `pbkdf2_sha1$...`, as Django writes them;
- `scrypt$<n>$<salt>$<r>$<p>$<base64>`, as Django writes it;
- `{SSHA512}<base64 of digest and salt>`, as LDAP directories write it.

Costs are bounded: whoever can write the file must not be able to make one sign-in take a minute or a gigabyte.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Final

from idp.records import dataclass

PREFIX: Final = "legacy:"
"""What a stored legacy hash begins with."""

MOST_ITERATIONS: Final = 2_000_000
"""Iterations of PBKDF2 that a hash may ask for: about a second."""

MOST_SCRYPT_BYTES: Final = 64 * 1024 * 1024
"""Memory that an scrypt hash may ask for."""

_MOST_SCRYPT_LANES: Final = 4
_MOST_CHARACTERS: Final = 512
_SALT: Final = re.compile(r"[!-#%-~]{1,64}")  # printable ASCII but `$`
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_SHA512_BYTES: Final = 64


class LegacyHashError(ValueError):
    """A hash of no known scheme, or beyond its bounds; the message may be shown, and does not repeat the hash."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    expected: bytes
    compute: Callable[[bytes], bytes]


def to_stored(text: str) -> str:
    """Return a legacy hash as the account keeps it.

    Raises:
        LegacyHashError: it is of no known scheme, or asks for too much.
    """
    _parse(text)
    return PREFIX + text


def is_legacy(stored: str | None) -> bool:
    """Whether a stored hash is of the system before this one."""
    return stored is not None and stored.startswith(PREFIX)


def verify(stored: str, password: bytes) -> bool:
    """Return whether a password is the one behind a stored legacy hash; a damaged hash matches nothing.

    Args:
        stored: what `to_stored` returned.
        password: the password's octets.

    Raises:
        MemoryError: there is no memory for it.
    """
    try:
        parsed = _parse(stored.removeprefix(PREFIX))
    except LegacyHashError:
        return False
    return hmac.compare_digest(parsed.expected, parsed.compute(password))


def _parse(text: str) -> _Parsed:
    if len(text) > _MOST_CHARACTERS:
        raise LegacyHashError("is longer than any known hash")
    if text.startswith("{SSHA512}"):
        return _ssha512(text.removeprefix("{SSHA512}"))
    scheme, *parts = text.split("$")
    if scheme in ("pbkdf2_sha256", "pbkdf2_sha1") and len(parts) == 3:
        return _pbkdf2(scheme.removeprefix("pbkdf2_"), *parts)
    if scheme == "scrypt" and len(parts) == 5:
        return _scrypt(*parts)
    raise LegacyHashError("is of no known scheme (pbkdf2_sha256, pbkdf2_sha1, scrypt, {SSHA512})")


def _pbkdf2(digest: str, iterations: str, salt: str, encoded: str) -> _Parsed:
    rounds = _number(iterations)
    if rounds > MOST_ITERATIONS:
        raise LegacyHashError(f"asks for more than {MOST_ITERATIONS} iterations")
    expected = _octets(encoded, hashlib.new(digest, usedforsecurity=False).digest_size)
    salted = _salt(salt)
    return _Parsed(expected, lambda password: hashlib.pbkdf2_hmac(digest, password, salted, rounds))


def _scrypt(work: str, salt: str, block: str, lanes: str, encoded: str) -> _Parsed:
    n, r, p = _number(work), _number(block), _number(lanes)
    if n < 2 or n & (n - 1):
        raise LegacyHashError("has a work factor that is no power of two")
    if 128 * n * r > MOST_SCRYPT_BYTES or p > _MOST_SCRYPT_LANES or r >= n * 8:
        raise LegacyHashError("asks for more memory or work than is allowed")
    expected, salted = _octets(encoded, _SHA512_BYTES), _salt(salt)
    room = 2 * MOST_SCRYPT_BYTES

    def compute(password: bytes) -> bytes:
        try:
            return hashlib.scrypt(password, salt=salted, n=n, r=r, p=p, maxmem=room, dklen=_SHA512_BYTES)
        except ValueError as error:  # what it is given is within bounds: OpenSSL found no memory
            raise MemoryError("scrypt") from error

    return _Parsed(expected, compute)


def _ssha512(encoded: str) -> _Parsed:
    whole = _octets(encoded, None)
    expected, salt = whole[:_SHA512_BYTES], whole[_SHA512_BYTES:]
    if len(expected) < _SHA512_BYTES or not 4 <= len(salt) <= 64:
        raise LegacyHashError("does not hold a SHA-512 digest and a salt")
    return _Parsed(expected, lambda password: hashlib.sha512(password + salt).digest())


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise LegacyHashError("has a cost that is no number")
    return int(text)


def _salt(text: str) -> bytes:
    if not _SALT.fullmatch(text):
        raise LegacyHashError("has no salt")
    return text.encode("ascii")


def _octets(encoded: str, size: int | None) -> bytes:
    try:
        octets = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise LegacyHashError("has a digest that is not Base64") from None
    if size is not None and len(octets) != size:
        raise LegacyHashError("has a digest of another length than its scheme's")
    return octets
