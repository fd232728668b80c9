"""Four eyes: an act that the settings name is kept as a proposal until a second person approves it.

An act calls `ask` once its arguments are judged and before it does anything. Alone, nothing happens and the act goes
on. Where a second person is wanted `ask` keeps the act's name and its arguments, sealed, and raises `ProposedError`,
which each door tells in its own way. Whoever approves (`idp.admin.acts.proposals`) does the same act with the same
arguments: `ask` sees that this actor is the second person, and lets it pass.
"""

import json
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from idp.admin.actor import Actor, ProposedError
from idp.admin.acts.refusals import ConflictError
from idp.clock import Clock
from idp.parts import Parts
from idp.services.audit import AuditLog
from idp.store.db import Store, once
from idp.store.proposals import Proposal
from idp.upstream_ports import Seal
from keys.errors import SealBroken

MOST: Final = 100
"""Proposals that wait at one time: more would be read by nobody."""

Arguments = Mapping[str, Any]
"""What an act is to be done with: names and JSON values."""

Ask = Callable[[Actor, str, Arguments], None]
"""`FourEyes.ask`, as acts have it."""

Carry = Callable[[Actor, Arguments], str]
"""Does a proposed act, and returns what only this answer shows (a link, a secret), or nothing."""


def alone(_actor: Actor, _act: str, _arguments: Arguments) -> None:
    """Let every act pass: an `Ask` where nobody wants a second person."""


class FourEyes:
    """Keeps acts that wait for a second person.

    Args:
        store: where they are kept.
        seal: closes their arguments.
        trail: told of each.
        clock: Unix seconds.
        acts: the acts that the settings name.
        lifetime: seconds for which a proposal can be approved.
    """

    def __init__(
        self, store: Store, seal: Seal, trail: AuditLog, clock: Clock, *, acts: Collection[str], lifetime: int
    ) -> None:
        self._store = store
        self._seal = seal
        self._trail = trail
        self._clock = clock
        self._acts = frozenset(acts)
        self._lifetime = lifetime

    @classmethod
    def over(cls, house: Parts) -> "FourEyes":
        """Return four eyes over the provider's parts, as its settings want them."""
        admin = house.settings.admin
        return cls(
            house.store,
            house.sealer,
            house.audit,
            house.clock,
            acts=admin.four_eyes,
            lifetime=admin.proposal_lifetime,
        )

    def ask(self, actor: Actor, act: str, arguments: Arguments) -> None:
        """Let an act pass, or keep it for a second person.

        Raises:
            ProposedError: it is kept; nothing else was done.
            ConflictError: too many wait already.
            Unavailable: the store does not answer.
        """
        if actor.proposal or actor.part_of or act not in self._acts:
            return
        kept = self.propose(actor, act, arguments)
        raise ProposedError(kept.id, act, kept.expires_at)

    def propose(self, actor: Actor, act: str, arguments: Arguments, lifetime: int | None = None) -> Proposal:
        """Keep an act for a second person whatever the settings name; `lifetime` in seconds. Raises as `ask`."""
        now, new = self._clock(), secrets.token_hex(16)
        sealed = self._seal.seal(json.dumps(arguments, sort_keys=True).encode(), _context(new, act))
        kept = Proposal(new, act, sealed, actor.id, actor.door, now, now + (lifetime or self._lifetime))

        def work() -> None:
            with self._store.begin() as unit:
                if unit.proposals.waiting(now) >= MOST:
                    raise ConflictError("too many proposals wait: decide some of them first")
                unit.proposals.add(kept)
                self._trail.within(unit, "proposal_made", act=act, **(actor.facts() | {"proposal": new}))

        once(work)
        return kept

    def arguments(self, proposal: Proposal) -> Arguments | None:
        """Return what a proposal is to be done with; None once that is wiped, or its key-encryption key is gone."""
        if proposal.sealed is None:
            return None
        try:
            opened = self._seal.unseal(proposal.sealed, _context(proposal.id, proposal.act))
        except SealBroken:
            return None
        told: dict[str, Any] = json.loads(opened)
        return told


def _context(proposal_id: str, act: str) -> bytes:
    return json.dumps(["proposal", proposal_id, act]).encode()
