"""A member links FranceConnect from the account, unlinks it, and proves the dossier again: the whole house at work."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.emulator.keys import SigningKeys
from tests.support import activation
from tests.support.cast import ISSUER, MEMBER, PASSWORD
from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.upstream_world import ANGELA_CLAIMS, walk
from tests.support.with_franceconnect import button, through, with_franceconnect

PEOPLE = {
    "angela": ANGELA_CLAIMS | {"given_name": "Angela Claire", "given_name_array": ["Angela", "Claire"]},
    "louise": ANGELA_CLAIMS,
    "marc": ANGELA_CLAIMS | {"given_name": "Marc", "given_name_array": ["Marc"], "gender": "male"},
}
IDENTITIES = "/compte/identites"
TIE = f"{IDENTITIES}/franceconnect/relier"
UNTIE = f"{IDENTITIES}/franceconnect/delier"


@pytest.fixture(scope="module")
def signing_keys() -> SigningKeys:
    """The emulator's keys."""
    return SigningKeys()


@pytest.fixture
def provider(tmp_path: Path, signing_keys: SigningKeys) -> Iterator[Provider]:
    """A provider whose FranceConnect is an emulator, on the same clock."""
    with with_franceconnect(tmp_path, PEOPLE, signing_keys) as opened:
        yield opened


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """Angela's browser, signed in with her password, on the page of identities."""
    opened = provider.browser()
    page = opened.sign_in(opened.get(IDENTITIES))
    assert f"{ISSUER}{IDENTITIES}" == page.url
    return opened


def subjects(provider: Provider) -> list[str]:
    """Return the subjects of the messages that were sent."""
    activation.work(provider)
    return [str(message["Subject"]) for message in activation.messages(provider)]


def test_linked_and_unlinked(provider: Provider, browser: Browser) -> None:
    """Both ways with a page that says what changes, a word on the page that follows, and a mail."""
    page = through(browser, browser.get(TIE), "angela")
    assert page.url.startswith(f"{ISSUER}{IDENTITIES}?fait=")
    assert "FranceConnect est relié à votre dossier." in page.text
    assert "Par vous, depuis votre compte" in page.text
    page = browser.submit(browser.get(UNTIE), {}, "untie")
    assert "FranceConnect n’ouvre plus votre espace." in page.text
    assert "Pas relié" in browser.get(IDENTITIES).text
    assert {
        "FranceConnect ouvre désormais votre espace CARPIMKO",
        "FranceConnect n’ouvre plus votre espace CARPIMKO",
    } <= set(subjects(provider))


def by_franceconnect(provider: Provider) -> tuple[Browser, dict[str, str]]:
    """Return a browser signed in to an application by Angela's identity, and what the application was given."""
    espace, browser = RelyingParty(provider), provider.browser()
    page = through(browser, browser.get(espace.authorize_url(scope="openid offline_access")), "angela")
    return browser, espace.tokens(page)


def given(provider: Provider, issued: dict[str, str]) -> list[int]:
    """Return how the two tokens that an application was given are answered now."""
    espace = RelyingParty(provider)
    answers = espace.userinfo(issued["access_token"]), espace.refresh(issued["refresh_token"])
    return [one.status_code for one in answers]


def in_account(browser: Browser) -> bool:
    """Whether the account opens in this browser."""
    return 'id="nav-devices"' in browser.get("/compte").text


def test_untying_ends_what_was_opened_by_the_link(provider: Provider, browser: Browser) -> None:
    """The other browser is out with its tokens and with the address that waits; this one stays, with its own."""
    through(browser, browser.get(TIE), "angela")
    espace = RelyingParty(provider)
    own = espace.tokens(browser.get(espace.authorize_url(scope="openid offline_access")))
    other, issued = by_franceconnect(provider)
    other.submit(other.get("/compte/adresse-e-mail/changer"), {"email": "stranger@example.net"}, "send-link")
    (proof,) = activation.messages(provider, "stranger@example.net")
    link = re.search(r"https://id\.example\.org(/adresse-e-mail/\S+)", activation.text_of(proof))
    assert link
    page = browser.get(UNTIE)
    assert "Vos autres connexions seront fermées" in page.text
    assert "Vos autres connexions sont fermées." in browser.submit(page, {}, "untie").text
    activation.work(provider)
    told = "".join(activation.text_of(one) for one in activation.messages(provider))
    assert "Vos autres connexions ont été fermées." in told
    assert [False, True] == [in_account(one) for one in (other, browser)]
    assert [[401, 400], [200, 200]] == [given(provider, one) for one in (issued, own)]
    assert "Ce lien n’est plus valable" in provider.browser().get(link[1]).text


