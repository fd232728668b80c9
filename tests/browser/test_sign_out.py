"""Signing out: here, at the applications, and at FranceConnect."""

import pytest
from playwright.sync_api import expect

from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


def test_after_a_password(visitor: Visitor) -> None:
    """After signing out, the next sign-in asks again."""
    visitor.asks_to_sign_in()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    visitor.press("logout")
    visitor.sees("notice", "Vous êtes déconnecté.")
    assert visitor.demonstration.espace == visitor.page.url
    visitor.press("sign-in")
    visitor.sees("dossier")


def test_at_franceconnect_too(visitor: Visitor) -> None:
    """Signing out ends the session of FranceConnect, which asks again who is there."""
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("jean-marie")
    visitor.is_welcomed("jean-marie")
    visitor.press("logout")
    visitor.sees("notice", "Vous êtes déconnecté.")
    visitor.press("sign-in")
    visitor.press("franceconnect")
    visitor.sees("idp-impots")


def test_franceconnect_remembers_otherwise(visitor: Visitor) -> None:
    """Without signing out, FranceConnect lets the same person through without its tiles."""
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("jean-marie")
    visitor.is_welcomed("jean-marie")
    visitor.press("step-up")
    visitor.press("franceconnect")
    # Straight to the page of information: neither tiles nor a sign-in.
    visitor.press("continue")
    visitor.is_welcomed("jean-marie")


def test_from_the_page_of_the_provider(visitor: Visitor) -> None:
    """Who comes without an application is asked first; the page at the end says so and leads on."""
    visitor.asks_to_sign_in()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    visitor.page.goto(f"{visitor.demonstration.issuer}/deconnexion")
    visitor.press("logout-confirm")
    expect(visitor.page.locator("h1")).to_contain_text("Vous êtes déconnecté")
    visitor.press("sign-in-again")
    visitor.sees("dossier")


def test_the_receipt_names_the_applications_and_franceconnect(visitor: Visitor) -> None:
    """Back from FranceConnect, each is closed: the applications said so, and so did FranceConnect by coming back."""
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("jean-marie")
    visitor.is_welcomed("jean-marie")
    visitor.asks_to_sign_in(visitor.demonstration.documents)
    visitor.sees("numero-dossier")
    visitor.page.goto(f"{visitor.demonstration.issuer}/deconnexion")
    visitor.press("logout-confirm")
    for service in ("espace-personnel", "mes-documents", "franceconnect"):
        expect(visitor.page.locator(f"[data-service={service}] .state")).to_have_text("Fermé")
    visitor.page.goto(visitor.demonstration.documents)
    visitor.sees("sign-in")


def test_staying(visitor: Visitor) -> None:
    """Who changes their mind stays signed in."""
    visitor.asks_to_sign_in()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    visitor.page.goto(f"{visitor.demonstration.issuer}/deconnexion")
    visitor.press("logout-cancel")
    visitor.asks_to_sign_in(visitor.demonstration.documents)
    visitor.sees("numero-dossier")
