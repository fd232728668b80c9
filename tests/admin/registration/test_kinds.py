"""What each kind of application begins with."""

from typing import Any

import pytest

from idp.admin.registration.document import registered
from idp.admin.registration.kinds import METHODS, Kind, completed, kind_of
from idp.endpoints.rfc8414_metadata import Offer, metadata
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.refusal import MetadataRefused

CHOICES = Choices.whole(metadata("https://id.example.org"))
URI = "https://app.example.org/cb"


def begun(kind: Kind, choices: Choices = CHOICES, **document: Any) -> Client:
    """Return a client of a kind."""
    base: dict[str, Any] = {"client_name": "x"} | ({} if kind == "machine" else {"redirect_uris": [URI]})
    return registered("a", kind, base | document, choices)


@pytest.mark.parametrize("kind", list(METHODS))
def test_a_name_and_an_address_are_enough(kind: Kind) -> None:
    """Every kind has its way to prove itself, its scopes and its grants, and is known again by them."""
    client = begun(kind)
    assert kind == kind_of(client)
    assert METHODS[kind][0] == client.token_endpoint_auth_method
    assert (set() if kind == "machine" else {"openid", "profile"}) == client.scopes
    grants = {"client_credentials"} if kind == "machine" else {"authorization_code", "refresh_token"}
    assert grants == client.grant_types


@pytest.mark.parametrize(
    ("kind", "method"),
    [("web", "none"), ("machine", "none"), ("spa", "client_secret_basic"), ("native", "private_key_jwt")],
)
def test_a_method_fits_its_kind(kind: Kind, method: str) -> None:
    """What runs at a member's keeps no secret, and what runs on a server has one."""
    with pytest.raises(MetadataRefused, match="token_endpoint_auth_method must be"):
        begun(kind, token_endpoint_auth_method=method)


@pytest.mark.parametrize(
    ("signing", "expected"), [(("RS256", "ES256"), "ES256"), (("RS256", "EdDSA"), "RS256"), (("RS256",), "RS256")]
)
def test_id_tokens_are_signed_with_a_key_that_there_is(signing: tuple[str, ...], expected: str) -> None:
    """The quickest algorithm of the settings that every library knows."""
    here = Choices.whole(metadata("https://id.example.org", Offer(signing)))
    assert expected == begun("web", here).id_token_signed_response_alg


@pytest.mark.parametrize(
    ("types", "grants"),
    [
        (["code"], {"authorization_code", "refresh_token"}),
        (["id_token"], {"implicit"}),
        (["token id_token"], {"implicit"}),
        (["code token", "id_token"], {"authorization_code", "implicit", "refresh_token"}),
    ],
)
def test_response_types_bring_their_grant_types(types: list[str], grants: set[str]) -> None:
    """What a type needs, and nothing more (OpenID Registration section 2)."""
    client = begun("web", response_types=types)
    assert grants == client.grant_types
    assert {" ".join(sorted(name.split())) for name in types} == client.response_types


@pytest.mark.parametrize("sent", [["token"], ["none"], ["code code"], [""], ["code id_token tokens"], [7], "code"])
def test_other_response_types_are_refused(sent: Any) -> None:
    """OpenID Connect has six."""
    with pytest.raises(MetadataRefused, match="response_types"):
        begun("web", response_types=sent)


def test_pages_call_from_their_own_origin() -> None:
    """An application in the browser from where it lives, written as browsers write it; others where told (N-008)."""
    addresses = ["https://App.Example.org/cb", "https://app.example.org:443/x", "https://b.example.org:8443/cb"]
    here = {"https://app.example.org", "https://b.example.org:8443"}
    assert here == begun("spa", first_party=True, redirect_uris=addresses).origins
    assert frozenset() == begun("web", first_party=True, redirect_uris=addresses).origins
    told = begun("spa", first_party=True, redirect_uris=addresses, origins=["https://c.example.org"])
    assert {"https://c.example.org"} == told.origins


def test_where_it_is_told_of_logouts() -> None:
    """Both ways, with the session named, unless the document says otherwise."""
    there, frame = "https://inside.example.org/logout", "https://app.example.org/logout"
    client = begun("web", backchannel_logout_uri=there, frontchannel_logout_uri=frame)
    assert (there, True) == (client.backchannel_logout_uri, client.backchannel_logout_session_required)
    assert (frame, True) == (client.frontchannel_logout_uri, client.frontchannel_logout_session_required)
    plain = begun("web", backchannel_logout_uri=there, backchannel_logout_session_required=False)
    assert not plain.backchannel_logout_session_required


def test_nothing_that_is_said_is_overwritten() -> None:
    """What a kind begins with gives way, null counts as silence."""
    document = {"application_type": None, "grant_types": ["authorization_code"], "scope": "openid email"}
    said = completed("web", document, CHOICES)
    assert ("web", ["authorization_code"], "openid email") == (
        said["application_type"],
        said["grant_types"],
        said["scope"],
    )


def test_a_third_party_has_subjects_of_its_own() -> None:
    """Unless it says otherwise; the fund's own share theirs, and who has no single host is told what to say."""
    assert ("pairwise", "public") == (begun("web").subject_type, begun("web", first_party=True).subject_type)
    assert "public" == begun("web", subject_type="public").subject_type
    with pytest.raises(MetadataRefused, match="or say subject_type public"):
        begun("web", redirect_uris=[URI, "https://elsewhere.example.org/cb"])
