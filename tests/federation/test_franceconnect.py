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


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_presets(environment: str) -> None:
    """The host follows from the environment, so that ids of one never reach another."""
    settings = FranceConnectSettings(**VALUES | {"environment": environment})
    assert ISSUERS[environment] == settings.issuer


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ISSUERS["production"]},
        {"environment": "production", "issuer": "http://localhost:8001/api/v2"},
        {"environment": "emulator"},
        {"environment": "emulator", "issuer": ISSUERS["production"]},
        {"environment": "emulator", "issuer": "https://localhost.evil.example/api/v2"},
        {"environment": "emulator", "issuer": "ftp://localhost/api/v2"},
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
        ({"idp_birthdate": 7, "gender": ["female"]}, replace(ANGELA, gender="")),
        ({"family_name": " DUBOIS "}, ANGELA),
    ],
)
def test_claims_as_they_come(claims: dict[str, Any], expected: object) -> None:
    """Absent, empty and malformed claims read as empty; only an unknown day or month replaces the verified date."""
    assert expected == civil_status(ANGELA_CLAIMS | claims)
