"""An administrator at the console: comes in through the provider, acts, is asked again, is shut out, goes out."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from sqlalchemy import text

from idp.admin.actor import FRESH_FOR, operator
from idp.admin.console.sessions import ABSOLUTE, IDLE
from idp.admin.roles import Role
from idp.protocol.opaque import digest
from tests.support.cast import ESPACE, ISSUER, SECRET
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.second_factor import shown_secret
from tests.support.staff import CONSOLE, LOGIN, Desk, acts_of, at_the_console, chooses, invited, joined, sends

ADMINISTRATORS = "/administrateurs"
NEW = f"{ADMINISTRATORS}/nouveau"
SIGN_IN = "/administration/connexion/"
PAUL = "paul@fund.example"
OUTCOME = r'class="table__outcome"[^>]*>(.*?)</td>'


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, with every role."""
    return at_the_console(provider)


def events(provider: Provider) -> list[str]:
    """Return the record's events about administration, oldest first."""
    with provider.application.store.reading() as unit:
        known = [event["event"] for event in unit.audit_seals.events(0, 999)]
    return [event for event in known if event.startswith(("admin_", "act_", "audit_"))]


def creates(desk: Desk, login: str = PAUL, **fields: str) -> Page:
    """Fill the form of a new administrator."""
    return desk.browser.submit(
        desk.get(NEW), {"login": login, "name": "Paul <b>", "roles": "auditor", **fields}, "create"
    )


def found(desk: Desk, search: str) -> list[str]:
    """Return the ids of the applications that a search finds."""
    page = desk.get(f"/applications?recherche={quote(search)}")
    return re.findall(rf'href="{CONSOLE}/applications/(\w+)"', page.text)


def one(desk: Desk, login: str) -> str:
    """Return the path of an administrator's page below the console."""
    found = re.search(rf'href="{CONSOLE}({ADMINISTRATORS}/\w+)">{login}<', desk.get(ADMINISTRATORS).text)
    assert found is not None
    return found[1]


def test_from_the_invitation_to_an_act(provider: Provider, desk: Desk) -> None:
    """Somebody invited at the console comes in, and is asked for a sign-in before anything is shown."""
    made = creates(desk)
    link = re.search(r'id="invitation-url"[^>]*>([^<]+)<', made.text)
    assert link is not None
    assert "Paul &lt;b&gt;" in made.text
    assert "no-store" in made.headers["Cache-Control"]
    assert PAUL in desk.get().text
    browser = provider.browser()
    assert "Votre second moyen" in chooses(browser, link[1]).text
    assert SIGN_IN in browser.get(CONSOLE).url
    assert ["admin_created", "admin_joined", "admin_created"] == events(provider)


def test_on_every_pair_of_stores(every_provider: Provider) -> None:
    """Invitation, sign-in, an act, a look at the record and the way out, over each pair of stores."""
    desk = at_the_console(every_provider)
    assert 'id="invitation-url"' in creates(desk).text
    assert PAUL in desk.get(ADMINISTRATORS).text
    assert "admin_created" in desk.get("/journal?event=admin_created").text
    desk.browser.submit(desk.get(), {}, "leave")
    assert SIGN_IN in desk.get().url


def test_the_console_is_an_application_of_the_provider(provider: Provider, browser: Browser) -> None:
    """State, nonce and PKCE go out; what comes back from another browser, twice or by hand opens nothing."""
    joined(provider)
    page = browser.get(CONSOLE)
    asked = parse_qs(urlsplit(next(url for url in browser.history if "/authorize?" in url)).query)
    assert {"state", "nonce", "code_challenge", "redirect_uri"} <= set(asked)
    assert (["console"], [f"{ISSUER}/administration/retour"]) == (asked["client_id"], asked["redirect_uri"])
    who = at_the_console(provider, login="root@fund.example")
    back = next(url for url in who.browser.history if "/administration/retour?" in url)
    assert [400, 400] == [one.get(back).status for one in (who.browser, provider.browser())]
    assert 400 == browser.get(f"/administration/retour?state={asked['state'][0]}&code=made-up&iss={ISSUER}").status
    assert SIGN_IN in page.url
    assert SIGN_IN in browser.get(CONSOLE).url


