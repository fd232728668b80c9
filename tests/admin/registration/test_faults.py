"""Everything that is wrong with a document, at once, and nothing that is only a consequence of something else."""

from typing import Any

import pytest

from idp.admin.registration.document import registered
from idp.admin.registration.faults import faults
from idp.endpoints.rfc8414_metadata import metadata
from idp.protocol.client_metadata.choices import Choices

CHOICES = Choices.whole(metadata("https://id.example.org"))
URI = "https://app.example.org/cb"


def members(client_id: str = "app", **document: Any) -> list[str]:
    """Return which members of a server application are told."""
    found = faults(lambda name, said: registered(name, "web", said, CHOICES), client_id, document, CHOICES)
    return [one.member for one in found]


@pytest.mark.parametrize(
    ("client_id", "document", "expected"),
    [
        ("app", {"client_name": "x", "redirect_uris": [URI]}, []),
        ("", {}, ["client_id", "client_name", "redirect_uris"]),
        ("a b", {"client_name": "x", "redirect_uris": ["http://a.example/"]}, ["client_id", "redirect_uris"]),
        ("app", {"redirect_uris": [URI], "scope": "tout", "jwks": 1}, ["client_name", "jwks", "scope"]),
        ("app", {"client_name": "x", "scope": "tout"}, ["redirect_uris", "scope"]),
        ("app", {"client_name": "x", "redirect_uris": [URI], "colour": "red", "scope": "tout"}, ["colour", "scope"]),
        # Without the keys, which are wrong, the method would lack them: that is not said of it.
        (
            "app",
            {
                "client_name": "x",
                "redirect_uris": [URI],
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks": {"keys": [{"kty": "oct", "k": "x"}]},
            },
            ["jwks"],
        ),
        (
            "a b",
            {"client_name": "x", "redirect_uris": [URI], "grant_types": ["implicit"]},
            ["client_id", "grant_types"],
        ),
        (
            "app",
            {"client_name": "x", "redirect_uris": [URI], "pkce_exempt": 1, "origins": 2},
            ["origins", "pkce_exempt"],
        ),
    ],
)
def test_all_that_is_wrong(client_id: str, document: dict[str, Any], expected: list[str]) -> None:
    """Each wrong member once, in the order in which they are read."""
    assert expected == members(client_id, **document)


def test_every_value_of_a_list_is_told() -> None:
    """By its place among what was sent, each once; what depends on the list is not judged by what is left of it."""
    document = {
        "client_name": "x",
        "redirect_uris": ["http://a.example/", URI, "http://a.example/", "https://b.example/#c"],
        "scope": "openid tout profile rien",
        "subject_type": "pairwise",
    }
    found = faults(lambda name, said: registered(name, "web", said, CHOICES), "app", document, CHOICES)
    assert [("redirect_uris", 1), ("redirect_uris", 3), ("scope", 2), ("scope", 4)] == [
        (one.member, one.position) for one in found
    ]
    document["frontchannel_logout_uri"] = "https://b.example/out"
    found = faults(lambda name, said: registered(name, "web", said, CHOICES), "app", document, CHOICES)
    assert ["redirect_uris", "redirect_uris"] == [one.member for one in found]
    document = {"client_name": "x", "redirect_uris": ["http://a.example/", "http://b.example/"], "scope": "a b"}
    found = faults(lambda name, said: registered(name, "web", said, CHOICES), "app", document, CHOICES)
    assert [1, 2, 1, 2] == [one.position for one in found]


def test_names_in_languages_do_not_go_round() -> None:
    """A member that is told stays told, also where what is left of it is refused again."""
    assert ["client_name"] == members(client_name="x", redirect_uris=[URI], **{"client_name#xx_": "y"})
