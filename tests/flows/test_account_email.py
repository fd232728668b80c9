"""A member changes the contact address: a link to the new one, word to the old one, and time to think again."""

import re
from email.message import EmailMessage

import pytest
from sqlalchemy import update

from idp.store.tables import AccountRow
from tests.support.activation import NEW, ask, keep, mailed, messages, text_of
from tests.support.cast import MEMBER, PASSWORD
from tests.support.pages import Browser, Page
from tests.support.provider import Provider

PATH = "/compte/adresse-e-mail"
CHANGE = f"{PATH}/changer"


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """A browser in which the member has just signed in."""
    browser = provider.browser()
    browser.sign_in(browser.get("/connexion"))
    return browser


def ask_for(browser: Browser, address: str) -> Page:
    """Ask for another address."""
    return browser.submit(browser.get(CHANGE), {"email": address}, "send-link")


def sent_to(provider: Provider, address: str) -> list[EmailMessage]:
    """Return the messages to an address."""
    return [one for one in messages(provider) if one["To"] == address]


def proofs(provider: Provider) -> list[EmailMessage]:
    """Return the messages that bring a link."""
    return [one for one in messages(provider) if "Confirmez" in str(one["Subject"])]


def link(message: EmailMessage) -> str:
    """Return the path of the link in a message."""
    found = re.search(r"https://id\.example\.org(/adresse-e-mail/\S+)", text_of(message))
    assert found is not None
    return found[1]


def on_file(provider: Provider) -> tuple[str | None, bool]:
    """Return the member's address and whether it is proven."""
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
    assert account is not None
    return account.email, account.email_verified


def test_a_changed_password_ends_the_links_asked_for_before(provider: Provider, browser: Browser) -> None:
    """Whoever was in the account cannot take it over by an address that waits for its link (N-116)."""
    ask_for(browser, "intrus@autre.example")
    (first,) = sent_to(provider, "intrus@autre.example")
    change = {"present": PASSWORD, "password": NEW, "confirmation": NEW}
    browser.submit(browser.get("/compte/mot-de-passe"), change, "change-password")
    assert 400 == provider.browser().get(link(first)).status
    ask_for(browser, "intrus@autre.example")
    second = sent_to(provider, "intrus@autre.example")[-1]
    member = provider.browser()
    form = member.sign_in(member.get("/connexion"), password=mailed(provider, member))
    keep(member, form, "cheval-agrafe-batterie-4", email="angela@example.org")
    assert 400 == provider.browser().get(link(second)).status
    assert ("angela@example.org", True) == on_file(provider)


def test_the_new_address_is_the_members_once_its_link_was_followed(provider: Provider, browser: Browser) -> None:
    """Until then nothing changes; then the old one is told, and the new one rests (N-100, N-119)."""
    page = ask_for(browser, "angela@Autre.Example")
    assert "Un message vient de partir" in page.text
    assert "angela@autre.example" in page.text
    assert ("angela@example.org", False) == on_file(provider)
    assert "Un lien attend" in browser.get("/compte").text
    assert "Un lien attend" in browser.get("/").text
    (proof,) = sent_to(provider, "angela@autre.example")
    done = browser.submit(browser.get(link(proof)), {}, "confirm-email")
    assert 'href="/compte"' in done.text
    assert ("angela@autre.example", True) == on_file(provider)
    (told,) = [one for one in messages(provider) if "a été changée" in str(one["Subject"])]
    assert "angela@example.org" == told["To"]
    assert 'id="email-rests"' in browser.get(PATH).text
    assert 'value="email"' not in ask(provider.browser()).text
    provider.clock.forward(7 * 86400)
    browser.sign_in(browser.get("/connexion"))
    assert 'id="email-rests"' not in browser.get(PATH).text


def test_a_change_needs_a_fresh_sign_in(provider: Provider, browser: Browser) -> None:
    """Ten minutes later the form is behind a sign-in, and after it there it is (N-124)."""
    page = browser.get(CHANGE)
    provider.clock.forward(601)
    late = browser.submit(page, {"email": "angela@autre.example"}, "send-link")
    assert "/connexion/" in late.url
    assert [] == sent_to(provider, "angela@autre.example")
    assert 200 == browser.get(PATH).status
    again = browser.sign_in(browser.get(CHANGE))
    assert again.url.endswith(CHANGE)
    assert 'id="send-link"' in again.text


