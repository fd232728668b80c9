"""Basic, Implicit, Hybrid, Form Post and Dynamic plans: requests inside a JWT, by value and by reference.

The suite skips the modules about unsigned objects where the provider lists algorithms without `none`, as this one
does; what is tested for them is that it keeps its word.
"""

import base64
import hashlib
import json
import secrets
import time
from typing import Any

from joserfc import jwt

from tests.support.conformance.application import Application
from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.runs import DYNAMIC, EVERY, Run, over
from tests.support.conformance.suite import Suite

UNSIGNED_REFUSED = ("invalid_request_object", "invalid_request_uri", "invalid_request", "request_not_supported")


def unsigned(claims: dict[str, Any]) -> str:
    """Return a request object that nobody signed."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


def signed(application: Application, claims: dict[str, Any]) -> str:
    """Return a request object by an application, signed with RS256."""
    now = int(time.time())
    registered = {"iss": application.client_id, "aud": application.house.issuer, "iat": now, "exp": now + 300}
    return jwt.encode({"alg": "RS256", "kid": application.key.kid}, {**registered, **claims}, application.key)


def is_skipped(suite: Suite) -> None:
    """The suite skips a module about unsigned objects: algorithms are listed, and `none` is not among them."""
    listed = suite.house.metadata["request_object_signing_alg_values_supported"]
    assert "RS256" in listed
    assert "none" not in listed


@over(*EVERY)
def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    run: Run, suite: Suite, browser: SuiteBrowser
) -> None:
    """Skipped by the suite; an unsigned object is refused, and what it holds is not taken."""
    is_skipped(suite)
    application = suite.register(run)
    inside = application.request(state="inside")
    answer = application.refused(browser, *UNSIGNED_REFUSED, request=unsigned(inside))
    assert "inside" != answer.parameters["state"]


def refused_by_reference(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """An unsigned object at a registered address is refused."""
    is_skipped(suite)
    path = f"/{secrets.token_hex(8)}/request.jwt"
    address = f"{suite.house.documents.url}{path}#{secrets.token_hex(8)}"
    application = suite.register(run, request_uris=[address])
    suite.house.documents.show(path, unsigned(application.request(state="inside")), "application/jwt")
    application.refused(browser, *UNSIGNED_REFUSED, request_uri=address)


@over(*EVERY)
def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    run: Run, suite: Suite, browser: SuiteBrowser
) -> None:
    """Skipped by the suite; an unsigned object by reference is refused."""
    refused_by_reference(run, suite, browser)


def test_oidcc_request_uri_unsigned(suite: Suite, browser: SuiteBrowser) -> None:
    """Skipped by the suite in the Dynamic plan too, which has the module under this name."""
    refused_by_reference(DYNAMIC, suite, browser)


@over(*EVERY, DYNAMIC)
def test_oidcc_ensure_request_object_with_redirect_uri(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Skipped by the suite; in a signed object the address inside beats the one outside, or nobody is sent anywhere."""
    is_skipped(suite)
    application = suite.register(run)
    inside = application.request()
    outside = {**inside, "redirect_uri": f"{application.redirect_uri}/{secrets.token_hex(5)}"}
    visit = application.visit(browser, {**outside, "request": signed(application, dict(inside))})
    if visit.callback is None:
        assert ["other"] == visit.kinds
    else:
        application.finish(application.arrived(inside, visit))


def test_oidcc_request_uri_signed_rs256(suite: Suite, browser: SuiteBrowser) -> None:
    """A signed object is fetched from its registered address; state and nonce stand in it alone."""
    metadata = suite.house.metadata
    assert metadata.get("request_uri_parameter_supported", True)
    path = f"/{secrets.token_hex(8)}/request.jwt"
    address = suite.house.documents.url + path
    named = f"{address}#{base64.urlsafe_b64encode(hashlib.sha256(path.encode()).digest()).decode().rstrip('=')}"
    application = suite.register(DYNAMIC, request_uris=[named], request_object_signing_alg="RS256")
    inside = application.request()
    suite.house.documents.show(path, signed(application, dict(inside)), "application/jwt")
    sent = {name: inside[name] for name in ("response_type", "client_id", "scope", "redirect_uri")}
    visit = application.visit(browser, {**sent, "request_uri": named})
    application.finish(application.arrived(inside, visit))
