"""`Authorization` headers of applications that were right, by their digest: programs show the same one all day.

What is known of a header is which registration it proved, and until when: whoever finds it asks whether that is still
the registration. No secret is here, only digests.
"""

from threading import Lock
from typing import Final

from idp.endpoints.rfc6749_client_auth import MAX_HEADER
from idp.protocol.client import Client
from idp.protocol.opaque import digest
from idp.records import dataclass

MOST: Final = 2
"""Headers of one application, as many as it may have secrets: other spellings of them push out no other application."""
MAX_CLIENTS: Final = 20_000
"""Applications; all are forgotten for one more."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a header proved: `until` is when its secret ends, in Unix seconds; `remembered` is for the brake."""

    client: Client
    until: float
    remembered: str


class KnownHeaders:
    """Thread-safe: one dictionary read to find, a lock to keep."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._of: dict[str, tuple[str, ...]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many headers are known."""
        return len(self._known)

    def find(self, header: str) -> Known | None:
        """Return what a header proved when it last was right; whether it does still, the caller asks."""
        return self._known.get(digest(header)) if len(header) <= MAX_HEADER else None

    def keep(self, header: str, known: Known) -> None:
        """Keep what a header has just proved; nothing of one that is too long to be looked for."""
        if len(header) > MAX_HEADER:
            return
        name, client_id = digest(header), known.client.client_id
        with self._lock:
            if len(self._of) >= MAX_CLIENTS and client_id not in self._of:
                self._known.clear()
                self._of.clear()
            before = self._of.get(client_id, ())
            now = (*(one for one in before if one != name), name)[-MOST:]
            for one in set(before).difference(now):
                self._known.pop(one, None)
            self._of[client_id] = now
            self._known[name] = known
