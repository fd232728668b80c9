"""Security events: row and log line."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.services.audit import AuditLog
from idp.store.audit import AuditEvent
from idp.store.db import Store
from tests.support.stores import sqlite_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = sqlite_store(tmp_path)
    yield made
    made.engine.dispose()


def _events(store: Store) -> list[AuditEvent]:
    with store.reading() as unit:
        return list(unit.audit.of_account("account"))


def test_an_event_is_kept_with_its_columns(store: Store) -> None:
    """Client, network and reference have columns, the rest is kept beside them."""
    audit = AuditLog(store, lambda: 7)
    audit("sign_in", account_id="account", client_id="c", network="n", reference="r", method="pwd", tries=2)
    expected = AuditEvent(
        time=7,
        event="sign_in",
        account_id="account",
        client_id="c",
        network="n",
        reference="r",
        details={"method": "pwd", "tries": 2},
    )
    assert [expected] == _events(store)


def test_an_event_shares_the_fate_of_its_unit(store: Store) -> None:
    """Rolled back with the change it tells of, or kept with it."""
    audit = AuditLog(store, lambda: 7)
    with store.begin() as unit:
        audit.within(unit, "undone", account_id="account")
        unit.session.rollback()
    with store.begin() as unit:
        audit.within(unit, "done", account_id="account")
    assert ["done"] == [event.event for event in _events(store)]


def test_what_the_staff_typed_is_on_record_alone(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A reason may name a person, which no log may (N-155); a code of our own stays in the line."""
    with caplog.at_level(logging.INFO, "idp.audit"):
        AuditLog(store, lambda: 7)("member_reset", account_id="account", actor="a-1", reason="Mme Dubois a perdu")
        AuditLog(store, lambda: 7)("sign_in", reason="delayed")
    assert ["Mme Dubois a perdu"] == [one.details["reason"] for one in _events(store)]
    assert ["member_reset ok account_id=account actor=a-1", "sign_in ok reason=delayed"] == [
        record.getMessage() for record in caplog.records
    ]


def test_a_value_cannot_split_a_log_line(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Line breaks and spaces in a value are escaped (N-132)."""
    with caplog.at_level(logging.INFO, "idp.audit"):
        AuditLog(store, lambda: 7)("x", network="n\nforged account_id=admin", note="é")
    (record,) = caplog.records
    assert record.getMessage() == "x ok network='n\\nforged account_id=admin' note=é"
