"""Every page of a member's journeys, at the widths of a telephone and of a desk: readable, reachable, pictured.

The pictures go to the folder that IDP_TEST_SCREENSHOTS names, else to one of the test's own. With
IDP_TEST_UPDATE_IMAGES=1 the README's picture is made anew.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import OpenWindow
from tests.support.sources import ROOT
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser

READABILITY = ROOT.joinpath("tests/support/readability.js").read_text(encoding="utf-8")
PICTURE = ROOT / "docs" / "images" / "sign-in.png"
NARROWEST = 320
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


Journey = Callable[[Visitor], Iterator[str]]


def before_the_password(visitor: Visitor) -> Iterator[str]:
    """From the application to the sign-in page, with and without mistakes; each step names the page it stands on."""
    visitor.page.goto(visitor.demonstration.espace)
    yield "espace-welcome"
    visitor.press("sign-in")
    visitor.sees("dossier")
    yield "sign-in"
    visitor.page.locator("#situation-help summary").click()
    visitor.fills(visitor.demonstration.person("clara"), password="not-her-password")
    visitor.press("sign-in")
    visitor.sees("error-summary")
    yield "sign-in-wrong"
    visitor.page.fill("#dossier", "12")
    visitor.press("sign-in")
    visitor.sees("dossier-error")
    yield "sign-in-fields"
    visitor.press("forgotten")
    visitor.sees("back-to-sign-in")
    yield "forgotten"
    visitor.page.goto(f"{visitor.demonstration.issuer}/accessibilite")
    yield "accessibility"
    visitor.page.goto(f"{visitor.demonstration.issuer}/authorize?client_id=unknown")
    visitor.sees("error-reference")
    yield "error"


def through_franceconnect(visitor: Visitor) -> Iterator[str]:
    """The emulator's pages, and those that follow where a dossier is not sure."""
    visitor.asks_to_sign_in()
    visitor.press("franceconnect")
    visitor.sees("idp-impots")
    yield "emulator-tiles"
    visitor.press("back-to-service")
    visitor.page.get_by_role("link", name="Réessayer").wait_for()
    yield "federation-notice"
    visitor.page.get_by_role("link", name="Réessayer").click()
    visitor.press("idp-ameli")
    visitor.sees("idp-login")
    yield "emulator-sign-in"
    visitor.page.fill("#login", "camille")
    visitor.press("idp-login")
    visitor.sees("continue")
    yield "emulator-information"
    visitor.press("continue")
    visitor.sees("link")
    yield "federation-proof"
    visitor.press("link")
    visitor.sees("error-summary")
    yield "federation-proof-fields"
    visitor.press("by-code")
    yield from asked_for(visitor, "code", "code-sent")
    visitor.press("by-letter")
    yield from asked_for(visitor, "letter", "letter-asked")
    visitor.press("link")
    visitor.sees("code-error")
    yield "federation-letter-fields"


def asked_for(visitor: Visitor, what: str, sent: str) -> Iterator[str]:
    """Ask for a code by e-mail or by letter, first with nothing typed."""
    visitor.press(f"ask-{what}")
    visitor.sees("dossier-error")
    yield f"federation-{what}"
    visitor.page.check("#situation-affilie")
    visitor.page.fill("#dossier", visitor.demonstration.person("camille").dossier)
    visitor.press(f"ask-{what}")
    visitor.sees(sent)
    yield f"federation-{sent}"


def two_dossiers(visitor: Visitor) -> Iterator[str]:
    """The choice between the dossiers of one person."""
    visitor.asks_to_sign_in()
    visitor.signs_in_by_franceconnect("monique")
    visitor.sees("choose")
    yield "federation-choice"


