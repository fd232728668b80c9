"""What administrators do with applications."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.admin.actor import Actor, ForbiddenError, StaleSignInError, operator
from idp.admin.acts.clients import ClientActs
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.registration.differences import LIGHT, Difference, weighs
from idp.admin.registration.limits import LONGEST_OVERLAP
from idp.admin.registration.own_members import OWN_BY_NAME
from idp.admin.roles import Role
from idp.protocol.client_metadata.members import BY_NAME
from tests.support.cast import ESPACE, PARTNER
from tests.support.client_acts import ClientHouse
from tests.support.records import with_grant
from tests.support.stores import sqlite_store

ROOT = operator("root")
KEEPER = Actor("keeper", frozenset({Role.CLIENTS}), "api")
URI = "https://app.example.org/cb"
APP = {"client_name": "Appli", "redirect_uris": [URI]}
DAY = 86400


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ClientHouse]:
    """The acts over two applications that nobody's act made."""
    store = sqlite_store(tmp_path)
    made = ClientHouse.over(store)
    made.clients.upsert(ESPACE, "a-secret-of-before")
    made.clients.upsert(PARTNER)
    yield made
    store.engine.dispose()


@pytest.fixture
def acts(house: ClientHouse) -> ClientActs:
    """The acts alone."""
    return house.acts


@pytest.mark.parametrize(
    ("expected", "search"),
    [(["espace", "partner"], ""), (["espace"], " Espace "), (["partner"], "NET/cb"), ([], "nobody")],
)
def test_found_by_what_they_are_called(acts: ClientActs, expected: list[str], search: str) -> None:
    """Id, name and redirect URI are looked through, whatever the case."""
    assert expected == [one.client_id for one in acts.list(ROOT, search)]


def test_one(acts: ClientActs) -> None:
    """Everything that is registered, and a plain refusal for what is not."""
    assert ESPACE == replace(acts.show(ROOT, "espace"), secrets=())
    with pytest.raises(UnknownError):
        acts.show(ROOT, "nobody")


ACTS: dict[str, Callable[[ClientActs, Actor], Any]] = {
    "clients.list": lambda acts, actor: acts.list(actor),
    "clients.show": lambda acts, actor: acts.show(actor, "espace"),
    "clients.create": lambda acts, actor: acts.create(actor, "app", "web", APP),
    "clients.update": lambda acts, actor: acts.update(actor, "espace", {"client_name": "Autre"}),
    "clients.rotate_secret": lambda acts, actor: acts.rotate_secret(actor, "espace", DAY),
    "clients.rotate_secret too": lambda acts, actor: acts.end_older_secrets(actor, "espace"),
    "clients.disable": lambda acts, actor: acts.disable(actor, "espace"),
    "clients.enable": lambda acts, actor: acts.enable(actor, "espace"),
    "clients.delete": lambda acts, actor: acts.delete(actor, "app", "Une erreur"),
}


@pytest.mark.parametrize("role", list(Role))
def test_whose_they_are(house: ClientHouse, role: Role) -> None:
    """Those who manage applications do everything, auditors look, nobody else anything."""
    house.acts.create(ROOT, "app", "web", APP)
    house.acts.disable(ROOT, "app")
    for name, act in ACTS.items():
        actor = Actor("x", frozenset({role}), "api")
        if role is Role.CLIENTS or (role is Role.AUDITOR and name in {"clients.list", "clients.show"}):
            if name == "clients.create":
                house.acts.delete(ROOT, "app", "Encore une fois")
            act(house.acts, actor)
            if name == "clients.create":
                house.acts.disable(ROOT, "app")
            continue
        with pytest.raises(ForbiddenError):
            act(house.acts, actor)


