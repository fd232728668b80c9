"""The change of a password when two things happen at once, or something is missing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.activation import NEW
from tests.support.cast import MEMBER, PASSWORD
from tests.support.provider import Provider, copied_provider, running
from tests.support.threads import at_once


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider on SQLite."""
    with running(copied_provider(tmp_path)) as opened:
        yield opened


def test_of_two_changes_at_once_one_counts(provider: Provider) -> None:
    """The second finds its session gone: nobody is left with a password that somebody else has just replaced."""
    account = provider.application.dossiers.upsert(MEMBER, None)
    change = provider.application.own_account.password.change

    def choose(number: int) -> str | None:
        return change(account.id, account.epoch, PASSWORD, f"{NEW}-{number}", "192.0.2.1").refusal

    refusals = at_once(2, choose)
    assert 1 == refusals.count(None)
    with provider.application.store.reading() as unit:
        stored = unit.accounts.by_id(account.id)
    assert stored is not None
    assert account.epoch + 1 == stored.epoch


def test_a_session_of_before_changes_nothing(provider: Provider) -> None:
    """Nor does one of an account that was closed meanwhile."""
    change = provider.application.own_account.password.change
    account = provider.application.dossiers.upsert(MEMBER, None)
    assert "gone" == change(account.id, account.epoch - 1, PASSWORD, NEW, "192.0.2.1").refusal
    assert "gone" == change("nobody", 0, PASSWORD, NEW, "192.0.2.1").refusal
    closed = provider.application.dossiers.upsert(replace(MEMBER, status="closed"), None)
    assert "gone" == change(closed.id, closed.epoch, PASSWORD, NEW, "192.0.2.1").refusal


def test_a_member_without_an_address_is_not_written_to(provider: Provider) -> None:
    """The change is made all the same."""
    account = provider.application.dossiers.upsert(replace(MEMBER, email=None), None)
    done = provider.application.own_account.password.change(account.id, account.epoch, PASSWORD, NEW, "192.0.2.1")
    assert (None, account.epoch + 1) == (done.refusal, done.epoch)
    with provider.application.store.reading() as unit:
        assert 0 == unit.outbox.waiting()
