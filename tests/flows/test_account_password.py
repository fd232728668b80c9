"""A member changes the password: the present one first, the others' sessions out, this one goes on."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from idp.store.audit import AUDIT
from idp.store.tables import AccountRow
from tests.support.activation import NEW, mailed, member, messages, text_of, ticked
from tests.support.cast import PASSWORD
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

PATH = "/compte/mot-de-passe"
WRONG = "Ce n’est pas votre mot de passe actuel."
ASKS = 'id="captcha-field"'
DONE = "Votre mot de passe est changé."


def signed_in(provider: Provider) -> Browser:
    """Return a browser in which the member has just signed in."""
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"))
    return browser


def change(browser: Browser, present: str = PASSWORD, chosen: str = NEW, again: str | None = None) -> Page:
    """Fill the form and send it."""
    fields = {"present": present, "password": chosen, "confirmation": chosen if again is None else again}
    return browser.submit(browser.get(PATH), fields, "change-password")


def test_the_change_keeps_this_session_and_no_other(every_provider: Provider) -> None:
    """Other sessions and refresh tokens end, the old password is dead, the member is told (N-054, N-093, N-116)."""
    espace, other = RelyingParty(every_provider), every_provider.browser()
    issued = espace.tokens(espace.sign_in(other, scope="openid offline_access"))
    browser = signed_in(every_provider)
    before = browser.cookies()["__Host-idp-session"]
    assert DONE in change(browser).text
    assert before != browser.cookies()["__Host-idp-session"]
    assert 200 == browser.get("/compte").status
    assert "code" in browser.get(espace.authorize_url(prompt="none")).query
    assert "login_required" == other.get(espace.authorize_url(prompt="none")).query["error"]
    assert 401 == espace.userinfo(issued["access_token"]).status_code
    (told,) = [one for one in messages(every_provider) if "a été changé" in str(one["Subject"])]
    assert "angela@example.org" == told["To"]
    assert NEW not in text_of(told)
    again = every_provider.browser()
    assert "incorrect" in again.sign_in(again.get("/connexion")).text
    assert "member-name" in again.sign_in(again.get("/connexion"), password=NEW).text


@pytest.mark.parametrize(("part", "step"), [("passwords", "hash"), ("sessions", "renew")])
def test_a_sign_out_beside_the_change_ends_the_session(
    every_provider: Provider, monkeypatch: pytest.MonkeyPatch, part: str, step: str
) -> None:
    """In another tab, acknowledged while the password is hashed or before the new cookie is good (N-081, N-120)."""
    house, browser = every_provider.application, signed_in(every_provider)
    session = house.sessions.get(browser.cookies()["__Host-idp-session"])
    assert session is not None
    work = getattr(getattr(house, part), step)

    def beside(*values: Any) -> Any:
        house.sign_out.end(session)
        return work(*values)

    with monkeypatch.context() as patch:
        patch.setattr(getattr(house, part), step, beside)
        page = change(browser)
    assert "/connexion/" in page.url
    assert "/connexion/" in browser.get("/compte").url
    with house.store.reading() as unit:
        assert [] == list(unit.sign_ins.not_ended(session.account_id, 0))
        changed = unit.audit.last(session.account_id, "password_changed")
    assert (step == "renew") == bool(changed)


@pytest.mark.parametrize("asked", ["/compte", "/deconnexion"])
def test_another_tab_beside_the_change(every_provider: Provider, monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    """Between the change and the new cookie a page costs nobody the session, and a sign-out ends it (N-081, N-120)."""
    house, browser, espace = every_provider.application, every_provider.browser(), RelyingParty(every_provider)
    espace.sign_in(browser)
    renew, seen = house.sessions.renew, []

    def other_tab() -> None:
        seen.append(browser.get(asked))
        if asked == "/deconnexion":
            seen.append(browser.submit(seen[0], {}, "logout-confirm"))

    def beside(*values: Any) -> Any:
        with ThreadPoolExecutor(1) as tab:
            tab.submit(other_tab).result(30)
        return renew(*values)

    with monkeypatch.context() as patch:
        patch.setattr(house.sessions, "renew", beside)
        page = change(browser)
    if asked == "/compte":
        assert "/connexion/" in seen[0].url
        assert DONE in page.text
        assert "/compte" == urlsplit(browser.get("/compte").url).path
    else:
        assert "/deconnexion/fin" in seen[1].url
        assert "Espace" in seen[1].text
        assert "/connexion/" in browser.get("/compte").url
        with house.store.reading() as unit:
            account = unit.accounts.by_dossier("1234567")
            assert account is not None
            assert ["logout"] == [one.ended_reason for one in unit.sign_ins.latest(account.id, 0, 2)]


def test_a_suspected_network_shows_a_captcha_here_too(provider: Provider) -> None:
    """The present password is not looked at without it, though it is right; with the box ticked it is changed."""
    browser, other = signed_in(provider), provider.browser()
    assert ASKS not in browser.get(PATH).text
    page = other.get("/connexion")
    for number in range(5):
        page = other.sign_in(page, str(7_000_000 + number), "carafe-soleil-marin-41")
    refused = change(browser)
    assert 'id="captcha-error"' in refused.text
    assert DONE not in refused.text
    empty = browser.submit(refused, {"present": "", "password": NEW, "confirmation": NEW}, "change-password")
    assert (True, True) == ('id="captcha-error"' in empty.text, 'id="present-error"' in empty.text)
    fields = {"present": PASSWORD, "password": NEW, "confirmation": NEW, **ticked(refused)}
    assert DONE in browser.submit(refused, fields, "change-password").text


def test_the_old_cookie_is_dead(provider: Provider) -> None:
    """Whoever had copied the session's cookie before the change has nothing (N-120)."""
    browser, thief = signed_in(provider), provider.browser()
    thief.client.set_cookie(
        "__Host-idp-session", browser.cookies()["__Host-idp-session"], domain="id.example.org", path="/", secure=True
    )
    assert "/connexion/" not in thief.get("/compte").url
    change(browser)
    assert "/connexion/" in thief.get("/compte").url


