"""Two administrators: one proposes, another one reads it and approves, after a fresh sign-in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.actor import FRESH_FOR, ProposedError, operator
from idp.admin.acts.member_changes import Why
from idp.admin.roles import Role
from idp.store.proposals import Proposal
from tests.support.administration import FIRST, administered, recorded
from tests.support.cast import ESPACE
from tests.support.provider import Provider, running
from tests.support.staff import Desk, at_the_console

HERE = "/propositions"
PAUSE = "/fournisseurs/franceconnect/suspendre"
EYES = ["federation.pause", "admins.create", "config.apply", "members.close", "clients.update"]
URGENT = "/cles/urgence"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that wants a second person for a pause."""
    with running(administered(tmp_path, admin={"four_eyes": EYES})) as made:
        yield made


@pytest.fixture
def marie(provider: Provider) -> Desk:
    """Marie at the console, trusted with security."""
    return at_the_console(provider, Role.SECURITY, login="marie@fund.example")


def kids(provider: Provider) -> set[str]:
    """Return the names of the keys that sign the console's own ID tokens."""
    return {one.kid for one in provider.application.key_management.load() if one.algorithm == "ES256"}


def test_an_application_is_handed_over_by_two(provider: Provider) -> None:
    """The second person reads each member before and after; the form of the first one leads to the proposal."""
    moved = "https://espace.example/<ailleurs>"
    marie = at_the_console(provider, Role.CLIENTS, login="marie@fund.example")
    page = marie.browser.submit(marie.get("/applications/espace/modifier"), {"redirect_uris": moved}, "save-client")
    assert 'id="redirect_uris-error"' in page.text, "what cannot be registered is not proposed"
    moved = "https://espace.example/ailleurs"
    made = marie.browser.submit(page, {"redirect_uris": moved, "reason": "Nouveau serveur"}, "save-client")
    assert (f"{HERE}/" in made.url, 'id="own"' in made.text) == (True, True)
    paul = at_the_console(provider, Role.CLIENTS, login="paul@fund.example")
    read = paul.browser.get(made.url).text
    for words in ("Modifier une application", "redirect_uris", ESPACE.redirect_uris[0], moved, "Nouveau serveur"):
        assert words in read
    done = paul.browser.submit(paul.browser.get(f"{made.url}/approuver"), {}, "confirm-decision")
    assert "Approuvée et faite" in done.text
    assert (moved,) == provider.application.acts.clients.show(operator("root"), "espace").redirect_uris


def test_an_emergency_by_two(provider: Provider, marie: Desk) -> None:
    """The plan is read by both; the one who made it has no button to approve; the other one proves who they are."""
    before = kids(provider)
    wrong = marie.browser.submit(marie.get(URGENT), {"reason": " "}, "confirm-emergency")
    assert 'id="reason-error"' in wrong.text
    fields = {"algorithms": "ES256", "reason": "sauvegarde <b>perdue</b>"}
    made = marie.browser.submit(marie.get(URGENT), fields, "confirm-emergency")
    assert ("En attente" in made.text, 'id="to-approve"' in made.text, 'id="own"' in made.text) == (True, False, True)
    assert "sauvegarde &lt;b&gt;perdue&lt;/b&gt;" in made.text
    assert all(kid in made.text for kid in before)
    own = marie.browser.post(f"{made.url}/approuver", {"csrf": marie.get(f"{HERE}").hidden()["csrf"]})
    assert before == kids(provider), own.text
    paul = at_the_console(provider, Role.SECURITY, login="paul@fund.example")
    provider.clock.forward(FRESH_FOR + 1)
    read = paul.browser.get(made.url)
    assert ('id="to-approve"' in read.text, "marie@fund.example" in read.text) == (True, True)
    page = paul.again(paul.browser.get(f"{made.url}/approuver"))
    done = paul.browser.submit(page, {}, "confirm-decision")
    assert "Approuvée et faite" in done.text
    assert before.isdisjoint(kids(provider))
    assert "Approved and done" in paul.get(f"{HERE}?lang=en").text
    # Sessions go on, and so does the console, whose next sign-in is signed with a new key.
    assert 200 == marie.get(HERE).status
    assert at_the_console(provider, Role.AUDITOR, login="eve@fund.example").get(HERE).status == 200
    assert 2 == len(recorded(provider, "keys_replaced"))