def test_a_secret_is_made_with_the_application(house: ClientHouse) -> None:
    """It works, stands in nothing that is kept, and the first version says who made it."""
    made = house.acts.create(KEEPER, "app", "web", APP, " Pour\nles essais ")
    assert made.secret is not None
    assert house.clients.secret_holds(house.clients.get("app"), made.secret)
    assert made.secret not in repr(made)
    assert 1 == made.kept.version
    (event,) = house.recorded()
    assert ("client_created", "app", "keeper", "Pour les essais", 1) == (
        event.event,
        event.client_id,
        event.details["actor"],
        event.details["reason"],
        event.details["version"],
    )
    assert house.acts.create(KEEPER, "page", "spa", APP).secret is None


def test_an_id_is_taken_once(house: ClientHouse) -> None:
    """Creating an application again overwrites nothing."""
    with pytest.raises(ConflictError) as refusal:
        house.acts.create(ROOT, "espace", "web", APP)
    assert ("client_id", "taken") == (refusal.value.member, refusal.value.code)
    # It is said with the rest, too, and once.
    wrong = {**APP, "redirect_uris": ["http://app.example.org/cb"]}
    with pytest.raises(RefusedError) as rest:
        house.acts.create(ROOT, "espace", "web", wrong)
    assert ["taken"] == [one.code for one in rest.value.also]
    assert "redirect_uris" == rest.value.member
    assert ["redirect_uris", "client_id"] == [one.member for one in house.acts.faults(ROOT, "espace", "web", wrong)]
    assert ["client_id"] == [one.member for one in house.acts.faults(ROOT, "espace", "web", APP)]
    assert ["client_id"] == [one.member for one in house.acts.faults(ROOT, "no\0id", "web", APP)]
    assert ESPACE.name == house.acts.show(ROOT, "espace").name


def test_a_refusal_names_the_member_and_keeps_nothing(house: ClientHouse) -> None:
    """What the rules say, and what an address outside says."""
    for changes, member in (
        ({"redirect_uris": [URI, "http://app.example.org/cb"]}, "redirect_uris"),
        ({"colour": "blue"}, "colour"),
        ({"sector_identifier_uri": "https://app.example.org/sector"}, "sector_identifier_uri"),
    ):
        with pytest.raises(RefusedError) as refusal:
            house.acts.update(ROOT, "espace", changes)
        assert member == refusal.value.member
        assert str(refusal.value).startswith(member)
    assert [] == house.recorded()


def test_one_member_changes_and_no_other(house: ClientHouse) -> None:
    """Secrets stay, null gives a default back, and the record has the names of what changed."""
    before = house.acts.show(ROOT, "espace")
    kept = house.acts.update(KEEPER, "espace", {"client_name": "Autre", "client_uri": None})
    assert replace(before, name="Autre", client_uri=None) == kept.client == house.acts.show(ROOT, "espace")
    assert "Autre" == getattr(house.clients.get("espace"), "name", None)
    (event,) = house.recorded()
    assert ("client_changed", "client_name client_uri") == (event.event, event.details["members"])
    again = house.acts.update(KEEPER, "espace", {"client_name": "Autre"})
    assert (kept.version, 1) == (again.version, len(house.recorded()))


def test_of_two_who_change_the_second_is_told(house: ClientHouse) -> None:
    """Whoever was first is not overwritten: the second looks again."""
    seen = house.acts.kept(ROOT, "espace").version
    house.acts.update(ROOT, "espace", {"client_name": "Première"}, version=seen)
    with pytest.raises(ConflictError) as refusal:
        house.acts.update(KEEPER, "espace", {"description": "Deuxième"}, version=seen)
    assert "version" == refusal.value.member
    client = house.acts.show(ROOT, "espace")
    assert ("Première", None) == (client.name, client.description)


