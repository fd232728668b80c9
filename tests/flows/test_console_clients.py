"""Applications at the console: registered, changed, stopped, given secrets, taken back, page by page."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from idp.admin.actor import FRESH_FOR, operator
from idp.admin.acts.clients import ClientActs
from idp.admin.console.client_fields import SCOPES
from idp.admin.roles import Role
from idp.protocol.client_notes import Kind
from tests.support.administration import administered, recorded
from tests.support.pages import Page
from tests.support.provider import Provider, running
from tests.support.staff import Desk, at_the_console

NEW = "/nouvelle-application?type=web"
HERE = "/applications/mon-appli"
URI = "https://mon-appli.example/retour"
ROOT = operator("root")
FORM = {"client_id": "mon-appli", "client_name": "Mon appli", "redirect_uris": URI, "scope": "openid profile"}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, trusted with applications."""
    return at_the_console(provider, Role.CLIENTS)


@pytest.fixture
def acts(provider: Provider) -> ClientActs:
    """The same acts as the command line has them."""
    return provider.application.acts.clients


def registered(desk: Desk, **form: str) -> Page:
    """Fill the form of a server application in; return the page that follows."""
    return desk.browser.submit(desk.get(NEW), FORM | form, "create-client")


def text_of(page: Page, name: str) -> str:
    """Return the text of an element by its id."""
    found = re.search(rf'id="{name}"[^>]*>([^<]*)<', page.text)
    assert found is not None, page.text[:3000]
    return unescape(found[1]).strip()


def test_registered_with_a_secret_that_is_shown_once(provider: Provider, desk: Desk) -> None:
    """The secret works, what is to be copied has the application's values, and no other page has the secret."""
    assert 4 == desk.get("/nouvelle-application").text.count('id="kind-')
    page = registered(desk, reason="Pour les essais")
    secret = text_of(page, "client-secret")
    clients = provider.application.clients
    assert clients.secret_holds(clients.get("mon-appli"), secret)
    for library in ("authlib", "openid-client", "spring", "mod_auth_openidc"):
        assert f'id="snippet-{library}"' in page.text
    assert page.text.count(URI) >= 4
    for path in ("", "/integration", "/historique", "/modifier"):
        shown = desk.get(f"{HERE}{path}")
        assert (200, False) == (shown.status, secret in shown.text)
    (event,) = recorded(provider, "client_created")
    assert ("console", "Pour les essais") == (event.details["door"], event.details["reason"])


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        (
            {"redirect_uris": f"{URI}\nhttp://mon-appli.example/retour"},
            "redirect_uris",
            "Valeur 2 (http://mon-appli.example/retour) : L’adresse doit",
        ),
        ({"redirect_uris": ""}, "redirect_uris", "Saisissez l’adresse exacte"),
        ({"client_name": " "}, "client_name", "Saisissez un nom"),
        ({"client_id": "espace"}, "client_id", "déjà cet identifiant"),
        ({"client_id": "a b"}, "client_id", "1 à 64 lettres"),
        ({"scope": "openid tout"}, "scope", "Valeur 2 (tout) : Seules ces valeurs existent"),
        ({"scope": "openid prénom"}, "scope", "Valeur 2 (prénom) : Un scope est un mot"),
        ({"jwks": "{"}, "jwks", "objet JSON"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks", "il faut un jeu de clés"),
    ],
)
def test_a_refusal_names_the_field(desk: Desk, typed: dict[str, str], field: str, words: str) -> None:
    """In French, beside the field and above the form, in English too; what was typed stays."""
    page = registered(desk, **typed)
    assert (f'id="{field}-error"' in page.text, f'href="#{field}"' in page.text) == (True, True)
    assert words in unescape(page.text).replace("\xa0", " ")
    assert "Mon appli" in page.text or "client_name" in typed
    assert 404 == desk.get(HERE).status


@pytest.mark.parametrize("typed", [{}, {"jwks": "{"}])
def test_all_that_is_wrong_is_said_at_once(desk: Desk, typed: dict[str, str]) -> None:
    """In the order of the page, counted; what cannot be read at all hides nothing of the rest."""
    wrong = {"client_id": "a b", "client_name": "", "redirect_uris": "", "scope": "tout"} | typed
    page = registered(desk, **wrong)
    assert [*wrong] == re.findall(r'<li><a href="#(\w+)">', page.text)
    assert f"{len(wrong)} champs sont à corriger" == text_of(page, "error-summary-title").replace("\xa0", " ")
    form = desk.get(NEW)
    desk.browser.submit(form, FORM, "create-client")
    wrong = {"client_name": "", "scope": "tout"}
    page = desk.browser.submit(desk.get(f"{HERE}/modifier"), wrong, "save-client")
    assert [*wrong] == re.findall(r'<li><a href="#(\w+)">', page.text)


