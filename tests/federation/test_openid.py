"""An OpenID provider by configuration: what a registration must be, and what is sent."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from federation.openid import OpenIdSettings, authorization_parameters, logout_url, verifier

VALUES: dict[str, Any] = {
    "name": "proconnect",
    "label": "ProConnect",
    "issuer": "https://pro.example/api/v2",
    "client_id": "client",
    "client_secret": "very secret",
    "redirect_uri": "https://connexion.example/federation/proconnect/callback",
    "post_logout_redirect_uri": "https://connexion.example/federation/proconnect/logout",
    "acr_values": ("eidas1", "eidas2"),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://pro.example"},
        {"issuer": "https://"},
        {"issuer": "https://pro.example/?x=1"},
        {"issuer": "https://user@pro.example"},
        {"algorithm": "HS256"},
        {"algorithm": "none"},
        {"scopes": ("email",)},
        {"client_id": ""},
        {"client_secret": ""},
    ],
)
def test_registrations_that_cannot_work(changes: dict[str, Any]) -> None:
    """What would fail later, or not be safe, is refused when it is read."""
    with pytest.raises(ValueError, match=r"\w"):
        OpenIdSettings(**VALUES | changes)


def test_the_challenge_is_that_of_the_verifier() -> None:
    """S256 of a verifier that differs with each nonce, and that nobody can make without the client secret."""
    settings = OpenIdSettings(**VALUES)
    sent = authorization_parameters(settings, state="s", nonce="n")
    secret = verifier(settings, "n")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).rstrip(b"=").decode()
    assert (43, challenge, "S256") == (len(secret), sent["code_challenge"], sent["code_challenge_method"])
    others = {verifier(settings, "m"), verifier(OpenIdSettings(**VALUES | {"client_secret": "other"}), "n"), secret}
    assert 3 == len(others)


def test_what_is_sent_is_what_is_configured() -> None:
    """Levels in their order; no challenge where the provider takes none."""
    assert "eidas1 eidas2" == authorization_parameters(OpenIdSettings(**VALUES), state="s", nonce="n")["acr_values"]
    plain = OpenIdSettings(**VALUES | {"pkce": False, "acr_values": ()})
    assert {"scope", "state", "nonce"} == set(authorization_parameters(plain, state="s", nonce="n"))
    assert "" == verifier(plain, "n")


def test_the_secret_is_not_shown() -> None:
    """A settings value in a log or a traceback does not show the secret."""
    settings = OpenIdSettings(**VALUES)
    assert "very secret" not in repr(settings) + repr(settings.relying_party())


def test_logout() -> None:
    """The hint, the way back and the state (RP-Initiated Logout section 2)."""
    url = logout_url(OpenIdSettings(**VALUES), "https://pro.example/end", id_token="t", state="r")
    assert {"id_token_hint", "state", "post_logout_redirect_uri"} == set(parse_qs(urlsplit(url).query))
