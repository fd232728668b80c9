"""Deciding which dossier a person opens."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.decision import (
    Ambiguous,
    AutoLink,
    Candidate,
    ChooseDossier,
    Decision,
    NoMatch,
    Prove,
    Proven,
    Refused,
    Shut,
    SignIn,
    decide,
    decide_proven,
)
from federation.pivot import compare
from idp.upstream import AccountFacts, CivilStatus, Status
from tests.support.ports import ANGELA, account

WEAK = replace(ANGELA, given_names=("Angela",))
STRANGER = replace(ANGELA, given_names=("Zoé",))


def like(found: AccountFacts, *, taken: bool = False) -> Candidate:
    """Compare a dossier with Angela."""
    return Candidate(found, compare(ANGELA, found.civil), taken)


AFFILIE, AYANT_DROIT = account(), account("123456789", situation="ayant_droit")
SECOND_AFFILIE = account("7654321")
CLOSED = account(status="closed")
SUSPENDED = account(status="suspended")
DECEASED = account("7777777", status="deceased")

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
    ("two sure homonyms", [], [like(AFFILIE), like(SECOND_AFFILIE)],
     Ambiguous((like(AFFILIE), like(SECOND_AFFILIE)), "several_alike")),
    ("three sure, two alike", [], [like(AFFILIE), like(AYANT_DROIT), like(SECOND_AFFILIE)],
     Ambiguous((like(AFFILIE), like(AYANT_DROIT), like(SECOND_AFFILIE)), "several_alike")),
    ("sure and recorded as deceased elsewhere", [], [like(AYANT_DROIT), like(DECEASED)],
     Ambiguous((like(AYANT_DROIT), like(DECEASED)), "recorded_as_deceased")),
    ("recorded as deceased, and another's", [], [like(AYANT_DROIT), like(DECEASED), like(AFFILIE, taken=True)],
     Ambiguous((like(AYANT_DROIT), like(DECEASED), like(AFFILIE, taken=True)), "recorded_as_deceased")),
    ("linked to a deceased one, another sure", [DECEASED], [like(AYANT_DROIT)],
     Ambiguous((like(AYANT_DROIT),), "recorded_as_deceased")),
    ("linked to an open one, deceased in another", [AFFILIE], [like(AYANT_DROIT), like(DECEASED)], SignIn(AFFILIE)),
    ("linked to a deceased one", [DECEASED], [], Shut("linked_not_active")),
    ("linked to a suspended one", [SUSPENDED], [], Shut("linked_not_active")),
    ("sure and deceased", [], [like(DECEASED)], Shut("sure_not_active")),
    ("sure and suspended", [], [like(SUSPENDED)], Shut("sure_not_active")),
    ("one sure, another sure is another's", [], [like(AYANT_DROIT), like(AFFILIE, taken=True)],
     Prove("linked_to_another_sub")),
    ("one sure, another's is closed", [], [like(AYANT_DROIT), like(CLOSED, taken=True)], AutoLink(like(AYANT_DROIT))),
    ("linked to one, another sure in the other situation is another's", [AFFILIE], [like(AYANT_DROIT, taken=True)],
     SignIn(AFFILIE)),
    ("weak and another's", [], [like(account(civil=WEAK), taken=True)], Prove("weak")),
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
    "mother of the same names": replace(ANGELA, birthdate="1938-11-02"),
    "sister, a letter apart, born in the same year": replace(ANGELA, given_names=("Angella",), birthdate="1962-01-05"),
    "sister, born in the same year, given names missing": replace(ANGELA, given_names=(), birthdate="1962-01-05"),
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
    "corrected year": (replace(ANGELA, birthdate="1926-08-24"), ANGELA),
    "day and month exchanged": (replace(ANGELA, birthdate="1962-04-08"), replace(ANGELA, birthdate="1962-08-04")),
    "initials in the dossier": (ANGELA, replace(ANGELA, given_names=("A.", "C."))),
    "corrected gender": (replace(ANGELA, gender="male"), ANGELA),
    "renumbered place": (replace(ANGELA, birth_name="AUTRE", birthplace="13055", birthcountry="99351"), ANGELA),
}


@pytest.mark.parametrize(("presented", "held"), MEMBERS.values(), ids=MEMBERS)
def test_a_member_with_an_old_dossier_is_proven(presented: CivilStatus, held: CivilStatus) -> None:
    """A password overrides what is spelt otherwise, missing or out of date in one field of the dossier."""
    assert Proven() == decide_proven(AFFILIE, compare(presented, held))


@pytest.mark.parametrize("shut", [CLOSED, SUSPENDED, DECEASED], ids=lambda one: one.status)
def test_a_proof_opens_nothing_that_is_shut(shut: AccountFacts) -> None:
    """A right proof of a dossier that is closed, suspended or a deceased person's links nothing."""
    assert Refused("not_active") == decide_proven(shut, compare(ANGELA, ANGELA))


