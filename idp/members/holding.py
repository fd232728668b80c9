"""A dossier suspended or closed by hand, and opened again: a decision that no import undoes. Within an open unit."""

from typing import Final, Literal

from idp.store.db import Unit

Held = Literal["suspended", "closed"]

BY_DESK: Final = "desk"
"""Why sessions and tokens ended that the fund's desk ended."""

RELINKED: Final = "relinked"
"""Why they ended when a proof linked the dossier to another identity."""


def end_open(unit: Unit, account_id: str, now: int, *, reason: str = BY_DESK) -> None:
    """End every session and token of an account, and every link to prove an address; queue what tells the applications.

    A link that a stranger asked for in one of the sessions must not move the account's address once they are over. A
    provisional password stays: it goes to the address of the dossier alone, and the desk may just have sent it.
    """
    unit.sign_ins.end_all(account_id, reason, now)
    unit.logouts.of_account(account_id, now)
    unit.grants.revoke_for_account(account_id, reason, now)
    unit.email_proofs.cancel(account_id, now)
    # Sessions live in the key-value store: it is the account's epoch that kills them.
    unit.accounts.bump_epoch(account_id, now)


def hold(unit: Unit, account_id: str, status: Held, cause: str, now: int) -> None:
    """Suspend or close: what is open ends (`end_open`), and so do provisional passwords and their letters.

    Args:
        unit: the open unit, in which the account is locked.
        account_id: whose.
        status: what it becomes.
        cause: a word, at most 32 characters; held with the account.
        now: Unix seconds.
    """
    end_open(unit, account_id, now, reason="closed" if status == "closed" else BY_DESK)
    unit.accounts.hold_status(account_id, status, cause, now)
    unit.provisionals.cancel(account_id, now)


def release(unit: Unit, account_id: str, now: int) -> None:
    """Open it again, and let imports decide from now on."""
    unit.accounts.hold_status(account_id, "active", None, now)