def told(page: Page, field: str) -> str:
    """Return what the summary says of a field."""
    found = "\n".join(re.findall(rf'<a href="#{field}">(.*?)</a>', page.text, re.DOTALL))
    return unescape(found).replace("\xa0", " ")


def test_the_form_begins_with_what_there_is(desk: Desk) -> None:
    """The scopes that an application has where none is named are ticked, and each says what it tells."""
    page = desk.get("/nouvelle-application?type=web")
    boxes = re.findall(r'id="scope-(\w+)" value="\w+"( checked)?>', page.text)
    assert (["openid", "profile"], list(SCOPES)) == (
        [one for one, ticked in boxes if ticked],
        [one for one, _ in boxes],
    )
    assert ("Le numéro de téléphone" in page.text, 'id="scope-own"' in page.text) == (True, False)
    machine = desk.get("/nouvelle-application?type=machine")
    assert 'id="scope" value=""' in machine.text
    assert "Séparés par des espaces." == text_of(machine, "scope-hint")


def test_every_wrong_line_is_named(desk: Desk) -> None:
    """Each address and each word at fault, by its number and as it was typed, as text; the field counts once."""
    lines = ["http://un.example/retour", URI, "https://deux.example/#la", "x" * 201]
    page = registered(desk, redirect_uris="\n".join(lines), scope="profil openid <b>gras</b>")
    said = told(page, "redirect_uris")
    heads = [line.partition(" : ")[0] for line in said.split("\n")]
    assert ["Valeur 1 (http://un.example/retour)", "Valeur 3 (https://deux.example/#la)", "Valeur 4"] == heads
    beside = page.text.partition('id="redirect_uris-error"')[2].partition("</div>")[0]
    assert 3 == beside.count("<li>")
    said = told(page, "scope")
    assert re.fullmatch(
        r"Valeur 1 \(profil\) : .+ « profile » \?\nValeur 3 \(<b>gras</b>\) : .+", said.replace("\u202f", " ")
    )
    assert "<b>gras" not in page.text
    assert "2 champs sont à corriger" == text_of(page, "error-summary-title").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("web", {"client_id", "client_name", "redirect_uris"}), ("machine", {"client_id", "client_name"})],
)
def test_required_fields_say_so(desk: Desk, kind: str, fields: set[str]) -> None:
    """In the label and to assistive technology; a program that signs nobody in has no return address."""
    page = desk.get(f"/nouvelle-application?type={kind}").text
    named = re.findall(r'<label class="field__label" for="(\w+)">[^<]*\(obligatoire\)', page)
    marked = re.findall(r'<(?:input|textarea|select)[^>]* id="(\w+)"[^>]* required', page)
    assert fields == set(named) == set(marked)


def test_what_applications_say_is_text(desk: Desk, acts: ClientActs) -> None:
    """Names and descriptions with markup in them are shown as they are, on every page."""
    markup = "<script>alert(1)</script>"
    document = {"client_name": markup, "description": f'"{markup}', "redirect_uris": [f"{URI}?a='&b={{}}"]}
    acts.create(ROOT, "mon-appli", "web", document, f"</dd>{markup}")
    acts.update(ROOT, "mon-appli", {"description": f"{markup}'"})
    for path in ("", "/integration", "/historique", "/historique/1", "/modifier", "/secret", "/desactiver"):
        shown = desk.get(f"{HERE}{path}")
        assert (path, 200, False) == (path, shown.status, "<script>alert" in shown.text)
    assert "<script>alert" not in desk.get("/applications").text


def test_everything_can_be_changed(desk: Desk, acts: ClientActs) -> None:
    """One form has every member; what was not touched stays, secrets too; English pages say the same."""
    registered(desk)
    before = acts.show(ROOT, "mon-appli")
    form = desk.get(f"{HERE}/modifier")
    changes = {"client_name": "Autre", "default_max_age": "600", "localized": "client_name#en: Other", "contacts": ""}
    saved = desk.browser.submit(form, changes, "save-client")
    assert (True, True) == (saved.url.endswith(f"{HERE}?fait=modifiee"), 'id="done"' in saved.text)
    after = acts.show(ROOT, "mon-appli")
    assert ("Autre", 600, {"client_name#en": "Other"}) == (after.name, after.default_max_age, after.localized)
    assert (before.redirect_uris, before.secrets, before.scopes) == (after.redirect_uris, after.secrets, after.scopes)
    desk.browser.submit(desk.get(f"{HERE}/modifier?lang=en"), {"localized": ""}, "save-client")
    assert {} == acts.show(ROOT, "mon-appli").localized
    wrong = desk.browser.submit(desk.get(f"{HERE}/modifier"), {"response_types": "code id_token"}, "save-client")
    assert 'id="grant_types-error"' in wrong.text
    assert "need also: authorization_code and implicit." in wrong.text