def test_what_cannot_be_untied_ends_nothing(provider: Provider) -> None:
    """The last way in stays, and so does every session."""
    with provider.application.store.begin() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
        assert account is not None
        unit.accounts.require_reset(account.id, "reported", provider.clock())
    other, issued = by_franceconnect(provider)

    def ended(_unit: object) -> None:
        raise AssertionError("nothing was untied")

    identities = provider.application.edge.identities
    assert "last_way" == identities.untie(account.id, "franceconnect", ended)
    assert "none" == identities.untie(account.id, "other", ended)
    assert in_account(other)
    assert [200, 200] == given(provider, issued)


def test_a_proof_that_replaces_a_link_ends_what_was_opened_by_it(provider: Provider) -> None:
    """Whoever proves the dossier is in at once, and whoever came by the older identity is out."""
    stranger, issued = by_franceconnect(provider)
    assert in_account(stranger)
    mine = provider.browser()
    page = through(mine, mine.get("/connexion"), "louise")
    page = mine.submit(page, {"situation": "affilie", "dossier": "1234567", "password": PASSWORD}, "link")
    assert "Angela DUBOIS" in page.text
    assert [False, True] == [in_account(one) for one in (stranger, mine)]
    assert [401, 400] == given(provider, issued)
    shown = mine.get("/compte/historique").text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "Fermée : le dossier a été relié à une autre identité" in shown


def test_a_member_who_replaces_a_link_from_the_account_stays(provider: Provider, browser: Browser) -> None:
    """Somebody came by another identity while the member proved theirs: they are out, the member's session stays."""
    page = through(browser, browser.get(TIE), "louise")
    assert "/federation/franceconnect/preuve" in page.url
    stranger, issued = by_franceconnect(provider)
    page = browser.submit(page, {"situation": "affilie", "dossier": "1234567", "password": PASSWORD}, "link")
    assert "FranceConnect est relié à votre dossier." in page.text
    assert [False, True] == [in_account(one) for one in (stranger, browser)]
    assert [401, 400] == given(provider, issued)


def test_a_first_link_by_proof_ends_nothing(provider: Provider, browser: Browser) -> None:
    """There was no other identity, so nobody came by one."""
    other = provider.browser()
    page = through(other, other.get("/connexion"), "louise")
    other.submit(page, {"situation": "affilie", "dossier": "1234567", "password": PASSWORD}, "link")
    assert [True, True] == [in_account(one) for one in (other, browser)]


def test_signing_out_ends_the_upstream_session_too(browser: Browser) -> None:
    """FranceConnect knows this browser now: the next person on it must not be signed in as Angela."""
    through(browser, browser.get(TIE), "angela")
    left = browser.submit(browser.get("/deconnexion"), {}, follow=False)
    assert "/session/end?" in left.headers["Location"]


def test_a_relative_links_nothing(browser: Browser) -> None:
    """On a screen left open, a husband's FranceConnect is refused in plain words."""
    page = through(browser, browser.get(TIE), "marc")
    assert (403, True) == (page.status, "Ce compte FranceConnect n’est pas le vôtre" in page.text)
    assert "Pas relié" in browser.get(IDENTITIES).text


@pytest.mark.parametrize("path", [TIE, UNTIE])
def test_only_after_a_recent_sign_in(provider: Provider, browser: Browser, path: str) -> None:
    """Later, the page asks for the password again and comes back to itself (N-093)."""
    through(browser, browser.get(TIE), "angela")
    provider.clock.forward(provider.application.settings.account.fresh_for + 1)
    page = browser.get(path)
    assert "/connexion/" in page.url
    assert browser.get(IDENTITIES).url.endswith(IDENTITIES)
    landed = browser.sign_in(page).url
    assert landed.endswith(UNTIE if path == UNTIE else IDENTITIES)


