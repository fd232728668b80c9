"""The members' desk at the console: whom it finds, what it shows, what it does, and what it refuses."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation import links
from idp.admin.console.members import PAGES
from idp.admin.roles import Role
from idp.members.dossiers import Dossier
from idp.store.authenticators import TOTP, Authenticator
from tests.support.activation import posted_secrets, work
from tests.support.administration import ANGELA, FIRST, administered, recorded, waiting
from tests.support.cast import MEMBER
from tests.support.pages import Page
from tests.support.provider import Provider, running
from tests.support.staff import Desk, at_the_console

HERE = "/dossiers"
WHY = {"identified": "callback", "reason": "Perdu <b>."}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that offers FranceConnect."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, of the support desk."""
    return at_the_console(provider, Role.MEMBERS)


def found(desk: Desk, **sought: str) -> Page:
    """Look for somebody."""
    return desk.browser.submit(desk.get(HERE), sought, "find")


def opened(desk: Desk, dossier: str = MEMBER.dossier) -> Page:
    """Look for a dossier and open its page."""
    page = found(desk, dossier=dossier)
    link = re.search(rf'href="/administration({HERE}/\w+)">{dossier}<', page.text)
    assert link is not None, page.text
    return desk.get(link[1])


def verb(desk: Desk, page: Page, name: str) -> Page:
    """Open the page of an act from a member's page."""
    assert f'id="act-{name}"' in page.text, page.text
    return desk.browser.get(f"{page.url.partition('?')[0]}/{name}")


def test_found_by_name_and_day_and_never_in_an_address(desk: Desk, provider: Provider) -> None:
    """As French people write a day; the address of the results says nothing of whom; who is shown is on record."""
    page = found(desk, name="dub", birthdate="24/08/1962")
    assert page.url.endswith(HERE)
    assert (True, True) == (f">{FIRST}<" in page.text, f">{MEMBER.dossier}<" in page.text)
    assert 'value="dub"' in page.text
    lines = recorded(provider, "members_found")
    assert {"console"} == {one.details["door"] for one in lines}
    assert "Personne ne correspond" in found(desk, name="nemo").text


@pytest.mark.parametrize(
    ("sought", "field"),
    [
        ({}, "error-summary"),
        ({"name": "d"}, "name-error"),
        ({"dossier": "12"}, "dossier-error"),
        ({"birthdate": "hier", "name": "<b>ab"}, "birthdate-error"),
        ({"dossier": "12", "name": "d"}, "name-error"),
    ],
)
def test_a_search_that_says_nobody(desk: Desk, sought: dict[str, str], field: str) -> None:
    """Said at the head or beside the field; what was typed stays, as text."""
    page = found(desk, **sought)
    assert f'id="{field}"' in page.text
    assert "<b>" not in page.text
    assert 'id="found"' not in page.text


def test_a_day_that_does_not_exist_is_said_with_all_else(desk: Desk) -> None:
    """Nobody is born on 31 February: that is not the answer that nobody fits, and a wrong number is told with it."""
    page = found(desk, dossier="55A", birthdate="31/02/1980").text
    assert ("Cette date n’existe pas." in page, "Le numéro de dossier a 7 ou 9 chiffres." in page) == (True, True)
    assert ('id="birthdate-error"' in page, 'id="dossier-error"' in page) == (True, True)


def test_a_letter_is_sent(desk: Desk, provider: Provider) -> None:
    """From the search to the sending: what was done is said, the record has why, and no page has the password."""
    page = opened(desk)
    assert (True, False) == ("***" in page.text, str(MEMBER.email) in page.text)
    done = desk.browser.submit(verb(desk, page, "mot-de-passe"), {"channel": "post", **WHY}, "confirm-act")
    assert ('id="done"' in done.text, "Perdu &lt;b&gt;." in done.text) == (True, True)
    (secret,) = posted_secrets(provider)
    after = opened(desk)
    assert ("À imprimer" in after.text, secret in after.text) == (True, False)
    again = desk.browser.submit(verb(desk, after, "mot-de-passe"), {"channel": "post", **WHY}, "confirm-act")
    assert ("Un courrier est en route" in again.text, 'value="Perdu &lt;b&gt;."' in again.text) == (True, True)


def test_what_did_not_leave_says_why(desk: Desk, provider: Provider) -> None:
    """The desk reads which message, and what stopped it, in words of both languages."""
    store = provider.application.store
    with store.begin() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
        assert account is not None
        for task in ("waits", "over"):
            payload = {"account_id": account.id, "template": "new_device"}
            unit.outbox.add("mail", task, payload, task_id=task, now=provider.clock())
        unit.outbox.failed("waits", "SMTPRecipientsRefused 452 4.2.2", not_before=provider.clock() + 60)
        unit.outbox.abandon("over", "unusable_address", provider.clock(), {"account_id": account.id})
    page = opened(desk)
    said = ("Avis : nouvel appareil", "La boîte aux lettres est pleine", "L’adresse e-mail est mal formée")
    assert [True] * 3 == [words.replace(" :", "\xa0:") in page.text for words in said]
    english = desk.browser.get(f"{page.url}?lang=en").text
    assert ("The mailbox is full" in english, "new_device" in english) == (True, False)


