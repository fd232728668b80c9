"""What holds of every comparison of two civil identities; `test_pivot_pairs` has the examples."""

import json
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from federation.cog.table import shipped
from federation.franceconnect import civil_status
from federation.pivot import Reason, candidate_birthdates, compare, is_presumed, normalise
from idp.upstream import CivilStatus
from tests.federation.test_pivot_pairs import PAIRS
from tests.support.ports import ANGELA

ROOT = Path(__file__).parents[2]
ABROAD = replace(ANGELA, birthplace="", birthcountry="99352")
NEW_YEAR = replace(ANGELA, birthdate="1958-01-01")
STRONG = ("birth_name", "given_names", "birthdate", "gender", "birthplace", "birthcountry")

SIGNS = " '’œŒæÆßİıʼ"
names = st.text(st.characters(categories=["Lu", "Ll", "Lt", "Mn", "Pd", "Cf"], include_characters=SIGNS), max_size=20)
given_names = st.lists(names, max_size=4).map(tuple)
dates = st.from_regex(r"(19[0-9]{2}|20[01][0-9])-(0[0-9]|1[0-2])-([0-2][0-9])", fullmatch=True) | st.just("")
codes = st.sampled_from(["75107", "75056", "2A004", "20004", "92055", "13055", "01033", "01018", "Oran", ""])
civils = st.builds(
    CivilStatus,
    birth_name=names,
    given_names=given_names,
    birthdate=dates,
    gender=st.sampled_from(["male", "female", "unspecified", ""]),
    birthplace=codes,
    birthcountry=st.sampled_from(["99100", "99352", "99123", "99155", ""]),
    usage_name=names,
)
words = st.text(st.sampled_from("abcdeéèœüAOÉÇñ"), min_size=1, max_size=8)
wholes = st.builds(
    CivilStatus,
    birth_name=st.lists(words, min_size=1, max_size=3).map(" ".join),
    given_names=st.lists(words, min_size=1, max_size=4).map(tuple),
    birthdate=st.dates().map(lambda day: day.isoformat()).filter(lambda day: not day.endswith("-01-01")),
    gender=st.sampled_from(["male", "female"]),
    birthplace=st.sampled_from(["75107", "2A004", "13055", "01033"]),
    birthcountry=st.just("99100"),
)


@given(civils, civils)
@settings(max_examples=200)
def test_sure_needs_every_field(presented: CivilStatus, held: CivilStatus) -> None:
    """No pair is sure while any strong field is weak, unknown or different (D19)."""
    comparison = compare(presented, held)
    assert list(STRONG) == [field.name for field in comparison.fields]
    assert ({"agree"} == {field.result for field in comparison.fields}) == (comparison.outcome == "sure")


@given(civils, civils)
def test_nothing_but_known_reasons(presented: CivilStatus, held: CivilStatus) -> None:
    """A reason is one of the fixed words: whatever comes in, no personal data goes to the log."""
    assert set(get_args(Reason)) >= set(compare(presented, held).reasons().values())


def test_every_reason_has_an_example() -> None:
    """The table of pairs shows every reason; a split needs INSEE's dated file, and is tested with it."""
    shown = {reason for pair in PAIRS for reason in pair["reasons"].values()} | {"same", "born_abroad", "split"}
    assert set(get_args(Reason)) == shown


@given(wholes)
def test_a_whole_identity_is_sure_of_itself(civil: CivilStatus) -> None:
    """An identity with nothing missing, presumed or unspecified agrees with itself."""
    assert "sure" == compare(civil, civil).outcome


@given(wholes, st.sampled_from([" ", "-", "'", "’", " - ", "–"]), st.sampled_from(["NFC", "NFD"]), st.booleans())
def test_spelling_is_no_difference(civil: CivilStatus, between: str, form: Any, capitals: bool) -> None:
    """Separators, composed or decomposed accents and capitals never make an identity unsure."""

    def respelt(name: str) -> str:
        typed = unicodedata.normalize(form, between.join(name.split()))
        return typed.upper() if capitals else typed

    other = replace(civil, birth_name=respelt(civil.birth_name), given_names=tuple(map(respelt, civil.given_names)))
    assert ["sure", "sure"] == [compare(civil, other).outcome, compare(other, civil).outcome]


