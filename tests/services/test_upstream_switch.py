"""The switch of an upstream, on two nodes over one database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.services.audit import AuditLog
from idp.services.upstream_switch import FRESH, UpstreamSwitch
from idp.store.db import Store
from idp.store.tables import AuditRow
from idp.upstream import Outage
from tests.support.faults import broken_database
from tests.support.stores import Clock, sqlite_store

NAME = "franceconnect"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """The time of every node."""
    return Clock()


@pytest.fixture
def node(store: Store, clock: Clock) -> UpstreamSwitch:
    """Where the operator is."""
    return UpstreamSwitch(store, AuditLog(store, clock), clock)


@pytest.fixture
def other(store: Store, clock: Clock) -> UpstreamSwitch:
    """Another node, which has looked already."""
    made = UpstreamSwitch(store, AuditLog(store, clock), clock)
    assert made.paused(NAME) is None
    return made


def test_every_node_sees_it(node: UpstreamSwitch, other: UpstreamSwitch, clock: Clock) -> None:
    """The operator's node at once, another within seconds; so does the end of the pause."""
    node.pause(NAME, words={"fr": "Travaux."})
    expected = Outage(clock(), paused=True, words={"fr": "Travaux."})
    assert expected == node.paused(NAME)
    clock.forward(FRESH)
    assert expected == other.paused(NAME)
    assert other.paused("another") is None
    assert node.resume(NAME)
    assert not node.resume(NAME)
    clock.forward(FRESH)
    assert (None, None) == (node.paused(NAME), other.paused(NAME))


def test_a_pause_ends_by_itself(node: UpstreamSwitch, clock: Clock) -> None:
    """At its time, not a second later, whoever has read the row."""
    node.pause(NAME, until=clock() + 3)
    assert node.paused(NAME) is not None
    clock.forward(3)
    assert node.paused(NAME) is None


def test_a_database_that_is_down_switches_nothing(node: UpstreamSwitch, store: Store, clock: Clock) -> None:
    """What was read last stands, and no page fails for it."""
    node.pause(NAME)
    assert node.paused(NAME) is not None
    clock.forward(FRESH)
    with broken_database(store.engine):
        assert node.paused(NAME) is not None


def test_it_is_audited(node: UpstreamSwitch, store: Store, clock: Clock) -> None:
    """A pause and its end are security events, told with the change they are about."""
    node.pause(NAME, until=clock() + 60)
    node.resume(NAME)
    with store.reading() as unit:
        rows = unit.session.execute(select(AuditRow.event, AuditRow.details)).all()
    expected = [
        ("federation.pause", {"provider": NAME, "until": clock() + 60}),
        ("federation.resume", {"provider": NAME}),
    ]
    assert expected == [tuple(row) for row in rows]
