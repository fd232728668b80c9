"""Codes that wait to be typed: one a pending link, sealed, single use, a few attempts, in one browser.

The key holds the provider, the browser and the pending link, which itself holds the `sub`: a code that was sent for
one person's proof is nothing in another's.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, field
from typing import Final, Literal

from federation.transactions import LINK_SECONDS, key_of
from idp.records import dataclass
from idp.upstream_ports import KeyValue, Seal

ATTEMPTS: Final = 5
"""Wrong codes after which a code is gone: with eight digits, one guess in twenty million is right."""

SENDINGS: Final = 3
"""Codes that may be asked for on one proof."""

_DIGITS: Final = 8

Verdict = Literal["right", "wrong", "gone"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that was asked for: the dossier that was typed, what the page shows, and whose account it is.

    ``account_id`` is empty, and no message left, for a number that is not this person's: nothing on the page tells.
    """

    situation: str
    dossier: str
    masked: str | None
    account_id: str
    code: str = field(repr=False)
    serial: str = ""


class ContactCodes:
    """Codes of one upstream. Every verb may raise `KeyValueUnavailable`."""

    def __init__(self, kv: KeyValue, seal: Seal, random: Callable[[int], bytes], provider: str) -> None:
        self._kv, self._seal, self._random, self._provider = kv, seal, random, provider

    def draw(self) -> str:
        """Return a new code: eight decimal digits."""
        return f"{int.from_bytes(self._random(16), 'big') % 10**_DIGITS:0{_DIGITS}}"

    def admit(self, browser: str, handle: str) -> bool:
        """Count one more code for a pending link; return whether it may be sent."""
        return self._kv.increment(self._key("code-sendings", browser, handle), LINK_SECONDS) <= SENDINGS

    def keep(self, browser: str, handle: str, asked: Asked) -> None:
        """Keep a code in the place of the one before, with its attempts still to come."""
        key = self._key("code", browser, handle)
        value = asdict(asked) | {"serial": self._random(8).hex()}
        self._kv.set(key, self._seal.seal(json.dumps(value).encode(), key.encode()), LINK_SECONDS)

    def look(self, browser: str, handle: str) -> Asked | None:
        """Return what was asked for last, or None."""
        key = self._key("code", browser, handle)
        return self._open(key, self._kv.get(key))

    def forget(self, browser: str, handle: str) -> None:
        """Drop the code, so that another dossier may be named."""
        self._kv.delete(self._key("code", browser, handle))

    def check(self, browser: str, handle: str, typed: str) -> Verdict:
        """Count an attempt, compare, and spend the code when it is right or out of attempts."""
        key = self._key("code", browser, handle)
        asked = self._open(key, self._kv.get(key))
        if asked is None:
            return "gone"
        made = self._kv.increment(self._key("code-attempts", browser, asked.serial), LINK_SECONDS)
        if made <= ATTEMPTS and hmac.compare_digest(asked.code.encode(), typed.encode()):
            # Of two requests with the right code one goes on.
            return "right" if self._kv.take(key) is not None else "gone"
        if made < ATTEMPTS:
            return "wrong"
        self._kv.delete(key)
        return "gone"

    def _open(self, key: str, sealed: bytes | None) -> Asked | None:
        if sealed is None:
            return None
        try:
            return Asked(**json.loads(self._seal.unseal(sealed, key.encode())))
        except ValueError:
            return None

    def _key(self, kind: str, browser: str, handle: str) -> str:
        return key_of(kind, self._provider, browser, handle)