def test_an_old_sign_in_is_asked_for_again(provider: Provider, desk: Desk) -> None:
    """Before a dangerous act the administrator proves again who they are, and comes back to the act's page."""
    provider.clock.forward(FRESH_FOR + 1)
    assert "Administrateurs" in desk.get(ADMINISTRATORS).text
    asked = desk.get(NEW)
    assert "Confirmez votre identité" in asked.text
    back = desk.again(asked)
    assert back.url.endswith(NEW)
    assert (
        'id="invitation-url"'
        in desk.browser.submit(back, {"login": PAUL, "name": "Paul", "roles": "auditor"}, "create").text
    )
    # A form that was open for too long is asked for again, and does nothing meanwhile.
    page = desk.get(f"{one(desk, PAUL)}/desactiver")
    provider.clock.forward(FRESH_FOR + 1)
    late = desk.browser.submit(page, {"reason": "départ"}, "confirm-act")
    assert SIGN_IN in late.url
    assert "admin_disabled" not in events(provider)
    assert desk.again(late).url.endswith("/desactiver")


def test_roles_invitation_and_the_end(provider: Provider, desk: Desk) -> None:
    """The acts on one administrator, each from its page, each recorded with who did it."""
    creates(desk)
    path = one(desk, PAUL)
    browser = desk.browser
    assert 'id="error-summary"' in browser.submit(desk.get(f"{path}/roles"), {}, "confirm-act").text
    assert "Sécurité" in browser.submit(desk.get(f"{path}/roles"), {"roles": "security"}, "confirm-act").text
    assert 'id="invitation-url"' in browser.submit(desk.get(f"{path}/inviter"), {}, "confirm-act").text
    assert 'id="reason-error"' in browser.submit(desk.get(f"{path}/desactiver"), {"reason": " "}, "confirm-act").text
    ended = browser.submit(desk.get(f"{path}/desactiver"), {"reason": "départ <i>"}, "confirm-act")
    assert "Désactivé" in ended.text
    assert ["admin_created", "admin_roles", "admin_invited", "admin_disabled"] == events(provider)[2:]
    assert "départ &lt;i&gt;" in desk.get("/journal?event=admin_disabled").text
    last = browser.submit(desk.get(f"{one(desk, LOGIN)}/desactiver"), {"reason": "fin"}, "confirm-act")
    assert "dernier administrateur" in last.text
    assert 'id="to-invite"' in ended.text
    back = desk.get(f"{path}/inviter")
    assert "le lien le rouvre" in back.text
    assert 'id="invitation-url"' in browser.submit(back, {}, "confirm-act").text
    assert "Désactivé" not in desk.get(path).text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"login": "paul"}, "login"), ({"login": LOGIN}, "login"), ({"name": " "}, "name"), ({"roles": "king"}, "roles")],
)
def test_what_is_wrong_stands_beside_its_field(
    provider: Provider, desk: Desk, fields: dict[str, str], wrong: str
) -> None:
    """Each refusal of the act is said in the page's own words; nothing was done."""
    page = creates(desk, **fields)
    assert f'id="{wrong}-error"' in page.text
    assert f'href="#{wrong}"' in page.text
    assert 1 == len(acts_of(provider).list(operator("test")))


def test_an_auditor_is_offered_no_act_on_administrators(provider: Provider) -> None:
    """The list and a page of one are to be read; what changes them is not shown to somebody who may not."""
    offered = ('id="new"', 'id="to-roles"', 'id="to-invite"', 'id="to-disable"')
    for role, shown in ((Role.AUDITOR, []), (Role.SECURITY, list(offered))):
        desk = at_the_console(provider, role, login=f"{role}@fund.example")
        page = desk.get(ADMINISTRATORS).text
        one = re.search(rf"{CONSOLE}{ADMINISTRATORS}/([0-9a-f]+)", page)
        assert one is not None
        both = page + desk.get(f"{ADMINISTRATORS}/{one[1]}").text
        assert shown == [name for name in offered if name in both]


def test_shut_out_in_the_middle(provider: Provider, desk: Desk) -> None:
    """Disabled, invited again, other roles: the next page knows."""
    root = operator("test")
    joined(provider, "root@fund.example")
    acts_of(provider).change_roles(root, LOGIN, {Role.AUDITOR})
    page = desk.get(NEW)
    assert (403, True) == (page.status, "Vos rôles n’ouvrent pas" in page.text)
    acts_of(provider).disable(root, LOGIN, "départ")
    assert SIGN_IN in desk.get().url


