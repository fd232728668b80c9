"""Opened sessions, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from idp.store.audit import AuditEvent
from idp.store.db import Store, once
from tests.support.records import PARTICULARS, SIGN_IN, with_account
from tests.support.threads import at_once

FIRST = SIGN_IN
SECOND = replace(FIRST, id="second", sid="sid-2", handle="handle-2", device="device-2", client_id=None, started_at=2000)


@pytest.fixture
def kept(store: Store) -> Store:
    """A store with one account's two sessions, and another account without any."""
    with_account(store)
    with store.begin() as unit:
        other = replace(PARTICULARS, dossier="7654321")
        unit.accounts.upsert(other, account_id="other", subject="other", now=1000)
        unit.sign_ins.add(FIRST)
        unit.sign_ins.add(SECOND)
    return store


def test_what_was_stored_comes_back_newest_first(kept: Store) -> None:
    """The history starts where it is asked to, and shows nothing of another account."""
    with kept.reading() as unit:
        assert [SECOND, FIRST] == list(unit.sign_ins.latest("account", 1000, 10))
        assert [SECOND] == list(unit.sign_ins.latest("account", 1000, 1))
        assert [SECOND] == list(unit.sign_ins.latest("account", 1001, 10))
        assert [] == list(unit.sign_ins.latest("other", 0, 10))
        assert FIRST == unit.sign_ins.of_account("account", "first")
        assert unit.sign_ins.of_account("other", "first") is None
        assert [FIRST, None] == [unit.sign_ins.by_handle(handle) for handle in (FIRST.handle, "nobody's")]


def test_a_device_is_known_to_its_account_only(kept: Store) -> None:
    """Another account on the same device is told of it, as it must be."""
    with kept.reading() as unit:
        known = [unit.sign_ins.knows_device(*one) for one in (("account", "device-1"), ("other", "device-1"))]
    assert [True, False] == known


def test_a_handle_is_unique(kept: Store) -> None:
    """Two sessions never share a record."""
    with pytest.raises(IntegrityError), kept.begin() as unit:
        unit.sign_ins.add(replace(FIRST, id="third"))


def test_of_twenty_who_end_a_session_one_does(kept: Store) -> None:
    """The first reason stays."""

    def end(number: int) -> bool:
        def work() -> bool:
            with kept.begin() as unit:
                return unit.sign_ins.end("handle-1", f"reason-{number}", 3000)

        return once(work, attempts=10)

    assert 1 == sum(at_once(20, end))
    with kept.begin() as unit:
        assert not unit.sign_ins.end("handle-1", "logout", 4000)
        ended = unit.sign_ins.of_account("account", "first")
    assert ended is not None
    assert 3000 == ended.ended_at
    assert (ended.ended_reason or "").startswith("reason-")


def test_a_session_that_ended_does_not_go_on(kept: Store) -> None:
    """Nor does ending one by its id spare it for having another handle by now, or touch another's."""
    with kept.begin() as unit:
        assert unit.sign_ins.move("handle-1", "handle-3")
        unit.sign_ins.end_session("other", FIRST.sid, "logout", 3000)
        assert unit.sign_ins.by_handle("handle-3") is not None
        unit.sign_ins.end_session("account", FIRST.sid, "logout", 3000)
        assert not unit.sign_ins.move("handle-3", "handle-4")
    with kept.reading() as unit:
        assert ["handle-2"] == [one.handle for one in unit.sign_ins.not_ended("account", 0)]


def test_every_other_session_ends_and_is_named(kept: Store) -> None:
    """By the `sid` that stays, whatever its handle is by now; nothing of before the time, and nothing twice."""
    with kept.begin() as unit:
        assert [] == list(unit.sign_ins.end_others("account", "sid-2", 1001, "remote", 3000))
        assert [] == list(unit.sign_ins.end_others("other", "sid-2", 0, "remote", 3000))
        assert unit.sign_ins.move("handle-2", "handle-3")
        ended = unit.sign_ins.end_others("account", "sid-2", 0, "remote", 3000)
        assert [replace(FIRST, ended_at=3000, ended_reason="remote")] == list(ended)
        assert [] == list(unit.sign_ins.end_others("account", "sid-2", 0, "remote", 4000))
    with kept.reading() as unit:
        assert ["handle-3"] == [one.handle for one in unit.sign_ins.not_ended("account", 0)]


