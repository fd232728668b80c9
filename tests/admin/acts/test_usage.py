"""Applications' use as administrators ask for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.actor import Actor, ForbiddenError
from idp.admin.acts.refusals import UnknownError
from idp.admin.acts.usage import Glance, UsageActs
from idp.admin.roles import Role
from idp.protocol.client_notes import Kind
from idp.services.client_notes import KEPT
from idp.store.client_days import DAY
from tests.support.provider import Provider, copied_provider, running
from tests.support.records import CLIENT
from tests.support.statements import counted

LOOKS = Actor("a-1", frozenset({Role.AUDITOR}), "console")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(copied_provider(tmp_path)) as made:
        yield made


@pytest.fixture
def acts(provider: Provider) -> UsageActs:
    """What may be asked of its applications' use."""
    return provider.application.acts.usage


def test_days_and_faults(provider: Provider, acts: UsageActs) -> None:
    """Steps are counted by day; refusals of one kind are one, the latest first; older days are left out."""
    note, clock = provider.application.client_notes, provider.clock
    began = clock()
    note("espace", Kind.ANSWERED)
    note("espace", Kind.REDIRECT_URI, "path", sent="https://x/a", registered="https://x/b")
    clock.forward(DAY)
    note("espace", Kind.ANSWERED)
    note("espace", Kind.REDIRECT_URI, "path", sent="https://x/c", registered="https://x/b")
    note("espace", Kind.TOKEN, "code is not valid")
    found = acts.show(LOOKS, "espace")
    assert (clock(), 2) == (found.last_used, found.total(Kind.ANSWERED))
    assert [({"answered": 1}, 2), ({"answered": 1}, 1)] == [(day.steps, day.refused) for day in found.days]
    uri, code = sorted(found.faults, key=lambda one: one.kind)
    assert ("redirect_uri", 2, "https://x/c") == (uri.kind, uri.count, uri.sent)
    assert (began, "code is not valid") == (uri.first_at, code.aspect)
    assert [1] == [len(acts.show(LOOKS, "espace", days=1).days)]


def test_at_a_glance(provider: Provider, acts: UsageActs) -> None:
    """Every application in one statement: its last use, and the refusals of seven days, however old the rest."""
    note, clock = provider.application.client_notes, provider.clock
    used = clock()
    note("espace", Kind.ANSWERED)
    note("espace", Kind.TOKEN, "old")
    clock.forward(7 * DAY)
    note("espace", Kind.TOKEN, "code is not valid")
    note("espace", Kind.REDIRECT_URI, "path")
    note("espace", Kind.REQUESTED)
    provider.application.client_notes.write()
    with counted(provider.application.store.engine) as statements:
        assert {"espace": Glance(used, 2), "other": Glance(None, 0)} == acts.glances(LOOKS, ["espace", "other"])
    assert 1 == len(statements)
    with pytest.raises(ForbiddenError):
        acts.glances(Actor("a", frozenset({Role.MEMBERS}), "console"), [])


def test_never_used_is_not_long_ago(provider: Provider, acts: UsageActs) -> None:
    """As long as all days since an application was created are kept, nothing noted means that it was never used."""
    store, clock = provider.application.store, provider.clock
    with store.begin() as unit:
        unit.clients.add(replace(CLIENT, client_id="fresh"), clock())
    provider.application.client_notes("fresh", Kind.TOKEN, "code is not valid")

    def said() -> tuple[Glance, bool]:
        return acts.glances(LOOKS, ["fresh"])["fresh"], acts.show(LOOKS, "fresh").never_used

    assert (Glance(None, 1, never_used=True), True) == said()
    clock.forward(KEPT)
    assert (Glance(None, 0), False) == said()
    provider.application.client_notes("fresh", Kind.ANSWERED)
    assert (Glance(clock(), 0), False) == said()


def test_who_may_look(acts: UsageActs) -> None:
    """Applications' own role and auditors may, others not; one that is not there is said."""
    assert () == tuple(acts.show(Actor("a", frozenset({Role.CLIENTS}), "api"), "espace").faults)
    with pytest.raises(ForbiddenError):
        acts.show(Actor("a", frozenset({Role.MEMBERS, Role.SECURITY}), "console"), "espace")
    with pytest.raises(UnknownError):
        acts.show(LOOKS, "nobody")
