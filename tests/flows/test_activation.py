"""A member without a password reaches the account alone: by e-mail, by post, after years away."""

import re
from pathlib import Path

from sqlalchemy import select, update

from idp.store.tables import AccountRow, AuditRow
from idp.store.tables_members import ProvisionalRow
from tests.support.activation import (
    NEW,
    ask,
    choose,
    keep,
    mailed,
    mailed_secrets,
    member,
    messages,
    posted_secrets,
    text_of,
    work,
)
from tests.support.cast import MEMBER, PASSWORD
from tests.support.pages import Browser
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty

WRONG = "Le numéro de dossier ou le mot de passe est incorrect."


def test_a_forgotten_password_from_the_application_and_back(every_provider: Provider) -> None:
    """The seeds' journey, whole: the application waits behind it and gets its code at the end (N-116)."""
    espace, browser = RelyingParty(every_provider), every_provider.browser()
    sign_in = browser.get(espace.authorize_url())
    link = re.search(r'id="forgotten" href="([^"]*)"', sign_in.text)
    assert link is not None
    page = browser.get(link[1])
    assert "Je me connecte" not in page.text
    offered = ask(browser, page)
    assert "a***la@e*****.org" in offered.text
    done = choose(browser, offered)
    assert "Votre demande est enregistrée" in done.text
    (secret,) = mailed_secrets(every_provider)
    form = browser.sign_in(browser.get(sign_in.url), password=secret)
    assert "Choisissez votre mot de passe personnel" in form.text
    kept = keep(browser, form)
    assert "Votre mot de passe est enregistré" in kept.text
    back = re.search(r'id="go-to-sign-in"[^>]*href="([^"]*)"|href="([^"]*)"[^>]*id="go-to-sign-in"', kept.text)
    assert back is not None
    again = browser.get(back[1] or back[2])
    assert 'id="sign-in-form"' in again.text
    assert "code" in browser.sign_in(again, password=NEW).query


