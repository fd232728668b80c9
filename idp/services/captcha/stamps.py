"""Stamps: a signed proof that a page was made for this browser and action, not long ago (N-101).

Every kind of challenge carries one, and it is what gets spent: a page is good for one passed answer, however many ways
of answering it offers.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

from idp.clock import Clock
from idp.records import dataclass

_STAMP: Final = re.compile(r"([0-9]{1,12})\.([0-9]{1,4})\.([0-9a-f]{32})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Stamp:
    """An authentic stamp: its random name, and when the ticked box alone may be believed, in Unix seconds."""

    name: str
    ripe_at: int
    expires_at: int


class Stamps:
    """Makes and reads stamps.

    Args:
        key: secret bytes, the same on every node.
        lifetime: seconds a stamp is good for.
        clock: present time.
    """

    def __init__(self, key: bytes, lifetime: int, clock: Clock) -> None:
        self._key = key
        self._lifetime = lifetime
        self._clock = clock

    def issue(self, browser_id: str, action: str, wait: int) -> tuple[str, str]:
        """Return a new stamp and its name.

        Args:
            browser_id: whose page it is.
            action: what the page's form does.
            wait: seconds before the ticked box alone is believed.
        """
        name = secrets.token_hex(16)
        facts = f"{self._clock()}.{wait}.{name}"
        return f"{facts}.{self._mac(facts, browser_id, action)}", name

    def read(self, text: str, browser_id: str, action: str) -> Stamp | None:
        """Return the stamp, or None when it is absent, forged, too old, or another browser's or action's."""
        match = _STAMP.fullmatch(text)
        if match is None or not browser_id:
            return None
        issued, wait, name, mac = match.groups()
        if not hmac.compare_digest(mac, self._mac(f"{issued}.{wait}.{name}", browser_id, action)):
            return None
        expires = int(issued) + self._lifetime
        return Stamp(name, int(issued) + int(wait), expires) if self._clock() < expires else None

    def _mac(self, facts: str, browser_id: str, action: str) -> str:
        # Lengths first: no browser id and action run together into those of another page.
        parts = [part.encode("utf-8", "surrogatepass") for part in (facts, browser_id, action)]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()
