"""The pages as Chromium shows them: legible, narrow, large, by keyboard, without scripts, within the policy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.gallery import ARGUMENTS, PAGES, served

pytestmark = pytest.mark.browser

STILL = [name for name in PAGES if name not in {"form-post", "logout-frames"}]

FAINT_TEXT = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = parts(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest("noscript")) continue;
    const pair = [light(parts(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + .05) / (pair[1] + .05);
    if (ratio < 4.5) faint.push([element.textContent.trim().slice(0, 40), ratio]);
  }
  return faint;
}"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, summary, a.button, .choice label, .input, .fr-connect")]
  .filter(element => element.checkVisibility())
  .map(element => [element.id || element.textContent.trim(), element.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([name, box]) => [name, box.width, box.height])"""

LINES = """element => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getClientRects().length;
}"""

TOO_WIDE = """width => ["200%", "100%"].map(size => {
    document.documentElement.style.fontSize = size;
    return [size, document.documentElement.scrollWidth];
  }).filter(([, found]) => found > width)"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The gallery's address."""
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def shown(chromium: Path) -> Iterator[Browser]:
    """A Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(shown: Browser, address: str) -> Iterator[Any]:
    """A function that opens a sample; whatever the page complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def show(name: str, width: int = 1280, **options: Any) -> Page:
        context = shown.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/{name}")
        return page

    yield show
    for context in contexts:
        context.close()
    assert [] == complaints


@pytest.mark.parametrize(("language", "widths"), [("fr", (320, 1280)), ("en", (400, 768))])
def test_every_page_is_legible_at_every_width(
    open_page: Any, address: str, language: str, widths: tuple[int, int]
) -> None:
    """Nothing is cut or scrolls sideways, with large letters too; texts stand out, controls are 44 px (N-170)."""
    page = open_page("sign-in")
    wide, faint, small = [], [], []
    for name in STILL:
        page.goto(f"{address}/{name}?lang={language}")
        # Colours are the same at every width.
        faint += [(name, *one) for one in page.evaluate(FAINT_TEXT)]
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            # Fingers meet the narrow ones.
            small += [(name, *one) for one in page.evaluate(SMALL_TARGETS)] if width == 320 else []
            wide += [(name, width, *one) for one in page.evaluate(TOO_WIDE, width)]
        widths = widths[::-1]  # the next page begins at the width of now
    assert ([], [], []) == (wide, faint, small)


def test_the_tab_key_follows_the_eye(open_page: Any) -> None:
    """From the skip link to help, FranceConnect first, each stop once and with a visible outline (N-170)."""
    page = open_page("sign-in-alone")
    page.goto(page.url.replace("sign-in-alone", "sign-in"))
    stops, bare = [], []
    for _ in range(15):
        page.keyboard.press("Tab")
        stop = page.evaluate("document.activeElement.id || document.activeElement.className")
        stops.append(stop)
        if page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none" and "situation" not in stop:
            bare.append(stop)
    wanted = ["skip-link", "franceconnect", "situation-affilie", "dossier", "password", "password-eye", "sign-in"]
    assert wanted == [stop for stop in stops if stop in wanted]
    assert [] == bare


def test_the_eye_shows_and_hides_the_password(open_page: Any) -> None:
    """The eye is a button with a name and a state; on submit the password is hidden again (N-164)."""
    page = open_page("sign-in")
    field, eye = page.locator("#password"), page.get_by_role("button", name="Afficher le mot de passe")
    field.fill("secret")
    expect(eye).to_have_attribute("aria-pressed", "false")
    eye.press("Enter")
    expect(field).to_have_attribute("type", "text")
    expect(eye).to_have_attribute("aria-pressed", "true")
    page.evaluate("document.getElementById('sign-in-form').addEventListener('submit', event => event.preventDefault())")
    page.locator("#sign-in").click()
    expect(field).to_have_attribute("type", "password")
    expect(eye).to_have_attribute("aria-pressed", "false")


def test_an_error_takes_the_focus(open_page: Any) -> None:
    """After a refusal the focus is on the summary, whose links lead to the fields (N-162)."""
    page = open_page("sign-in-errors")
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#error-summary a").first.click()
    expect(page.locator("#dossier")).to_be_focused()


