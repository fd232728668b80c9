"""Letters by an administrator: what waits, the run, the file; on record, and never twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from idp.admin.actor import Actor, ForbiddenError, StaleSignInError
from idp.admin.acts.letters import LetterActs
from idp.admin.acts.refusals import ConflictError, UnknownError
from idp.admin.roles import Role
from idp.members.letter_files import PrintFolder
from tests.support.administration import administered, recorded
from tests.support.letters import ask, secret_of
from tests.support.provider import Provider, running

DESK = Actor("a-1", frozenset({Role.MEMBERS}), "api", network="192.0.2.1", reference="r-9")
AUDITOR = Actor("a-2", frozenset({Role.AUDITOR}), "console")
BATCH = "2023-11-14-01"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider whose letters go into a folder of the test's own; three wait, one of them without an address."""
    with running(administered(tmp_path)) as made:
        for number in (1, 2):
            ask(made.application.store, made.application.sealer, number, made.clock())
        ask(made.application.store, made.application.sealer, 3, made.clock(), address=None)
        yield made


def acts(provider: Provider) -> LetterActs:
    """Return what may be done with its letters."""
    return provider.application.acts.desk.letters


def text_of(content: bytes, folder: Path) -> str:
    """Return what a print file says."""
    path = folder / "taken.pdf"
    path.write_bytes(content)
    return "".join(page.extract_text() for page in PdfReader(path).pages)


def test_from_the_queue_to_the_file(provider: Provider, tmp_path: Path) -> None:
    """What a run would do is what it does; the file is read as often as it is needed, each time on record."""
    before = acts(provider).status(AUDITOR)
    assert (3, 2, {"no_address": ("1000003",)}) == (before.queue.waiting, before.outlook.ready, before.outlook.held)
    run = acts(provider).print(DESK)
    assert ([2], {"no_address": ("1000003",)}) == ([one.sheets for one in run.files], run.held)
    after = acts(provider).status(AUDITOR)
    assert (1, 0, frozenset({BATCH})) == (after.queue.waiting, after.outlook.ready, after.here)
    files = [acts(provider).file(DESK, BATCH) for _ in range(2)]
    assert files[0] == files[1]
    assert secret_of(1)[:4] in text_of(files[0].content, tmp_path)
    assert secret_of(1) not in repr(files[0]) + str(recorded(provider))
    events = [one.event for one in recorded(provider) if one.event.startswith("letters_")]
    assert ["letters_printed", "letters_run", "letters_taken", "letters_taken"] == events
    (printed,) = recorded(provider, "letters_printed")
    assert ("a-1", "api", BATCH, "r-9") == (
        printed.details["actor"],
        printed.details["door"],
        printed.details["batch"],
        printed.reference,
    )


def test_nothing_is_printed_twice(provider: Provider) -> None:
    """A second run finds nothing ready, and says so; the batches stay one."""
    acts(provider).print(DESK)
    assert () == acts(provider).print(DESK).files
    assert [BATCH] == [one.batch for one in acts(provider).batches(AUDITOR).batches]


def test_what_is_not_worth_printing_is_foretold(provider: Provider) -> None:
    """A letter that expires before it could arrive is counted as it will be wiped."""
    provider.clock.forward(19 * 86400)
    outlook = acts(provider).status(DESK).outlook
    assert (0, {"too_late": 3}) == (outlook.ready, dict(outlook.over))
    assert {"too_late": 3} == acts(provider).print(DESK).wiped


def test_batches_in_pages(provider: Provider) -> None:
    """The latest name first; a page goes on below the one before."""
    application = provider.application
    for number in range(4, 7):
        acts(provider).print(DESK)
        ask(application.store, application.sealer, number, provider.clock())
    acts(provider).print(DESK)
    first = acts(provider).batches(AUDITOR, limit=3)
    rest = acts(provider).batches(AUDITOR, below=first.earlier, limit=3)
    names = [one.batch for one in (*first.batches, *rest.batches)]
    assert (4, sorted(names, reverse=True), "") == (len(set(names)), names, rest.earlier)


def test_another_run_is_at_work(provider: Provider, tmp_path: Path) -> None:
    """It is said, and nothing is marked."""
    with PrintFolder(tmp_path / "letters").alone(), pytest.raises(ConflictError) as refusal:
        acts(provider).print(DESK)
    assert "elsewhere" == refusal.value.code
    assert 3 == acts(provider).status(DESK).queue.waiting


def test_a_file_that_is_not_there_or_not_whole(provider: Provider, tmp_path: Path) -> None:
    """No batch, no path, a file that was changed: nothing is handed over, and nothing is on record as taken."""
    acts(provider).print(DESK)
    for name in ("2023-11-14-02", "../letters/" + BATCH, f".{BATCH}", ""):
        with pytest.raises(UnknownError):
            acts(provider).file(DESK, name)
    with (tmp_path / "letters" / f"{BATCH}.pdf").open("ab") as file:
        file.write(b"%")
    with pytest.raises(ConflictError):
        acts(provider).file(DESK, BATCH)
    assert [] == recorded(provider, "letters_taken")


def test_who_may(provider: Provider) -> None:
    """An auditor sees how letters stand; the desk prints, and takes a file soon after a sign-in."""
    for actor in (AUDITOR, Actor("a-3", frozenset({Role.CLIENTS, Role.SECURITY}), "console")):
        for refused in (lambda one=actor: acts(provider).print(one), lambda one=actor: acts(provider).file(one, BATCH)):
            with pytest.raises(ForbiddenError):
                refused()
    with pytest.raises(StaleSignInError):
        acts(provider).file(Actor("a-1", DESK.roles, "console"), BATCH)
    assert 3 == acts(provider).status(AUDITOR).queue.waiting
