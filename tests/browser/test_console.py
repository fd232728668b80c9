"""The console in a real Chromium: signing in, inviting, coming in by the invitation; narrow and wide."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from threading import Thread
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from idp.members.factors import totp
from tests.browser.conftest import OpenWindow
from tests.browser.test_passkeys import with_device
from tests.support.processes import free_port
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser

PASSWORD = "girafe-tunnel-orage-57"
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
NARROWEST = """Math.min(...[...document.querySelectorAll(".table :is(th, td):is(.mono, :has(> .mono))")]
    .map(cell => cell.getBoundingClientRect().width))"""
SHADOWS = """[...document.querySelectorAll(".table")].map(window => getComputedStyle(window).backgroundAttachment)"""
PAGES = (
    "",
    "/applications",
    "/tableau-de-bord",
    "/applications/espace-personnel",
    "/diagnostic/espace-personnel",
    "/applications/espace-personnel/modifier",
    "/applications/espace-personnel/historique",
    "/applications/espace-personnel/integration",
    "/applications/espace-personnel/secret",
    "/nouvelle-application",
    "/nouvelle-application?type=web",
    "/dossiers",
    "/courriers",
    "/rapprochements",
    "/simulateur",
    "/fournisseurs",
    "/cles",
    "/cles/renouveler",
    "/cles/urgence",
    "/propositions",
    "/mon-acces",
    "/mon-acces/application",
    "/mon-acces/codes",
    "/administrateurs",
    "/administrateurs/nouveau",
    "/configuration",
    "/configuration/appliquer",
    "/journal",
    "/journal/export",
    "/journal/verification",
)


FRESH = 200
"""Seconds for which a sign-in serves the next story too; the console asks again before a dangerous act after 300."""


class Codes:
    """An application of codes that never says one twice; a step early or late is as good, and saves waiting.

    So does `kept`: the cookies of a sign-in, with the time of it, by login.
    """

    def __init__(self) -> None:
        self._last = 0
        self.kept: dict[str, tuple[float, Any]] = {}

    def next(self, secret: str) -> str:
        """Return a code that no story has used yet, and that still counts when a slow machine has sent it."""
        present, gone = divmod(int(time.time()), totp.STEP)
        early = 1 if gone < totp.STEP - 15 else 0
        self._last = max(self._last, present - early - 1) + 1
        while self._last > int(time.time()) // totp.STEP + 1:
            time.sleep(1)
        return str(pyotp.TOTP(secret.replace(" ", "")).generate_otp(self._last))


@pytest.fixture(scope="module")
def codes() -> Codes:
    """The demonstration's administrator has one application for all stories."""
    return Codes()


def comes_in(visitor: Visitor, codes: Codes, login: str = "") -> str:
    """Sign in to the console as one of the demonstration's administrators; return the console's address."""
    contract = visitor.demonstration.contract
    told = next((one for one in contract["administrators"] if one["login"] == login), contract["admin"])
    when, cookies = codes.kept.get(told["login"], (0.0, None))
    if time.monotonic() - when < FRESH and cookies is not None:
        visitor.context.add_cookies(cookies)
        visitor.page.goto(contract["admin"]["url"])
        visitor.sees("who", told["login"])
        return str(contract["admin"]["url"])
    visitor.page.goto(contract["admin"]["url"])
    visitor.sees("login")
    visitor.page.fill("#login", told["login"])
    visitor.page.fill("#password", told["password"])
    visitor.press("staff-sign-in")
    visitor.page.fill("#code", codes.next(told["totp_secret"]))
    visitor.press("confirm-code")
    visitor.sees("who", told["login"])
    codes.kept[told["login"]] = (time.monotonic(), visitor.context.cookies())
    return str(contract["admin"]["url"])


def invites(visitor: Visitor, console: str, login: str) -> str:
    """Invite somebody at the console; return the link."""
    visitor.page.goto(f"{console}/administrateurs")
    visitor.press("new")
    visitor.page.fill("#login", login)
    visitor.page.fill("#name", "Paul <i>Durand</i>")
    visitor.page.check("#role-auditor")
    visitor.press("create")
    return visitor.reads("invitation-url")


@pytest.fixture
def chosen(visitor: Visitor, open_window: OpenWindow, codes: Codes) -> tuple[Visitor, str]:
    """Somebody who was invited and has chosen a password, and the console's address."""
    console = comes_in(visitor, codes)
    link = invites(visitor, console, f"paul.{time.time_ns()}@example.org")
    paul = open_window()
    with_device(paul)
    paul.page.goto(link)
    paul.sees("invited", "Paul <i>Durand</i>")
    paul.page.fill("#password", PASSWORD)
    paul.page.fill("#confirmation", PASSWORD)
    paul.press("choose-password")
    return paul, console


