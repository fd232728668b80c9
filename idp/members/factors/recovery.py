"""Recovery codes as people read and type them, and the keyed digest that stands for them in the database. Pure.

Twelve characters of an alphabet of 31: 59 bits, tried under the same delays as any code. The key of the digests is not
readable in the database.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from idp.members.provisional import ALPHABET

COUNT: Final = 10
FEW: Final = 3
"""From so many left on, the member is told to make new ones."""

LENGTH: Final = 12
_GROUP: Final = 4
_SEPARATORS: Final = re.compile(r"[\s.\-_\u00ad\u200b\u2010-\u2015\u2212]+")


def draw(below: Callable[[int], int]) -> tuple[str, ...]:
    """Return new codes, without dashes.

    Args:
        below: returns a random number from 0 to its argument, excluded (`secrets.randbelow`).
    """
    return tuple("".join(ALPHABET[below(len(ALPHABET))] for _ in range(LENGTH)) for _ in range(COUNT))


def printed(code: str) -> str:
    """Return a code as a page shows it: groups of four with dashes."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read(typed: str) -> str | None:
    """Return the code that was typed, or None when what was typed cannot be one."""
    bare = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed[:64])).upper()
    return bare if len(bare) == LENGTH and set(bare) <= set(ALPHABET) else None


def digest(key: bytes, account_id: str, code: str) -> str:
    """Return what is stored of a code: HMAC-SHA256 bound to its account, hex.

    Args:
        key: at least 16 random bytes, the same on every node.
        account_id: whose code.
        code: as `read` returns it.
    """
    return hmac.digest(key, f"{account_id}:{code}".encode(), hashlib.sha256).hex()