def test_a_form_of_another_site_unlinks_nothing(provider: Provider, browser: Browser) -> None:
    """Without this session's token the link stays (N-127)."""
    through(browser, browser.get(TIE), "angela")
    page = browser.post(UNTIE, {"csrf": "x"})
    assert page.url.endswith(UNTIE)
    assert "Relié à votre dossier" in browser.get(IDENTITIES).text
    assert not [subject for subject in subjects(provider) if "n’ouvre plus" in subject]


def test_the_last_way_in_stays(provider: Provider) -> None:
    """Who has no password that works keeps FranceConnect, and is told how to get one."""
    with provider.application.store.begin() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
        assert account is not None
        unit.accounts.require_reset(account.id, "reported", provider.clock())
    browser = provider.browser()
    through(browser, browser.get("/connexion"), "angela")
    page = browser.get(UNTIE)
    assert 'id="last-way"' in page.text
    assert 'href="/mot-de-passe-oublie"' in page.text
    assert "Relié à votre dossier" in browser.get(IDENTITIES).text


def test_no_automatic_link_comes_back_and_a_code_proves_it(provider: Provider, browser: Browser) -> None:
    """After unlinking, FranceConnect asks for a proof; the code from her mailbox is one, and signs her in."""
    through(browser, browser.get(TIE), "angela")
    browser.submit(browser.get(UNTIE), {}, "untie")
    other = provider.browser()
    page = through(other, other.get("/connexion"), "angela")
    assert "/federation/franceconnect/preuve" in page.url
    page = other.get(page.url.replace("/preuve", "/code"))
    page = other.submit(page, {"situation": "affilie", "dossier": "1234567", "action": "ask"}, "ask-code")
    assert "a***la@e*****.org" in page.text
    assert "Votre code CARPIMKO" in subjects(provider)
    sent = [one for one in activation.messages(provider) if one["Subject"] == "Votre code CARPIMKO"]
    text = activation.text_of(sent[0])
    found = re.search(r"^ {4}(\d{4} \d{4})\s", text, re.MULTILINE)
    assert found, text
    page = other.submit(page, {"code": found[1], "action": "answer"}, "link")
    assert "Angela DUBOIS" in page.text
    assert "Par vous, après vérification de votre dossier" in other.get(IDENTITIES).text


@pytest.mark.parametrize("why", ["dormant", "reported"])
def test_a_proof_by_a_retired_password_is_told_what_the_sign_in_page_tells(provider: Provider, why: str) -> None:
    """The page that says so and gives another one, the number known already; nothing is linked, nobody signed in."""
    with provider.application.store.begin() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
        assert account is not None
        unit.accounts.require_reset(account.id, why, provider.clock())
    browser = provider.browser()
    page = through(browser, browser.get("/connexion"), "louise")
    assert "/federation/franceconnect/preuve" in page.url
    fields = {"situation": "affilie", "dossier": "1234567"}
    wrong = browser.submit(page, {**fields, "password": "a-wrong-password"}, "link")
    assert (True, False) == ("incorrect" in wrong.text, f'id="{why}"' in wrong.text)
    page = browser.submit(wrong, {**fields, "password": PASSWORD}, "link")
    assert (True, True) == ("/mot-de-passe-oublie/" in page.url, f'id="{why}"' in page.text)
    activation.choose(browser, page)
    assert 1 == len(activation.mailed_secrets(provider))
    assert "/connexion/" in browser.get(IDENTITIES).url
    assert provider.application.edge.upstreams["franceconnect"].identity(account.id) is None


