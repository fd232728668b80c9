"""The identities from elsewhere that open a member's account: seen, and untied unless they are the last way in."""

from collections.abc import Callable, Mapping
from typing import Literal

from idp.members.own_password import state_of
from idp.records import dataclass
from idp.store.authenticators import PASSKEY
from idp.store.db import Store, Unit
from idp.upstream import Identity, Upstream

Untied = Literal["done", "none", "last_way"]
"""How untying ended: done, nothing to untie, or refused since nothing else would open the account."""


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """One upstream as a member sees it: `identity` is None where nothing is tied.

    `used_at` is the last sign-in by it, Unix seconds; 0 when there was none as far back as the history goes.
    """

    upstream: Upstream
    identity: Identity | None
    used_at: int


class OwnIdentities:
    """What a member who is signed in may do with identities. Every verb may raise `Unavailable`.

    Args:
        store: accounts, factors and the history of sign-ins.
        upstreams: by name; the mapping may be filled after this is made.
    """

    def __init__(self, store: Store, upstreams: Mapping[str, Upstream]) -> None:
        self._store = store
        self._upstreams = upstreams

    def all(self, account_id: str) -> list[OwnIdentity]:
        """Return what there is of each upstream, in the order in which the sign-in page offers them."""
        return [self._look(account_id, upstream) for upstream in self._upstreams.values()]

    def one(self, account_id: str, provider: str) -> OwnIdentity | None:
        """Return what there is of one upstream; None when the house has none of this name."""
        upstream = self._upstreams.get(provider)
        return None if upstream is None else self._look(account_id, upstream)

    def another_way(self, account_id: str, provider: str) -> bool:
        """Whether something else than this upstream opens the account: a password, a passkey, another upstream."""
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id)
            passkey = any(factor.kind == PASSKEY for factor in unit.authenticators.of(account_id))
        if account is None:
            return False
        others = (one for name, one in self._upstreams.items() if name != provider)
        return state_of(account) == "set" or passkey or any(one.identity(account_id) for one in others)

    def untie(self, account_id: str, provider: str, end_others: Callable[[Unit], None]) -> Untied:
        """End the link of an upstream; the member is told by mail.

        `end_others` ends the member's other sessions, in the same transaction: whoever came by the link may be in them.
        """
        upstream = self._upstreams.get(provider)
        if upstream is None or upstream.identity(account_id) is None:
            return "none"
        if not self.another_way(account_id, provider):
            return "last_way"
        done = upstream.unlink(account_id, "member", also=lambda session: end_others(Unit(session)))
        return "done" if done else "none"

    def _look(self, account_id: str, upstream: Upstream) -> OwnIdentity:
        identity = upstream.identity(account_id)
        if identity is None:
            return OwnIdentity(upstream, None, 0)
        with self._store.reading() as unit:
            used_at = unit.sign_ins.last_by(account_id, upstream.name)
        return OwnIdentity(upstream, identity, used_at if used_at >= identity.linked_at else 0)