def test_the_page_works_without_scripts(open_page: Any) -> None:
    """Without JavaScript there is no eye, the help opens, and the form can be filled and sent (N-172)."""
    page = open_page("sign-in", java_script_enabled=False)
    page.route("**/connexion/i", lambda route: route.fulfill(body="Reçu"))
    expect(page.locator("#password-eye")).to_be_hidden()
    page.locator("#situation-help summary").click()
    expect(page.get_by_text("retraite de réversion")).to_be_visible()
    page.get_by_label("Ayant droit", exact=True).check()
    page.get_by_label("Numéro de dossier", exact=True).fill("123456789")
    page.get_by_label("Mot de passe", exact=True).fill("secret")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.locator("#sign-in").click()
    assert "csrf=c&situation=ayant_droit&dossier=123456789&password=secret" == sent.value.post_data


@pytest.mark.parametrize("scripts", [True, False])
def test_a_posted_answer_reaches_the_application(open_page: Any, scripts: bool) -> None:
    """The form of an answer sends itself; without JavaScript its button does (N-172)."""
    page = open_page("form-post", java_script_enabled=scripts)
    if not scripts:
        page.locator("#continue").click()
    page.wait_for_url("**/sent")
    assert '"state":"\\u00e9"' in page.content()


def test_ways_in_stand_side_by_side_where_there_is_room(open_page: Any) -> None:
    """At 1280 px FranceConnect is on the left of the form; at 360 px it is above."""
    for width, axis in ((1280, "x"), (360, "y")):
        page = open_page("sign-in", width)
        button, form = (page.locator(one).bounding_box() for one in ("#franceconnect", "#sign-in-form"))
        assert button[axis] < form[axis]


def test_chosen_colours_of_the_reader_are_kept(open_page: Any) -> None:
    """With forced colours the choices, fields and buttons still have their edges."""
    page = open_page("sign-in-wrong", forced_colors="active")
    for control in ("#sign-in", "#dossier", "#franceconnect"):
        assert "solid" == page.locator(control).evaluate("element => getComputedStyle(element).borderTopStyle")


def test_the_conditions_of_a_password_are_followed_as_it_is_typed(open_page: Any) -> None:
    """Each by a sign and a word, so that nobody needs to see a colour; said once the typing rests (N-164)."""
    page = open_page("choose-password")
    rules = {name: page.locator(f"[data-rule={name}]") for name in ("length", "variety", "dossier")}
    states = [
        ("azertyuiop12", {"length": "fait", "variety": "à faire", "dossier": "fait"}),
        ("x1234567y", {"length": "à faire", "variety": "à faire", "dossier": "à faire"}),
        ("pluie tambour sapin", {"length": "fait", "variety": "fait", "dossier": "fait"}),
    ]
    for typed, wanted in states:
        page.locator("#password").fill(typed)
        for name, state in wanted.items():
            expect(rules[name].locator(".rules__state")).to_have_text(state)
            expect(rules[name].locator(".rules__sign")).to_have_text("✓" if state == "fait" else "–")
    expect(page.locator("#password-status")).to_have_text("Le mot de passe remplit toutes ces conditions.")


def test_without_scripts_the_conditions_stand_there_as_a_list(open_page: Any) -> None:
    """They are read before typing; the server judges (N-172)."""
    page = open_page("choose-password", java_script_enabled=False)
    expect(page.get_by_text("12 caractères ou plus, espaces compris")).to_be_visible()
    expect(page.locator("#password-eye")).to_be_hidden()


def test_where_the_number_stands_is_shown(open_page: Any) -> None:
    """The help opens on a picture of a letter that also says it in words."""
    page = open_page("forgotten", 360)
    page.locator("#dossier-help summary").click()
    expect(page.get_by_role("img", name="en haut à droite")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_way_past_the_header_leads_past_the_menu(open_page: Any, width: int) -> None:
    """Followed by the keyboard, its next stop is in the account's page, behind the menu (WCAG 2.4.1)."""
    page = open_page("own-password", width)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null && !document.activeElement.closest('nav')")
    assert 0 == page.locator("main nav").count()


def test_the_name_of_franceconnect_stays_in_one_piece(open_page: Any) -> None:
    """At 320 px too, which is 400 % at 1280."""
    brand = open_page("sign-in", 320).locator(".fr-connect__brand")
    assert 1 == brand.evaluate(LINES)


def test_a_single_way_in_stands_in_the_middle(open_page: Any) -> None:
    """Without FranceConnect the form has as much room on its left as on its right."""
    box = open_page("sign-in-alone").locator(".sign-in").bounding_box()
    assert abs(box["x"] + box["width"] / 2 - 640) <= 1
