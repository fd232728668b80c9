"""Receipts of sign-outs."""

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from idp.services.receipts import LIFETIME, Line, Receipt, Receipts, Upstreams
from idp.store.db import Store
from tests.support.ports import MemoryKeyValue
from tests.support.stores import Clock, sqlite_store

RECEIPT = Receipt(1000, (Line("espace", "task", 0, False), Line("deaf", "", 1600, True)), asked_by="espace")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


def test_a_browser_finds_its_own_for_a_while(store: Store) -> None:
    """As it was kept; another browser finds nothing, and after ten minutes nobody does."""
    clock = Clock(1000)
    receipts = Receipts(store, MemoryKeyValue(Clock(0)), clock)
    receipts.keep("browser", RECEIPT)
    assert (RECEIPT, None) == (receipts.of("browser"), receipts.of("other"))
    clock.now += LIFETIME
    assert receipts.of("browser") is None


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"{}", b'{"lines": [[]]}', b'{"lines": [], "at": 1, "x": 1}'])
def test_what_is_none_of_ours_is_absent(store: Store, raw: bytes) -> None:
    """A damaged record shows nothing and breaks nothing (R-17)."""
    kv = MemoryKeyValue(Clock(0))
    kv.set(f"receipt:{sha256(b'browser').hexdigest()}", raw, 600)
    assert Receipts(store, kv, Clock(1000)).of("browser") is None


def test_coming_back_closes_the_upstream_and_nothing_else(store: Store) -> None:
    """Only a browser that was sent there can have come back."""
    receipts = Receipts(store, MemoryKeyValue(Clock(0)), Clock(1000))
    receipts.came_back("browser")
    turns: tuple[tuple[Upstreams, Upstreams], ...] = (("asked", "closed"), ("open", "open"), ("", ""))
    for before, after in turns:
        receipts.keep("browser", replace(RECEIPT, upstream_state=before))
        receipts.came_back("browser")
        found = receipts.of("browser")
        assert found is not None
        assert after == found.upstream_state


def test_what_troubles(store: Store) -> None:
    """Another application that has not confirmed, or an upstream left open; never who asked."""
    receipts = Receipts(store, MemoryKeyValue(Clock(0)), Clock(1000))
    with store.begin() as unit:
        unit.outbox.add("logout", "task", {}, task_id="task", now=1000, lease=30)
    assert {"espace": "waiting"} == receipts.states(RECEIPT)
    assert not receipts.troubled(RECEIPT)
    assert receipts.troubled(replace(RECEIPT, asked_by=""))
    assert receipts.troubled(replace(RECEIPT, upstream_state="open"))
    with store.begin() as unit:
        unit.outbox.done("task", 1001)
    assert not receipts.troubled(replace(RECEIPT, asked_by=""))


def test_a_receipt_names_nobody(store: Store) -> None:
    """Applications and times: no account, no session, no member."""
    kv = MemoryKeyValue(Clock(0))
    Receipts(store, kv, Clock(1000)).keep("browser", RECEIPT)
    raw = kv.get(f"receipt:{sha256(b'browser').hexdigest()}")
    assert raw is not None
    assert {"at", "lines", "only", "asked_by", "then", "upstream", "upstream_state"} == json.loads(raw).keys()
