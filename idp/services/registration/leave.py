"""Who may register: whoever holds an initial access token, or anybody where the settings say so, a few times an hour.

RFC 7591 sections 1.2 and 5. A token is stored by digest, holds for a number of uses and a time, and is spent in the
transaction that makes the client, so that a refused registration costs none.
"""

import logging
from collections.abc import Callable
from dataclasses import field
from typing import Final

from idp.clock import Clock
from idp.protocol.errors import ProtocolError
from idp.protocol.opaque import digest, looks_opaque, new_value
from idp.records import dataclass
from idp.store.db import Store, Unit, once
from idp.store.registrations import InitialToken
from idp.upstream_ports import KeyValue

log = logging.getLogger("idp.services.registration")

HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave to register once: the digest of the token to spend, None where anybody may."""

    token_digest: str | None = field(default=None, repr=False)

    def take(self, unit: Unit, now: int) -> None:
        """Spend the token in the unit that makes the client.

        Raises:
            ProtocolError: `invalid_token`, its last use went to somebody else meanwhile.
        """
        if self.token_digest is not None and not unit.registrations.spend(self.token_digest, now):
            raise unauthorized("initial access token spent meanwhile")


class Gate:
    """Gives leave to register.

    Args:
        store: where initial access tokens are.
        kv: shared counters.
        clock: Unix seconds.
        anybody: whether no token is needed.
        per_hour: registrations without a token from one network.
        exempt: whether a network goes uncounted.
    """

    def __init__(
        self,
        store: Store,
        kv: KeyValue,
        clock: Clock,
        *,
        anybody: bool,
        per_hour: int,
        exempt: Callable[[str], bool] = lambda _network: False,
    ) -> None:
        self._store = store
        self._kv = kv
        self._clock = clock
        self._anybody = anybody
        self._per_hour = per_hour
        self._exempt = exempt

    def admit(self, bearer: str | None, network: str) -> Leave:
        """Return leave to register; a call without a good token counts against its network.

        Raises:
            ProtocolError: `invalid_token` (401), or `temporarily_unavailable` (429) with `Retry-After`.
            Unavailable: the database did not answer.
            KeyValueUnavailable: nothing can be counted, so nobody unknown is let in.
        """
        now = self._clock()
        if bearer is not None and looks_opaque(bearer):
            known = digest(bearer)
            with self._store.reading() as unit:
                good = unit.registrations.may_register(known, now)
            if good:
                return Leave(known)
        self._count(network, now)
        if bearer is not None:
            raise unauthorized("initial access token unknown, expired or spent")
        if not self._anybody:
            raise unauthorized("no initial access token")
        return Leave()

    def issue(self, note: str, uses: int, lifetime: int) -> str:
        """Make an initial access token and return it: the only time it is ever readable.

        Args:
            note: what the operator wants to remember of it.
            uses: registrations it is good for.
            lifetime: seconds.
        """
        value, now = new_value(), self._clock()

        def work() -> None:
            with self._store.begin() as unit:
                unit.registrations.add_initial(InitialToken(digest(value), note, uses, now, now + lifetime))

        once(work)
        return value

    def _count(self, network: str, now: int) -> None:
        if self._exempt(network):
            return
        if self._kv.increment(f"registrations:{network}:{now // HOUR}", HOUR) > self._per_hour:
            log.warning("network %s registers again and again", network)
            raise ProtocolError(
                "temporarily_unavailable",
                "too many registrations, try again later",
                status=429,
                headers=(("Retry-After", str(HOUR - now % HOUR)),),
            )


def unauthorized(detail: str) -> ProtocolError:
    """Return the one answer to every token that is not good (RFC 6750 section 3.1)."""
    challenge = 'Bearer realm="registration", error="invalid_token"'
    return ProtocolError(
        "invalid_token",
        "the access token is not valid",
        status=401,
        detail=detail,
        headers=(("WWW-Authenticate", challenge),),
    )
