"""A member comes by FranceConnect: recognised, asked once, given a choice, unknown, or turned back on the way."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.support.demonstrations import Demonstration
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("tile", "key"), [("impots", "angela"), ("ameli", "maelle"), ("msa", "karim")])
def test_recognised_at_once(open_window: OpenWindow, tile: str, key: str) -> None:
    """An identity that agrees with one dossier opens it without a question, and its holder is told by mail, once."""
    visitor = open_window()
    person = visitor.demonstration.person(key)
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect(key, tile)
    visitor.is_welcomed(key)
    expect(visitor.page.locator("[data-claim=amr]")).to_contain_text("FranceConnect")
    assert visitor.demonstration.mail_arrives(person.email)

    again = open_window()
    again.asks_to_sign_in()
    again.signs_in_by_franceconnect(key, tile)
    again.is_welcomed(key)
    again.page.goto(visitor.demonstration.contract["mailbox"])
    # Other stories of this demonstration write to the same people; the link itself is told once.
    mine = again.page.locator("#messages a", has_text=person.email).filter(has_text="FranceConnect ouvre désormais")
    expect(mine).to_have_count(1)
    mine.click()
    again.sees("text", "FranceConnect")
    assert person.dossier not in again.reads("text")


def test_asked_once(open_window: OpenWindow) -> None:
    """Where the identity leaves a doubt, dossier number and password are asked once; then FranceConnect suffices."""
    visitor = open_window()
    thomas = visitor.demonstration.person("thomas")
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("thomas", "ameli")
    visitor.sees("identity-given-name", "Thomas Louis André")
    visitor.sees("identity-family-name", "GIRARD")
    visitor.fills(thomas, password="not-his-password")
    visitor.press("link")
    visitor.sees("error-summary", "incorrect")
    expect(visitor.page.locator("#error-summary")).to_be_focused()
    visitor.fills(thomas)
    visitor.press("link")
    visitor.is_welcomed("thomas")

    again = open_window()
    again.asks_to_sign_in()
    again.signs_in_by_franceconnect("thomas", "impots")
    again.is_welcomed("thomas")


def test_proof_with_the_dossier_of_somebody_else(visitor: Visitor) -> None:
    """A person who proves another person's dossier is not let in, and nothing is linked."""
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("hugo")
    visitor.page.get_by_role("link", name="J’ai un numéro de dossier").click()
    visitor.fills(visitor.demonstration.person("elise"))
    visitor.press("link")
    expect(visitor.page.locator("h1")).to_contain_text("ne correspond pas à votre identité")


def test_two_dossiers(open_window: OpenWindow) -> None:
    """A person with two dossiers chooses, and may choose the other next time."""
    for index in (1, 2):
        visitor = open_window()
        dossiers = next(p for p in visitor.demonstration.contract["personas"] if p["key"] == "monique")["dossiers"]
        visitor.asks_to_sign_in()
        visitor.signs_in_by_franceconnect("monique")
        visitor.sees("choose")
        visitor.page.check(f"#dossier-choice-{index}")
        label = visitor.page.locator(f"label[for=dossier-choice-{index}]").inner_text()
        visitor.press("choose")
        visitor.sees("greeting")
        opened = visitor.reads("numero-dossier")
        (chosen,) = (one for one in dossiers if one["dossier"] == opened)
        assert chosen["situation"] == {"Affilié": "affilie", "Ayant droit": "ayant_droit"}[label.split(" — ")[0]]


def test_unknown_person(visitor: Visitor) -> None:
    """An identity without a dossier gets a page that says what to do; no account is made."""
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("hugo", "msa")
    expect(visitor.page.locator("h1")).to_contain_text("pas trouvé de dossier")
    visitor.page.goto(visitor.demonstration.espace)
    visitor.sees("sign-in")


def test_closed_dossier(visitor: Visitor) -> None:
    """A closed dossier stays closed to FranceConnect."""
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("bernard")
    expect(visitor.page.locator("h1")).to_contain_text("pas accessible en ligne")
    visitor.press("language-en")
    expect(visitor.page.locator("h1")).to_contain_text("is not available online")


def test_turned_back_by_the_person(visitor: Visitor) -> None:
    """« Revenir sur… » at FranceConnect leads to a page with both ways on, and each of them works."""
    visitor.asks_to_sign_in()
    visitor.press("franceconnect")
    visitor.press("idp-impots")
    visitor.press("abandon")
    expect(visitor.page.get_by_role("alert")).to_contain_text("abandonnée")
    visitor.press("back-to-service")
    expect(visitor.page.locator("h1")).to_contain_text("interrompu")
    visitor.page.get_by_role("link", name="Réessayer avec FranceConnect").click()
    visitor.press("back-to-service")
    visitor.page.get_by_role("link", name="Se connecter avec mon numéro de dossier").click()
    visitor.sees("service-name", "Espace Personnel")
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")


def test_franceconnect_fails_on_the_way_back(visitor: Visitor) -> None:
    """When FranceConnect fails after its pages, a plain page has a reference, and the password opens the account."""
    with turned(visitor.demonstration, token_status=503):
        visitor.asks_to_sign_in()
        visitor.signs_in_by_franceconnect("elise")
        expect(visitor.page.locator("h1")).to_contain_text("FranceConnect")
        visitor.sees("error-reference")
    visitor.page.get_by_role("link", name="Se connecter avec mon numéro de dossier").click()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")


def test_franceconnect_cannot_be_reached(visitor: Visitor) -> None:
    """Whom FranceConnect leaves before a dead page goes back and signs in with the password."""
    visitor.context.route(f"{visitor.demonstration.plan.emulator}/**", lambda route: route.abort("connectionrefused"))
    visitor.asks_to_sign_in()
    with visitor.page.expect_event("requestfailed"):
        visitor.press("franceconnect")
    visitor.page.go_back()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")


@contextmanager
def turned(demonstration: Demonstration, **knobs: object) -> Iterator[None]:
    """Have the emulator fail in some way for as long as the context lasts."""
    address = f"{demonstration.plan.emulator}/_emulator/knobs"
    with requests.Session() as session:
        session.trust_env = False
        session.post(address, json=knobs, timeout=10).raise_for_status()
        try:
            yield
        finally:
            session.post(address, json={"reset": True}, timeout=10).raise_for_status()
