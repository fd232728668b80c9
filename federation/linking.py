"""Which dossier does a person of an upstream open? A pure decision, then its effect.

The order of the rules is the order of `decide`. Never an e-mail, never a name alone (N-064): a
person is known by (issuer, sub), or recognised by a civil status that agrees on every strong field
(decision D19), or asked for a dossier number and password once.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import IntegrityError

from federation import links
from federation.pivot import Comparison
from idp.upstream import AccountFacts, Ports

_log = logging.getLogger("idp.federation")

_ONE_MAY_DIFFER: Final = frozenset({"birthdate", "birth_name", "gender"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dossier that may be this person's. ``taken``: linked to another `sub` of the issuer."""

    account: AccountFacts
    comparison: Comparison
    taken: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """Known: open this dossier."""

    account: AccountFacts
    reason: str = "known_sub"


@dataclass(frozen=True, slots=True)
class AutoLink:
    """Recognised without doubt: link this dossier, tell the member, open it (D19)."""

    candidate: Candidate
    reason: str = "sure"


@dataclass(frozen=True, slots=True)
class ChooseDossier:
    """Several dossiers of this person: the person chooses (decision D1)."""

    accounts: tuple[AccountFacts, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Prove:
    """Not sure: ask for the dossier number and password once."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Nothing resembles this person."""

    reason: str = "no_candidate"


@dataclass(frozen=True, slots=True)
class Shut:
    """The person's dossier is not open online. Why is never said (same words for every status)."""

    reason: str


Decision = SignIn | AutoLink | ChooseDossier | Prove | NoMatch | Shut


def decide(
    linked: Sequence[AccountFacts],
    candidates: Sequence[Candidate],
    *,
    presumed_birthdate: bool = False,
) -> Decision:
    """Decide from the dossiers linked to this (issuer, sub) and those that resemble the person.

    ``candidates`` holds none of ``linked``. ``presumed_birthdate``: the upstream's date has unknown
    parts, so a dossier may exist that the look-up by date missed.
    """
    known = [account for account in linked if account.status == "active"]
    sure = [c for c in candidates if c.comparison.outcome == "sure"]
    open_sure = [c for c in sure if c.account.status == "active" and not c.taken]
    if linked and not known and not open_sure:
        return Shut("linked_not_active")
    own = [*known, *(c.account for c in open_sure if _other_situation(c.account, known))]
    if known:
        return SignIn(own[0]) if len(own) == 1 else ChooseDossier(tuple(own), "several_dossiers")
    if len(open_sure) == 1:
        return AutoLink(open_sure[0])
    if len(open_sure) > 1:
        if len({c.account.situation for c in open_sure}) < len(open_sure):
            # Two people, or one entered twice: nobody but the person can tell.
            return Prove("ambiguous")
        return ChooseDossier(tuple(c.account for c in open_sure), "several_sure")
    if any(c.taken and c.account.status == "active" for c in sure):
        return Prove("linked_to_another_sub")
    weak = [c for c in candidates if c.comparison.outcome == "needs_proof"]
    if sure and not any(c.account.status == "active" for c in weak):
        return Shut("sure_not_active")
    if weak:
        return Prove("weak")
    if presumed_birthdate:
        return Prove("presumed_birthdate")
    return NoMatch()


def _other_situation(account: AccountFacts, known: Sequence[AccountFacts]) -> bool:
    """A second dossier is offered beside a known one only in the other situation (homonyms)."""
    return all(account.situation != other.situation for other in known)


@dataclass(frozen=True, slots=True)
class Proven:
    """The password was right and nothing speaks against the link."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The password was right, but the dossier is somebody else's, or not open."""

    reason: str


def decide_proven(account: AccountFacts, comparison: Comparison) -> Proven | Refused:
    """Decide after a proof: somebody else's FranceConnect must not be tied to this dossier.

    A password overrides a doubt, not a contradiction: relatives know each other's passwords (decision 0002). Given
    names that plainly differ are another person's, for a twin differs in nothing else; of birth date, birth name and
    gender one may be out of date in a dossier, two are not. Places never count: their codes are renumbered.
    """
    if account.status != "active":
        return Refused("not_active")
    differing = {field.name for field in comparison.fields if field.result == "differ"}
    respelt = any(field.name == "given_names" and field.reason == "spelling" for field in comparison.fields)
    if "given_names" in differing or len(differing & _ONE_MAY_DIFFER) > 1 or (respelt and differing & _ONE_MAY_DIFFER):
        return Refused("somebody_else")
    return Proven()


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
    method: links.Method,
    comparison: Comparison,
) -> bool:
    """Link a person to a dossier and tell the member, in one transaction; return whether it is new.

    An older link of the dossier to another `sub` is ended and kept as history, after a proof only;
    otherwise LinkConflict. Of two requests that do the same at once, one inserts and both succeed.
    """
    try:
        replaced = _write(ports, person, account, method, comparison)
    except IntegrityError:
        _log.info("a link was made by another request at the same time")
        if _current(ports, person, account) is None:
            raise LinkConflict from None
        return False
    if replaced is None:
        return False
    ports.audit(
        "federation.linked",
        account_id=account.account_id,
        method=method,
        replaced=int(replaced),
        **comparison.reasons(),
    )
    return True


def _write(
    ports: Ports,
    person: Person,
    account: AccountFacts,
    method: links.Method,
    comparison: Comparison,
) -> bool | None:
    """Return whether an older link was replaced, None when this very link exists."""
    now, link_id = ports.clock(), ports.random(16).hex()
    with ports.transaction() as session:
        current = links.of_accounts(session, person.issuer, [account.account_id])
        old = current.get(account.account_id)
        if old is not None and old.sub == person.sub:
            return None
        if old is not None:
            if method != "proof":
                raise LinkConflict
            links.end(session, old.id, now=now, reason="replaced_by_proof")
        evidence = comparison.reasons()
        links.add(
            session,
            links.Link(
                id=link_id,
                issuer=person.issuer,
                sub=person.sub,
                account_id=account.account_id,
                linked_at=now,
                method=method,
                evidence=evidence,
            ),
        )
        ports.notify(
            session,
            account_id=account.account_id,
            template="linked",
            values={"provider": person.label, "dossier": account.dossier, "linked_at": str(now)},
            key=f"linked:{link_id}",
        )
    return old is not None


def _current(ports: Ports, person: Person, account: AccountFacts) -> links.Link | None:
    with ports.reading() as session:
        found = links.of_accounts(session, person.issuer, [account.account_id])
    link = found.get(account.account_id)
    return link if link is not None and link.sub == person.sub else None
