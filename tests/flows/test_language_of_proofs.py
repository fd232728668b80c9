"""The language switch of the pages that prove a dossier: what was wrong stands there in the other language too."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.emulator.keys import SigningKeys
from tests.support.cast import PASSWORD
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.upstream_world import ANGELA_CLAIMS
from tests.support.with_franceconnect import through, with_franceconnect

NAMED = {"situation": "affilie", "dossier": "1234567"}
SECRETS = ("not the password", "00000000", "A" * 16)
SUMMARY = r'id="error-summary-title">\s*([^<]*)<'


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider whose FranceConnect is an emulator; one person there is almost one dossier's."""
    folder: Path = tmp_path_factory.mktemp("proofs")
    with with_franceconnect(folder, {"louise": ANGELA_CLAIMS}, SigningKeys()) as opened:
        yield opened


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """A browser."""
    return provider.browser()


@pytest.fixture
def proof(browser: Browser) -> Page:
    """The page on which its person proves a dossier."""
    page = through(browser, browser.get("/connexion"), "louise")
    assert "/federation/franceconnect/preuve" in page.url
    return page


def at(browser: Browser, proof: Page, place: str) -> Page:
    """Go to another way of proving."""
    return browser.get(proof.url.replace("/preuve", place))


def events(provider: Provider) -> int:
    """Return how many events are on record."""
    with provider.application.store.reading() as unit:
        return len(unit.audit_seals.events(0, 9999))


def wrong(page: Page) -> tuple[list[str], str]:
    """Return what a page says was wrong: the fields, and what stands above them."""
    (summary,) = re.findall(SUMMARY, page.text)
    return re.findall(r'<li><a href="#([\w-]+)">', page.text), summary.strip()


REFUSED = {
    "a wrong password": ("/preuve", NAMED | {"password": SECRETS[0]}, []),
    "no password": ("/preuve", NAMED | {"password": ""}, ["password"]),
    "no number": ("/preuve", NAMED | {"dossier": "12", "password": SECRETS[0]}, ["dossier"]),
    "no dossier": ("/code", {"action": "ask", "situation": "", "dossier": "12"}, ["situation-affilie", "dossier"]),
    "no code": ("/code", {"action": "answer", "code": "12"}, ["code"]),
    "a dead code": ("/code", {"action": "answer", "code": SECRETS[1]}, []),
    "no letter": ("/courrier", {"action": "ask", "situation": "affilie", "dossier": "12"}, ["dossier"]),
    "no code of a letter": ("/courrier", {"action": "answer", "code": "12"}, ["code"]),
    "another code of a letter": ("/courrier", {"action": "answer", "code": SECRETS[2]}, []),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_was_wrong_is_said_again(provider: Provider, browser: Browser, proof: Page, case: str) -> None:
    """The same errors, the number and the choice, nothing secret; and nothing is checked or kept by the switch."""
    place, fields, names = REFUSED[case]
    page = at(browser, proof, place)
    french = browser.post(page.url, {**page.hidden(), **fields})
    before = events(provider)
    english = browser.switched(french)
    again = browser.switched(english)
    for shown, language in ((french, "fr"), (english, "en"), (again, "fr")):
        assert (f'lang="{language}"' in shown.text, names) == (True, wrong(shown)[0])
        assert not [secret for secret in SECRETS if secret in shown.text]
        assert "dossier" not in fields or f'value="{fields["dossier"]}"' in shown.text
        assert (fields.get("situation") == "affilie") == bool(
            re.search(r'value="affilie" required checked', shown.text)
        )
    assert wrong(french) == wrong(again)
    assert wrong(french)[1] != wrong(english)[1]
    assert before == events(provider)


def test_a_code_that_is_waited_for(browser: Browser, proof: Page) -> None:
    """A wrong one is told of in both languages, beside the dossier that was named; the switch tries none."""
    page = browser.submit(at(browser, proof, "/code"), NAMED | {"action": "ask"}, "ask-code")
    refused = browser.submit(page, {"code": SECRETS[1], "action": "answer"}, "link")
    english = refused
    for _ in range(13):
        english = browser.switched(english, code=SECRETS[1], password=PASSWORD)
    assert (True, True) == ("This is not the right code" in wrong(english)[1], 'id="masked-email"' in english.text)
    assert SECRETS[1] not in english.text
    again = browser.submit(browser.switched(english), {"code": SECRETS[1], "action": "answer"}, "link")
    assert "n’est pas le bon code" in wrong(again)[1]


def test_a_right_password_slipped_in_links_nothing(provider: Provider, browser: Browser, proof: Page) -> None:
    """Nor do other words stand on the page, nor is an attempt counted; the form itself goes on."""
    page = browser.submit(proof, NAMED | {"password": SECRETS[0]}, "link")
    before = events(provider)
    for _ in range(12):
        page = browser.switched(page, password=PASSWORD, action="answer")
    for forged in ({"told": '[{}, "Appelez le 0 899 00", 0]'}, {"seal": "x" * 43}):
        shown = browser.switched(page, **forged)
        assert (200, False) == (shown.status, "0 899" in shown.text)
    assert before == events(provider)
    provider.clock.forward(60)
    assert "/federation/" not in browser.submit(page, NAMED | {"password": PASSWORD}, "link").url
