"""The account's page of the second factor: each change proven, told, and kept to its owner."""

import re

import pytest

from idp.protocol.names import ACR_TWO_FACTORS
from tests.support.activation import NEW, keep, mailed, messages, text_of
from tests.support.cast import PASSWORD
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.second_factor import (
    SECURITY,
    add_application,
    add_passkey,
    confirm,
    options_of,
    recover,
    shown_codes,
    shown_secret,
    use_passkey,
)
from tests.support.soft_passkey import PRESENT, SHARED, VERIFIED, SoftPasskey

REFUSED = "n’a pas été acceptée"


@pytest.fixture
def signed_in(provider: Provider) -> Browser:
    """A browser whose member has just signed in."""
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"))
    return browser


def subjects(provider: Provider) -> list[str]:
    """Return the subjects of the messages that were sent."""
    return [str(one["Subject"]) for one in messages(provider)]


def test_an_application_counts_from_its_first_code(provider: Provider, signed_in: Browser) -> None:
    """Before it, and after a wrong one, a password is enough; with it ten recovery codes are shown."""
    page = signed_in.get(f"{SECURITY}/application")
    assert shown_secret(page) == shown_secret(signed_in.get(page.url))
    assert "n’est pas celui attendu" in signed_in.submit(page, {"code": "000000"}, "confirm-application").text
    other = provider.browser()
    assert "Angela" in other.sign_in(other.get("/connexion")).text
    assert "rien n’a été ajouté" in other.get(page.url).text
    made = add_application(provider, signed_in, "  Mon\n téléphone <b> ")
    assert 10 == len(set(made.recovery))
    assert "Mon téléphone &lt;b&gt;" in signed_in.get(SECURITY).text
    assert "un moyen de connexion a été ajouté" in " ".join(subjects(provider)).lower()


def test_recovery_codes_are_shown_to_one_browser_for_a_while(provider: Provider, signed_in: Browser) -> None:
    """Reload and download work in it; nowhere else, and no more once they are kept; new ones end the old."""
    add_application(provider, signed_in)
    url = signed_in.history[-1]
    codes = shown_codes(signed_in.get(url))
    text = signed_in.get(f"{url}/texte")
    assert "attachment" in text.headers["Content-Disposition"]
    assert list(codes) == text.text.split("\r\n")[2:12]
    other = provider.browser()
    assert "/connexion/" in other.get(url).url
    renewed = signed_in.submit(signed_in.get(f"{SECURITY}/codes"), {}, "renew")
    assert set(codes).isdisjoint(shown_codes(renewed))
    kept = signed_in.submit(renewed, {}, "codes-kept")
    assert "Gardez vos codes de secours" in kept.text
    assert () == shown_codes(signed_in.get(renewed.url))
    assert "Vos codes de secours ont été remplacés" in " ".join(subjects(provider))


def test_changes_ask_for_a_recent_sign_in(provider: Provider, signed_in: Browser) -> None:
    """Ten minutes later every form asks for the password and the second factor again (N-093)."""
    made = add_application(provider, signed_in)
    link = re.search(r'href="(/compte/securite/moyen/\w+)"', signed_in.get(SECURITY).text)
    assert link is not None
    page = signed_in.get(link[1])
    provider.clock.forward(601)
    assert "Double authentification" in signed_in.get(SECURITY).text
    asked = signed_in.submit(page, {"do": "remove"}, "remove")
    assert "/connexion/" in asked.url
    for path in ("/application", "/cle", "/codes"):
        assert "/connexion/" in signed_in.get(f"{SECURITY}{path}").url
    again = confirm(signed_in, signed_in.sign_in(asked), made.code())
    assert link[1] in again.url


def test_the_last_one_switches_it_off(provider: Provider, signed_in: Browser) -> None:
    """Said before and after; the recovery codes go with it; the member is told."""
    made = add_application(provider, signed_in)
    link = re.search(r'href="(/compte/securite/moyen/\w+)"', signed_in.get(SECURITY).text)
    assert link is not None
    page = signed_in.get(link[1])
    assert 'id="last-warning"' in page.text
    assert "n’est pas" not in signed_in.submit(page, {"do": "rename", "label": "Tablette"}, "rename").text
    assert "Tablette" in signed_in.get(SECURITY).text
    assert "est désactivée" in signed_in.submit(page, {"do": "remove"}, "remove").text
    assert any("La double authentification est désactivée" in one for one in subjects(provider))
    other = provider.browser()
    assert "Angela" in other.sign_in(other.get("/connexion")).text
    assert "Désactivée" in other.get(SECURITY).text
    assert 10 == len(made.recovery)


