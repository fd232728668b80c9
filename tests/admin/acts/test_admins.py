"""Administrators made, invited, given roles, shut out."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.admin.actor import Actor, ForbiddenError, StaleSignInError, operator
from idp.admin.acts.admins import INVITATION_LIFETIME, AdminActs, digest_of
from idp.admin.acts.refusals import RefusedError
from idp.admin.roles import Role
from idp.services.audit import AuditLog
from idp.store.audit import AuditFilter
from idp.store.db import Store
from tests.support.servers import migrated_database_url
from tests.support.stores import Clock, open_store, sqlite_store

ROOT = operator("root")
LOGIN = "marie@fund.example"


class World:
    """A store, a clock and the acts."""

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.store: Store = store or sqlite_store(folder)
        self.clock = Clock()
        tokens = iter(f"token-{number}" for number in range(99))
        trail = AuditLog(self.store, self.clock)
        self.acts = AdminActs(self.store, trail, self.clock, "https://idp.example", lambda: next(tokens))

    def create(self, login: str = LOGIN, *roles: Role) -> str:
        """Create somebody; return the token of their invitation."""
        return self.acts.create(ROOT, login, "Marie L.", roles or {Role.CLIENTS}).url.rpartition("/")[2]

    def events(self) -> list[str]:
        """Return the audit's events about administrators, oldest first."""
        with self.store.reading() as unit:
            return [event["event"] for event in unit.audit_seals.events(0, 99)]

    def invited(self, token: str) -> str | None:
        """Return whose invitation a token is now."""
        with self.store.reading() as unit:
            found = unit.administrators.invited(digest_of(token), self.clock())
        return found.login if found else None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A house without administrators."""
    made = World(tmp_path)
    yield made
    made.store.engine.dispose()


def test_created_and_invited(world: World) -> None:
    """The link leads to this provider, is not in the record, and lasts for a day."""
    invitation = world.acts.create(ROOT, " Marie@Fund.example ", "Marie  L.", {Role.SECURITY, Role.CLIENTS})
    assert (LOGIN, "Marie L.", ("clients", "security")) == (
        invitation.administrator.login,
        invitation.administrator.name,
        invitation.administrator.roles,
    )
    assert "https://idp.example/administration/invitation/token-0" == invitation.url
    assert "token-0" not in repr(invitation)
    assert LOGIN == world.invited("token-0")
    world.clock.forward(INVITATION_LIFETIME)
    assert world.invited("token-0") is None
    assert ["admin_created"] == world.events()


@pytest.mark.parametrize(
    ("login", "name", "roles", "member"),
    [
        ("marie", "Marie", {Role.CLIENTS}, "login"),
        ("marie@fund", "Marie", {Role.CLIENTS}, "login"),
        ("a" * 120 + "@fund.example", "Marie", {Role.CLIENTS}, "login"),
        (LOGIN, "  ", {Role.CLIENTS}, "name"),
        (LOGIN, "M\x00", {Role.CLIENTS}, "name"),
        (LOGIN, "Marie", set(), "roles"),
    ],
)
def test_what_is_no_administrator(world: World, login: str, name: str, roles: set[Role], member: str) -> None:
    """Each refusal names its field, and leaves nothing behind."""
    with pytest.raises(RefusedError) as caught:
        world.acts.create(ROOT, login, name, roles)
    assert (member, [], []) == (caught.value.member, list(world.acts.list(ROOT)), world.events())


def test_a_login_is_taken_once(world: World) -> None:
    """The second of one login is refused; the first keeps the invitation."""
    world.create()
    with pytest.raises(RefusedError, match="already"):
        world.create()
    assert LOGIN == world.invited("token-0")


def test_all_that_is_wrong_is_said_at_once(world: World) -> None:
    """A login that is taken or none, the name and the roles."""
    world.create()
    for login, code in ((LOGIN, "taken"), ("no login", "login"), ("a\0@fund.example", "login")):
        with pytest.raises(RefusedError) as caught:
            world.acts.create(ROOT, login, " ", frozenset())
        assert [code, "name", "roles"] == [caught.value.code, *(one.code for one in caught.value.also)]


def test_invited_again(world: World) -> None:
    """What the person had is gone at once: the password, the second factors, the first link."""
    world.create()
    (before,) = world.acts.list(ROOT)
    with world.store.begin() as unit:
        unit.accounts.set_password_hash(before.account_id, "$argon2id$x", 1)
    world.acts.invite(ROOT, LOGIN)
    (after,) = world.acts.list(ROOT)
    assert (False, 1) == (after.ready, after.epoch - before.epoch)
    assert [None, LOGIN] == [world.invited("token-0"), world.invited("token-1")]


def test_shut_out(world: World) -> None:
    """Sessions and invitation end; another invitation, which is on record as what it is, undoes it."""
    world.create("root@fund.example", Role.SECURITY)
    first = world.create()
    for reason in (" ", "x" * 2001):
        with pytest.raises(RefusedError, match="reason"):
            world.acts.disable(ROOT, LOGIN, reason)
    assert [True, False] == [world.acts.disable(ROOT, LOGIN, "départ") for _ in range(2)]
    (known, _) = world.acts.list(ROOT)
    assert (False, 1) == (known.enabled, known.epoch)
    assert ("admin_disabled", None) == (world.events()[-1], world.invited(first))
    back = world.acts.invite(ROOT, LOGIN, "une erreur")
    assert (True, ("clients",)) == (back.administrator.enabled, back.administrator.roles)
    assert LOGIN == world.invited(back.url.rpartition("/")[2])
    with world.store.reading() as unit:
        account = unit.accounts.by_id(known.account_id)
        (told,) = unit.audit.matching(AuditFilter(event="admin_invited"), None, 9)
    assert account is not None
    assert ("active", "disabled", "une erreur") == (account.status, told.details["was"], told.details["reason"])


def test_somebody_is_always_left_to_manage_administrators(world: World) -> None:
    """The last one with the role is neither shut out nor loses it; a second one makes both possible."""
    world.create(LOGIN, Role.SECURITY)
    with pytest.raises(RefusedError, match="last administrator"):
        world.acts.disable(ROOT, LOGIN, "départ")
    with pytest.raises(RefusedError, match="last administrator"):
        world.acts.change_roles(ROOT, LOGIN, {Role.CLIENTS})
    world.create("paul@fund.example", Role.SECURITY)
    assert [True, False] == [world.acts.change_roles(ROOT, LOGIN, {Role.CLIENTS}) for _ in range(2)]


def test_nobody_of_that_name(world: World) -> None:
    """A login that nobody has is said."""
    with pytest.raises(RefusedError, match="there is no administrator nobody@fund"):
        world.acts.invite(ROOT, "nobody@fund.example")


def test_only_security_and_only_fresh(world: World) -> None:
    """Other roles do not reach administrators, and a sign-in of an hour ago is asked for again."""
    desk = Actor("x", frozenset({Role.MEMBERS, Role.CLIENTS}), "console", world.clock())
    with pytest.raises(ForbiddenError):
        world.acts.create(desk, LOGIN, "Marie", {Role.CLIENTS})
    old = Actor("x", frozenset({Role.SECURITY}), "console", world.clock() - 3600)
    with pytest.raises(StaleSignInError):
        world.acts.create(old, LOGIN, "Marie", {Role.CLIENTS})
    assert [] == world.events()


def test_two_who_shut_each_other_out(tmp_path: Path) -> None:
    """The second waits for the first on PostgreSQL, and finds that nobody else would be left."""
    world = World(tmp_path, open_store(migrated_database_url("postgresql", tmp_path)))
    first, second = "a@fund.example", "b@fund.example"
    for login in (first, second):
        world.create(login, Role.SECURITY)
    refused: list[RefusedError] = []

    def other() -> None:
        try:
            world.acts.disable(ROOT, first, "them or us")
        except RefusedError as refusal:
            refused.append(refusal)

    thread = threading.Thread(target=other)
    with world.store.begin() as unit:
        unit.administrators.lock_all()
        known = unit.administrators.by_login(second)
        assert known is not None
        unit.administrators.disable(known.account_id, world.clock())
        thread.start()
        thread.join(0.5)
    thread.join()
    assert ["last"] == [one.code for one in refused]
    assert [first] == [one.login for one in world.acts.list(ROOT) if one.enabled]
    world.store.engine.dispose()
