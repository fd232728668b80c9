"""Redirect URIs: comparison and registration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.protocol.redirect_uri import fault, matches, origin, sent_origin

REGISTERED = "https://app.example.org/callback?tenant=1"


def test_equal_is_accepted() -> None:
    """The registered string itself passes."""
    assert matches(REGISTERED, [REGISTERED], native=False)


ATTACKS = [
    "https://app.example.org/callback",
    "https://app.example.org/callback?tenant=1&x=1",
    "https://app.example.org/callback?tenant=1#x",
    "https://app.example.org/callback?tenant=1;a=b",
    "https://APP.example.org/callback?tenant=1",
    "https://app.example.org/Callback?tenant=1",
    "https://app.example.org.evil.example/callback?tenant=1",
    "https://appXexample.org/callback?tenant=1",
    "https://good@evil.example/callback?tenant=1",
    "https://app.example.org@evil.example/callback?tenant=1",
    "https://a@b@app.example.org/callback?tenant=1",
    "https://app.example.org%40evil.example/callback?tenant=1",
    "https://app.example.org/callback/..;/x?tenant=1",
    "https://app.example.org/callback/../x?tenant=1",
    "https://app.example.org/callback/%2e%2e/x?tenant=1",
    "http://app.example.org/callback?tenant=1",
    " https://app.example.org/callback?tenant=1",
    "https://app.example.org:443/callback?tenant=1",
]


@pytest.mark.parametrize("sent", ATTACKS)
def test_anything_else_is_refused(sent: str) -> None:
    """Every known way around the comparison is refused (V-01 to V-06)."""
    assert not matches(sent, [REGISTERED], native=False)
    assert not matches(sent, [REGISTERED], native=True)


@given(st.integers(0, len(REGISTERED) - 1), st.characters(codec="utf-8"))
def test_any_mutation_is_refused(place: int, character: str) -> None:
    """Changing any one character refuses (V-03, V-04)."""
    mutated = REGISTERED[:place] + character + REGISTERED[place + 1 :]
    assert (mutated == REGISTERED) == matches(mutated, [REGISTERED], native=False)


def test_loopback_port_of_a_native_client() -> None:
    """Only the port of a loopback address may differ, and only for a native client (V-05)."""
    registered = ["http://127.0.0.1/cb?x=1"]
    assert matches("http://127.0.0.1:51004/cb?x=1", registered, native=True)
    assert not matches("http://127.0.0.1:51004/cb?x=1", registered, native=False)
    assert not matches("http://127.0.0.1:51004/cb?x=2", registered, native=True)
    assert not matches("http://127.0.0.1:51004/other?x=1", registered, native=True)
    assert not matches("http://127.0.0.2:51004/cb?x=1", registered, native=True)
    assert not matches("http://localhost:51004/cb?x=1", registered, native=True)
    assert not matches("http://127.0.0.1:1@evil.example/cb?x=1", registered, native=True)


BAD = [
    "http://app.example.org/cb",
    "https://app.example.org/cb#x",
    "https://app.example.org/cb#",
    "https://user@app.example.org/cb",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "myapp:/cb",
    "https:///cb",
    "https://app.example.org:99999/cb",
    "https://app.example.org/é",
    "https://app.example.org/ x",
    "https://app.example.org/?x='><svg",
    'https://app.example.org/?x="',
    "https://*/cb",
    "https://app.example.org/*",
    "https://app.example.org/cb?x=*",
    "com.example.app:/*",
    "https://*.example.org/cb",
    "https://app.example.org;script-src/cb",
    "https://one.example.org,two.example.org/cb",
    "https://app.example.org:/cb",
    "//app.example.org/cb",
    "",
    "\\\\evil",
]


@pytest.mark.parametrize("uri", BAD)
def test_registration_refuses(uri: str) -> None:
    """Dangerous or ambiguous URIs cannot be registered, for any kind of client (N-003, V-08)."""
    assert fault(uri, native=False) is not None
    assert fault(uri, native=True) is not None


@pytest.mark.parametrize("uri", ["https://*.example.org/cb", "https://app.example.org/*", "https://app.example.org/?*"])
def test_a_star_is_refused_by_its_name(uri: str) -> None:
    """Whoever writes a star means a pattern: the reason says that it would be none, and what was kept still matches."""
    assert fault(uri, native=False) == (
        "must not have a star: addresses are compared exactly, and a star stands for nothing"
    )
    assert matches(uri, (uri,), native=False)
    assert not matches("https://app.example.org/cb", (uri,), native=False)


@pytest.mark.parametrize("space", [" ", "\t", "\u00a0"])
def test_a_space_is_told_first(space: str) -> None:
    """Whatever else is wrong, a blank that was copied along is what the developer must see."""
    assert "must not hold a space" == fault(f"http://app.example.org/é{space}", native=False)


def test_registration_accepts() -> None:
    """Accepted: https for all; loopback and dotted private schemes for native; localhost http in development."""
    assert fault("https://app.example.org/cb?x=1", native=False) is None
    assert fault("http://127.0.0.1/cb", native=True) is None
    assert fault("com.example.app:/cb", native=True) is None
    assert fault("http://localhost:8002/cb", native=False, local_http=True) is None
    assert "(http for localhost only)" in str(fault("http://app.example.org/cb", native=False, local_http=True))
    assert "localhost" not in str(fault("http://app.example.org/cb", native=False))
    assert fault("http://localhost:8002/cb", native=False) is not None


def test_origin() -> None:
    """The origin of a web address, or nothing."""
    assert "https://app.example.org:8443" == origin("https://app.example.org:8443/a?b#c")
    assert origin("com.example.app:/cb") is None
    assert origin("https://u@app.example.org/") is None


@pytest.mark.parametrize(
    ("uri", "sent"),
    [
        ("https://App.Example.org:443/cb?x=1", "https://app.example.org"),
        ("https://app.example.org:80/", "https://app.example.org:80"),
        ("http://[::1]:80/cb", "http://[::1]"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://*.example.org", None),
        ("https://u@app.example.org", None),
        ("com.example.app:/cb", None),
        ("https://é.example.org", None),
    ],
)
def test_origins_as_browsers_send_them(uri: str, sent: str | None) -> None:
    """RFC 6454 section 6.1: small letters, the usual port left out, and nothing that is no host."""
    assert sent == sent_origin(uri)
