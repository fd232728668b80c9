"""Ending the link of a dossier, by the member's choice or the desk's: the row stays, the member is told."""

from collections.abc import Callable, Mapping
from typing import Any

from federation import links
from idp.upstream import UnlinkReason
from idp.upstream_desk import NO_FACTS
from idp.upstream_ports import Ports


def unlink(
    ports: Ports,
    issuer: str,
    label: str,
    account_id: str,
    reason: UnlinkReason,
    *,
    facts: Mapping[str, str] = NO_FACTS,
    also: Callable[[Any], None] | None = None,
) -> bool:
    """End the link of an account to an issuer's person; return whether this call did it.

    The mail and the audit's line stand in the same transaction, and so does ``also``. ``label`` names the upstream in
    the mail, ``facts`` whoever decides in the audit. From then on an automatic link is held back
    (`links.held_back`): who chose to end it is not linked again without a proof.
    """
    password = password_opens(ports, account_id)
    with ports.transaction() as session:
        ended = end(ports, session, issuer, label, account_id, reason, facts, password=password)
        if ended and also is not None:
            also(session)
    return ended


def password_opens(ports: Ports, account_id: str) -> bool:
    """Whether a password still opens an account without the link; asked before the transaction that ends it."""
    account = ports.accounts.by_id(account_id)
    return account is not None and account.has_password


def end(
    ports: Ports,
    session: Any,
    issuer: str,
    label: str,
    account_id: str,
    reason: UnlinkReason,
    facts: Mapping[str, str],
    *,
    password: bool,
) -> bool:
    """End the link in the transaction of ``session``; return whether there was one.

    ``password`` is `password_opens`: who has none is told how to get one, not that it still works.
    """
    now = ports.clock()
    link = links.of_accounts(session, issuer, [account_id]).get(account_id)
    if link is None or not links.end(session, link.id, now=now, reason=reason):
        return False
    ports.notify(
        session,
        account_id=account_id,
        template="unlinked",
        values={
            "provider": label,
            "unlinked_at": str(now),
            "reason": reason,
            "by_password": "yes" if password else "",
        },
        key=f"unlinked:{link.id}",
    )
    told = {"by": reason, "method": link.method, "provider": label, **facts}
    ports.audit_within(session, "federation.unlinked", account_id=account_id, **told)
    return True
