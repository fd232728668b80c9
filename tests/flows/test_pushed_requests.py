"""Pushed authorization requests through the whole house: from the push to the tokens, what a request_uri is worth."""

from dataclasses import replace

import pytest

from idp.admin.actor import operator
from idp.protocol.messages import Parameters
from idp.upstream_ports import KeyValueUnavailable
from tests.support.cast import APP, ESPACE, ISSUER, PARTNER, SECRET
from tests.support.faults import FaultyKeyValue, broken_database
from tests.support.pages import Browser, Page
from tests.support.ports import MemoryKeyValue
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.stores import Clock

GONE = "ne sert qu’une fois"
"""What the page says of a request that is unknown, another application's, used or expired."""
UNKNOWN = "urn:ietf:params:oauth:request_uri:" + "x" * 43


@pytest.fixture
def partner(provider: Provider) -> RelyingParty:
    """A third party's application without credentials."""
    return RelyingParty(provider, PARTNER, None)


def refused(page: Page) -> bool:
    """Whether a person is told that the request is worth nothing: on our page, and nobody is sent anywhere."""
    return (400, True, ISSUER) == (page.status, GONE in page.text, page.url[: len(ISSUER)])


def test_from_the_push_to_the_tokens(every_provider: Provider) -> None:
    """Sections 2 and 4: what was pushed is what is answered, and nothing of it stands in the browser's address."""
    espace, browser = RelyingParty(every_provider), every_provider.browser()
    told = espace.push(state="pushed-._~", nonce="n-pushed")
    assert (201, "no-store", 60) == (told.status_code, told.headers["Cache-Control"], told.get_json()["expires_in"])
    back = browser.sign_in(browser.get(espace.pushed_url(told.get_json()["request_uri"])))
    assert (f"{APP}/callback", "pushed-._~", ISSUER) == (
        back.url.partition("?")[0],
        back.query["state"],
        back.query["iss"],
    )
    assert "n-pushed" == claims_of(espace.tokens(back)["id_token"])["nonce"]
    again = browser.get(espace.pushed_url())
    assert 200 == espace.redeem(again.query["code"]).status_code


def test_the_push_of_an_application_without_credentials(provider: Provider, partner: RelyingParty) -> None:
    """By its client_id alone, and through the consent page."""
    browser = provider.browser()
    back = browser.consent(browser.sign_in(browser.get(partner.pushed_url())))
    assert 200 == partner.redeem(back.query["code"]).status_code


def test_it_is_answered_once(espace: RelyingParty, browser: Browser) -> None:
    """Sections 4 and 7.3: at once with a session, after the sign-in without one; then it is worth nothing."""
    for _ in range(2):
        url = espace.pushed_url()
        page = browser.get(url)
        assert "code" in (page if "code" in page.query else browser.sign_in(page)).query
        assert refused(browser.get(url))


def test_an_error_is_an_answer_too(provider: Provider, espace: RelyingParty, partner: RelyingParty) -> None:
    """`prompt=none` without a session, and a person who refuses."""
    browser = provider.browser()
    silent = espace.pushed_url(espace.push(prompt="none").get_json()["request_uri"])
    assert "login_required" == browser.get(silent).query["error"]
    assert refused(browser.get(silent))
    url = partner.pushed_url()
    back = browser.consent(browser.sign_in(browser.get(url)), "deny")
    assert "access_denied" == back.query["error"]
    assert refused(browser.get(url))


def test_until_then_it_may_be_opened_again(provider: Provider, espace: RelyingParty, partner: RelyingParty) -> None:
    """N-071: a reload, another tab, a link fetched ahead by another browser; with a session and without one."""
    url, browser = espace.pushed_url(), provider.browser()
    for opened in (provider.browser(), browser, browser):
        assert 200 == opened.get(url).status
    page = browser.get(url)
    assert 200 == browser.get(page.url).status
    assert "code" in browser.sign_in(page).query
    consent = partner.pushed_url()
    for _ in range(2):
        page = browser.get(consent)
        assert "consent-allow" in page.text
    assert "code" in browser.consent(page).query
    assert refused(browser.get(consent))


def test_a_second_tab_ends_well(espace: RelyingParty, browser: Browser) -> None:
    """As with any other request: what is parked is not single use, the code is."""
    url = espace.pushed_url()
    tabs = [browser.get(url), browser.get(url)]
    codes = {browser.sign_in(tabs[0]).query["code"], browser.get(tabs[1].url).query["code"]}
    assert 2 == len(codes)
    assert refused(browser.get(url))


