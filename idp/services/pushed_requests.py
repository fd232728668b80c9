"""Pushed authorization requests (RFC 9126): kept for a minute under an address that only the application learns.

Promises: a push is one write and no SQL, a use one exchange: `take` reads a request and takes it away, so that of two
who come at once one gets it (sections 4 and 7.3), and `peek` only reads. The key is made of the client's id too: to
another client the address says nothing, and it cannot spend what is not its own (section 2.2). The store may lose a
request, and the application pushes another.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from idp.clock import Clock
from idp.protocol.messages import Parameters
from idp.protocol.opaque import digest, looks_opaque, new_value
from idp.records import dataclass
from idp.upstream_ports import KeyValue

PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
"""How each of our request URIs begins (RFC 9126 section 2.2)."""
CLOCK_STEP: Final = 60
"""Seconds by which the clocks of two nodes may differ before a request from the future is refused."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A request that was pushed, believed and checked: its parameters, and since when it is kept (Unix seconds).

    `key` is what the store knows it by, from which no `request_uri` follows. `taken`: it is not there any more.
    """

    key: str
    parameters: Parameters
    pushed_at: int
    taken: bool = False


class PushedRequests:
    """Keeps and finds pushed requests. Every verb may raise `KeyValueUnavailable`.

    Args:
        kv: where they are kept.
        clock: Unix seconds.
        lifetime: seconds for which a request may be used (N-070).
    """

    def __init__(self, kv: KeyValue, clock: Clock, lifetime: int) -> None:
        self._kv = kv
        self._clock = clock
        self.lifetime = lifetime

    def keep(self, client_id: str, parameters: Parameters) -> str:
        """Keep the request of a client that proved itself, and return its `request_uri`."""
        value = new_value()
        self._write(Pushed(_key(client_id, value), parameters, self._clock()), self.lifetime)
        return PREFIX + value

    def take(self, client_id: str, request_uri: str) -> Pushed | None:
        """Take what a client pushed away and return it; None when unknown, another's, used or too old."""
        return self._found(client_id, request_uri, self._kv.take, taken=True)

    def peek(self, client_id: str, request_uri: str) -> Pushed | None:
        """Return what a client pushed and leave it there; None as above."""
        return self._found(client_id, request_uri, self._kv.get, taken=False)

    def keep_again(self, pushed: Pushed) -> None:
        """Give back what was taken and not answered, for the rest of its time; not what was answered meanwhile.

        Looked for after the writing, as an answer is noted before the forgetting: one of the two sees the other.
        """
        left = self.lifetime - max(0, self._age(pushed))
        if left > 0:
            self._write(pushed, left)
            if self._kv.get(_answered(pushed.key)) is not None:
                self._kv.delete(pushed.key)

    def spend(self, key: str) -> None:
        """Forget a request whose application has its answer.

        A sign-in that was parked before, in another tab, still ends with an answer of its own.
        """
        self._kv.set(_answered(key), b"1", self.lifetime)
        self._kv.delete(key)

    def _found(
        self, client_id: str, request_uri: str, read: Callable[[str], bytes | None], *, taken: bool
    ) -> Pushed | None:
        value = request_uri.removeprefix(PREFIX)
        if not request_uri.startswith(PREFIX) or not looks_opaque(value):
            return None
        key = _key(client_id, value)
        raw = read(key)
        found = None if raw is None else _read(key, raw, taken=taken)
        return found if found is not None and -CLOCK_STEP <= self._age(found) < self.lifetime else None

    def _age(self, pushed: Pushed) -> int:
        return self._clock() - pushed.pushed_at

    def _write(self, pushed: Pushed, ttl: int) -> None:
        record = {"pushed_at": pushed.pushed_at, "parameters": pushed.parameters.pairs}
        self._kv.set(pushed.key, json.dumps(record, separators=(",", ":")).encode(), ttl)


def _key(client_id: str, value: str) -> str:
    return f"pushed:{digest(f'{value}{client_id}')}"


def _answered(key: str) -> str:
    return f"answered:{key}"


def _read(key: str, raw: bytes, *, taken: bool) -> Pushed | None:
    """Read a record; what is not one of ours counts as absent (R-17)."""
    try:
        record: dict[str, Any] = json.loads(raw)
        pairs = tuple((str(name), str(value)) for name, value in record["parameters"])
        return Pushed(key, Parameters(pairs), int(record["pushed_at"]), taken)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
