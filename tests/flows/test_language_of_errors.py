"""The language switch of a form that was not right: what was typed and what was wrong stand there in the other one."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from idp.admin.roles import Role
from idp.web.retelling import SECRET
from tests.support.activation import ask
from tests.support.administration import administered
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, running
from tests.support.sources import ROOT
from tests.support.staff import CHOSEN, LOGIN, Desk, at_the_console, invited, joined, sends

PASSWORD = "/compte/mot-de-passe"
TYPED = "neither this nor that"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Marie at the console, with every role."""
    with running(administered(tmp_path)) as made:
        yield at_the_console(made, *Role)


def told(page: Page, name: str) -> str:
    """Return what stands beside a field, or above the form for `summary`."""
    place = r'id="error-summary-title">' if name == "summary" else rf'id="{name}-error">.*?<span>'
    (found,) = re.findall(place + "([^<]*)<", page.text, re.DOTALL)
    return unescape(found).strip()


def test_a_change_of_password_is_told_of_in_the_other_language(provider: Provider, browser: Browser) -> None:
    """Beside its fields, above them with what is left of a wait; no password is in the page, none is tried by it."""
    browser.sign_in(browser.get("/connexion"))
    typed = {"present": TYPED, "password": "kurz", "confirmation": "lang"}
    english = browser.switched(browser.submit(browser.get(PASSWORD), typed, "change-password"))
    assert "The two entries of the password differ." == told(english, "confirmation")
    whole = {"present": TYPED, "password": CHOSEN, "confirmation": CHOSEN}
    page = english
    for _ in range(3):
        page = browser.submit(page, whole, "change-password")
    assert TYPED not in page.text
    assert "This is not your present password." == told(page, "present")
    french = browser.switched(page)
    assert "Ce n’est pas votre mot de passe actuel." == told(french, "present")
    assert re.search(r'id="delay">\s*Pour protéger votre dossier, attendez \d+ seconde', french.text)
    provider.clock.forward(120)
    over = browser.switched(french)
    assert 'id="delay"' not in over.text
    changed = {"present": "carafe-soleil-marin-42", "password": CHOSEN, "confirmation": CHOSEN}
    assert 'id="error-summary"' not in browser.submit(over, changed, "change-password").text


def test_the_staffs_sign_in_too(provider: Provider, browser: Browser) -> None:
    """The login stays, the password comes nowhere, and no failure is counted by the switch."""
    who = joined(provider)
    page = sends(browser, browser.get("/administration"), LOGIN, TYPED)
    for _ in range(4):
        page = browser.switched(page)
        assert (False, f'value="{LOGIN}"' in page.text) == (TYPED in page.text, True)
    assert "L’identifiant ou le mot de passe est incorrect." == told(page, "summary")
    assert "incorrect" in told(browser.switched(page), "summary")
    assert who.signs_in(browser, page).url.endswith("/administration")


def test_no_words_but_ours_and_none_of_another_page(browser: Browser, provider: Provider) -> None:
    """What is slipped in stands nowhere; the page says that it was open too long."""
    joined(provider)
    page = sends(browser, browser.get("/administration"), LOGIN, TYPED)
    for forged in ({"told": '[{}, "Appelez le 0 899", 0]'}, {"seal": "x" * 43}, {"told": "{"}):
        shown = browser.switched(page, **forged)
        assert (False, 200) == ("0 899" in shown.text, shown.status)
        assert "open for too long" in told(shown, "summary")


def test_a_dossier_asked_for_and_an_invitation(provider: Provider, browser: Browser) -> None:
    """The other forms of the doors."""
    english = browser.switched(ask(browser, dossier="12"))
    assert 'id="dossier-error"' in english.text
    assert 'value="12"' in english.text
    first = browser.get(invited(provider, "paul@fund.example"))
    refused = browser.submit(first, {"password": TYPED, "confirmation": "x"}, "choose-password")
    switched = browser.switched(refused)
    assert told(switched, "confirmation") != told(refused, "confirmation")
    assert TYPED not in switched.text


