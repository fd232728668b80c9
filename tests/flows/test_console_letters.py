"""The letters at the console: how they stand, the run, the file; in order, and by whom it may be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.admin.roles import Role
from idp.members.letter_files import PrintFolder
from tests.support.administration import administered, recorded
from tests.support.letters import ask, secret_of
from tests.support.pages import Page
from tests.support.provider import Provider, running
from tests.support.staff import Desk, at_the_console

HERE = "/courriers"
BATCH = "2023-11-14-01"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider with two letters that wait, and one that is held."""
    with running(administered(tmp_path)) as made:
        for number in (1, 2):
            ask(made.application.store, made.application.sealer, number, made.clock())
        ask(made.application.store, made.application.sealer, 3, made.clock(), address=None)
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, of the support desk."""
    return at_the_console(provider, Role.MEMBERS)


def counts(page: Page) -> tuple[bool, bool]:
    """Whether three letters wait and two of them are ready."""
    return 'id="waiting">3<' in page.text, 'id="ready">2<' in page.text


def test_printed_and_taken(provider: Provider, desk: Desk) -> None:
    """From the queue to the printer: the run, the batch, the file with its passwords, and nothing more to print."""
    page = desk.get(HERE)
    assert (True, True) == counts(page)
    assert "1000003" in page.text
    printed = desk.browser.submit(page, {}, "print")
    assert ('id="done"' in printed.text, f"/{BATCH}/fichier" in printed.text) == (True, True)
    form = desk.get(f"{HERE}/{BATCH}/fichier")
    file = desk.browser.submit(form, {}, "take")
    assert ("application/pdf", f'attachment; filename="{BATCH}.pdf"') == (
        file.headers["Content-Type"],
        file.headers["Content-Disposition"],
    )
    assert "no-store" in file.headers["Cache-Control"]
    assert file.text.startswith("%PDF")
    assert 1 == len(recorded(provider, "letters_taken"))
    again = desk.browser.submit(printed, {}, "print")
    assert "Aucun courrier n’était prêt" in again.text
    pages = printed.text + form.text + again.text
    assert [] == [one for one in map(secret_of, (1, 2, 3)) if one in pages]


def test_forms_without_their_token(provider: Provider, desk: Desk) -> None:
    """A form from elsewhere prints nothing and hands nothing over."""
    assert 'id="error-summary"' in desk.browser.post(f"/administration{HERE}/imprimer", {}).text
    provider.application.letters.run(PrintFolder(provider.application.settings.letters.directory))
    told = desk.browser.post(f"/administration{HERE}/{BATCH}/fichier", {})
    assert ('id="error-summary"' in told.text, "%PDF" in told.text) == (True, False)
    assert [] == recorded(provider, "letters_taken")


def test_another_run_is_at_work(provider: Provider, desk: Desk) -> None:
    """It is said in words, and the letters wait."""
    page = desk.get(HERE)
    with PrintFolder(provider.application.settings.letters.directory).alone():
        told = desk.browser.submit(page, {}, "print")
    assert "Une autre impression est en cours" in told.text
    assert (True, True) == counts(told)


def test_the_file_asks_for_a_fresh_sign_in(provider: Provider, desk: Desk) -> None:
    """Long after the sign-in the file's page asks again and comes back; a batch that is none is not found."""
    provider.application.letters.run(PrintFolder(provider.application.settings.letters.directory))
    provider.clock.forward(400)
    asked = desk.get(f"{HERE}/{BATCH}/fichier")
    assert desk.again(asked).url.endswith("/fichier")
    assert [404, 404] == [desk.get(f"{HERE}/{name}/fichier").status for name in ("none", "%00")]
    gone = desk.get(f"{HERE}/2023-11-14-09/fichier")
    assert 404 == desk.browser.submit(gone, {}, "take").status


def test_an_auditor_looks(provider: Provider) -> None:
    """How the letters stand and the batches, without a button; in English too."""
    provider.application.letters.run(PrintFolder(provider.application.settings.letters.directory))
    auditor = at_the_console(provider, Role.AUDITOR)
    page = auditor.get(f"{HERE}?lang=en")
    assert ("On this server" in page.text, 'id="print"' in page.text) == (True, False)
    assert [403, 403] == [auditor.get(f"{HERE}/{path}").status for path in ("imprimer", f"{BATCH}/fichier")]
