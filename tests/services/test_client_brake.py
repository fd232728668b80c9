"""The brake on failed client authentication (N-033)."""

from pathlib import Path

from idp.services.client_brake import _REMEMBERED, ClientBrake
from idp.store.kv import SqlKeyValue
from idp.upstream import KeyValueUnavailable
from tests.support.stores import Clock, sqlite_store


class Gone(SqlKeyValue):
    """A key-value store that does not answer."""

    def increment(self, key: str, ttl: int) -> int:
        """Fail."""
        raise KeyValueUnavailable(f"no answer for {key} of {ttl}")


def test_it_bites_after_the_limit_and_lets_go(tmp_path: Path) -> None:
    """Per client and address; a minute later all is forgotten."""
    clock = Clock()
    brake = ClientBrake(SqlKeyValue(sqlite_store(tmp_path), clock), clock, failures=3)
    for _ in range(3):
        assert 0 == brake.wait("c", "192.0.2.1")
        brake.failed("c", "192.0.2.1")
    assert (60, 0, 0) == (brake.wait("c", "192.0.2.1"), brake.wait("c", "192.0.2.2"), brake.wait("d", "192.0.2.1"))
    clock.forward(60)
    assert 0 == brake.wait("c", "192.0.2.1")


def test_nodes_count_together(tmp_path: Path) -> None:
    """The counters are shared; each node remembers who must wait once it sees the limit."""
    clock, store = Clock(), sqlite_store(tmp_path)
    first, second = (ClientBrake(SqlKeyValue(store, clock), clock, failures=3) for _ in range(2))
    for brake in (first, second, second):
        brake.failed("c", "192.0.2.1")
    assert second.wait("c", "192.0.2.1") > 0


def test_without_the_store_each_node_counts(tmp_path: Path) -> None:
    """R-12: a gone store is never a free pass."""
    clock = Clock()
    brake = ClientBrake(Gone(sqlite_store(tmp_path), clock), clock, failures=3)
    for _ in range(3):
        brake.failed("c", "192.0.2.1")
    assert brake.wait("c", "192.0.2.1") > 0


def test_memory_is_bounded(tmp_path: Path) -> None:
    """V-85: many callers cost no more than some thousand entries."""
    clock = Clock()
    brake = ClientBrake(Gone(sqlite_store(tmp_path), clock), clock, failures=1)
    for number in range(_REMEMBERED + 100):
        brake.failed(f"c{number}", "192.0.2.1")
    assert _REMEMBERED == len(brake._until)
    assert _REMEMBERED == len(brake._local)
