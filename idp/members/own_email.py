"""A member changes the contact address: it is theirs once its link was followed (N-100, N-119)."""

from typing import Final, Literal

from idp import config
from idp.clock import Clock
from idp.members.email_proofs import EmailProving, same
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.accounts import Account
from idp.store.db import Store, Unit, once
from idp.store.email_proofs import PendingProof

Outcome = Literal["sent", "same", "often", "none"]
"""How a request ended: a link is on its way, the address is proven already, too many today, nothing to confirm."""

_DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class Email:
    """The contact address of a member. Times are Unix seconds.

    `pending` waits for its link to be followed, until `pending_until`; both are empty for none, and it may be the
    address on file, not proven yet. Until `rests_until` the address receives no provisional password; 0 for none.
    """

    address: str = ""
    proven: bool = False
    pending: str = ""
    pending_until: int = 0
    rests_until: int = 0

    @property
    def attention(self) -> Literal["", "waiting", "none", "unproven"]:
        """What the member should look at; empty when all is well."""
        if self.pending:
            return "waiting"
        if not self.address:
            return "none"
        return "" if self.proven else "unproven"


def email_of(account: Account, pending: PendingProof | None, rest: int, now: int) -> Email:
    """Return how the contact address of an account stands; `rest` is in seconds."""
    rests_until = account.email_changed_at + rest if account.email_changed_at and account.email else 0
    return Email(
        address=account.email or "",
        proven=account.email_verified and bool(account.email),
        pending=pending.email if pending else "",
        pending_until=pending.expires_at if pending else 0,
        rests_until=rests_until if rests_until > now else 0,
    )


class OwnEmail:
    """The change of a contact address by a member who is signed in.

    Args:
        store: accounts and links.
        proving: sends the links.
        settings: `links_per_day`.
        clock: present time.
        trail: told of every request, in its transaction.
    """

    def __init__(
        self, store: Store, proving: EmailProving, settings: config.Account, clock: Clock, trail: Trail
    ) -> None:
        self._store = store
        self._proving = proving
        self._most = settings.links_per_day
        self._clock = clock
        self._trail = trail

    def ask(self, account_id: str, email: str, network: str) -> Outcome:
        """Send a link to a new address; the one on file stays until it is followed. Raises `Unavailable`.

        Args:
            account_id: whose.
            email: the address, already read by `email_proofs.clean`.
            network: the network that asks, for the audit.
        """
        return once(lambda: self._send(account_id, email, network))

    def again(self, account_id: str, network: str) -> Outcome:
        """Send a link once more: to the address that waits, else to the one on file. Raises `Unavailable`."""
        return once(lambda: self._send(account_id, None, network))

    def cancel(self, account_id: str, network: str) -> bool:
        """Give up the address that waits; return whether there was one. Raises `Unavailable`."""

        def work() -> bool:
            with self._store.begin() as unit:
                now = self._clock()
                alive = unit.email_proofs.pending(account_id, now) is not None
                unit.email_proofs.cancel(account_id, now)
                if alive:
                    self._trail.within(unit, "email_change_cancelled", account_id=account_id, network=network)
                return alive

        return once(work)

    def _send(self, account_id: str, email: str | None, network: str) -> Outcome:
        now = self._clock()
        with self._store.begin() as unit:
            # Two requests at once are counted one after the other.
            unit.accounts.lock(account_id)
            account = unit.accounts.by_id(account_id)
            wanted = email or self._waiting(unit, account, now)
            outcome = self._outcome(unit, account, wanted, now)
            if outcome == "sent" and account is not None:
                self._proving.send(unit, account, wanted, now)
            self._trail.within(unit, "email_change_asked", account_id=account_id, outcome=outcome, network=network)
            return outcome

    def _waiting(self, unit: Unit, account: Account | None, now: int) -> str:
        if account is None:
            return ""
        pending = unit.email_proofs.pending(account.id, now)
        return pending.email if pending is not None else account.email or ""

    def _outcome(self, unit: Unit, account: Account | None, wanted: str, now: int) -> Outcome:
        if account is None or not wanted:
            return "none"
        if same(wanted, account.email) and account.email_verified:
            return "same"
        return "often" if unit.email_proofs.sent_since(account.id, now - _DAY) >= self._most else "sent"