def test_a_slow_reader_is_not_sent_back(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Its minute is for opening it; the sign-in it began lives as long as any other."""
    url = espace.pushed_url()
    page = browser.get(url)
    provider.clock.forward(1800)
    assert refused(browser.get(url))
    assert "code" in browser.sign_in(page).query


@pytest.mark.parametrize("seconds", [59, 60])
def test_its_minute(provider: Provider, espace: RelyingParty, browser: Browser, seconds: int) -> None:
    """Section 2.2: `expires_in` says how long."""
    url = espace.pushed_url()
    provider.clock.forward(seconds)
    assert refused(browser.get(url)) is (seconds == 60)


def test_it_is_its_clients_own(provider: Provider, espace: RelyingParty, partner: RelyingParty) -> None:
    """Section 2.2: another client's id with it opens nothing, and does not spend it."""
    uri = espace.push().get_json()["request_uri"]
    browser = provider.browser()
    espace.sign_in(browser)
    assert refused(browser.get(partner.pushed_url(uri)))
    assert "code" in browser.get(espace.pushed_url(uri)).query


def test_what_names_no_request_is_shown(espace: RelyingParty, browser: Browser) -> None:
    """No return address is proven, whatever stands beside, so that nobody is redirected."""
    assert refused(browser.get(espace.pushed_url(UNKNOWN, redirect_uri=f"{APP}/callback", state="x")))
    for uri in (UNKNOWN[:-1], UNKNOWN + "x", UNKNOWN[:-1] + "%00", UNKNOWN[:-1] + "é", UNKNOWN[:-43]):
        assert refused(browser.get(espace.pushed_url(uri)))
    url = espace.pushed_url()
    assert refused(browser.get(f"{url}&request_uri={UNKNOWN}"))
    for doubtful in (
        f"{url}&client_id=espace",
        url.replace("client_id=espace", "client_id=nobody"),
        f"/authorize?{url.partition('&')[2]}",
    ):
        page = browser.get(doubtful)
        assert (400, ISSUER) == (page.status, page.url[: len(ISSUER)])
    assert 200 == browser.get(url).status


def test_nothing_beside_it_counts(espace: RelyingParty, browser: Browser) -> None:
    """RFC 9101 section 5: what came through the browser changes nothing, not even where it would be refused."""
    espace.sign_in(browser)
    beside = {
        "redirect_uri": "https://evil.example/",
        "state": "outside",
        "scope": "everything",
        "prompt": "login",
        "response_type": "token",
        "request": "a.b.c",
        "max_age": "0",
    }
    back = browser.get(espace.pushed_url(espace.push(state="inside").get_json()["request_uri"], **beside))
    assert (f"{APP}/callback", "inside") == (back.url.partition("?")[0], back.query["state"])
    assert "code" in back.query


def test_what_was_pushed_is_checked_again(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """A client that changed meanwhile is served by what it is now."""
    url = espace.pushed_url()
    provider.application.clients.upsert(replace(ESPACE, redirect_uris=(f"{APP}/other",)), SECRET)
    page = browser.get(url)
    assert (400, False) == (page.status, GONE in page.text)
    url = RelyingParty(provider, replace(ESPACE, redirect_uris=(f"{APP}/other",))).pushed_url()
    provider.application.clients.upsert(replace(ESPACE, enabled=False), SECRET)
    assert 400 == browser.get(url).status


def test_a_client_that_must_push(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Section 6: what came otherwise is refused at its return address, before a sign-in and in its middle."""
    before = browser.get(espace.authorize_url())
    must = replace(ESPACE, require_pushed_authorization_requests=True)
    provider.application.clients.upsert(must, SECRET)
    told = browser.get(espace.authorize_url())
    assert ("invalid_request", "state-0123456789-._~") == (told.query["error"], told.query["state"])
    assert "invalid_request" == browser.sign_in(before).query["error"]
    assert "code" in browser.sign_in(browser.get(espace.pushed_url())).query
    assert "code" in browser.get(espace.pushed_url()).query


def test_a_third_party_that_must_push_learns_of_it_after_a_sign_in(provider: Provider) -> None:
    """N-013: no open redirector; and what it pushes is answered."""
    must = replace(PARTNER, require_pushed_authorization_requests=True)
    provider.application.clients.upsert(must, None)
    partner, browser = RelyingParty(provider, must, None), provider.browser()
    page = browser.get(partner.authorize_url())
    assert (200, ISSUER) == (page.status, page.url[: len(ISSUER)])
    assert "invalid_request" == browser.sign_in(page).query["error"]
    assert "code" in browser.consent(browser.get(partner.pushed_url())).query


def test_a_form_of_another_site(espace: RelyingParty, browser: Browser) -> None:
    """Sent again as an address, which is one use and not two."""
    uri = espace.push().get_json()["request_uri"]
    fields = {"client_id": "espace", "request_uri": uri}
    page = browser.post("/authorize", fields, headers={"Origin": APP, "Sec-Fetch-Site": "cross-site"})
    assert "code" in browser.sign_in(page).query


def test_a_store_that_does_not_answer_spends_nothing(
    provider: Provider, espace: RelyingParty, browser: Browser
) -> None:
    """The person is told to try again in a minute, and may."""
    espace.sign_in(browser)
    url = espace.pushed_url()
    with broken_database(provider.application.engine, lambda number: number == 2):
        assert 503 == browser.get(url).status
    assert "code" in browser.get(url).query


def test_a_push_that_cannot_be_kept(provider: Provider) -> None:
    """503 and no request_uri, so that the application tries again."""
    memory = MemoryKeyValue(Clock(provider.clock.now))
    provider.application.__dict__["kv"] = store = FaultyKeyValue(memory)
    espace = RelyingParty(provider)
    assert 201 == espace.push().status_code
    store.reset(lambda _number: True)
    answer = espace.push()
    assert (503, "temporarily_unavailable") == (answer.status_code, answer.get_json()["error"])
    with pytest.raises(KeyValueUnavailable):
        provider.application.pushes.requests.keep("espace", Parameters())


def test_what_the_doctor_hears_of_it(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Each refusal of a push, and of a request_uri, is noted under what the application can mend."""
    espace.push(redirect_uri=f"{APP}/callback/")
    espace.push(code_challenge=None, code_challenge_method=None)
    browser.get(espace.pushed_url(UNKNOWN))
    provider.application.clients.upsert(replace(ESPACE, require_pushed_authorization_requests=True), SECRET)
    browser.get(espace.authorize_url())
    found = provider.application.acts.usage.show(operator("test"), ESPACE.client_id)
    assert {
        ("redirect_uri", "trailing_slash"),
        ("authorize", "code_challenge is required"),
        ("authorize", "the pushed request is unknown, used or expired"),
        ("authorize", "this client must push its authorization requests"),
    } == {(one.kind, one.aspect) for one in found.faults}
