"""« Ce n'était pas moi »: the member secures the account (N-100).

Everything that is open is closed, and neither the password nor a passkey alone opens anything until another password
is chosen by the way of a forgotten one. Nothing is lost by it: whoever presses the button in a session that is not
theirs only closes that session too, and sends the member to the provisional password that goes to the member's own
address.

What was added to the second step since the sign-in began may be an intruder's, who would meet the member there: it is
removed. What was there before stays, and so does what is older than the last proof of whoever presses the button,
unless that proof is recent: a session that was taken over cannot rid the account of the member's own (`Reported`).
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from idp.clock import Clock
from idp.members.sealed_mail import queue_mail
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.accounts import Account
from idp.store.authenticators import Authenticator
from idp.store.db import Store, Unit, once
from idp.upstream_ports import Seal

REPORTED: Final = "reported"
"""Why sessions ended, grants were revoked and the password may not be used any more."""

Suspend = Callable[[Unit, str, str, int], bool]
"""Ends the links of an upstream to an account: unit, account id, the upstream's name, Unix seconds; whether any."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The sign-in that the member does not know.

    `sign_in_id` is empty for an attempt that opened nothing; `provider` is the upstream's name, or ours. What was added
    to the second step at or after `doubted_since` (Unix seconds) goes; None where nothing does.
    """

    entry: str
    sign_in_id: str
    provider: str
    doubted_since: int | None = None
    network: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Doubted:
    """What a report removes of the second step: factors, and whether the recovery codes are of that time too."""

    factors: Sequence[Authenticator] = ()
    codes: bool = False


class Reports:
    """Takes the reports.

    Args:
        store: accounts and everything that hangs on them.
        seal: the house's sealer.
        suspend: ends an upstream's link.
        clock: present time.
        trail: told in the same transaction.
    """

    def __init__(
        self,
        store: Store,
        seal: Seal,
        suspend: Suspend,
        clock: Clock,
        trail: Trail,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._store = store
        self._seal = seal
        self._suspend = suspend
        self._clock = clock
        self._trail = trail
        self._new_id = new_id

    def doubted(self, account_id: str, since: int | None) -> Doubted:
        """Return what a report would remove now; see `Reported.doubted_since`. Raises `Unavailable`."""
        with self._store.reading() as unit:
            return _doubted(unit, account_id, since)

    def disown(self, account_id: str, epoch: int, reported: Reported) -> bool:
        """Secure an account; return False when it was secured, or its password changed, since the page was shown.

        Args:
            account_id: whose.
            epoch: of the session that asks: it counts once, while that session lives.
            reported: what the member does not know.

        Raises:
            Unavailable: nothing was changed.
        """
        return once(lambda: self._write(account_id, epoch, reported))

    def _write(self, account_id: str, epoch: int, reported: Reported) -> bool:
        now = self._clock()
        with self._store.begin() as unit:
            unit.accounts.lock(account_id)
            account = unit.accounts.by_id(account_id)
            if account is None or account.status != "active" or account.epoch != epoch:
                return False
            unit.accounts.require_reset(account_id, REPORTED, now)
            unit.logouts.of_account(account_id, now)
            unit.grants.revoke_for_account(account_id, REPORTED, now)
            unit.sign_ins.end_all(account_id, REPORTED, now)
            if reported.sign_in_id:
                unit.sign_ins.disown(account_id, reported.sign_in_id, now)
            unit.provisionals.cancel(account_id, now)
            unit.email_proofs.cancel(account_id, now)
            removed = self._remove(unit, account_id, reported, now)
            # What opened nothing came by an identity that is linked to nothing here, whosever it is.
            suspended = bool(reported.sign_in_id) and self._suspend(unit, account_id, reported.provider, now)
            self._trail.within(
                unit,
                "reported",
                account_id=account_id,
                entry=reported.entry,
                method=reported.provider,
                suspended=int(suspended),
                network=reported.network,
                reference=reported.reference,
            )
            self._confirm(unit, account, now, suspended=suspended, removed=removed)
        return True

    def _remove(self, unit: Unit, account_id: str, reported: Reported, now: int) -> bool:
        """Remove what may be an intruder's of the second step; return whether there was any."""
        doubted = _doubted(unit, account_id, reported.doubted_since)
        for one in doubted.factors:
            unit.authenticators.remove(account_id, one.id)
            self._trail.within(
                unit,
                "factor_removed",
                account_id=account_id,
                method=one.kind,
                by=REPORTED,
                network=reported.network,
            )
        # Recovery codes replace a factor: where none is left they open nothing, and must not wait for the next.
        if doubted.codes or (doubted.factors and not unit.authenticators.of(account_id)):
            unit.recovery_codes.replace(account_id, (), now)
            self._trail.within(
                unit, "recovery_codes_removed", account_id=account_id, by=REPORTED, network=reported.network
            )
        return bool(doubted.factors) or doubted.codes

    def _confirm(self, unit: Unit, account: Account, now: int, *, suspended: bool, removed: bool) -> None:
        if not account.email:
            return
        task = self._new_id()
        queue_mail(
            unit,
            self._seal,
            account_id=account.id,
            to=account.email,
            template=REPORTED,
            values={
                "dossier": account.dossier,
                "reported_at": str(now),
                "suspended": "yes" if suspended else "",
                "removed": "yes" if removed else "",
            },
            key=f"reported:{account.id}:{account.epoch}",
            task_id=task,
            now=now,
        )


def _doubted(unit: Unit, account_id: str, since: int | None) -> Doubted:
    if since is None:
        return Doubted()
    made = unit.recovery_codes.made_at(account_id)
    added = [one for one in unit.authenticators.of(account_id) if one.created_at >= since]
    return Doubted(added, made is not None and made >= since)