SURE, RESEMBLES, STRANGE = (compare(ANGELA, civil) for civil in (ANGELA, WEAK, STRANGER))
STATUSES: list[Status] = ["active", "suspended", "closed", "deceased"]


@st.composite
def houses(draw: st.DrawFn) -> tuple[list[AccountFacts], list[Candidate]]:
    """Draw a person's links and what resembles them: up to five dossiers, each with its status and situation."""
    linked: list[AccountFacts] = []
    candidates: list[Candidate] = []
    for number in range(draw(st.integers(0, 5))):
        found = account(
            str(1_000_000 + number),
            situation=draw(st.sampled_from(["affilie", "ayant_droit"])),
            status=draw(st.sampled_from(STATUSES)),
        )
        if draw(st.booleans()) and len(linked) < 2:
            linked.append(found)
        else:
            comparison = draw(st.sampled_from([SURE, RESEMBLES, STRANGE]))
            candidates.append(Candidate(found, comparison, draw(st.booleans())))
    return linked, candidates


@given(houses(), st.booleans())
@settings(max_examples=200)
def test_what_no_decision_ever_opens(house: tuple[list[AccountFacts], list[Candidate]], presumed: bool) -> None:
    """Without a proof nothing opens but open dossiers: those linked, or surely this person's and nobody else's."""
    linked, candidates = house
    decision = decide(linked, candidates, presumed_birthdate=presumed)
    free = [c.account for c in candidates if c.comparison == SURE and not c.taken]
    if isinstance(decision, SignIn):
        assert decision.account in linked
        opened = [decision.account]
    elif isinstance(decision, AutoLink):
        opened = [decision.candidate.account]
        others = [c for c in candidates if c.comparison == SURE and c.account.status in ("active", "deceased")]
        assert [decision.candidate] == others
    else:
        opened = list(decision.accounts) if isinstance(decision, ChooseDossier) else []
    assert all(one.status == "active" and (one in linked or one in free) for one in opened)
    if not any(one.status == "active" for one in (*linked, *free)):
        assert [] == opened


@given(houses(), st.randoms(use_true_random=False))
def test_neither_order_nor_e_mail_decides(house: tuple[list[AccountFacts], list[Candidate]], chance: Any) -> None:
    """The same dossiers in another order, with other addresses, lead to the same decision for the same reason."""
    linked, candidates = house
    mixed = [replace(c, account=replace(c.account, email=f"{chance.random()}@example.org")) for c in candidates]
    chance.shuffle(mixed)
    one, other = decide(linked, candidates), decide(linked, mixed)
    assert (type(one), one.reason) == (type(other), other.reason)


def test_every_rule_decides_something() -> None:
    """No rule stands behind another that always answers first."""
    reasons = {case[3].reason for case in CASES} | {"presumed_birthdate"}
    assert {
        *("known_sub", "several_dossiers", "linked_not_active", "recorded_as_deceased", "linked_to_another_sub"),
        *("sure", "several_sure", "several_alike", "sure_not_active", "weak", "presumed_birthdate", "no_candidate"),
    } == reasons
