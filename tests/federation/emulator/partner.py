"""A service provider and a browser in front of the emulator, over Flask's test client: driver for the tests."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from federation.emulator.config import ServiceProvider

ISSUER = "http://localhost:8001/api/v2"
PERSONAS = Path(__file__).resolve().parents[3] / "examples" / "demo" / "personas.json"
CALLBACK = "http://localhost:8000/callback"
AFTER_LOGOUT = "http://localhost:8000/logged-out"

FUND = ServiceProvider(
    client_id="fund",
    client_secret="f" * 32,
    name="Espace Personnel",
    redirect_uris=(CALLBACK,),
    post_logout_redirect_uris=(AFTER_LOGOUT,),
)
SHOP = ServiceProvider(
    client_id="shop",
    client_secret="s" * 40,
    name="Autre service",
    redirect_uris=("https://shop.example/callback?keep=1",),
    id_token_alg="RS256",
    userinfo_alg="RS256",
    scopes=frozenset({"openid", "email", "idp_id", "amr"}),
    allowed_idp_hints=("emulator-ameli",),
    allowed_prompts=("login",),
    entitled_to_amr=True,
)


@dataclass
class Now:
    """A clock that tests move by hand."""

    time: int = 1_800_000_000

    def __call__(self) -> int:
        """Return the present, Unix seconds."""
        return self.time


@dataclass
class Partner:
    """A service provider with a browser: drives the pages and calls the back channel."""

    app: Flask
    client: ServiceProvider = FUND
    browser: FlaskClient = field(init=False)
    server: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.app.test_client()
        self.server = self.app.test_client(use_cookies=False)

    def with_client(self, client: ServiceProvider) -> "Partner":
        """Return another service provider in front of the same browser."""
        other = Partner(self.app, client)
        other.browser = self.browser
        return other

    def params(self, **changes: str | None) -> dict[str, str]:
        """Return a correct authorization request; None takes a parameter away."""
        params: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid identite_pivot" if self.client is FUND else "openid",
            "state": "5" * 64,
            "nonce": "9" * 64,
            "acr_values": "eidas1",
            **changes,
        }
        return {name: value for name, value in params.items() if value is not None}

    def authorize(self, **changes: str | None) -> TestResponse:
        """Send the browser to `/authorize`."""
        return self.browser.get("/api/v2/authorize", query_string=self.params(**changes))

    def begin(self, **changes: str | None) -> str:
        """Start an interaction and return its address, without the step."""
        response = self.authorize(**changes)
        assert response.status_code == 303, response.text
        return response.location

    def sign_in(
        self, persona: str = "angela", *, idp: str = "emulator-impots", **changes: str | None
    ) -> dict[str, str]:
        """Go through every page and return the callback's parameters."""
        base = self.begin(**changes)
        self.browser.post(f"{base}/choice", data={"idp": idp})
        self.browser.post(f"{base}/login", data={"persona": persona, "password": "123"})
        return query(self.browser.post(f"{base}/consent").location)

    def token(self, code: str, /, **changes: str) -> TestResponse:
        """Exchange a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            **changes,
        }
        return self.server.post("/api/v2/token", data=form)

    def userinfo(self, token: str) -> TestResponse:
        """Ask for the person behind an access token."""
        return self.server.get("/api/v2/userinfo", headers={"Authorization": f"Bearer {token}"})

    def identity(
        self, persona: str = "angela", *, idp: str = "emulator-impots", **changes: str | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Sign in wholly; return the verified claims of the ID token and of userinfo."""
        answer = self.token(self.sign_in(persona, idp=idp, **changes)["code"]).get_json()
        info = self.userinfo(answer["access_token"])
        return self.verified(answer["id_token"]), self.verified(info.text)

    def verified(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that the published keys verify."""
        keys = KeySet.import_key_set(self.server.get("/api/v2/jwks").get_json())
        claims: dict[str, Any] = json.loads(jws.deserialize_compact(token, keys, algorithms=["ES256", "RS256"]).payload)
        return claims

    def turn(self, **knobs: object) -> None:
        """Turn knobs over the API."""
        assert self.server.post("/_emulator/knobs", json=knobs).status_code == 200


def query(location: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(location).query))
