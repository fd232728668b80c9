"""What an application may ask at /authorize, and where the answer to a wrong request goes."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.support.cast import APP, ESPACE, ISSUER, PARTNER
from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

Changes = dict[str, str | None]

FAULTS: dict[str, tuple[Changes, str]] = {
    "no response_type": ({"response_type": None}, "invalid_request"),
    "token": ({"response_type": "token"}, "unsupported_response_type"),
    "hybrid": ({"response_type": "code id_token"}, "unauthorized_client"),
    "implicit": ({"response_type": "id_token"}, "unauthorized_client"),
    "unknown response_mode": ({"response_mode": "pigeon"}, "invalid_request"),
    "fragment": ({"response_mode": "fragment"}, "unauthorized_client"),
    "no openid": ({"scope": "profile"}, "invalid_scope"),
    "no scope": ({"scope": None}, "invalid_scope"),
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no method": ({"code_challenge_method": None}, "invalid_request"),
    "short challenge": ({"code_challenge": "c" * 42}, "invalid_request"),
    "request object": ({"request": "e30.e30."}, "invalid_request_object"),
    "request_uri": ({"request_uri": "https://app.example.org/request"}, "request_uri_not_supported"),
    "registration": ({"registration": "{}"}, "registration_not_supported"),
    "none and login": ({"prompt": "none login"}, "invalid_request"),
    "max_age": ({"max_age": "soon"}, "invalid_request"),
    "claims": ({"claims": "{not json"}, "invalid_request"),
    "hint": ({"id_token_hint": "not.a.token"}, "invalid_request"),
    "resource": ({"resource": "https://elsewhere.example"}, "invalid_target"),
    "dpop_jkt": ({"dpop_jkt": "short"}, "invalid_request"),
    "long state": ({"state": "s" * 4097}, "invalid_request"),
    "long nonce": ({"nonce": "n" * 1025}, "invalid_request"),
    "not signed in": ({"prompt": "none"}, "login_required"),
}

UNPROVEN: dict[str, Changes] = {
    "no client": {"client_id": None},
    "unknown client": {"client_id": "nobody"},
    "long client": {"client_id": "c" * 4000},
    "no redirect URI": {"redirect_uri": None},
    "another host": {"redirect_uri": "https://evil.example/callback"},
    "longer path": {"redirect_uri": f"{APP}/callback/x"},
    "query added": {"redirect_uri": f"{APP}/callback?x=1"},
    "dots": {"redirect_uri": f"{APP}/callback/../callback"},
    "user": {"redirect_uri": "https://app.example.org@evil.example/callback"},
    "case": {"redirect_uri": f"{APP}/Callback"},
    "fragment": {"redirect_uri": f"{APP}/callback#x"},
}


def test_every_error_goes_back_with_state_and_issuer(provider: Provider, espace: RelyingParty) -> None:
    """Each fault of the fund's own client is told at its redirect URI: 303, `state`, `iss` (N-007, N-010), its way."""
    wrong = {}
    for case, (changes, error) in FAULTS.items():
        answer = provider.browser().raw("GET", espace.authorize_url(**changes))
        place = urlsplit(answer.headers.get("Location", ""))
        holds_token = {"token", "id_token"} & set((changes.get("response_type") or "").split())
        mark = "#" if holds_token else "?"
        told = dict(parse_qsl(place.fragment if holds_token else place.query))
        state = changes.get("state", "state-0123456789-._~")
        expected = {"error": error, "state": state, "iss": ISSUER}
        told.pop("error_description", None)
        if (303, f"{APP}/callback", expected) != (answer.status_code, place.geturl().partition(mark)[0], told):
            wrong[case] = (answer.status_code, place.geturl())
    assert {} == wrong


def test_error_descriptions_are_plain(provider: Provider, espace: RelyingParty) -> None:
    """Descriptions are printable ASCII without quote and backslash, and no input (N-012)."""
    for changes, _ in FAULTS.values():
        back = provider.browser().get(espace.authorize_url(**changes))
        text = back.answer.get("error_description", "")
        assert all(" " <= sign <= "~" and sign not in '"\\' for sign in text)
        assert not any(value and len(value) > 4 and value in text for value in changes.values()), text


def test_an_unproven_return_address_is_never_followed(provider: Provider, espace: RelyingParty) -> None:
    """Every fault crossed with every doubt about client and URI ends on our page with 400 (N-001, N-002, V-07)."""
    followed = []
    browser = provider.browser()
    for doubt, unproven in UNPROVEN.items():
        for fault, (changes, _) in FAULTS.items():
            answer = browser.raw("GET", espace.authorize_url(**{**changes, **unproven}))
            if answer.status_code != 400 or "Location" in answer.headers or answer.mimetype != "text/html":
                followed.append((doubt, fault, answer.status_code))
    assert [] == followed


