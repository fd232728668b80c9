"""The desk: cases that nobody could tell, looked at side by side, decided once, taken back."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from federation import cases
from federation.desk import MONTH, wipe
from idp.upstream_desk import CaseStatus, LinkCase
from tests.support.federation_pages import PASSWORD, of, submit, to_proof
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import World

FIRST, SECOND = "account-1234567", "account-7654321"
WHO: dict[str, Any] = {"by": "dupont", "note": "vérifié par téléphone"}


@pytest.fixture
def case(here: World, house: MemoryHouse) -> LinkCase:
    """Two dossiers of one situation agree in everything with a person who came: somebody has to look."""
    house.directory.add(account(), PASSWORD)
    house.directory.add(account("7654321"), PASSWORD)
    to_proof(here)
    (opened,) = here.upstream.desk.queue()
    return opened


def status(here: World, case: LinkCase) -> CaseStatus:
    """Return what became of a case."""
    found = here.upstream.desk.look(case.id)
    assert found is not None
    return found.case.status


def test_opened_once(here: World, case: LinkCase, house: MemoryHouse) -> None:
    """The person who comes again is the same case, seen later; the identity stands there sealed."""
    house.clock.forward(60)
    to_proof(here)
    (again,) = here.upstream.desk.queue()
    assert (case.id, case.opened_at, case.seen_at + 60) == (again.id, again.opened_at, again.seen_at)
    with Session(house.engine) as session:
        row = cases.get(session, case.id)
    assert row is not None
    assert b"DUBOIS" not in row.identity
    assert "DUBOIS" not in house.trace()


def test_side_by_side(here: World, case: LinkCase) -> None:
    """Both sides of every field, with its reason."""
    file = here.upstream.desk.look(case.id)
    assert file is not None
    assert ANGELA == file.presented
    assert [("1234567", "no"), ("7654321", "no")] == [(d.compared.dossier, d.compared.linked) for d in file.dossiers]
    assert {"agree"} == {result for _, result, _ in file.dossiers[0].compared.fields}
    assert ANGELA == file.dossiers[0].held
    assert here.upstream.desk.look("another") is None


def test_who_presented_themselves(here: World, case: LinkCase, house: MemoryHouse) -> None:
    """The identities of several cases at once, by case, as long as they are kept."""
    assert {case.id: ANGELA} == here.upstream.desk.presented([case.id, "none"])
    house.clock.forward(MONTH + 1)
    wipe(house.ports)
    assert {} == here.upstream.desk.presented([case.id])


def test_linked_by_the_desk(here: World, case: LinkCase, house: MemoryHouse) -> None:
    """The link is made, told and recorded; the person is let in by it; nobody decides a second time."""
    desk = here.upstream.desk
    assert "done" == desk.link(case.id, SECOND, **WHO)
    assert [("desk", True)] == [(method, force) for _, method, force in of(house, SECOND)]
    assert [("linked", SECOND)] == [(mail.template, mail.account_id) for mail in house.mails]
    assert {"event": "federation.case", "account_id": SECOND, "outcome": "linked", "case": case.id, "by": "dupont"} in (
        house.events
    )
    assert ["changed", "changed"] == [desk.link(case.id, FIRST, **WHO), desk.refuse(case.id, **WHO)]
    here.sign_in("angela")
    assert SECOND == here.door.outcomes[-1].account_id
    assert [] == list(desk.queue())
    assert ["dupont"] == [one.decided_by for one in desk.queue(decided=True)]


def test_undone(here: World, case: LinkCase, house: MemoryHouse) -> None:
    """A decision is taken back: the link ends as history, the member is told, and it does not come back by itself."""
    desk = here.upstream.desk
    desk.link(case.id, SECOND, **WHO)
    assert ["done", "not_possible"] == [desk.undo(case.id, **WHO) for _ in range(2)]
    assert ("undone", [False]) == (status(here, case), [force for *_, force in of(house, SECOND)])
    assert ["linked", "unlinked"] == [mail.template for mail in house.mails]
    to_proof(here)
    assert 1 == len(desk.queue())


@pytest.mark.parametrize(("has_password", "told"), [(True, "yes"), (False, "")])
def test_an_undone_link_is_told_by_what_still_opens_the_dossier(
    here: World, case: LinkCase, house: MemoryHouse, has_password: bool, told: str
) -> None:
    """A member without a password is not told that it still works."""
    house.directory.add(replace(house.directory.accounts[SECOND], has_password=has_password))
    here.upstream.desk.link(case.id, SECOND, **WHO)
    here.upstream.desk.undo(case.id, **WHO)
    assert [told, told] == [mail.values["by_password"] for mail in house.mails]


def test_refused(here: World, case: LinkCase) -> None:
    """Refused is refused while nothing has changed: the person may prove a dossier, and opens no new case."""
    desk = here.upstream.desk
    assert "done" == desk.refuse(case.id, **WHO)
    to_proof(here)
    assert [] == list(desk.queue())
    assert "done" == desk.undo(case.id, **WHO)
    to_proof(here)
    assert 1 == len(desk.queue())


def test_a_proof_settles_it(here: World, case: LinkCase) -> None:
    """Who proves a dossier needs no desk any more."""
    browser, path = to_proof(here)
    assert "/continuer/i1" == submit(browser, path).headers["Location"]
    assert "proven" == status(here, case)


def test_what_cannot_be_linked(here: World, case: LinkCase, house: MemoryHouse) -> None:
    """A dossier of no case, shut, or by now plainly another's is not linked, and the case stays open."""
    desk = here.upstream.desk
    house.directory.add(account("1111111"))
    house.directory.add(account(status="closed"))
    house.directory.add(account("7654321", replace(ANGELA, given_names=("Zoé",))))
    tried = [desk.link(case.id, f"account-{number}", **WHO) for number in ("1111111", "1234567", "7654321", "none")]
    assert ["not_possible"] * 4 == tried
    assert ["unknown"] * 3 == [
        desk.link("x", FIRST, **WHO),
        desk.refuse("x", **WHO),
        desk.undo("x", **WHO),
    ]
    assert ("open", "not_possible") == (status(here, case), desk.undo(case.id, **WHO))


