"""Values of Session Management 1.0."""

import hashlib

import pytest

from idp.protocol.oidc_session_state import browser_state, cookie_name, session_state, web_origin


def test_the_browser_s_state_changes_with_the_session_and_the_key_alone() -> None:
    """The same session gives the same state; whoever knows the session but not the key cannot make it."""
    known = browser_state(b"key", "sid-1")
    assert known == browser_state(b"key", "sid-1")
    assert 3 == len({known, browser_state(b"key", "sid-2"), browser_state(b"other", "sid-1")})
    assert "sid-1" not in known
    assert 43 == len(known)


def test_session_state_is_a_hash_and_its_salt() -> None:
    """Client id, origin, state and salt, with single spaces; the salt follows the dot."""
    expected = hashlib.sha256(b"espace https://app.example.org state salt").hexdigest()
    assert f"{expected}.salt" == session_state("espace", "https://app.example.org/callback?a=b", "state", "salt")
    assert session_state("app", "com.example.app:/cb", "state", "salt") is None


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://App.Example.org/cb", "https://app.example.org"),
        ("https://app.example.org:443/cb", "https://app.example.org"),
        ("http://localhost:80/cb", "http://localhost"),
        ("https://app.example.org:8443", "https://app.example.org:8443"),
        ("http://[::1]:9000/cb", "http://[::1]:9000"),
        ("com.example.app:/cb", None),
        ("https://app.example.org:port/", None),
        ("https://[broken/", None),
    ],
)
def test_origins_as_browsers_write_them(uri: str, origin: str | None) -> None:
    """RFC 6454 section 6.2: what `MessageEvent.origin` will say."""
    assert origin == web_origin(uri)


def test_the_cookie_takes_the_prefix_where_browsers_allow_it() -> None:
    """`__Host-` needs https."""
    assert ("__Host-idp-state", "idp-state") == (cookie_name(secure=True), cookie_name(secure=False))
