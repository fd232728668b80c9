"""Authorization codes: parked in the key-value store for a minute, judged in SQL (decision D2).

Promises: `issue` is one write and no SQL; `peek` reads and never consumes, because what makes a code single use is
the unique digest of the grant row (`idp.services.tokens`). The store may lose a code: the application then starts
again, silently where the member has a session. It may keep one too long: the time in the record decides.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from idp.clock import Clock
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.opaque import digest, looks_opaque, new_value
from idp.upstream_ports import KeyValue

CLOCK_STEP: Final = 60
"""Seconds by which the clocks of two nodes may differ before a code from the future is refused."""
ENDED_SESSION: Final = "ended_session"
"""Under this purpose `idp.store.spent` knows the sessions that were signed out of: their codes are dead."""
_MEMBERS: Final = tuple(field.name for field in fields(AuthorizationGrant))
_TUPLES: Final = ("scope", "amr", "resources")


class Codes:
    """Issues and reads codes.

    Args:
        kv: where they are parked.
        clock: Unix seconds.
        lifetime: seconds a code may be redeemed (N-023).
    """

    def __init__(self, kv: KeyValue, clock: Clock, lifetime: int) -> None:
        self._kv = kv
        self._clock = clock
        self.lifetime = lifetime

    def issue(self, grant: AuthorizationGrant) -> str:
        """Park a grant and return its code; raises `KeyValueUnavailable` when it could not be kept."""
        code = new_value()
        record = {"issued_at": self._clock(), "grant": {name: getattr(grant, name) for name in _MEMBERS}}
        self._kv.set(_key(code), json.dumps(record, separators=(",", ":")).encode(), self.lifetime)
        return code

    def peek(self, code: str) -> AuthorizationGrant | None:
        """Return what a code stands for, or None when unknown, malformed or too old."""
        if not looks_opaque(code):
            return None
        raw = self._kv.get(_key(code))
        if raw is None:
            return None
        issued_at, grant = _read(raw)
        age = self._clock() - issued_at
        return grant if grant is not None and -CLOCK_STEP <= age < self.lifetime else None

    def discard(self, code: str) -> None:
        """Forget a code that was presented without its proof (V-10)."""
        self._kv.delete(_key(code))


def _key(code: str) -> str:
    return f"code:{digest(code)}"


def _read(raw: bytes) -> tuple[int, AuthorizationGrant | None]:
    """Read a record; what is not one of ours counts as absent (R-17)."""
    try:
        record: Mapping[str, Any] = json.loads(raw)
        members = dict(record["grant"])
        for name in _TUPLES:
            members[name] = tuple(members[name])
        return int(record["issued_at"]), AuthorizationGrant(**members)
    except (ValueError, TypeError, KeyError):
        return 0, None
