"""What became of an application, act by act: who changed what, and the way back to a former registration."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp.admin.actor import Actor
from idp.admin.acts.client_ledger import Entry, Ledger, unrecorded
from idp.admin.acts.client_rules import ROLLED_BACK, Rules
from idp.admin.acts.refusals import ConflictError, UnknownError
from idp.admin.registration.differences import Difference, differences
from idp.admin.registration.document import written
from idp.admin.registration.limits import VERSIONS
from idp.clock import Clock
from idp.records import dataclass
from idp.store.client_versions import ClientVersion
from idp.store.clients import client_of
from idp.store.db import Store

_ACTED: Final = "enabled"


@dataclass(frozen=True, slots=True)
class Version:
    """One version: what it is called, who made it through which door, and what it changed of the one before.

    `act`, `actor`, `who` and `door` are empty where nobody's act made it; `who` is an administrator's login, else the
    actor again. `document` is the registration (`idp.admin.registration`), with `enabled`.
    """

    number: int
    act: str
    actor: str
    who: str
    door: str
    reason: str
    made_at: int
    document: Mapping[str, Any]
    changes: Sequence[Difference]


class ClientHistory:
    """What may be done with the versions of an application.

    Args:
        store: where they are.
        ledger: makes changes.
        rules: what may be registered today.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, ledger: Ledger, rules: Rules, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._rules = rules
        self._clock = clock

    def list(self, actor: Actor, client_id: str, below: int | None = None, limit: int = VERSIONS) -> Sequence[Version]:
        """Return versions of an application, the newest first; the present registration is always among them.

        Args:
            actor: who looks.
            client_id: which.
            below: go on behind a version, named by its number.
            limit: how many at most, up to `VERSIONS`.

        Raises:
            ForbiddenError: not the actor's to see.
            UnknownError: there is no such application.
            Unavailable: the store does not answer.
        """
        actor.permit("clients.versions", self._clock())
        present = self._ledger.find(client_id)
        with self._store.reading() as unit:
            rows = list(unit.client_versions.list(client_id, below, min(limit, VERSIONS) + 1))
            names = {one.account_id: one.login for one in unit.administrators.all()}
        if below is None and (not rows or rows[0].registration != unrecorded(present).registration):
            rows.insert(0, unrecorded(present))
        documents = [_document(row) for row in rows]
        befores = [*documents[1:], None][: len(documents)]
        return [_version(*one, names) for one in zip(rows, documents, befores, strict=True)][: min(limit, VERSIONS)]

    def show(self, actor: Actor, client_id: str, number: int) -> Version:
        """Return one version.

        Raises:
            ForbiddenError, UnknownError, Unavailable: as `list`; or there is no such version.
        """
        found = next(iter(self.list(actor, client_id, below=number + 1, limit=1)), None)
        if found is None or found.number != number:
            found = next(iter(self.list(actor, client_id, limit=1)))
        if found.number != number:
            raise UnknownError("there is no such version", "number", "unknown")
        return found

    def compare(self, actor: Actor, client_id: str, number: int, other: int | None = None) -> Sequence[Difference]:
        """Return what differs from one version to another, or to the registration of today.

        Raises:
            ForbiddenError, UnknownError, Unavailable: as `list`; or there is no such version.
        """
        actor.permit("clients.versions", self._clock())
        present = unrecorded(self._ledger.find(client_id))
        former, later = (
            present if one in (None, present.number) else self._row(client_id, one) for one in (number, other)
        )
        return differences(_document(former), _document(later))

    def roll_back(
        self, actor: Actor, client_id: str, number: int, *, version: int | None = None, reason: str = ""
    ) -> int:
        """Give an application a former registration again, by today's rules; return the number of the new version.

        It stays enabled or disabled as it is, and has the secrets that it has: neither comes back.

        Args:
            actor: who does it.
            client_id: which.
            number: the version to go back to.
            version: what the actor saw; None takes the application as it is when the act begins.
            reason: kept with the version.

        Raises:
            ForbiddenError: not this actor's: scopes of the administrators' API are the security role's to give and to
                take.
            StaleSignInError, ProposedError: as `ClientActs.update`.
            UnknownError: there is no such application or version.
            ConflictError: somebody was first, or it is registered like that already.
            RefusedError: what was registered then is not allowed any more.
            Unavailable: nothing was done.
        """
        actor.permit("clients.roll_back", self._clock())
        entry = Entry.of(*ROLLED_BACK, reason)
        seen = self._ledger.find(client_id)
        former = written(client_of(client_id, self._row(client_id, number).registration))
        if former == written(seen.client):
            raise ConflictError("it is registered like that already", "number", "same")
        return self._rules.replace(actor, seen, former, entry, version, to=number).version

    def _row(self, client_id: str, number: int) -> ClientVersion:
        with self._store.reading() as unit:
            row = unit.client_versions.get(client_id, number)
        if row is None:
            raise UnknownError("there is no such version", "number", "unknown")
        return row


def _document(row: ClientVersion) -> dict[str, Any]:
    client = client_of(row.client_id, row.registration)
    return written(client) | {_ACTED: client.enabled}


def _version(
    row: ClientVersion, document: dict[str, Any], before: dict[str, Any] | None, names: Mapping[str, str]
) -> Version:
    changes = differences(before, document) if before is not None else ()
    who = names.get(row.actor, row.actor)
    return Version(row.number, row.act, row.actor, who, row.door, row.reason, row.made_at, document, changes)
