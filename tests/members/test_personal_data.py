"""The copy of a member's data: whole, readable by people and by programs."""

import json

from idp.members.personal_data import FORMAT, LinkedIdentity, PersonalData
from idp.services.audit import AuditLog
from idp.store.db import Store
from tests.support.records import with_account
from tests.support.stores import Clock

LINK = LinkedIdentity("https://fc.example", "sub-of-angela", "auto", 1_700_000_000, evidence={"birth_name": "same"})


def test_times_are_written_out_and_never_is_nothing(store: Store) -> None:
    """Moments are ISO 8601 in UTC; a link in force has no end; the member's words keep their accents."""
    with_account(store)
    clock = Clock()
    data = PersonalData(store, lambda _account: [LINK], clock, AuditLog(store, clock))
    raw = data.copy("account", "192.0.2.1")
    copy = json.loads(raw)
    assert (FORMAT, "2023-11-14T22:13:20Z") == (copy["format"], copy["made_at"])
    (link,) = copy["linked_identities"]
    assert ("sub-of-angela", "2023-11-14T22:13:20Z", None) == (link["subject"], link["linked_at"], link["ended_at"])
    assert ["Angela", "Claire"] == copy["account"]["given_names"]
    assert copy["account"]["email_verified"] is False
    with store.reading() as unit:
        assert ["personal_data_copied"] == [event.event for event in unit.audit.of_account("account")]
    assert [] == copy["events"]


def test_an_account_that_is_gone_has_an_empty_copy(store: Store) -> None:
    """Nothing is invented."""
    clock = Clock()
    data = PersonalData(store, lambda _account: [], clock, AuditLog(store, clock))
    assert {} == json.loads(data.copy("nobody", "192.0.2.1"))["account"]
