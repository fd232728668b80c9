"""May a member who is signed in tie this identity to the account? A pure decision.

A member's word is not enough: on a telephone left open a relative could link their own FranceConnect and keep a way
in. So the civil status of both sides is compared, as after a password (`linking.decide_proven`).
"""

from collections.abc import Sequence
from typing import Literal

from federation.linking import Refused, decide_proven
from federation.pivot import Comparison
from idp.records import dataclass
from idp.upstream import AccountFacts

Present = Literal["none", "same", "other"]
"""What opens the account now: nothing of this upstream, this very identity, or another one."""


@dataclass(frozen=True, slots=True)
class Already:
    """This identity opens the account: nothing to do."""

    reason: str = "already_linked"


@dataclass(frozen=True, slots=True)
class Attach:
    """Both sides agree on every strong field: link it."""

    reason: str = "sure"


@dataclass(frozen=True, slots=True)
class AskProof:
    """Nothing speaks against it, but a proof of the dossier is needed."""

    reason: str = "weak"


@dataclass(frozen=True, slots=True)
class Refuse:
    """It may not be linked, whatever is proven."""

    reason: Literal["not_active", "somebody_else", "another_person", "another_identity"]


Attachment = Already | Attach | AskProof | Refuse


def decide_attachment(
    account: AccountFacts,
    comparison: Comparison,
    present: Present,
    elsewhere: Sequence[Comparison] = (),
) -> Attachment:
    """Decide for one account.

    ``comparison``: the identity and this dossier. ``elsewhere``: this dossier and each other dossier that the identity
    opens; one person may hold two (decision D1), two persons never share one identity.
    """
    if account.status != "active":
        return Refuse("not_active")
    if present == "same":
        return Already()
    if isinstance(decide_proven(account, comparison), Refused):
        return Refuse("somebody_else")
    if any(isinstance(decide_proven(account, other), Refused) for other in elsewhere):
        return Refuse("another_person")
    if present == "other":
        return Refuse("another_identity")
    return Attach() if comparison.outcome == "sure" else AskProof()
