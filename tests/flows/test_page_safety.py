"""What surrounds every page: headers, cookies, methods, and nothing from anywhere else."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.activation import ask, choose, keep, mailed
from tests.support.cast import APP, ISSUER, PARTNER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty

Open = Callable[[Provider, Browser], Page]


def _sign_in_page(provider: Provider, browser: Browser) -> Page:
    return browser.get(RelyingParty(provider).authorize_url())


def _refused(provider: Provider, browser: Browser) -> Page:
    return browser.sign_in(_sign_in_page(provider, browser), password="not the password")


def _consent(provider: Provider, browser: Browser) -> Page:
    return RelyingParty(provider, PARTNER, None).sign_in(browser)


def _signed_in(path: str) -> Open:
    def opened(provider: Provider, browser: Browser) -> Page:
        RelyingParty(provider).sign_in(browser)
        return browser.get(path)

    return opened


PAGES: dict[str, Open] = {
    "sign-in": _sign_in_page,
    "sign-in refused": _refused,
    "consent": _consent,
    "form post": lambda provider, browser: RelyingParty(provider).sign_in(browser, response_mode="form_post"),
    "home": lambda _provider, browser: browser.get("/"),
    "home, signed in": _signed_in("/"),
    "sign-out question": _signed_in("/deconnexion"),
    "logout question": _signed_in("/logout"),
    "signed out": lambda _provider, browser: browser.get("/deconnexion/fin"),
    "forgotten": lambda _provider, browser: browser.get("/mot-de-passe-oublie"),
    "delivery": lambda _provider, browser: ask(browser),
    "delivery done": lambda _provider, browser: choose(browser, ask(browser)),
    "personal password": lambda provider, browser: browser.sign_in(
        browser.get("/connexion"), password=mailed(provider, browser)
    ),
    "password chosen": lambda provider, browser: keep(
        browser, browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser))
    ),
    "link over": lambda _provider, browser: browser.get("/adresse-e-mail/a-token-that-nobody-sent"),
    "accessibility": lambda _provider, browser: browser.get("/accessibilite"),
    "not valid": lambda _provider, browser: browser.get("/authorize?client_id=nobody"),
    "not found": lambda _provider, browser: browser.get("/nowhere"),
    "expired": lambda _provider, browser: browser.get("/connexion/an-id-that-nobody-made"),
}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, provider: Provider, browser: Browser) -> Page:
    """Each page a person can see."""
    opened: Page = PAGES[request.param](provider, browser)
    assert "<!doctype html>" in opened.text
    return opened


def test_every_page_carries_the_headers(page: Page) -> None:
    """No framing, no referrer, no sniffing, no caching, HSTS for a year at least (N-009, N-017, N-125, N-126)."""
    headers = {name.lower(): value for name, value in page.headers.items()}
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert {
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
        "vary": "Cookie",
        "content-type": "text/html; charset=utf-8",
    }.items() <= headers.items()
    assert ("'none'",) * 4 == tuple(policy[x] for x in ("default-src", "frame-ancestors", "base-uri", "object-src"))
    assert "unsafe" not in headers["content-security-policy"]
    assert int(re.findall(r"max-age=(\d+)", headers["strict-transport-security"])[0]) >= 31_536_000
    assert "includeSubDomains" in headers["strict-transport-security"]
    assert "server" not in headers


def test_no_page_loads_anything_from_elsewhere(page: Page) -> None:
    """Scripts, styles, images and fonts are our own (N-017), and no script or style stands inside the page."""
    loaded = re.findall(r'<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)="([^"]+)"', page.text)
    assert [] == [address for address in loaded if urlsplit(address).netloc or not address.startswith("/static/")]
    assert [] == re.findall(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=|javascript:", page.text)


def test_every_page_lets_no_other_origin_read_it(page: Page) -> None:
    """No page answers to CORS, /authorize least of all (N-008)."""
    allowed = [name for name in page.headers if name.lower().startswith("access-control-")]
    assert [] == allowed


def test_authorize_answers_no_preflight(provider: Provider, browser: Browser) -> None:
    """A script of another origin cannot call /authorize, not even a registered client's (N-008)."""
    headers = {"Origin": APP, "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "GET"):
        answer = browser.raw(method, RelyingParty(provider).authorize_url(), headers=headers)
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


def test_a_form_may_lead_to_the_waiting_application_only(provider: Provider, browser: Browser) -> None:
    """Chromium applies `form-action` to the redirects after a POST: it names the client's origins (N-128)."""

    def targets(page: Page) -> str:
        found = re.search(r"form-action ([^;]*)", page.headers["Content-Security-Policy"])
        return found[1] if found else ""

    assert f"'self' {APP}" == targets(_sign_in_page(provider, browser))
    assert f"'self' {APP}" == targets(_refused(provider, browser))
    assert "'self' https://partner.example.net" == targets(_consent(provider, browser))
    assert "'self'" == targets(provider.browser().get("/connexion"))


def test_cookies_are_bound_to_the_host_and_out_of_reach(provider: Provider) -> None:
    """`__Host-` prefix, Secure, HttpOnly, SameSite=Lax, Path=/, no Domain, small (N-122)."""
    browser, espace = provider.browser(), RelyingParty(provider)
    first = browser.raw("GET", espace.authorize_url())
    page = browser.get(first.headers["Location"])
    fields = {**page.hidden(), "situation": "affilie", "dossier": "1234567", "password": "carafe-soleil-marin-42"}
    second = browser.raw("POST", page.action("sign-in"), data=fields)
    cookies = [*first.headers.getlist("Set-Cookie"), *second.headers.getlist("Set-Cookie")]
    cookies += browser.raw("GET", "/?lang=en").headers.getlist("Set-Cookie")
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert {"__Host-idp-browser", "__Host-idp-session", "__Host-idp-lang", "__Host-idp-state"} == names
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        # The state is for the scripts of other sites' frames (Session Management 1.0); it opens nothing.
        own = {"samesite=none"} if cookie.startswith("__Host-idp-state=") else {"httponly", "samesite=lax"}
        assert {"secure", "path=/"} | own <= attributes, cookie
        assert not any(attribute.startswith("domain") for attribute in attributes)
        assert len(cookie) < 4096


def test_on_a_plain_loopback_the_cookies_have_no_prefix(tmp_path: Path) -> None:
    """The demo without TLS works: neither `Secure` nor the prefix that needs it."""
    with running(copied_provider(tmp_path, issuer="http://localhost:8000")) as provider:
        answer = provider.browser().raw("GET", "/connexion")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("idp-browser=")
        assert "secure" not in cookie.lower()
        assert "Strict-Transport-Security" not in provider.browser().raw("GET", "/").headers


def test_a_signed_in_person_gets_a_new_session_id_at_every_sign_in(provider: Provider, espace: RelyingParty) -> None:
    """The old session is dead on the server once the new one is there (N-120)."""
    browser = provider.browser()
    espace.sign_in(browser)
    old = browser.cookies()["__Host-idp-session"]
    espace.sign_in(browser, prompt="login")
    assert old != browser.cookies()["__Host-idp-session"]
    thief = provider.browser()
    thief.client.set_cookie("__Host-idp-session", old, domain="id.example.org", secure=True)
    assert "login_required" == thief.get(espace.authorize_url(prompt="none")).query["error"]


@pytest.mark.parametrize("cookie", ["=__Host-idp-session={}", "__Host-idp-session", "=; =; __host-idp-session={}"])
def test_cookies_without_a_name_are_ignored(provider: Provider, espace: RelyingParty, cookie: str) -> None:
    """A nameless cookie that looks like ours is not ours (V-48)."""
    browser = provider.browser()
    espace.sign_in(browser)
    value = browser.cookies()["__Host-idp-session"]
    answer = provider.browser().raw("GET", "/", headers={"Cookie": cookie.format(value)})
    assert 200 == answer.status_code
    assert "Angela" not in answer.text


METHODS = {
    "/": "GET",
    "/authorize": "GET POST",
    "/connexion": "GET",
    "/connexion/some-interaction": "GET POST",
    "/continuer/some-interaction": "GET",
    "/consentement/some-interaction": "GET POST",
    "/logout": "GET POST",
    "/deconnexion": "GET POST",
    "/deconnexion/fin": "GET",
    "/mot-de-passe-oublie": "GET POST",
    "/mot-de-passe-oublie/some-ticket": "GET POST",
    "/mot-de-passe-oublie/some-ticket/envoye": "GET",
    "/mot-de-passe/choisir/some-ticket": "GET POST",
    "/mot-de-passe/choisi": "GET",
    "/adresse-e-mail/some-token": "GET POST",
    "/accessibilite": "GET",
    "/token": "POST",
    "/par": "POST",
    "/userinfo": "GET POST",
    "/revoke": "POST",
    "/introspect": "POST",
    "/jwks": "GET",
    "/.well-known/openid-configuration": "GET",
}


@pytest.mark.parametrize("path", METHODS)
def test_other_methods_are_refused_with_the_allowed_ones(browser: Browser, path: str) -> None:
    """PUT, PATCH, DELETE and TRACE get 405 with `Allow` (N-134)."""
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        answer = browser.raw(method, path)
        assert 405 == answer.status_code
        allowed = {name.strip() for name in answer.headers["Allow"].split(",")}
        assert set(METHODS[path].split()) == allowed - {"HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", [path for path, methods in METHODS.items() if "GET" in methods])
def test_head_answers_like_get_without_a_body(browser: Browser, path: str) -> None:
    """HEAD has the status of GET and no body."""
    get, head = browser.raw("GET", path), browser.raw("HEAD", path)
    assert get.status_code == head.status_code
    assert b"" == head.data


def test_redirects_after_a_password_are_303(espace: RelyingParty, browser: Browser) -> None:
    """Only 303 makes every browser drop the password it has just posted (N-007)."""
    page = browser.get(espace.authorize_url())
    fields = {"situation": "affilie", "dossier": "1234567", "password": "carafe-soleil-marin-42"}
    first = browser.submit(page, fields, "sign-in", follow=False)
    assert 303 == first.status
    assert first.headers["Location"].startswith(APP)


@pytest.mark.parametrize("path", ["/continuer//x", "/compte/", "/compte//identites", "/connexion//x/"])
def test_no_redirect_goes_to_the_host_that_a_request_claims(browser: Browser, path: str) -> None:
    """An address that is spelt otherwise is none, or a path of ours (N-112)."""
    answer = browser.raw("GET", path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert answer.status_code in {303, 404}
    assert "evil.example" not in f"{answer.headers}{answer.text}"


def test_no_secret_stands_in_an_address(espace: RelyingParty, browser: Browser) -> None:
    """Only an opaque id travels in our addresses: no request, no number, no return target (N-129)."""
    espace.sign_in(browser, login_hint="1234567")
    own = [url for url in browser.history if url.startswith(ISSUER) and "/authorize" not in url]
    assert own
    for url in own:
        assert re.fullmatch(ISSUER + r"/(connexion|continuer)/[\w-]{20,64}", url)


def test_another_language_is_one_link_away_and_kept(espace: RelyingParty, browser: Browser) -> None:
    """The switch keeps the page and the browser remembers it."""
    page = browser.get(espace.authorize_url())
    assert '<html lang="en"' in browser.get(f"{page.url}?lang=en").text
    assert '<html lang="en"' in browser.get(page.url).text


def test_machines_get_hsts_too(provider: Provider) -> None:
    """What machines are answered carries HSTS where the issuer is https (N-125)."""
    headers = provider.browser().raw("GET", "/.well-known/openid-configuration").headers
    assert "max-age=63072000; includeSubDomains" == headers["Strict-Transport-Security"]
