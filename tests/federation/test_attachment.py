"""What an identity may be to the account of a member who is signed in."""

from dataclasses import replace

import pytest

from federation.attachment import Already, AskProof, Attach, Attachment, Present, Refuse, decide_attachment
from federation.pivot import compare
from idp.upstream import CivilStatus
from tests.support.ports import ANGELA, account

MINE = account()
CLOSED = account(status="closed")
WEAK = replace(ANGELA, given_names=("Angela",))
TWIN = replace(ANGELA, given_names=("Zoé",))
HUSBAND = replace(ANGELA, birth_name="MARTIN", given_names=("Marc",), birthdate="1960-01-02", gender="male")

CASES: list[tuple[str, CivilStatus, Present, list[CivilStatus], Attachment]] = [
    ("sure", ANGELA, "none", [], Attach()),
    ("weak", WEAK, "none", [], AskProof()),
    ("a twin's", TWIN, "none", [], Refuse("somebody_else")),
    ("the husband's", HUSBAND, "none", [], Refuse("somebody_else")),
    ("linked already", ANGELA, "same", [], Already()),
    ("linked already, civil status corrected since", TWIN, "same", [], Already()),
    ("another one is linked", ANGELA, "other", [], Refuse("another_identity")),
    ("a twin's, another one is linked", TWIN, "other", [], Refuse("somebody_else")),
    ("opens her other dossier", ANGELA, "none", [ANGELA], Attach()),
    ("opens her other dossier, spelt otherwise", ANGELA, "none", [WEAK], Attach()),
    ("opens the twin's dossier", ANGELA, "none", [TWIN], Refuse("another_person")),
    ("opens her other dossier and the twin's", WEAK, "none", [ANGELA, TWIN], Refuse("another_person")),
]


@pytest.mark.parametrize(
    ("presented", "present", "elsewhere", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_decide_attachment(
    presented: CivilStatus, present: Present, elsewhere: list[CivilStatus], expected: Attachment
) -> None:
    """Each situation has one answer, with its reason."""
    others = [compare(civil, MINE.civil) for civil in elsewhere]
    assert expected == decide_attachment(MINE, compare(presented, MINE.civil), present, others)


def test_what_is_shut_stays_shut() -> None:
    """A dossier that is not open takes no identity, not even its own again."""
    assert Refuse("not_active") == decide_attachment(CLOSED, compare(ANGELA, ANGELA), "same")
