"""Security events, on both databases."""

from idp.store.audit import AuditEvent
from idp.store.db import Store


def test_events_are_read_newest_first_and_purged_by_age(store: Store) -> None:
    """An account's history is in order, and what is too old goes."""
    events = [AuditEvent(time=time, event="sign_in", account_id="account", details={"n": time}) for time in (1, 2, 3)]
    with store.begin() as unit:
        for event in events:
            unit.audit.add(event)
        assert unit.audit.of_account("account") == events[::-1]
        assert unit.audit.purge(3) == 2