@given(civils, civils)
@settings(max_examples=200)
def test_what_is_symmetric(one: CivilStatus, other: CivilStatus) -> None:
    """It makes no difference which side holds which, save for given names: a dossier may hold fewer."""
    there, back = compare(one, other), compare(other, one)
    assert (there.outcome == "sure") == (back.outcome == "sure")
    for name in STRONG:
        if name != "given_names":
            assert there.result(name) == back.result(name)


def letters(*texts: str) -> str:
    """Return what is left of names when spelling is set aside."""
    return "".join(word for text in texts for word in normalise(text))


def unlike(one: CivilStatus, other: CivilStatus, name: str) -> bool:
    """Whether two identities truly differ in a field."""
    if name == "birth_name":
        return letters(one.birth_name) != letters(other.birth_name)
    if name == "given_names":
        return letters(*one.given_names) != letters(*other.given_names)
    if name == "birthplace":
        return one.birthplace != other.birthplace and shipped().places(one.birthplace, other.birthplace) is None
    return bool(getattr(one, name) != getattr(other, name))


@given(wholes, civils, st.sampled_from(STRONG))
@settings(max_examples=200)
def test_one_difference_is_never_sure(civil: CivilStatus, other: CivilStatus, name: str) -> None:
    """An identity that differs from a dossier in any one strong field is not sure of it, either way round."""
    assume(unlike(civil, other, name))
    changed = replace(civil, **{name: getattr(other, name)})
    assert "sure" not in {compare(civil, changed).outcome, compare(changed, civil).outcome}


@given(wholes)
def test_another_birthdate_or_given_name_is_nobody(civil: CivilStatus) -> None:
    """A full birth date that differs rules a dossier out, and so do given names that share nothing."""
    assert "none" == compare(civil, replace(civil, birthdate="1871-02-03")).outcome
    stranger = replace(civil, given_names=("Xzqwyk",))
    assert "none" == compare(stranger, civil).outcome


@given(names)
def test_normalise_is_stable(name: str) -> None:
    """Normalising twice changes nothing, and neither does the case."""
    once = normalise(name)
    assert once == normalise(" ".join(once)) == normalise(name.upper())


@pytest.mark.parametrize("place", ["birthplace", "birthcountry"])
@given(wholes, codes, st.sampled_from(["99100", "99352", "99243", "99404"]))
def test_a_place_alone_never_shuts_a_dossier_out(place: str, civil: CivilStatus, code: str, country: str) -> None:
    """Whatever stands as place or country of birth, an identity that agrees otherwise is at least offered a proof."""
    changed: dict[str, Any] = {place: code if place == "birthplace" else country}
    other = replace(civil, **changed)
    assert "none" not in {compare(civil, other).outcome, compare(other, civil).outcome}


def test_every_code_that_changed_agrees_with_what_it_became() -> None:
    """Every pair of communes in the shipped table leaves an identity sure, whichever side has the old code."""
    for (former, now), kind in shipped().communes.items():
        old, new = replace(ANGELA, birthplace=former), replace(ANGELA, birthplace=now)
        for comparison in (compare(old, new), compare(new, old)):
            assert ("sure", kind) == (comparison.outcome, comparison.reasons()["birthplace"])


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


@given(wholes)
def test_the_look_up_finds_what_is_sure(civil: CivilStatus) -> None:
    """A dossier that is sure carries one of the dates that are looked up."""
    assert "sure" == compare(civil, civil).outcome
    assert civil.birthdate in candidate_birthdates(civil.birthdate)


def test_presumed_dates() -> None:
    """New Year's Day counts as presumed abroad only: a birth in France has a full date."""
    assert [True, False, True, False] == [
        is_presumed(replace(ANGELA, birthdate="1962-00-00")),
        is_presumed(NEW_YEAR),
        is_presumed(replace(ABROAD, birthdate="1958-01-01")),
        is_presumed(ABROAD),
    ]


PERSONAS = json.loads((ROOT / "examples" / "demo" / "personas.json").read_text(encoding="utf-8"))["personas"]
UNSURE = {
    "amina": "birthdate",
    "camille": "gender",
    "thomas": "given_names",
    "ingrid": "birthplace",
    "teva": "birthdate",
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
