"""Whether what a member granted still stands, asked of the database itself in the transaction that issues tokens.

And the end of all that a client was given.
"""

from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.store.accounts import Account
from idp.store.db import Unit


def enabled(unit: Unit, client: Client) -> bool:
    """Whether a client may have anything: one disabled a moment ago may not, whatever a cache says (V-43)."""
    return unit.clients.enabled(client.client_id)


def withdrawn(
    unit: Unit, client: Client, grant: AuthorizationGrant, account: Account | None, *, writing: bool = True
) -> str | None:
    """Return why a grant does not stand any more, for the log, or None when it does (N-054).

    A sign-out is not seen here: see `idp.services.sign_out` for how it and a new grant row find each other.

    Args:
        unit: the transaction that issues.
        client: who asks.
        grant: what was granted.
        account: the member's, read in this unit.
        writing: the unit writes tokens: a consent that is being withdrawn waits for it, and ends them then.
    """
    if account is None or account.status != "active":
        return "account is not active"
    if grant.account_epoch is not None and grant.account_epoch != account.epoch:
        return "credentials changed since the sign-in"
    consent = unit.consents.hold if writing else unit.consents.get
    if not client.first_party and consent(account.id, client.client_id) is None:
        return "consent was withdrawn since the sign-in"
    return None


def end_all(unit: Unit, client_id: str, reason: str, now: int) -> None:
    """End what members gave to a client and what it was given for itself (N-054).

    When it is disabled, and again when it is enabled: what was issued beside the disabling, by a transaction that
    began before it, does not come back with the client.
    """
    unit.grants.revoke_for_client(client_id, reason, now)
    unit.clients.end_own_tokens(client_id)
