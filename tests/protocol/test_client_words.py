"""What pages say of an application."""

from dataclasses import replace

import pytest

from idp.protocol.client import Client
from idp.protocol.client_words import entrance, in_language, logo_path, site

CLIENT = Client("a&b", "Service", policy_uri="https://a.example/p", client_uri="https://a.example/?x=1&y=2")
ISSUER = "https://id.example.org"


@pytest.mark.parametrize(
    ("language", "expected"), [("fr", "Le service"), ("en", "The service"), ("de", "Service"), ("f", "Service")]
)
def test_a_name_in_each_language(language: str, expected: str) -> None:
    """The nearest tag, whatever its case, before the text for every language."""
    names = {
        "client_name#FR": "Le service",
        "client_name#fr-CA": "Le service au Canada",
        "client_name#en-GB": "The service",
    }
    client = replace(CLIENT, localized=names)
    assert expected == in_language(client, "client_name", language)
    assert "https://a.example/p" == in_language(client, "policy_uri", language)
    assert in_language(client, "tos_uri", language) is None


def test_an_application_is_entered_by_its_login_where_it_has_one() -> None:
    """With who vouches and where to go afterwards (OpenID Connect Core 1.0 section 4)."""
    assert CLIENT.client_uri == entrance(CLIENT, ISSUER)
    begun = replace(CLIENT, initiate_login_uri="https://a.example/login?t=1")
    expected = (
        "https://a.example/login?t=1&iss=https%3A%2F%2Fid.example.org"
        "&target_link_uri=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y%3D2"
    )
    assert expected == entrance(begun, ISSUER)
    bare = replace(begun, client_uri=None, initiate_login_uri="https://a.example/login")
    assert "https://a.example/login?iss=https%3A%2F%2Fid.example.org" == entrance(bare, ISSUER)
    assert entrance(Client("c", "c"), ISSUER) is None


def test_the_logo_has_an_address_of_its_own_for_each_picture() -> None:
    """So that a browser may keep it."""
    assert logo_path(CLIENT) is None
    assert "/client-logo?client_id=a%26b&v=0123456789abcdef" == logo_path(
        replace(CLIENT, logo_digest="0123456789abcdef" * 4)
    )


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://rp.example.com:8443/cb?x=1", "rp.example.com:8443"),
        ("https://rp.example.com?x=1", "rp.example.com"),
        ("com.example.app:/cb", "com.example.app:"),
    ],
)
def test_where_an_unknown_application_leads(uri: str, expected: str) -> None:
    """A name that nobody has judged stands beside the host that it cannot choose; the house's own need none."""
    client = replace(CLIENT, redirect_uris=(uri,), registered_dynamically=True)
    assert (expected, None) == (site(client), site(replace(client, registered_dynamically=False)))
