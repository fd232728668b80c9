"""One sign-in for several applications, and the pages in between: consent, step-up."""

import pytest
from playwright.sync_api import Response, expect

from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


def test_second_application_without_a_page(visitor: Visitor) -> None:
    """Once signed in, « Mes documents » opens without any page of the provider."""
    visitor.asks_to_sign_in()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    seen: list[Response] = []

    def note(answer: Response) -> None:
        seen.append(answer)

    visitor.page.on("response", note)
    visitor.press("documents")
    visitor.sees("numero-dossier", visitor.demonstration.person("elise").dossier)
    assert visitor.is_at(visitor.demonstration.documents)
    assert {303} == {answer.status for answer in seen if answer.url.startswith(visitor.demonstration.issuer)}


def test_third_party_asks_first(visitor: Visitor) -> None:
    """A third party gets nothing when refused, what the page listed when allowed, and asks no second time."""
    visitor.asks_to_sign_in(visitor.demonstration.simulateur)
    visitor.signs_in("elise")
    visitor.sees("service-name", "Cap Retraite")
    visitor.press("consent-deny")
    visitor.sees("retry")
    assert "access_denied" == visitor.page.locator("#error-code").text_content()
    visitor.press("retry")
    visitor.press("consent-allow")
    visitor.sees("claims")
    assert visitor.is_at(visitor.demonstration.simulateur)
    expect(visitor.page.locator("#claims [data-claim=email]")).to_contain_text("elise.fontaine@example.org")
    # Neither asked for nor listed.
    expect(visitor.page.locator("#claims [data-claim=numero_dossier]")).to_have_count(0)
    visitor.context.clear_cookies(name="simulateur_session")
    visitor.asks_to_sign_in(visitor.demonstration.simulateur)
    visitor.sees("claims")


def test_step_up(visitor: Visitor) -> None:
    """An application that wants to be sure has the member identify again, although the session lives."""
    visitor.asks_to_sign_in()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    visitor.press("step-up")
    expect(visitor.page.locator("h1")).to_contain_text("Confirmez votre identité")
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")


def test_somebody_else_steps_up(visitor: Visitor) -> None:
    """Another member who answers the question gets an account of their own, never the first one's."""
    visitor.asks_to_sign_in()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    visitor.press("step-up")
    visitor.signs_in("odette")
    visitor.is_welcomed("odette")


def test_home_of_the_provider(visitor: Visitor) -> None:
    """The provider's own first page knows who is signed in, and leads to the services."""
    visitor.asks_to_sign_in()
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    visitor.page.goto(f"{visitor.demonstration.issuer}/")
    expect(visitor.page.locator("main")).to_contain_text("Fontaine", ignore_case=True)
    visitor.page.get_by_role("link", name="Espace Personnel").click()
    visitor.is_welcomed("elise")
