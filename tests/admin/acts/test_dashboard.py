"""The dashboard's act, over a real provider."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from idp.admin.actor import Actor, ForbiddenError
from idp.admin.acts.dashboard import DAYS, HOURS, DashboardActs
from idp.admin.roles import Role
from idp.store.statistics import HOUR
from tests.support.cast import MEMBER
from tests.support.provider import Provider, copied_provider, running
from tests.support.records import SIGN_IN
from tests.support.relying_party import RelyingParty

ACTOR = Actor("a-1", frozenset({Role.AUDITOR}), "console")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(copied_provider(tmp_path)) as made:
        yield made


@pytest.fixture
def acts(provider: Provider) -> DashboardActs:
    """What may be seen of it."""
    return provider.application.acts.dashboard


def test_a_sign_in_and_a_failure(provider: Provider, acts: DashboardActs) -> None:
    """A sign-in is in the present hour and day by its method; one that failed is among the failures; a mail waits."""
    espace, browser = RelyingParty(provider), provider.browser()
    espace.sign_in(browser)
    stranger = provider.browser()
    stranger.sign_in(stranger.get(espace.authorize_url()), password="wrong-wrong-wrong")
    found = acts.read(ACTOR)
    assert ({"password": 1}, {"password": 1}) == (found.hours[-1].counts, found.days[-1].counts)
    assert (HOURS, DAYS, ["password"]) == (len(found.hours), len(found.days), list(found.methods))
    assert {"wrong_password": 1} == found.failures
    assert (provider.clock(), 0, None) == (found.at, found.letters_waiting, found.sizes)


def test_hours_become_days_of_paris(provider: Provider, acts: DashboardActs) -> None:
    """The day before in Paris ends at its midnight, which is not that of UTC; older days are left out."""
    here = datetime.fromtimestamp(provider.clock(), ZoneInfo("Europe/Paris"))
    midnight = int(here.replace(hour=0, minute=0, second=0).timestamp())
    times = [midnight, midnight - 1, midnight - 25 * HOUR, midnight - DAYS * 25 * HOUR]
    with provider.application.store.begin() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
        assert account is not None
        for number, at in enumerate(times):
            one = replace(SIGN_IN, id=f"i{number}", handle=f"h{number}", account_id=account.id, started_at=at)
            unit.sign_ins.add(one)
    found = acts.read(ACTOR)
    assert [1, 1, 1] == [day.total for day in found.days[-3:]][::-1]
    assert (3, midnight) == (sum(day.total for day in found.days), found.days[-1].begins)
    assert all(one.begins % HOUR == 0 for one in found.hours)


def test_sizes_once_measured(provider: Provider, acts: DashboardActs) -> None:
    """What the housekeeping measured is there, with the room that the settings or the disk say."""
    assert provider.application.size_samples.sample()
    sizes = acts.read(ACTOR).sizes
    assert sizes is not None
    assert {"audit", "accounts"} <= {one.name for one in sizes.tables}
    assert (None, True) == (sizes.growth, (sizes.capacity or 0) > sizes.bytes)


def test_who_may_look(acts: DashboardActs) -> None:
    """Auditors, and nobody else."""
    for role in set(Role) - {Role.AUDITOR}:
        with pytest.raises(ForbiddenError):
            acts.read(Actor("a", frozenset({role}), "console"))
