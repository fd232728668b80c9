"""The ring: what it publishes, which key signs when, and how it follows the store."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from keys.algorithms import ALGORITHMS, PRIVATE_MEMBERS
from keys.errors import NoSigningKey, RingLoadError, SealBroken
from keys.purposes import Purpose
from keys.ring import KeyRing, SealedKey, generate
from keys.sealing import Sealer
from tests.support.tokens import NOW


class Store:
    """A store whose content and health the test decides; it counts its readers."""

    def __init__(self, *rows: SealedKey) -> None:
        self.rows: Sequence[SealedKey] = rows
        self.reads = 0
        self.broken = False

    def __call__(self) -> Sequence[SealedKey]:
        """Return the rows, or fail."""
        self.reads += 1
        if self.broken:
            raise ConnectionError("no database")
        return self.rows


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_jwks_holds_no_private_member(name: str, make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """For each algorithm of the table the JWKS shows the public members and nothing else."""
    ring = KeyRing(lambda: [make_row(name)], sealer, now=NOW)
    (jwk,) = json.loads(ring.public_jwks(NOW).body)["keys"]
    assert set() == PRIVATE_MEMBERS & set(jwk)
    shape = {
        "EC": {"kty", "crv", "x", "y"},
        "RSA": {"kty", "n", "e"},
        "OKP": {"kty", "crv", "x"},
    }[jwk["kty"]]
    assert shape | {"kid", "use", "alg"} == set(jwk)
    assert (name, ALGORITHMS[name].use) == (jwk["alg"], jwk["use"])


def test_private_numbers_are_nowhere_in_public_bytes_or_reprs(
    make_row: Callable[..., SealedKey], sealer: Sealer
) -> None:
    """The value of every private member is absent from the JWKS, the rows and the ring's repr."""
    for name in ("ES256", "RS256"):
        row = make_row(name)
        private = json.loads(sealer.unseal(row.sealed, row.context))
        ring = KeyRing(lambda row=row: [row], sealer, now=NOW)  # type: ignore[misc]  # early binding
        shown = ring.public_jwks(NOW).body.decode() + repr(row) + repr(ring.held())
        for member in PRIVATE_MEMBERS & private.keys():
            assert private[member] not in shown


def test_rsa_keys_are_3072_bits(ring: KeyRing) -> None:
    """RSA keys have the size of the key policy (N-137)."""
    sizes = {
        key.key.public_key.key_size  # type: ignore[union-attr]  # RSA keys only, by the filter
        for key in ring.held()
        if key.key.key_type == "RSA"
    }
    assert {3072} == sizes


def test_kid_is_the_thumbprint_and_stays(rows: tuple[SealedKey, ...], sealer: Sealer) -> None:
    """The name of a key follows from the key alone, so every node and every load agree on it."""
    one, two = (KeyRing(lambda: rows, sealer, now=NOW) for _ in range(2))
    assert [key.kid for key in one.held()] == [key.kid for key in two.held()]
    assert all(key.kid == key.key.thumbprint() for key in one.held())
    assert len(rows) == len({row.kid for row in rows})


def test_etag_and_bytes_are_stable_over_order_nodes_and_time(rows: tuple[SealedKey, ...], sealer: Sealer) -> None:
    """Two nodes with the same rows send the same bytes and tag, at any time without a change."""
    one = KeyRing(lambda: rows, sealer, now=NOW)
    two = KeyRing(lambda: rows[::-1], sealer, now=NOW)
    assert one.public_jwks(NOW) == two.public_jwks(NOW + 500)
    assert one.public_jwks(NOW) is one.public_jwks(NOW + 500)
    assert one.public_jwks(NOW).etag.startswith('"')


