"""The doctor: an application's checkup, and a test sign-in to it watched step by step.

An examination begins with the checkup and stands for an hour: whatever the application does or is refused from then on
is shown beside it. Nothing of anybody's sign-in is looked at but that it happened.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final, Literal

from idp.admin.actor import Actor
from idp.admin.acts.refusals import UnknownError
from idp.admin.acts.usage import Fault, faults
from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind
from idp.protocol.names import OFFLINE_ACCESS
from idp.protocol.opaque import digest
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.services.checkup import Checkup, Finding, for_people
from idp.services.client_notes import ClientNotes
from idp.services.key_readers import KeyReaders
from idp.store.client_days import Noted
from idp.store.db import Store
from idp.upstream_ports import KeyValue

LASTS: Final = 3600
"""Seconds for which an examination is watched."""
KEYS_READ: Final = "keys_read"
"""The step that no note tells of: somebody at an address of the application's read our keys."""

_HINDERS: Final = {
    Kind.REQUESTED: (Kind.REDIRECT_URI, Kind.AUTHORIZE, Kind.DISABLED),
    Kind.REDEEMED: (Kind.AUTHENTICATION, Kind.TOKEN),
    Kind.OWN_TOKEN: (Kind.AUTHENTICATION, Kind.TOKEN, Kind.DISABLED),
    Kind.LOGGED_OUT: (Kind.LOGOUT,),
    Kind.TOLD: (Kind.NOT_TOLD,),
}
"""The refusals that stand in the way of a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the test: `done` at a time in Unix seconds, `refused` as the faults tell, or `waiting`."""

    name: str
    state: Literal["done", "refused", "waiting"]
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What is known of an application since its examination began, in Unix seconds."""

    client_id: str
    started_at: int
    findings: Sequence[Finding]
    steps: Sequence[Step]
    faults: Sequence[Fault]

    @property
    def healthy(self) -> bool:
        """Whether no check failed; warnings are no failures."""
        return all(one.state != "bad" for one in self.findings)


class DoctorActs:
    """What may be done to find out why an integration fails.

    Args:
        store: the applications and their days.
        kv: where examinations stand meanwhile.
        checkup: looks at an application.
        notes: what this process has not written yet.
        readers: returns who read our keys, as this process knows it.
        trail: told of each examination.
        clock: Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        kv: KeyValue,
        checkup: Checkup,
        notes: ClientNotes,
        readers: Callable[[], KeyReaders],
        trail: AuditLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._kv = kv
        self._checkup = checkup
        self._notes = notes
        self._readers = readers
        self._trail = trail
        self._clock = clock

    def examine(self, actor: Actor, client_id: str) -> Examination:
        """Check an application now, its addresses too, and begin to watch it; one under way begins anew.

        Raises:
            ForbiddenError: not the actor's to do.
            UnknownError: there is no such application.
            Unavailable, KeyValueUnavailable: a store does not answer.
        """
        now = self._clock()
        actor.permit("clients.doctor", now)
        client = self._client(client_id)
        findings = self._checkup.run(client)
        found = {"started_at": now, "findings": [asdict(one) for one in findings]}
        self._kv.set(_key(client_id), json.dumps(found).encode(), LASTS)
        failed = ",".join(sorted({one.check for one in findings if one.state == "bad"}))
        outcome, facts = ("failed", {"failed": failed}) if failed else ("ok", {})
        self._trail("client_examined", outcome=outcome, client_id=client_id, **facts, **actor.facts())
        return self._seen(client, now, findings)

    def watch(self, actor: Actor, client_id: str) -> Examination | None:
        """Return what happened since the examination began; None where none is under way.

        Another process's last seconds may be missing, and its reads of the keys for a minute.

        Raises:
            ForbiddenError: not the actor's to do.
            UnknownError: there is no such application.
            Unavailable, KeyValueUnavailable: a store does not answer.
        """
        actor.permit("clients.doctor", self._clock())
        client, held = self._client(client_id), self._kv.get(_key(client_id))
        if held is None:
            return None
        found = json.loads(held)
        return self._seen(client, found["started_at"], [Finding(**one) for one in found["findings"]])

    def client(self, actor: Actor, client_id: str) -> Client:
        """Return the application that is to be examined.

        Raises:
            ForbiddenError: not the actor's to do.
            UnknownError: there is no such application.
            Unavailable: the store does not answer.
        """
        actor.permit("clients.doctor", self._clock())
        return self._client(client_id)

    def _client(self, client_id: str) -> Client:
        with self._store.reading() as unit:
            found = unit.clients.get(client_id)
        if found is None:
            raise UnknownError("there is no such application", "client_id", "unknown")
        return found

    def _seen(self, client: Client, since: int, findings: Sequence[Finding]) -> Examination:
        self._notes.write({client.client_id})
        readers = self._readers()
        readers.write()
        with self._store.reading() as unit:
            noted = [one for one in unit.client_days.of(client.client_id, since) if one.last_at >= since]
        read = [one.read_at or 0 for one in readers.report() if one.client_id == client.client_id]
        at = max((one for one in read if one >= since), default=None)
        steps = [_step(name, noted, at) for name in expected(client)]
        return Examination(client.client_id, since, findings, steps, faults(noted))


def expected(client: Client) -> tuple[str, ...]:
    """Return the steps that a test of an application can show, in their order. Pure."""
    if not for_people(client):
        return (Kind.OWN_TOKEN.value,)
    steps = {
        Kind.REQUESTED.value: True,
        Kind.ANSWERED.value: True,
        Kind.REDEEMED.value: "authorization_code" in client.grant_types,
        Kind.ID_TOKEN.value: "authorization_code" in client.grant_types,
        KEYS_READ: not client.public,
        Kind.USERINFO.value: True,
        Kind.REFRESHED.value: "refresh_token" in client.grant_types and OFFLINE_ACCESS in client.scopes,
        Kind.LOGGED_OUT.value: True,
        Kind.TOLD.value: client.backchannel_logout_uri is not None,
    }
    return tuple(name for name, holds in steps.items() if holds)


def _step(name: str, noted: Sequence[Noted], keys_read: int | None) -> Step:
    done = keys_read if name == KEYS_READ else _last(noted, {name})
    if done is not None:
        return Step(name, "done", done)
    hinders = {kind.value for kind in _HINDERS.get(Kind(name), ())} if name != KEYS_READ else set()
    refused = _last(noted, hinders)
    return Step(name, "waiting") if refused is None else Step(name, "refused", refused)


def _last(noted: Sequence[Noted], kinds: set[str]) -> int | None:
    return max((one.last_at for one in noted if one.kind in kinds), default=None)


def _key(client_id: str) -> str:
    return f"doctor:{digest(client_id)}"
