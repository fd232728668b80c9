"""Single sign-on sessions."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.services.sessions import Session, Sessions, handle_of, new_cookie
from idp.store.kv import SqlKeyValue
from idp.upstream import LoginOutcome
from keys.sealing import Sealer
from tests.support.stores import Clock, sqlite_store
from tests.support.threads import at_once

OUTCOME = LoginOutcome("account-1", "pwd", ("pwd",), 1_700_000_000, "password")


class Bench:
    """Sessions over a real store, with the clock and the store in reach."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.store = sqlite_store(folder)
        self.kv = SqlKeyValue(self.store, self.clock)
        self.sessions = Sessions(self.kv, Sealer([secrets.token_bytes(32)]), self.clock, idle=1800, absolute=28800)

    def start(self, outcome: LoginOutcome = OUTCOME, previous: Session | None = None) -> tuple[str, Session]:
        """Open a session."""
        return self.sessions.start(outcome, epoch=0, interaction="i", previous=previous)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench, its database closed afterwards."""
    bench = Bench(tmp_path)
    yield bench
    bench.store.engine.dispose()


def test_session_is_found_by_its_cookie_only(bench: Bench) -> None:
    """The cookie finds the session; its digest, a piece of it or something else does not (V-15)."""
    cookie, session = bench.start()
    assert session == bench.sessions.get(cookie)
    for wrong in (None, "", cookie[:-1], cookie + "x", session.handle, session.sid, "x" * 5000):
        assert bench.sessions.get(wrong) is None


def test_new_identifier_at_each_sign_in(bench: Bench) -> None:
    """Signing in again gives a new cookie and kills the old one, and keeps sid for the same member (N-120)."""
    old_cookie, old = bench.start()
    cookie, session = bench.start(previous=bench.sessions.used(old, "client"))
    assert bench.sessions.get(old_cookie) is None
    assert old.sid == session.sid
    assert ("client",) == session.clients
    assert cookie != old_cookie


def test_another_member_inherits_nothing(bench: Bench) -> None:
    """A second member in the same browser gets nothing of the first (V-45)."""
    _, old = bench.start(replace(OUTCOME, upstream_session="token"))
    _, session = bench.start(replace(OUTCOME, account_id="account-2"), previous=bench.sessions.used(old, "client"))
    assert old.sid != session.sid
    assert session.clients == ()
    assert bench.sessions.upstream_handle(session) is None


def test_idle_limit(bench: Bench) -> None:
    """A session unused for the idle time is dead; use within it keeps it (N-121)."""
    cookie, session = bench.start()
    bench.clock.forward(1799)
    found = bench.sessions.get(cookie)
    assert found is not None
    bench.sessions.used(found)
    bench.clock.forward(1799)
    assert bench.sessions.get(cookie) is not None
    bench.clock.forward(1)
    assert bench.sessions.get(cookie) is None
    assert session.account_id == "account-1"


def test_absolute_limit(bench: Bench) -> None:
    """A session used without pause still ends (N-121)."""
    cookie, _ = bench.start()
    for _ in range(28800 // 1200 - 1):
        bench.clock.forward(1200)
        found = bench.sessions.get(cookie)
        assert found is not None
        bench.sessions.used(found)
    bench.clock.forward(1200)
    assert bench.sessions.get(cookie) is None


def test_end(bench: Bench) -> None:
    """An ended session is gone, and ending it twice is no error."""
    cookie, session = bench.start()
    bench.sessions.end(session)
    bench.sessions.end(session)
    assert bench.sessions.get(cookie) is None


def test_use_writes_only_when_something_changes(bench: Bench) -> None:
    """A use within a minute by a known application returns the same record."""
    _, session = bench.start()
    used = bench.sessions.used(session, "client")
    assert used is not None
    assert used is bench.sessions.used(used, "client")


def test_upstream_handle_is_sealed(bench: Bench) -> None:
    """The upstream's token comes back, and does not stand readable in the store."""
    cookie, _ = bench.start(replace(OUTCOME, upstream_session="header.payload.signature"))
    session = bench.sessions.get(cookie)
    assert session is not None
    assert "header.payload.signature" == bench.sessions.upstream_handle(session)
    assert b"payload" not in (bench.kv.get(f"session:{session.handle}") or b"")


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b"\x80\x04.", b'{"sid": 1}', b"[" * 100_000])
def test_foreign_record_is_ignored(bench: Bench, raw: bytes) -> None:
    """A record that we did not write is as good as absent (R-17)."""
    cookie, session = bench.start()
    bench.kv.set(f"session:{session.handle}", raw, 60)
    assert bench.sessions.get(cookie) is None


def test_a_renewed_session_has_another_cookie_and_is_the_same(bench: Bench) -> None:
    """After a change of password the old cookie is dead; session id, applications and limits stay (N-120, N-121)."""
    cookie, session = bench.start()
    bench.clock.forward(60)
    joined = bench.sessions.used(session, "espace")
    assert joined is not None
    fresh = new_cookie()
    renewed = bench.sessions.renew(session, fresh, 1)
    assert renewed is not None
    assert bench.sessions.get(cookie) is None
    assert renewed == bench.sessions.get(fresh)
    assert (session.sid, ("espace",), 1, session.auth_time) == (
        renewed.sid,
        renewed.clients,
        renewed.epoch,
        renewed.auth_time,
    )
    assert bench.sessions.used(joined, "other") is None
    bench.clock.forward(28800 - 60)
    assert bench.sessions.get(fresh) is None


def test_what_two_requests_note_at_once_is_all_kept(bench: Bench) -> None:
    """Two tabs enter two applications, one is left, an upstream's session is tied to it: each read the same record."""
    cookie, session = bench.start()
    assert 6 == sum(one is not None for one in at_once(6, lambda number: bench.sessions.used(session, f"app-{number}")))
    bench.sessions.hold(session, "franceconnect", "token")
    bench.sessions.left(session, "app-0")
    found = bench.sessions.get(cookie)
    assert found is not None
    assert {f"app-{number}" for number in range(1, 6)} == set(found.clients)
    assert ("franceconnect", "token") == (found.upstream_name, bench.sessions.upstream_handle(found))
    bench.sessions.end(session)
    assert bench.sessions.used(session, "late") is None
    assert bench.sessions.get(cookie) is None


def test_a_session_that_ended_is_not_renewed(bench: Bench) -> None:
    """Whoever read it before the sign-out gets no other out of it, nor two out of one (N-081)."""
    cookie, session = bench.start()
    fresh = [new_cookie() for _ in range(3)]
    assert [True, False] == [bench.sessions.renew(session, one, 1) is not None for one in fresh[:2]]
    assert [handle_of(fresh[0])] == list(bench.sessions.following(cookie)), "the trail is the winner's"
    bench.sessions.end(replace(session, handle=handle_of(fresh[0])))
    assert bench.sessions.renew(replace(session, handle=handle_of(fresh[0])), fresh[2], 2) is None
    assert [None] * 3 == [bench.sessions.get(one) for one in fresh]


def test_a_session_is_read_by_who_has_its_record(bench: Bench) -> None:
    """Where a record was read with something else it is judged as when it is found by its cookie."""
    cookie, session = bench.start()
    key = bench.sessions.key(cookie)
    assert key is not None
    raw = bench.kv.get(key)
    assert session == bench.sessions.read(key, raw) == bench.sessions.get(cookie)
    assert bench.sessions.read(key, None) is None
    bench.clock.forward(86400)
    assert bench.sessions.read(key, raw) is None
    assert bench.kv.get(key) is None
    assert [None, None] == [bench.sessions.key(cookie) for cookie in (None, "x" * 129)]