def test_asking_changes_nothing(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """The old password works, sessions live, until the provisional one is used (N-110)."""
    espace.sign_in(browser)
    mailed(provider, provider.browser())
    assert "code" in browser.get(espace.authorize_url(prompt="none")).query
    assert "code" in espace.sign_in(provider.browser()).query


def test_the_change_ends_what_was_open(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Sessions, refresh tokens and the old password die; the member is told (N-116)."""
    issued = espace.tokens(espace.sign_in(browser, scope="openid offline_access"))
    other = provider.browser()
    secret = mailed(provider, other)
    keep(other, other.sign_in(other.get("/connexion"), password=secret))
    assert "login_required" == browser.get(espace.authorize_url(prompt="none")).query["error"]
    assert 401 == espace.userinfo(issued["access_token"]).status_code
    fresh = provider.browser()
    assert WRONG in fresh.sign_in(fresh.get("/connexion"), password=PASSWORD).text
    told = [one for one in messages(provider) if "a été changé" in str(one["Subject"])]
    assert ["angela@example.org"] == [one["To"] for one in told]
    assert NEW not in text_of(told[0])


def test_nothing_is_called_kept_that_was_not(provider: Provider, browser: Browser) -> None:
    """Without the notice of the browser that chose it, the last page leads to the sign-in page."""
    last = keep(browser, browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser))).url
    assert "est enregistré" in browser.get(last).text
    for url in ("/mot-de-passe/choisi", "/mot-de-passe/choisi?fait=x", last):
        page = provider.browser().get(url)
        assert "/connexion/" in page.url
        assert "est enregistré" not in page.text


def test_a_provisional_password_opens_the_form_and_nothing_else(provider: Provider, browser: Browser) -> None:
    """No session, no code: the home page and every application still ask to sign in (N-114, V-64)."""
    espace = RelyingParty(provider)
    form = browser.sign_in(browser.get(espace.authorize_url()), password=mailed(provider, browser))
    assert form.url.startswith("https://id.example.org/mot-de-passe/choisir/")
    assert {"__Host-idp-browser"} == set(browser.cookies())
    assert "login_required" == browser.get(espace.authorize_url(prompt="none")).query["error"]
    assert "member-name" not in browser.get("/").text


def test_the_form_belongs_to_one_browser_and_some_minutes(provider: Provider, browser: Browser) -> None:
    """Another browser with the address has an expired page, and so has this one after a quarter of an hour."""
    form = browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser))
    assert 400 == provider.browser().get(form.url).status
    assert 200 == browser.get(form.url).status
    provider.clock.forward(900)
    assert 400 == keep(browser, form).status


def test_it_works_once(provider: Provider, browser: Browser) -> None:
    """Used up by the change; a second form that was open with it keeps nothing (N-113)."""
    secret = mailed(provider, browser)
    other = provider.browser()
    first, second = (one.sign_in(one.get("/connexion"), password=secret) for one in (browser, other))
    assert "est enregistré" in keep(browser, first).text
    assert 400 == keep(other, second, "autre-chose-encore-7").status
    late = provider.browser()
    assert WRONG in late.sign_in(late.get("/connexion"), password=secret).text
    assert "Vous êtes connecté" in late.sign_in(late.get("/connexion"), password=NEW).text


def test_a_new_one_cancels_the_older(provider: Provider, browser: Browser) -> None:
    """Only the last one asked for works (N-113)."""
    old, new = mailed(provider, browser), mailed(provider, provider.browser())
    page = browser.sign_in(browser.get("/connexion"), password=old)
    assert WRONG in page.text
    assert "Choisissez votre mot de passe personnel" in browser.sign_in(page, password=new).text


def test_it_ends_with_its_hour(provider: Provider, browser: Browser) -> None:
    """By e-mail it is good for an hour; afterwards the answer is that of any wrong password."""
    secret = mailed(provider, browser)
    provider.clock.forward(3600)
    assert WRONG in browser.sign_in(browser.get("/connexion"), password=secret).text


def test_five_wrong_tries_end_it(provider: Provider, browser: Browser) -> None:
    """A guess of the same shape counts, a wrong old password does not; after five the right one is refused (C-03)."""
    secret = mailed(provider, browser)
    guesses = ["not the password"] * 2 + ["ABCD-EFGH-JKMN-PQR2"] * 5
    for guess in guesses:
        provider.clock.forward(120)
        page = browser.sign_in(browser.get("/connexion"), password=guess)
        assert WRONG in page.text
    provider.clock.forward(300)
    assert WRONG in browser.sign_in(browser.get("/connexion"), password=secret).text


def test_it_is_typed_as_it_is_read(provider: Provider, browser: Browser) -> None:
    """Small letters, spaces for dashes or none at all: what people type from paper."""
    secret = mailed(provider, browser)
    for typed in (secret.lower(), secret.replace("-", " "), secret.replace("-", "") + " ", secret.replace("-", "–")):
        page = browser.sign_in(browser.get("/connexion"), password=typed)
        assert "Choisissez votre mot de passe personnel" in page.text, typed


def test_it_never_becomes_the_password(provider: Provider, browser: Browser) -> None:
    """However it is spelt, the provisional password is refused as the personal one (N-114)."""
    secret = mailed(provider, browser)
    form = browser.sign_in(browser.get("/connexion"), password=secret)
    for spelling in (secret, secret.lower().replace("-", " ")):
        page = keep(browser, form, spelling)
        assert "ne peut pas devenir votre mot de passe" in page.text
        assert secret not in page.text


def test_by_post_a_letter_waits_sealed(provider: Provider, browser: Browser) -> None:
    """A member without an address gets a letter; its password opens the form three weeks later (C-03)."""
    account_id = member(provider, "2234567", email=None)
    offered = ask(browser, dossier="2234567")
    assert 'value="email"' not in offered.text
    assert "72h" in offered.text
    choose(browser, offered, "post")
    (secret,) = posted_secrets(provider)
    provider.clock.forward(20 * 86400)
    form = browser.sign_in(browser.get("/connexion"), "2234567", secret)
    keep(browser, form, email="marthe@example.net")
    (proof,) = [one for one in messages(provider) if one["To"] == "marthe@example.net"]
    link = re.search(r"https://id\.example\.org(/adresse-e-mail/\S+)", text_of(proof))
    assert link is not None
    asked = provider.browser()
    assert "Votre adresse e-mail est confirmée" in asked.submit(asked.get(link[1]), {}, "confirm-email").text
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_id(account_id)
    assert account is not None
    assert ("marthe@example.net", True) == (account.email, account.email_verified)
    assert 400 == asked.get(link[1]).status


def test_one_letter_is_on_its_way_at_a_time(provider: Provider, browser: Browser) -> None:
    """A second request within three days makes no second letter; one after them wipes what was not printed (N-115)."""
    choose(browser, ask(browser), "post")
    choose(browser, ask(browser), "post")
    (secret,) = posted_secrets(provider)
    assert "personnel" in browser.sign_in(browser.get("/connexion"), password=secret).text
    provider.clock.forward(3 * 86400)
    choose(browser, ask(browser), "post")
    (new,) = posted_secrets(provider)
    assert secret != new


def test_letters_of_a_day_are_bounded(tmp_path: Path) -> None:
    """Beyond the day's letters a request waits for the next, and is not lost (N-115)."""
    with running(copied_provider(tmp_path, activation={"letters_per_day": 1})) as provider:
        member(provider, "2234567")
        for dossier in (MEMBER.dossier, "2234567"):
            browser = provider.browser()
            choose(browser, ask(browser, dossier=dossier), "post")
        assert 1 == len(posted_secrets(provider))
        provider.clock.forward(86400 + 3600)
        assert 2 == len(posted_secrets(provider))


def test_a_password_from_before_2021_must_be_reset_and_why_is_told(provider: Provider, espace: RelyingParty) -> None:
    """The right old password leads to the delivery page, which says why; a wrong one looks as always."""
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(must_reset="dormant"))
    browser = provider.browser()
    page = browser.get(espace.authorize_url())
    wrong = browser.sign_in(page, password="not the password")
    assert WRONG in wrong.text
    assert "2021" not in wrong.text
    told = browser.sign_in(wrong)
    assert 'id="dormant"' in told.text
    assert "mars 2021" in told.text
    choose(browser, told)
    (secret,) = mailed_secrets(provider)
    keep(browser, browser.sign_in(browser.get(page.url), password=secret))
    assert "code" in browser.sign_in(browser.get(page.url), password=NEW).query


def test_an_address_read_from_is_proven(provider: Provider, browser: Browser) -> None:
    """Whoever used a password sent to the address on file has proven it; no link is sent."""
    form = browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser))
    assert 'value="angela@example.org"' in form.text
    keep(browser, form, email="angela@example.org")
    assert [] == [one for one in messages(provider) if "Confirmez" in str(one["Subject"])]
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
    assert account is not None
    assert ("angela@example.org", True, 0) == (account.email, account.email_verified, account.email_changed_at)


