"""The history of sign-ins, and « Ce n'était pas moi »: everything closed, nothing lost."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from federation import links
from idp.store.email_proofs import EmailProof
from idp.store.tables import AccountRow
from idp.store.tables_members import SignInRow
from tests.support.activation import NEW, choose, keep, mailed_secrets
from tests.support.cast import MEMBER, PASSWORD
from tests.support.devices import (
    FIREFOX,
    SAFARI,
    at_service,
    fill,
    not_me,
    opened,
    placed,
    signed_in,
    states,
    titles,
    told,
)
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty
from tests.support.threads import at_once

IPHONE = "Safari sur iPhone"


def report(browser: Browser, words: str = IPHONE) -> Page:
    """Press « Ce n'était pas moi » at one entry, and confirm."""
    return browser.submit(not_me(browser, words), {}, "report")


def test_the_history_tells_each_sign_in_and_each_refusal(every_provider: Provider) -> None:
    """Newest first, with device, method, level, network and service; a wrong password is marked as refused."""
    at_service(every_provider, SAFARI)
    every_provider.clock.forward(60)
    browser = placed(every_provider)
    page = fill(browser, browser.get("/connexion"), FIREFOX, "a-wrong-password")
    every_provider.clock.forward(60)
    fill(browser, page, FIREFOX)
    page = browser.get("/compte/historique")
    shown = [one for one in states(page) if not one.startswith("Premier")]
    assert ["En cours, sur cet appareil", "Refusée : mot de passe incorrect", "En cours"] == shown
    assert [text.rpartition(", ")[2] for text in titles(page, "history")] == ["23:15", "23:14", "23:13"]
    for words in ("Firefox sur Windows", "Safari sur iPhone", "192.0.2.x", "Espace Personnel", "Simple"):
        assert words in page.text.replace("\u202f", " ").replace("\u00a0", " ")


def test_how_a_session_ended_is_told_as_it_was(provider: Provider) -> None:
    """By its own sign-out, by somebody else in the same browser, by a change of the password elsewhere."""
    provider.application.dossiers.upsert(replace(MEMBER, dossier="7654321"), PASSWORD)
    left, shared, changed = opened(provider, SAFARI), opened(provider, SAFARI), opened(provider, SAFARI)
    left.submit(left.get("/deconnexion"), {}, "logout-confirm")
    page = shared.get(RelyingParty(provider).authorize_url(prompt="login"))
    shared.sign_in(page, dossier="7654321")
    fields = {"present": PASSWORD, "password": NEW, "confirmation": NEW}
    opened(provider, SAFARI)
    changed.submit(changed.get("/compte/mot-de-passe"), fields, "change-password")
    shown = states(changed.get("/compte/historique"))
    for words in (
        "En cours, sur cet appareil",
        "Fermée par une déconnexion",
        "Fermée : une autre personne s’est connectée dans le même navigateur",
        "Fermée par un changement de mot de passe",
    ):
        assert 1 == shown.count(words)


def test_an_entry_belongs_to_its_account(provider: Provider) -> None:
    """Another member's entry, a made-up one and an odd one lead back to one's own history."""
    browser = opened(provider)
    for entry in ("s" + "0" * 32, "r1", "r999999999999999999", "x", "s%00", "r٣", "s" + "0" * 400):
        page = browser.get(f"/compte/historique/{entry}/signaler")
        assert page.url.endswith("/compte/historique")


def test_pages_follow_without_scripts(provider: Provider) -> None:
    """Twenty a page; a number that is none shows the first, one too far shows nothing."""
    browser = placed(provider)
    for _ in range(22):
        provider.clock.forward(1)
        browser = opened(provider, FIREFOX, browser)
        browser.submit(browser.get("/deconnexion"), {}, "logout-confirm")
    browser = opened(provider, FIREFOX, browser)
    first = browser.get("/compte/historique")
    assert (20, True, False) == (len(titles(first, "history")), 'id="older"' in first.text, 'id="newer"' in first.text)
    second = browser.get("/compte/historique?page=2")
    assert (3, False, True) == (
        len(titles(second, "history")),
        'id="older"' in second.text,
        'id="newer"' in second.text,
    )
    for odd in ("0", "-1", "x", "9999", "٢"):
        assert 20 == len(titles(browser.get(f"/compte/historique?page={odd}"), "history"))
    assert [] == titles(browser.get("/compte/historique?page=999"), "history")


