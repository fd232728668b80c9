"""Security events, on both databases."""

from idp.store.audit import AuditEvent
from idp.store.db import Store


def test_events_are_read_newest_first(store: Store) -> None:
    """An account's history is in order."""
    events = [AuditEvent(time=time, event="sign_in", account_id="account", details={"n": time}) for time in (1, 2, 3)]
    with store.begin() as unit:
        for event in events:
            unit.audit.add(event)
        assert unit.audit.of_account("account") == events[::-1]


def test_the_last_time_that_something_went_well(store: Store) -> None:
    """Failures, other events and other accounts do not count; never is 0."""
    with store.begin() as unit:
        for time, outcome, account_id in ((1, "ok", "a"), (2, "ok", "a"), (3, "refused", "a"), (4, "ok", "b")):
            unit.audit.add(AuditEvent(time=time, event="e", outcome=outcome, account_id=account_id))
        assert [2, 4, 0] == [unit.audit.last(account_id, "e") for account_id in "abc"]
        assert 0 == unit.audit.last("a", "other")
