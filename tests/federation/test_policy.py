"""Where the house or the member wants a proof, a decision that would link without one becomes a proof."""

import pytest

from federation.linking import AutoLink, Candidate, ChooseDossier, Decision, NoMatch, Prove, SignIn
from federation.pivot import compare
from federation.policy import with_caution
from tests.support.ports import ANGELA, account

ONE, OTHER = account(), account("123456789", situation="ayant_droit")
AUTO = AutoLink(Candidate(ONE, compare(ANGELA, ANGELA)))
BOTH = ChooseDossier((ONE, OTHER), "several_sure")
MINE, SECOND = ONE.account_id, OTHER.account_id

CASES: list[tuple[str, Decision, list[str], list[str], bool, Decision]] = [
    ("sure", AUTO, [], [], True, AUTO),
    ("sure, unlinked before", AUTO, [], [MINE], True, Prove("unlinked_before")),
    ("sure, another was unlinked", AUTO, [], [SECOND], True, AUTO),
    ("sure, no automatic link", AUTO, [], [], False, Prove("automatic_link_off")),
    ("known", SignIn(ONE), [MINE], [], False, SignIn(ONE)),
    ("nobody", NoMatch(), [], [], False, NoMatch()),
    ("two sure", BOTH, [], [], True, BOTH),
    ("two sure, one unlinked before", BOTH, [], [MINE], True, Prove("unlinked_before")),
    ("two sure, no automatic link", BOTH, [], [], False, Prove("automatic_link_off")),
    ("two known, no automatic link", BOTH, [MINE, SECOND], [], False, BOTH),
    ("one known, the other sure", BOTH, [MINE], [], True, BOTH),
    ("one known, the other unlinked before", BOTH, [MINE], [SECOND], True, SignIn(ONE)),
    ("one known, no automatic link", BOTH, [MINE], [], False, SignIn(ONE)),
]


@pytest.mark.parametrize(
    ("decision", "known", "held_back", "automatic", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_with_caution(
    decision: Decision, known: list[str], held_back: list[str], automatic: bool, expected: Decision
) -> None:
    """What is linked stays open; what is not is linked only where nobody objected."""
    assert expected == with_caution(decision, known, held_back, automatic=automatic)
