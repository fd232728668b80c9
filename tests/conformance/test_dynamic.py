"""Dynamic plan: what an application chooses when it registers itself, and by which key it is known."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt

from tests.support.conformance import checks
from tests.support.conformance.application import ASSERTION
from tests.support.conformance.browser import SuiteBrowser, Visit, links
from tests.support.conformance.house import House
from tests.support.conformance.runs import DYNAMIC
from tests.support.conformance.suite import Suite, application_key, show_keys
from tests.support.sources import ROOT


def shown(visit: Visit) -> None:
    """The person ends on an error page, and never at the application."""
    assert visit.callback is None
    assert ["other"] == visit.kinds
    assert 400 == visit.last.status
    assert 'id="error-reference"' in visit.last.text


def test_oidcc_idtoken_rs256(suite: Suite, browser: SuiteBrowser) -> None:
    """RS256 asked for by name is given, its key named."""
    application = suite.register(DYNAMIC, id_token_signed_response_alg="RS256")
    assert "RS256" == application.registered["id_token_signed_response_alg"]
    assert application.sign_in(browser).claims


def test_oidcc_userinfo_rs256(suite: Suite, browser: SuiteBrowser) -> None:
    """Userinfo is a JWT signed with RS256, from the issuer, for the application, and without a nonce."""
    assert "RS256" in suite.house.metadata["userinfo_signing_alg_values_supported"]
    application = suite.register(DYNAMIC, userinfo_signed_response_alg="RS256")
    answer = application.ask(browser)
    tokens = checks.token_answer(application.redeem(answer))
    said = application.verified(tokens["id_token"], answer.asked["nonce"])
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    userinfo = suite.house.send("GET", suite.house.metadata["userinfo_endpoint"], headers=headers)
    assert (200, "application/jwt") == (userinfo.status_code, userinfo.headers["Content-Type"].partition(";")[0])
    claims = jwt.decode(userinfo.text, suite.house.keys, algorithms=["RS256"]).claims
    assert (suite.house.issuer, application.client_id) == (claims["iss"], claims["aud"])
    assert said["sub"] == claims["sub"]
    assert "nonce" not in claims


def test_oidcc_ensure_redirect_uri_in_authorization_request(suite: Suite, browser: SuiteBrowser) -> None:
    """With two registered addresses and none in the request nobody knows where to go back to."""
    base = suite.house.documents.url
    application = suite.register(DYNAMIC, redirect_uris=[f"{base}/callback", f"{base}/callback2"])
    shown(application.visit(browser, application.request(redirect_uri=None)))


def test_oidcc_redirect_uri_query_ok(suite: Suite, browser: SuiteBrowser) -> None:
    """A registered address keeps its query, and the answer is added to it."""
    application = suite.register(DYNAMIC, redirect_uris=[f"{suite.house.documents.url}/callback?bar=foo"])
    outcome = application.sign_in(browser)
    callback = outcome.answer.visit.callback
    assert callback is not None
    assert "foo" == callback.query["bar"]


def test_oidcc_redirect_uri_query_mismatch(suite: Suite, browser: SuiteBrowser) -> None:
    """Another query than the registered one makes another address."""
    base = f"{suite.house.documents.url}/callback"
    application = suite.register(DYNAMIC, redirect_uris=[f"{base}?bar=foo"])
    shown(application.visit(browser, application.request(redirect_uri=f"{base}?foo=bar")))


def test_oidcc_redirect_uri_query_added(suite: Suite, browser: SuiteBrowser) -> None:
    """A query that was not registered makes another address."""
    application = suite.register(DYNAMIC)
    shown(application.visit(browser, application.request(redirect_uri=f"{application.redirect_uri}?foo=bar")))


def test_oidcc_redirect_uri_regfrag(suite: Suite) -> None:
    """An address with a fragment cannot be registered."""
    uris = [f"{suite.house.documents.url}/callback#foobar"]
    answer = suite.try_to_register(DYNAMIC, application_key(), redirect_uris=uris)
    checks.refused(answer, {"invalid_redirect_uri", "invalid_client_metadata"})


@pytest.fixture
def pages(suite: Suite, browser: SuiteBrowser) -> Callable[..., str]:
    """Registers an application with more to show, and returns the addresses on the pages before the answer."""

    def seen(**members: Any) -> str:
        application = suite.register(DYNAMIC, **members)
        visit = application.visit(browser, application.request())
        assert ["sign-in", "consent"] == visit.kinds
        return "\n".join("\n".join(links(page)) for _, page in visit.pages)

    return seen


def test_oidcc_registration_logo_uri(suite: Suite, pages: Callable[..., str]) -> None:
    """The logo is shown to whoever signs in or agrees: our copy of it, so that its owner does not learn who looks."""
    picture = b"\x89PNG\r\n\x1a\n" + secrets.token_bytes(40)
    logo = suite.house.documents.show(f"/{secrets.token_hex(8)}/logo.png", picture, "image/png")
    (copy,) = {address for address in pages(logo_uri=logo).splitlines() if address.startswith("/client-logo?")}
    assert picture == suite.house.send("GET", suite.house.issuer + copy).content


def test_oidcc_registration_policy_uri(suite: Suite, pages: Callable[..., str]) -> None:
    """What the application does with data is a link for whoever signs in or agrees."""
    policy = f"{suite.house.documents.url}/policy"
    assert policy in pages(policy_uri=policy)


def test_oidcc_registration_tos_uri(suite: Suite, pages: Callable[..., str]) -> None:
    """The terms of the application are a link for whoever signs in or agrees."""
    terms = f"{suite.house.documents.url}/tos"
    assert terms in pages(tos_uri=terms)


def test_oidcc_registration_jwks_uri(suite: Suite, browser: SuiteBrowser) -> None:
    """An application may tell where its keys are; its assertions are verified with those."""
    address = show_keys(suite.house.documents, f"/{secrets.token_hex(8)}/jwks", application_key())
    application = suite.register(DYNAMIC, jwks=None, jwks_uri=address)
    assert address == application.registered["jwks_uri"]
    application.sign_in(browser)


def test_oidcc_registration_sector_uri(suite: Suite, browser: SuiteBrowser) -> None:
    """A pairwise subject for a sector whose document names the address: another than everybody's."""
    callback = f"{suite.house.documents.url}/callback"
    sector = suite.house.documents.show(f"/{secrets.token_hex(8)}/sector", json.dumps([callback]))
    application = suite.register(DYNAMIC, subject_type="pairwise", sector_identifier_uri=sector)
    assert "pairwise" in suite.house.metadata["subject_types_supported"]
    pairwise = application.sign_in(browser).claims["sub"]
    public = suite.register(DYNAMIC).sign_in(browser).claims["sub"]
    assert pairwise != public


