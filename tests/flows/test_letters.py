"""From the request to the sheet of paper, and from the paper into the account."""

import re
from pathlib import Path

from pypdf import PdfReader

from idp.members.letter_files import PrintFolder
from tests.support.activation import ask, choose, keep, member, work
from tests.support.cast import MEMBER
from tests.support.pages import Browser
from tests.support.provider import Provider


def printed(provider: Provider, folder: Path) -> list[str]:
    """Print what waits and return the text of each sheet."""
    work(provider)
    run = provider.application.letters.run(PrintFolder(folder))
    pages = [page for file in run.files for page in PdfReader(file.path).pages]
    return [" ".join(page.extract_text().split()) for page in pages]


def password_on(sheet: str) -> str:
    """Return the password as a member copies it from the sheet: with its spaces and dashes."""
    found = re.search(r"\w{4} - \w{4} - \w{4} - \w{4}", sheet)
    assert found is not None
    return found[0]


def test_the_letter_alone_leads_into_the_account(provider: Provider, browser: Browser, tmp_path: Path) -> None:
    """The page, the number and the password that stand on the sheet are all a member needs."""
    member(provider, "2234567", email=None)
    choose(browser, ask(browser, dossier="2234567"), "post")
    (sheet,) = printed(provider, tmp_path)
    page = re.search(r"https://id\.example\.org(\S*)", sheet)
    number = re.search(r"Numéro de dossier (\d+)", sheet)
    assert page is not None
    assert number is not None
    reader = provider.browser()
    form = reader.sign_in(reader.get(page[1] or "/"), number[1], password_on(sheet).lower())
    assert "Choisissez votre mot de passe personnel" in form.text
    keep(reader, form, email="marthe@example.net")


def test_of_two_letters_only_the_last_opens(provider: Provider, browser: Browser, tmp_path: Path) -> None:
    """A first letter that arrives late is dead paper (R-34)."""
    choose(browser, ask(browser), "post")
    (first,) = printed(provider, tmp_path)
    provider.clock.forward(4 * 86400)
    choose(browser, ask(browser), "post")
    (second,) = printed(provider, tmp_path)
    refused = browser.sign_in(browser.get("/connexion"), MEMBER.dossier, password_on(first))
    assert "incorrect" in refused.text
    provider.clock.forward(60)
    opened = provider.browser()
    form = opened.sign_in(opened.get("/connexion"), MEMBER.dossier, password_on(second))
    assert "Choisissez votre mot de passe personnel" in form.text
