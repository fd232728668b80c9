"""Someone with a script that registers applications, and the site that those applications have."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from idp.protocol.client import Client
from tests.support.cast import ISSUER
from tests.support.certificates import Authority
from tests.support.provider import Provider
from tests.support.raw_server import Answer, RawServer, answer, raw_server
from tests.support.relying_party import RelyingParty

CALLBACK = "https://rp.example.com/cb"
LEAST: dict[str, Any] = {"client_name": "Essai", "redirect_uris": [CALLBACK], "id_token_signed_response_alg": "ES256"}
OPEN = {"enabled": True, "open": True}


@dataclass
class Developer:
    """Someone with a script that registers."""

    provider: Provider

    def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, kind: str = "application/json"
    ) -> TestResponse:
        """Send JSON, or bytes as they are."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        path = path.removeprefix(ISSUER)
        return WsgiClient(self.provider.application.wsgi).open(
            path,
            method=method,
            data=data,
            content_type=kind,
            headers=headers,
            base_url=ISSUER,
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )

    def register(self, token: str | None = None, **members: Any) -> dict[str, Any]:
        """Register, and return what is told."""
        reply = self.call("POST", "/register", {**LEAST, **members}, token=token)
        assert (201, "application/json") == (reply.status_code, reply.mimetype), reply.get_data(as_text=True)
        told: dict[str, Any] = reply.get_json()
        return told

    def refused(self, token: str | None = None, **members: Any) -> tuple[int, str]:
        """Register in vain; return status and error."""
        reply = self.call("POST", "/register", {**LEAST, **members}, token=token)
        return reply.status_code, reply.get_json()["error"]

    def party(self, told: Mapping[str, Any]) -> RelyingParty:
        """Return the application that was registered, ready to sign a member in."""
        client = self.provider.application.clients.get(told["client_id"])
        assert isinstance(client, Client)
        return RelyingParty(self.provider, client, told.get("client_secret"))


@dataclass
class Site:
    """An application's own server on https: what it has by path; everything else is not there."""

    server: RawServer
    authority: Path
    documents: dict[str, bytes] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Its address, without a path."""
        return f"https://127.0.0.1:{self.server.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """What a provider must be told to call it."""
        return {"private_hosts": ("127.0.0.1",), "ca_bundle": self.authority, "timeout": 5.0}

    def has(self, path: str, document: object) -> str:
        """Put a document there, bytes or JSON, and return its address."""
        self.documents[path] = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.address + path


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Run a site while the block runs."""
    documents: dict[str, bytes] = {}

    def reply(path: str) -> Answer:
        if path not in documents:
            return answer(b"", status="404 Not Found")
        return answer(documents[path])

    authority = Authority.create(folder)
    with raw_server(reply, certificate=authority.vouches_for("127.0.0.1", folder)) as server:
        yield Site(server, authority.file, documents)
