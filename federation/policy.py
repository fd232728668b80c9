"""What the house allows an upstream: links without a proof, which proofs; and what that makes of a decision."""

from collections.abc import Collection
from typing import Literal

from federation.linking import AutoLink, ChooseDossier, Decision, Prove, SignIn
from idp.records import dataclass

Proof = Literal["password", "contact_code", "letter_code"]


@dataclass(frozen=True, slots=True)
class LinkingPolicy:
    """``automatic``: whether a sure match is linked at once (D19), or a proof is asked for even then.

    ``proofs``: those that a person may choose from; the first is shown, the others are links on its page.
    """

    automatic: bool = True
    proofs: tuple[Proof, ...] = ("password", "contact_code", "letter_code")


def with_caution(
    decision: Decision, known: Collection[str], held_back: Collection[str], *, automatic: bool = True
) -> Decision:
    """Turn what would be linked without a proof into a proof, where the house or the member wants one.

    ``known``: the accounts that are linked already. ``held_back``: those whose link was ended by choice, which an
    automatic link would silently undo.
    """
    reason = "unlinked_before" if automatic else "automatic_link_off"
    if isinstance(decision, AutoLink):
        free = automatic and decision.candidate.account.account_id not in held_back
        return decision if free else Prove(reason)
    if not isinstance(decision, ChooseDossier):
        return decision
    kept = tuple(
        account
        for account in decision.accounts
        if account.account_id in known or (automatic and account.account_id not in held_back)
    )
    if kept == decision.accounts:
        return decision
    if not any(account.account_id in known for account in kept):
        return Prove(reason)
    return SignIn(kept[0]) if len(kept) == 1 else ChooseDossier(kept, decision.reason)