def test_a_single_registered_uri_must_be_sent_all_the_same(browser: Browser, espace: RelyingParty) -> None:
    """OpenID Connect asks for `redirect_uri` in every request (N-004)."""
    assert 400 == browser.get(espace.authorize_url(redirect_uri=None)).status


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", ["state", "nonce", "scope", "prompt", "claims"])
def test_a_repeated_parameter_is_refused(browser: Browser, espace: RelyingParty, name: str, method: str) -> None:
    """No parameter may come twice, in a query or in a form (N-005); a repeated `state` is not echoed."""
    url = espace.authorize_url(**{name: "login" if name == "prompt" else "one"})
    query = f"{urlsplit(url).query}&{urlencode({name: 'two'})}"
    if method == "GET":
        answer = browser.raw("GET", f"/authorize?{query}")
    else:
        form = "application/x-www-form-urlencoded"
        browser.raw("GET", "/connexion")
        answer = browser.raw("POST", "/authorize", data=query, content_type=form)
    told = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert "invalid_request" == told["error"]
    assert (name == "state") == ("state" not in told)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_client_or_uri_is_shown(browser: Browser, espace: RelyingParty, name: str) -> None:
    """Of two clients or two addresses none is proven: nothing is redirected (N-002, N-005)."""
    url = f"{espace.authorize_url()}&{urlencode({name: 'https://evil.example/'})}"
    answer = browser.raw("GET", url)
    assert 400 == answer.status_code
    assert "Location" not in answer.headers


def test_unknown_parameters_scopes_and_empty_values_are_ignored(browser: Browser, espace: RelyingParty) -> None:
    """What we do not know is no error, and an empty value is an absent one (N-005)."""
    wish = {"extra": "foobar", "display": "popup", "scope": "email openid unheard:of", "prompt": "", "max_age": ""}
    back = espace.sign_in(browser, **wish)
    assert "email openid" == espace.tokens(back)["scope"]


def test_a_scope_that_is_not_registered_is_refused(provider: Provider, browser: Browser, espace: RelyingParty) -> None:
    """Each client has its own scopes (N-015)."""
    partner = RelyingParty(provider, PARTNER, None)
    espace.sign_in(browser)
    back = browser.get(partner.authorize_url(scope="openid dossier"))
    assert "invalid_scope" == back.query["error"]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in {"none and login", "not signed in"}])
def test_a_third_party_learns_of_its_fault_only_after_a_sign_in(provider: Provider, fault: str) -> None:
    """No open redirector: nobody is sent to a third party's address by a link alone (N-013)."""
    changes, error = FAULTS[fault]
    partner = RelyingParty(provider, PARTNER, None)
    browser = provider.browser()
    page = browser.get(partner.authorize_url(**changes))
    assert (200, ISSUER) == (page.status, page.url[: len(ISSUER)])
    back = browser.sign_in(page)
    assert (PARTNER.redirect_uris[0], error) == (re.split("[?#]", back.url)[0], back.answer["error"])


def test_prompt_none_is_the_only_silent_way_to_a_third_party(provider: Provider) -> None:
    """A silent request is answered where it came from, and only at the registered address (N-013, N-014)."""
    partner = RelyingParty(provider, PARTNER, None)
    back = provider.browser().get(partner.authorize_url(prompt="none"))
    assert "login_required" == back.query["error"]
    assert 400 == provider.browser().get(partner.authorize_url(prompt="none", redirect_uri=APP)).status


@pytest.mark.parametrize(
    "state",
    ["a" * 128 + "-._~", "é 漢字 \u202e", "\"'<script>alert(1)</script>&#%00", "%0d%0aSet-Cookie: x=y", "a+b c=d&e#f"],
)
def test_state_comes_back_as_it_was(espace: RelyingParty, browser: Browser, state: str) -> None:
    """`state` is never read: byte for byte the same on success and on error (N-011)."""
    assert state == espace.sign_in(browser, state=state).query["state"]
    assert state == browser.get(espace.authorize_url(state=state, response_type=None)).query["state"]


def test_without_a_state_none_comes_back(espace: RelyingParty, browser: Browser) -> None:
    """No `state` is made up; success has exactly `code` and `iss`."""
    assert {"code", "iss", "session_state"} == espace.sign_in(browser, state=None).query.keys()


def test_the_query_of_a_registered_uri_survives(provider: Provider, browser: Browser) -> None:
    """Parameters that belong to the redirect URI stay before ours."""
    client = replace(ESPACE, client_id="query", redirect_uris=(f"{APP}/callback?tenant=a%20b",))
    provider.application.clients.upsert(client, "secret-of-the-query-client-0123456789")
    back = RelyingParty(provider, client).sign_in(browser)
    assert back.url.startswith(f"{APP}/callback?tenant=a%20b&code=")


def test_undecodable_requests_are_shown(browser: Browser) -> None:
    """Bytes that are no parameters end on our page, never in a fault of ours."""
    form = "application/x-www-form-urlencoded"
    assert 400 == browser.raw("GET", "/authorize?client_id=%ff%fe").status_code
    assert 400 == browser.raw("POST", "/authorize", data=b"client_id=\xff", content_type=form).status_code
    assert 400 == browser.raw("POST", "/authorize", data="{}", content_type="application/json").status_code
    assert 413 == browser.raw("POST", "/authorize", data="a" * 70_000, content_type=form).status_code
