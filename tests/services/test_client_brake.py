"""The brake on failed client authentication (N-033)."""

from pathlib import Path

from idp.services.client_brake import _REMEMBERED, ClientBrake
from idp.store.kv import SqlKeyValue
from idp.upstream_ports import KeyValueUnavailable
from tests.support.stores import Clock, sqlite_store

HERE = "192.0.2.1"


class Gone(SqlKeyValue):
    """A key-value store that does not answer."""

    def increment(self, key: str, ttl: int) -> int:
        """Fail."""
        raise KeyValueUnavailable(f"no answer for {key} of {ttl}")


def braked(folder: Path) -> tuple[ClientBrake, Clock]:
    """Return a brake on one caller, who failed three times, and its clock; the one check of this second is used."""
    clock = Clock()
    brake = ClientBrake(SqlKeyValue(sqlite_store(folder), clock), clock, failures=3)
    for _ in range(3):
        assert 0 == brake.wait("c", HERE, "guess")
        brake.failed("c", HERE)
    assert 0 == brake.wait("c", HERE, "guess")
    return brake, clock


def test_it_bites_after_the_limit_and_lets_go(tmp_path: Path) -> None:
    """Per client and address; a minute later all is forgotten."""
    brake, clock = braked(tmp_path)
    found = (brake.wait("c", HERE, "x"), brake.wait("c", "192.0.2.2", "x"), brake.wait("d", HERE, "x"))
    assert (60, 0, 0) == found
    clock.forward(60)
    assert [0, 0] == [brake.wait("c", HERE, "x") for _ in range(2)]


def test_guesses_of_a_braked_caller_are_one_a_second(tmp_path: Path) -> None:
    """Of whatever a braked caller sends, one call a second is checked."""
    brake, clock = braked(tmp_path)
    checked = []
    for _ in range(5):
        clock.forward(1)
        checked.append([brake.wait("c", HERE, f"guess {number}") == 0 for number in range(10)].count(True))
    assert [1] * 5 == checked


def test_a_secret_that_was_right_is_never_held_back(tmp_path: Path) -> None:
    """A neighbour behind the same address cannot lock a client out, nor can one client's secret free another."""
    brake, _ = braked(tmp_path)
    brake.succeeded("c", "right")
    brake.succeeded("c", None)
    found = [brake.wait("c", HERE, "right"), brake.wait("c", HERE, None), brake.wait("c", HERE, "x")]
    assert [0, 0, 60] == found
    for _ in range(3):
        brake.failed("d", HERE)
    assert [0, 60] == [brake.wait("d", HERE, "x"), brake.wait("d", HERE, "right")]


def test_nodes_count_together(tmp_path: Path) -> None:
    """The counters are shared; each node remembers who must wait once it sees the limit."""
    clock, store = Clock(), sqlite_store(tmp_path)
    first, second = (ClientBrake(SqlKeyValue(store, clock), clock, failures=3) for _ in range(2))
    for brake in (first, second, second):
        brake.failed("c", HERE)
    assert [True, False] == [second.wait("c", HERE, "x") == 0 for _ in range(2)]


def test_without_the_store_each_node_counts(tmp_path: Path) -> None:
    """R-12: a gone store is never a free pass."""
    clock = Clock()
    brake = ClientBrake(Gone(sqlite_store(tmp_path), clock), clock, failures=3)
    for _ in range(3):
        brake.failed("c", HERE)
    assert [True, False] == [brake.wait("c", HERE, "x") == 0 for _ in range(2)]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """V-85: many callers cost no more than some thousand entries."""
    clock = Clock()
    brake = ClientBrake(Gone(sqlite_store(tmp_path), clock), clock, failures=1)
    for number in range(_REMEMBERED + 100):
        brake.failed(f"c{number}", HERE)
        brake.wait(f"c{number}", HERE, "x")
        brake.succeeded(f"c{number}", "right")
    assert _REMEMBERED == len(brake._until)
    assert _REMEMBERED == len(brake._local)
    assert (_REMEMBERED, _REMEMBERED) == (len(brake._checked), len(brake._good))
