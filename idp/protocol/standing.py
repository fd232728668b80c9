"""How a member stands with an application, as a decision of the authorization endpoint needs it."""

from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """What the front channel must know of a signed-in account for one client.

    `usable` says that the account is active. `epoch` is compared with the session's: a session older than a password
    change is dead (R-16). `on_record` says that the session asked about is the account's and that nobody ended it.
    `consented_scope` is None where no consent stands. `staff` says that the account is
    an administrator's, which opens the console and no application of members.
    """

    subject: str
    usable: bool
    epoch: int
    consented_scope: frozenset[str] | None
    staff: bool = False
    on_record: bool = False
