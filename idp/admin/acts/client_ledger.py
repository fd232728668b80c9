"""Every change of an application as one transaction: the registration, its version, and the event on record."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from idp.admin.actor import Actor
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.registration.differences import differences
from idp.admin.registration.document import administers, written
from idp.clock import Clock
from idp.protocol.client import Client
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.client_logos import Logos
from idp.services.clients import Clients
from idp.services.still_granted import end_all
from idp.store.client_versions import ClientVersion
from idp.store.clients import KeptClient, registration_of
from idp.store.db import Store, Unit, once

LONGEST_REASON: Final = 2000
_LONGEST_MEMBERS: Final = 500
_LONGEST_ACTOR: Final = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """What a change is called among the versions and on record, and why it is made."""

    act: str
    event: str
    reason: str = ""

    @classmethod
    def of(cls, act: str, event: str, reason: str) -> "Entry":
        """Return an entry whose reason somebody typed, on one line; RefusedError where it is too long."""
        kept = " ".join("".join(one if one.isprintable() else " " for one in reason).split())
        if len(kept) > LONGEST_REASON:
            raise RefusedError(f"a reason has {LONGEST_REASON} characters at most", "reason")
        return cls(act, event, kept)


def taken(client_id: str) -> ConflictError:
    """Return what is said of an id that an application has already."""
    return ConflictError(f"there is an application {client_id} already", "client_id", "taken")


def current(present: KeptClient, expected: int | None) -> int:
    """Return the version of an application; ConflictError where somebody expected another one, None for any."""
    if expected is not None and expected != present.version:
        reason = f"somebody changed it meanwhile: its version is {present.version}, not {expected}"
        raise ConflictError(reason, "version", "version")
    return present.version


class Ledger:
    """Makes changes. Whoever administers the API by an application needs more than the role of applications for it.

    Args:
        store: opens units of work.
        clients: the cache that must forget what changed.
        logos: our copies of applications' logos.
        trail: told of each change, in its transaction.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, clients: Clients, logos: Logos, trail: AuditLog, clock: Clock) -> None:
        self._store = store
        self._clients = clients
        self._logos = logos
        self._trail = trail
        self._clock = clock

    def find(self, client_id: str) -> KeptClient:
        """Return an application as the database has it now; UnknownError where there is none."""
        with self._store.reading() as unit:
            found = unit.clients.kept(client_id)
        if found is None:
            raise UnknownError("there is no such application", "client_id", "unknown")
        return found

    def has(self, client_id: str) -> bool:
        """Whether there is an application with an id."""
        with self._store.reading() as unit:
            return unit.clients.kept(client_id) is not None

    def add(self, actor: Actor, client: Client, entry: Entry) -> KeptClient:
        """Keep a new application.

        Raises:
            ForbiddenError, StaleSignInError: it may act on the administrators' API, and the actor may not give that.
            ConflictError: its id is taken.
        """
        now = self._clock()
        self._judge(actor, client, now)

        def work() -> None:
            with self._store.begin() as unit:
                if not unit.clients.add(client, now):
                    raise taken(client.client_id)
                if client.logo_uri is not None:
                    self._logos.queue(unit, client)
                # What was granted to one that had this id before, beside its deletion, is not this one's.
                unit.grants.revoke_for_client(client.client_id, entry.event, now)
                self._note(unit, actor, client, 1, entry, now)

        once(work)
        self._clients.forget(client.client_id)
        return KeptClient(client, 1, now, now)

    def change(
        self,
        actor: Actor,
        client_id: str,
        make: Callable[[Client], Client],
        entry: Entry,
        *,
        expected: int | None = None,
        anybodys: bool = False,
        also: Callable[[Unit, int], object] | None = None,
        facts: Mapping[str, str | int] = MappingProxyType({}),
    ) -> KeptClient:
        """Change an application and return it; where nothing differs nothing is written.

        Args:
            actor: who does it.
            client_id: which.
            make: from the application as it is, under lock, to what it becomes.
            entry: what it is called.
            expected: the version that the actor saw; None where the change does not depend on it.
            anybodys: it may be done to an application that acts on the administrators' API too.
            also: what happens in the same transaction, with the time.
            facts: what the event says besides.

        Raises:
            ForbiddenError, StaleSignInError: it acts on the administrators' API, or would.
            UnknownError: there is no such application.
            ConflictError: it is not what the actor saw any more.
            RefusedError: it is the console itself.
        """
        now = self._clock()

        def work() -> KeptClient:
            with self._store.begin() as unit:
                present = self._held(unit, client_id, expected)
                client = make(present.client)
                if not anybodys:
                    self._judge(actor, present.client, now)
                    self._judge(actor, client, now)
                if client == present.client:
                    return present
                self._former(unit, present)
                version = unit.clients.upsert(client, now)
                if client.logo_uri != present.client.logo_uri:
                    self._logos.queue(unit, client)
                if also is not None:
                    also(unit, now)
                self._note(unit, actor, client, version, entry, now, _members(present.client, client) | dict(facts))
            return KeptClient(client, version, present.created_at, now)

        changed = once(work)
        self._clients.forget(client_id)
        return changed

    def remove(self, actor: Actor, client_id: str, entry: Entry, *, expected: int | None = None) -> None:
        """Delete a disabled application, with its versions and the agreements with it.

        Raises:
            ForbiddenError, StaleSignInError, UnknownError, ConflictError, RefusedError: as `change`; or it is enabled.
        """
        now = self._clock()

        def work() -> None:
            with self._store.begin() as unit:
                present = self._held(unit, client_id, expected).client
                self._judge(actor, present, now)
                if present.enabled:
                    raise ConflictError("only a disabled application can be deleted", "enabled", "enabled")
                end_all(unit, client_id, entry.event, now)
                unit.clients.remove(client_id)
                self._tell(unit, actor, client_id, entry)

        once(work)
        self._clients.forget(client_id)

    def _held(self, unit: Unit, client_id: str, expected: int | None) -> KeptClient:
        present = unit.clients.kept(client_id, hold=True)
        if present is None:
            raise UnknownError("there is no such application", "client_id", "unknown")
        current(present, expected)
        if present.client.staff:
            raise RefusedError("the console registers itself", "client_id", "console")
        return present

    def _judge(self, actor: Actor, client: Client, now: int) -> None:
        if administers(client):
            actor.permit("clients.administer", now)

    def _former(self, unit: Unit, present: KeptClient) -> None:
        """Keep what there was, where no act of ours left it so."""
        newest = next(iter(unit.client_versions.list(present.client.client_id, limit=1)), None)
        former = registration_of(present.client)
        if newest is None or newest.registration != former:
            unit.client_versions.add(unrecorded(present))

    def _note(
        self,
        unit: Unit,
        actor: Actor,
        client: Client,
        version: int,
        entry: Entry,
        now: int,
        facts: dict[str, str | int] | None = None,
    ) -> None:
        made = ClientVersion(
            client.client_id,
            version,
            entry.act,
            actor.id[:_LONGEST_ACTOR],
            actor.door,
            entry.reason,
            now,
            registration_of(client),
        )
        unit.client_versions.add(made)
        self._tell(unit, actor, client.client_id, entry, version=version, **(facts or {}))

    def _tell(self, unit: Unit, actor: Actor, client_id: str, entry: Entry, **facts: str | int) -> None:
        said = {"reason": entry.reason} if entry.reason else {}
        everything = said | facts | actor.facts()
        self._trail.within(unit, entry.event, account_id=None, outcome="ok", client_id=client_id, **everything)


def unrecorded(present: KeptClient) -> ClientVersion:
    """Return an application as it is as a version that nobody's act made."""
    client = present.client
    return ClientVersion(client.client_id, present.version, "", "", "", "", present.updated_at, registration_of(client))


def _members(before: Client, after: Client) -> dict[str, str | int]:
    """Return the names of the members that differ, for the record: values stand in the versions."""
    names = [one.member for one in differences(written(before), written(after))]
    return {"members": " ".join(names)[:_LONGEST_MEMBERS]} if names else {}
