"""Front-channel and back-channel logout plans: the applications learn of the end of a session."""

import secrets
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt

from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.house import House
from tests.support.conformance.logout import SignedIn, comes_back, sign_in
from tests.support.conformance.runs import Run
from tests.support.conformance.suite import Suite

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def announced(house: House, channel: str) -> None:
    """The discovery document says that the logout is there, with the session's id, and where it begins."""
    metadata = house.metadata
    assert [True, True] == [metadata[f"{channel}_logout_supported"], metadata[f"{channel}_logout_session_supported"]]
    assert "https" == urlsplit(metadata["end_session_endpoint"]).scheme


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(house: House) -> None:
    """Front-channel logout is announced."""
    announced(house, "frontchannel")


def test_oidcc_backchannel_logout_discovery_endpoint_verification(house: House) -> None:
    """Back-channel logout is announced."""
    announced(house, "backchannel")


def leaves(signed_in: SignedIn) -> list[str]:
    """Sign out by the application's wish and come back there; return the frames on the way."""
    state = secrets.token_hex(5)
    hint = signed_in.outcome.id_token
    visit = signed_in.leaves(id_token_hint=hint, post_logout_redirect_uri=signed_in.back, state=state)
    comes_back(signed_in, visit, state)
    signed_in.is_gone()
    return visit.frames


def test_oidcc_frontchannel_rp_initiated_logout(suite: Suite, browser: SuiteBrowser) -> None:
    """A frame of the application is loaded with issuer and session and nothing else, before the person comes back."""
    address = f"{suite.house.documents.url}/{secrets.token_hex(8)}/frontchannel_logout"
    signed_in = sign_in(
        suite,
        browser,
        Run("frontchannel-logout", "code"),
        frontchannel_logout_uri=address,
        frontchannel_logout_session_required=True,
    )
    (frame,) = leaves(signed_in)
    assert address == frame.partition("?")[0]
    expected = {"iss": suite.house.issuer, "sid": signed_in.outcome.claims["sid"]}
    assert expected == dict(parse_qsl(urlsplit(frame).query))
    assert ["GET"] == [one.method for one in suite.house.documents.received(urlsplit(address).path)]


def test_oidcc_backchannel_rp_initiated_logout(suite: Suite, browser: SuiteBrowser) -> None:
    """The application is sent a logout token and nothing else; the token is what the standard says."""
    path = f"/{secrets.token_hex(8)}/backchannel_logout"
    signed_in = sign_in(
        suite,
        browser,
        Run("backchannel-logout", "code"),
        backchannel_logout_uri=suite.house.documents.url + path,
        backchannel_logout_session_required=True,
    )
    assert [] == leaves(signed_in)
    sent = suite.house.documents.waits_for(path)
    assert ("POST", "application/x-www-form-urlencoded") == (sent.method, sent.content_type.partition(";")[0])
    form = parse_qs(sent.body.decode())
    assert ["logout_token"] == list(form)
    (token,) = form["logout_token"]
    claims: dict[str, Any] = jwt.decode(token, suite.house.keys, algorithms=["RS256"]).claims
    said = signed_in.outcome.claims
    assert suite.house.issuer == claims["iss"]
    assert claims["aud"] in (signed_in.application.client_id, [signed_in.application.client_id])
    assert {EVENT: {}} == claims["events"]
    assert (said["sid"], said["sub"]) == (claims["sid"], claims.get("sub", said["sub"]))
    assert {"iat", "jti"} <= claims.keys()
    assert "nonce" not in claims
