"""Relying applications, as administrators see and change them.

Every change keeps a version of the registration and stands on record with who made it; secrets are in neither. What
may be registered is for `idp.admin.registration` to say, whichever door it comes by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

from idp.admin.actor import Actor
from idp.admin.acts.client_ledger import Entry, Ledger
from idp.admin.acts.client_rules import CHANGED, Rules
from idp.admin.acts.refusals import RefusedError
from idp.admin.four_eyes import Arguments, Ask, Carry, alone
from idp.admin.registration.document import written
from idp.admin.registration.kinds import Kind
from idp.admin.registration.limits import LONGEST_OVERLAP
from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.opaque import new_value
from idp.records import dataclass
from idp.services.clients import Clients, with_secret
from idp.services.still_granted import end_all
from idp.store.clients import KeptClient

LONGEST: Final = 128
"""Characters of a search that are looked for."""
_WITH_SECRET: Final = ("client_secret_basic", "client_secret_post")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An application with a secret that was just made: the only time that it is known."""

    kept: KeptClient
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Created:
    """An application that was just registered. `secret` where it has one; `logo`: false where it cannot be shown."""

    kept: KeptClient
    secret: str | None = field(repr=False)
    logo: bool = True


class ClientActs:
    """What may be done with applications.

    Args:
        clients: where they are.
        ledger: makes changes.
        rules: what may be registered.
        clock: Unix seconds.
        ask: whether a second person is wanted.
    """

    def __init__(self, clients: Clients, ledger: Ledger, rules: Rules, clock: Clock, ask: Ask = alone) -> None:
        self._clients = clients
        self._ledger = ledger
        self._rules = rules
        self._clock = clock
        self._ask = ask

    def list(self, actor: Actor, search: str = "") -> Sequence[Client]:
        """Return the applications, by id, whose id, name or redirect URI contains the search, whatever its case.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("clients.list", self._clock())
        wanted = search.strip().casefold()[:LONGEST]
        return [one for one in self._clients.list() if any(wanted in text.casefold() for text in _texts(one))]

    def show(self, actor: Actor, client_id: str) -> Client:
        """Return one application, as the database has it now.

        Raises:
            ForbiddenError: not the actor's to see.
            UnknownError: there is none.
            Unavailable: the store does not answer.
        """
        return self.kept(actor, client_id).client

    def kept(self, actor: Actor, client_id: str) -> KeptClient:
        """Return one application with its version, which a change names to say what it was made from.

        Raises:
            ForbiddenError, UnknownError, Unavailable: as `show`.
        """
        actor.permit("clients.show", self._clock())
        return self._ledger.find(client_id)

    def offered(self, actor: Actor) -> Choices:
        """Return what there is to choose from, for whoever fills a form in; ForbiddenError where it is nobody's."""
        actor.permit("clients.list", self._clock())
        return self._rules.choices()

    def create(
        self, actor: Actor, client_id: str, kind: Kind, document: Mapping[str, Any], reason: str = ""
    ) -> Created:
        """Register an application, with a secret where it proves itself by one.

        Args:
            actor: who does it.
            client_id: its id, for good.
            kind: what it begins with where the document says nothing.
            document: its members (`idp.admin.registration`).
            reason: kept with the version.

        Raises:
            ForbiddenError, StaleSignInError: not now, or not by this actor: scopes of the administrators' API are the
                security role's to give.
            RefusedError: a member cannot be registered as it stands.
            ConflictError: the id is taken.
            Unavailable: nothing was done.
        """
        now = self._clock()
        actor.permit("clients.create", now)
        entry = Entry.of("create", "client_created", reason)
        client = self._rules.new(client_id, kind, document)
        secret = new_value() if client.token_endpoint_auth_method in _WITH_SECRET else None
        if secret is not None:
            client = with_secret(client, secret, now)
        kept = self._ledger.add(actor, client, entry)
        return Created(kept, secret, logo=self._rules.pictured(client))

    def faults(self, actor: Actor, client_id: str, kind: Kind, document: Mapping[str, Any]) -> Sequence[RefusedError]:
        """Return each reason for which an application could not be registered; nothing is done.

        Raises:
            ForbiddenError, StaleSignInError: as `create`.
        """
        actor.permit("clients.create", self._clock())
        return self._rules.faults(client_id, kind, document)

    def update(
        self,
        actor: Actor,
        client_id: str,
        changes: Mapping[str, Any],
        *,
        version: int | None = None,
        reason: str = "",
    ) -> KeptClient:
        """Change some members of an application; the others stay, and a member that is null goes back to its default.

        Args:
            actor: who does it.
            client_id: which.
            changes: the members that change.
            version: what the actor saw; None takes the application as it is when the act begins.
            reason: kept with the version.

        Raises:
            ForbiddenError: an application with scopes of the administrators' API is the security role's.
            StaleSignInError: more would change than what people read (`idp.admin.registration.differences.LIGHT`),
                long after the sign-in.
            UnknownError: there is none.
            ConflictError: somebody was first.
            RefusedError: a member cannot be registered as it stands.
            ProposedError: it waits for a second person.
            Unavailable: nothing was done.
        """
        actor.permit("clients.update", self._clock())
        entry = Entry.of(*CHANGED, reason)
        seen = self._ledger.find(client_id)
        return self._rules.replace(actor, seen, written(seen.client) | dict(changes), entry, version)

    def rotate_secret(
        self, actor: Actor, client_id: str, overlap: int, reason: str = "", *, version: int | None = None
    ) -> NewSecret:
        """Give an application a new secret; the one before works a while longer, any that is older no more.

        Args:
            actor: who does it.
            client_id: which.
            overlap: seconds for which the present secret works still; zero ends it now.
            reason: kept with the version.
            version: what the actor saw, so that a form that is sent twice makes one secret; None takes what there is.

        Raises:
            ForbiddenError, StaleSignInError, UnknownError, ConflictError, Unavailable: as `update`.
            RefusedError: it proves itself without a secret, or the overlap is too long.
        """
        now = self._clock()
        actor.permit("clients.rotate_secret", now)
        if not 0 <= overlap <= LONGEST_OVERLAP:
            raise RefusedError(f"an older secret works 0 to {LONGEST_OVERLAP} seconds longer", "overlap")
        self._asked(actor, "clients.rotate_secret", client_id, overlap=overlap, reason=reason)
        secret = new_value()

        def make(client: Client) -> Client:
            if client.token_endpoint_auth_method not in _WITH_SECRET:
                raise RefusedError("it proves itself without a secret", "token_endpoint_auth_method", "no_secret")
            return with_secret(client, secret, now, others_until=now + overlap)

        entry = Entry.of("rotate_secret", "client_secret_renewed", reason)
        kept = self._ledger.change(actor, client_id, make, entry, expected=version, facts={"overlap": overlap})
        return NewSecret(kept, secret)

    def end_older_secrets(self, actor: Actor, client_id: str, reason: str = "") -> KeptClient:
        """End at once every secret of an application but the newest.

        Raises:
            ForbiddenError, StaleSignInError, UnknownError, Unavailable: as `update`.
        """
        actor.permit("clients.rotate_secret", self._clock())
        entry = Entry.of("end_older_secrets", "client_older_secrets_ended", reason)
        return self._ledger.change(actor, client_id, lambda one: replace(one, secrets=one.secrets[-1:]), entry)

    def enable(self, actor: Actor, client_id: str, reason: str = "") -> KeptClient:
        """Let a stopped application work again, from nothing.

        Raises:
            ForbiddenError, StaleSignInError, UnknownError, Unavailable: as `update`.
        """
        actor.permit("clients.enable", self._clock())
        entry = Entry.of("enable", "client_enabled", reason)
        return self._ledger.change(
            actor,
            client_id,
            lambda one: replace(one, enabled=True),
            entry,
            also=lambda unit, now: end_all(unit, client_id, "client_disabled", now),
        )

    def disable(self, actor: Actor, client_id: str, reason: str = "") -> KeptClient:
        """Stop an application at once: no sign-in, no token, and those it has are dead for good.

        Raises:
            ForbiddenError, StaleSignInError, UnknownError, Unavailable: as `update`.
        """
        actor.permit("clients.disable", self._clock())
        entry = Entry.of("disable", "client_disabled", reason)
        return self._ledger.change(
            actor,
            client_id,
            lambda one: replace(one, enabled=False),
            entry,
            anybodys=True,
            also=lambda unit, now: end_all(unit, client_id, "client_disabled", now),
        )

    def delete(self, actor: Actor, client_id: str, reason: str, *, version: int | None = None) -> None:
        """Delete a disabled application for good: its versions and what members agreed to go, the record stays.

        Raises:
            ForbiddenError, StaleSignInError, UnknownError, Unavailable: as `update`.
            RefusedError: no reason was given.
            ConflictError: it is enabled, or somebody was first.
        """
        actor.permit("clients.delete", self._clock())
        if not reason.strip():
            raise RefusedError("a deletion needs a reason", "reason")
        self._asked(actor, "clients.delete", client_id, reason=reason, version=version)
        self._ledger.remove(actor, client_id, Entry.of("delete", "client_removed", reason), expected=version)

    @property
    def carries(self) -> Mapping[str, Carry]:
        """What a second person may approve; a new secret is theirs to hand over."""

        def rotate_secret(actor: Actor, told: Arguments) -> str:
            return self.rotate_secret(actor, told["client_id"], told["overlap"], told["reason"]).secret

        def delete(actor: Actor, told: Arguments) -> str:
            self.delete(actor, told["client_id"], told["reason"], version=told["version"])
            return ""

        return {"clients.rotate_secret": rotate_secret, "clients.delete": delete, **self._rules.carries}

    def _asked(self, actor: Actor, act: str, client_id: str, **arguments: Any) -> None:
        """Ask whether a second person is wanted; nothing is proposed of an application that is not there."""
        self._ask(actor, act, {"client_id": self._ledger.find(client_id).client.client_id, **arguments})


def _texts(client: Client) -> tuple[str, ...]:
    return (client.client_id, client.name, *client.redirect_uris)
