"""What counts, and where: each seam of the house adds to its figure."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from idp import config, outbound
from idp.measuring import Stored, own
from idp.members.passwords import Busy, Passwords
from idp.metrics import points
from idp.metrics.ledger import Counter, Histogram
from idp.protocol.errors import Unavailable
from idp.services.notifications import MAIL
from idp.store.kv_redis import RedisKeyValue
from idp.store.redis_servers import connect_redis
from idp.upstream_ports import KeyValueUnavailable
from tests.support.faults import broken_database
from tests.support.provider import copied_provider, running
from tests.support.raw_server import answer, raw_server

DAY = 86400


@contextmanager
def one_more(figure: Counter | Histogram, *labels: str) -> Iterator[None]:
    """Hold that exactly one more is counted under labels."""

    def count() -> float:
        cells: dict[tuple[object, ...], Any] = dict(figure.cells())
        cell = cells.get(labels, 0)
        return float(sum(cell[:-1]) if isinstance(cell, list) else cell)

    before = count()
    yield
    assert before + 1 == count()


def test_a_redis_that_does_not_answer_is_counted(free_port: int) -> None:
    """By the name of the fault, whatever kind of it the system saw."""
    kv = RedisKeyValue(connect_redis(f"redis://127.0.0.1:{free_port}", timeout=0.5))
    with one_more(points.REDIS_FAULTS, "ConnectionError"), pytest.raises(KeyValueUnavailable):
        kv.get("key")


def test_a_database_that_is_gone_is_counted(tmp_path: Path) -> None:
    """Apart from one that is only busy."""
    with running(copied_provider(tmp_path)) as provider:
        house = provider.application
        with (
            broken_database(house.engine),
            one_more(points.DATABASE_FAULTS, "unavailable"),
            pytest.raises(Unavailable),
            house.store.reading() as unit,
        ):
            unit.outbox.waiting()
        # Then monitoring is told nothing of the queues, rather than what they were.
        stored = Stored(house)
        with broken_database(house.engine):
            assert () == stored()


def test_passwords_that_find_no_turn_are_counted() -> None:
    """And while one is hashed it is seen running."""
    passwords = Passwords(config.Passwords(memory_kib=1024, passes=1, parallel_hashes=1, wait=0.01), threads=2)
    held, told = threading.Event(), threading.Event()

    def hold() -> None:
        with passwords._turn():
            told.set()
            held.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    told.wait()
    running_now = points.HASHES_RUNNING.value
    try:
        with one_more(points.HASHES_BUSY), pytest.raises(Busy):
            passwords.hash("secret")
    finally:
        held.set()
        thread.join()
    assert (running_now - 1, 0) == (points.HASHES_RUNNING.value, points.HASHES_WAITING.value)
    with one_more(points.HASH_TIME), one_more(points.HASH_WAIT):
        passwords.hash("secret")


def test_calls_that_leave_are_counted_by_whom_they_went_to(free_port: int) -> None:
    """With how they ended: an answer's class, too late, refused before it left, or nobody there."""
    adapter = outbound.BoundedAdapter(
        hosts=frozenset({"127.0.0.1"}), timeout=0.3, public_only=False, partner="somebody"
    )
    with raw_server(lambda _: answer(b"", status="503 Busy")) as server, one_more(points.OUTBOUND, "somebody", "5xx"):
        outbound.get(adapter, server.address, {})
    missed = pytest.raises(requests.RequestException)
    with raw_server(lambda _: (5.0,)) as server, one_more(points.OUTBOUND, "somebody", "late"), missed:
        outbound.get(adapter, server.address, {})
    with one_more(points.OUTBOUND, "somebody", "failed"), pytest.raises(requests.RequestException):
        outbound.get(adapter, f"http://127.0.0.1:{free_port}/", {})
    with one_more(points.OUTBOUND, "somebody", "refused"), pytest.raises(requests.RequestException):
        outbound.get(adapter, "http://example.org/", {})


def test_queues_and_keys_are_read_from_the_database(tmp_path: Path) -> None:
    """Kinds of work that there are none of are 0, so that an alert sees them come."""
    with running(copied_provider(tmp_path)) as provider:
        house, now = provider.application, provider.clock()
        with house.store.begin() as unit:
            for number in range(2):
                unit.outbox.add(MAIL, f"{number}", {}, task_id=f"{number}" * 32, now=now - number)
        provider.clock.forward(DAY)
        read = {(gauge.name, labels): value for gauge, labels, value in Stored(house)()}
    assert 2 == read["idp_outbox_waiting", (MAIL,)]
    assert DAY + 1 == read["idp_outbox_oldest_age_seconds", (MAIL,)]
    assert 0 == read["idp_outbox_waiting", ("logout",)] == read["idp_letters_waiting", ()]
    assert DAY == read["idp_signing_key_age_seconds", ("ES256",)]
    assert 89 * DAY == read["idp_signing_key_remaining_seconds", ("ES256",)]


def test_an_upstream_that_is_withheld_is_shown(tmp_path: Path) -> None:
    """1 while its breaker is open in a process of the node, and 0 before."""
    (tmp_path / "secret").write_text("s" * 64, "ascii")
    franceconnect = {
        "enabled": True,
        "environment": "emulator",
        "issuer": "http://127.0.0.1:9",
        "client_id": "carpimko",
        "client_secret_file": tmp_path / "secret",
    }
    with running(copied_provider(tmp_path / "house", franceconnect=franceconnect)) as provider:
        house = provider.application
        upstreams = house.edge.upstreams
        upstream: Any = upstreams["franceconnect"]
        shown = [{gauge.name: value for gauge, _, value in own(house, upstreams)}]
        for _ in range(20):
            upstream.breaker.failure()
        shown.append({gauge.name: value for gauge, _, value in own(house, upstreams)})
    assert [0, 1] == [one["idp_upstream_withheld"] for one in shown]
    assert shown[0]["idp_resident_memory_bytes"] > 10_000_000
    assert shown[0]["idp_database_connections_most"] >= 1
