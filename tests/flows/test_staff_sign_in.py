"""The staff come in by an invitation, and sign in by a door of their own, always with two factors."""

from dataclasses import replace

import pytest

from idp.admin.actor import operator
from idp.admin.acts.admins import INVITATION_LIFETIME
from idp.protocol.names import ACR_TWO_FACTORS
from tests.support.cast import APP, ESPACE, PASSWORD, SECRET
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.second_factor import (
    Application,
    add_application,
    add_passkey,
    confirm,
    options_of,
    recover,
    shown_codes,
    shown_secret,
    use_passkey,
)
from tests.support.soft_passkey import SoftPasskey
from tests.support.staff import CHOSEN, LOGIN, acts_of, chooses, invited, joined, sends

OVER = 'id="invitation-over"'
WRONG = "L’identifiant ou le mot de passe est incorrect."


@pytest.fixture
def tool(provider: Provider) -> RelyingParty:
    """An application of the staff."""
    client = replace(ESPACE, client_id="tool", name="Outil", staff=True)
    provider.application.clients.upsert(client, SECRET)
    return RelyingParty(provider, client, SECRET)


def asks(tool: RelyingParty, browser: Browser, **changes: str) -> Page:
    """Go from the staff's application to the sign-in page."""
    return browser.get(tool.authorize_url(**changes))


def test_nothing_opens_before_the_second_factor(provider: Provider, browser: Browser) -> None:
    """Half-way nothing is written and the link still works; the first right code opens the account."""
    url = invited(provider)
    first = browser.get(url)
    assert "Marie L." in first.text
    assert LOGIN in first.text
    refused = browser.submit(first, {"password": "marie-l-2026", "confirmation": "marie-l-2026"}, "choose-password")
    assert 'id="password-error"' in refused.text
    assert 'id="confirmation-error"' in browser.submit(refused, {"password": CHOSEN}, "choose-password").text
    page = chooses(browser, url)
    wrong = browser.submit(page, {"code": "000000"}, "confirm-application")
    assert "n’est pas celui attendu" in wrong.text
    (waiting,) = acts_of(provider).list(operator("test"))
    assert (False, True) == (waiting.ready, waiting.invited_until is not None)
    assert shown_secret(page) == shown_secret(wrong)
    application = Application(provider, shown_secret(page))
    done = browser.submit(page, {"code": application.code()}, "confirm-application")
    assert 10 == len(shown_codes(done))
    (known,) = acts_of(provider).list(operator("test"))
    assert (True, None) == (known.ready, known.invited_until)
    assert done.url == browser.get(page.url).url
    browser.submit(done, {}, "codes-kept", follow=False)
    assert [OVER in browser.get(one).text for one in (url, page.url, done.url)] == [True] * 3


def test_an_invitation_is_taken_once(provider: Provider) -> None:
    """Of two who opened the same link the second is told, and nothing of theirs is kept."""
    url = invited(provider)
    one, other = provider.browser(), provider.browser()
    pages = [
        (browser, chooses(browser, url, word)) for browser, word in ((one, CHOSEN), (other, "tulipe-radio-neige-3"))
    ]
    answers = []
    for browser, page in pages:
        code = Application(provider, shown_secret(page)).code()
        answers.append(browser.submit(page, {"code": code}, "confirm-application"))
    assert [(200, False), (410, True)] == [(page.status, OVER in page.text) for page in answers]
    assert OVER in one.get(pages[1][1].url).text


@pytest.mark.parametrize("how", ["late", "replaced", "withdrawn", "invented"])
def test_an_invitation_that_is_over_says_so(provider: Provider, browser: Browser, how: str) -> None:
    """Too late, replaced by another, withdrawn with the administrator, or never made: the same plain page."""
    url, root = invited(provider), operator("test")
    invited(provider, "root@fund.example")
    page = chooses(browser, url)
    if how == "late":
        provider.clock.forward(INVITATION_LIFETIME)
    elif how == "replaced":
        acts_of(provider).invite(root, LOGIN)
    elif how == "withdrawn":
        acts_of(provider).disable(root, LOGIN, "départ")
    else:
        url, page = f"{url}x", replace(page, url=f"{page.url}x")
    assert [(410, True)] * 2 == [(one.status, OVER in one.text) for one in map(browser.get, (url, page.url))]


def test_a_passkey_in_the_invitation_and_alone_afterwards(
    provider: Provider, browser: Browser, tool: RelyingParty
) -> None:
    """A passkey is a second factor, and later both at once."""
    page = chooses(browser, invited(provider))
    passkey = SoftPasskey()
    done = browser.submit(page, {"credential": passkey.create(options_of(page))}, "passkey-start")
    assert 10 == len(shown_codes(done))
    back = use_passkey(browser, asks(tool, browser), passkey)
    claims = claims_of(tool.tokens(back)["id_token"])
    assert ACR_TWO_FACTORS == claims["acr"]
    # At the members' door it opens nothing.
    members = provider.browser()
    refused = use_passkey(members, members.get("/connexion"), passkey)
    assert "n’a pas été acceptée" in refused.text