def test_nobody_changes_what_is_not_theirs(provider: Provider, signed_in: Browser) -> None:
    """A forged form, or the factor of nobody, changes nothing."""
    add_application(provider, signed_in)
    link = re.search(r'href="(/compte/securite/moyen/\w+)"', signed_in.get(SECURITY).text)
    assert link is not None
    signed_in.post(link[1], {"do": "remove", "csrf": "forged"})
    token = signed_in.get(link[1]).hidden()["csrf"]
    signed_in.post(f"{SECURITY}/moyen/{'0' * 32}", {"do": "remove", "csrf": token})
    assert link[1] in signed_in.get(SECURITY).text
    assert signed_in.get(f"{SECURITY}/moyen/{'0' * 32}").url.endswith(SECURITY)


@pytest.mark.parametrize(("flags", "kind"), [(PRESENT | VERIFIED, "hwk"), (PRESENT | VERIFIED | SHARED, "swk")])
def test_a_passkey_replaces_the_password(
    provider: Provider, espace: RelyingParty, signed_in: Browser, flags: int, kind: str
) -> None:
    """Two factors in one gesture; beside the password it is the second step. A challenge is good for one use."""
    passkey, browser = SoftPasskey(flags=flags), provider.browser()
    assert 10 == len(shown_codes(add_passkey(signed_in, passkey)))
    page = browser.get(espace.authorize_url())
    told = claims_of(espace.tokens(use_passkey(browser, page, passkey))["id_token"])
    assert (ACR_TWO_FACTORS, [kind, "user", "mfa"]) == (told["acr"], told["amr"])
    again = browser.get(espace.authorize_url(prompt="login"))
    assert REFUSED in browser.submit(again, {"credential": passkey.get(options := options_of(page))}, "sign-in").text
    assert options["challenge"] != options_of(again)["challenge"]
    asked = browser.sign_in(again, password=PASSWORD)
    told = claims_of(espace.tokens(use_passkey(browser, asked, passkey))["id_token"])
    assert (ACR_TWO_FACTORS, ["pwd", kind, "user", "mfa"]) == (told["acr"], told["amr"])


def reporting(browser: Browser) -> Page:
    """Press « Ce n'était pas moi » at the newest sign-in of another browser, and return what explains."""
    link = re.search(r'href="(/compte/historique/s[\w-]+/signaler)"', browser.get("/compte/historique").text)
    assert link is not None
    return browser.get(link[1])


def test_a_report_removes_what_the_intruder_added(provider: Provider, signed_in: Browser) -> None:
    """Else the new password would meet the intruder's second step; in the record, told, and none is left (N-067)."""
    passkey, browser, stranger = SoftPasskey(), provider.browser(), provider.browser()
    provider.clock.forward(1)
    stranger.sign_in(stranger.get("/connexion"))
    add_application(provider, stranger, "Téléphone d’un autre")
    provider.clock.forward(1)
    add_passkey(stranger, passkey)
    provider.clock.forward(700)
    page = reporting(signed_in)
    assert "Téléphone d’un autre, Clé d’accès" in page.text
    assert 'id="will-remove-codes"' in page.text
    signed_in.submit(page, {}, "report")
    (message,) = [text_of(one) for one in messages(provider) if "protégé" in str(one["Subject"])]
    assert "ajoutés depuis cette connexion sont retirés" in message
    keep(browser, browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser)))
    assert REFUSED in use_passkey(browser, browser.get("/connexion"), passkey).text
    assert "Angela DUBOIS" in browser.sign_in(browser.get("/connexion"), password=NEW).text
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier("1234567")
        assert account is not None
        left = (unit.authenticators.of(account.id), unit.recovery_codes.made_at(account.id))
        events = [one for one in unit.audit.of_account(account.id) if one.details.get("by") == "reported"]
    assert ([], None) == left
    assert ["factor_removed", "factor_removed", "recovery_codes_removed"] == sorted(one.event for one in events)
    assert {"totp", "passkey"} == {one.details["method"] for one in events if "method" in one.details}


