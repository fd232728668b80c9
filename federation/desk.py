"""The desk: people whose dossier nobody could tell, decided by the fund's staff; the seam's `LinkDesk`.

Every verb says who does it and why, is recorded in the audit, and tells the member where something changed for them.
"""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from federation import cases, links, unlinking
from federation.cases import Case
from federation.explain import explained_dossier
from federation.linking import Candidate, Person, Refused, decide_proven, record, write
from federation.pivot import compare
from idp.records import dataclass
from idp.upstream import CivilStatus
from idp.upstream_desk import (
    NO_FACTS,
    QUEUE,
    CaseDossier,
    CaseFile,
    CaseOutcome,
    CaseStatus,
    Ended,
    LinkCase,
    nothing_more,
)
from idp.upstream_ports import Ports

_log = logging.getLogger("idp.federation")

MONTH: Final = 30 * 86400
"""Seconds for which the identity of a decided case is kept."""

_LONGEST_NAME: Final = 128
_LONGEST_NOTE: Final = 2000


@dataclass(frozen=True, slots=True)
class Desk:
    """The cases of one upstream."""

    ports: Ports
    issuer: str
    label: str

    def file(self, sub: str, civil: CivilStatus, candidates: Sequence[Candidate], reason: str) -> None:
        """Open a case for a person who came, unless one is open, or was refused with these very dossiers."""
        ports, now, case_id = self.ports, self.ports.clock(), self.ports.random(8).hex()
        ids = tuple(sorted(one.account.account_id for one in candidates))
        sealed = ports.seal.seal(json.dumps(asdict(civil), ensure_ascii=False).encode(), _context(case_id))
        try:
            with ports.transaction() as session:
                for case in cases.of_person(session, self.issuer, sub):
                    if case.status == "open" or (case.status == "refused" and case.candidates == ids):
                        cases.touch(session, case.id, now)
                        return
                cases.add(session, Case(case_id, self.issuer, sub, reason, sealed, ids, now, now))
        except IntegrityError:
            _log.info("a case was opened by another request at the same time")
            return
        ports.audit("federation.case", outcome="opened", case=case_id, reason=reason)

    def settled(self, sub: str, account_id: str) -> None:
        """The person proved a dossier: nothing is left to decide."""
        now = self.ports.clock()
        with self.ports.transaction() as session:
            for case in cases.of_person(session, self.issuer, sub):
                if case.status == "open":
                    cases.move(session, case.id, "open", "proven", account_id=account_id, decided_at=now)

    def queue(
        self, *, decided: bool = False, after: tuple[int, str] | None = None, limit: int = QUEUE
    ) -> Sequence[LinkCase]:
        """Return the open cases, oldest first, those behind ``after``; with ``decided`` those of the past too."""
        with self.ports.reading() as session:
            found = cases.queue(session, self.issuer, decided=decided, after=after, limit=min(limit, QUEUE))
            return [_shown(case) for case in found]

    def presented(self, case_ids: Collection[str]) -> Mapping[str, CivilStatus]:
        """Return the identities of the people of these cases, by case; those that are no longer kept are missing."""
        with self.ports.reading() as session:
            found = cases.some(session, case_ids)
        known = ((one.id, self._identity(one)) for one in found if one.issuer == self.issuer)
        return {case_id: civil for case_id, civil in known if civil is not None}

    def waiting_for(self, account_id: str) -> Sequence[LinkCase]:
        """Return the open cases of which a dossier may be the person's, oldest first."""
        with self.ports.reading() as session:
            waiting = cases.queue(session, self.issuer, decided=False, limit=QUEUE)
        return [_shown(case) for case in waiting if account_id in case.candidates]

    def look(self, case_id: str) -> CaseFile | None:
        """Return a case with both sides of each comparison, or None."""
        with self.ports.reading() as session:
            case = cases.get(session, case_id)
            taken = links.of_accounts(session, self.issuer, list(case.candidates)) if case else {}
        if case is None or case.issuer != self.issuer:
            return None
        civil = self._identity(case)
        dossiers = []
        for account in filter(None, map(self.ports.accounts.by_id, case.candidates)):
            link = taken.get(account.account_id)
            linked = "no" if link is None else "this" if link.sub == case.sub else "other"
            comparison = compare(civil or account.civil, account.civil)
            dossiers.append(CaseDossier(explained_dossier(account, comparison, linked), account.civil))
        return CaseFile(_shown(case), civil, tuple(dossiers))

    def link(
        self,
        case_id: str,
        account_id: str,
        *,
        by: str,
        note: str,
        facts: Mapping[str, str] = NO_FACTS,
        ended: Ended = nothing_more,
    ) -> CaseOutcome:
        """Link the person to one of the dossiers of an open case; an older link of the dossier ends."""
        by, note = _signed(by, note)
        with self.ports.reading() as session:
            case = cases.get(session, case_id)
        account = self.ports.accounts.by_id(account_id)
        civil = self._identity(case) if case is not None else None
        if case is None or case.issuer != self.issuer:
            return "unknown"
        if account is None or civil is None or account_id not in case.candidates:
            return "not_possible"
        comparison = compare(civil, account.civil)
        if isinstance(decide_proven(account, comparison), Refused):
            return "not_possible"
        person = Person(self.issuer, case.sub, self.label)
        try:
            # The decision and the link stand in one transaction: a case that says "linked" has its link.
            with self.ports.transaction() as session:
                if not self._move(session, case, "open", "linked", by, note, account_id):
                    return "changed"
                replaced = write(self.ports, session, person, account, method="desk", comparison=comparison)
                if replaced:
                    ended(session, account_id)
                self._record(session, case, "linked", by, account_id, facts)
        except IntegrityError:
            return "changed"
        if replaced is not None:
            record(self.ports, account, method="desk", comparison=comparison, replaced=replaced)
        return "done"

    def refuse(self, case_id: str, *, by: str, note: str, facts: Mapping[str, str] = NO_FACTS) -> CaseOutcome:
        """Close an open case without a link; the person may still prove a dossier."""
        by, note = _signed(by, note)
        with self.ports.transaction() as session:
            case = cases.get(session, case_id)
            if case is None or case.issuer != self.issuer:
                return "unknown"
            if not self._move(session, case, "open", "refused", by, note, ""):
                return "changed"
            self._record(session, case, "refused", by, "", facts)
        return "done"

    def undo(
        self,
        case_id: str,
        *,
        by: str,
        note: str,
        facts: Mapping[str, str] = NO_FACTS,
        ended: Ended = nothing_more,
    ) -> CaseOutcome:
        """Take a decision back: a link of the desk ends, the member is told, and the case is closed as undone.

        A refusal that is taken back is undone too: the person who comes again opens a new case.
        """
        by, note = _signed(by, note)
        with self.ports.reading() as session:
            decided = cases.get(session, case_id)
        password = decided is not None and unlinking.password_opens(self.ports, decided.account_id)
        with self.ports.transaction() as session:
            case = cases.get(session, case_id)
            if case is None or case.issuer != self.issuer:
                return "unknown"
            if case.status not in {"linked", "refused"}:
                return "not_possible"
            if not self._move(session, case, case.status, "undone", by, note, case.account_id):
                return "changed"
            link = links.of_accounts(session, self.issuer, [case.account_id]).get(case.account_id)
            if case.status == "linked" and link is not None and link.sub == case.sub:
                unlinking.end(
                    self.ports, session, self.issuer, self.label, case.account_id, "desk", facts, password=password
                )
                ended(session, case.account_id)
            self._record(session, case, "undone", by, case.account_id, facts)
        return "done"

    def _move(
        self, session: Any, case: Case, before: CaseStatus, after: CaseStatus, by: str, note: str, to: str
    ) -> bool:
        values: dict[str, str | int] = {"decided_by": by, "note": note, "account_id": to}
        return cases.move(session, case.id, before, after, decided_at=self.ports.clock(), **values)

    def _record(
        self, session: Any, case: Case, outcome: CaseStatus, by: str, to: str, facts: Mapping[str, str]
    ) -> None:
        self.ports.audit_within(
            session, "federation.case", account_id=to or None, outcome=outcome, case=case.id, by=by, **facts
        )

    def _identity(self, case: Case) -> CivilStatus | None:
        if case.identity == cases.WIPED:
            return None
        value = json.loads(self.ports.seal.unseal(case.identity, _context(case.id)))
        return CivilStatus(**value | {"given_names": tuple(value["given_names"])})


def wipe(ports: Ports) -> int:
    """Wipe the identities that are no longer needed, of every upstream; return how many."""
    with ports.transaction() as session:
        return cases.wipe(session, ports.clock() - MONTH)


def _signed(by: str, note: str) -> tuple[str, str]:
    """Return who decides and why, without the spaces around them; ValueError where one is missing or too long."""
    by, note = by.strip(), note.strip()
    if not by or not note:
        raise ValueError("a decision of the desk needs a name and a reason")
    if len(by) > _LONGEST_NAME or len(note) > _LONGEST_NOTE:
        raise ValueError("the name or the reason of a decision is too long")
    return by, note


def _context(case_id: str) -> bytes:
    return b"federation-case:" + case_id.encode()


def _shown(case: Case) -> LinkCase:
    return LinkCase(
        id=case.id,
        reason=case.reason,
        status=case.status,
        opened_at=case.opened_at,
        seen_at=case.seen_at,
        account_id=case.account_id,
        decided_at=case.decided_at,
        decided_by=case.decided_by,
        note=case.note,
    )