def test_the_consoles_forms(desk: Desk) -> None:
    """Fields, lists, boxes and values in a sentence; nothing is registered by the switch, and the form goes on."""
    page = desk.get("/administrateurs/nouveau")
    fields = {"login": "paul", "name": "Paul « P. » M.", "roles": "clients"}
    page = desk.browser.switched(desk.browser.submit(page, fields, "create"))
    assert "e-mail address" in told(page, "login")
    assert 'value="Paul « P. » M."' in page.text
    assert re.search(r'value="clients" checked', page.text)
    typed = {
        "client_id": "mon-appli",
        "client_name": "Mon appli",
        "redirect_uris": "https://a.example/1\nhttp://a.example/2",
        "first_party": "",
        "scope": "openid",
        "reason": "Essai",
    }
    page = desk.browser.submit(desk.get("/nouvelle-application?type=web"), typed, "create-client")
    english = told(page, "redirect_uris")
    page = desk.browser.switched(page)
    assert (True, True) == (
        english.startswith("Value 2 (http://a.example/2): "),
        told(page, "redirect_uris").startswith("Valeur 2"),
    )
    assert "https://a.example/1\nhttp://a.example/2</textarea>" in page.text
    assert not re.search(r'id="first_party" value="on" checked', page.text)
    page = desk.browser.switched(page)
    assert english == told(page, "redirect_uris")
    typed["redirect_uris"] = "https://a.example/1"
    assert 'id="client-secret"' in desk.browser.submit(page, typed, "create-client").text


@pytest.mark.parametrize(
    ("path", "fields", "wrong"),
    [
        ("/dossiers", {"name": "d", "birthdate": "hier"}, ["name", "birthdate"]),
        ("/simulateur", {"claims": "[\n1]"}, ["claims"]),
        ("/cles/urgence", {"reason": "Vol"}, ["algorithms"]),
        ("/cles/renouveler", {"algorithm": "RS999"}, []),
        ("/configuration/appliquer", {"prune": "1"}, ["file"]),
        ("/fournisseurs/franceconnect/suspendre", {"fr": "En panne", "until": "demain"}, ["reason", "until"]),
        ("/applications/espace/supprimer", {"reason": ""}, ["reason"]),
        ("/mon-acces/cle", {"credential": "{}"}, []),
    ],
)
def test_every_kind_of_form_of_the_console(desk: Desk, path: str, fields: dict[str, str], wrong: list[str]) -> None:
    """What was wrong and what was typed stands there in both languages; nothing else is said of it."""
    empty = desk.get(path)
    refused = desk.browser.post(empty.url, {**empty.hidden(), **fields})
    english = desk.browser.switched(refused)
    again = desk.browser.switched(english)
    for page in (refused, english, again):
        assert wrong == re.findall(r'<li><a href="#([\w-]+)">', page.text)
        shown = [unescape(value) in unescape(page.text) for value in fields.values()]
        assert fields.keys() & SECRET or all(shown)
    assert told(refused, "summary") == told(again, "summary") != told(english, "summary")


def test_the_accounts_other_forms(provider: Provider, browser: Browser) -> None:
    """A link to another address, and how a password is to be sent."""
    browser.sign_in(browser.get("/connexion"))
    page = browser.submit(browser.get("/compte/adresse-e-mail/changer"), {"email": "a@b@c"}, "send-link")
    english = browser.switched(page)
    assert (True, True) == ('value="a@b@c"' in english.text, told(page, "email") != told(english, "email"))
    other = provider.browser()
    page = other.submit(ask(other), {"channel": "pigeon"}, "choose-delivery")
    assert told(page, "channel") != told(other.switched(page), "channel")


def test_what_is_secret_is_known_as_such() -> None:
    """Every field of a page that is a password or a code is one that the switch never holds."""
    tags = [
        tag
        for path in (ROOT / "templates").rglob("*.html")
        if path.parent.name != "emulator"
        for tag in re.findall(r"<input\b[^>]*>", path.read_text(encoding="utf-8"))
        if 'type="password"' in tag or "one-time-code" in tag
    ]
    names = {found[1] for tag in tags if (found := re.search(r'name="(\w+)"', tag))}
    assert len(names) > 3
    assert names <= SECRET
