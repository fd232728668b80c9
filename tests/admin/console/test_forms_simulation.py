"""The simulator's form: an identity field by field, or pasted."""

import pytest

from idp.admin.console.forms_simulation import SimulationForm

ANGELA = {
    "family_name": "DUBOIS",
    "given_name": "Angela Claire",
    "birthdate": "24/08/1962",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
}


def test_field_by_field() -> None:
    """What is filled in becomes claims under its own name; what is empty is no claim."""
    form = SimulationForm.parse({**ANGELA, "preferred_username": " ", "upstream": "franceconnect"})
    assert ({}, {**ANGELA, "birthdate": "1962-08-24"}) == (form.errors, form.identity)


@pytest.mark.parametrize(
    ("typed", "claims"),
    [
        ("1962-08-24", {"birthdate": "1962-08-24"}),
        ("4.8.1962", {"birthdate": "1962-08-04"}),
        ("00/00/1958", {"birthdate": "1958-01-01", "idp_birthdate": "1958-00-00"}),
        ("00/05/1958", {"birthdate": "1958-05-01", "idp_birthdate": "1958-05-00"}),
    ],
)
def test_a_day_of_birth(typed: str, claims: dict[str, str]) -> None:
    """As people write it, or as claims do; a day that is not known is told as FranceConnect tells it."""
    assert claims == SimulationForm.parse({"birthdate": typed}).identity


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("birthdate", "hier"),
        ("birthdate", "31/02/1962"),
        ("birthdate", "24/08/62"),
        ("birthdate", "१२/०८/१९६२"),
        ("gender", "f"),
        ("birthplace", "Paris"),
        ("birthplace", "7510"),
        ("birthcountry", "FR"),
    ],
)
def test_what_is_no_value_of_its_field(name: str, typed: str) -> None:
    """It is said beside the field, stays as it was typed, and nobody is looked for."""
    form = SimulationForm.parse({**ANGELA, name: typed})
    assert ({name}, typed, {}) == (set(form.errors), getattr(form, name), form.identity)


def test_corsica_is_written_as_insee_does() -> None:
    """Whatever the case of its letter."""
    assert {"birthplace": "2A004"} == SimulationForm.parse({"birthplace": "2a004"}).identity


def test_nothing_and_both() -> None:
    """An empty form asks for a field; fields beside JSON are not passed over in silence."""
    assert {"family_name"} == set(SimulationForm.parse({"claims": " "}).errors)
    assert {"claims"} == set(SimulationForm.parse({"family_name": "DUBOIS", "claims": '{"sub": "s"}'}).errors)
    assert {"sub": "s"} == SimulationForm.parse({"claims": '{"sub": "s"}'}).identity


def test_nobody_stands_in_its_representation() -> None:
    """What was typed is a person's, and no log's."""
    assert "DUBOIS" not in repr(SimulationForm.parse(ANGELA))