def test_two_secrets_work_for_a_while(house: ClientHouse) -> None:
    """The one before ends when it was chosen, a third pushes the oldest out, and no end is put off."""
    house.clock.forward(1)
    first = house.acts.rotate_secret(KEEPER, "espace", DAY).secret

    def working(*secrets: str) -> list[bool]:
        return [house.clients.secret_holds(house.acts.show(ROOT, "espace"), one) for one in secrets]

    assert [True, True] == working("a-secret-of-before", first)
    house.clock.forward(DAY)
    assert [False, True] == working("a-secret-of-before", first)
    second = house.acts.rotate_secret(KEEPER, "espace", DAY).secret
    third = house.acts.rotate_secret(KEEPER, "espace", 9 * DAY).secret
    assert [False, True, True] == working(first, second, third)
    fourth = house.acts.rotate_secret(KEEPER, "espace", 0).secret
    assert [False, False, True] == working(second, third, fourth)


def test_the_older_secret_ends_now(house: ClientHouse) -> None:
    """Where it is known to others, nobody waits for its end."""
    new = house.acts.rotate_secret(KEEPER, "espace", DAY).secret
    client = house.acts.end_older_secrets(KEEPER, "espace").client
    assert [False, True] == [house.clients.secret_holds(client, one) for one in ("a-secret-of-before", new)]
    assert ["client_secret_renewed", "client_older_secrets_ended"] == [one.event for one in house.recorded()]


def test_secrets_that_cannot_be(house: ClientHouse) -> None:
    """None for who proves itself otherwise, and no overlap without end."""
    for client_id, overlap, member in (
        ("partner", DAY, "token_endpoint_auth_method"),
        ("espace", LONGEST_OVERLAP + 1, "overlap"),
        ("espace", -1, "overlap"),
    ):
        with pytest.raises(RefusedError) as refusal:
            house.acts.rotate_secret(KEEPER, client_id, overlap)
        assert member == refusal.value.member


def test_a_stopped_application_begins_from_nothing(house: ClientHouse) -> None:
    """What members gave it is dead at once, and enabled again it has none of it (N-054)."""
    with_grant(house.store)
    assert not house.acts.disable(KEEPER, "espace", "Une fuite").client.enabled
    with house.store.reading() as unit:
        found = unit.grants.by_id("grant")
    assert found is not None
    assert "client_disabled" == found.revoked_reason
    assert house.acts.enable(KEEPER, "espace").client.enabled
    assert ["client_disabled", "client_enabled"] == [one.event for one in house.recorded()]


def test_only_what_is_stopped_is_deleted(house: ClientHouse) -> None:
    """With a reason, for good; the record stays."""
    with pytest.raises(ConflictError):
        house.acts.delete(KEEPER, "espace", "Plus utile")
    house.acts.disable(KEEPER, "espace")
    with pytest.raises(RefusedError):
        house.acts.delete(KEEPER, "espace", " ")
    house.acts.delete(KEEPER, "espace", "Plus utile")
    assert house.clients.get("espace") is None
    assert ("client_removed", "Plus utile") == (house.recorded()[-1].event, house.recorded()[-1].details["reason"])


def test_the_console_registers_itself(house: ClientHouse) -> None:
    """Nobody changes or stops it, or the administrators would stand before a closed door."""
    house.clients.upsert(replace(ESPACE, client_id="console", staff=True))
    for act in (
        lambda: house.acts.update(ROOT, "console", {"client_name": "x"}),
        lambda: house.acts.disable(ROOT, "console"),
        lambda: house.acts.rotate_secret(ROOT, "console", 0),
        lambda: house.acts.delete(ROOT, "console", "x"),
    ):
        with pytest.raises(RefusedError):
            act()


