"""What may be registered, asked before anything is kept: the rules of a document, then what is outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from idp.admin.actor import Actor
from idp.admin.acts.client_ledger import Entry, Ledger, current, taken
from idp.admin.acts.refusals import RefusedError
from idp.admin.four_eyes import Arguments, Ask, Carry, alone
from idp.admin.registration.differences import differences, weighs
from idp.admin.registration.document import changed, registered, written
from idp.admin.registration.faults import faults, values_of
from idp.admin.registration.kinds import Kind
from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.services.client_logos import Logos
from idp.store.clients import KeptClient

CHANGED: Final = ("update", "client_changed")
ROLLED_BACK: Final = ("roll_back", "client_rolled_back")
"""What the two changes of a whole registration are called, among the versions and on record."""

_LONGEST: Final = 200
"""Characters of a value that is named in its refusal; a longer one is told by its number alone."""


class Rules:
    """Turns documents into applications, each refusal one sentence about one member.

    Args:
        ledger: keeps what is allowed.
        logos: fetches pictures once a registration is kept.
        choices: returns what the provider does.
        look_outside: refuses an application whose addresses say otherwise than it does; asked in no transaction.
        clock: Unix seconds.
        ask: whether a second person is wanted.
    """

    def __init__(
        self,
        ledger: Ledger,
        logos: Logos,
        choices: Callable[[], Choices],
        look_outside: Callable[[Client], None],
        clock: Clock,
        ask: Ask = alone,
    ) -> None:
        self._ledger = ledger
        self._logos = logos
        self.choices = choices
        self._look_outside = look_outside
        self._clock = clock
        self._ask = ask

    def new(self, client_id: str, kind: Kind, document: Mapping[str, Any]) -> Client:
        """Return a new application; RefusedError where a member cannot be registered as it stands."""
        choices = self.choices()
        try:
            return self._allowed(lambda name, said: registered(name, kind, said, choices), client_id, document, choices)
        except RefusedError as refusal:
            refusal.also = (*refusal.also, *self._taken(client_id, (refusal, *refusal.also)))
            raise

    def replace(
        self,
        actor: Actor,
        seen: KeptClient,
        document: Mapping[str, Any],
        entry: Entry,
        version: int | None,
        *,
        to: int = 0,
    ) -> KeptClient:
        """Keep a whole document as an application's registration, and return it.

        More than what people read asks for a recent sign-in, as a new secret does: new keys or addresses hand an
        application over just as well; and so it is what waits for a second person where the settings name
        `clients.update`, by whichever way it comes.

        Args:
            actor: who does it; the gate was passed.
            seen: the application that the document was made from.
            document: every member.
            entry: what the change is called.
            version: what the actor saw; None for `seen`.
            to: the version that it goes back to; zero for none.

        Raises:
            RefusedError: a member cannot be registered as it stands.
            ProposedError: it waits for a second person.
            StaleSignInError: more would change than what people read, long after the sign-in.
            ForbiddenError, UnknownError, ConflictError: as `Ledger.change`.
        """
        choices = self.choices()
        client = self._allowed(
            lambda _, said: changed(seen.client, said, choices), seen.client.client_id, document, choices
        )
        # What is judged was made from what was seen, so that it must be there still when it is kept.
        expected = current(seen, version)
        found, facts = differences(written(seen.client), written(client)), {"to": to} if to else {}
        if weighs(found):
            actor.prove(self._clock())
            told = {"client_id": client.client_id, "version": expected, "reason": entry.reason}
            self._ask(actor, "clients.update", {**told, "changes": [asdict(one) for one in found], **facts})
        kept = self._ledger.change(actor, client.client_id, lambda _: client, entry, expected=expected, facts=facts)
        if client.logo_uri != seen.client.logo_uri:
            self.pictured(client)
        return kept

    @property
    def carries(self) -> Mapping[str, Carry]:
        """What a second person may approve: the members that change, of the version that the first one saw."""

        def update(actor: Actor, told: Arguments) -> str:
            actor.permit("clients.update", self._clock())
            to, seen = told.get("to", 0), self._ledger.find(told["client_id"])
            after = {one["member"]: one["after"] for one in told["changes"]}
            entry = Entry.of(*(ROLLED_BACK if to else CHANGED), told["reason"])
            self.replace(actor, seen, written(seen.client) | after, entry, told["version"], to=to)
            return ""

        return {"clients.update": update}

    def pictured(self, client: Client) -> bool:
        """Fetch the logo of an application that was kept; False where it has one that cannot be shown."""
        return client.logo_uri is None or self._logos.fetch(client)

    def faults(self, client_id: str, kind: Kind, document: Mapping[str, Any]) -> Sequence[RefusedError]:
        """Return each reason for which a new application cannot be registered; what is outside is not asked."""
        choices = self.choices()
        refused = faults(lambda name, said: registered(name, kind, said, choices), client_id, document, choices)
        found = [_refusal(one, document) for one in refused]
        return [*found, *self._taken(client_id, found)]

    def _taken(self, client_id: str, found: Sequence[RefusedError]) -> Sequence[RefusedError]:
        """Return that an id is another's, where nothing is wrong with it by itself."""
        wrong = any(one.member == "client_id" for one in found)
        return () if wrong or not self._ledger.has(client_id) else (taken(client_id),)

    def _allowed(
        self,
        make: Callable[[str, Mapping[str, Any]], Client],
        client_id: str,
        document: Mapping[str, Any],
        choices: Choices,
    ) -> Client:
        try:
            client = make(client_id, document)
            self._look_outside(client)
        except MetadataRefused as refusal:
            _first, *others = faults(make, client_id, document, choices) or [refusal]
            raise _refusal(refusal, document, [_refusal(one, document) for one in others]) from None
        return client


def _refusal(refusal: MetadataRefused, document: Mapping[str, Any], also: Sequence[RefusedError] = ()) -> RefusedError:
    where, value = refusal.member, ""
    if refusal.position:
        value = _shown(values_of(document, refusal.member)[refusal.position - 1 : refusal.position])
        where += f", number {refusal.position}{f' ({value})' if value else ''},"
    return RefusedError(f"{where} {refusal.reason}", refusal.member, refusal.reason, refusal.position, also, value)


def _shown(values: Sequence[str]) -> str:
    return next((one for one in values if one.isprintable() and len(one) <= _LONGEST), "")