def test_a_report_leaves_the_factors_from_before(provider: Provider, signed_in: Browser) -> None:
    """The member's own application and recovery codes still guard the account; only what came after goes."""
    made, passkey = add_application(provider, signed_in), SoftPasskey()
    browser, stranger = provider.browser(), provider.browser()
    confirm(stranger, stranger.sign_in(stranger.get("/connexion")), made.next_code())
    add_passkey(stranger, passkey)
    page = reporting(signed_in)
    assert (True, False) == ('id="will-remove"' in page.text, 'id="will-remove-codes"' in page.text)
    signed_in.submit(page, {}, "report")
    keep(browser, browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser)))
    page = browser.sign_in(browser.get("/connexion"), password=NEW)
    assert (True, False) == ("/confirmer/" in page.url, "data-options" in page.text)
    assert "Angela DUBOIS" in recover(browser, page, made.recovery[0]).text


@pytest.mark.parametrize(("waited", "removed"), [(0, True), (700, False)])
def test_a_report_needs_a_recent_proof_to_remove_what_is_older_than_it(
    provider: Provider, signed_in: Browser, waited: int, removed: bool
) -> None:
    """Else a session left open could rid the account of the member's own factors, by reporting an old sign-in."""
    made, browser = add_application(provider, signed_in), provider.browser()
    confirm(browser, browser.sign_in(browser.get("/connexion")), made.next_code())
    provider.clock.forward(waited)
    page = reporting(browser)
    assert removed == ('id="will-remove"' in page.text)
    browser.submit(page, {}, "report")
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier("1234567")
        assert account is not None
        assert removed == (not unit.authenticators.of(account.id))
        assert removed == (unit.recovery_codes.made_at(account.id) is None)


def test_after_a_report_a_passkey_waits_for_another_password(provider: Provider, signed_in: Browser) -> None:
    """One from before stays, but alone it opens nothing: the reset shows it, then it works again (N-067)."""
    passkey, browser, stranger = SoftPasskey(), provider.browser(), provider.browser()
    add_passkey(signed_in, passkey)
    provider.clock.forward(1)
    use_passkey(stranger, stranger.get("/connexion"), passkey)
    signed_in.submit(reporting(signed_in), {}, "report")
    page = use_passkey(browser, browser.get("/connexion"), passkey)
    assert REFUSED in page.text
    form = browser.sign_in(page, password=mailed(provider, browser))
    assert re.search(r"Clé d’accès «\s.*\s», ajoutée le", form.text)
    keep(browser, form)
    assert "Angela DUBOIS" in use_passkey(browser, browser.get("/connexion"), passkey).text


def test_passkeys_are_bound_to_what_asked_for_them(
    provider: Provider, espace: RelyingParty, signed_in: Browser
) -> None:
    """An unknown one, one for another browser, one for another action or a removed one opens nothing."""
    passkey, browser = SoftPasskey(), provider.browser()
    add_passkey(signed_in, passkey)
    page, elsewhere = browser.get(espace.authorize_url()), provider.browser().get("/connexion")
    second = espace.sign_in(provider.browser())
    answers = [
        SoftPasskey().get(options_of(page)),
        passkey.get(options_of(elsewhere)),
        passkey.get(options_of(second)),
        passkey.get({"challenge": "YQ"}),
    ]
    for answer in answers:
        assert REFUSED in browser.submit(page, {"credential": answer}, "sign-in").text
    link = re.search(r'href="(/compte/securite/moyen/\w+)"', signed_in.get(SECURITY).text)
    assert link is not None
    signed_in.submit(signed_in.get(link[1]), {"do": "remove"}, "remove")
    assert REFUSED in use_passkey(browser, page, passkey).text
    assert "__Host-idp-session" not in browser.cookies()


def test_a_copied_passkey_is_refused_and_told(provider: Provider, espace: RelyingParty, signed_in: Browser) -> None:
    """A counter that goes back on a key of one device stops it; on a shared one it is noted only."""
    passkey, shared, browser = (
        SoftPasskey(count=9),
        SoftPasskey(count=9, flags=PRESENT | VERIFIED | SHARED),
        provider.browser(),
    )
    for one in (passkey, shared):
        add_passkey(signed_in, one)
        one.count = 3
    assert REFUSED in use_passkey(browser, browser.get(espace.authorize_url()), passkey).text
    assert "code" in use_passkey(browser, browser.get(espace.authorize_url()), shared).query


def test_a_passkey_is_added_once_and_ten_are_enough(signed_in: Browser) -> None:
    """One that is registered is not registered again, and an account has ten at most."""
    passkey = SoftPasskey()
    add_passkey(signed_in, passkey)
    assert "n’a pas pu être enregistrée" in add_passkey(signed_in, passkey).text
    for _ in range(9):
        add_passkey(signed_in, SoftPasskey())
    assert "rien n’a été ajouté" in add_passkey(signed_in, SoftPasskey()).text
