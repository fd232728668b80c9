"""The change of a password when two things happen at once, or something is missing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.members.own_password import Outcome
from idp.store.accounts import Account
from tests.support.activation import NEW
from tests.support.cast import MEMBER, PASSWORD
from tests.support.provider import Provider, copied_provider, running
from tests.support.records import SIGN_IN
from tests.support.threads import at_once


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider on SQLite."""
    with running(copied_provider(tmp_path)) as opened:
        yield opened


def signed_in(provider: Provider, account: Account, number: int = 1) -> str:
    """Record a session of the member, and return its handle."""
    sign_in = replace(SIGN_IN, id=f"{number}", account_id=account.id, handle=f"handle-{number}")
    with provider.application.store.begin() as unit:
        unit.sign_ins.add(sign_in)
    return sign_in.handle


def change(provider: Provider, account: Account, handle: str, chosen: str = NEW) -> Outcome:
    """Change the password in a session."""
    names = {"sid": SIGN_IN.sid, "handle": handle, "new_handle": f"{handle}-new"}
    password = provider.application.own_account.password
    return password.change(account.id, account.epoch, PASSWORD, chosen, "192.0.2.1", **names)


def test_of_two_changes_at_once_one_counts(provider: Provider) -> None:
    """The second finds its session gone: nobody is left with a password that somebody else has just replaced."""
    account = provider.application.dossiers.upsert(MEMBER, None)
    handles = [signed_in(provider, account, number) for number in range(2)]

    def choose(number: int) -> str | None:
        return change(provider, account, handles[number], f"{NEW}-{number}").refusal

    refusals = at_once(2, choose)
    assert 1 == refusals.count(None)
    with provider.application.store.reading() as unit:
        stored = unit.accounts.by_id(account.id)
    assert stored is not None
    assert account.epoch + 1 == stored.epoch


def test_a_session_of_before_changes_nothing(provider: Provider) -> None:
    """Nor does one of an account that was closed meanwhile."""
    account = provider.application.dossiers.upsert(MEMBER, None)
    handle = signed_in(provider, account)
    assert "gone" == change(provider, replace(account, epoch=account.epoch - 1), handle).refusal
    assert "gone" == change(provider, replace(account, id="nobody"), handle).refusal
    assert "gone" == change(provider, account, "nobody's").refusal
    closed = provider.application.dossiers.upsert(replace(MEMBER, status="closed"), None)
    assert "gone" == change(provider, closed, handle).refusal


def test_a_member_without_an_address_is_not_written_to(provider: Provider) -> None:
    """The change is made all the same."""
    account = provider.application.dossiers.upsert(replace(MEMBER, email=None), None)
    done = change(provider, account, signed_in(provider, account))
    assert (None, account.epoch + 1) == (done.refusal, done.epoch)
    with provider.application.store.reading() as unit:
        assert 0 == unit.outbox.waiting()
