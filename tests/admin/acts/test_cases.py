"""The desk's acts, over a real provider."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from idp.admin.actor import Actor, ForbiddenError
from idp.admin.acts.cases import CaseActs
from idp.admin.acts.refusals import ConflictError, RefusedError, UnknownError
from idp.admin.roles import Role
from idp.store.accounts import ACCOUNTS
from tests.support.administration import FIRST, SECOND, administered, recorded, waiting
from tests.support.provider import Provider, running

ACTOR = Actor("a-1", frozenset({Role.MEMBERS}), "console", network="192.0.2.1", reference="r-9")
AUDITOR = Actor("a-2", frozenset({Role.AUDITOR}), "console")
FACTS = {"by": "a-1", "actor": "a-1", "door": "console"}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture
def acts(provider: Provider) -> CaseActs:
    """What may be done with its cases."""
    return provider.application.acts.cases


def test_listed_in_pages(provider: Provider, acts: CaseActs) -> None:
    """The oldest first; a page goes on behind the last case of the one before."""
    opened = []
    for number in range(3):
        opened.append(waiting(provider, f"sub-{number}"))
        provider.clock.forward(1)
    assert opened == [one.case.id for one in acts.list(ACTOR)]
    first = acts.list(ACTOR, limit=2)
    last = first[-1].case
    rest = acts.list(AUDITOR, after=(last.opened_at, last.id), limit=2)
    assert opened == [one.case.id for one in (*first, *rest)]
    assert {"franceconnect"} == {one.upstream for one in first}


def test_a_look_is_on_record(provider: Provider, acts: CaseActs) -> None:
    """Whoever sees both sides of a case is recorded, by id and door."""
    case = waiting(provider)
    opened = acts.show(AUDITOR, case)
    assert {FIRST, SECOND} == {one.compared.dossier for one in opened.file.dossiers}
    (seen,) = recorded(provider, "federation.case_seen")
    assert {"case": case, "actor": "a-2", "door": "console"} == seen.details


def test_what_tells_dossiers_apart(provider: Provider, acts: CaseActs) -> None:
    """Addresses are shown in part and compared whole; two dossiers that are alike in all differ in nothing."""
    case = waiting(provider)
    assert () == acts.show(ACTOR, case).differing
    with provider.application.store.begin() as unit:
        for number, street in ((FIRST, "1 rue A"), (SECOND, "2 rue B")):
            held = {"email": "A@mail.example" if number == FIRST else "a@mail.example"}
            address = {"street_address": street, "postal_code": "75007", "locality": "PARIS"}
            unit.session.execute(
                update(ACCOUNTS).where(ACCOUNTS.c.dossier == number).values(address=address, gender="female", **held)
            )
        unit.session.execute(update(ACCOUNTS).where(ACCOUNTS.c.dossier == SECOND).values(situation="ayant_droit"))
    opened = acts.show(ACTOR, case)
    assert ("situation", "post") == opened.differing
    assert {("a***@m*****.example", "75007 PARIS")} == {(one.email, one.post) for one in opened.reach.values()}


@pytest.mark.parametrize("by_account", [False, True])
def test_decided_and_taken_back(provider: Provider, acts: CaseActs, by_account: bool) -> None:
    """Each decision is one audit line with its actor; the dossier is named by number or by account."""
    case = waiting(provider)
    ids = {one.compared.dossier: one.compared.account_id for one in acts.show(ACTOR, case).file.dossiers}
    acts.link(ACTOR, case, ids[SECOND] if by_account else SECOND, "seen")
    acts.undo(ACTOR, case, "mistake")
    told = [one for one in recorded(provider, "federation.case") if one.outcome in {"linked", "undone"}]
    assert [("linked", ids[SECOND]), ("undone", ids[SECOND])] == [(one.outcome, one.account_id) for one in told]
    assert [(FACTS | {"case": case, "reason": why}, "192.0.2.1", "r-9") for why in ("seen", "mistake")] == [
        (one.details, one.network, one.reference) for one in told
    ]
    (decided,) = acts.list(ACTOR, decided=True)
    assert ("undone", "a-1", "mistake") == (decided.case.status, decided.case.decided_by, decided.case.note)


def test_a_link_that_ends_leaves_nothing_open(provider: Provider, acts: CaseActs) -> None:
    """Undone, or replaced by another person's: who came by it may be a stranger, and is signed out everywhere."""

    def epoch() -> int:
        with provider.application.store.reading() as unit:
            account = unit.accounts.by_dossier(SECOND)
        assert account is not None
        return account.epoch

    first, second = waiting(provider, "sub-1"), waiting(provider, "sub-2")
    before = epoch()
    acts.link(ACTOR, first, SECOND, "seen")
    assert before == epoch()
    acts.link(ACTOR, second, SECOND, "the other one")
    assert before + 1 == epoch()
    acts.undo(ACTOR, second, "mistake")
    assert before + 2 == epoch()
    acts.undo(ACTOR, first, "replaced long ago")
    assert before + 2 == epoch()


def test_refused_once(provider: Provider, acts: CaseActs) -> None:
    """Who decides second is told so, and nothing is recorded of it."""
    case = waiting(provider)
    acts.refuse(ACTOR, case, "nobody")
    before = len(recorded(provider))
    decisions: tuple[Callable[[], object], ...] = (
        lambda: acts.refuse(ACTOR, case, "again"),
        lambda: acts.link(ACTOR, case, FIRST, "after all"),
    )
    for decide in decisions:
        with pytest.raises(ConflictError):
            decide()
    assert before == len(recorded(provider))


@pytest.mark.parametrize("reason", ["", " \n", "x" * 2001])
def test_every_decision_has_a_reason(provider: Provider, acts: CaseActs, reason: str) -> None:
    """Without one nothing is done, whatever the decision."""
    case = waiting(provider)
    decisions: tuple[Callable[[], object], ...] = (
        lambda: acts.link(ACTOR, case, FIRST, reason),
        lambda: acts.refuse(ACTOR, case, reason),
        lambda: acts.undo(ACTOR, case, reason),
    )
    for decide in decisions:
        with pytest.raises(RefusedError) as refused:
            decide()
        assert "reason" == refused.value.member
    assert "open" == acts.show(ACTOR, case).file.case.status


def test_what_cannot_be_decided(provider: Provider, acts: CaseActs) -> None:
    """A case that is not there, a dossier of no case, a decision that was none."""
    case = waiting(provider)
    unknown: tuple[Callable[[], object], ...] = (
        lambda: acts.show(ACTOR, "x"),
        lambda: acts.link(ACTOR, "x", FIRST, "r"),
        lambda: acts.refuse(ACTOR, "x", "r"),
        lambda: acts.undo(ACTOR, "x", "r"),
    )
    for decide in unknown:
        with pytest.raises(UnknownError):
            decide()
    with pytest.raises(ConflictError):
        acts.link(ACTOR, case, "1234567", "r")
    with pytest.raises(ConflictError):
        acts.undo(ACTOR, case, "r")


def test_an_auditor_decides_nothing(provider: Provider, acts: CaseActs) -> None:
    """Looking is open to an auditor; deciding is not, and other roles do not even look."""
    case = waiting(provider)
    with pytest.raises(ForbiddenError):
        acts.refuse(AUDITOR, case, "r")
    with pytest.raises(ForbiddenError):
        acts.list(Actor("a-3", frozenset({Role.SECURITY, Role.CLIENTS}), "console"))
    assert "open" == acts.show(AUDITOR, case).file.case.status
