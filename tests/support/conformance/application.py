"""An application of the suite: registered by dynamic registration, it asks for sign-ins and redeems codes."""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.conformance import checks
from tests.support.conformance.browser import SuiteBrowser, Visit
from tests.support.conformance.house import House
from tests.support.conformance.runs import Run

ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Answer:
    """How one request ended at the application: what was asked, what was seen, what arrived."""

    asked: Mapping[str, str]
    visit: Visit
    parameters: Mapping[str, str]

    @property
    def silent(self) -> bool:
        """Whether the person saw nothing."""
        return not self.visit.pages


@dataclass(slots=True)
class Outcome:
    """A sign-in from the request to userinfo. `front` and `back` are the claims of the ID tokens, where there are."""

    answer: Answer
    tokens: dict[str, Any] = field(default_factory=dict)
    front: dict[str, Any] = field(default_factory=dict)
    back: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)

    @property
    def claims(self) -> dict[str, Any]:
        """The claims of the ID token, the front channel's where there are two."""
        return self.front or self.back

    @property
    def id_token(self) -> str:
        """The ID token itself."""
        token: str = self.answer.parameters.get("id_token") or self.tokens["id_token"]
        return token

    @property
    def access_token(self) -> str:
        """The access token, the token endpoint's where there are two."""
        token: str = self.tokens.get("access_token") or self.answer.parameters["access_token"]
        return token