def signed_in(visitor: Visitor) -> Iterator[str]:
    """The applications, the consent page, signing out."""
    visitor.asks_to_sign_in()
    visitor.signs_in("elise")
    visitor.sees("greeting")
    yield "espace-home"
    visitor.press("documents")
    visitor.sees("documents-title")
    yield "documents"
    visitor.asks_to_sign_in(visitor.demonstration.simulateur)
    visitor.sees("consent-deny")
    yield "consent"
    visitor.press("consent-deny")
    visitor.sees("retry")
    yield "simulateur-refused"
    visitor.page.goto(visitor.demonstration.espace)
    visitor.press("step-up")
    visitor.sees("dossier")
    yield "step-up"
    visitor.page.goto(f"{visitor.demonstration.issuer}/")
    yield "home"
    visitor.page.goto(f"{visitor.demonstration.issuer}/deconnexion")
    visitor.sees("logout-confirm")
    yield "logout"
    visitor.press("logout-confirm")
    visitor.sees("sign-in-again")
    yield "signed-out"


def own_account(visitor: Visitor) -> Iterator[str]:
    """The account's pages, with and without mistakes."""
    visitor.page.goto(f"{visitor.demonstration.issuer}/compte")
    visitor.signs_in("elise")
    visitor.sees("dossier")
    yield "account"
    for name, path in (("email", "adresse-e-mail"), ("address", "adresse-postale"), ("data", "donnees")):
        visitor.page.goto(f"{visitor.demonstration.issuer}/compte/{path}")
        yield f"account-{name}"
    for name, path in (("consents", "autorisations"), ("language", "langue"), ("password", "mot-de-passe")):
        visitor.page.goto(f"{visitor.demonstration.issuer}/compte/{path}")
        yield f"account-{name}"
    visitor.press("change-password")
    visitor.sees("present-error")
    yield "account-password-fields"
    visitor.page.goto(f"{visitor.demonstration.issuer}/compte/adresse-e-mail/changer")
    visitor.page.fill("#email", "elise")
    visitor.press("send-link")
    visitor.sees("email-error")
    yield "account-email-fields"


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the pictures."""
    named = os.environ.get("IDP_TEST_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("journey", [before_the_password, through_franceconnect, two_dossiers, signed_in, own_account])
@pytest.mark.parametrize("width", [360, 1280])
def test_readable(open_window: OpenWindow, pictures: Path, journey: Journey, width: int) -> None:
    """Each page has its language, title, heading, labels, contrasts and sizes, and fits however narrow or large."""
    visitor = open_window(viewport={"width": width, "height": 800})
    faults: list[str] = []
    for name in journey(visitor):
        visitor.page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)
        faults += [f"{name}: {fault}" for fault in visitor.page.evaluate(READABILITY)]
        faults += [f"{name}: {fault}" for fault in overflows(visitor, width)]
    assert [] == faults


def overflows(visitor: Visitor, width: int) -> list[str]:
    """Return where the page must be moved sideways: at 320 pixels, and with its text twice as large."""
    page = visitor.page
    found: list[str] = []
    if width < 400:
        page.set_viewport_size({"width": NARROWEST, "height": 800})
        if (more := page.evaluate(TOO_WIDE)) > 0:
            found.append(f"{more} pixels too wide at {NARROWEST}")
        page.set_viewport_size({"width": width, "height": 800})
    else:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if (more := page.evaluate(TOO_WIDE)) > 0:
            found.append(f"{more} pixels too wide with text twice as large")
        page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def test_picture_of_the_readme(open_window: OpenWindow, pictures: Path) -> None:
    """The README shows the sign-in page as it is; IDP_TEST_UPDATE_IMAGES=1 takes the picture anew."""
    visitor = open_window(viewport={"width": 1120, "height": 1000})
    visitor.asks_to_sign_in()
    visitor.sees("dossier")
    path = PICTURE if os.environ.get("IDP_TEST_UPDATE_IMAGES") == "1" else pictures / "readme.png"
    visitor.page.screenshot(path=path)
    assert PICTURE.is_file()
    assert PICTURE.stat().st_size < 150_000