def test_of_two_who_change_the_second_sees_what_the_first_did(desk: Desk, acts: ClientActs) -> None:
    """Nothing is overwritten unseen: the form comes back with what changed, and the next try counts."""
    registered(desk)
    form = desk.get(f"{HERE}/modifier")
    acts.update(ROOT, "mon-appli", {"description": "Une autre main"})
    told = desk.browser.submit(form, {"client_name": "Autre"}, "save-client")
    assert ('id="since"' in told.text, "Une autre main" in told.text, 'value="Autre"' in told.text) == (True,) * 3
    assert ("Mon appli", "Une autre main") == (
        acts.show(ROOT, "mon-appli").name,
        acts.show(ROOT, "mon-appli").description,
    )
    desk.browser.submit(told, {"client_name": "Autre"}, "save-client")
    assert ("Autre", "Une autre main") == (
        acts.show(ROOT, "mon-appli").name,
        acts.show(ROOT, "mon-appli").description,
    )


def test_a_secret_is_renewed(provider: Provider, desk: Desk, acts: ClientActs) -> None:
    """The one before works for as long as was chosen, and is ended at once where it must be."""
    old = text_of(registered(desk), "client-secret")
    form = desk.get(f"{HERE}/secret")
    page = desk.browser.submit(form, {"overlap": "1", "reason": "Tous les ans"}, "confirm-act")
    new = text_of(page, "client-secret")
    twice = desk.browser.submit(form, {"overlap": "1"}, "confirm-act")
    assert ('id="client-secret"' in twice.text, "Quelqu’un d’autre" in twice.text) == (False, True)

    def working() -> list[bool]:
        client = acts.show(ROOT, "mon-appli")
        return [provider.application.clients.secret_holds(client, one) for one in (old, new)]

    assert [True, True] == working()
    assert "valable jusqu’au" in desk.get(HERE).text
    desk.browser.submit(desk.get(f"{HERE}/anciens-secrets"), {}, "confirm-act")
    assert [False, True] == working()
    assert "to-older-secrets" not in desk.get(HERE).text


def test_stopped_let_go_again_deleted(desk: Desk) -> None:
    """Each after a page that says what it means; a deletion wants a reason."""
    registered(desk)
    stopped = desk.browser.submit(desk.get(f"{HERE}/desactiver"), {"reason": "Une fuite"}, "confirm-act")
    assert ("Désactivée" in stopped.text, "to-enable" in stopped.text) == (True, True)
    assert "to-disable" in desk.browser.submit(desk.get(f"{HERE}/reactiver"), {}, "confirm-act").text
    refused = desk.browser.submit(desk.get(f"{HERE}/supprimer"), {"reason": "Plus utile"}, "confirm-act")
    assert "Désactivez d’abord cette application." in refused.text
    desk.browser.submit(desk.get(f"{HERE}/desactiver"), {}, "confirm-act")
    nothing = desk.browser.submit(desk.get(f"{HERE}/supprimer"), {}, "confirm-act")
    assert 'id="reason-error"' in nothing.text
    gone = desk.browser.submit(desk.get(f"{HERE}/supprimer"), {"reason": "Plus utile"}, "confirm-act")
    assert (True, 404) == (gone.url.endswith("/applications"), desk.get(HERE).status)


def test_the_way_back(desk: Desk, acts: ClientActs) -> None:
    """The history shows who changed what; the page of a version says what would change, and its button does it."""
    registered(desk)
    acts.update(ROOT, "mon-appli", {"client_name": "Autre", "contacts": ["dsi@example.org"]}, reason="Sur demande")
    history = desk.get(f"{HERE}/historique").text
    for words in ("Version 2", "operator:root", "ligne de commande", "Sur demande", "dsi@example.org", "marie@"):
        assert words in history
    page = desk.get(f"{HERE}/historique/1")
    assert ("contacts" in page.text, "Mon appli" in page.text) == (True, True)
    after = desk.browser.submit(page, {"reason": "C’était mieux"}, "confirm-act")
    assert after.url.endswith("/historique")
    assert ("Version rétablie" in after.text, "Mon appli") == (True, acts.show(ROOT, "mon-appli").name)
    assert 'id="same"' in desk.get(f"{HERE}/historique/1").text
    stale = desk.get(f"{HERE}/historique/2")
    acts.update(ROOT, "mon-appli", {"description": "x"})
    assert "Quelqu’un d’autre" in desk.browser.submit(stale, {}, "confirm-act").text
    assert 404 == desk.get(f"{HERE}/historique/99").status


