"""Link a person to a dossier: a pure decision (`federation.decision`, offered here too), then its effect."""

import logging
from typing import Any

from sqlalchemy.exc import IntegrityError

from federation import links
from federation.decision import (
    Ambiguous,
    AutoLink,
    Candidate,
    ChooseDossier,
    Decision,
    NoMatch,
    Prove,
    Proven,
    Refused,
    Shut,
    SignIn,
    decide,
    decide_proven,
)
from federation.pivot import Comparison
from idp.records import dataclass
from idp.upstream import AccountFacts, LinkMethod
from idp.upstream_ports import Ports

__all__ = [
    "Ambiguous",
    "AutoLink",
    "Candidate",
    "ChooseDossier",
    "Decision",
    "LinkConflict",
    "NoMatch",
    "Person",
    "Prove",
    "Proven",
    "Refused",
    "Shut",
    "SignIn",
    "decide",
    "decide_proven",
    "establish",
    "record",
    "write",
]

_log = logging.getLogger("idp.federation")


class LinkConflict(Exception):
    """The dossier is linked to another person, and no proof allows a replacement."""


@dataclass(frozen=True, slots=True)
class Person:
    """An upstream person: the key of every link (N-064). ``label`` names the upstream in mails."""

    issuer: str
    sub: str
    label: str


def establish(
    ports: Ports,
    person: Person,
    account: AccountFacts,
    *,
    method: LinkMethod,
    comparison: Comparison,
    but: str = "",
) -> bool:
    """Link a person to a dossier and tell the member, in one transaction; return whether it is new.

    An older link of the dossier to another `sub` is ended and kept as history, after a proof only; otherwise
    LinkConflict. All that was open ends with it, but for one session by its `sid`. Of two requests that do the same at
    once, one inserts and both succeed.
    """
    try:
        with ports.transaction() as session:
            replaced = write(ports, session, person, account, method=method, comparison=comparison, but=but)
    except IntegrityError:
        _log.info("a link was made by another request at the same time")
        if _current(ports, person, account) is None:
            raise LinkConflict from None
        return False
    if replaced is None:
        return False
    record(ports, account, method=method, comparison=comparison, replaced=replaced)
    return True


def record(ports: Ports, account: AccountFacts, *, method: LinkMethod, comparison: Comparison, replaced: bool) -> None:
    """Tell the audit of a link that was committed."""
    ports.audit(
        "federation.linked",
        account_id=account.account_id,
        method=method,
        replaced=int(replaced),
        **comparison.reasons(),
    )


def write(
    ports: Ports,
    session: Any,
    person: Person,
    account: AccountFacts,
    *,
    method: LinkMethod,
    comparison: Comparison,
    but: str = "",
) -> bool | None:
    """Link in the transaction of ``session``; return whether an older link was replaced, None where this one exists.

    What is open ends with a link that a proof replaces, but for one session by its `sid`; the desk ends it by itself.
    LinkConflict as in `establish`; IntegrityError where another request was first.
    """
    now, link_id = ports.clock(), ports.random(16).hex()
    current = links.of_accounts(session, person.issuer, [account.account_id])
    old = current.get(account.account_id)
    if old is not None and old.sub == person.sub:
        return None
    if old is not None:
        if method not in {"proof", "desk"}:
            raise LinkConflict
        links.end(session, old.id, now=now, reason=links.REPLACED if method == "proof" else "replaced_by_desk")
        if method == "proof":
            # Before the new row, which holds the account too: two at once wait for each other here.
            ports.end_open(session, account.account_id, but=but)
    links.add(
        session,
        links.Link(
            id=link_id,
            issuer=person.issuer,
            sub=person.sub,
            account_id=account.account_id,
            linked_at=now,
            method=method,
            evidence=comparison.reasons(),
        ),
    )
    ports.notify(
        session,
        account_id=account.account_id,
        template="linked",
        values={
            "provider": person.label,
            "dossier": account.dossier,
            "linked_at": str(now),
            "by_password": "yes" if account.has_password else "",
        },
        key=f"linked:{link_id}",
    )
    return old is not None


def _current(ports: Ports, person: Person, account: AccountFacts) -> links.Link | None:
    with ports.reading() as session:
        found = links.of_accounts(session, person.issuer, [account.account_id])
    link = found.get(account.account_id)
    return link if link is not None and link.sub == person.sub else None