def test_idle_and_absolute(provider: Provider, desk: Desk) -> None:
    """The console asks again after a quarter of an hour without a request, and after eight hours in any case."""
    cookie = desk.browser.cookies()["__Host-idp-console"]
    provider.clock.forward(IDLE - 1)
    assert desk.get().url.endswith(CONSOLE)
    assert cookie == desk.browser.cookies()["__Host-idp-console"]
    provider.clock.forward(IDLE)
    desk.get()
    assert cookie != desk.browser.cookies().get("__Host-idp-console")
    sessions = provider.application.console.sessions
    (who,) = acts_of(provider).list(operator("test"))
    kept = sessions.start(who, "sid", provider.clock())
    for _ in range(ABSOLUTE // (IDLE - 1)):
        provider.clock.forward(IDLE - 1)
        assert sessions.get(kept) is not None
    provider.clock.forward(IDLE - 1)
    assert sessions.get(kept) is None


def test_going_out_ends_both(provider: Provider, desk: Desk) -> None:
    """The console's way out ends the provider's session too; the provider's way out ends the console's."""
    left = desk.browser.submit(desk.get(), {}, "leave")
    assert 'id="left"' in left.text
    assert SIGN_IN in desk.get().url
    other = at_the_console(provider, login="root@fund.example")
    other.browser.submit(other.browser.get("/deconnexion"), {}, "logout-confirm")
    assert SIGN_IN in other.get().url


def test_members_and_staff_do_not_meet(provider: Provider, browser: Browser, desk: Desk) -> None:
    """A member's session does not open the console; the staff's opens no page of members."""
    RelyingParty(provider).sign_in(browser)
    assert SIGN_IN in browser.get(CONSOLE).url
    assert "/connexion/" in desk.browser.get("/compte").url
    assert SIGN_IN not in desk.browser.get("/compte").url
    assert "/connexion/" in desk.browser.get(RelyingParty(provider).authorize_url()).url


def test_no_act_without_the_form(provider: Provider, desk: Desk) -> None:
    """A form of another origin, without its token or with another's, does nothing."""
    page = desk.get(NEW)
    fields = {"login": PAUL, "name": "Paul", "roles": "auditor"}
    for changes, headers in (({"csrf": "forged"}, {}), (page.hidden(), {"Origin": "https://evil.example"})):
        answer = desk.browser.post(f"{CONSOLE}{NEW}", {**fields, **changes}, headers=headers)
        assert "ouverte trop longtemps" in answer.text
    desk.browser.post(f"{CONSOLE}/deconnexion", {"csrf": "forged"})
    assert desk.get().url.endswith(CONSOLE)
    assert 1 == len(acts_of(provider).list(operator("test")))


def test_many_administrators_come_in_pages(provider: Provider, desk: Desk) -> None:
    """Fifty a page, by login, and back to the first."""
    acts = acts_of(provider)
    for number in range(50):
        acts.create(operator("test"), f"z{number:02}@fund.example", "Zoé", {Role.AUDITOR})
    first = desk.get(ADMINISTRATORS).text
    assert ("z48@fund.example" in first, "z49@fund.example" in first, 'id="first"' in first) == (True, False, False)
    later = re.search(r'href="([^"]+)" id="later"', first)
    assert later is not None
    second = desk.browser.get(unescape(later[1])).text
    assert ("z48@fund.example" in second, "z49@fund.example" in second, 'id="first"' in second) == (False, True, True)


def test_a_member_in_the_same_browser_closes_the_console_and_it_says_so(desk: Desk) -> None:
    """Once, instead of the page or the act that was asked for; then the way back in, to the same page."""
    desk.browser.sign_in(desk.browser.get("/connexion"))
    told = desk.get("/journal?event=admin_joined")
    assert (403, True) == (told.status, 'id="displaced"' in told.text)
    assert f'href="{CONSOLE}/journal?event=admin_joined" id="again"' in told.text
    again = desk.get("/journal?event=admin_joined")
    assert ("/administration/connexion/" in again.url, 'id="displaced"' in again.text) == (True, False)


def test_a_sign_out_elsewhere_closes_the_console_without_a_word_of_members(desk: Desk) -> None:
    """Whoever signed out themselves is asked who they are."""
    desk.browser.submit(desk.browser.get("/deconnexion"), {}, "logout-confirm")
    assert "/administration/connexion/" in desk.get("/journal").url


def test_the_record_by_outcome(provider: Provider, desk: Desk) -> None:
    """Chosen from a list, by its words; a cause of the outbox has its words too, or stays as it is."""
    provider.application.audit("sign_in", outcome="wrong_password", method="password")
    provider.application.audit("undelivered", outcome="SMTPException", kind="mail")
    page = desk.get("/journal?outcome=wrong_password").text
    assert '<option value="wrong_password" selected>Mot de passe faux</option>' in page
    assert ["Mot de passe faux<small>wrong_password</small>"] == re.findall(
        r'class="table__outcome"[^>]*>(.*?)</td>', page
    )
    assert "<dt>Moyen</dt><dd>Mot de passe</dd>" in page
    other = desk.get("/journal?outcome=SMTPException").text
    assert '<option value="SMTPException" selected>SMTPException</option>' in other
    assert ["<code>SMTPException</code>"] == re.findall(OUTCOME, other)
    provider.application.audit("undelivered", outcome="SMTPRecipientsRefused 550 5.1.1", kind="mail", template="linked")
    refused = desk.get("/journal?outcome=SMTPRecipientsRefused+550+5.1.1").text
    words = "Le serveur de messagerie ne connaît pas cette adresse"
    assert f"selected>{words} (SMTPRecipientsRefused 550 5.1.1)</option>" in refused
    assert [f"{words}<small>SMTPRecipientsRefused 550 5.1.1</small>"] == re.findall(OUTCOME, refused)
    assert "<dt>Message</dt><dd>Avis\xa0: identité rattachée</dd>" in refused


def test_the_record(provider: Provider, desk: Desk) -> None:
    """Filtered, page by page; a wrong day is said; the file is a download; every look is on record."""
    page = desk.get("/journal?event=admin_joined")
    assert page.text.count("<small>admin_joined</small>") == 1
    made = desk.get("/journal?event=audit_read").text
    assert "<dt>Événement cherché</dt><dd>Administrateur arrivé</dd>" in made
    assert "<dt>Moyen d’accès</dt><dd>Console</dd>" in made
    assert "&#34;asked_event&#34;: &#34;admin_joined&#34;" in made
    assert 'id="since-error"' in desk.get("/journal?since=yesterday").text
    assert "Aucun événement" in desk.get("/journal?since=2001-01-01&until=2001-01-02").text
    assert "Aucun événement" in desk.get("/journal?dossier=0000000").text
    for _ in range(51):
        provider.application.audit("letters_printed")
    older = re.search(r'href="([^"]+)" id="older"', desk.get("/journal").text)
    assert older is not None
    assert 'id="newest"' in desk.browser.get(older[1]).text
    asked = desk.get("/journal/export?event=admin_joined")
    for kind in ("csv", "jsonl"):
        file = desk.browser.submit(asked, {"form": kind}, "export-csv")
        assert f'attachment; filename="journal.{kind}"' == file.headers["Content-Disposition"]
        assert 2 - (kind == "jsonl") == len(file.text.strip().splitlines())
    assert {"audit_read", "audit_exported"} <= set(events(provider))


def test_what_applications_say_of_themselves_is_text(provider: Provider, desk: Desk) -> None:
    """A name, an address or a picture that an application registered is escaped, and no link; secrets are not shown."""
    evil = replace(
        ESPACE,
        client_id="evil/<i>",
        name="<script>alert(1)</script>",
        client_uri="javascript:alert(1)",
        logo_uri="https://evil.example/logo.png",
        description="<img src=x>",
        localized={"client_name#fr": "</dl><b>"},
    )
    provider.application.clients.upsert(evil, SECRET)
    for page in (desk.get("/applications"), desk.get("/applications/evil/%3Ci%3E")):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert not re.search(r"<script>|<img|<b>|<i>|=.javascript:|(href|src)=.https://evil", page.text)
        assert digest(SECRET) not in page.text
    assert "&lt;img src=x&gt;" in page.text
    assert ">client_name#fr<" in page.text
    assert "&lt;/dl&gt;&lt;b&gt;" in page.text
    assert 404 == desk.get("/applications/nobody").status


def test_applications_are_found(desk: Desk) -> None:
    """By id, name or address, whatever the case; by nothing, all of them, the console itself too."""
    assert {"console", "espace", "partner"} == set(found(desk, ""))
    assert [["espace"], ["partner"], ["partner"], []] == [
        found(desk, text) for text in ("ESPACE", "simul", "partner.example.net", "<nobody>")
    ]


def test_a_tampered_record_is_found(provider: Provider, desk: Desk) -> None:
    """The verification says that the record is whole, and names the event that was changed."""
    chain = provider.application.audit_chain
    assert "Rien n’est encore scellé" in desk.browser.submit(desk.get("/journal/verification"), {}, "verify").text
    provider.clock.forward(300)
    chain.seal()
    assert "Le journal est intact" in desk.browser.submit(desk.get("/journal/verification"), {}, "verify").text
    with provider.application.store.begin() as unit:
        unit.session.execute(text("UPDATE audit SET outcome = 'ok!' WHERE event = 'admin_joined'"))
    found = desk.browser.submit(desk.get("/journal/verification"), {}, "verify")
    assert "Le journal a été altéré" in found.text
    assert 'id="faults"' in found.text
    assert "audit_verified" in events(provider)


def test_a_passkey_or_code_is_never_optional(provider: Provider, browser: Browser) -> None:
    """The password alone stops at the second step, and the console stays closed."""
    joined(provider)
    second = sends(browser, browser.get(CONSOLE))
    assert "/confirmer/" in second.url
    assert SIGN_IN in browser.get(CONSOLE).url
    assert shown_secret(chooses(browser, invited(provider, PAUL)))
