"""One module of the suite: it registers applications by dynamic registration, and deletes them at its end."""

import functools
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import requests
from joserfc.jwk import RSAKey

from tests.support.conformance.application import Application
from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.documents import Documents
from tests.support.conformance.house import House
from tests.support.conformance.runs import Run


@dataclass(slots=True)
class Suite:
    """The applications of one module."""

    house: House
    registered: list[Application] = field(default_factory=list)

    def browser(self) -> SuiteBrowser:
        """Return a browser without cookies."""
        return self.house.browser()

    def try_to_register(self, run: Run, key: RSAKey, **changes: Any) -> requests.Response:
        """Send a registration as the suite does, with members changed or (None) left out."""
        usual = {
            "client_name": "Suite de conformité",
            "grant_types": run.grant_types,
            "jwks": {"keys": [key.as_dict(private=False)]},
            "token_endpoint_auth_method": run.auth_method,
            "response_types": [run.response_type],
            "redirect_uris": [f"{self.house.documents.url}/callback"],
            "contacts": ["suite@example.org"],
            **changes,
        }
        sent = {name: value for name, value in usual.items() if value is not None}
        return self.house.send("POST", self.house.metadata["registration_endpoint"], json=sent)

    def register(self, run: Run, key: RSAKey | None = None, **changes: Any) -> Application:
        """Register an application for a run; it is deleted when the module ends."""
        own = key or application_key()
        answer = self.try_to_register(run, own, **changes)
        assert 201 == answer.status_code, answer.text
        assert "application/json" == answer.headers["Content-Type"].partition(";")[0]
        said = answer.json()
        assert "error" not in said
        assert ("client_secret" in said) <= ("client_secret_expires_at" in said)
        assert said["registration_client_uri"].startswith("https://")
        assert said["registration_access_token"]
        application = Application(self.house, run, said, own)
        self.registered.append(application)
        return application

    def tidy(self) -> None:
        """Delete what was registered, as the suite does at the end of a module."""
        gone, self.registered = self.registered, []
        for application in gone:
            headers = {"Authorization": f"Bearer {application.registered['registration_access_token']}"}
            answer = self.house.send("DELETE", application.registered["registration_client_uri"], headers=headers)
            assert 204 == answer.status_code, answer.text


@functools.cache
def application_key(name: str = "first") -> RSAKey:
    """Return a key of the suite's applications, one for each name and run."""
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": f"{name}-{secrets.token_hex(4)}"})


def show_keys(documents: Documents, path: str, *keys: RSAKey) -> str:
    """Show a key set of an application, and return its address."""
    return documents.show(path, json.dumps({"keys": [key.as_dict(private=False) for key in keys]}))
