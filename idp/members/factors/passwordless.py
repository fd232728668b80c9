"""A passkey instead of the password: the device holds the key and asks for a finger, a face or a code.

That is two factors in one gesture (RFC 8176 `hwk` or `swk`, `user`, `mfa`), so no second step follows.
"""

import logging
from typing import Any

from idp.clock import Clock
from idp.members.factors.ceremonies import Ceremonies
from idp.members.factors.passkeys import RefusedPasskeyError
from idp.members.report import REPORTED
from idp.members.trail import Trail
from idp.protocol.names import ACR_TWO_FACTORS, AMR_HARDWARE, AMR_SEVERAL, AMR_SOFTWARE, AMR_USER, STAFF
from idp.store.authenticators import PASSKEY
from idp.store.db import Store
from idp.upstream import LoginOutcome

log = logging.getLogger("idp.second_factor")


class Passwordless:
    """Signs in with a passkey alone.

    Args:
        store: where accounts are.
        ceremonies: how passkeys are asked for.
        clock: present time.
        trail: told of every refusal; a success is told by whoever opens the session.
    """

    def __init__(self, store: Store, ceremonies: Ceremonies, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._ceremonies = ceremonies
        self._clock = clock
        self._trail = trail

    def asked(self, browser: str) -> dict[str, Any]:
        """Return what the sign-in page needs to ask for any passkey of this site. Reads and writes nothing."""
        return self._ceremonies.asked(browser, "sign_in")

    def check(self, sent: str, browser: str, network: str, *, staff: bool = False) -> LoginOutcome | None:
        """Return the finished sign-in of whoever's passkey this is, or None. Raises `Unavailable`.

        `staff`: at the door of the administrators, where no member comes in; theirs open nothing at the members' door.
        """
        try:
            presented = self._ceremonies.present(sent, browser, "sign_in", "", network)
        except RefusedPasskeyError as refusal:
            log.info("passkey refused: %s", refusal)
            self._trail("sign_in", outcome="refused", method=PASSKEY, network=network)
            return None
        with self._store.reading() as unit:
            account = unit.accounts.by_id(presented.passkey.account_id)
        if account is None or account.status != "active":
            self._trail("sign_in", account_id=presented.passkey.account_id, outcome="not_active", method=PASSKEY)
            return None
        if account.must_reset == REPORTED:
            # Whoever was in the account may have left a passkey of their own: the member's next password comes first.
            self._trail("sign_in", account_id=account.id, outcome="must_reset", method=PASSKEY, network=network)
            return None
        if (account.situation == STAFF) != staff:
            self._trail("sign_in", account_id=account.id, outcome="other_door", method=PASSKEY, network=network)
            return None
        kind = AMR_SOFTWARE if presented.use.backed_up else AMR_HARDWARE
        return LoginOutcome(
            account_id=account.id,
            acr=ACR_TWO_FACTORS,
            amr=(kind, AMR_USER, AMR_SEVERAL),
            auth_time=self._clock(),
            provider=PASSKEY,
            epoch=account.epoch,
        )
