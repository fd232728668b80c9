"""A stand-in for an OpenID provider, on the loopback: just enough for an application, and able to misbehave."""

import hashlib
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.serving import make_server

SECRETS = {"app-basic": "secret-basic", "app-post": "secret-post"}
ACCESS_TOKEN = "access-token-1"


@dataclass
class StandIn:
    """One provider. `tamper` replaces claims of its ID tokens, `signer` its key; `profile` is what userinfo answers."""

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: new_key("first"))
    signer: ECKey | None = None
    tamper: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=lambda: {"sub": "member-1", "given_name": "Angela"})
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    token_requests: list[dict[str, str]] = field(default_factory=list)
    refuse_refresh: bool = False
    key_requests: int = 0
    keys_out: bool = False

    def answer(self, location: str, **changes: str) -> dict[str, str]:
        """Return the parameters that the browser would bring back for an authorization request."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return {"code": code, "state": query["state"], "iss": self.issuer, **changes}

    def id_token(self, query: Mapping[str, str], client_id: str) -> str:
        """Return an ID token for an authorization request."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "member-1",
            "aud": client_id,
            "iat": now,
            "exp": now + 60,
            "auth_time": now,
            "nonce": query.get("nonce"),
            "acr": "eidas1",
            "amr": ["fc"],
            "at_hash": _half(ACCESS_TOKEN),
            **self.tamper,
        }
        signer = self.signer or self.key
        return jwt.encode({"alg": "ES256", "kid": signer.kid}, claims, signer)

    def logout_token(self, client_id: str = "app-basic", typ: str = "logout+jwt", **changes: Any) -> str:
        """Return a logout token; a claim changed to None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": client_id,
            "iat": now,
            "exp": now + 60,
            "jti": "j",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "sid": "session-1",
            **changes,
        }
        signer = self.signer or self.key
        header = {"alg": "ES256", "kid": signer.kid, "typ": typ}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, signer)

    def app(self) -> Flask:
        """Return the provider's machine endpoints."""
        app = Flask(__name__)

        @app.get("/.well-known/openid-configuration")
        def metadata() -> ResponseReturnValue:
            names = ("authorization", "token", "userinfo", "end_session")
            endpoints = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in names}
            return jsonify({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **endpoints})

        @app.get("/jwks")
        def jwks() -> ResponseReturnValue:
            self.key_requests += 1
            if self.keys_out:
                return "", 503
            return jsonify({"keys": [self.key.as_dict(private=False)]})

        @app.get("/userinfo")
        def userinfo() -> ResponseReturnValue:
            return jsonify(self.profile)

        @app.post("/token")
        def token() -> ResponseReturnValue:
            form = request.form.to_dict()
            self.token_requests.append({**form, "authorization": request.headers.get("Authorization", "")})
            client_id = _client(form, request.headers.get("Authorization", ""))
            if client_id is None:
                return jsonify({"error": "invalid_client"}), 401
            query: dict[str, str] = {}
            if form["grant_type"] == "authorization_code":
                query = self.codes.pop(form["code"])
                if query["code_challenge"] != _challenge(form["code_verifier"]):
                    return jsonify({"error": "invalid_grant"}), 400
            elif self.refuse_refresh:
                return jsonify({"error": "invalid_grant"}), 400
            return jsonify(
                {
                    "access_token": ACCESS_TOKEN,
                    "token_type": "Bearer",
                    "expires_in": 600,
                    "refresh_token": "refresh-1",
                    "id_token": self.id_token(query, client_id),
                }
            )

        return app


@contextmanager
def running() -> Iterator[StandIn]:
    """Serve a stand-in on a free port of the loopback."""
    stand_in = StandIn()
    server = make_server("127.0.0.1", 0, stand_in.app(), threaded=True)
    stand_in.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def new_key(kid: str) -> ECKey:
    """Return another signing key."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)


def _client(form: Mapping[str, str], authorization: str) -> str | None:
    if authorization:
        client_id, secret = b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        return client_id if SECRETS.get(client_id) == secret else None
    client_id = form["client_id"]
    return client_id if SECRETS.get(client_id) == form.get("client_secret") else None


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _half(token: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()