def test_invited_and_in_with_a_passkey(chosen: tuple[Visitor, str]) -> None:
    """The passkey of the invitation is the whole sign-in; the menu is the auditor's; going out closes the console."""
    paul, console = chosen
    paul.press("passkey-start")
    paul.sees("codes")
    paul.press("codes-kept")
    paul.sees("login")
    paul.press("passkey-start")
    paul.sees("my-roles", "Audit")
    paul.sees("nav-audit")
    paul.page.goto(f"{console}/administrateurs/nouveau")
    paul.sees("forbidden", "Sécurité")
    paul.press("leave")
    paul.sees("left")
    paul.press("again")
    paul.sees("login")


def test_invited_and_in_with_an_application(chosen: tuple[Visitor, str]) -> None:
    """A wrong code is said; the right one opens the account and shows the codes once."""
    paul, console = chosen
    paul.page.fill("#code", "000000")
    paul.press("confirm-application")
    paul.sees("code-error")
    secret = paul.reads("secret").replace(" ", "")
    paul.page.fill("#code", pyotp.TOTP(secret).now())
    paul.press("confirm-application")
    paul.sees("codes")
    paul.page.goto(console)
    paul.sees("login")


def test_the_desk_sends_a_letter(visitor: Visitor, codes: Codes) -> None:
    """A member on the telephone is found by name, is sent a letter, and the letter is in today's batch."""
    console = comes_in(visitor, codes)
    teva = visitor.demonstration.person("teva").dossier
    visitor.press("nav-members")
    visitor.page.fill("#name", "téhéi")
    visitor.press("find")
    assert visitor.page.url.endswith("/administration/dossiers")
    visitor.page.get_by_role("link", name=teva).click()
    visitor.sees("dossier-number", teva)
    visitor.press("act-mot-de-passe")
    visitor.press("confirm-act")
    visitor.sees("error-summary")
    visitor.page.check("#channel-post")
    visitor.page.check("#identified-callback")
    visitor.page.fill("#reason", "Ne reçoit plus ses e-mails.")
    visitor.press("confirm-act")
    visitor.sees("done")
    for _ in range(40):
        visitor.page.goto(f"{console}/courriers")
        if visitor.reads("ready") != "0":
            break
        time.sleep(0.5)
    visitor.press("print")
    visitor.sees("done")
    visitor.page.locator("a[id^=file-]").first.click()
    with visitor.page.expect_download() as taken:
        visitor.press("take")
    assert taken.value.suggested_filename.endswith(".pdf")


def test_the_doctor_finds_a_trailing_slash(visitor: Visitor, open_window: OpenWindow, codes: Codes) -> None:
    """A developer's request is refused without a word of why; the doctor says it, and ticks what is done right then."""
    console, member = comes_in(visitor, codes), open_window()
    visitor.page.goto(f"{console}/applications/espace-personnel")
    visitor.press("doctor")
    visitor.press("examine")
    visitor.sees("step-requested", "Attendu")
    issuer, espace = visitor.demonstration.issuer, visitor.demonstration.espace.rstrip("/")
    member.page.goto(
        f"{issuer}/authorize?client_id=espace-personnel&redirect_uri={espace}/callback/&response_type=code"
    )
    assert "n’est pas celle qu’il a enregistrée" in member.page.inner_text("main")
    visitor.press("again")
    visitor.sees("step-requested", "Refusé")
    assert {f"{espace}/callback/", f"{espace}/callback"} <= set(visitor.page.locator(".fault dd").all_inner_texts())
    assert "barre oblique finale" in visitor.page.inner_text(".fault")
    member.asks_to_sign_in()
    member.signs_in("elise")
    member.is_welcomed("elise")
    visitor.press("again")
    for step in ("requested", "answered", "redeemed", "id_token", "userinfo"):
        visitor.sees(f"step-{step}", "Fait")


