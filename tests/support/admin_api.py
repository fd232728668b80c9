"""A program of the fund's that administers the provider through its REST API."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from werkzeug.test import Client, TestResponse

from idp.admin.registration.document import registered
from idp.admin.roles import Role
from idp.protocol.client_metadata.choices import Choices
from idp.protocol.names import ADMIN_API
from tests.support.cast import ISSUER, SECRET
from tests.support.provider import Provider

RESOURCE = ISSUER + ADMIN_API
SCOPES = {role: f"admin:{role.value}" for role in Role}
ALL = frozenset(SCOPES.values())


class Program:
    """A machine client with some scopes, and its token."""

    def __init__(self, provider: Provider, *scopes: str, client_id: str = "robot") -> None:
        self.provider = provider
        self.http = Client(provider.application.wsgi)
        self.client_id = client_id
        document = {"client_name": "Robot", "scope": " ".join(scopes)}
        client = registered(client_id, "machine", document, Choices.whole(provider.application.described))
        provider.application.clients.upsert(client, SECRET)
        self.token = self.fetch(" ".join(scopes))

    def fetch(self, scope: str, resource: str = RESOURCE, **headers: str) -> str:
        """Return a new token."""
        basic = b64encode(f"{self.client_id}:{SECRET}".encode()).decode()
        form = {"grant_type": "client_credentials", "scope": scope} | ({"resource": resource} if resource else {})
        answer = self.http.post(
            "/token", base_url=ISSUER, data=form, headers={"Authorization": f"Basic {basic}"} | headers
        )
        assert 200 == answer.status_code, answer.text
        return str(answer.get_json()["access_token"])

    def get(self, path: str, **headers: str) -> TestResponse:
        """Send a GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> TestResponse:
        """Send a POST with a JSON body, or without one."""
        return self.call("POST", path, body, **headers)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        """Send a request; `_` in a header's name is a hyphen, an empty value leaves it out."""
        sent = {"Authorization": f"Bearer {self.token}"}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        kept: Mapping[str, Any] = {name: value for name, value in sent.items() if value}
        return self.http.open(ADMIN_API + path, base_url=ISSUER, method=method, data=data, headers=kept)


def problem(answer: TestResponse) -> tuple[int, str, str]:
    """Return status, kind and member of a problem, whose form is held against RFC 9457."""
    assert "application/problem+json" == answer.headers["Content-Type"]
    told = answer.get_json()
    assert {"type", "title", "status", "detail", "instance"} <= told.keys()
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (told["status"], told["instance"])
    return answer.status_code, told["type"].rpartition("#")[2], told.get("member", "")
