"""Pages of registered origins call the machines' endpoints from the browser; nobody else's do, and no page of ours."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from tests.support.cast import ISSUER, PARTNER
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

ORIGIN = "https://spa.example.org"
STRANGER = "https://stranger.example.org"
CALLABLE = {
    "/.well-known/openid-configuration": "GET",
    "/.well-known/oauth-authorization-server": "GET",
    "/jwks": "GET",
    "/token": "POST",
    "/par": "POST",
    "/userinfo": "GET",
    "/revoke": "POST",
}
CLOSED = ("/authorize", "/logout", "/introspect", "/connexion", "/healthz", "/register")


@pytest.fixture
def spa(provider: Provider) -> RelyingParty:
    """An application that runs in the browser."""
    client = replace(
        PARTNER, client_id="spa", first_party=True, redirect_uris=(f"{ORIGIN}/cb",), origins=frozenset({ORIGIN})
    )
    provider.application.clients.upsert(client, None)
    return RelyingParty(provider, client, None)


def call(
    provider: Provider,
    method: str,
    path: str,
    origin: str,
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
) -> TestResponse:
    """Send what a browser sends for a page of an origin."""
    sent = {"Origin": origin, **(headers or {})}
    return WsgiClient(provider.application.wsgi).open(path, method=method, headers=sent, data=data, base_url=ISSUER)


def preflight(provider: Provider, path: str, method: str, origin: str) -> TestResponse:
    """Ask first, as a browser does before a request with credentials of its own."""
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,dpop"}
    return call(provider, "OPTIONS", path, origin, headers=asked)


def shared(answer: TestResponse) -> str | None:
    """Return the origin that may read an answer; the answer never comes with leave for cookies or for everybody."""
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "*" not in [value for name, value in answer.headers if name.startswith("Access-Control-")]
    return answer.headers.get("Access-Control-Allow-Origin")


@pytest.mark.usefixtures("spa")
@pytest.mark.parametrize("path", CALLABLE)
def test_a_registered_origin_may_call(provider: Provider, path: str) -> None:
    """Asked first or not, and refusals can be read too (N-008)."""
    method = CALLABLE[path]
    asked = preflight(provider, path, method, ORIGIN)
    assert (204, ORIGIN) == (asked.status_code, shared(asked))
    assert method in asked.headers["Access-Control-Allow-Methods"]
    assert {"Authorization", "Content-Type", "DPoP"} <= set(asked.headers["Access-Control-Allow-Headers"].split(", "))
    answer = call(provider, method, path, ORIGIN)
    assert ORIGIN == shared(answer)
    assert "Origin" in answer.headers["Vary"]
    assert ORIGIN == shared(call(provider, "DELETE", path, ORIGIN))


@pytest.mark.usefixtures("spa")
@pytest.mark.parametrize("path", CALLABLE)
@pytest.mark.parametrize(
    "origin", [STRANGER, "null", f"{ORIGIN}.evil.example", f"{ORIGIN}:8443", "http://spa.example.org"]
)
def test_no_other_origin_may(provider: Provider, path: str, origin: str) -> None:
    """Answers for others say nothing, and are kept apart by caches (N-008)."""
    method = CALLABLE[path]
    for answer in (preflight(provider, path, method, origin), call(provider, method, path, origin)):
        assert shared(answer) is None
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.usefixtures("spa")
@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_and_servers_endpoints_answer_nobody(provider: Provider, path: str, method: str) -> None:
    """`/authorize` least of all: what it shows is for the person, not for a script (N-008)."""
    for answer in (preflight(provider, path, method, ORIGIN), call(provider, method, path, ORIGIN)):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_a_whole_sign_in_from_the_browser(provider: Provider, spa: RelyingParty) -> None:
    """Code, tokens and userinfo, each answer readable by the page."""
    back = spa.sign_in(provider.browser())
    form = {
        "grant_type": "authorization_code",
        "client_id": "spa",
        "code": back.query["code"],
        "redirect_uri": f"{ORIGIN}/cb",
        "code_verifier": spa.verifier,
    }
    issued = call(provider, "POST", "/token", ORIGIN, data=form)
    assert (200, ORIGIN) == (issued.status_code, shared(issued))
    bearer = {"Authorization": f"Bearer {issued.get_json()['access_token']}"}
    claims = call(provider, "GET", "/userinfo", ORIGIN, headers=bearer)
    assert (200, ORIGIN) == (claims.status_code, shared(claims))
    refused = call(provider, "GET", "/userinfo", ORIGIN, headers={"Authorization": "Bearer x"})
    assert (401, ORIGIN) == (refused.status_code, shared(refused))
    assert "WWW-Authenticate" in refused.headers["Access-Control-Expose-Headers"]
    ended = {"token": issued.get_json()["access_token"], "client_id": "spa"}
    revoked = call(provider, "POST", "/revoke", ORIGIN, data=ended)
    assert (200, ORIGIN) == (revoked.status_code, shared(revoked))
    assert 401 == call(provider, "GET", "/userinfo", ORIGIN, headers=bearer).status_code


def test_a_disabled_application_takes_its_origin_with_it(provider: Provider, spa: RelyingParty) -> None:
    """Nothing is left of it in the list."""
    provider.application.clients.upsert(replace(spa.client, enabled=False))
    assert shared(call(provider, "GET", "/jwks", ORIGIN)) is None