def test_a_new_address_is_not_the_members_before_its_link(provider: Provider, browser: Browser) -> None:
    """Old and new address are told; the link changes it; then it receives no reset for a while (N-116, N-119)."""
    form = browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser))
    keep(browser, form, email="angela@Autre.Example")
    assert "a***la@e*****.org" in ask(provider.browser()).text
    (proof,) = [one for one in messages(provider) if "Confirmez" in str(one["Subject"])]
    assert "angela@autre.example" == proof["To"]
    link = re.search(r"https://id\.example\.org(/adresse-e-mail/\S+)", text_of(proof))
    assert link is not None
    browser.submit(browser.get(link[1]), {}, "confirm-email")
    told = [one for one in messages(provider) if "adresse e-mail CARPIMKO a été changée" in str(one["Subject"])]
    assert ["angela@example.org"] == [one["To"] for one in told]
    assert 'value="email"' not in ask(provider.browser()).text
    provider.clock.forward(7 * 86400)
    assert "a***la@a*****.example" in ask(provider.browser()).text


def test_every_step_is_in_the_trail_without_a_secret(provider: Provider, browser: Browser) -> None:
    """Request, use and change are told, and no row of any table holds a password (N-150, N-152)."""
    secret = mailed(provider, browser)
    keep(browser, browser.sign_in(browser.get("/connexion"), password=secret))
    work(provider)
    with provider.application.store.reading() as unit:
        events = {(row.event, row.outcome) for row in unit.session.execute(select(AuditRow.event, AuditRow.outcome))}
        rows = unit.session.execute(select(ProvisionalRow.digest)).all()
    assert {("provisional_asked", "ok"), ("sign_in", "provisional"), ("password_changed", "ok")} <= events
    assert all(secret.replace("-", "") not in row.digest for row in rows)
    stored = b"".join(
        path.read_bytes() for path in provider.application.settings.keys.kek_file.parent.glob("idp.sqlite3*")
    )
    assert secret.encode() not in stored
    assert secret.replace("-", "").encode() not in stored


def test_links_are_built_from_the_settings(provider: Provider, browser: Browser) -> None:
    """Whatever host a request claims, the link is ours; its page tells no site where it was (N-112)."""
    form = browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser))
    fields = {**form.hidden(), "password": NEW, "confirmation": NEW, "email": "new@example.net"}
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example"}
    assert "est enregistré" in browser.post(form.url, fields, headers=forged).text
    (proof,) = [one for one in messages(provider) if one["To"] == "new@example.net"]
    assert "evil" not in text_of(proof)
    link = re.search(r"https://id\.example\.org(/adresse-e-mail/\S+)", text_of(proof))
    assert link is not None
    assert "no-referrer" == browser.get(link[1]).headers["Referrer-Policy"]


def test_all_that_is_wrong_with_the_first_page_is_said_at_once(browser: Browser) -> None:
    """Both fields and the captcha, counted; a box that was ticked is blamed where its answer cannot be right."""
    page = browser.submit(browser.get("/mot-de-passe-oublie"), {"dossier": ""}, "reset")
    assert "3 champs sont à corriger" in page.text.replace("\xa0", " ")
    assert ["situation-affilie", "dossier", "captcha"] == re.findall(r'<li><a href="#([\w-]+)">', page.text)
    again = ask(browser, page, dossier="12")
    assert (True, False) == ('id="dossier-error"' in again.text, 'id="captcha-error"' in again.text)
    early = ask(browser, again, dossier="12", captcha_proof="")
    assert (True, True) == ('id="dossier-error"' in early.text, 'id="captcha-error"' in early.text)