def test_a_letter_proves_it(provider: Provider, browser: Browser) -> None:
    """Who has neither password nor mailbox waits for the post, comes back in another browser, and is in."""
    through(browser, browser.get(TIE), "angela")
    browser.submit(browser.get(UNTIE), {}, "untie")
    first = provider.browser()
    page = first.get(through(first, first.get("/connexion"), "angela").url.replace("/preuve", "/courrier"))
    page = first.submit(page, {"situation": "affilie", "dossier": "1234567", "action": "ask"}, "ask-letter")
    assert 'id="letter-asked"' in page.text
    (code,) = activation.posted_secrets(provider)
    other = provider.browser()
    assert "incorrect" in other.sign_in(other.get("/connexion"), password=code).text
    other = provider.browser()
    page = through(other, other.get("/connexion"), "angela")
    page = other.get(page.url.replace("/preuve", "/courrier"))
    assert "n’est pas le bon" in other.submit(page, {"code": "ABCD-EFGH-JKMN-2345", "action": "answer"}, "link").text
    page = other.submit(page, {"code": code.lower(), "action": "answer"}, "link")
    assert "Angela DUBOIS" in page.text
    assert "Par vous, après vérification de votre dossier" in other.get(IDENTITIES).text
    assert {"FranceConnect ouvre désormais votre espace CARPIMKO"} <= set(subjects(provider))


def test_a_reset_shows_what_else_opens_the_account(provider: Provider, browser: Browser) -> None:
    """Whoever takes the account back sees FranceConnect there; a change of address begun before is over (N-067)."""
    through(browser, browser.get(TIE), "angela")
    browser.submit(browser.get("/compte/adresse-e-mail/changer"), {"email": "intruder@example.net"}, "send-link")
    told = "".join(activation.text_of(one) for one in activation.messages(provider))
    link = re.search(r"https://id\.example\.org(/adresse-e-mail/\S+)", told)
    assert link
    other = provider.browser()
    secret = activation.mailed(provider, other)
    page = other.sign_in(other.get("/connexion"), password=secret)
    assert "Ce qui ouvre aussi votre espace" in page.text
    assert "FranceConnect, relié le" in page.text
    assert "Votre mot de passe est enregistré" in activation.keep(other, page).text
    assert "Ce lien n’est plus valable" in provider.browser().get(link[1]).text


def test_unknown_numbers_get_the_same_page(provider: Provider) -> None:
    """Known to be hers, or unknown: the pages differ in the number and the masked address, and in nothing else."""
    browser = provider.browser()
    page = through(browser, browser.get("/connexion"), "louise")
    path = page.url.replace("/preuve", "/code")
    invented = provider.application.desk.deliveries.options
    strangers = (f"{number}" for number in range(2000000, 2000100))
    addressed = [one for one in strangers if invented(None, "affilie", one, provider.clock()).masked_email]
    seen = set()
    for dossier in ("1234567", *addressed[:2]):
        page = browser.submit(
            browser.get(path), {"situation": "affilie", "dossier": dossier, "action": "ask"}, "ask-code"
        )
        masked = re.sub(r'id="masked-email">[^<]*<', 'id="masked-email"><', page.text)
        seen.add(re.sub(r'nonce="[^"]*"|value="[^"]*"', "", masked.replace(dossier, "")))
        browser.submit(page, {"action": "other"}, "other-dossier")
    assert 1 == len(seen)


def test_the_trip_is_of_one_session(provider: Provider, browser: Browser) -> None:
    """Signed out on the way, nothing is linked at the end."""
    left = browser.get(button(browser.get(TIE)), follow=False)
    browser.submit(browser.get("/deconnexion"), {})
    page = browser.get(walk(left.headers["Location"], "angela"))
    assert (400, True) == (page.status, "Cette étape n’est plus valable" in page.text)
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
    assert account is not None
    assert provider.application.edge.upstreams["franceconnect"].identity(account.id) is None


def test_nothing_is_linked_while_it_is_paused(provider: Provider, browser: Browser) -> None:
    """The page says so instead of the button, and a page from before leads back unchanged."""
    page = browser.get(TIE)
    provider.application.upstream_switch.pause("franceconnect")
    assert 503 == browser.get(button(page)).status
    assert 'id="franceconnect-unavailable"' in browser.get(TIE).text