@pytest.mark.parametrize(
    "who", [{"by": " ", "note": "why"}, {"by": "dupont", "note": "\n"}, {"by": "x", "note": "y" * 2001}]
)
def test_no_decision_without_a_name_and_a_reason(here: World, case: LinkCase, house: MemoryHouse, who: Any) -> None:
    """Whatever door a decision comes by, it says who and why."""
    desk = here.upstream.desk
    with pytest.raises(ValueError, match="reason"):
        desk.link(case.id, FIRST, **who)
    with pytest.raises(ValueError, match="reason"):
        desk.refuse(case.id, **who)
    with pytest.raises(ValueError, match="reason"):
        desk.undo(case.id, **who)
    assert ("open", []) == (status(here, case), of(house))


def test_a_decision_and_its_link_are_one(here: World, case: LinkCase, house: MemoryHouse) -> None:
    """A link that cannot be written leaves the case open, and nothing is told to anybody."""
    desk, events, house.no_mail = here.upstream.desk, len(house.events), True
    with pytest.raises(RuntimeError, match="no mail"):
        desk.link(case.id, SECOND, **WHO)
    assert ("open", [], []) == (status(here, case), of(house, SECOND), house.mails)
    assert events == len(house.events)
    house.no_mail = False
    assert "done" == desk.link(case.id, SECOND, **WHO)
    house.no_mail = True
    with pytest.raises(RuntimeError, match="no mail"):
        desk.undo(case.id, **WHO)
    assert ("linked", [True]) == (status(here, case), [force for *_, force in of(house, SECOND)])


def test_identities_are_not_kept(here: World, case: LinkCase, house: MemoryHouse) -> None:
    """A month after the decision, or after the person was last seen, the identity is wiped and the rest stays."""
    assert 0 == wipe(house.ports)
    house.clock.forward(MONTH + 1)
    assert [1, 0] == [wipe(house.ports) for _ in range(2)]
    found = here.upstream.desk.look(case.id)
    assert found is not None
    assert ("expired", None) == (found.case.status, found.presented)
    assert "not_possible" == here.upstream.desk.link(case.id, FIRST, **WHO)
    to_proof(here)
    assert 1 == len(here.upstream.desk.queue())