def test_not_me_closes_everything_and_loses_nothing(every_provider: Provider) -> None:
    """Sessions, tokens and the password are shut; the member gets in by a provisional password (N-100)."""
    espace = RelyingParty(every_provider)
    thief, issued = at_service(every_provider, SAFARI)
    every_provider.clock.forward(60)
    browser = opened(every_provider)
    page = not_me(browser, IPHONE)
    assert IPHONE in page.text
    assert 'id="will-suspend"' not in page.text
    done = browser.submit(page, {}, "report")
    assert "/compte/protege" in done.url
    assert "01 30 48 10 00" in done.text.replace("\u00a0", " ")
    assert [False, False] == [signed_in(one) for one in (thief, browser)]
    assert 401 == espace.userinfo(issued["access_token"]).status_code
    assert "invalid_grant" == espace.refresh(issued["refresh_token"]).get_json()["error"]
    (message,) = told(every_provider, "protégé")
    assert "12•••67" in message
    assert "http" not in message
    reset = fill(browser, browser.get("/connexion"), FIREFOX)
    assert 'id="reported"' in reset.text
    assert 'id="dormant"' not in reset.text
    choose(browser, reset)
    (secret,) = mailed_secrets(every_provider)
    keep(browser, fill(browser, browser.get("/connexion"), FIREFOX, secret))
    back = fill(browser, browser.get("/connexion"), FIREFOX, NEW)
    assert 'id="reported"' not in back.text
    shown = states(browser.get("/compte/historique"))
    assert 2 == shown.count("Fermée après un signalement")
    assert "Signalée : ce n’était pas vous" in shown


@pytest.fixture
def with_franceconnect(tmp_path: Path) -> Iterator[Provider]:
    """A provider that has the upstream."""
    (tmp_path / "secret").write_text("s" * 64, encoding="utf-8")
    franceconnect = {
        "enabled": True,
        "environment": "sandbox",
        "client_id": "c" * 64,
        "client_secret_file": tmp_path / "secret",
    }
    with running(copied_provider(tmp_path / "house", franceconnect=franceconnect)) as provider:
        yield provider


def linked(provider: Provider) -> str:
    """Link the member's account to an identity; return the account."""
    with provider.application.store.begin() as unit:
        account = str(unit.session.execute(select(SignInRow.account_id)).scalars().first())
        links.add(unit.session, links.Link("l" * 32, "https://fc.example", "sub", account, 1, "auto", {}))
    return account


def test_a_sign_in_by_franceconnect_suspends_its_link(with_franceconnect: Provider) -> None:
    """The link ends by the member's choice, so that no automatic one replaces it; the pages say so before and after."""
    provider = with_franceconnect
    opened(provider, SAFARI)
    provider.clock.forward(1)
    browser = opened(provider)
    with provider.application.store.begin() as unit:
        thief = SignInRow.system == "iPhone"
        unit.session.execute(update(SignInRow).where(thief).values(provider="franceconnect", amr=["fc"]))
    account = linked(provider)
    page = not_me(browser, IPHONE)
    assert 'id="will-suspend"' in page.text
    assert 'id="suspended"' in browser.submit(page, {}, "report").text
    with provider.application.store.reading() as unit:
        (link,) = links.history(unit.session, account)
    assert (provider.clock(), "not_me") == (link.ended_at, link.ended_reason)
    assert "FranceConnect n’ouvre plus votre espace" in told(provider, "protégé")[0]


@pytest.mark.parametrize(
    ("reason", "words"), [("somebody_else", "celle d’une autre personne"), ("other_account", "un autre dossier")]
)
def test_a_right_password_with_another_identity_opened_nothing(
    with_franceconnect: Provider, reason: str, words: str
) -> None:
    """It is told, as somebody knows the password; reported, it suspends no link: that identity has none here."""
    provider, house = with_franceconnect, with_franceconnect.application
    browser, account = opened(provider), linked(provider)
    provider.clock.forward(60)
    facts = {"reason": reason, "provider": "franceconnect", "network": "198.51.100.7"}
    house.audit("federation.proof", account_id=account, outcome="refused", **facts)
    house.audit("federation.proof", outcome="failed", reason="wrong_password")
    shown = browser.get("/compte/historique")
    assert (2, True, True) == (len(titles(shown, "history")), "198.51.100.x" in shown.text, words in shown.text)
    assert "<dd>FranceConnect</dd>" in shown.text
    page = not_me(browser, words)
    assert (False, False) == ('id="harmless"' in page.text, 'id="will-suspend"' in page.text)
    done = browser.submit(page, {}, "report")
    assert ("/compte/protege" in done.url, 'id="suspended"' in done.text) == (True, False)
    with house.store.reading() as unit:
        (link,) = links.history(unit.session, account)
    assert not link.ended_at


def test_a_change_of_address_under_way_is_cancelled(provider: Provider) -> None:
    """Whoever has asked for another address cannot confirm it any more."""
    opened(provider, SAFARI)
    provider.clock.forward(1)
    browser = opened(provider)
    with provider.application.store.begin() as unit:
        account = str(unit.session.execute(select(SignInRow.account_id)).scalars().first())
        proof = EmailProof("d" * 64, account, "thief@example.org")
        unit.email_proofs.replace(proof, now=provider.clock(), expires_at=provider.clock() + 600)
    report(browser)
    with provider.application.store.reading() as unit:
        assert unit.email_proofs.live("d" * 64, provider.clock()) is None
        events = [(one.event, one.details.get("method")) for one in unit.audit.of_account(account, 1)]
    assert [("reported", "password")] == events


