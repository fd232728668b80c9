"""Who acts, through which door, and the gate that each act passes first."""

from typing import Final, Literal

from idp.admin.roles import ACTS, Act, Role
from idp.records import dataclass

Door = Literal["console", "api", "command"]
"""The console's pages, the REST API, or the command line on the house's own machine."""

FRESH_FOR: Final = 300
"""Seconds after a sign-in within which a dangerous act may be done at the console."""


class ForbiddenError(Exception):
    """The actor's roles do not open the act."""

    def __init__(self, act: Act) -> None:
        super().__init__(f"{act.name} needs the role {act.role.value}")
        self.act = act


class StaleSignInError(Exception):
    """The act is dangerous and the actor's sign-in is too old for it: prove again who you are."""


class ProposedError(Exception):
    """The act was not done: it is kept as a proposal, which a second person approves or refuses.

    `expires_at`, in Unix seconds, is when it can be approved no more.
    """

    def __init__(self, proposal: str, act: str, expires_at: int) -> None:
        super().__init__(f"{act} waits for a second person, as proposal {proposal}")
        self.proposal = proposal
        self.act = act
        self.expires_at = expires_at


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts.

    `id` is the administrator's, the application's or the operator's name on the machine: what the audit keeps, so
    never a person's civil name. `auth_time` is in Unix seconds; whoever comes by the command line has the machine
    itself, which no sign-in would make safer, and an application proves itself with every request. `proposal` names
    what the actor carries out as the second person, `proposed_by` the first one; `part_of` an act that has been allowed
    as a whole, of which the present one is a part.
    """

    id: str
    roles: frozenset[Role]
    door: Door
    auth_time: int = 0
    network: str = ""
    reference: str = ""
    proposal: str = ""
    proposed_by: str = ""
    part_of: str = ""

    def permit(self, name: str, now: int) -> Act:
        """Let an act pass, and return it.

        Args:
            name: an act of `ACTS`; a name that is not there is a mistake of ours (KeyError).
            now: Unix seconds.

        Raises:
            ForbiddenError: the roles do not open it.
            StaleSignInError: a dangerous act at the console, long after the sign-in.
        """
        act = ACTS[name]
        if not act.open_to(self.roles):
            raise ForbiddenError(act)
        if act.dangerous:
            self.prove(now)
        return act

    def prove(self, now: int) -> None:
        """Ask for a recent sign-in, for what is dangerous; only at the console is there one.

        Part of an act that has passed was asked already: seconds later it would stop half-way.

        Raises:
            StaleSignInError: it is too long ago.
        """
        if self.door == "console" and not self.part_of and not 0 <= now - self.auth_time <= FRESH_FOR:
            raise StaleSignInError

    def facts(self) -> dict[str, str]:
        """Return what the audit keeps of the actor beside the act."""
        known = {
            "actor": self.id,
            "door": self.door,
            "network": self.network,
            "reference": self.reference,
            "proposal": self.proposal,
            "proposed_by": self.proposed_by,
        }
        return {name: value for name, value in known.items() if value}


def operator(name: str) -> Actor:
    """Return whoever works at the command line of the house's machine: every role, and the name they are known by."""
    return Actor(f"operator:{name}", frozenset(Role), "command")
