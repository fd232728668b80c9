"""Comparing two civil identities."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.franceconnect import civil_status
from federation.pivot import candidate_birthdates, compare, is_presumed, normalise
from idp.upstream import CivilStatus
from tests.support.ports import ANGELA

ROOT = Path(__file__).parents[2]
ABROAD = replace(ANGELA, birthplace="", birthcountry="99352")
NEW_YEAR = replace(ANGELA, birthdate="1958-01-01")
NEW_YEAR_ABROAD = replace(ABROAD, birthdate="1958-01-01")

# what FranceConnect presents, what the dossier holds, outcome, field that decides, its reason
PAIRS: list[tuple[CivilStatus, CivilStatus, str, str, str]] = [
    (ANGELA, ANGELA, "sure", "birth_name", "same"),
    # Spelling of the birth name
    (ANGELA, replace(ANGELA, birth_name="dubois"), "sure", "birth_name", "same"),
    (ANGELA, replace(ANGELA, birth_name="  Dubois "), "sure", "birth_name", "same"),
    (
        replace(ANGELA, birth_name="LECŒUR-DÉZÉ"),
        replace(ANGELA, birth_name="LECOEUR DEZE"),
        "sure",
        "birth_name",
        "same",
    ),
    (replace(ANGELA, birth_name="ÆBI"), replace(ANGELA, birth_name="aebi"), "sure", "birth_name", "same"),
    (replace(ANGELA, birth_name="D’ALMEIDA"), replace(ANGELA, birth_name="D'Almeida"), "sure", "birth_name", "same"),
    (replace(ANGELA, birth_name="NGUYỄN"), replace(ANGELA, birth_name="Nguyen"), "sure", "birth_name", "same"),
    (replace(ANGELA, birth_name="SØRENSEN"), replace(ANGELA, birth_name="Sorensen"), "sure", "birth_name", "same"),
    (replace(ANGELA, birth_name="WEIß"), replace(ANGELA, birth_name="WEISS"), "sure", "birth_name", "same"),
    (replace(ANGELA, birth_name="İNAN"), replace(ANGELA, birth_name="INAN"), "sure", "birth_name", "same"),
    (
        replace(ANGELA, birth_name="LE GOFF"),
        replace(ANGELA, birth_name="LEGOFF"),
        "needs_proof",
        "birth_name",
        "spacing",
    ),
    (
        replace(ANGELA, birth_name="DE LA TOUR"),
        replace(ANGELA, birth_name="TOUR"),
        "needs_proof",
        "birth_name",
        "particle",
    ),
    (replace(ANGELA, birth_name="DUBOIS MARTIN"), ANGELA, "needs_proof", "birth_name", "part"),
    (replace(ANGELA, birth_name="MARTIN DUBOIS"), ANGELA, "needs_proof", "birth_name", "part"),
    (
        replace(ANGELA, birth_name="MARTIN"),
        replace(ANGELA, usage_name="MARTIN"),
        "needs_proof",
        "birth_name",
        "usage_name",
    ),
    (
        replace(ANGELA, usage_name="MARTIN"),
        replace(ANGELA, birth_name="MARTIN"),
        "needs_proof",
        "birth_name",
        "usage_name",
    ),
    (replace(ANGELA, birth_name="MARTIN"), ANGELA, "needs_proof", "birth_name", "differ"),
    (replace(ANGELA, birth_name=""), ANGELA, "needs_proof", "birth_name", "missing"),
    (replace(ANGELA, birth_name="MARTIN"), replace(ANGELA, given_names=("Angela",)), "none", "birth_name", "differ"),
    # Usage names are no part of the identity
    (replace(ANGELA, usage_name="BERNARD"), replace(ANGELA, usage_name="PETIT"), "sure", "birth_name", "same"),
    # Given names
    (ANGELA, replace(ANGELA, given_names=("ANGÉLA", "claire", "LOUISE")), "sure", "given_names", "same"),
    (
        replace(ANGELA, given_names=("Anne-Sophie",)),
        replace(ANGELA, given_names=("Anne", "Sophie")),
        "sure",
        "given_names",
        "same",
    ),
    (ANGELA, replace(ANGELA, given_names=("Angela",)), "needs_proof", "given_names", "prefix"),
    (ANGELA, replace(ANGELA, given_names=("Angela", "Claire")), "needs_proof", "given_names", "prefix"),
    (replace(ANGELA, given_names=("Angela",)), ANGELA, "needs_proof", "given_names", "longer_in_dossier"),
    (ANGELA, replace(ANGELA, given_names=("Claire", "Angela", "Louise")), "needs_proof", "given_names", "order"),
    (ANGELA, replace(ANGELA, given_names=("Angela", "Rose")), "needs_proof", "given_names", "first_only"),
    (ANGELA, replace(ANGELA, given_names=("Claire",)), "needs_proof", "given_names", "other_given_name"),
    (
        replace(ANGELA, given_names=("Annelise",)),
        replace(ANGELA, given_names=("Anne", "Lise")),
        "needs_proof",
        "given_names",
        "spacing",
    ),
    (ANGELA, replace(ANGELA, given_names=("Brigitte",)), "none", "given_names", "differ"),
    (ANGELA, replace(ANGELA, given_names=()), "needs_proof", "given_names", "missing"),
    # Birth dates
    (ANGELA, replace(ANGELA, birthdate="1962-08-25"), "none", "birthdate", "differ"),
    (ANGELA, replace(ANGELA, birthdate=""), "none", "birthdate", "missing"),
    (ANGELA, replace(ANGELA, birthdate="24/08/1962"), "none", "birthdate", "missing"),
    (ANGELA, replace(ANGELA, birthdate="1962-08-00"), "needs_proof", "birthdate", "presumed"),
    (ANGELA, replace(ANGELA, birthdate="1962-00-00"), "needs_proof", "birthdate", "presumed"),
    (replace(ANGELA, birthdate="1962-08-00"), ANGELA, "needs_proof", "birthdate", "presumed"),
    (
        replace(ANGELA, birthdate="1962-00-00"),
        replace(ANGELA, birthdate="1962-00-00"),
        "needs_proof",
        "birthdate",
        "presumed",
    ),
    (replace(ANGELA, birthdate="1962-07-00"), ANGELA, "none", "birthdate", "differ"),
    (replace(ANGELA, birthdate="1961-00-00"), ANGELA, "none", "birthdate", "differ"),
    (NEW_YEAR, NEW_YEAR, "sure", "birthdate", "same"),
    (NEW_YEAR_ABROAD, NEW_YEAR_ABROAD, "needs_proof", "birthdate", "presumed"),
    (NEW_YEAR_ABROAD, replace(NEW_YEAR_ABROAD, birthdate="1958-00-00"), "needs_proof", "birthdate", "presumed"),
    (NEW_YEAR_ABROAD, replace(NEW_YEAR_ABROAD, birthdate="1958-06-12"), "none", "birthdate", "differ"),
    # Gender
    (replace(ANGELA, gender="unspecified"), ANGELA, "needs_proof", "gender", "unspecified"),
    (
        replace(ANGELA, gender="unspecified"),
        replace(ANGELA, gender="unspecified"),
        "needs_proof",
        "gender",
        "unspecified",
    ),
    (replace(ANGELA, gender=""), ANGELA, "needs_proof", "gender", "unspecified"),
    (replace(ANGELA, gender="male"), ANGELA, "needs_proof", "gender", "differ"),
    # Places
    (ABROAD, ABROAD, "sure", "birthplace", "born_abroad"),
    (replace(ANGELA, birthplace="2A004"), replace(ANGELA, birthplace="2a004"), "sure", "birthplace", "same"),
    (replace(ANGELA, birthplace="2A004"), replace(ANGELA, birthplace="20004"), "needs_proof", "birthplace", "differ"),
    (replace(ANGELA, birthplace=""), replace(ANGELA, birthplace=""), "needs_proof", "birthplace", "missing"),
    (ABROAD, replace(ABROAD, birthplace="99352"), "needs_proof", "birthplace", "missing"),
    (ABROAD, replace(ABROAD, birthcountry="99350"), "needs_proof", "birthcountry", "differ"),
    (replace(ABROAD, birthcountry=""), ABROAD, "needs_proof", "birthcountry", "missing"),
]


@pytest.mark.parametrize(("presented", "held", "outcome", "name", "reason"), PAIRS)
def test_pair(presented: CivilStatus, held: CivilStatus, outcome: str, name: str, reason: str) -> None:
    """Each pair has the outcome, and the deciding field the reason, that a clerk would give."""
    comparison = compare(presented, held)
    assert (outcome, reason) == (comparison.outcome, comparison.reasons()[name])


def test_twins_are_two_people() -> None:
    """Two people who differ in their given names alone are never proposed for one another."""
    chloe = replace(ANGELA, given_names=("Chloé", "Marie"))
    assert "none" == compare(chloe, replace(ANGELA, given_names=("Clara", "Marie"))).outcome


@pytest.mark.parametrize(
    ("birthdate", "expected"),
    [
        ("1962-08-24", ("1962-08-24", "1962-08-00", "1962-00-00")),
        ("1962-08-00", ("1962-08-00", "1962-00-00", "1962-08-01")),
        ("1962-00-00", ("1962-00-00", "1962-01-01", "1962-01-00")),
        ("1962-01-01", ("1962-01-01", "1962-01-00", "1962-00-00")),
        ("", ()),
        ("not a date", ()),
    ],
)
def test_candidate_birthdates(birthdate: str, expected: tuple[str, ...]) -> None:
    """A look-up names whole dates only, the presumed ones among them, never a bare year."""
    assert set(expected) == set(candidate_birthdates(birthdate))


names = st.text(st.characters(categories=["Lu", "Ll", "Lt", "Mn", "Pd"], include_characters=" '’œŒæÆ"), max_size=20)
civils = st.builds(
    CivilStatus,
    birth_name=names,
    given_names=st.lists(names, max_size=4).map(tuple),
    birthdate=st.from_regex(r"(19[0-9]{2}|20[01][0-9])-(0[0-9]|1[0-2])-([0-2][0-9])", fullmatch=True) | st.just(""),
    gender=st.sampled_from(["male", "female", "unspecified", ""]),
    birthplace=st.sampled_from(["75107", "2A004", "", "13055"]),
    birthcountry=st.sampled_from(["99100", "99352", ""]),
    usage_name=names,
)


@given(civils, civils)
@settings(max_examples=200)
def test_sure_needs_every_field(presented: CivilStatus, held: CivilStatus) -> None:
    """No pair is sure while any strong field is weak, unknown or different (D19)."""
    comparison = compare(presented, held)
    results = {field.result for field in comparison.fields}
    assert ({"agree"} == results) == (comparison.outcome == "sure")


@given(civils)
def test_a_whole_identity_is_sure_of_itself(civil: CivilStatus) -> None:
    """An identity with nothing missing, presumed or unspecified agrees with itself."""
    whole = replace(
        civil,
        birth_name="D" + civil.birth_name,
        given_names=("A" + "".join(civil.given_names),),
        birthdate="1970-12-31",
        gender="male",
        birthplace="75107",
        birthcountry="99100",
    )
    assert "sure" == compare(whole, whole).outcome


@given(civils, civils)
def test_sure_is_symmetric(one: CivilStatus, other: CivilStatus) -> None:
    """Whether two identities are surely the same does not depend on which side holds which."""
    assert (compare(one, other).outcome == "sure") == (compare(other, one).outcome == "sure")


@given(civils, st.sampled_from(["birth_name", "birthdate", "gender", "birthplace", "birthcountry"]))
def test_a_difference_is_never_sure(civil: CivilStatus, name: str) -> None:
    """Changing any one strong field of a whole identity makes it unsure."""
    changed: dict[str, Any] = {
        "birth_name": "AUTRE",
        "birthdate": "1971-12-31",
        "gender": "female",
        "birthplace": "75108",
        "birthcountry": "99351",
    }
    whole = replace(ANGELA, given_names=(*ANGELA.given_names, *civil.given_names), gender="male")
    other = replace(whole, **{name: changed[name]})
    assert "sure" != compare(whole, other).outcome


@given(names)
def test_normalise_is_stable(name: str) -> None:
    """Normalising twice changes nothing, and neither does case."""
    words = normalise(name)
    assert words == normalise(" ".join(words))


@given(civils)
def test_the_look_up_finds_what_is_sure(civil: CivilStatus) -> None:
    """A dossier that could be sure carries one of the dates that are looked up."""
    if compare(civil, civil).outcome == "sure":
        assert civil.birthdate in candidate_birthdates(civil.birthdate)


def test_presumed_dates() -> None:
    """New Year's Day counts as presumed abroad only: a birth in France has a full date."""
    assert [True, False, True, False] == [
        is_presumed(replace(ANGELA, birthdate="1962-00-00")),
        is_presumed(NEW_YEAR),
        is_presumed(NEW_YEAR_ABROAD),
        is_presumed(ABROAD),
    ]


