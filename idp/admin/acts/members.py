"""The members' desk: who calls, and how their account stands. Every look is on record, under whoever looked.

What is looked for is never on record: a name or a birth date says whom somebody may not have found.
"""

import re
from collections.abc import Sequence
from dataclasses import field
from datetime import date
from typing import Final

from idp.admin.actor import Actor
from idp.admin.acts.member_changes import known
from idp.admin.acts.member_file import MemberFile, MemberFiles, Person, person_of
from idp.admin.acts.refusals import RefusedError
from idp.clock import Clock
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.sign_in_history import HistoryPage
from idp.store.accounts import Account
from idp.store.db import Store, once
from idp.store.member_names import folded

MOST: Final = 25
"""Members that a search returns at most: whoever looks for one person says more."""
LEAST_LETTERS: Final = 2
NO_SUCH_DAY: Final = "this date does not exist"
"""Why a day that is written as one cannot be looked for."""
_DOSSIER: Final = re.compile(r"[0-9]{7}|[0-9]{9}")
_BIRTHDATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom somebody looks for: every member that is not empty must fit.

    `name` begins a birth or usage name, whatever its accents and capitals; `birthdate` is `YYYY-MM-DD`, with `00` for
    what is not known.
    """

    dossier: str = ""
    name: str = field(default="", repr=False)
    birthdate: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """Members who fit, by birth name; `more` says that there are others."""

    people: Sequence[Person]
    more: bool


class MemberActs:
    """How members are looked for and looked at.

    Args:
        store: where they are.
        files: puts a member's file together.
        trail: told of every look.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, files: MemberFiles, trail: AuditLog, clock: Clock) -> None:
        self._store = store
        self._files = files
        self._trail = trail
        self._clock = clock

    def find(self, actor: Actor, sought: Sought) -> Found:
        """Return the members who fit; each of them is on record as seen before they are shown.

        Raises:
            ForbiddenError: not the actor's to see.
            RefusedError: nothing was said, or what was said is no number, no name or no day.
            Unavailable: the store does not answer, or the look could not be recorded.
        """
        actor.permit("members.find", self._clock())
        dossier, name = "".join(sought.dossier.split()), folded(sought.name)
        _askable(sought)
        with self._store.reading() as unit:
            found = unit.accounts.found(dossier=dossier, name=name, birthdate=sought.birthdate, limit=MOST + 1)
        shown = found[:MOST]
        by = {"dossier": dossier, "name": name, "birthdate": sought.birthdate}
        self._looked(actor, " ".join(what for what, value in by.items() if value), shown)
        return Found([person_of(one) for one in shown], len(found) > MOST)

    def sign_ins(self, actor: Actor, member: str, number: int) -> tuple[Person, HistoryPage]:
        """Return whose history it is and a page of it, from 1; the look is on record before it.

        Raises:
            ForbiddenError, UnknownError, Unavailable, KeyValueUnavailable: as `show`.
        """
        account = self._seen(actor, member)
        return person_of(account), self._files.sign_ins(account, number)

    def show(self, actor: Actor, member: str) -> MemberFile:
        """Return the file of a member, named by account id or dossier number; the look is on record before it.

        Raises:
            ForbiddenError: not the actor's to see.
            UnknownError: there is no such dossier.
            Unavailable, KeyValueUnavailable: a store does not answer, or the look could not be recorded.
        """
        return self._files.of(self._seen(actor, member))

    def _seen(self, actor: Actor, member: str) -> Account:
        actor.permit("members.show", self._clock())
        with self._store.reading() as unit:
            account = known(unit, member)
        self._trail("member_seen", account_id=account.id, **actor.facts())
        return account

    def _looked(self, actor: Actor, by: str, shown: Sequence[Account]) -> None:
        """Record a search: one line for each member it shows, so that a member's own record has who saw it."""
        if not shown:
            self._trail("members_found", outcome="nobody", by=by, **actor.facts())
            return

        def work() -> None:
            with self._store.begin() as unit:
                for one in shown:
                    facts: dict[str, str | int] = {"by": by, "count": len(shown), **actor.facts()}
                    self._trail.within(unit, "members_found", account_id=one.id, outcome="ok", **facts)

        once(work)


def faults(sought: Sought) -> dict[str, str]:
    """Return why somebody cannot be looked for, by the member that is at fault; empty when nothing is."""
    dossier, name = "".join(sought.dossier.split()), sought.name.strip()
    found = {}
    if dossier and not _DOSSIER.fullmatch(dossier):
        found["dossier"] = "a dossier number has 7 or 9 digits"
    if name and len(folded(name)) < LEAST_LETTERS:
        found["name"] = f"a name begins with {LEAST_LETTERS} letters at least"
    if sought.birthdate and not _BIRTHDATE.fullmatch(sought.birthdate):
        found["birthdate"] = "a birth date is YYYY-MM-DD, with 00 for what is not known"
    elif sought.birthdate and not _in_a_calendar(sought.birthdate):
        found["birthdate"] = NO_SUCH_DAY
    return found


def _in_a_calendar(day: str) -> bool:
    """Whether there is such a day; one that is not known is the first, and a year that is not known is a leap year."""
    year, month, number = map(int, day.split("-"))
    try:
        date(year or 2000, month or 1, number or 1)
    except ValueError:
        return False
    return True


def _askable(sought: Sought) -> None:
    if not sought.dossier.strip() and not sought.name.strip() and not sought.birthdate:
        raise RefusedError("say a dossier number, a name or a birth date", "", "empty")
    for member, reason in faults(sought).items():
        raise RefusedError(reason, member)