def test_pages_of_versions(desk: Desk, acts: ClientActs) -> None:
    """The newest come first; a link leads to those before."""
    registered(desk)
    for number in range(21):
        acts.update(ROOT, "mon-appli", {"description": f"Essai {number}"})
    first = desk.get(f"{HERE}/historique")
    assert (20, True) == (first.text.count('id="version-') // 2, 'id="older"' in first.text)
    assert 'id="version-1"' in desk.get(f"{HERE}/historique?avant=3").text


def test_what_is_dangerous_asks_who_is_there(provider: Provider, desk: Desk, acts: ClientActs) -> None:
    """Long after the sign-in a secret is not renewed and nothing stopped before another one; a text is changed."""
    registered(desk)
    provider.clock.forward(FRESH_FOR + 1)
    for path in ("secret", "desactiver", "supprimer", "anciens-secrets"):
        assert "/administration/connexion/" in desk.get(f"{HERE}/{path}").url
    saved = desk.browser.submit(desk.get(f"{HERE}/modifier"), {"description": "x"}, "save-client")
    assert 'id="done"' in saved.text
    assert desk.again(desk.get(f"{HERE}/desactiver")).url.endswith("/desactiver")
    assert acts.show(ROOT, "mon-appli").enabled


def test_what_was_typed_waits_behind_a_sign_in(provider: Provider, desk: Desk, acts: ClientActs) -> None:
    """Whoever changes an address long after the sign-in proves again and finds the form as it was; nothing is lost."""
    registered(desk)
    acts.create(ROOT, "autre", "web", {"client_name": "Autre", "redirect_uris": ["https://autre.example/retour"]})
    other = at_the_console(provider, Role.CLIENTS, login="paul@fund.example")
    provider.clock.forward(FRESH_FOR + 1)
    moved = "https://mon-appli.example/ailleurs"
    typed = {"redirect_uris": moved, "description": "Déménagée", "contacts": "a@example.org\nb@example.org"}
    page = desk.browser.submit(desk.get(f"{HERE}/modifier"), {**typed, "reason": "Nouveau serveur"}, "save-client")
    back = desk.again(page)
    assert ("mon-appli/modifier" in back.url, (URI,)) == (True, acts.show(ROOT, "mon-appli").redirect_uris)
    assert 'id="to-send-again"' in back.text
    for words in (moved, "Déménagée", "b@example.org", "Nouveau serveur"):
        assert words in back.text
    draft = back.url.partition("?")[2]
    assert moved not in desk.get(f"/applications/autre/modifier?{draft}").text, "only of the application it was of"
    other.again(other.get(f"{HERE}/secret"))
    stranger = other.get(f"{HERE}/modifier?{draft}")
    assert ('id="to-send-again"' in stranger.text, moved in stranger.text) == (False, False)
    assert 'id="done"' in desk.browser.submit(back, typed, "save-client").text
    after = acts.show(ROOT, "mon-appli")
    assert ((moved,), "Déménagée") == (after.redirect_uris, after.description)


def test_the_way_back_asks_who_is_there(provider: Provider, desk: Desk, acts: ClientActs) -> None:
    """To former addresses before anything is typed; to a former name it does not."""
    registered(desk)
    acts.update(ROOT, "mon-appli", {"client_name": "Autre"})
    acts.update(ROOT, "mon-appli", {"redirect_uris": ["https://mon-appli.example/ailleurs"]})
    provider.clock.forward(FRESH_FOR + 1)
    assert 'id="same"' in desk.get(f"{HERE}/historique/3").text
    page = desk.get(f"{HERE}/historique/2")
    assert desk.again(page).url.endswith("/historique/2")
    desk.browser.submit(desk.get(f"{HERE}/historique/2"), {}, "confirm-act")
    assert (URI,) == acts.show(ROOT, "mon-appli").redirect_uris
    provider.clock.forward(FRESH_FOR + 1)
    desk.browser.submit(desk.get(f"{HERE}/historique/1"), {}, "confirm-act")
    assert "Mon appli" == acts.show(ROOT, "mon-appli").name


def test_who_looks_has_no_buttons(provider: Provider, acts: ClientActs) -> None:
    """An auditor sees an application, its versions and how it is set up; the console's own is nobody's to change."""
    acts.create(ROOT, "mon-appli", "web", {"client_name": "Mon appli", "redirect_uris": [URI]})
    acts.update(ROOT, "mon-appli", {"client_name": "Autre"})
    auditor = at_the_console(provider, Role.AUDITOR)
    page = auditor.get(HERE).text
    assert ("to-edit" in page, "to-disable" in page, "to-history" in page) == (False, False, True)
    assert "to-version-1" not in auditor.get(f"{HERE}/historique").text
    assert 'id="new"' not in auditor.get("/applications").text
    keeper = at_the_console(provider, Role.CLIENTS, login="root@fund.example")
    assert "to-edit" not in keeper.get("/applications/console").text
    refused = keeper.browser.submit(keeper.get("/applications/console/desactiver"), {}, "confirm-act")
    assert "s’enregistre elle-même" in refused.text


def test_an_application_of_administration_is_the_security_roles(provider: Provider, acts: ClientActs) -> None:
    """Who keeps applications may stop one that administers, and is offered nothing else; security is offered it all."""
    acts.create(ROOT, "robot", "machine", {"client_name": "Robot", "scope": "admin:members"})
    acts.update(ROOT, "robot", {"client_name": "Autre"})
    marie = at_the_console(provider, Role.CLIENTS)
    both = at_the_console(provider, Role.CLIENTS, Role.SECURITY, login="root@fund.example")

    def offered(who: Desk) -> set[str]:
        pages = "".join(who.get(f"/applications/robot{path}").text for path in ("", "/historique"))
        return set(re.findall(r'id="(to-(?:edit|secret|disable|enable|delete|version-1))"', pages))

    assert ({"to-disable"}, {"to-edit", "to-disable", "to-version-1"}) == (
        offered(marie),
        offered(both) - {"to-secret"},
    )
    assert "to-secret" in offered(both)
    acts.disable(ROOT, "robot")
    assert (set(), {"to-enable", "to-delete"}) == (offered(marie), offered(both) & {"to-enable", "to-delete"})


def test_the_list_says_what_fails_and_what_is_dead(provider: Provider, desk: Desk) -> None:
    """Last use and refusals of seven days, in both languages; of one that did nothing, that."""
    registered(desk)
    note = provider.application.client_notes
    note("espace", Kind.ANSWERED)
    note("espace", Kind.TOKEN, "code is not valid")
    rows = dict(re.findall(r"<a href=.[^>]*>([\w-]+)</a><small>(.*?)</tr>", desk.get("/applications").text))
    assert ("14 novembre 2023, 23:13" in rows["espace"], "state--warning" in rows["espace"]) == (True, True)
    assert "1 refus en 7 jours" in rows["espace"]
    assert ("Jamais utilisée" in rows["mon-appli"], "state--warning" in rows["mon-appli"]) == (True, False)
    assert 'id="last-used">Jamais utilisée<' in desk.get("/applications/mon-appli").text
    english = desk.get("/applications?lang=en").text
    assert ("1 refusal in 7 days" in english, "Never used" in english) == (True, True)


def test_a_role_is_the_security_roles_to_give(provider: Provider, desk: Desk) -> None:
    """Who keeps applications is refused plainly, on record."""
    form = desk.get("/nouvelle-application?type=machine")
    typed = {"client_id": "robot", "client_name": "Robot", "scope": "admin:security"}
    refused = desk.browser.submit(form, typed, "create-client")
    assert (403, True) == (refused.status, 'id="forbidden"' in refused.text)
    assert "clients.administer" == recorded(provider, "act_refused")[-1].details["act"]


def test_forms_without_their_token(desk: Desk, acts: ClientActs) -> None:
    """A form from elsewhere is shown again, and does nothing."""
    registered(desk)
    before = acts.kept(ROOT, "mon-appli")
    for path in ("modifier", "desactiver", "secret", "anciens-secrets", "historique/1"):
        page = desk.browser.post(f"/administration{HERE}/{path}", {"client_name": "Autre"})
        assert (path, True) == (path, 'id="error-summary"' in page.text)
    desk.browser.post("/administration/nouvelle-application", {**FORM, "client_id": "autre", "type": "web"})
    assert (before, 404) == (acts.kept(ROOT, "mon-appli"), desk.get("/applications/autre").status)
