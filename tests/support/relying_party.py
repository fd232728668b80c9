"""An application under test: it asks for sign-ins, redeems codes, calls the machines' endpoints."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from idp.protocol.client import Client
from idp.protocol.oidc_response_types import SUPPORTED
from tests.support.cast import ESPACE, ISSUER, SECRET
from tests.support.pages import Browser, Page
from tests.support.provider import Provider

ADDRESS = "198.51.100.7"
"""Where applications under test call from."""


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a JWT, unverified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


@dataclass
class RelyingParty:
    """An application under test: makes requests, redeems codes."""

    provider: Provider
    client: Client = ESPACE
    secret: str | None = SECRET
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def authorize_url(self, **changes: str | None) -> str:
        """Return an authorization request, with members changed or (None) removed."""
        sent: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid profile email",
            "state": "state-0123456789-._~",
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{ISSUER}/authorize?{urlencode({name: value for name, value in sent.items() if value is not None})}"

    def push(self, **changes: str | None) -> TestResponse:
        """Push the request that `authorize_url` would send, with members changed or (None) removed (RFC 9126)."""
        return self._call("/par", dict(parse_qsl(urlsplit(self.authorize_url(**changes)).query)))

    def pushed_url(self, request_uri: str | None = None, **beside: str) -> str:
        """Return the authorization request for what was pushed, by default a request of now."""
        named = request_uri or self.push().get_json()["request_uri"]
        sent = {"client_id": self.client.client_id, "request_uri": named, **beside}
        return f"{ISSUER}/authorize?{urlencode(sent)}"

    def sign_in(self, browser: Browser, **changes: str | None) -> Page:
        """Go from the application to the sign-in page and back."""
        return browser.sign_in(browser.get(self.authorize_url(**changes)))

    def tokens(self, page: Page) -> dict[str, Any]:
        """Redeem the code that a browser came back with; fails the test when there is none."""
        answer = self.redeem(page.query["code"])
        assert answer.status_code == 200, answer.text
        issued: dict[str, Any] = answer.get_json()
        return issued

    def token(self, **fields: str) -> TestResponse:
        """Call the token endpoint with the client's authentication."""
        return self._call("/token", fields)

    def active(self, token: str) -> bool:
        """Ask whether a token is active."""
        return bool(self._call("/introspect", {"token": token}).get_json()["active"])

    def _call(self, path: str, fields: dict[str, str]) -> TestResponse:
        headers = {}
        if self.secret is not None:
            pair = f"{self.client.client_id}:{self.secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            fields = {"client_id": self.client.client_id, **fields}
        return WsgiClient(self.provider.application.wsgi).post(
            path, data=fields, headers=headers, base_url=ISSUER, environ_base={"REMOTE_ADDR": ADDRESS}
        )

    def redeem(self, code: str, **fields: str) -> TestResponse:
        """Redeem a code."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": self.verifier,
        }
        return self.token(**{**sent, **fields})

    def refresh(self, refresh_token: str, **fields: str) -> TestResponse:
        """Use a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **fields)

    def userinfo(self, access_token: str) -> TestResponse:
        """Call userinfo."""
        return WsgiClient(self.provider.application.wsgi).get(
            "/userinfo", headers={"Authorization": f"Bearer {access_token}"}, base_url=ISSUER
        )


def front(provider: Provider, **changes: Any) -> RelyingParty:
    """Return an application to which an administrator granted every response type."""
    granted = replace(
        ESPACE,
        client_id="front",
        response_types=frozenset(SUPPORTED),
        grant_types=frozenset({"authorization_code", "implicit", "refresh_token"}),
        **changes,
    )
    provider.application.clients.upsert(granted, None if granted.public else SECRET)
    return RelyingParty(provider, granted, None if granted.public else SECRET)
