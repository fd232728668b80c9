"""A client as a table and back."""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.admin.configuration.client_members import UNWRITTEN, MetadataFaults, changes, of_table, table
from idp.admin.registration.document import changed, written
from idp.admin.registration.own_members import OWN
from idp.protocol.client import Client, ClientSecret
from idp.protocol.client_metadata.members import MEMBERS
from tests.support.cast import ESPACE, ISSUER, PARTNER
from tests.support.configurations import CHOICES, clients

NAMES = ["enabled", *(one.name for one in (*MEMBERS, *OWN))]
ANYTHING = st.text() | st.integers() | st.booleans() | st.lists(st.text()) | st.dictionaries(st.text(), st.integers())

ROBOT = {
    "client_name": "Robot",
    "grant_types": ["client_credentials"],
    "scope": "admin:members",
    "token_endpoint_auth_method": "client_secret_basic",
    "id_token_signed_response_alg": "ES256",
}


@settings(max_examples=40)
@given(clients())
def test_there_and_back(client: Client) -> None:
    """Whatever may be registered comes back from its table as it was, and the table is the same again."""
    written = table(client)
    assert client == of_table(client.client_id, written, CHOICES, client)
    assert written == table(of_table(client.client_id, written, CHOICES, None))


def test_every_member_is_decided_about() -> None:
    """A new member of `Client` is in the file, or is named among those that are not."""
    said = {one.attribute for one in (*MEMBERS, *OWN)}
    assert {one.name for one in fields(Client)} == said | {"enabled", "localized"} | UNWRITTEN


@settings(max_examples=20)
@given(clients(), clients())
def test_what_turns_one_into_the_other(before: Client, after: Client) -> None:
    """A member that is gone goes back to its default."""
    document = written(before) | changes(before, after)
    assert written(after) == written(changed(before, document, CHOICES))


def test_a_scope_of_the_api_needs_no_address() -> None:
    """The file of one issuer serves another: whoever has a scope may ask tokens for the API, under its own address."""
    robot = of_table("robot", ROBOT, CHOICES, None)
    assert (f"{ISSUER}/admin/api/v1",) == robot.audiences
    assert ROBOT == table(robot) | {"id_token_signed_response_alg": "ES256"}


def test_a_table_has_what_is_beside_the_defaults() -> None:
    """Short enough to be read; no secret, nor a digest of one."""
    known = replace(PARTNER, secrets=(ClientSecret("d" * 64, 1),), logo_digest="e" * 64)
    assert {
        "client_name": "Simulateur",
        "redirect_uris": ["https://partner.example.net/cb"],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "scope": "email openid profile",
        "token_endpoint_auth_method": "none",
        "id_token_signed_response_alg": "ES256",
    } == table(known)


def test_what_a_table_cannot_say_stays() -> None:
    """Secrets stay; our copy of a logo stays while its address does."""
    known = replace(ESPACE, secrets=(ClientSecret("d" * 64, 1),), logo_uri="https://a.example/l", logo_digest="e" * 64)
    same = of_table("espace", table(known), CHOICES, known)
    other = of_table("espace", table(known) | {"logo_uri": "https://a.example/m"}, CHOICES, known)
    assert (known, known.secrets, None) == (same, other.secrets, other.logo_digest)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_secret", "s3cret"),
        ("secrets", []),
        ("staff", True),
        ("client_nome", "x"),
        ("jwks#fr", {}),
        ("jwks", {"keys": [{"kid": date(2026, 1, 1)}]}),
        ("enabled", "yes"),
        ("default_max_age", float("inf")),
        ("response_modes", ["query"]),
        ("origins", ["https://a.example/"]),
        ("audiences", ["a example"]),
        ("resource_server", "https://a.example/#x"),
        ("client_name", "<b>\u202e"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: object) -> None:
    """Each wrong member by its name, beside another that is wrong too."""
    with pytest.raises(MetadataFaults) as refused:
        of_table("espace", table(ESPACE) | {"require_auth_time": 1, name: value}, CHOICES, None)
    assert sorted(["require_auth_time", name]) == sorted(one.member for one in refused.value.faults)


def test_what_members_say_together() -> None:
    """The rules of registration hold here too."""
    with pytest.raises(MetadataFaults) as refused:
        of_table("espace", table(ESPACE) | {"grant_types": ["refresh_token"]}, CHOICES, None)
    assert ["grant_types"] == [one.member for one in refused.value.faults]


@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4))
def test_whatever_is_written_is_read_or_refused(written: dict[str, object]) -> None:
    """No value of any type breaks the reading."""

    def outcome() -> object:
        try:
            return of_table("x", written, CHOICES, None)
        except MetadataFaults as refused:
            return refused.faults

    assert outcome()
