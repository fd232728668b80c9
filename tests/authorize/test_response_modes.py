"""Answers at the redirect URI."""

from dataclasses import replace

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


def test_tokens_come_in_the_fragment() -> None:
    """After the registered query, never in it; the fragment is a form, too (Encoding Practices section 2.1)."""
    to = ReturnAddress(CLIENT, "https://app.example.org/cb?bar=foo", "fragment", "s&t")
    fields = {"access_token": "a.b", "expires_in": "600"}
    expected = "https://app.example.org/cb?bar=foo#access_token=a.b&expires_in=600&state=s%26t&iss="
    assert RedirectTo(f"{expected}https%3A%2F%2Fid.example.org") == success(to, ISSUER, fields)


def test_errors_come_in_the_fragment_too() -> None:
    """Nothing in the query tells of them."""
    to = ReturnAddress(CLIENT, "https://app.example.org/cb", "fragment", None)
    expected = "https://app.example.org/cb#error=login_required&iss=https%3A%2F%2Fid.example.org"
    assert RedirectTo(expected) == failure(to, ISSUER, ProtocolError("login_required"))


def test_answers_show_nothing_of_what_they_carry() -> None:
    """An answer that ends in a log or a traceback gives away neither code nor token (N-152)."""
    to = ReturnAddress(CLIENT, "https://app.example.org/cb", "fragment", None)
    assert "secret" not in repr(success(to, ISSUER, {"access_token": "secret"}))
    assert "secret" not in repr(success(replace(to, response_mode="form_post"), ISSUER, {"code": "secret"}))