def test_a_request_can_be_given_up_or_sent_again(provider: Provider, browser: Browser) -> None:
    """The link sent again replaces the first; the one given up opens nothing."""
    ask_for(browser, "angela@autre.example")
    browser.submit(browser.get(PATH), {"action": "again"}, "send-again")
    first, second = sorted(
        sent_to(provider, "angela@autre.example"), key=lambda one: 400 == browser.get(link(one)).status
    )
    assert (200, 400) == (browser.get(link(first)).status, browser.get(link(second)).status)
    page = browser.submit(browser.get(PATH), {"action": "cancel"}, "cancel-email")
    assert "La demande est annulée" in page.text
    assert 'id="cancel-email"' not in page.text
    assert 400 == browser.get(link(first)).status


def test_the_address_on_file_is_confirmed_without_changing(provider: Provider, browser: Browser) -> None:
    """An address that came with the dossier is proven by a link; nobody is told of a change, and it does not rest."""
    assert "pas encore confirmée" in browser.get("/compte").text
    browser.submit(browser.get(PATH), {"action": "again"}, "confirm-address")
    (proof,) = proofs(provider)
    browser.submit(browser.get(link(proof)), {}, "confirm-email")
    assert ("angela@example.org", True) == on_file(provider)
    page = browser.get(PATH)
    assert "Confirmée" in page.text
    assert 'id="email-rests"' not in page.text
    assert not [one for one in messages(provider) if "a été changée" in str(one["Subject"])]
    assert "déjà la vôtre" in ask_for(browser, "Angela@example.org").text
    assert "attention" not in browser.get("/compte").text.replace("data-", "")


@pytest.mark.parametrize("typed", ["", "angela", "angela@example", "a@b.example, c@d.example", "a@b.example\r\nBcc: c"])
def test_what_is_no_address_is_told_beside_the_field(provider: Provider, browser: Browser, typed: str) -> None:
    """The form comes back with what was typed and an example; nothing is sent."""
    page = ask_for(browser, typed)
    assert 'id="email-error"' in page.text
    assert [] == proofs(provider)


def test_links_of_a_day_are_bounded(provider: Provider, browser: Browser) -> None:
    """Nobody floods a mailbox from an account, by asking nor by asking again."""
    pages = [ask_for(browser, f"angela{number}@autre.example") for number in range(6)]
    assert [True] * 5 + [False] == ["vient de partir" in page.text for page in pages]
    assert "plusieurs liens" in pages[5].text
    assert "plusieurs liens" in browser.submit(browser.get(PATH), {"action": "again"}, "send-again").text
    assert 5 == len(proofs(provider))
    provider.clock.forward(86401)
    browser.sign_in(browser.get("/connexion"), password=PASSWORD)
    assert "vient de partir" in ask_for(browser, "angela@autre.example").text


def test_a_member_without_an_address_gives_one(provider: Provider, browser: Browser) -> None:
    """The home asks for it calmly; nobody can be told of the change but the new address."""
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AccountRow).values(email=None, email_verified=False))
    assert "ne connaissons pas votre adresse e-mail" in browser.get("/").text
    ask_for(browser, "angela@nouvelle.example")
    (proof,) = proofs(provider)
    browser.submit(browser.get(link(proof)), {}, "confirm-email")
    assert ("angela@nouvelle.example", True) == on_file(provider)
    assert 1 == len(proofs(provider))


def test_a_forged_form_sends_nothing(provider: Provider, browser: Browser) -> None:
    """Neither the change nor what follows it is done without the form's own token (N-127)."""
    assert "trop longtemps" in browser.post(CHANGE, {"csrf": "forged", "email": "angela@autre.example"}).text
    browser.post(PATH, {"csrf": "forged", "action": "again"})
    assert [] == proofs(provider)
    ask_for(browser, "angela@autre.example")
    browser.post(PATH, {"csrf": "forged", "action": "cancel"})
    assert 'id="cancel-email"' in browser.get(PATH).text
