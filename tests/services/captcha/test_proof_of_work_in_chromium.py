"""The default captcha as a person meets it: in Chromium, behind the provider's own policy, with and without scripts."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g, render_template_string, request
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from idp.services.captcha.port import Captcha, CaptchaWidget, Verdict
from idp.web.headers import security_headers
from idp.web.i18n import Catalogue, install
from tests.services.captcha.conftest import ACTION, BROWSER, Endpoint, World, judge
from tests.support.browser import arguments
from tests.support.gallery import ENGLISH, NONCE, TEMPLATES

pytestmark = pytest.mark.browser

PAGE = """{% extends "base.html" %}{% block title %}Captcha{% endblock %}{% block main %}
<h1>Formulaire</h1>
<form method="post" action="/" id="form" novalidate>
  <div class="field">
    <label class="field__label" for="mail">Adresse</label>
    <input class="input" id="mail" name="mail">
  </div>
  {% include "web/_captcha.html" %}
  <button class="button" id="send" name="button" value="pressed">Envoyer</button>
</form>{% endblock %}"""
SLOW = 4000
"""Milliseconds that a busy machine may need for the calculation, and more."""


@dataclass
class Site:
    """A running form, and what it was sent."""

    captcha: Captcha
    widget: CaptchaWidget | None = None
    changes: Mapping[str, str] = field(default_factory=dict)
    sent: list[dict[str, str]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    address: str = ""

    def application(self) -> Flask:
        """Return the form's application."""
        app = Flask("form", template_folder=str(TEMPLATES), static_folder=str(TEMPLATES / "static"))
        install(app, Catalogue.load(ENGLISH), lambda: request.args.get("lang", "fr"))
        contact = {"phone": "01 30 48 10 00", "url": "https://www.carpimko.example/"}
        app.context_processor(lambda: {"help": contact, "nonce": NONCE})

        @app.get("/")
        def show() -> str:
            g.widget = self.widget or self.captcha.widget(BROWSER, ACTION)
            return render_template_string(PAGE, captcha=g.widget, captcha_error=request.args.get("error"))

        @app.post("/")
        def take() -> str:
            self.sent.append(dict(request.form))
            self.verdicts.append(judge(self.captcha, self.sent[-1]))
            return f"<h1 id=verdict>{self.verdicts[-1].value}</h1>"

        @app.get("/favicon.ico")
        def icon() -> tuple[str, int]:
            return "", 204

        @app.after_request
        def protect(response: Response) -> Response:
            if "widget" in g:
                sources = g.widget.sources
                response.headers.extend(security_headers(nonce=NONCE, secure=False, extra_sources=sources))
            return response

        return app


@contextmanager
def serving(captcha: Captcha) -> Iterator[Site]:
    """Serve a form with this captcha."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    site = Site(captcha)
    server = make_server("127.0.0.1", 0, site.application(), threaded=True)
    site.address = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    """A form with the default captcha, its effort included."""
    with serving(world.captcha(proof_iterations=5000, proof_attempts=250)) as running:
        yield running


@pytest.fixture(scope="module")
def shown(chromium: Path) -> Iterator[Browser]:
    """A Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments())
        yield browser
        browser.close()


