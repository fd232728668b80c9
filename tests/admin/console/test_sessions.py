"""The console's own sessions: found by a cookie, believed only with the administrator's row of now."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from idp.admin.console.sessions import ABSOLUTE, IDLE, ConsoleSessions, Outlived
from idp.protocol.opaque import digest
from idp.services.codes import ENDED_SESSION
from idp.services.sign_out import LONGEST_CODE
from idp.store.administrators import Administrator
from idp.store.db import Store
from idp.store.kv import SqlKeyValue
from tests.support.statements import counted
from tests.support.stores import Clock, sqlite_store

WHO = "a" * 32


class World:
    """A store with one administrator, a clock and the sessions."""

    def __init__(self, folder: Path) -> None:
        self.store: Store = sqlite_store(folder)
        self.clock = Clock()
        self.sessions = ConsoleSessions(SqlKeyValue(self.store, self.clock), self.store, self.clock)
        with self.store.begin() as unit:
            unit.administrators.add(
                account_id=WHO, subject="s", login="m@f.example", name="M", roles=["auditor"], now=1
            )

    def who(self) -> Administrator:
        """Return the administrator as stored."""
        with self.store.reading() as unit:
            found = unit.administrators.get(WHO)
        assert found is not None
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A house with one administrator."""
    made = World(tmp_path)
    yield made
    made.store.engine.dispose()


def test_found_by_its_cookie_only(world: World) -> None:
    """The cookie finds it; its digest, another value or nothing does not."""
    cookie = world.sessions.start(world.who(), "sid", 5)
    found = world.sessions.get(cookie)
    assert found is not None
    assert ("sid", 5, WHO) == (found[0].sid, found[0].auth_time, found[1].account_id)
    assert [None] * 5 == [world.sessions.get(one) for one in (None, "", found[0].handle, cookie[:-1], "x" * 500)]
    world.sessions.end(found[0])
    assert world.sessions.get(cookie) is None


def test_limits(world: World) -> None:
    """Idle a quarter of an hour, eight hours in any case; use keeps it alive until then."""
    idle, used = (world.sessions.start(world.who(), "sid", 5) for _ in range(2))
    for _ in range(ABSOLUTE // (IDLE - 1)):
        world.clock.forward(IDLE - 1)
        assert world.sessions.get(used) is not None
    assert world.sessions.get(idle) is None
    world.clock.forward(IDLE - 1)
    assert world.sessions.get(used) is None


@pytest.mark.parametrize("how", ["disabled", "epoch", "provider"])
def test_ends_with_what_it_stands_on(world: World, how: str) -> None:
    """The account shut out, everything of before ended, or the provider's session over: not one more page."""
    cookie = world.sessions.start(world.who(), "sid", 5)
    with world.store.begin() as unit:
        if how == "disabled":
            unit.administrators.disable(WHO, 2)
        elif how == "epoch":
            unit.accounts.bump_epoch(WHO, 2)
        else:
            unit.spent.claim(ENDED_SESSION, digest("sid"), world.clock() + LONGEST_CODE)
    with pytest.raises(Outlived) if how == "provider" else nullcontext():
        assert world.sessions.get(cookie) is None


def test_one_that_outlived_the_providers_is_told_once(world: World) -> None:
    """Whoever asks learns that it was still good and what it stood on is over; then it is gone."""
    cookie = world.sessions.start(world.who(), "sid", 5)
    assert world.sessions.get(cookie) is not None
    with world.store.begin() as unit:
        unit.spent.claim(ENDED_SESSION, digest("sid"), world.clock() + LONGEST_CODE)
    idle = world.sessions.start(world.who(), "sid", 5)
    with counted(world.store.engine) as statements, pytest.raises(Outlived):
        world.sessions.get(cookie)
    assert ["SELECT", "SELECT", "SELECT", "DELETE"] == [one.split()[0] for one in statements]
    assert world.sessions.get(cookie) is None
    world.clock.forward(IDLE)
    assert world.sessions.get(idle) is None


def test_roles_are_those_of_now(world: World) -> None:
    """What changed since the sign-in counts."""
    cookie = world.sessions.start(world.who(), "sid", 5)
    with world.store.begin() as unit:
        unit.administrators.set_roles(WHO, ["security"])
    found = world.sessions.get(cookie)
    assert found is not None
    assert ("security",) == found[1].roles


def test_an_ended_session_is_remembered_for_long_enough() -> None:
    """The provider remembers that a session ended for as long as the console's may have been idle behind it."""
    assert IDLE <= LONGEST_CODE


def test_a_stale_store_brings_back_none_that_was_left(world: World) -> None:
    """The database remembers who left for as long as the record could count."""
    cookie = world.sessions.start(world.who(), "sid", 5)
    found = world.sessions.get(cookie)
    assert found is not None
    kv = SqlKeyValue(world.store, world.clock)
    record = kv.get(f"console:{found[0].handle}")
    world.sessions.leave(found[0])
    kv.set(f"console:{found[0].handle}", record or b"", IDLE)
    with pytest.raises(Outlived):
        world.sessions.get(cookie)