def test_without_an_address_the_next_page_tells_of_a_new_device(provider: Provider) -> None:
    """The home page of another session says it until the history was read; the new device does not tell itself."""
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(email=None))
    thief = opened(provider, SAFARI)
    assert 'id="new-devices"' not in thief.get("/").text
    browser = opened(provider)
    page = browser.get("/")
    assert 'id="new-devices"' in page.text
    assert IPHONE in page.text
    browser.get("/compte/historique")
    assert 'id="new-devices"' not in browser.get("/").text


def test_the_disowned_device_is_new_again(provider: Provider) -> None:
    """Its next sign-in is told, as the first one was."""
    thief = opened(provider, SAFARI)
    provider.clock.forward(1)
    report(opened(provider))
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(must_reset=None))
    before = len(told(provider, "Nouvelle connexion"))
    opened(provider, SAFARI, thief)
    assert 1 == len(told(provider, "Nouvelle connexion")) - before


def test_a_refused_attempt_says_that_nobody_got_in(provider: Provider) -> None:
    """It explains before it acts; whoever fears for the password may secure the account all the same."""
    browser = placed(provider)
    fill(browser, browser.get("/connexion"), FIREFOX, "a-wrong-password")
    provider.clock.forward(10)
    opened(provider, FIREFOX, browser)
    page = not_me(browser, "mot de passe incorrect")
    assert 'id="harmless"' in page.text
    assert "/compte/protege" in browser.submit(page, {}, "report").url
    assert not signed_in(browser)


def test_a_right_password_that_opened_nothing_is_no_harmless_attempt(provider: Provider) -> None:
    """Somebody who knows a retired password knows a password."""
    browser = opened(provider)
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(must_reset="dormant"))
    provider.clock.forward(1)
    thief = placed(provider)
    fill(thief, thief.get("/connexion"), SAFARI)
    page = not_me(browser, "il doit être changé")
    assert 'id="harmless"' not in page.text


def test_only_our_own_form_reports(provider: Provider) -> None:
    """A link does nothing, another entry's token does nothing, another site's form does nothing."""
    other, browser = opened(provider, SAFARI), opened(provider)
    page = not_me(browser, IPHONE)
    token = page.hidden()["csrf"]
    elsewhere = not_me(opened(provider, SAFARI), "Firefox sur Windows")
    for url, fields in ((page.url, {}), (page.url, {"csrf": "no"}), (elsewhere.url, {"csrf": token})):
        browser.post(url, fields)
    browser.post(page.url, {"csrf": token}, headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert [True, True] == [signed_in(one) for one in (other, browser)]


def test_two_reports_at_once_are_one(every_provider: Provider) -> None:
    """The second finds the account secured: one message, one event, no error."""
    opened(every_provider, SAFARI)
    pages = []
    for _ in range(2):
        browser = opened(every_provider)
        pages.append((browser, not_me(browser, IPHONE)))

    def press(number: int) -> str:
        browser, page = pages[number]
        return browser.submit(page, {}, "report").url

    for url in at_once(2, press):
        assert "/compte/protege" in url or "/connexion/" in url
    assert 1 == len(told(every_provider, "protégé"))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_afterwards_says_what_to_do(provider: Provider, language: str) -> None:
    """It opens without a session, since nobody is signed in any more, and tells nothing of an account."""
    opened(provider, SAFARI)
    browser = opened(provider)
    page = browser.get(f"{report(browser).url}&lang={language}")
    assert 200 == page.status
    assert "/mot-de-passe-oublie" in page.text
    assert 'id="suspended"' not in page.text
    assert re.search(r"01.30.48.10.00", page.text)


def test_nothing_is_called_secured_that_was_not(provider: Provider) -> None:
    """Without the notice of this browser the page leads to the account, or to the sign-in where nobody is in."""
    opened(provider, SAFARI)
    reporter, member, stranger = opened(provider), opened(provider), provider.browser()
    link = report(reporter).url
    assert 'id="choose-again"' in reporter.get(link).text
    for browser in (member, stranger):
        for url in ("/compte/protege", "/compte/protege?par=franceconnect", "/compte/protege?fait=x", link):
            assert "/connexion/" in browser.get(url).url
    other = provider.application.dossiers.upsert(replace(MEMBER, dossier="7654321"), PASSWORD)
    assert other.status == "active"
    inside = placed(provider)
    inside.sign_in(inside.get("/connexion"), "7654321")
    assert inside.get("/compte/protege").url.endswith("/compte")


def test_the_history_ends_where_the_settings_say(provider: Provider) -> None:
    """What is older is not shown, and the worker removes it, the device with it."""
    opened(provider)
    provider.clock.forward(provider.application.settings.account.history + 1)
    browser = opened(provider)
    assert 1 == len(titles(browser.get("/compte/historique"), "history"))
    provider.application.worker._chores[0].run()
    with provider.application.store.reading() as unit:
        account = provider.application.sessions.get(browser.cookies()["__Host-idp-session"])
        assert account is not None
        assert 1 == len(unit.sign_ins.latest(account.account_id, 0, 10))
