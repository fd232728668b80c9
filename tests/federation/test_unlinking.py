"""Ending a link: kept as history, told, and not made again without a proof."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from federation import links
from federation.linking import Person, establish
from federation.pivot import compare
from federation.unlinking import unlink
from tests.support.federation_pages import PASSWORD, of, submit, to_proof
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import World

ME = account()
PERSON = Person("https://issuer.test", "sub-1", "FranceConnect")


def linked(house: MemoryHouse) -> None:
    """Link Angela's dossier."""
    establish(house.ports, PERSON, ME, method="auto", comparison=compare(ANGELA, ANGELA))


def test_unlinked_once(house: MemoryHouse) -> None:
    """The first call ends it and tells the member; the second finds nothing."""
    linked(house)
    done = [unlink(house.ports, PERSON.issuer, "FranceConnect", ME.account_id, "member") for _ in range(2)]
    assert [True, False] == done
    assert [("sub-1", "auto", False)] == of(house)
    assert ["linked", "unlinked"] == [mail.template for mail in house.mails]
    assert "federation.unlinked" == house.events[-1]["event"]


@pytest.mark.parametrize(("has_password", "told"), [(True, "yes"), (False, "")])
def test_the_mails_know_whether_a_password_opens_the_dossier(house: MemoryHouse, has_password: bool, told: str) -> None:
    """Who was linked at a first visit may have none: neither mail says that it still works."""
    mine = house.directory.add(replace(ME, has_password=has_password))
    establish(house.ports, PERSON, mine, method="auto", comparison=compare(ANGELA, ANGELA))
    unlink(house.ports, PERSON.issuer, "FranceConnect", ME.account_id, "desk")
    assert [("linked", told), ("unlinked", told)] == [(one.template, one.values["by_password"]) for one in house.mails]


def test_held_back_until_it_is_linked_again(house: MemoryHouse) -> None:
    """Only a link that was ended by choice, and is the last one, holds an automatic link back."""

    def held() -> frozenset[str]:
        with Session(house.engine) as session:
            return links.held_back(session, PERSON.issuer, [ME.account_id])

    linked(house)
    assert frozenset() == held()
    unlink(house.ports, PERSON.issuer, "FranceConnect", ME.account_id, "member")
    assert frozenset({ME.account_id}) == held()
    establish(house.ports, PERSON, ME, method="proof", comparison=compare(ANGELA, ANGELA))
    assert frozenset() == held()


def test_no_automatic_link_comes_back(here: World, house: MemoryHouse) -> None:
    """After unlinking, a sure match asks for a proof; after the proof, FranceConnect opens the dossier as before."""
    house.directory.add(account(), PASSWORD)
    here.sign_in("angela")
    assert here.upstream.unlink("account-1234567", "member")
    browser, path = to_proof(here)
    assert 1 == len(here.door.outcomes)
    assert "/continuer/i1" == submit(browser, path).headers["Location"]
    assert ["auto", "proof"] == [method for _, method, _ in of(house)]
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]
