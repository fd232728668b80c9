"""Sizes of tables, measured and kept, on both databases."""

from idp.store.audit import AuditEvent
from idp.store.db import Store
from idp.store.table_sizes import SizeSample


def test_measured(store: Store) -> None:
    """Every table has a size, with its indexes; one that is written to grows."""
    with store.reading() as unit:
        before = unit.table_sizes.measure()
    with store.begin() as unit:
        for number in range(500):
            unit.audit.add(AuditEvent(time=number, event="sign_in", details={"x": "y" * 200}))
    with store.reading() as unit:
        after = unit.table_sizes.measure()
    assert {"audit", "accounts", "size_samples", "outbox"} <= before.keys()
    assert after["audit"] > before["audit"] >= 0
    assert all(size >= 0 for size in after.values())


def test_kept(store: Store) -> None:
    """A day is kept once; the first and the last day of a time are found, old days go."""
    with store.begin() as unit:
        assert unit.table_sizes.days(0) is None
        for day in (10, 20, 30):
            unit.table_sizes.keep(day, {"audit": day * 100, "keys": 1})
        unit.table_sizes.keep(30, {"audit": 1})
    with store.begin() as unit:
        sizes = unit.table_sizes
        assert ((20, 30), (10, 30)) == (sizes.days(11), sizes.days(0))
        assert [SizeSample(30, "audit", 3000), SizeSample(30, "keys", 1)] == list(sizes.on([30]))
        assert (True, False) == (sizes.sampled(20), sizes.sampled(21))
        assert 2 == sizes.purge(20)
        assert (20, 30) == sizes.days(0)
