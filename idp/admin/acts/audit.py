"""The record of security events, read, taken away as a file, and held against its chain (N-150 to N-155).

Whoever looks is on record too: a member's events are that member's data.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, field
from itertools import islice
from typing import Any, Final, Literal

from idp.admin.actor import Actor
from idp.clock import Clock
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.audit_chain import AuditChain, Verified
from idp.store.audit import AuditFilter, RecordedEvent
from idp.store.db import Store, Unit

PAGE: Final = 100
"""Events of one page at most."""
MEANT: Final = 8
"""Applications or administrators that are offered for one that is not known."""
_BATCH: Final = 1000
COLUMNS: Final = (
    "id",
    "time",
    "event",
    "outcome",
    "account_id",
    "client_id",
    "network",
    "reference",
    "details",
)
"""What an exported event has, in this order."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet would calculate."""

Format = Literal["csv", "jsonl"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: every member that is not empty must fit. Times are Unix seconds, `until` excluded.

    `dossier` names a member by number; `actor` an administrator by login or account, an application or an operator.
    """

    dossier: str = ""
    event: str = ""
    outcome: str = ""
    client_id: str = ""
    actor: str = ""
    reference: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, the newest first, and the id below which older ones follow; None at the end."""

    events: Sequence[RecordedEvent] = field(default_factory=tuple)
    older: int | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """An application or an administrator that a filter may mean: what the filter takes, and the name that pages say."""

    value: str
    name: str


class AuditActs:
    """What may be done with the record.

    Args:
        store: where it is.
        chain: its seals.
        trail: told of every look.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, chain: AuditChain, trail: AuditLog, clock: Clock) -> None:
        self._store = store
        self._chain = chain
        self._trail = trail
        self._clock = clock

    def read(self, actor: Actor, wanted: Wanted, *, below: int | None = None, limit: int = PAGE) -> Page:
        """Return one page of the events that fit.

        Args:
            actor: who looks.
            wanted: which events.
            below: continue below this id.
            limit: events on the page, `PAGE` at most.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer; nothing is shown that is not on record as seen.
        """
        actor.permit("audit.read", self._clock())
        most = max(1, min(limit, PAGE))
        chosen = self._filter(wanted)
        found = self._some(chosen, below, most + 1)
        self._looked(actor, "audit_read", chosen, count=len(found[:most]))
        return Page(found[:most], found[most - 1].id if len(found) > most else None)

    def doubts(self, actor: Actor, wanted: Wanted) -> Mapping[str, Sequence[Meant]]:
        """Return the members of a filter that name nobody the house or its record knows, with who may be meant.

        Asked where nothing fits: an application that is gone is known as long as the record speaks of it. Whoever has
        what was typed in their id, login or name, whatever its case, may be meant: `MEANT` of them at most.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("audit.read", self._clock())
        app, who = wanted.client_id, self._named(wanted.actor)
        found: dict[str, Sequence[Meant]] = {}
        with self._store.reading() as unit:
            if wanted.dossier and unit.accounts.by_dossier(wanted.dossier) is None:
                found["dossier"] = ()
            if app and unit.clients.get(app) is None and not _spoken_of(unit, AuditFilter(client_id=app)):
                found["client_id"] = _meant(app, ((one.client_id, one.name) for one in unit.clients.list()))
            if who and unit.administrators.get(who) is None and not _spoken_of(unit, AuditFilter(actor=who)):
                found["actor"] = _meant(wanted.actor, ((one.login, one.name) for one in unit.administrators.all()))
        return found

    def export(self, actor: Actor, wanted: Wanted, form: Format) -> Iterator[str]:
        """Return the events that fit, the newest first, as pieces of a file; the look is on record before the first.

        Raises:
            ForbiddenError: not the actor's to take.
            Unavailable: the store does not answer.
        """
        actor.permit("audit.export", self._clock())
        chosen = self._filter(wanted)
        self._looked(actor, "audit_exported", chosen, form=form)
        return self._csv(chosen) if form == "csv" else self._lines(chosen)

    def verify(self, actor: Actor, head: tuple[int, str] | None = None) -> Verified:
        """Hold the record against its chain; `head` is what was kept elsewhere of an earlier one.

        Raises:
            ForbiddenError: not the actor's to ask.
            Unavailable: the store does not answer.
        """
        actor.permit("audit.verify", self._clock())
        verified = self._chain.verify(head)
        outcome = "broken" if verified.faults else "ok"
        facts: dict[str, str | int] = {"faults": len(verified.faults), **actor.facts()}
        self._trail("audit_verified", account_id=None, outcome=outcome, **facts)
        return verified

    def _csv(self, chosen: AuditFilter | None) -> Iterator[str]:
        yield _row(dict(zip(COLUMNS, COLUMNS, strict=True)))
        for event in self._all(chosen):
            # A French spreadsheet begins a cell at a semicolon, inside quotes that do not open the line too.
            details = json.dumps(event.details, ensure_ascii=False, sort_keys=True).replace(";", "\\u003b")
            yield _row({**asdict(event), "details": details})

    def _lines(self, chosen: AuditFilter | None) -> Iterator[str]:
        for event in self._all(chosen):
            members = asdict(event)
            yield json.dumps({name: members[name] for name in COLUMNS}, ensure_ascii=False) + "\n"

    def _all(self, chosen: AuditFilter | None) -> Iterator[RecordedEvent]:
        below: int | None = None
        while True:
            batch = self._some(chosen, below, _BATCH)
            yield from batch
            if len(batch) < _BATCH:
                return
            below = batch[-1].id

    def _some(self, chosen: AuditFilter | None, below: int | None, limit: int) -> Sequence[RecordedEvent]:
        if chosen is None:
            return ()
        with self._store.reading() as unit:
            return unit.audit.matching(chosen, below, limit)

    def _filter(self, wanted: Wanted) -> AuditFilter | None:
        """Return the filter of the store; None where it names a member who does not exist."""
        account_id = ""
        if wanted.dossier:
            with self._store.reading() as unit:
                account = unit.accounts.by_dossier(wanted.dossier)
            if account is None:
                return None
            account_id = account.id
        members = asdict(wanted) | {"actor": self._named(wanted.actor)}
        del members["dossier"]
        return AuditFilter(account_id=account_id, **members)

    def _named(self, actor: str) -> str:
        """Return who the record knows by a name: an administrator's login stands for the account."""
        if "@" not in actor:
            return actor
        with self._store.reading() as unit:
            known = unit.administrators.by_login(actor.lower())
        return actor if known is None else known.account_id

    def _looked(self, actor: Actor, event: str, chosen: AuditFilter | None, **facts: str | int) -> None:
        """Record a look; one at a member's events stands among them."""
        known = {} if chosen is None else {name: value for name, value in asdict(chosen).items() if value}
        account_id = known.pop("account_id", None)
        asked: dict[str, str | int] = {f"asked_{name}": value for name, value in known.items()}
        self._trail(event, account_id=account_id, outcome="ok", **(asked | facts | actor.facts()))


def _spoken_of(unit: Unit, chosen: AuditFilter) -> bool:
    return bool(unit.audit.matching(chosen, None, 1))


def _meant(typed: str, everybody: Iterable[tuple[str, str]]) -> tuple[Meant, ...]:
    sought = typed.casefold()
    like = (Meant(*one) for one in everybody if any(sought in text.casefold() for text in one))
    return tuple(islice(like, MEANT))


def _row(members: Mapping[str, Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_cell(members[name]) for name in COLUMNS])
    return line.getvalue()


def _cell(value: Any) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