def test_oidcc_registration_sector_bad(suite: Suite) -> None:
    """A sector whose document does not name the address is refused."""
    elsewhere = json.dumps(["https://elsewhere.example/callback"])
    sector = suite.house.documents.show(f"/{secrets.token_hex(8)}/sector", elsewhere)
    answer = suite.try_to_register(DYNAMIC, application_key(), subject_type="pairwise", sector_identifier_uri=sector)
    checks.refused(answer, {"invalid_client_metadata"})


def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(suite: Suite, browser: SuiteBrowser) -> None:
    """An assertion may be for the issuer as well as for the token endpoint."""
    application = suite.register(DYNAMIC)
    answer = application.ask(browser)
    assertion = application.assertion(suite.house.issuer)
    application.finish(answer, client_assertion=assertion, client_assertion_type=ASSERTION)


def test_oidcc_server_rotate_keys(house: House) -> None:
    """After a rotation, which the suite asks the operator for, the key set has a new key and still the old ones."""
    before = kids(house)
    command = [sys.executable, "-c", "from idp.cli import main; main()"]
    command += ["--config", str(house.demonstration.plan.settings_file), "keys", "rotate"]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    deadline = time.monotonic() + 20
    while kids(house) == before:
        assert time.monotonic() < deadline, "no new key is published"
        time.sleep(0.2)
    assert before < kids(house)


def kids(house: House) -> set[str]:
    """Return the ids of the keys that are published now."""
    return {key["kid"] for key in house.send("GET", house.metadata["jwks_uri"]).json()["keys"]}
