"""Whom to tell of the end of a session, on both databases."""

from dataclasses import replace

from idp.protocol.client import Client
from idp.store.db import Store
from idp.store.logouts import LOGOUT
from tests.support.records import GRANT, with_account

THERE = "https://app.example.org/logout"


def prepared(store: Store, *sids: str) -> None:
    """Store a member, two clients that listen and one that does not, and a grant for each in each session."""
    with_account(store)
    with store.begin() as unit:
        for name, address in (("espace", THERE), ("second", THERE), ("deaf", None)):
            unit.clients.upsert(Client(name, name, backchannel_logout_uri=address), 1)
            for sid in sids:
                grant = replace(GRANT, client_id=name, sid=sid)
                unit.grants.redeem(
                    f"{name}{sid}",
                    grant,
                    grant_id=f"{name}{sid}",
                    account_epoch=0,
                    expires_at=100,
                    now=1,
                    ended=("ended", sid),
                )


def payloads(store: Store) -> list[tuple[str, str, str | None]]:
    """Return client, session and subject of each queued task, in order."""
    with store.begin() as unit:
        tasks = unit.outbox.due(1000, 100, kinds={LOGOUT})
    return sorted((task.payload["client_id"], task.payload["sid"], task.payload.get("sub")) for task in tasks)


def test_every_application_of_the_session_is_a_party(store: Store) -> None:
    """Those that listen get a task with the subject they know, and only one; the one that does not has none."""
    prepared(store, "one", "two")
    for _ in range(2):
        with store.begin() as unit:
            parties = unit.logouts.of_session("one", GRANT.account_id, 2)
    assert [("deaf", False), ("espace", True), ("second", True)] == [
        (party.client.client_id, party.task_id != "") for party in parties
    ]
    assert [("espace", "one", GRANT.subject), ("second", "one", GRANT.subject)] == payloads(store)


def test_the_session_s_own_record_may_name_more(store: Store) -> None:
    """An application without a grant is told of the session alone; one that is not registered is nobody."""
    prepared(store)
    with store.begin() as unit:
        parties = unit.logouts.of_session("one", GRANT.account_id, 2, also=("espace", "nobody"))
    assert ["espace"] == [party.client.client_id for party in parties]
    assert [("espace", "one", None)] == payloads(store)


def test_one_application_alone(store: Store) -> None:
    """The others of the session are neither told nor returned."""
    prepared(store, "one")
    with store.begin() as unit:
        parties = unit.logouts.of_session("one", GRANT.account_id, 2, only="second")
    assert ["second"] == [party.client.client_id for party in parties]
    assert [("second", "one", GRANT.subject)] == payloads(store)


def test_all_sessions_of_an_account_but_one(store: Store) -> None:
    """As after a new password."""
    prepared(store, "one", "two", "three")
    with store.begin() as unit:
        unit.logouts.of_account(GRANT.account_id, 2, but="two")
    assert {"one", "three"} == {sid for _, sid, _ in payloads(store)}


def test_expired_grants_name_nobody(store: Store) -> None:
    """The session that they belong to is over by then."""
    prepared(store, "one")
    with store.begin() as unit:
        assert [] == list(unit.logouts.of_session("one", GRANT.account_id, 100))


def test_until_when_a_signed_token_is_believed(store: Store) -> None:
    """The latest that has not expired; opaque ones are dead at once."""
    prepared(store, "one")
    with store.begin() as unit:
        for until in (50, 60):
            unit.grants.signed("espaceone", until)
    found = []
    for now in (2, 60):
        with store.begin() as unit:
            found.append({party.client.client_id: party.until for party in unit.logouts.of_session("one", "x", now)})
    assert [{"deaf": 0, "espace": 60, "second": 0}, {"deaf": 0, "espace": 0, "second": 0}] == found


def test_a_leased_task_is_the_caller_s_first(store: Store) -> None:
    """Not due before its lease is over; how far it got can be asked by its id."""
    prepared(store, "one")
    with store.begin() as unit:
        (_, party, _) = unit.logouts.of_session("one", GRANT.account_id, 10, lease=30)
        assert [] == list(unit.outbox.due(39, 100, kinds={LOGOUT}))
        assert {party.task_id: "waiting"} == unit.outbox.states([party.task_id])
        unit.outbox.failed(party.task_id, "status_503", not_before=40)
        assert {party.task_id: "failing"} == unit.outbox.states([party.task_id])
        unit.outbox.done(party.task_id, 40)
        assert {party.task_id: "done"} == unit.outbox.states([party.task_id, "unknown"])