def test_jwks_changes_with_time_alone(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """A key appears when published and leaves when dropped, without a reload, and tags differ."""
    old, new = make_row(), make_row(generation=2, active_from=NOW + 5000)
    ring = KeyRing(lambda: [old, new], sealer, now=NOW)

    def kids(now: int) -> list[str]:
        return [jwk["kid"] for jwk in json.loads(ring.public_jwks(now).body)["keys"]]

    assert [old.kid] == kids(NOW + 3999)
    assert [old.kid, new.kid] == kids(NOW + 4000) == kids(NOW + 9999)
    assert [new.kid] == kids(NOW + 10_000)
    assert [old.kid, new.kid] == kids(NOW + 4000), "time may go back a little"
    assert 3 == len({ring.public_jwks(NOW + wait).etag for wait in (0, 4000, 10_000)})


def test_encryption_keys_are_public_only_while_in_force(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """Nobody is invited to encrypt to a key that is about to be destroyed."""
    old = make_row("ECDH-ES")
    new = make_row("ECDH-ES", generation=2, active_from=NOW + 5000)
    ring = KeyRing(lambda: [old, new], sealer, now=NOW)
    kids = [
        [jwk["kid"] for jwk in json.loads(ring.public_jwks(now).body)["keys"]] for now in (NOW, NOW + 4999, NOW + 5000)
    ]
    assert [[old.kid], [old.kid], [new.kid]] == kids
    with pytest.raises(NoSigningKey):
        ring.signing_key("ECDH-ES", NOW)


def test_signing_key_follows_time(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """The successor signs from its second on; the old key verifies until it is dropped."""
    old, new = make_row(), make_row(generation=2, active_from=NOW + 5000)
    ring = KeyRing(lambda: [new, old], sealer, now=NOW)
    assert old.kid == ring.signing_key("ES256", NOW + 4999).kid
    assert new.kid == ring.signing_key("ES256", NOW + 5000).kid
    assert ring.find(old.kid, NOW + 9999) is not None
    assert ring.find(old.kid, NOW + 10_000) is None
    assert ring.find(new.kid, NOW + 10**9) is not None, "the last key stays"
    assert ring.find("unknown", NOW) is None
    with pytest.raises(NoSigningKey):
        ring.signing_key("RS256", NOW)
    assert ("ES256",) == ring.signing_algorithms(NOW)
    assert () == ring.signing_algorithms(NOW - 1)


def test_store_is_read_every_so_often_only(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """Requests inside the interval cost no read; the first one after it costs one."""
    store = Store(make_row())
    ring = KeyRing(store, sealer, now=NOW)
    assert [False] * 30 == [ring.reload_if_older_than(NOW + second) for second in range(30)]
    assert 1 == store.reads
    store.rows = [*store.rows, make_row(generation=2, active_from=NOW + 5000)]
    assert [True, False] == [ring.reload_if_older_than(NOW + 30) for _ in range(2)]
    assert (2, 2) == (store.reads, len(ring.held()))


def test_clock_that_went_back_reloads(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """After the clock was set back the ring does not wait until it catches up."""
    store = Store(make_row())
    ring = KeyRing(store, sealer, now=NOW)
    ring.reload_if_older_than(NOW - 10_000)
    assert 2 == store.reads


def test_known_keys_are_not_parsed_again(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """A reload with changed times keeps the parsed key objects."""
    row = make_row()
    store = Store(row)
    ring = KeyRing(store, sealer, now=NOW)
    before = ring.signing_key("ES256", NOW)
    store.rows = [replace(row, retire_at=row.retire_at + 1)]
    assert ring.reload(NOW)
    after = ring.signing_key("ES256", NOW)
    assert before is not after
    assert before.key is after.key


@pytest.mark.parametrize("fault", ["raises", "empty", "broken seal"])
def test_failed_reload_keeps_the_ring(fault: str, make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """Whatever the store answers, the node goes on signing with the keys it has (N-136, V-36)."""
    row = make_row()
    store = Store(row)
    ring = KeyRing(store, sealer, now=NOW)
    if fault == "raises":
        store.broken = True
    elif fault == "empty":
        store.rows = []
    else:
        store.rows = [replace(make_row(generation=2), sealed=row.sealed)]
    assert not ring.reload_if_older_than(NOW + 30)
    assert row.kid == ring.signing_key("ES256", NOW + 30).kid
    assert not ring.reload_if_older_than(NOW + 59)
    assert 2 == store.reads, "a broken store is not asked by every request"


def test_first_load_fails_loudly(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """At start, no keys, a foreign KEK, or a row moved to another use stop the process."""
    with pytest.raises(RingLoadError):
        KeyRing(Store(), sealer, now=NOW)
    with pytest.raises(SealBroken):
        KeyRing(Store(make_row()), Sealer([b"z" * 32]), now=NOW)
    with pytest.raises(RingLoadError):
        KeyRing(Store(replace(make_row(), use="enc")), sealer, now=NOW)
    with pytest.raises(SealBroken):
        KeyRing(Store(replace(make_row("RS256"), algorithm="PS256")), sealer, now=NOW)


def test_sealed_rows_cannot_be_renamed(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """Someone who can write to the database cannot give one key the name of another."""
    with pytest.raises(SealBroken):
        KeyRing(Store(replace(make_row(), kid="other")), sealer, now=NOW)


def test_threads_see_whole_rings_only(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """While rings are swapped under load, every reader finds a key that signs and is published."""
    first, second = make_row(), make_row(generation=2, active_from=NOW)
    store = Store(first)
    ring = KeyRing(store, sealer, now=NOW)
    faults: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                key = ring.signing_key("ES256", NOW)
                assert key.header("at+jwt").endswith(b".")
                assert json.loads(ring.public_jwks(NOW).body)["keys"]
                ring.reload_if_older_than(NOW, 0)
        except Exception as fault:  # noqa: BLE001 - shown by the assertion in the main thread
            faults.append(fault)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for turn in range(100):
        store.rows = [first, second] if turn % 2 else [first]
        ring.reload(NOW)
    stop.set()
    for thread in threads:
        thread.join()
    assert [] == faults


def test_only_one_thread_asks_a_slow_store(make_row: Callable[..., SealedKey], sealer: Sealer) -> None:
    """While one thread waits for the store, the others go on with the ring they have."""
    row, entered, release = make_row(), threading.Event(), threading.Event()
    reads = []

    def load() -> Sequence[SealedKey]:
        reads.append(1)
        if len(reads) > 1:
            entered.set()
            release.wait(10)
        return [row]

    ring = KeyRing(load, sealer, now=NOW)
    waiting = threading.Thread(target=ring.reload_if_older_than, args=(NOW + 30,))
    waiting.start()
    assert entered.wait(10)
    assert not ring.reload_if_older_than(NOW + 90)
    assert row.kid == ring.signing_key("ES256", NOW).kid
    release.set()
    waiting.join()
    assert 2 == len(reads)


def test_header_is_encoded_once_per_type(ring: KeyRing) -> None:
    """The protected header is the same object at each signature: nothing is encoded twice."""
    key = ring.signing_key("ES256", NOW)
    assert key.header("at+jwt") is key.header("at+jwt")
    assert key.header("at+jwt") != key.header(None)


def test_unknown_algorithm_makes_no_key(sealer: Sealer) -> None:
    """There is no key for an algorithm outside the table, HMAC and none among them."""
    for name in ("HS256", "none", "ES256K", ""):
        with pytest.raises(ValueError, match="unknown algorithm"):
            generate(name, sealer)


def test_purposes_are_named_in_lower_case() -> None:
    """Purposes appear in logs by a stable name."""
    assert "id_token" == Purpose.ID_TOKEN.value