def test_whether_a_session_is_on_record(kept: Store) -> None:
    """Only its own account's, and until somebody ends it."""

    def on_record(account_id: str, handle: str) -> bool:
        with kept.reading() as unit:
            standing = unit.accounts.standing(account_id, "", handle)
        return standing is not None and standing.on_record

    asked = [("account", "handle-1"), ("account", "handle-2"), ("other", "handle-1"), ("account", "nobody's")]
    assert [True, True, False, False] == [on_record(*one) for one in asked]
    with kept.begin() as unit:
        unit.sign_ins.end("handle-1", "logout", 3000)
    assert [False, True, False, False] == [on_record(*one) for one in asked]


def test_all_sessions_end_but_one(kept: Store) -> None:
    """One may be spared; its new handle is still the same session."""
    with kept.begin() as unit:
        assert 1 == unit.sign_ins.end_all("account", "password_changed", 3000, but="handle-2")
        assert [True, False] == [unit.sign_ins.move("handle-2", "handle-3"), unit.sign_ins.move("handle-2", "handle-4")]
    with kept.reading() as unit:
        assert ["handle-3"] == [one.handle for one in unit.sign_ins.not_ended("account", 0)]
        assert [] == list(unit.sign_ins.not_ended("account", 2001))
    with kept.begin() as unit:
        assert [1, 0] == [unit.sign_ins.end_all("account", "reported", 4000) for _ in range(2)]


def test_a_disowned_device_is_forgotten(kept: Store) -> None:
    """Every session of the device loses it; the one that was pressed says since when, and keeps the first time."""
    with kept.begin() as unit:
        unit.sign_ins.add(replace(FIRST, id="third", handle="handle-3"))
        unit.sign_ins.disown("other", "first", 2500)
        assert unit.sign_ins.knows_device("account", "device-1")
        unit.sign_ins.disown("account", "first", 3000)
        unit.sign_ins.disown("account", "first", 4000)
        known = [unit.sign_ins.knows_device("account", device) for device in ("device-1", "device-2")]
        marked = [unit.sign_ins.of_account("account", one) for one in ("first", "third")]
    assert [False, True] == known
    assert [3000, None] == [one.disowned_at if one else 0 for one in marked]


def test_a_notice_waits_for_another_session(kept: Store) -> None:
    """The new device itself is not told of itself, and cannot say that the member has seen it."""
    with kept.begin() as unit:
        unit.sign_ins.add(replace(FIRST, id="third", handle="handle-3", notice="waiting"))
        assert [] == list(unit.sign_ins.waiting("account", but="handle-3"))
        assert ["third"] == [one.id for one in unit.sign_ins.waiting("account", but="handle-2")]
        assert [0, 1, 0] == [unit.sign_ins.seen("account", but=one) for one in ("handle-3", "handle-2", "handle-2")]


def test_what_is_old_goes_with_its_device(kept: Store) -> None:
    """Nothing is known of a device longer than the history goes back."""
    with kept.begin() as unit:
        assert [1, 0] == [unit.sign_ins.purge(2000, 1), unit.sign_ins.purge(2000, 1)]
        assert not unit.sign_ins.knows_device("account", "device-1")


def test_refused_sign_ins_come_from_the_audit(kept: Store) -> None:
    """Only those of the account, that opened nothing, since a time."""
    with kept.begin() as unit:
        for moment, event, outcome, account in (
            (1000, "sign_in", "wrong_password", "account"),
            (2000, "sign_in", "ok", "account"),
            (3000, "sign_in", "wrong_password", "other"),
            (4000, "sign_out", "refused", "account"),
            (5000, "sign_in", "provisional", "account"),
        ):
            unit.audit.add(AuditEvent(time=moment, event=event, outcome=outcome, account_id=account))
        found = unit.audit.refused_sign_ins("account", 1000, 10)
        later = unit.audit.refused_sign_ins("account", 1001, 10)
    assert [(5000, "provisional"), (1000, "wrong_password")] == [(one.time, one.outcome) for _, one in found]
    assert [5000] == [one.time for _, one in later]
    assert len({number for number, _ in found}) == len(found)
