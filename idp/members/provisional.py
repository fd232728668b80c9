"""Provisional passwords as people read and type them, and the keyed digest that stands for them in the database.

Sixteen characters of an alphabet of 31, none to be taken for another: about 79 bits (C-03). Printed in groups of
four; typed with or without the dashes, in capitals or not.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 or O, no 1, I or L."""

LENGTH: Final = 16
_GROUP: Final = 4
_SEPARATORS: Final = re.compile(r"[\s.\-_\u00ad\u200b\u2010-\u2015\u2212]+")


def draw(below: Callable[[int], int]) -> str:
    """Return a new provisional password, without dashes.

    Args:
        below: returns a random number from 0 to its argument, excluded (`secrets.randbelow`).
    """
    return "".join(ALPHABET[below(len(ALPHABET))] for _ in range(LENGTH))


def printed(secret: str) -> str:
    """Return a provisional password as a message or a letter shows it: groups of four with dashes."""
    return "-".join(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))


def read(typed: str) -> str | None:
    """Return the provisional password that was typed, or None when what was typed cannot be one."""
    bare = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed[:64])).upper()
    return bare if len(bare) == LENGTH and set(bare) <= set(ALPHABET) else None


class Digests:
    """The keyed digest of a provisional password, bound to its account.

    Args:
        key: at least 16 random bytes, the same on every node.
    """

    def __init__(self, key: bytes) -> None:
        self._key: Final = key

    def of(self, account_id: str, secret: str) -> str:
        """Return the digest to store."""
        return hmac.digest(self._key, f"{account_id}:{secret}".encode(), hashlib.sha256).hex()

    def matches(self, account_id: str, known: str | None, typed: str) -> bool:
        """Whether what was typed is the one behind a digest; the same work where there is none (N-095)."""
        secret = read(typed)
        digest = self.of(account_id, secret or "-" * LENGTH)
        same = hmac.compare_digest(digest, known or "0" * len(digest))
        return same and known is not None and secret is not None