def test_a_wrong_present_password_counts_like_a_sign_in(provider: Provider) -> None:
    """The page is no way round the delays: its failures are the sign-in page's, and the other way round (N-096)."""
    browser = signed_in(provider)
    pages = [change(browser, f"not the password {number}") for number in range(3)]
    assert all(WRONG in page.text for page in pages)
    assert 'id="delay"' in pages[2].text
    waiting = change(browser)
    assert "n’a pas été vérifié" in waiting.text
    other = provider.browser()
    assert "n’a pas été vérifié" in other.sign_in(other.get("/connexion")).text
    provider.clock.forward(120)
    assert DONE in change(browser).text


def test_what_is_wrong_with_the_new_one_costs_no_try(provider: Provider) -> None:
    """Each fault has its words, nothing typed comes back, and the present password is not looked at."""
    browser = signed_in(provider)
    for chosen, words in (
        ("tige", "trop court"),
        ("xx1234567xx-sapin", "numéro de dossier"),
        (PASSWORD, "le même que l’actuel"),
    ):
        page = change(browser, chosen=chosen)
        assert words in page.text
        assert chosen not in page.text.replace("1234567", "")
    assert "différentes" in change(browser, again="autre-chose").text
    assert "Saisissez votre mot de passe actuel" in change(browser, present="").text
    assert DONE in change(browser).text


def test_a_forged_form_changes_nothing(provider: Provider) -> None:
    """Without the form's own token the page is shown again (N-127)."""
    browser = signed_in(provider)
    fields = {"csrf": "forged", "present": PASSWORD, "password": NEW, "confirmation": NEW}
    assert "trop longtemps" in browser.post(PATH, fields).text
    other = provider.browser()
    assert "member-name" in other.sign_in(other.get("/connexion")).text


def test_a_provisional_password_asked_for_before_is_cancelled(provider: Provider) -> None:
    """What waits in a mailbox, perhaps another's, does not open what was just closed; nor is it a present password."""
    browser = signed_in(provider)
    secret = mailed(provider, provider.browser())
    assert WRONG in change(browser, present=secret).text
    assert DONE in change(browser).text
    other = provider.browser()
    assert "incorrect" in other.sign_in(other.get("/connexion"), password=secret).text


def test_a_provisional_password_does_not_become_the_new_one(provider: Provider) -> None:
    """However it is spelt, whoever sent it knows it (N-114)."""
    browser = signed_in(provider)
    secret = mailed(provider, provider.browser())
    assert "ne peut pas devenir" in change(browser, chosen=secret.lower()).text


def test_without_a_password_the_page_leads_to_a_provisional_one(provider: Provider) -> None:
    """Nothing to change: the page says so, and one press opens the delivery page for the right number."""
    browser = signed_in(provider)
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(password_hash=None))
    page = browser.get(PATH)
    assert 'name="present"' not in page.text
    assert "a***la@e*****.org" in browser.submit(page, {}, "ask-provisional").text
    posted = browser.post(PATH, {**page.hidden(), "present": "x", "password": NEW, "confirmation": NEW})
    assert DONE not in posted.text


def test_a_password_that_must_be_reset_is_not_changed_here(provider: Provider) -> None:
    """Knowing it is not enough any more, also for a member who came another way."""
    browser = signed_in(provider)
    page = browser.get(PATH)
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(must_reset="dormant"))
    fields = {"present": PASSWORD, "password": NEW, "confirmation": NEW}
    refused = browser.submit(page, fields, "change-password")
    assert "ne peut plus servir" in refused.text
    assert 'id="ask-provisional"' in refused.text


def test_a_hash_of_the_system_before_is_as_good_as_any(provider: Provider) -> None:
    """A member imported with an old hash signs in and changes the password without noticing."""
    member(provider, "2234567", "pommier-lanterne-19")
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"), "2234567", "pommier-lanterne-19")
    assert DONE in change(browser, present="pommier-lanterne-19").text


def test_the_change_is_in_the_trail(provider: Provider) -> None:
    """Who changed what, and from where; no password (N-151, N-152)."""
    browser = signed_in(provider)
    change(browser)
    with provider.application.store.reading() as unit:
        rows = unit.session.execute(select(AUDIT).where(AUDIT.c.event == "password_changed")).all()
        assert [("ok", {"method": "own"})] == [(row.outcome, row.details) for row in rows]
    assert "Changé le 14 novembre 2023" in browser.get("/compte").text


def test_nobody_can_make_a_link_that_says_it_was_changed(provider: Provider) -> None:
    """The notice is a token of the session: another's, or an invented one, says nothing."""
    browser = signed_in(provider)
    page = change(browser)
    assert DONE in browser.get(page.url).text
    assert DONE not in signed_in(provider).get(page.url).text
    assert DONE not in browser.get(f"{PATH}?fait=password").text
