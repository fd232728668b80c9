"""The simulator: every reason of a decision, and no trace of having asked."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from federation.links import federation_links
from idp.upstream_desk import Explanation
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import ANGELA_CLAIMS, World


def explained(here: World, sub: str = "") -> Explanation:
    """Explain Angela."""
    return here.upstream.explain(ANGELA_CLAIMS | ({"sub": sub} if sub else {}))


def test_reasons_field_by_field(here: World, house: MemoryHouse) -> None:
    """A weak match names the field that is weak and why; who shares only the day is counted, not shown."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))))
    house.directory.add(account("7654321", replace(ANGELA, birth_name="AUTRE", given_names=("Zoé",))))
    found = explained(here)
    assert ("prove", "weak", 1) == (found.decision, found.rule, found.passed_over)
    (one,) = found.dossiers
    assert ("1234567", "no", "needs_proof") == (one.dossier, one.linked, one.outcome)
    assert ("given_names", "weak", "prefix") in one.fields


def test_it_leaves_no_trace(here: World, house: MemoryHouse) -> None:
    """A sure match would be linked; asking links nothing, tells nobody, and is not even audited as a sign-in."""
    house.directory.add(account())
    assert ("auto_link", "sure") == (explained(here).decision, explained(here).rule)
    with Session(house.engine) as session:
        assert [] == list(session.execute(select(federation_links)))
    assert ([], [], b"") == (house.mails, house.events, house.kv.dump())


def test_what_was_linked_and_unlinked_shows(here: World, house: MemoryHouse) -> None:
    """Each state of the link is named, and the rule follows it."""
    house.directory.add(account())
    here.sign_in("angela")
    with Session(house.engine) as session:
        sub = session.execute(select(federation_links.c.sub)).scalar_one()
    known, stranger = explained(here, sub), explained(here, "another")
    assert ("sign_in", "known_sub", "this") == (known.decision, known.rule, known.dossiers[0].linked)
    assert ("prove", "other") == (stranger.decision, stranger.dossiers[0].linked)
    here.upstream.unlink("account-1234567", "member")
    ended = explained(here, sub)
    assert ("prove", "unlinked_before", "ended_by_choice") == (ended.decision, ended.rule, ended.dossiers[0].linked)
