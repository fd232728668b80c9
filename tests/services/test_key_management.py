"""Keys are made once, rotated without a gap, and sealed again, on any number of nodes."""

import json
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from idp.admin.acts.keys import KeyActs
from idp.admin.four_eyes import FourEyes
from idp.commands.keys import keys as keys_group
from idp.services.audit import AuditLog
from idp.services.key_management import KeyManagement, KeysChangedError, KeyStore
from idp.services.key_readers import KeyReaders
from keys.errors import NoSigningKey, SealBroken
from keys.ring import KeyRing, NewKey, SealedKey, generate
from keys.rotation import DAY, RotationPolicy
from keys.sealing import Sealer
from tests.support.stores import sqlite_store

NOW = 1_700_000_000
OLD, NEW = b"o" * 32, b"n" * 32


@dataclass
class MemoryStore:
    """The store's promise in memory: unique generation, all or nothing, one writer at a time."""

    session = None
    rows: dict[str, SealedKey] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    open_units: int = 0

    @contextmanager
    def unit(self) -> Iterator[KeyStore]:
        """Open a unit of work."""
        with self.lock:
            before = dict(self.rows)
            self.open_units += 1
            try:
                yield self
            except BaseException:
                self.rows = before
                raise
            finally:
                self.open_units -= 1

    def all(self) -> Sequence[SealedKey]:
        """Return every row."""
        return tuple(self.rows.values())

    def insert(self, key: SealedKey) -> bool:
        """Add a row unless its generation exists."""
        taken = {(row.algorithm, row.generation) for row in self.rows.values()}
        if (key.algorithm, key.generation) in taken:
            return False
        self.rows[key.kid] = key
        return True

    def update_times(self, kid: str, *, active_from: int, retire_at: int, drop_at: int) -> bool:
        """Set the times of a row."""
        if kid not in self.rows:
            return False
        self.rows[kid] = replace(self.rows[kid], active_from=active_from, retire_at=retire_at, drop_at=drop_at)
        return True

    def replace_sealed(self, kid: str, old: bytes, new: bytes) -> bool:
        """Replace sealed bytes."""
        if kid not in self.rows or self.rows[kid].sealed != old:
            return False
        self.rows[kid] = replace(self.rows[kid], sealed=new)
        return True

    def delete(self, kid: str) -> bool:
        """Remove a row."""
        return self.rows.pop(kid, None) is not None


@dataclass
class Wall:
    """A clock that the test sets."""

    now: int = NOW

    def __call__(self) -> int:
        """Return the time."""
        return self.now


Make = Callable[..., KeyManagement]


@pytest.fixture
def store() -> MemoryStore:
    """An empty store."""
    return MemoryStore()


@pytest.fixture
def wall() -> Wall:
    """A clock at NOW."""
    return Wall()


@pytest.fixture
def make(store: MemoryStore, wall: Wall) -> Make:
    """Make a node: its own service over the shared store and clock."""

    def node(
        *keks: bytes,
        algorithms: Sequence[str] = ("ES256", "Ed25519"),
        unit: Callable[[], AbstractContextManager[KeyStore]] | None = None,
    ) -> KeyManagement:
        return KeyManagement(unit or store.unit, Sealer(keks or [OLD]), wall, RotationPolicy(), algorithms)

    return node


def test_first_start_makes_one_active_key_an_algorithm(store: MemoryStore, make: Make) -> None:
    """The first start makes a key for each algorithm, the second start none."""
    made = make().ensure_initial()
    assert [("create", "ES256", "first_key"), ("create", "Ed25519", "first_key")] == [
        (change.action, change.algorithm, change.reason) for change in made
    ]
    assert () == make().ensure_initial()
    assert 2 == len(store.rows)


def test_many_first_starts_make_one_set(store: MemoryStore, make: Make) -> None:
    """R-08: of eight nodes that all see an empty store, exactly one makes each key."""
    gate = threading.Barrier(8)

    def start(_: int) -> int:
        node = make()
        waited = False
        load = node.load

        def load_together() -> Sequence[SealedKey]:
            nonlocal waited
            rows = load()
            if not waited:
                waited = True
                gate.wait(10)
            return rows

        node.load = load_together  # type: ignore[method-assign]  # all must look before one writes
        return len(node.ensure_initial())

    with ThreadPoolExecutor(8) as pool:
        assert 2 == sum(pool.map(start, range(8)))
    assert [("ES256", 1), ("Ed25519", 1)] == sorted((row.algorithm, row.generation) for row in store.rows.values())