def test_whoever_keeps_applications_gives_no_role_by_one(house: ClientHouse) -> None:
    """Scopes of administration are the security role's, and so is everything of who has one, but to stop it."""
    robot = {"client_name": "Robot", "scope": "admin:security"}
    with pytest.raises(ForbiddenError) as refusal:
        house.acts.create(KEEPER, "robot", "machine", robot)
    assert Role.SECURITY is refusal.value.act.role
    both = Actor("both", frozenset({Role.CLIENTS, Role.SECURITY}), "api")
    house.acts.create(both, "robot", "machine", robot)
    house.acts.create(KEEPER, "batch", "machine", {"client_name": "Batch"})
    for act in (
        lambda: house.acts.update(KEEPER, "batch", {"scope": "admin:auditor"}),
        lambda: house.acts.update(KEEPER, "robot", {"scope": None}),
        lambda: house.acts.rotate_secret(KEEPER, "robot", 0),
        lambda: house.acts.end_older_secrets(KEEPER, "robot"),
    ):
        with pytest.raises(ForbiddenError):
            act()
    house.acts.disable(KEEPER, "robot")
    with pytest.raises(ForbiddenError):
        house.acts.enable(KEEPER, "robot")
    with pytest.raises(ForbiddenError):
        house.acts.delete(KEEPER, "robot", "x")
    assert house.acts.enable(both, "robot").client.enabled


def test_what_is_dangerous_asks_for_a_fresh_sign_in(house: ClientHouse) -> None:
    """At the console, where somebody may have left the room."""
    stale = Actor("x", frozenset(Role), "console", auth_time=house.clock() - 3600)
    for act in (
        lambda: house.acts.rotate_secret(stale, "espace", 0),
        lambda: house.acts.disable(stale, "espace"),
        lambda: house.acts.delete(stale, "espace", "x"),
        lambda: house.acts.create(stale, "robot", "machine", {"client_name": "Robot", "scope": "admin:members"}),
    ):
        with pytest.raises(StaleSignInError):
            act()
    assert house.acts.update(stale, "espace", {"client_name": "y"}).client.name == "y"


KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ["https://evil.example/cb"]},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY]}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://evil.example/keys"},
        {"first_party": not ESPACE.first_party},
        {"scope": "openid"},
        {"audiences": ["https://api.example.org"]},
        {"origins": ["https://evil.example"]},
    ],
)
def test_what_hands_an_application_over_asks_for_a_fresh_sign_in(house: ClientHouse, changes: dict[str, Any]) -> None:
    """As a new secret does, forward or back; sent again as it is registered it asks for nothing."""
    stale = Actor("x", frozenset(Role), "console", auth_time=house.clock() - 3600)
    with pytest.raises(StaleSignInError):
        house.acts.update(stale, "espace", changes)
    assert ESPACE.redirect_uris == house.acts.show(ROOT, "espace").redirect_uris
    house.acts.update(replace(stale, auth_time=house.clock()), "espace", changes)
    house.acts.update(stale, "espace", changes | {"client_name": "y", "logo_uri": "https://espace.example/logo.png"})
    with pytest.raises(StaleSignInError):
        house.history.roll_back(stale, "espace", 1)
    house.history.roll_back(stale, "espace", 2)
    assert (ESPACE.name, 4) == (house.acts.show(ROOT, "espace").name, house.acts.kept(ROOT, "espace").version)


def test_every_member_weighs_or_is_read() -> None:
    """What is new among the members asks for a fresh sign-in unless somebody says that people only read it."""
    known = {*BY_NAME, *OWN_BY_NAME}
    assert LIGHT <= known
    assert weighs([Difference("redirect_uris", None, [])])
    assert not weighs([Difference("client_name#en", None, "Portal"), Difference("logo_uri", None, "x")])
    assert {"redirect_uris", "jwks", "jwks_uri", "token_endpoint_auth_method", "scope"} <= known - LIGHT
    assert {"first_party", "audiences", "origins", "resource_server", "pkce_exempt"} <= known - LIGHT


def test_reasons_are_plain(house: ClientHouse) -> None:
    """One line, without signs that nobody sees, and not a book."""
    house.acts.update(ROOT, "espace", {"client_name": "y"}, reason="a\x00b\n\u202ec ")
    assert "a b c" == house.recorded()[-1].details["reason"]
    with pytest.raises(RefusedError) as refusal:
        house.acts.update(ROOT, "espace", {"client_name": "z"}, reason="x" * 2001)
    assert "reason" == refusal.value.member