@contextmanager
def opened(shown: Browser, address: str, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """Open a page; yield it with what the browser complains of, which must stay empty unless a test says otherwise."""
    context = shown.new_context(**options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield page, complaints
    context.close()


def test_a_person_ticks_the_box_and_sends(shown: Browser, site: Site) -> None:
    """The calculation runs within the policy, says when it is done, and the form passes at once."""
    with opened(shown, site.address) as (page, complaints):
        status = page.locator("#captcha-status")
        expect(status).to_have_attribute("role", "status")
        expect(status).to_have_text("")
        expect(page.locator("#captcha-wait")).to_be_hidden()
        page.get_by_label("Je ne suis pas un robot").check()
        expect(status).to_contain_text("Vérification terminée", timeout=SLOW)
        expect(page.locator("#captcha-progress")).to_be_hidden()
        page.locator("#send").click()
        expect(page.locator("#verdict")).to_have_text("passed")
        assert [] == complaints
    assert site.sent[0]["captcha_proof"]
    assert "" == site.sent[0]["captcha_site_web"]


def test_the_keyboard_is_enough_and_never_meets_the_trap(shown: Browser, site: Site) -> None:
    """Tab reaches the field, the box and the button, in this order; space ticks."""
    with opened(shown, site.address) as (page, complaints):
        page.locator("#mail").focus()
        page.keyboard.press("Tab")
        expect(page.locator("#captcha")).to_be_focused()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        expect(page.locator("#send")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#verdict")).to_have_text("passed", timeout=SLOW)
        assert [] == complaints


def test_a_form_sent_too_early_leaves_when_the_calculation_is_done(shown: Browser, site: Site) -> None:
    """Nothing is lost by pressing the button at once: it is sent once, with the button's own value."""
    with opened(shown, site.address) as (page, _):
        page.evaluate("['captcha', 'send', 'send'].forEach(id => document.getElementById(id).click())")
        expect(page.locator("#verdict")).to_have_text("passed", timeout=SLOW)
    assert [Verdict.PASSED] == site.verdicts
    assert "pressed" == site.sent[0]["button"]


def test_an_unticked_box_fails(shown: Browser, site: Site) -> None:
    """The form is not held back, and the server refuses it."""
    with opened(shown, site.address) as (page, _):
        page.locator("#send").click()
        expect(page.locator("#verdict")).to_have_text("failed")


def test_without_scripts_the_box_and_the_wait_do(shown: Browser, site: Site, world: World) -> None:
    """The page says what to do, in plain words, and the form passes when it was done (N-172)."""
    with opened(shown, site.address, java_script_enabled=False) as (page, complaints):
        expect(page.get_by_text("attendez au moins 5 secondes")).to_be_visible()
        expect(page.get_by_text("Sans JavaScript")).to_be_visible()
        expect(page.locator("#captcha-hint")).to_be_hidden()
        page.locator("#captcha").check()
        world.clock.forward(5)
        page.locator("#send").click()
        expect(page.locator("#verdict")).to_have_text("passed")
        assert [] == complaints


def test_a_browser_that_cannot_calculate_is_held_until_the_box_is_believed(shown: Browser, world: World) -> None:
    """Without workers the page says so, waits by itself, then sends."""
    with serving(world.captcha(unscripted_wait=1)) as site, opened(shown, "about:blank") as (page, _):
        page.add_init_script("delete window.Worker")
        page.goto(site.address)
        page.locator("#captcha").check()
        expect(page.locator("#captcha-status")).to_contain_text("quelques secondes d’attente")
        world.clock.forward(2)
        page.locator("#send").click()
        expect(page.locator("#verdict")).to_have_text("passed", timeout=SLOW)
    assert "" == site.sent[0]["captcha_proof"]


def test_the_page_is_in_english_too_and_shows_its_error(shown: Browser, site: Site) -> None:
    """The label and the message speak the person's language; the box names its error."""
    with opened(shown, site.address + "?lang=en&error=Cochez") as (page, _):
        box = page.get_by_label("I am not a robot")
        expect(box).to_have_attribute("aria-invalid", "true")
        assert "captcha-error" in (box.get_attribute("aria-describedby") or "")


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_screen(shown: Browser, site: Site, width: int) -> None:
    """On a small phone as on a large screen, no sideways scrolling; the box is large enough for a thumb."""
    with opened(shown, site.address, viewport={"width": width, "height": 700}) as (page, _):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = page.locator(".captcha .choice label").bounding_box()
        assert box is not None
        assert 44 <= box["height"]


def test_a_third_party_that_cannot_be_loaded_leaves_the_box(shown: Browser, world: World, endpoint: Endpoint) -> None:
    """Where its script is blocked, the box of our own stays, and the policy lets the script's host through."""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address, unscripted_wait=1)
    with serving(captcha) as site, opened(shown, "about:blank") as (page, complaints):
        page.route("https://challenges.cloudflare.com/**", lambda route: route.abort())
        page.goto(site.address)
        expect(page.locator("#captcha-third-party")).to_be_hidden()
        page.locator("#captcha").check()
        world.clock.forward(5)
        page.locator("#send").click()
        expect(page.locator("#verdict")).to_have_text("passed", timeout=SLOW)
        assert [] == [text for text in complaints if "Content Security Policy" in text]


def test_a_third_party_s_script_gets_its_place(shown: Browser, world: World, endpoint: Endpoint) -> None:
    """Where its script arrives, it finds its holder and key, and its token passes."""
    script = """const field = document.createElement("input");
    field.type = "hidden"; field.name = "cf-turnstile-response"; field.value = "the-token";
    const holder = document.querySelector(".cf-turnstile");
    if (holder.dataset.sitekey === "our-site-key" && holder.dataset.action === "forgotten") holder.append(field);"""
    captcha = world.captcha(provider="turnstile", verify_url=endpoint.address)
    with serving(captcha) as site, opened(shown, "about:blank") as (page, complaints):
        page.route(
            "https://challenges.cloudflare.com/**",
            lambda route: route.fulfill(body=script, content_type="text/javascript"),
        )
        page.goto(site.address)
        expect(page.locator("#captcha-third-party")).to_be_visible()
        expect(page.locator("#captcha")).to_be_hidden()
        page.locator("#send").click()
        expect(page.locator("#verdict")).to_have_text("passed")
        assert [] == complaints
    assert ["the-token"] == [asked["response"] for asked in endpoint.asked]


def test_a_person_may_choose_the_box_instead_of_the_third_party(
    shown: Browser, world: World, endpoint: Endpoint
) -> None:
    """Whoever cannot pass the third party's test has another way in the same form (N-166)."""
    captcha = world.captcha(provider="hcaptcha", verify_url=endpoint.address, unscripted_wait=1)
    with serving(captcha) as site, opened(shown, "about:blank") as (page, complaints):
        page.route("https://js.hcaptcha.com/**", lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.goto(site.address)
        page.get_by_role("button", name="Utiliser une autre vérification").click()
        box = page.get_by_label("Je ne suis pas un robot")
        expect(box).to_be_focused()
        box.check()
        world.clock.forward(2)
        page.locator("#send").click()
        expect(page.locator("#verdict")).to_have_text("passed", timeout=SLOW)
        assert [] == complaints
    assert [] == endpoint.asked
