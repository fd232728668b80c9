"""« Mon accès » at the console: ways added and removed, never the last, new codes, each after a fresh sign-in."""

import pytest

from idp.admin.actor import FRESH_FOR
from idp.admin.roles import Role
from tests.support.activation import messages, text_of
from tests.support.administration import recorded
from tests.support.pages import Page
from tests.support.provider import Provider
from tests.support.second_factor import Application, shown_codes, shown_secret
from tests.support.staff import LOGIN, Desk, at_the_console

HERE = "/mon-acces"


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """An auditor at the console: a way in of their own is everybody's."""
    return at_the_console(provider, Role.AUDITOR)


def added(provider: Provider, desk: Desk, label: str = "Tablette <b>") -> Application:
    """Add an application on the page; return it."""
    page = desk.get(f"{HERE}/application")
    new = Application(provider, shown_secret(page))
    done = desk.browser.submit(page, {"code": new.code(), "label": label}, "confirm-application")
    assert done.url.endswith("?fait=ajoute"), done.text[:2000]
    return new


def test_added_named_and_removed(provider: Provider, desk: Desk) -> None:
    """A second application counts at the next sign-in; the last one has no button to remove it, and stays."""
    first = desk.get(HERE)
    assert 'id="factor-2"' not in first.text
    last = desk.browser.get(href(first, "factor-1"))
    assert ('id="last-warning"' in last.text, 'id="remove"' in last.text) == (True, False)
    forced = desk.browser.post(last.url, {"csrf": last.hidden()["csrf"], "do": "remove"})
    assert "fait=dernier" in forced.url
    new = added(provider, desk)
    listed = desk.get(HERE)
    assert "Tablette &lt;b&gt;" in listed.text
    other = desk.browser.get(href(listed, "factor-2"))
    renamed = desk.browser.post(other.url, {"csrf": other.hidden()["csrf"], "do": "rename", "label": "Tablette"})
    assert "fait=renomme" in renamed.url
    old = desk.browser.get(href(listed, "factor-1"))
    assert "fait=retire" in desk.browser.post(old.url, {"csrf": old.hidden()["csrf"], "do": "remove"}).url
    desk.who.application = new
    provider.clock.forward(60)
    desk.browser.submit(desk.get(), {}, "leave")
    assert desk.again(desk.get()).url.endswith("/administration")
    assert ["factor_added", "factor_added", "factor_removed"] == [
        one.event for one in recorded(provider) if one.event.startswith("factor_")
    ]


def test_each_change_is_told(provider: Provider, desk: Desk) -> None:
    """At the login, which is an address of the house: who has somebody else's session does not go unnoticed (N-100)."""
    before = len(messages(provider))
    added(provider, desk)
    factor = desk.browser.get(href(desk.get(HERE), "factor-2"))
    desk.browser.post(factor.url, {"csrf": factor.hidden()["csrf"], "do": "remove"})
    told = messages(provider)
    assert before + 2 == len(told)
    assert {LOGIN} == {one["To"] for one in told}
    assert all("de votre compte d’administration à la CARPIMKO" in text_of(one) for one in told)


def test_a_wrong_code_and_pages_that_are_over(desk: Desk) -> None:
    """Said beside the field; a ticket of nobody's, a factor of nobody's and a form from elsewhere do nothing."""
    page = desk.get(f"{HERE}/application")
    assert 'id="code-error"' in desk.browser.submit(page, {"code": "12"}, "confirm-application").text
    assert 'id="code-error"' in desk.browser.submit(page, {"code": "000000"}, "confirm-application").text
    assert "fait=passe" in desk.get(f"{HERE}/application/nothing").url
    assert "fait=passe" in desk.get(f"{HERE}/codes/nothing").url
    assert desk.get(f"{HERE}/moyen/nothing").url.endswith(HERE)
    for path in ("/cle", "/codes", "/moyen/x", page.url.rpartition(HERE)[2]):
        desk.browser.post(f"/administration{HERE}{path}", {"do": "remove", "code": "000000"})
    assert 'id="error-summary"' in desk.browser.post(f"/administration{HERE}/cle", {"credential": "{}"}).text
    refused = desk.browser.submit(desk.get(f"{HERE}/cle"), {"credential": "{}"}, "passkey-start")
    assert 'id="error-summary"' in refused.text
    assert 'id="factor-2"' not in desk.get(HERE).text


def test_new_codes(provider: Provider, desk: Desk) -> None:
    """Shown once; the old ones open nothing any more."""
    assert "10 codes" in desk.get(HERE).text
    old = desk.who.application.recovery[0]
    shown = desk.browser.submit(desk.get(f"{HERE}/codes"), {}, "renew")
    fresh = shown_codes(shown)
    assert (10, True) == (len(fresh), set(fresh).isdisjoint({old}))
    kept = desk.browser.submit(shown, {}, "codes-kept")
    assert "fait=codes" in kept.url
    assert "fait=passe" in desk.browser.get(shown.url).url
    assert 1 == len(recorded(provider, "recovery_codes_renewed"))


def test_only_after_a_fresh_sign_in(provider: Provider, desk: Desk) -> None:
    """The list is there; every change asks again who it is."""
    factor = href(desk.get(HERE), "factor-1")
    provider.clock.forward(FRESH_FOR + 1)
    assert 200 == desk.get(HERE).status
    here = f"/administration{HERE}"
    for path in (f"{here}/application", f"{here}/cle", f"{here}/codes", factor):
        assert "/administration/connexion/" in desk.browser.get(path).url
    assert "My access" in desk.get(f"{HERE}?lang=en").text


def href(page: Page, name: str) -> str:
    """Return where a link leads."""
    before = page.text[: page.text.index(f'id="{name}"')]
    return str(before[before.rindex('href="') + 6 :].partition('"')[0])