@contextmanager
def pasted(text: str, secret: str, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the program that a developer copied."""
    for name, value in {"CLIENT_SECRET": secret, "FLASK_SECRET_KEY": token_hex(), "NO_PROXY": "*"}.items():
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {"__name__": "pasted"}
    exec(compile(text, "app.py", "exec"), names)  # noqa: S102 - what the page shows is ours
    server = make_server("127.0.0.1", port, names["app"], threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_application_is_onboarded(
    visitor: Visitor, browser: Browser, codes: Codes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator registers it, a developer pastes what the page shows, a member signs in to it."""
    console, port, client_id = comes_in(visitor, codes), free_port(), f"app-{token_hex(4)}"
    visitor.page.goto(f"{console}/applications")
    visitor.press("new")
    visitor.press("kind-web")
    visitor.page.fill("#client_id", client_id)
    visitor.page.fill("#client_name", "Nouvelle appli")
    visitor.page.fill("#redirect_uris", f"http://localhost:{port}/retour")
    for name in ("openid", "profile"):
        visitor.page.uncheck(f"#scope-{name}")
    visitor.press("create-client")
    visitor.sees("scope-error", "Cochez")
    for name in ("openid", "profile"):
        visitor.page.check(f"#scope-{name}")
    visitor.press("create-client")
    secret, text = visitor.reads("client-secret"), visitor.page.locator("#snippet-authlib pre").inner_text()
    # The application is none of the demonstration's, so nobody watches where this window goes.
    with pasted(text, secret, port, monkeypatch), browser.new_context(locale="fr-FR") as context:
        member = Visitor(visitor.demonstration, context, context.new_page())
        member.page.goto(f"http://localhost:{port}/connexion")
        member.signs_in("elise")
        expect(member.page.locator("body")).to_have_text(re.compile(r"[\w-]{20,}"))
    visitor.page.locator("[data-copies=client-secret]").click()
    expect(visitor.page.locator("#client-secret-copied")).to_have_text(re.compile("Copié|Sélectionné"))
    visitor.press("to-client")
    visitor.sees("client-id", client_id)


@pytest.mark.parametrize("width", [1280, 768, 360])
def test_no_page_is_wider_than_its_window(open_window: OpenWindow, codes: Codes, width: int) -> None:
    """Tables scroll in a window of their own; the page never does."""
    visitor = open_window(viewport={"width": width, "height": 800})
    console = comes_in(visitor, codes)
    wide = []
    for path in PAGES:
        visitor.page.goto(f"{console}{path}")
        visitor.sees("who")
        wide.append((path, visitor.page.evaluate(TOO_WIDE)))
    assert [(path, 0) for path in PAGES] == wide


def test_machine_text_is_read_on_a_telephone(open_window: OpenWindow, codes: Codes) -> None:
    """An application's values stand below their names; ids keep a width; what scrolls has a shadow at its side."""
    visitor = open_window(viewport={"width": 360, "height": 740})
    console = comes_in(visitor, codes)
    visitor.page.goto(f"{console}/applications/espace-personnel")
    name, value = (visitor.page.locator(f"#members tr:last-child > {kind}").bounding_box() for kind in ("th", "td"))
    assert name is not None
    assert value is not None
    assert (True, True) == (value["y"] >= name["y"] + name["height"], value["width"] > 300)
    for path in ("/cles", "/applications/espace-personnel"):
        visitor.page.goto(f"{console}{path}")
        assert visitor.page.evaluate(NARROWEST) >= 180
        assert {"local, local, scroll, scroll, scroll"} == set(visitor.page.evaluate(SHADOWS))


def test_a_narrow_menu_is_folded(open_window: OpenWindow, codes: Codes) -> None:
    """It leaves the screen to the page, opens by the keyboard without JavaScript, and names itself and where one is."""
    visitor = open_window(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    console = comes_in(visitor, codes)
    visitor.page.goto(f"{console}/journal")
    menu, entry = visitor.page.locator("#console-menu"), visitor.page.locator("#menu-members")
    expect(visitor.page.locator("#nav-members")).to_be_hidden()
    expect(entry).to_be_hidden()
    heading = visitor.page.locator("h1").bounding_box()
    assert heading is not None
    assert heading["y"] < 740 / 2
    menu.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#menu-audit")).to_have_attribute("aria-current", "page")
    # Past the entries before it: those of the hidden list take no turn.
    for _ in range(4):
        visitor.page.keyboard.press("Tab")
    expect(entry).to_be_focused()
    visitor.page.keyboard.press("Enter")
    visitor.sees("find")


def test_the_keyboard_reaches_everything(visitor: Visitor, codes: Codes) -> None:
    """From the top of the page the tabulator goes to the content, the menu and the way out, each seen."""
    console = comes_in(visitor, codes)
    visitor.page.goto(f"{console}/journal")
    reached = set()
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.closest('main') !== null")
    assert 0 == visitor.page.locator("main nav[aria-label=Administration]").count()
    visitor.page.reload()
    for _ in range(60):
        visitor.page.keyboard.press("Tab")
        reached.add(visitor.page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {
        "skip-link",
        "nav-overview",
        "nav-audit",
        "leave",
        "since",
        "filter",
        "export",
        "table table--cards table--dense",
    } <= reached