@dataclass(frozen=True, slots=True)
class Application:
    """One application: the answer to its registration, its key, and the run it takes part in."""

    house: House
    run: Run
    registered: Mapping[str, Any]
    key: RSAKey

    @property
    def client_id(self) -> str:
        """Its id."""
        return str(self.registered["client_id"])

    @property
    def redirect_uri(self) -> str:
        """Its first address."""
        return str(self.registered["redirect_uris"][0])

    def request(self, **changes: str | None) -> dict[str, str]:
        """Return the parameters of a request, with some changed or (None) left out."""
        usual: dict[str, str | None] = {
            "response_type": self.run.response_type,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": secrets.token_hex(5),
            "nonce": secrets.token_hex(5),
            "response_mode": self.run.response_mode,
            **changes,
        }
        return {name: value for name, value in usual.items() if value is not None}

    def visit(
        self, browser: SuiteBrowser, asked: Mapping[str, str], *, post: bool = False, answers: bool = True
    ) -> Visit:
        """Send a browser to the provider."""
        endpoint = self.house.metadata["authorization_endpoint"]
        if post:
            return browser.go(endpoint, form=asked, answers=answers)
        return browser.go(f"{endpoint}?{urlencode(asked)}", answers=answers)

    def ask(self, browser: SuiteBrowser, *, post: bool = False, **changes: str | None) -> Answer:
        """Make a request that must come back to the application, and return what came, success or error."""
        asked = self.request(**changes)
        return self.arrived(asked, self.visit(browser, asked, post=post))

    def arrived(self, asked: Mapping[str, str], visit: Visit) -> Answer:
        """Return what came back of a request, in its channel, with its state."""
        assert visit.callback is not None, visit.last.text
        own_query = dict(parse_qsl(urlsplit(asked["redirect_uri"]).query))
        assert visit.callback.url.startswith(asked["redirect_uri"])
        parameters = checks.arrival(self.run, visit.callback, self.house.issuer, own_query)
        assert asked.get("state") == parameters.get("state")
        return Answer(asked, visit, parameters)

    def refused(self, browser: SuiteBrowser, *errors: str, **changes: str | None) -> Answer:
        """Make a request that comes back with one of these errors."""
        asked = self.request(**changes)
        answer = self.arrived(asked, self.visit(browser, asked))
        checks.failure(answer.parameters, errors)
        return answer

    def sign_in(
        self, browser: SuiteBrowser, *, post: bool = False, inside: tuple[str, ...] = (), **changes: str | None
    ) -> Outcome:
        """Make a request that succeeds, redeem its code, verify its ID tokens, call userinfo.

        Args:
            browser: whose sign-in.
            post: send the request as a form.
            inside: what may stand in the ID token beside the claims that always may.
            changes: parameters of the request.
        """
        answer = self.ask(browser, post=post, **changes)
        return self.finish(answer, inside)

    def finish(self, answer: Answer, inside: tuple[str, ...] = (), **fields: str) -> Outcome:
        """Redeem, verify and use what a successful answer brought; `fields` go to the token endpoint."""
        checks.success(self.run, answer.parameters)
        outcome = Outcome(answer)
        if "id_token" in answer.parameters:
            outcome.front = self.verified(answer.parameters["id_token"], answer.asked.get("nonce"), inside)
            self._bound(outcome.front, answer.parameters)
        if "code" in answer.parameters:
            outcome.tokens = checks.token_answer(self.redeem(answer, **fields))
            outcome.back = self.verified(outcome.tokens["id_token"], answer.asked.get("nonce"), inside)
            self._bound_if_present(outcome.back, outcome.tokens["access_token"])
        if outcome.front and outcome.back:
            assert [outcome.front[name] for name in ("iss", "sub")] == [outcome.back[name] for name in ("iss", "sub")]
        for token in {answer.parameters.get("access_token"), outcome.tokens.get("access_token")} - {None}:
            outcome.userinfo = self.userinfo(str(token), outcome.claims.get("sub"))
        return outcome

    def redeem(self, answer: Answer, **fields: str) -> requests.Response:
        """Bring a code to the token endpoint."""
        sent = {
            "grant_type": "authorization_code",
            "code": answer.parameters["code"],
            "redirect_uri": answer.asked["redirect_uri"],
        }
        return self.token(**{**sent, **fields})

    def token(self, **fields: str) -> requests.Response:
        """Call the token endpoint with this application's authentication."""
        headers = {}
        method = self.registered["token_endpoint_auth_method"]
        if method == "client_secret_basic":
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.registered['client_secret'])}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif method == "client_secret_post":
            fields |= {"client_id": self.client_id, "client_secret": self.registered["client_secret"]}
        elif method == "private_key_jwt":
            fields = {"client_assertion_type": ASSERTION, "client_assertion": self.assertion(), **fields}
        return self.house.send("POST", self.house.metadata["token_endpoint"], data=fields, headers=headers)

    def assertion(self, audience: str | None = None) -> str:
        """Return a client assertion, for the token endpoint unless said otherwise."""
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "jti": secrets.token_hex(10), "iat": now, "nbf": now}
        claims |= {"aud": audience or self.house.metadata["token_endpoint"], "exp": now + 60}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def verified(self, token: str, nonce: str | None, inside: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return the claims of an ID token whose signature and contents are good."""
        algorithm = self.registered.get("id_token_signed_response_alg", "RS256")
        decoded = jwt.decode(token, self.house.keys, algorithms=[algorithm])
        assert decoded.header["kid"]
        checks.id_token(decoded.claims, issuer=self.house.issuer, client_id=self.client_id, nonce=nonce, besides=inside)
        return dict(decoded.claims)

    def userinfo(self, access_token: str, sub: str | None = None) -> dict[str, Any]:
        """Return what userinfo says of a token's member."""
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = self.house.send("GET", self.house.metadata["userinfo_endpoint"], headers=headers)
        return userinfo_answer(answer, sub)

    def _bound(self, claims: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        """The front channel's ID token names what came with it (Core 3.2.2.10, 3.3.2.11)."""
        for name, other in (("at_hash", "access_token"), ("c_hash", "code")):
            expected = half_hash(parameters[other]) if other in parameters else None
            assert expected == claims.get(name), name

    def _bound_if_present(self, claims: Mapping[str, Any], access_token: str) -> None:
        if "at_hash" in claims:
            assert half_hash(access_token) == claims["at_hash"]


def userinfo_answer(answer: requests.Response, sub: str | None) -> dict[str, Any]:
    """Return a good JSON answer of userinfo, for the member whose sign-in it was."""
    assert 200 == answer.status_code, answer.text
    assert "application/json" == answer.headers["Content-Type"].partition(";")[0]
    claims: dict[str, Any] = answer.json()
    checks.subject(claims["sub"])
    assert sub in (None, claims["sub"])
    checks.typed(claims)
    return claims


def half_hash(value: str) -> str:
    """Return the left half of a SHA-256, as RS256 asks (OpenID Connect Core 1.0 section 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()
