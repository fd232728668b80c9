"""Answers at the redirect URI."""

from idp.authorize.request import ReturnAddress
from idp.authorize.response_modes import PostTo, RedirectTo, failure, success
from idp.protocol.errors import ProtocolError
from tests.support.requests import CLIENT

ISSUER = "https://id.example.org"


def test_query_of_the_registered_uri_survives() -> None:
    """Parameters are added to what the registered URI holds (conformance: redirect-uri-query-OK)."""
    to = ReturnAddress(CLIENT, "https://app.example.org/cb?bar=foo", "query", "s t")
    expected = "https://app.example.org/cb?bar=foo&code=c&state=s+t&iss=https%3A%2F%2Fid.example.org"
    assert RedirectTo(expected) == success(to, ISSUER, {"code": "c"})


def test_error_carries_state_and_issuer() -> None:
    """An error has state and iss like a success (N-010, N-011)."""
    to = ReturnAddress(CLIENT, "https://app.example.org/cb", "form_post", "s")
    fields = (("error", "invalid_scope"), ("error_description", "no"), ("state", "s"), ("iss", ISSUER))
    assert PostTo("https://app.example.org/cb", fields) == failure(to, ISSUER, ProtocolError("invalid_scope", "no"))


def test_absent_state_stays_absent() -> None:
    """No state is invented."""
    to = ReturnAddress(CLIENT, "https://app.example.org/cb", "query", None)
    assert "state" not in success(to, ISSUER, {"code": "c"}).url  # type: ignore[union-attr]  # a redirect
