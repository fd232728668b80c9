"""Scopes on the console's form of an application: boxes, words of its own beside them, and what is nearly standard."""

from html import unescape

import pytest

from idp.admin.roles import Role
from tests.flows.test_console_clients import HERE, registered, told
from tests.support.provider import Provider
from tests.support.staff import Desk, at_the_console


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, trusted with applications."""
    return at_the_console(provider, Role.CLIENTS)


def test_no_scope_is_no_choice(desk: Desk) -> None:
    """With no box ticked the form comes back; nothing is registered with scopes that nobody chose."""
    page = registered(desk, scope="")
    assert "Cochez ce que l’application peut demander." == told(page, "scope")
    assert 404 == desk.get(HERE).status


def test_a_machine_that_was_an_application_of_members(desk: Desk) -> None:
    """Where no member signs in any more, no box need be ticked."""
    registered(desk)
    nobody = dict.fromkeys(("response_types", "redirect_uris", "scope"), "")
    sent = {"grant_types": "client_credentials", "subject_type": "public", **nobody}
    saved = desk.browser.submit(desk.get(f"{HERE}/modifier"), sent, "save-client")
    assert 'id="done"' in saved.text, saved.text


def test_scopes_of_its_own_stay_beside_the_boxes(desk: Desk) -> None:
    """Of an application that acts for itself too: in the field of the form, and none is lost by saving it."""
    registered(desk)
    form = desk.get(f"{HERE}/modifier")
    grants = "authorization_code client_credentials"
    saved = desk.browser.submit(form, {"grant_types": grants, "scope": "openid rentes.lire"}, "save-client")
    assert 'id="done"' in saved.text, saved.text
    edited = desk.get(f"{HERE}/modifier").text
    assert ('id="scope-own" value="rentes.lire"' in edited, 'value="openid" checked' in edited) == (True, True)


def test_a_scope_that_is_nearly_a_standard_one(desk: Desk) -> None:
    """Told when it is registered and on its page, and not refused: a service may call a scope of its own so."""
    typed = {"client_id": "robot", "client_name": "Robot", "scope": "profil rentes.lire"}
    made = desk.browser.submit(desk.get("/nouvelle-application?type=machine"), typed, "create-client")
    for page in (made, desk.get("/applications/robot")):
        shown = unescape(page.text).replace("\xa0", " ")
        assert 1 == shown.count('class="alert alert--warning slip"')
        assert "Le scope « profil » ressemble au scope « profile »" in shown
    assert ('href="/administration/diagnostic/robot"' in made.text, 'data-copies="client-secret"' in made.text) == (
        True,
        True,
    )