def test_an_act_that_the_settings_name(provider: Provider, marie: Desk) -> None:
    """The page of the act leads to its proposal; refused with a reason, it is not done."""
    made = marie.browser.submit(marie.get(PAUSE), {"reason": "Incident"}, "confirm-pause")
    assert (HERE in made.url, "Suspendre un fournisseur" in made.text) == (True, True)
    paul = at_the_console(provider, Role.SECURITY, login="paul@fund.example")
    asked = paul.browser.get(f"{made.url}/refuser")
    assert 'id="reason-error"' in paul.browser.submit(asked, {"reason": ""}, "confirm-decision").text
    refused = paul.browser.submit(asked, {"reason": "FranceConnect va bien"}, "confirm-decision")
    assert ("Refusée" in refused.text, "FranceConnect va bien" in refused.text) == (True, True)
    late = paul.browser.get(f"{made.url}/approuver")
    assert 'id="confirm-decision"' not in late.text
    assert provider.application.upstream_switch.paused("franceconnect") is None


def test_what_is_shown_once_is_shown_to_the_second(provider: Provider, marie: Desk) -> None:
    """The link of an invitation is in the answer to the approval alone."""
    fields = {"login": "eve@fund.example", "name": "Eve", "roles": "auditor"}
    made = marie.browser.submit(marie.get("/administrateurs/nouveau"), fields, "create")
    paul = at_the_console(provider, Role.SECURITY, login="paul@fund.example")
    done = paul.browser.submit(paul.browser.get(f"{made.url}/approuver"), {}, "confirm-decision")
    assert ('id="once"' in done.text, "/administration/invitation/" in done.text) == (True, True)
    assert "/administration/invitation/" not in paul.browser.get(made.url).text


def test_a_members_dossier_is_the_desks_to_see(provider: Provider, marie: Desk) -> None:
    """Proposed by the desk, read by the desk in its own words; nobody of another role sees whose it is."""
    acts = provider.application.acts
    with pytest.raises(ProposedError) as waits:
        acts.desk.changes.close(operator("x"), FIRST, "fraud", Why("plainte <b>", "document"))
    desk = at_the_console(provider, Role.MEMBERS, login="paul@fund.example")
    shown = desk.get(f"{HERE}/{waits.value.proposal}").text
    assert (FIRST in shown, "Fraude" in shown, "plainte &lt;b&gt;" in shown) == (True, True, True)
    hidden = marie.get(f"{HERE}/{waits.value.proposal}")
    assert (403, False, False) == (hidden.status, FIRST in hidden.text, "Fermer un dossier" in marie.get(HERE).text)
    done = desk.browser.submit(desk.get(f"{HERE}/{waits.value.proposal}/approuver"), {}, "confirm-decision")
    assert "Approuvée et faite" in done.text


def test_many_come_in_pages(provider: Provider, marie: Desk) -> None:
    """Fifty a page, each once, and back to the newest."""
    now = provider.application.clock()
    kept = Proposal("", "keys.rotate", b"sealed", "operator:x", "command", now, now + 900)
    with provider.application.store.begin() as unit:
        for number in range(51):
            unit.proposals.add(replace(kept, id=f"{number:032x}"))
    first = marie.get(HERE)
    older = re.search(r'href="([^"]+)" id="older"', first.text)
    assert older is not None
    second = marie.browser.get(older[1])
    shown = [re.findall(r'href="/administration/propositions/(\w{32})"', page.text) for page in (first, second)]
    assert ([50, 1], 51) == ([len(page) for page in shown], len({*shown[0], *shown[1]}))
    assert ('id="older"' in second.text, 'id="newest"' in second.text) == (False, True)
    assert marie.get(f"{HERE}?avant=x-y").text.count("<td") == first.text.count("<td")


def test_forms_from_elsewhere_and_nothing_there(marie: Desk) -> None:
    """Without its token a form decides nothing; what is not there is not found; a withdrawal is one's own."""
    made = marie.browser.submit(marie.get(PAUSE), {"reason": "Incident"}, "confirm-pause")
    for act in ("approuver", "refuser"):
        assert 'id="error-summary"' in marie.browser.post(f"{made.url}/{act}", {"reason": "x"}).text
        assert 404 == marie.get(f"{HERE}/{'f' * 32}/{act}").status
    assert 404 == marie.get(f"{HERE}/{'f' * 32}").status
    withdrawn = marie.browser.submit(marie.browser.get(f"{made.url}/refuser"), {"reason": "erreur"}, "confirm-decision")
    assert "Retirée par son auteur" in withdrawn.text