def test_key_pairs_are_made_outside_units_of_work(
    store: MemoryStore, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction stays open during the second that an RSA key may take."""
    open_at_making = []

    def watched(name: str, sealer: Sealer) -> NewKey:
        open_at_making.append(store.open_units)
        return generate(name, sealer)

    monkeypatch.setattr("idp.services.key_management.generate", watched)
    make().ensure_initial()
    assert [0, 0] == open_at_making


def test_rotation_publishes_before_use_and_keeps_the_old(store: MemoryStore, make: Make, wall: Wall) -> None:
    """N-138: the new key is in the JWKS at once, signs 15 minutes later, and the old one stays."""
    node = make()
    node.ensure_initial()
    ring = KeyRing(node.load, Sealer([OLD]), now=wall.now)
    old = ring.signing_key("ES256", NOW).kid
    changes = node.rotate("ES256")
    assert ["create", "retire"] == [change.action for change in changes]
    new = changes[0].kid
    assert ring.reload(NOW)
    published = {jwk["kid"] for jwk in json.loads(ring.public_jwks(NOW).body)["keys"]}
    assert {old, new} < published
    assert [old, new] == [ring.signing_key("ES256", NOW + wait).kid for wait in (899, 900)]
    assert ring.find(old, NOW + 900 + DAY) is not None
    assert () == node.rotate("ES256"), "a second wish changes nothing"
    wall.now = NOW + 900 + 14 * DAY
    assert [("drop", old)] == [(change.action, change.kid) for change in node.tick()]
    assert old not in store.rows


def test_two_rotations_at_once_make_one_key(store: MemoryStore, make: Make) -> None:
    """Of nodes that rotate at the same moment one makes the next generation."""
    make().ensure_initial()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: make().rotate("ES256"), range(6)))
    assert [1, 2] == sorted(row.generation for row in store.rows.values() if row.algorithm == "ES256")


def test_two_years_of_ticks(store: MemoryStore, make: Make, wall: Wall) -> None:
    """Daily ticks for two years: a key signs each day, at most three are held, and old ones go."""
    node = make(algorithms=("ES256",))
    node.ensure_initial()
    for _ in range(730):
        wall.now += DAY
        node.tick()
        assert 1 == [row.state for row in node.status()].count("active")
        assert len(store.rows) <= 3
    assert 9 == max(row.generation for row in store.rows.values())


def test_a_failed_unit_of_work_changes_nothing(store: MemoryStore, make: Make) -> None:
    """When the database goes away in mid rotation, the next attempt starts from a whole state."""
    make().ensure_initial()
    before, units = dict(store.rows), []

    @contextmanager
    def failing() -> Iterator[KeyStore]:
        with store.unit() as unit:
            units.append(1)
            yield unit
            if len(units) > 1:
                raise ConnectionError

    with pytest.raises(ConnectionError):
        make(unit=failing).rotate()
    assert before == store.rows


def test_rewrap_changes_the_seal_only(store: MemoryStore, make: Make) -> None:
    """After a re-wrap the old KEK is not needed any more, and keys and times are the same."""
    make(OLD).ensure_initial()
    jwks = KeyRing(store.all, Sealer([OLD]), now=NOW).public_jwks(NOW)
    assert [False, False] == [row.kek_current for row in make(NEW, OLD).status()]
    assert 2 == make(OLD).rewrap(Sealer([NEW, OLD]))
    assert 0 == make(NEW, OLD).rewrap()
    assert jwks == KeyRing(store.all, Sealer([NEW]), now=NOW).public_jwks(NOW)


def test_rewrap_without_the_old_kek_changes_nothing(store: MemoryStore, make: Make) -> None:
    """A KEK that is missing is an error before anything is written."""
    make(OLD).ensure_initial()
    before = dict(store.rows)
    with pytest.raises(SealBroken):
        make(NEW).rewrap()
    assert before == store.rows


def test_only_known_and_kept_algorithms(make: Make) -> None:
    """A wrong name is refused, whether in the settings or on the command line."""
    with pytest.raises(ValueError, match="unknown algorithm"):
        make(algorithms=("HS256",))
    with pytest.raises(ValueError, match="kept"):
        make().rotate("RS256")


def test_an_algorithm_taken_out_stops_signing_and_goes(store: MemoryStore, make: Make, wall: Wall) -> None:
    """Its key in force verifies past the longest token, then goes; the one published ahead of it goes at once."""
    both = make()
    both.ensure_initial()
    (created, *_) = both.rotate("Ed25519")
    wall.now += 60
    fewer = make(algorithms=("ES256",))
    ring = KeyRing(fewer.load, Sealer([OLD]), now=wall.now, kept=fewer.algorithms)
    (old,) = [row.kid for row in store.rows.values() if row.algorithm == "Ed25519" and row.kid != created.kid]
    assert [("retired", True)] * 2 == [(row.state, row.withdrawn) for row in fewer.status() if row.withdrawn]
    assert {("drop", created.kid, "withdrawn"), ("retire", old, "withdrawn")} == {
        (change.action, change.kid, change.reason) for change in fewer.tick()
    }
    assert () == fewer.tick()
    assert ring.reload(wall.now)
    with pytest.raises(NoSigningKey):
        ring.signing_key("Ed25519", wall.now)
    assert ("ES256",) == ring.signing_algorithms(wall.now)
    assert ring.find(old, wall.now + 14 * DAY - 1) is not None
    assert old in ring.public_jwks(wall.now).body.decode()
    wall.now += 14 * DAY
    assert (None, False) == (ring.find(old, wall.now), old in ring.public_jwks(wall.now).body.decode())
    assert [("drop", old)] == [(change.action, change.kid) for change in fewer.tick()]
    assert {"ES256"} == {row.algorithm for row in store.rows.values()}


def test_an_algorithm_that_comes_back_signs_again(store: MemoryStore, make: Make, wall: Wall) -> None:
    """Put back into the settings, its key signs again until a new one has been seen (N-138)."""
    make().ensure_initial()
    wall.now += DAY
    make(algorithms=("ES256",)).tick()
    wall.now += DAY
    both = make()
    both.tick()
    ring = KeyRing(store.all, Sealer([OLD]), now=wall.now, kept=both.algorithms)
    assert [1, 2] == [ring.signing_key("Ed25519", wall.now + wait).generation for wait in (899, 900)]


def test_replaced_at_once(store: MemoryStore, make: Make, wall: Wall) -> None:
    """Every key of an algorithm goes, and a new one signs in the same second; other algorithms keep theirs."""
    node = make()
    node.ensure_initial()
    node.rotate("ES256")
    old = {row.kid for row in store.rows.values() if row.algorithm == "ES256"}
    told: list[str] = []
    wall.now += 60
    changes = node.replace(old, lambda _store, done: told.extend(one.action for one in done))
    assert [("drop", "emergency")] * 2 + [("create", "emergency")] == [(one.action, one.reason) for one in changes]
    assert ["drop", "drop", "create"] == told
    (new,) = [row for row in store.rows.values() if row.algorithm == "ES256"]
    assert (3, wall.now, wall.now) == (new.generation, new.published_at, new.active_from)
    assert () == node.tick()


@pytest.mark.parametrize("kids", ["none", "some", "others"])
def test_only_the_keys_that_somebody_looked_at_are_replaced(store: MemoryStore, make: Make, kids: str) -> None:
    """Where the keys are not those named, nothing is done."""
    node = make()
    node.ensure_initial()
    looked = {row.kid for row in store.rows.values() if row.algorithm == "ES256"}
    node.rotate("ES256")
    before = dict(store.rows)
    with pytest.raises(KeysChangedError):
        node.replace({"none": set[str](), "some": looked, "others": {*looked, "x"}}[kids])
    assert before == store.rows


def run(node: KeyManagement, *arguments: str) -> str:
    """Run ``idp keys`` with a node behind it, before anybody called, and return what it prints."""

    @dataclass
    class Acts:
        keys: KeyActs

    @dataclass
    class Context:
        key_management: KeyManagement
        acts: Acts

        def rewrap_others(self) -> int:
            return 2

        def record(self, event: str, by: str, **facts: Any) -> None:
            trail(event, actor=by, **facts)

    with tempfile.TemporaryDirectory() as folder:
        empty = sqlite_store(Path(folder))
        readers, trail = KeyReaders(empty, lambda: NOW), AuditLog(empty, lambda: NOW)
        eyes = FourEyes(empty, Sealer([OLD]), trail, lambda: NOW, acts=(), lifetime=600)
        acts = KeyActs(empty, eyes, node, readers, trail, lambda: NOW)
        context = Context(node, Acts(acts))
        result = CliRunner().invoke(keys_group, arguments, obj=context)
        empty.engine.dispose()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_commands_for_a_newcomer(store: MemoryStore, make: Make, wall: Wall) -> None:
    """Status and re-wrap say what is and what was done, and never show a private key."""
    node = make()
    assert "No keys yet" in run(node, "status")
    node.ensure_initial()
    assert 2 == run(node, "status").count(" active ")
    node.rotate("ES256")
    told = json.loads(run(node, "status", "--json"))
    rows = told["keys"]
    assert [] == told["readers"]
    assert ["active", "next", "active"] == [row["state"] for row in rows]
    assert all("sealed" not in row and "d" not in row for row in rows)
    wall.now += 200 * DAY
    assert "active, overdue" in run(node, "status")
    assert "idp keys rewrap" in run(make(NEW, OLD), "status")
    assert "Sealed again: 3 of 3 keys, and 2 other secrets." in run(make(NEW, OLD), "rewrap")
    assert "Error: sealed under" in run(make(OLD), "rewrap")
    assert 3 == len(store.rows)


def test_every_command_has_help() -> None:
    """Each command explains itself in more than its name."""
    for name in ("status", "rotate", "rewrap"):
        command = keys_group.commands[name]
        assert isinstance(command, click.Command)
        assert len(command.help or "") > 80