def test_a_password_and_a_code(provider: Provider, browser: Browser, tool: RelyingParty) -> None:
    """The page is the staff's, the second step compulsory, the level that of two factors."""
    marie = joined(provider)
    page = asks(tool, browser)
    assert "/administration/connexion/" in page.url
    assert 'id="dossier"' not in page.text
    second = sends(browser, page)
    assert "/confirmer/" in second.url
    assert "Appelez-nous" not in second.text
    back = confirm(browser, second, marie.application.next_code())
    assert back.url.startswith(f"{APP}/callback")
    claims = claims_of(tool.tokens(back)["id_token"])
    assert (ACR_TWO_FACTORS, ["pwd", "otp", "mfa"]) == (claims["acr"], claims["amr"])


def test_a_recovery_code_once(provider: Provider, tool: RelyingParty) -> None:
    """Somebody without the telephone comes in with a recovery code, and not with the same one again."""
    marie = joined(provider)
    code = marie.application.recovery[0]
    one, other = provider.browser(), provider.browser()
    assert recover(one, sends(one, asks(tool, one)), code).url.startswith(APP)
    assert "ou il a déjà servi" in recover(other, sends(other, asks(tool, other)), code).text


def test_one_answer_for_known_and_unknown(provider: Provider, browser: Browser, tool: RelyingParty) -> None:
    """A wrong password and a login of nobody have the same words; then the delays begin, for both."""
    joined(provider)
    page = asks(tool, browser)
    for login in (LOGIN, "nobody@fund.example", "1234567"):
        assert WRONG in sends(browser, page, login, "wrong-password-1").text
    for login in (LOGIN, "nobody@fund.example"):
        for _ in range(9):
            last = sends(browser, page, login, "wrong-password-1")
        assert 'id="delay"' in last.text


def test_who_is_shut_out_stays_out(provider: Provider, browser: Browser, tool: RelyingParty) -> None:
    """Neither password nor the session of before opens anything once an administrator is disabled."""
    marie = joined(provider)
    joined(provider, "root@fund.example")
    marie.signs_in(browser, asks(tool, browser))
    assert browser.get(tool.authorize_url()).url.startswith(APP)
    acts_of(provider).disable(operator("test"), LOGIN, "départ")
    assert "/administration/connexion/" in browser.get(tool.authorize_url()).url
    other = provider.browser()
    assert WRONG in sends(other, asks(tool, other)).text


def test_each_door_has_its_own_people(provider: Provider, browser: Browser, tool: RelyingParty) -> None:
    """A member gets nowhere at the staff's door, whatever second factor; an administrator nowhere at the members'."""
    marie = joined(provider)
    browser.sign_in(browser.get("/connexion"))
    member, passkey = add_application(provider, browser), SoftPasskey()
    add_passkey(browser, passkey)
    page = asks(tool, browser)
    assert "/administration/connexion/" in page.url
    assert WRONG in sends(browser, page, "1234567", PASSWORD).text
    assert "n’a pas été acceptée" in use_passkey(browser, page, passkey).text
    # Whoever tries the members' page with what waits for the staff is sent to the right one, and the reverse.
    waiting = page.url.rpartition("/")[2]
    assert page.url == browser.get(f"/connexion/{waiting}").url
    other = provider.browser()
    members = other.get(RelyingParty(provider).authorize_url())
    assert members.url == other.get(f"/administration/connexion/{members.url.rpartition('/')[2]}").url
    fields = {"situation": "administration", "dossier": LOGIN, "password": CHOSEN}
    assert 'id="error-summary"' in other.submit(members, fields, "sign-in").text
    # The staff's session opens no page of members, and theirs ended with it in this browser.
    assert marie.signs_in(browser, page).url.startswith(APP)
    assert "/connexion/" in browser.get("/compte").url
    assert "/connexion/" in browser.get(RelyingParty(provider).authorize_url()).url
    assert member.recovery


def test_a_staff_session_is_signed_out(provider: Provider, browser: Browser, tool: RelyingParty) -> None:
    """The provider's own sign-out ends the staff's sessions too."""
    marie = joined(provider)
    marie.signs_in(browser, asks(tool, browser))
    browser.submit(browser.get("/deconnexion"), {}, "logout-confirm")
    assert "/administration/connexion/" in browser.get(tool.authorize_url()).url


def test_an_administrator_without_a_second_factor_opens_no_session(
    provider: Provider, browser: Browser, tool: RelyingParty
) -> None:
    """Should it be lost in the database, the password alone opens nothing, and the page says what to do."""
    joined(provider)
    (known,) = acts_of(provider).list(operator("test"))
    provider.application.factors.enrolment.remove_all(known.account_id, {"reason": "lost"})
    assert "demandez une nouvelle invitation" in sends(browser, asks(tool, browser)).text
    assert "/administration/connexion/" in browser.get(tool.authorize_url()).url
