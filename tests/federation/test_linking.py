"""Deciding which dossier a person opens, and linking it."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from federation import links
from federation.linking import (
    AutoLink,
    Candidate,
    ChooseDossier,
    Decision,
    LinkConflict,
    NoMatch,
    Person,
    Prove,
    Proven,
    Refused,
    Shut,
    SignIn,
    decide,
    decide_proven,
    establish,
)
from federation.pivot import compare
from idp.upstream import AccountFacts, CivilStatus
from tests.support.ports import ANGELA, MemoryHouse, account

WEAK = replace(ANGELA, given_names=("Angela",))
STRANGER = replace(ANGELA, given_names=("Zoé",))
PERSON = Person("https://issuer.test", "sub-1", "FranceConnect")


def like(found: AccountFacts, *, taken: bool = False) -> Candidate:
    """Compare a dossier with Angela."""
    return Candidate(found, compare(ANGELA, found.civil), taken)


AFFILIE, AYANT_DROIT = account(), account("123456789", situation="ayant_droit")
SECOND_AFFILIE = account("7654321")
CLOSED = account(status="closed")

CASES: list[tuple[str, list[AccountFacts], list[Candidate], Decision]] = [
    ("linked to one", [AFFILIE], [], SignIn(AFFILIE)),
    ("linked to one, another sure in the other situation", [AFFILIE], [like(AYANT_DROIT)],
     ChooseDossier((AFFILIE, AYANT_DROIT), "several_dossiers")),
    ("linked to one, a homonym in the same situation", [AFFILIE], [like(SECOND_AFFILIE)], SignIn(AFFILIE)),
    ("linked to one, another weak", [AFFILIE], [like(account("7654321", WEAK))], SignIn(AFFILIE)),
    ("linked to two", [AFFILIE, AYANT_DROIT], [], ChooseDossier((AFFILIE, AYANT_DROIT), "several_dossiers")),
    ("linked to two, one closed", [CLOSED, AYANT_DROIT], [], SignIn(AYANT_DROIT)),
    ("linked to a closed one", [CLOSED], [], Shut("linked_not_active")),
    ("linked to a closed one, another sure", [CLOSED], [like(AYANT_DROIT)], AutoLink(like(AYANT_DROIT))),
    ("linked to a closed one, another weak", [CLOSED], [like(account("7654321", WEAK))], Shut("linked_not_active")),
    ("one sure", [], [like(AFFILIE)], AutoLink(like(AFFILIE))),
    ("one sure, one weak", [], [like(AFFILIE), like(account("7654321", WEAK))], AutoLink(like(AFFILIE))),
    ("one sure, one closed", [], [like(AYANT_DROIT), like(CLOSED)], AutoLink(like(AYANT_DROIT))),
    ("two sure of one person", [], [like(AFFILIE), like(AYANT_DROIT)],
     ChooseDossier((AFFILIE, AYANT_DROIT), "several_sure")),
    ("two sure homonyms", [], [like(AFFILIE), like(SECOND_AFFILIE)], Prove("ambiguous")),
    ("sure but another's", [], [like(AFFILIE, taken=True)], Prove("linked_to_another_sub")),
    ("sure but closed", [], [like(CLOSED)], Shut("sure_not_active")),
    ("sure but closed, another weak", [], [like(CLOSED), like(account("7654321", WEAK))], Prove("weak")),
    ("weak", [], [like(account(civil=WEAK))], Prove("weak")),
    ("weak and closed", [], [like(account(civil=WEAK, status="closed"))], Prove("weak")),
    ("a stranger of the same day", [], [like(account(civil=STRANGER))], NoMatch()),
    ("nobody", [], [], NoMatch()),
]  # fmt: skip


@pytest.mark.parametrize(("linked", "candidates", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_decide(linked: list[AccountFacts], candidates: list[Candidate], expected: Decision) -> None:
    """Each situation has one decision, with its reason."""
    assert expected == decide(linked, candidates)


def test_presumed_birthdate() -> None:
    """Nobody found by a date with unknown parts is not nobody: a proof is asked for."""
    assert Prove("presumed_birthdate") == decide([], [], presumed_birthdate=True)


RELATIVES = {
    "brother": replace(ANGELA, given_names=("Pierre",), birthdate="1964-02-01", gender="male"),
    "sister": replace(ANGELA, given_names=("Zoé",), birthdate="1964-02-01"),
    "son": replace(ANGELA, given_names=("Hugo",), birthdate="1990-03-04", gender="male"),
    "daughter of the same name": replace(ANGELA, birth_name="MARTIN", birthdate="1990-03-04"),
    "twin": STRANGER,
    "twin of the other gender": replace(ANGELA, given_names=("Angelo",), gender="male"),
    "husband": replace(ANGELA, birth_name="MARTIN", given_names=("Marc",), birthdate="1960-01-02", gender="male"),
    "husband whose names are missing": replace(ANGELA, given_names=(), birthdate="1960-01-02", gender="male"),
    "stranger": replace(ANGELA, birth_name="AUTRE", birthdate="1990-03-04"),
}


@pytest.mark.parametrize("presented", RELATIVES.values(), ids=RELATIVES)
def test_a_relative_with_the_password_links_nothing(presented: CivilStatus) -> None:
    """A password that a relative knows does not tie the dossier to the relative's FranceConnect."""
    assert Refused("somebody_else") == decide_proven(AFFILIE, compare(presented, ANGELA))


MEMBERS = {
    "same": (ANGELA, ANGELA),
    "accents and case": (replace(ANGELA, given_names=("ANGÉLA", "Claire", "Louise")), ANGELA),
    "one given name in the dossier": (ANGELA, WEAK),
    "given name spelt otherwise": (replace(ANGELA, given_names=("Angella",)), ANGELA),
    "married name held as birth name": (ANGELA, replace(ANGELA, birth_name="MARTIN")),
    "presumed date": (
        replace(ANGELA, birthdate="1962-00-00", birthplace="", birthcountry="99350"),
        replace(ANGELA, birthdate="1962-01-01", birthplace="", birthcountry="99350"),
    ),
    "corrected date": (replace(ANGELA, birthdate="1962-08-25"), ANGELA),
    "corrected gender": (replace(ANGELA, gender="male"), ANGELA),
    "renumbered place": (replace(ANGELA, birth_name="AUTRE", birthplace="13055", birthcountry="99351"), ANGELA),
}


@pytest.mark.parametrize(("presented", "held"), MEMBERS.values(), ids=MEMBERS)
def test_a_member_with_an_old_dossier_is_proven(presented: CivilStatus, held: CivilStatus) -> None:
    """A password overrides what is spelt otherwise, missing or out of date in one field of the dossier."""
    assert Proven() == decide_proven(AFFILIE, compare(presented, held))


def test_a_proof_opens_nothing_that_is_shut() -> None:
    """A right password for a closed dossier links nothing."""
    assert Refused("not_active") == decide_proven(CLOSED, compare(ANGELA, ANGELA))


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
