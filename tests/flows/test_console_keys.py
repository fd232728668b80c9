"""The keys at the console: seen with who has read them, and rotated after a fresh sign-in."""

from dataclasses import replace

import pytest

from idp.admin.roles import Role
from tests.support.administration import recorded
from tests.support.cast import ESPACE, SECRET
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.staff import Desk, at_the_console

HERE = "/cles"
ROTATE = f"{HERE}/renouveler"


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, trusted with security."""
    return at_the_console(provider, Role.SECURITY)


def test_rotated_at_the_console(provider: Provider, desk: Desk) -> None:
    """The form says what happens, the next key is listed, and a second wish is told that one is under way."""
    assert "En service" in desk.get(HERE).text
    form = desk.get(ROTATE)
    assert "un quart d’heure plus tard" in form.text
    done = desk.browser.submit(form, {"algorithm": "ES256"}, "confirm-rotate")
    assert (done.url.endswith(HERE), "Prochaine" in done.text) == (True, True)
    again = desk.browser.submit(desk.get(ROTATE), {"algorithm": "ES256"}, "confirm-rotate")
    assert "déjà en cours" in again.text
    (told,) = recorded(provider, "keys_rotated")
    assert "console" == told.details["door"]
    assert "Rotate now" in desk.get(f"{HERE}?lang=en").text


def test_who_has_not_read_is_named(provider: Provider, desk: Desk, espace: RelyingParty) -> None:
    """An application that calls and has not read the keys stands in the table and beside the button."""
    espace.tokens(espace.sign_in(provider.browser()))
    provider.clock.forward(61)
    provider.browser().get("/jwks")
    page = desk.get(HERE)
    assert ("espace" in page.text, "Jamais" in page.text) == (True, True)
    # The console itself has the keys in memory, and reads them nowhere.
    assert ">console<" not in page.text
    assert 'id="behind"' in desk.get(ROTATE).text


def test_several_at_one_address_are_not_sure(provider: Provider, desk: Desk) -> None:
    """A read where two applications call from is no application's for certain: said with their number, in the table."""
    documents, readers = replace(ESPACE, client_id="documents"), provider.application.key_readers
    provider.application.clients.upsert(documents, SECRET)
    for caller, sure in ((ESPACE, True), (documents, False)):
        readers.called(caller, "192.0.2.1")
        readers.read("192.0.2.1", provider.clock())
        readers.write()
        page = desk.get(HERE).text
        assert (sure, not sure) == (">Oui<" in page, ">Probablement<" in page)
        assert (not sure) == ("2 applications appellent de cette adresse" in page)
        assert (not sure) == ('id="unsure"' in desk.get(ROTATE).text)
    assert "2 applications call from this address" in desk.get(f"{HERE}?lang=en").text


def test_what_does_nothing(provider: Provider, desk: Desk) -> None:
    """A form from elsewhere, an algorithm that is none: said, and no key is made."""
    assert 'id="error-summary"' in desk.browser.post(f"/administration{ROTATE}", {}).text
    wrong = desk.browser.submit(desk.get(ROTATE), {"algorithm": "<b>"}, "confirm-rotate")
    assert ("pas de clé de cet algorithme" in wrong.text, "<b>" in wrong.text) == (True, False)
    assert [] == recorded(provider, "keys_rotated")


def test_an_auditor_looks(provider: Provider) -> None:
    """Without a button."""
    page = at_the_console(provider, Role.AUDITOR).get(HERE)
    assert (200, False) == (page.status, 'id="to-rotate"' in page.text)
