"""A member signs in with a dossier number and password."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.id || document.activeElement.className"
OUTLINE = "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_application_to_its_page(open_window: OpenWindow, scripts: bool) -> None:
    """A dossier number and password lead from Espace Personnel back to it, with what it may know of the member."""
    visitor = open_window(java_script_enabled=scripts)
    visitor.asks_to_sign_in()
    assert visitor.is_at(f"{visitor.demonstration.issuer}/connexion/")
    visitor.sees("service-name", "Espace Personnel")
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
    assert visitor.demonstration.espace == visitor.page.url
    visitor.sees("situation", "Affilié")
    for claim, shown in (("family_name", "FONTAINE"), ("email", "elise.fontaine@example.org"), ("birthdate", "1981")):
        expect(visitor.page.locator(f"#claims [data-claim={claim}]")).to_contain_text(shown)
    visitor.press("refresh")
    visitor.sees("notice", "à jour")


def test_nine_digits(visitor: Visitor) -> None:
    """An ayant droit signs in with nine digits, typed with the spaces of a letter."""
    odette = visitor.demonstration.person("odette")
    visitor.asks_to_sign_in()
    visitor.fills(odette)
    visitor.page.fill("#dossier", f"{odette.dossier[:3]} {odette.dossier[3:6]}.{odette.dossier[6:]} ")
    visitor.press("sign-in")
    visitor.is_welcomed("odette")
    visitor.sees("situation", "Ayant droit")


def test_wrong_password_then_the_right_one(visitor: Visitor) -> None:
    """A wrong password is said in words that have the focus, keeps the number, and the next try may be right."""
    visitor.asks_to_sign_in()
    visitor.fills(visitor.demonstration.person("sophie"), password="not-her-password")
    visitor.press("sign-in")
    visitor.sees("error-summary", "Le numéro de dossier ou le mot de passe est incorrect.")
    expect(visitor.page.locator("#error-summary")).to_be_focused()
    expect(visitor.page).to_have_title("Erreur : Je me connecte à mon espace personnel – CARPIMKO")
    expect(visitor.page.locator("#dossier")).to_have_value(visitor.demonstration.person("sophie").dossier)
    expect(visitor.page.locator("#situation-affilie")).to_be_checked()
    expect(visitor.page.locator("#password")).to_have_value("")
    visitor.page.reload()
    visitor.sees("error-summary")
    # The first mistakes cost nothing.
    visitor.signs_in("sophie")
    visitor.is_welcomed("sophie")


def test_many_mistakes(visitor: Visitor) -> None:
    """After several mistakes the page says how long to wait, and that FranceConnect stays open meanwhile."""
    visitor.asks_to_sign_in()
    for _ in range(10):
        visitor.fills(visitor.demonstration.person("chloe"), password="not-her-password")
        with visitor.page.expect_navigation():
            visitor.press("sign-in")
        if visitor.page.locator("#delay").is_visible():
            break
    visitor.sees("delay", "seconde")
    visitor.sees("delay", "FranceConnect")
    visitor.sees("franceconnect")


def test_nothing_typed(visitor: Visitor) -> None:
    """Each field left empty is named in the summary, and the summary leads to it."""
    visitor.asks_to_sign_in()
    visitor.press("sign-in")
    summary = visitor.page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(summary.locator("li")).to_have_count(3)
    summary.locator("a", has_text="numéro de dossier").click()
    expect(visitor.page.locator("#dossier")).to_be_focused()
    for field in ("dossier", "password"):
        located = visitor.page.locator(f"#{field}")
        assert f"{field}-error" in (located.get_attribute("aria-describedby") or "")
        assert "true" == located.get_attribute("aria-invalid")


def test_the_eye(visitor: Visitor) -> None:
    """The eye shows the password and says so, and the form never leaves with it shown."""
    visitor.asks_to_sign_in()
    visitor.fills(visitor.demonstration.person("elise"))
    field, eye = visitor.page.locator("#password"), visitor.page.locator("#password-eye")
    expect(eye).to_have_attribute("aria-pressed", "false")
    expect(eye).to_have_accessible_name("Afficher le mot de passe")
    eye.click()
    expect(eye).to_have_attribute("aria-pressed", "true")
    expect(field).to_have_attribute("type", "text")
    eye.press("Enter")
    expect(field).to_have_attribute("type", "password")
    eye.press("Space")
    expect(field).to_have_attribute("type", "text")
    noted = "password.form.addEventListener('submit', () => { sessionStorage.left_as = password.type })"
    visitor.page.evaluate(noted)
    visitor.press("sign-in")
    visitor.is_welcomed("elise")
    visitor.page.goto(f"{visitor.demonstration.issuer}/")
    assert "password" == visitor.page.evaluate("sessionStorage.left_as")


def test_no_eye_without_scripts(open_window: OpenWindow) -> None:
    """A button that could do nothing is not shown."""
    visitor = open_window(java_script_enabled=False)
    visitor.asks_to_sign_in()
    visitor.sees("password")
    expect(visitor.page.locator("#password-eye")).to_be_hidden()


def test_by_keyboard_alone(visitor: Visitor) -> None:
    """The order of Tab is that of the page, the focus is always seen, and Enter submits."""
    elise = visitor.demonstration.person("elise")
    visitor.asks_to_sign_in()
    visitor.sees("dossier")
    page = visitor.page
    order: list[str] = []
    while order[-1:] != ["password"]:
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUSED))
        # A radio button's outline is drawn around its label.
        assert order[-1].startswith("situation") or page.evaluate(OUTLINE) >= 2, order[-1]
        if order[-1] == "situation-affilie":
            page.keyboard.press("Space")
        elif order[-1] == "dossier":
            page.keyboard.type(elise.dossier)
        assert len(order) < 20
    named = [name for name in order if name in {"skip-link", "franceconnect", "situation-affilie", "dossier"}]
    assert "skip-link" == order[0]
    assert ["skip-link", "franceconnect", "situation-affilie", "dossier"] == named
    page.keyboard.type(elise.password)
    page.keyboard.press("Enter")
    visitor.is_welcomed("elise")


def test_forgotten_password_leads_back(visitor: Visitor) -> None:
    """The page for a forgotten password says what to do today, and leads back to the same sign-in."""
    visitor.asks_to_sign_in()
    visitor.press("forgotten")
    visitor.sees("franceconnect")
    visitor.press("back-to-sign-in")
    visitor.sees("service-name", "Espace Personnel")
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")


def test_in_english(visitor: Visitor) -> None:
    """The page is there in English too, and the sign-in goes on in it."""
    visitor.asks_to_sign_in()
    visitor.press("language-en")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    visitor.press("sign-in")
    visitor.sees("error-summary")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    visitor.signs_in("elise")
    visitor.is_welcomed("elise")
