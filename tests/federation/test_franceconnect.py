"""What is peculiar to FranceConnect."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from federation.franceconnect import (
    ISSUERS,
    FranceConnectSettings,
    authorization_parameters,
    civil_status,
    logout_url,
)
from tests.support.ports import ANGELA
from tests.support.upstream_world import ANGELA_CLAIMS

VALUES: dict[str, Any] = {
    "environment": "sandbox",
    "client_id": "c" * 64,
    "client_secret": "very secret",
    "redirect_uri": "https://connexion.example/federation/franceconnect/callback",
    "post_logout_redirect_uri": "https://connexion.example/federation/franceconnect/logout",
}


PLUS: dict[str, Any] = VALUES | {"environment": "sandbox_plus", "encryption": "ECDH-ES"}


@pytest.mark.parametrize(
    ("values", "level", "accepted"),
    [
        (VALUES, "eidas1", {"eidas1", "eidas2", "eidas3"}),
        (VALUES | {"environment": "production"}, "eidas1", {"eidas1", "eidas2", "eidas3"}),
        (PLUS, "eidas2", {"eidas2", "eidas3"}),
        (PLUS | {"environment": "production_plus"}, "eidas2", {"eidas2", "eidas3"}),
        (PLUS | {"level": "eidas3"}, "eidas3", {"eidas3"}),
    ],
)
def test_presets(values: dict[str, Any], level: str, accepted: set[str]) -> None:
    """Host and level follow from the environment, so that ids of one never reach another; no lower level passes."""
    settings = FranceConnectSettings(**values)
    assert ISSUERS[values["environment"]] == settings.issuer
    assert level == authorization_parameters(settings, state="s", nonce="n")["acr_values"]
    assert accepted == settings.relying_party().acr_values


def test_every_preset_has_a_host_of_its_own() -> None:
    """Four environments, four hosts."""
    assert 4 == len(
        {FranceConnectSettings(**(PLUS if "plus" in e else VALUES) | {"environment": e}).host for e in ISSUERS}
    )


def test_a_hint_is_sent_only_where_it_is_set() -> None:
    """`idp_hint` needs an entitlement: without one FranceConnect answers with an error."""
    settings = FranceConnectSettings(**VALUES | {"idp_hint": "one-account"})
    assert "one-account" == authorization_parameters(settings, state="s", nonce="n")["idp_hint"]


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ISSUERS["production"]},
        {"environment": "production", "issuer": "http://localhost:8001/api/v2"},
        {"environment": "emulator"},
        {"environment": "emulator", "issuer": ISSUERS["production"]},
        {"environment": "emulator", "issuer": "https://localhost.evil.example/api/v2"},
        {"environment": "emulator", "issuer": "ftp://localhost/api/v2"},
        PLUS | {"issuer": ISSUERS["production_plus"]},
        PLUS | {"environment": "production_plus", "issuer": ISSUERS["production"]},
        PLUS | {"encryption": ""},
        PLUS | {"encryption": "RSA1_5"},
        PLUS | {"level": "eidas1"},
        PLUS | {"algorithm": "RS256"},
        {"encryption": "ECDH-ES"},
        {"level": "eidas2"},
        {"environment": "emulator_plus", "issuer": ISSUERS["sandbox_plus"], "encryption": "ECDH-ES"},
        {"algorithm": "HS256"},
        {"algorithm": "none"},
        {"scopes": ("profile",)},
        {"client_id": ""},
        {"client_secret": ""},
    ],
)
def test_settings_that_cannot_work(changes: dict[str, Any]) -> None:
    """A registration that FranceConnect would refuse, or that mixes environments, is refused at start."""
    with pytest.raises(ValueError, match=r"\w"):
        FranceConnectSettings(**VALUES | changes)


@pytest.mark.parametrize("host", ["localhost:8001", "127.0.0.1:8001", "[::1]:8001", "fc.test", "fc.localhost"])
def test_emulator_hosts(host: str) -> None:
    """An emulator may be on this machine or on a test host."""
    issuer = f"http://{host}/api/v2"
    assert issuer == FranceConnectSettings(**VALUES | {"environment": "emulator", "issuer": issuer}).issuer


def test_the_secret_is_not_shown() -> None:
    """A settings value in a log or a traceback does not show the secret."""
    settings = FranceConnectSettings(**VALUES)
    assert "very secret" not in repr(settings) + repr(settings.relying_party())


def test_parameters() -> None:
    """No PKCE, prompt, max_age or login_hint: FranceConnect answers 400 to them (Y030007)."""
    sent = authorization_parameters(FranceConnectSettings(**VALUES), state="s", nonce="n")
    assert {"scope", "state", "nonce", "acr_values"} == set(sent)


def test_logout_has_all_three() -> None:
    """Logout carries hint, state and return address."""
    settings = FranceConnectSettings(**VALUES)
    query = parse_qs(urlsplit(logout_url(settings, "https://fc.test/end", id_token="t", state="r")).query)
    expected = {
        "id_token_hint": ["t"],
        "state": ["r"],
        "post_logout_redirect_uri": [VALUES["post_logout_redirect_uri"]],
    }
    assert expected == query


def test_civil_status() -> None:
    """The six fields are read from userinfo."""
    assert ANGELA == civil_status(ANGELA_CLAIMS)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"given_name_array": None}, ANGELA),
        ({"preferred_username": "BERNARD"}, replace(ANGELA, usage_name="BERNARD")),
        ({"birthplace": None, "birthcountry": "99352"}, replace(ANGELA, birthplace="", birthcountry="99352")),
        ({"birthdate": "1962-01-01", "idp_birthdate": "1962-00-00"}, replace(ANGELA, birthdate="1962-00-00")),
        ({"birthdate": "1962-08-01", "idp_birthdate": "1962-08-00"}, replace(ANGELA, birthdate="1962-08-00")),
        ({"idp_birthdate": "1962-08-24"}, ANGELA),
        ({"idp_birthdate": "1970-00-00"}, ANGELA),
        ({"birthplace": "Alger"}, replace(ANGELA, birthplace="")),
        ({"birthplace": "2A004"}, replace(ANGELA, birthplace="2A004")),
        ({"idp_birthdate": 7, "gender": ["female"]}, replace(ANGELA, gender="")),
        ({"family_name": " DUBOIS "}, ANGELA),
    ],
)
def test_claims_as_they_come(claims: dict[str, Any], expected: object) -> None:
    """Absent, empty and malformed claims read as empty; only an unknown day or month replaces the verified date."""
    assert expected == civil_status(ANGELA_CLAIMS | claims)
