"""Dossiers that a story closes by hand, and opens again."""

from idp.clock import Clock
from idp.members.holding import hold, release
from idp.store.db import Store


def closed(store: Store, clock: Clock, dossier: str, cause: str = "other") -> None:
    """Close a dossier."""
    with store.begin() as unit:
        account = unit.accounts.by_dossier(dossier)
        assert account is not None
        hold(unit, account.id, "closed", cause, clock())


def reopened(store: Store, clock: Clock, dossier: str) -> None:
    """Open a dossier that was closed."""
    with store.begin() as unit:
        account = unit.accounts.by_dossier(dossier)
        assert account is not None
        release(unit, account.id, clock())
