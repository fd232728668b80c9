"""Values that may be used once across all workers: `jti` of client assertions and DPoP proofs (N-034, N-074, V-18).

SQL is the judge: the unique key of a row decides, whatever Redis remembers (decision D2).
"""

from typing import Final

from idp.protocol.opaque import digest
from idp.store.db import Store, once

ASSERTION: Final = "client_assertion"
DPOP: Final = "dpop"


class Replay:
    """Remembers used values until they are too old to be accepted anyway."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def first_use(self, purpose: str, owner: str, value: str, expires_at: int) -> bool:
        """Use a value; of any number of callers one gets True.

        Args:
            purpose: `ASSERTION` or `DPOP`; values of different purposes never meet.
            owner: client id or key thumbprint, whose own `jti` values must differ.
            value: the `jti`.
            expires_at: Unix seconds from which the value is refused for its age.

        Raises:
            Unavailable: the database did not answer; the value must not be believed.
        """
        name = digest(f"{owner}\x00{value}")

        def work() -> bool:
            with self._store.begin() as unit:
                return unit.spent.claim(purpose, name, expires_at)

        return once(work)
