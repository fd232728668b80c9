"""What administrators do with their own way in: second factors and recovery codes, each change after a fresh sign-in.

No role opens this and none closes it: it is everybody's own, an auditor's too. The last second factor stays, since the
staff's door opens to nobody without one; who has lost everything is invited again by somebody else.
"""

from typing import Any, Final

from idp.admin.actor import Actor
from idp.clock import Clock
from idp.members.factors.enrolment import MOST, Added, Enrolment, Overview, Refusal, Setup
from idp.members.factors.recovery import FEW
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class OwnWays:
    """What somebody has. `few`: recovery codes run out; `full`: no second factor more; `last`: none may go."""

    known: Overview
    few: bool
    full: bool
    last: bool


class OwnAccess:
    """The second factors of whoever acts.

    Args:
        factors: of all accounts.
        clock: Unix seconds.
    """

    def __init__(self, factors: Enrolment, clock: Clock) -> None:
        self._factors: Final = factors
        self._clock = clock

    def show(self, actor: Actor) -> OwnWays:
        """Return what the actor has. Raises `Unavailable`."""
        known = self._factors.overview(actor.id)
        few = known.codes_made and known.codes_left <= FEW
        return OwnWays(known, few, len(known.factors) >= MOST, len(known.factors) == 1)

    def begin_application(self, actor: Actor, browser: str) -> str:
        """Return the ticket of a new secret, which counts for nothing before its first code.

        Raises:
            StaleSignInError: the sign-in is too long ago.
            Unavailable: a store does not answer.
        """
        actor.prove(self._clock())
        return self._factors.begin_totp(actor.id, browser)

    def setup(self, actor: Actor, ticket: str, browser: str) -> Setup | None:
        """Return what to show of a secret that waits, or None when its page is over. Raises as above."""
        actor.prove(self._clock())
        return self._factors.setup(ticket, actor.id, browser)

    def add_application(self, actor: Actor, ticket: str, browser: str, code: str, label: str) -> Added | Refusal:
        """Add a code generator whose first code was typed. Raises as above."""
        actor.prove(self._clock())
        return self._factors.confirm_totp(ticket, actor.id, browser, code, label, actor.network)

    def passkey_options(self, actor: Actor, browser: str) -> dict[str, Any]:
        """Return what the page needs to have a passkey made. Raises as above."""
        actor.prove(self._clock())
        return self._factors.passkey_options(actor.id, browser)

    def add_passkey(self, actor: Actor, sent: str, browser: str, label: str) -> Added | Refusal:
        """Add a passkey that a page had made. Raises as above."""
        actor.prove(self._clock())
        return self._factors.add_passkey(sent, actor.id, browser, label, actor.network)

    def rename(self, actor: Actor, factor: str, label: str) -> bool:
        """Give a second factor another name; False for none of the actor's. Raises as above."""
        actor.prove(self._clock())
        return self._factors.rename(actor.id, factor, label)

    def remove(self, actor: Actor, factor: str) -> bool:
        """Remove a second factor; False for none of the actor's, and for the last one. Raises as above."""
        actor.prove(self._clock())
        return self._factors.remove(actor.id, factor, actor.network, keep_one=True)

    def renew_codes(self, actor: Actor, browser: str) -> str | None:
        """Make new recovery codes in place of the old; return their ticket. Raises as above."""
        actor.prove(self._clock())
        return self._factors.renew_codes(actor.id, browser, actor.network)

    def codes(self, actor: Actor, ticket: str, browser: str) -> tuple[str, ...] | None:
        """Return new codes while they are on show in the browser that asked for them, or None."""
        return self._factors.codes(ticket, actor.id, browser)

    def codes_kept(self, ticket: str) -> None:
        """Show these codes no more."""
        self._factors.codes_kept(ticket)
