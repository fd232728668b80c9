"""An application of the tests' cast that speaks to a port: for providers that run in processes of their own."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from idp.protocol.client import Client
from tests.support.cast import ISSUER
from tests.support.relying_party import challenge_of


@dataclass
class Application:
    """A confidential client; `port` is the provider's or its proxy's, on the loopback."""

    port: int
    client: Client
    secret: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def authorize_url(self, **changes: str) -> str:
        """Return an authorization request."""
        sent = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid profile",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{ISSUER}/authorize?{urlencode(sent)}"

    def redeem(self, code: str) -> dict[str, Any]:
        """Redeem a code; fails the test when there is no token for it."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": self.verifier,
        }
        pair = base64.b64encode(f"{self.client.client_id}:{self.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"}
        status, body = self._ask("POST", "/token", urlencode(form), headers)
        assert 200 == status, body
        issued: dict[str, Any] = json.loads(body)
        return issued

    def userinfo(self, token: str) -> int:
        """Return the status that an access token gets at the userinfo endpoint."""
        return self._ask("GET", "/userinfo", None, {"Authorization": f"Bearer {token}"})[0]

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"Host": urlsplit(ISSUER).netloc, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