PERSONAS = json.loads((ROOT / "examples" / "demo" / "personas.json").read_text(encoding="utf-8"))["personas"]
UNSURE = {
    "amina": "birthdate",
    "camille": "gender",
    "thomas": "given_names",
    "ange": "birthplace",
    "ingrid": "birthplace",
}


@pytest.mark.parametrize(
    ("persona", "dossier"),
    [(one, dossier) for one in PERSONAS if one["franceconnect"] for dossier in one["dossiers"]],
    ids=lambda value: value.get("key", value.get("dossier")),
)
def test_people_of_the_demo(persona: dict[str, Any], dossier: dict[str, Any]) -> None:
    """Each person of the demo is recognised as their story says, from the claims that FranceConnect sends."""
    presented = civil_status(persona["franceconnect"])
    held = CivilStatus(
        birth_name=dossier["birth_name"],
        given_names=tuple(dossier["given_names"]),
        birthdate=dossier["birthdate"],
        gender=dossier["gender"],
        birthplace=dossier["birthplace"],
        birthcountry=dossier["birthcountry"],
        usage_name=dossier["usage_name"] or "",
    )
    comparison = compare(presented, held)
    doubtful = UNSURE.get(persona["key"])
    assert ("needs_proof" if doubtful else "sure") == comparison.outcome
    assert doubtful is None or comparison.result(doubtful) != "agree"
    assert held.birthdate in candidate_birthdates(presented.birthdate)
