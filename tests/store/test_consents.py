"""Consents, on both databases."""

from dataclasses import replace
from threading import Thread

from idp.store.consents import Consent
from idp.store.db import Store
from tests.support.records import with_account

CONSENT = Consent("account", "espace", frozenset({"openid", "email"}), 1000, {"userinfo": {}})


def test_a_consent_is_in_force_until_it_is_withdrawn(store: Store) -> None:
    """Withdrawn, it is no longer returned; given again, it is."""
    with_account(store)
    with store.begin() as unit:
        assert unit.consents.get("account", "espace") is None
        unit.consents.put(CONSENT)
        assert unit.consents.get("account", "espace") == CONSENT
        assert unit.consents.list("account") == [CONSENT]
        assert [unit.consents.withdraw("account", "espace", 1100) for _ in range(2)] == [True, False]
        assert unit.consents.get("account", "espace") is None
        again = replace(CONSENT, scope=frozenset({"openid"}), granted_at=1200)
        unit.consents.put(again)
        assert unit.consents.list("account") == [again]


def test_a_withdrawal_waits_for_who_issues_under_the_consent(store: Store) -> None:
    """Held until the unit ends, so that the withdrawal finds what was issued meanwhile."""
    with_account(store)
    with store.begin() as unit:
        unit.consents.put(CONSENT)

    def withdraw() -> None:
        with store.begin() as unit:
            assert unit.consents.withdraw("account", "espace", 1100)

    other = Thread(target=withdraw)
    with store.begin() as unit:
        assert CONSENT == unit.consents.hold("account", "espace")
        other.start()
        other.join(0.3)
        assert other.is_alive()
    other.join(30)
    with store.begin() as unit:
        assert unit.consents.hold("account", "espace") is None
