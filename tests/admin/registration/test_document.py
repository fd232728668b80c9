"""An administrator's document, read and written, without a database."""

from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.admin.registration.document import changed, registered, written
from idp.admin.registration.kinds import Kind
from idp.endpoints.rfc8414_metadata import metadata
from idp.protocol.client import Client, ClientSecret
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.refusal import MetadataRefused
from tests.support.records import CLIENT

ISSUER = "https://id.example.org"
CHOICES = Choices.whole(metadata(ISSUER))
URI = "https://app.example.org/cb"


def made(kind: Kind = "web", client_id: str = "app", **document: Any) -> Client:
    """Return a new client with a name, and a return address where its kind needs one."""
    base: dict[str, Any] = {"client_name": "x"} | ({} if kind == "machine" else {"redirect_uris": [URI]})
    return registered(client_id, kind, base | document, CHOICES)


@pytest.mark.parametrize("scope", ["batch", "dossiers:read", "https://api.example.org/x", "!~[]"])
def test_a_machine_has_scopes_of_its_own(scope: str) -> None:
    """Any scope-token of RFC 6749 section 3.3 is accepted, and no scope is needed at all."""
    assert {scope} == made("machine", scope=scope).scopes
    assert frozenset() == made("machine").scopes


@pytest.mark.parametrize("scope", ["openid", "profile", "dossier", "offline_access", "", 'a"b', "a\\b", "é", "a\nb"])
def test_a_machine_has_no_scope_of_a_member(scope: str) -> None:
    """Scopes that mean a member, and texts that are no scope, are refused (N-037)."""
    with pytest.raises(MetadataRefused, match="scope"):
        made("machine", scope=scope)


def test_public_keys_are_registered() -> None:
    """A client with private_key_jwt brings its public keys, of any kind; those that we do not know stand beside."""
    keys = [ECKey.generate_key("P-256").as_dict(private=False), RSAKey.generate_key(2048).as_dict(private=False)]
    client = made("machine", token_endpoint_auth_method="private_key_jwt", jwks={"keys": [*keys, {"kty": "XYZ"}]})
    assert ("private_key_jwt", {"keys": [*keys, {"kty": "XYZ"}]}) == (client.token_endpoint_auth_method, client.jwks)


def test_a_key_to_encrypt_to_may_stand_beside() -> None:
    """A set may hold what answers are encrypted to, as long as one of its keys verifies assertions."""
    sign, enc = (ECKey.generate_key("P-256").as_dict(private=False) for _ in range(2))
    both = {"keys": [sign, {**enc, "use": "enc", "alg": "ECDH-ES"}]}
    assert both == made("machine", token_endpoint_auth_method="private_key_jwt", jwks=both).jwks
    with pytest.raises(MetadataRefused, match="must hold a key for"):
        made("machine", token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{**enc, "use": "enc"}]})


def test_keys_that_are_not_public_or_not_usable_are_refused() -> None:
    """A private key, a shared secret, a key for something else or of another kind, no key, no JWKS: each is said."""
    good = ECKey.generate_key("P-256")
    private, public = good.as_dict(private=True), good.as_dict(private=False)
    for jwks, word in (
        ({"keys": [private]}, "private or shared key"),
        ({"keys": [public, {"kty": "oct", "k": "c2VjcmV0"}]}, "private or shared key"),
        ({"keys": [public, 7]}, "each an object"),
        ({"keys": [{**public, "use": "enc"}]}, "must hold a key for"),
        ({"keys": [ECKey.generate_key("P-384").as_dict(private=False)]}, "no key that can be used"),
        ({"keys": []}, "no key that can be used"),
        ({"keys": 3}, "JWKS"),
        ({"keys": ["x" * 300_000]}, "too large"),
    ):
        with pytest.raises(MetadataRefused, match=word):
            made("machine", token_endpoint_auth_method="private_key_jwt", jwks=jwks)


def test_the_method_needs_keys() -> None:
    """Who proves itself by a key registers one, or where it is."""
    with pytest.raises(MetadataRefused, match="jwks or jwks_uri is needed"):
        made("machine", token_endpoint_auth_method="private_key_jwt")


@pytest.mark.parametrize(
    "client_id", ["", "a b", "a/b", "é", "x" * 65, "a:b", "0123456789abcdef0123456789ABCDEF", "a\n"]
)
def test_an_id_is_plain_and_never_looks_like_a_member(client_id: str) -> None:
    """A client id stands in URLs, logs and Basic credentials, and as `sub` of its own tokens beside members' subs."""
    with pytest.raises(MetadataRefused, match="client_id"):
        made("machine", client_id)


