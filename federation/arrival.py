"""A person whom the upstream vouches for, back in the browser that left: what is decided about, and what may wait."""

from dataclasses import field

from federation.transactions import PendingLink, Step
from idp.records import dataclass
from idp.upstream import CivilStatus, Member


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back, and for what: an interaction to go on with, or a member who links the identity.

    ``auth_time`` is our clock at the callback.
    """

    sub: str
    civil: CivilStatus = field(repr=False)
    id_token: str = field(repr=False)
    auth_time: int
    interaction: str
    member: Member | None = None

    def waiting(self, issuer: str, step: Step, accounts: tuple[str, ...] = ()) -> PendingLink:
        """Return what waits, sealed, for one more page of the person."""
        return PendingLink(
            step=step,
            issuer=issuer,
            sub=self.sub,
            interaction=self.interaction,
            auth_time=self.auth_time,
            civil=self.civil,
            id_token=self.id_token,
            accounts=accounts,
            member=self.member,
        )
