"""Linking a person to a dossier."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from federation import links
from federation.linking import LinkConflict, Person, establish
from federation.pivot import compare
from tests.support.ports import ANGELA, MemoryHouse, account

PERSON = Person("https://issuer.test", "sub-1", "FranceConnect")
AFFILIE = account()


def establish_auto(house: MemoryHouse, person: Person = PERSON) -> bool:
    """Link Angela's dossier without a proof."""
    return establish(house.ports, person, AFFILIE, method="auto", comparison=compare(ANGELA, ANGELA))


def test_establish_once(house: MemoryHouse) -> None:
    """The same link is made once and told once, with reasons only as evidence."""
    assert [True, False] == [establish_auto(house), establish_auto(house)]
    with Session(house.engine) as session:
        (link,) = links.history(session, AFFILIE.account_id)
    assert {"same"} == set(link.evidence.values())
    assert 1 == len(house.mails)


def test_no_proof_no_replacement(house: MemoryHouse) -> None:
    """Another subject takes a dossier over after a proof only; the old link stays as history."""
    other = replace(PERSON, sub="sub-2")
    establish_auto(house)
    with pytest.raises(LinkConflict):
        establish_auto(house, other)
    assert 1 == len(house.mails)
    assert establish(house.ports, other, AFFILIE, method="proof", comparison=compare(ANGELA, ANGELA))
    with Session(house.engine) as session:
        kept = links.history(session, AFFILIE.account_id)
    assert [("sub-1", "replaced_by_proof"), ("sub-2", "")] == [(link.sub, link.ended_reason) for link in kept]
    assert [(AFFILIE.account_id, "")] == house.ended


def test_what_is_open_ends_with_the_older_link_alone(house: MemoryHouse) -> None:
    """A first link ends nothing, nor does the same one again; of a member who links it, the session stays."""
    same, other = compare(ANGELA, ANGELA), replace(PERSON, sub="sub-2")
    for _ in range(2):
        establish(house.ports, PERSON, AFFILIE, method="proof", comparison=same)
    assert [] == house.ended
    establish(house.ports, other, AFFILIE, method="proof", comparison=same, but="sid-1")
    assert [(AFFILIE.account_id, "sid-1")] == house.ended


def test_mail_and_link_stand_or_fall_together(house: MemoryHouse) -> None:
    """When the mail cannot be queued there is no link either."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("outbox full")

    ports = replace(house.ports, notify=broken)
    with pytest.raises(RuntimeError):
        establish(ports, PERSON, AFFILIE, method="auto", comparison=compare(ANGELA, ANGELA))
    with Session(house.engine) as session:
        assert () == links.history(session, AFFILIE.account_id)


@pytest.mark.parametrize("subs", [("sub-1", "sub-1"), ("sub-1", "sub-2")])
def test_two_at_once(house: MemoryHouse, subs: tuple[str, str]) -> None:
    """Two requests at the same moment make one link; another person's meets a conflict."""
    ready = threading.Barrier(2)
    results: list[object] = []

    def run(sub: str) -> None:
        ready.wait()
        try:
            results.append(establish_auto(house, replace(PERSON, sub=sub)))
        except LinkConflict as conflict:
            results.append(type(conflict))

    threads = [threading.Thread(target=run, args=(sub,)) for sub in subs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {True, False} if subs[0] == subs[1] else {True, LinkConflict}
    assert expected == set(results)
    with Session(house.engine) as session:
        assert 1 == len(links.history(session, AFFILIE.account_id))
