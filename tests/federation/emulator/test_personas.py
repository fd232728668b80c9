"""The personas file: every awkward civil status, served as FranceConnect would serve it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from federation.emulator.personas import PersonasError, load_personas
from tests.federation.emulator.partner import PERSONAS, Partner

FULL_SCOPE = "openid identite_pivot preferred_username email idp_birthdate"
STATUSES = {"active", "suspended", "closed", "deceased"}


def entries() -> list[dict[str, Any]]:
    """Return the personas as written."""
    personas: list[dict[str, Any]] = json.loads(PERSONAS.read_text(encoding="utf-8"))["personas"]
    return personas


@pytest.mark.parametrize("key", [entry["key"] for entry in entries() if entry["franceconnect"]])
def test_every_persona_signs_in_with_its_own_claims(partner: Partner, key: str) -> None:
    """Userinfo says the file's identity, no more and no less; a claim that a person lacks is absent."""
    expected = next(entry["franceconnect"] for entry in entries() if entry["key"] == key)
    _, told = partner.identity(key, scope=FULL_SCOPE)
    assert {"idp_birthdate": expected["birthdate"], **expected} == {
        name: value for name, value in told.items() if name not in {"sub", "aud", "exp", "iat", "iss"}
    }


def test_a_birth_abroad_has_an_empty_place(partner: Partner) -> None:
    """The key is present and empty, not missing."""
    _, told = partner.identity("karim")
    assert ("", "99352") == (told["birthplace"], told["birthcountry"])


def test_a_presumed_date_shows_in_idp_birthdate_only(partner: Partner) -> None:
    """FranceConnect completes unknown parts with 01; the provider's raw date keeps 00."""
    _, told = partner.identity("amina", scope=FULL_SCOPE)
    assert ("1958-01-01", "1958-00-00") == (told["birthdate"], told["idp_birthdate"])


def test_an_eidas_identity_lacks_country_and_email(partner: Partner) -> None:
    """A European identity has neither birthcountry nor email."""
    _, told = partner.identity("ingrid", scope=FULL_SCOPE)
    assert not {"birthcountry", "birthplace", "email"} & set(told)


def test_scopes_limit_the_claims(shop: Partner) -> None:
    """A service sees only what its scopes open; idp_id and amr have scopes of their own."""
    _, told = shop.identity(scope="openid email idp_id amr", idp="emulator-ameli")
    expected = {"sub", "aud", "exp", "iat", "iss", "email", "idp_id", "amr"}
    assert expected == set(told)
    assert ("emulator-ameli", ["fc", "pwd"]) == (told["idp_id"], told["amr"])


def test_dossiers_are_well_formed() -> None:
    """Numbers have 7 digits for an affilié and 9 for an ayant droit, each once; places are COG codes."""
    dossiers = [dossier for entry in entries() for dossier in entry["dossiers"]]
    numbers = [dossier["dossier"] for dossier in dossiers]
    assert len(numbers) == len(set(numbers))
    for dossier in dossiers:
        digits = {"affilie": r"\d{7}", "ayant_droit": r"\d{9}"}[dossier["situation"]]
        assert re.fullmatch(digits, dossier["dossier"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", dossier["birthdate"])
        assert re.fullmatch(r"((2[AB]|\d\d)\d{3})?", dossier["birthplace"])
        assert re.fullmatch(r"99\d{3}", dossier["birthcountry"])
        assert dossier["status"] in STATUSES
        assert dossier["email"] is None or dossier["email"].endswith("@example.org")
        # Numbers that the French regulator keeps for fiction.
        assert dossier["phone_number"] is None or dossier["phone_number"].startswith("+33639980")


def test_the_awkward_cases_are_there() -> None:
    """The cases that a matching must survive each have a persona."""
    people = {entry["key"]: entry for entry in entries()}
    assert 14 <= len(people)
    assert "unspecified" == people["camille"]["franceconnect"]["gender"]
    assert ["active", "active"] == [dossier["status"] for dossier in people["monique"]["dossiers"]]
    assert [] == people["hugo"]["dossiers"]
    assert people["odette"]["franceconnect"] is None
    assert "closed" == people["bernard"]["dossiers"][0]["status"]
    assert people["chloe"]["franceconnect"]["email"] == people["clara"]["franceconnect"]["email"]
    assert "2A004" == people["ange"]["franceconnect"]["birthplace"]
    assert ("", "1961-11-00") == tuple(
        people["teva"]["franceconnect"][one] for one in ("preferred_username", "idp_birthdate")
    )
    assert "98735" == people["teva"]["franceconnect"]["birthplace"]
    assert "91352" == people["farida"]["dossiers"][0]["birthplace"]
    assert "ayant_droit" == people["lea"]["dossiers"][0]["situation"]
    assert "deceased" == people["rene"]["dossiers"][0]["status"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nickname": "x"}, "unknown claims"),
        ({"family_name": ""}, "missing claims"),
        ({"given_name": "Other"}, "given_name must be"),
    ],
)
def test_a_faulty_identity_is_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    """A persona that FranceConnect could not serve stops the start."""
    entry = entries()[0]
    entry["franceconnect"].update(change)
    file = tmp_path / "personas.json"
    file.write_text(json.dumps({"personas": [entry]}), encoding="utf-8")
    with pytest.raises(PersonasError, match=message):
        load_personas(file)


def test_two_personas_cannot_share_a_login(tmp_path: Path) -> None:
    """The key is the login, so it names one person."""
    file = tmp_path / "personas.json"
    file.write_text(json.dumps({"personas": [entries()[0], entries()[0]]}), encoding="utf-8")
    with pytest.raises(PersonasError, match="share one key"):
        load_personas(file)