@pytest.mark.parametrize(
    ("kind", "document", "member"),
    [
        ("machine", {"redirect_uris": [URI]}, "redirect_uris"),
        ("machine", {"post_logout_redirect_uris": [URI]}, "post_logout_redirect_uris"),
        ("machine", {"backchannel_logout_uri": URI}, "backchannel_logout_uri"),
        ("machine", {"response_types": ["code"]}, "response_types"),
        ("machine", {"origins": ["https://app.example.org"]}, "origins"),
        ("web", {"backchannel_logout_uri": "http://app.example.org/logout"}, "backchannel_logout_uri"),
        ("web", {"frontchannel_logout_uri": "https://other.example.org/logout"}, "frontchannel_logout_uri"),
        ("native", {"backchannel_logout_uri": URI}, "backchannel_logout_uri"),
        ("web", {"redirect_uris": []}, "redirect_uris"),
        ("web", {"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ("web", {"logo_uri": "javascript:alert(1)"}, "logo_uri"),
        ("web", {"logo_url": "https://app.example.org/x.png"}, "logo_url"),
        ("web", {"name": "x"}, "name"),
        ("web", {"client_name": None}, "client_name"),
        ("web", {"require_pushed_authorization_requests": "yes"}, "require_pushed_authorization_requests"),
        ("web", {"authorization_signed_response_alg": "ES256"}, "authorization_signed_response_alg"),
        ("web", {"audiences": ["not a URI"]}, "audiences"),
        ("web", {"resource_server": "https://api.example.org/#x"}, "resource_server"),
        ("web", {"first_party": "yes"}, "first_party"),
        ("spa", {"pkce_exempt": True}, "pkce_exempt"),
        ("machine", {"scope": "admin:everything"}, "scope"),
        ("web", {"scope": "openid admin:members"}, "scope"),
        ("spa", {"scope": "admin:members"}, "scope"),
    ],
)
def test_a_refusal_names_the_member(kind: Kind, document: dict[str, Any], member: str) -> None:
    """What a kind cannot be, what nobody knows, what a value may not be: each is said of one member."""
    with pytest.raises(MetadataRefused) as refusal:
        made(kind, **document)
    assert member == refusal.value.member


def test_a_member_that_nobody_knows_is_named_plainly() -> None:
    """Its name is what somebody typed, so it is kept short and cannot break a line."""
    with pytest.raises(MetadataRefused) as refusal:
        made("web", "app", **{"<b>\n" + "x" * 100: 1})
    assert "<b>\\n" + "x" * 59 == refusal.value.member


def test_which_address_is_at_fault_is_counted() -> None:
    """The second of two, and what is right instead."""
    with pytest.raises(MetadataRefused, match=r"such as https://app\.example\.org/callback") as refusal:
        made(redirect_uris=[URI, "http://app.example.org/cb"])
    assert 2 == refusal.value.position


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "app.example.org",
        "https://app.example.org/",
        "https://App.example.org",
        "https://app.example.org:443",
        "http://app.example.org",
        "http://localhost",
        "https://u@app.example.org",
        "https://*.example.org",
    ],
)
def test_what_no_browser_sends_is_no_origin(origin: str) -> None:
    """Exact strings are compared, so only what browsers send can match."""
    with pytest.raises(MetadataRefused, match="origins must be an origin"):
        made(origins=[origin])


def test_a_scope_of_administration_lets_a_machine_ask_for_the_api() -> None:
    """It names a role; without it no token is for the API, whatever the document says of audiences."""
    api, other = f"{ISSUER}/admin/api/v1", "https://api.example.org"
    client = made("machine", scope="admin:members other", audiences=[other])
    assert (other, api) == client.audiences
    taken = changed(client, written(client) | {"scope": "other"}, CHOICES)
    assert (other,) == taken.audiences
    assert () == made("machine", scope="other", audiences=[api]).audiences
    with pytest.raises(MetadataRefused, match="resource_server"):
        made("machine", resource_server=api)


@pytest.mark.parametrize(
    "client",
    [
        made("web", "app", description="Pour les essais", subject_type="pairwise", **{"client_name#en": "In English"}),
        made("spa", first_party=True),
        made("native", subject_type="public", redirect_uris=["org.example.app:/cb", "http://127.0.0.1/cb"]),
        made("machine", resource_server="https://api.example.org"),
        made("machine", scope="admin:members"),
        replace(CLIENT, name="Sans rien changer"),
    ],
)
def test_what_is_written_is_read_back(client: Client) -> None:
    """To change one member is to change no other."""
    assert client == changed(client, written(client), CHOICES)


def test_state_and_secrets_are_not_the_documents() -> None:
    """They stay with a change; secrets go with the need for them, and a copied logo with its address."""
    held = ClientSecret("d" * 64, 1)
    client = replace(
        made(logo_uri=f"{URI}.png"), secrets=(held,), enabled=False, staff=True, logo_digest="e" * 64, extra={"a": 1}
    )
    kept = changed(client, written(client) | {"client_name": "y"}, CHOICES)
    assert replace(client, name="y") == kept
    other = changed(client, written(client) | {"logo_uri": f"{URI}.gif"}, CHOICES)
    assert other.logo_digest is None
    public = changed(client, written(client) | {"token_endpoint_auth_method": "none"}, CHOICES)
    assert () == public.secrets


def test_silence_about_scopes_gives_little() -> None:
    """Null is no wish for everything: an application of members has what one begins with, a machine nothing."""
    client = made(scope="openid email dossier")
    assert {"openid", "profile"} == changed(client, written(client) | {"scope": None}, CHOICES).scopes
    robot = made("machine", scope="lire")
    assert frozenset() == changed(robot, written(robot) | {"scope": None}, CHOICES).scopes
