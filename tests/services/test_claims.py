"""Claims about a member: by scope, by name, typed, never empty, never a registered one (Core 5; N-048)."""

from dataclasses import replace
from typing import Any

import pytest

from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.names import SCOPE_CLAIMS
from idp.services.claims import for_id_token, for_userinfo
from idp.store.accounts import Account

CLIENT = Client(client_id="c", name="C", scopes=frozenset(SCOPE_CLAIMS))
GRANT = AuthorizationGrant("c", "a", "s", "sid", ("openid",), "https://c.example/cb", 1, "acr", ("pwd",))
FULL = Account(
    id="a",
    subject="s",
    dossier="1234567",
    situation="affilie",
    status="active",
    birth_name="LECŒUR-DÉZÉ",
    usage_name="MARTIN",
    given_names=("Maëlle", "Anne-Sophie"),
    birthdate="1962-08-24",
    gender="female",
    birthplace="75107",
    birthcountry="99100",
    email="maelle@example.org",
    email_verified=True,
    phone_number="+33639980001",
    address={
        "street_address": "12 rue des Lilas",
        "postal_code": "75007",
        "locality": "PARIS",
        "country": "FRANCE",
    },
    profile={
        "nickname": "Mae",
        "preferred_username": "maelle",
        "profile": "https://example.org/maelle",
        "picture": "https://example.org/maelle.png",
        "website": "https://example.org",
        "zoneinfo": "Europe/Paris",
        "phone_number_verified": True,
    },
    locale="fr-FR",
    password_hash=None,
    epoch=0,
    created_at=1,
    updated_at=2,
)
BARE = replace(FULL, email=None, phone_number=None, address=None, profile={}, usage_name="", given_names=("Maëlle",))


def opened(account: Account, scope: str) -> dict[str, Any]:
    """Return what a scope opens at userinfo."""
    return for_userinfo(account, CLIENT, GRANT, scope.split())


@pytest.mark.parametrize("scope", ["profile", "email", "address", "phone", "dossier"])
def test_a_full_dossier_has_every_claim_of_a_scope(scope: str) -> None:
    """Core 5.4: all of them, and none of another scope."""
    assert set(SCOPE_CLAIMS[scope]) == opened(FULL, scope).keys()


def test_openid_and_offline_access_open_nothing() -> None:
    """`sub` is the endpoint's own."""
    assert {} == opened(FULL, "openid offline_access unknown")


def test_types_are_those_of_core() -> None:
    """Booleans, a number, an object of texts; the name as people write it."""
    claims = opened(FULL, "profile email address phone")
    assert claims["email_verified"] is True
    assert claims["phone_number_verified"] is True
    assert 2 == claims["updated_at"]
    assert "Maëlle MARTIN" == claims["name"]
    assert ("Maëlle", "Anne-Sophie", "MARTIN") == tuple(
        claims[name] for name in ("given_name", "middle_name", "family_name")
    )
    assert "12 rue des Lilas\n75007 PARIS\nFRANCE" == claims["address"]["formatted"]


def test_what_is_empty_is_left_out() -> None:
    """Never null, never an empty text, and no `…_verified` without what it is about."""
    claims = opened(BARE, "profile email address phone dossier")
    expected = {
        "name",
        "family_name",
        "given_name",
        "gender",
        "birthdate",
        "locale",
        "updated_at",
        "numero_dossier",
        "situation",
    }
    assert expected == claims.keys()
    assert "LECŒUR-DÉZÉ" == claims["family_name"]


@pytest.mark.parametrize(
    ("civil", "claim"),
    [("1962-08-24", "1962-08-24"), ("1962-08-00", "1962"), ("1962-00-00", "1962")],
)
def test_a_birth_date_without_day_is_its_year(civil: str, claim: str) -> None:
    """Core 5.1 has YYYY for what is partly known."""
    assert claim == opened(replace(FULL, birthdate=civil), "profile")["birthdate"]


@pytest.mark.parametrize("name", ["sub", "iss", "aud", "acr", "exp", "email", "numero_dossier", "made_up"])
def test_the_profile_overrides_nothing(name: str) -> None:
    """V-35: a field of the profile named like another claim is ignored."""
    account = replace(FULL, profile={name: "mallory"})
    assert "mallory" not in opened(account, "openid profile email dossier").values()


@pytest.mark.parametrize("value", [1, None, "", "  ", True, ["x"], {"x": 1}])
def test_wrong_types_in_the_profile_are_left_out(value: object) -> None:
    """A text is a text."""
    assert "nickname" not in opened(replace(FULL, profile={"nickname": value}), "profile")


def test_by_name_within_the_registered_scopes() -> None:
    """N-015: `claims` reaches no further than what the client may ever ask for."""
    narrow = replace(CLIENT, scopes=frozenset({"openid", "email"}))
    asked = {"email": None, "name": None, "sub": None, "iss": {"value": "x"}}
    grant = replace(GRANT, claims={"userinfo": asked, "id_token": asked})
    assert {"email": "maelle@example.org"} == for_userinfo(FULL, narrow, grant, ["openid"])
    assert {"email": "maelle@example.org"} == for_id_token(FULL, narrow, grant)


def test_a_scope_taken_from_a_client_opens_nothing() -> None:
    """N-015: what an operator takes from an application is closed at once, whatever members had agreed to."""
    narrow = replace(CLIENT, scopes=frozenset({"openid", "email"}))
    for told in (for_userinfo, for_id_token):
        assert {"email", "email_verified"} == told(FULL, narrow, GRANT, ["openid", "profile", "email"]).keys()


def test_scopes_open_nothing_in_the_id_token() -> None:
    """Core 5.4: an access token goes with it, so scope claims are userinfo's."""
    assert {} == for_id_token(FULL, CLIENT, replace(GRANT, scope=("openid", "profile", "email")))