def test_what_was_sent_is_listed(desk: Desk, provider: Provider) -> None:
    """Passwords, links and notices, waiting and gone, the newest first, each once; nothing of what they said."""
    desk.browser.submit(verb(desk, opened(desk), "mot-de-passe"), {"channel": "email", **WHY}, "confirm-act")
    work(provider)
    provider.clock.forward(60)
    member = provider.browser()
    member.sign_in(member.get("/compte"))
    provider.clock.forward(60)
    member.submit(member.get("/compte/adresse-e-mail/changer"), {"email": "a@autre.example"}, "send-link")
    sent = ["Lien qui confirme l’adresse e-mail", "Avis\u00a0: nouvel appareil", "Mot de passe provisoire"]
    for carried in (["À envoyer", "À envoyer", "Envoyé"], ["Envoyé", "Envoyé", "Envoyé"]):
        page = opened(desk).text
        rows = re.findall(r'data-title="Quoi">([^<]*)<.*?data-title="Envoi">.*?<span>([^<]*)</span>', page, re.DOTALL)
        assert (list(zip(sent, carried, strict=True)), False) == (rows, "autre.example" in page)
        work(provider)


def test_what_is_missing_is_said(desk: Desk) -> None:
    """No channel, nobody identified, no reason, no token: the form again, and nothing is done."""
    page = verb(desk, opened(desk), "mot-de-passe")
    empty = desk.browser.submit(page, {"reason": " "}, "confirm-act")
    errors = re.findall(r'id="(\w+)-error"', empty.text)
    assert ["channel", "identified", "reason"] == errors
    forged = desk.browser.post(page.url, {"channel": "post", **WHY})
    assert "La page a été ouverte trop longtemps" in forged.text


def test_an_identity_by_its_providers_name(desk: Desk, provider: Provider) -> None:
    """FranceConnect is called so, its address shown nowhere; an issuer that the house does not know is its address."""
    upstream, before = provider.application.edge.upstreams["franceconnect"], "https://before.example/api/v2"
    page = opened(desk, FIRST)
    account = page.url.rpartition("/")[2]
    with provider.application.store.begin() as unit:
        for issuer in (upstream.issuer, before):
            links.add(unit.session, links.Link(issuer, issuer, "sub", account, 1000, "proof", {}))
    shown = desk.get(f"{HERE}/{account}").text
    named = [
        f'<th scope="row">{words}</th>' in shown for words in ("FranceConnect", f'<span class="mono">{before}</span>')
    ]
    assert ([True, True], False) == (named, upstream.issuer in shown)


def test_every_act_from_its_button(desk: Desk, provider: Provider) -> None:
    """Each is offered where the state allows it, says that it is done, and stands in the list of what was done."""
    case = waiting(provider)
    provider.application.dossiers.upsert(
        Dossier(FIRST, "affilie", "active", ANGELA, "angela@example.org", None, None, {}), None
    )
    page = opened(desk, FIRST)
    assert f'<span class="mono">{case}</span>' in page.text or f">{case}</a>" in page.text
    cases = desk.get(f"/rapprochements/{case}")
    choice = re.search(rf'value="(\w+)">\s*<span>Rattacher au dossier {FIRST}', cases.text)
    assert choice is not None
    desk.browser.submit(cases, {"decision": choice[1], "reason": "Vu."}, "decide")
    with provider.application.store.begin() as unit:
        unit.authenticators.add(Authenticator("codes", choice[1], TOTP, "Tel", 1000, sealed=b"sealed"))
    asked = {
        "sessions": {},
        "second-facteur": {},
        "detacher": {"upstream": "franceconnect"},
        "suspendre": {"cause": "fraud"},
        "reprendre": {},
        "fermer": {"cause": "departed"},
    }
    for name, fields in asked.items():
        form = verb(desk, opened(desk, FIRST), name)
        done = desk.browser.submit(form, {**WHY, **fields}, "confirm-act")
        assert (name, True) == (name, 'id="done"' in done.text)
    last = opened(desk, FIRST)
    assert ["reprendre"] == re.findall(r'id="act-([\w-]+)"', last.text)
    assert 7 == last.text.count("marie@fund.example</td>")


def test_a_dangerous_act_long_after_the_sign_in(desk: Desk, provider: Provider) -> None:
    """The page of closing asks to sign in again, and comes back to itself."""
    page = opened(desk)
    provider.clock.forward(400)
    asked = desk.browser.get(f"{page.url}/fermer")
    assert desk.again(asked).url.endswith("/fermer")


def test_a_long_history_has_pages(desk: Desk, provider: Provider) -> None:
    """The latest on the member's page, the others behind it; each page that is opened is on record."""
    for _ in range(21):
        browser = provider.browser()
        browser.sign_in(browser.get("/connexion"))
        provider.clock.forward(1)
    page = opened(desk)
    assert 20 == page.text.count(">En cours<")
    before = len(recorded(provider, "member_seen"))
    earlier = desk.browser.get(re.findall(r'href="(/administration/dossiers/\w+/connexions\?page=2)"', page.text)[0])
    assert (1, 'id="later"' in earlier.text) == (earlier.text.count(">En cours<"), True)
    assert before + 1 == len(recorded(provider, "member_seen"))
    whole = earlier.url.partition("?")[0]
    assert [200] * 4 == [desk.browser.get(f"{whole}?page={typed}").status for typed in ("-1", "99999999", "²", "0")]


def test_who_looks_has_no_buttons(provider: Provider) -> None:
    """An auditor finds and sees, in English too, and acts on nothing; what is no id is not found."""
    auditor = at_the_console(provider, Role.AUDITOR)
    page = opened(auditor)
    assert ("Fermer le dossier" in page.text, MEMBER.dossier in page.text) == (False, True)
    assert "Open sessions" in auditor.browser.get(f"{page.url}?lang=en").text
    assert [403] * len(PAGES) == [auditor.browser.get(f"{page.url}/{name}").status for name in PAGES]
    wrong = ("%00", "0" * 32, MEMBER.dossier, "é" * 32)
    assert [404] * len(wrong) == [auditor.get(f"{HERE}/{name}").status for name in wrong]
