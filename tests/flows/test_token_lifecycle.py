"""What ends an authorization ends all of it: access and refresh tokens, userinfo and introspection (N-054, N-055)."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from werkzeug.test import Client as WsgiClient

from idp.protocol.client import Client, ClientSecret
from idp.protocol.opaque import digest
from tests.support.activation import NEW
from tests.support.cast import APP, ISSUER, MEMBER, PASSWORD, SECRET
from tests.support.held import closed
from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of

API = "https://api.example.org"
PENSIONS = Client(
    client_id="pensions",
    name="Simulateur de pension",
    secrets=(ClientSecret(digest(SECRET), 0),),
    redirect_uris=(f"{APP}/callback",),
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scopes=frozenset({"openid", "profile", "email", "offline_access"}),
    audiences=(API,),
    id_token_signed_response_alg="ES256",
)
"""A third party's application that keeps its secret, needs a consent, and may refresh."""
RESOURCE = replace(PENSIONS, client_id="api", name="API", redirect_uris=(), resource_server=API)


@dataclass
class Held:
    """A member in a browser, an application with everything that it was given, and the resource it calls."""

    provider: Provider
    pensions: RelyingParty
    resource: RelyingParty
    browser: Browser
    opaque: dict[str, Any]
    signed: dict[str, Any]

    def introspect(self, party: RelyingParty, token: str) -> bool:
        """Return whether the provider tells a caller that a token lives; a caller that is refused learns nothing."""
        pair = base64.b64encode(f"{party.client.client_id}:{SECRET}".encode()).decode()
        answer = WsgiClient(self.provider.application.wsgi).post(
            "/introspect", data={"token": token}, headers={"Authorization": f"Basic {pair}"}, base_url=ISSUER
        )
        return answer.status_code == 200 and bool(answer.get_json()["active"])

    def living(self) -> dict[str, bool]:
        """Return which of the ways to use what was given still work."""
        opaque, signed, refresh = self.opaque["access_token"], self.signed["access_token"], self.opaque["refresh_token"]
        return {
            "userinfo": self.pensions.userinfo(opaque).status_code == 200,
            "introspection of the access token": self.introspect(self.pensions, opaque),
            "introspection of the refresh token": self.introspect(self.pensions, refresh),
            "introspection by the resource": self.introspect(self.resource, signed),
            "refresh": self.pensions.refresh(refresh).status_code == 200,
            "refresh for the resource": self.pensions.refresh(self.signed["refresh_token"]).status_code == 200,
        }


@pytest.fixture
def held(every_provider: Provider) -> Held:
    """Tokens for userinfo, and others for a named resource."""
    for client in (PENSIONS, RESOURCE):
        every_provider.application.clients.upsert(client)
    pensions, resource = (RelyingParty(every_provider, client) for client in (PENSIONS, RESOURCE))
    browser, scope = every_provider.browser(), "openid email offline_access"
    opaque = pensions.tokens(browser.consent(pensions.sign_in(browser, scope=scope)))
    signed = pensions.tokens(browser.get(pensions.authorize_url(scope=scope, resource=API)))
    made = Held(every_provider, pensions, resource, browser, opaque, signed)
    assert set(made.living().values()) == {True}
    return made


def change_the_password(held: Held) -> None:
    """The member chooses another one on the account's page."""
    page = held.browser.get("/compte/mot-de-passe")
    held.browser.submit(page, {"present": PASSWORD, "password": NEW, "confirmation": NEW}, "change-password")


def close_the_dossier(held: Held) -> None:
    """An operator closes it by hand."""
    application = held.provider.application
    closed(application.store, application.clock, MEMBER.dossier)


def close_by_the_file(held: Held) -> None:
    """The fund's file says that it is closed."""
    held.provider.application.dossiers.upsert(replace(MEMBER, status="closed"), None)


def disable_the_client(held: Held) -> None:
    """Another process switches the application off; this one has it in its cache."""
    with held.provider.application.store.begin() as unit:
        unit.clients.upsert(replace(PENSIONS, enabled=False), held.provider.clock())


def withdraw_the_consent(held: Held) -> None:
    """The member takes it back on the account's page."""
    page = held.browser.get("/compte/autorisations")
    held.browser.submit(page, {"client_id": PENSIONS.client_id}, "withdraw-1")


def sign_out(held: Held) -> None:
    """The member signs out."""
    held.browser.submit(held.browser.get("/deconnexion"), {}, "logout-confirm")


ENDS: dict[str, Callable[[Held], None]] = {
    "password changed": change_the_password,
    "dossier closed": close_the_dossier,
    "closed by the file": close_by_the_file,
    "client disabled": disable_the_client,
    "consent withdrawn": withdraw_the_consent,
    "signed out": sign_out,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_nothing_lives_on(held: Held, end: Callable[[Held], None]) -> None:
    """At once, at every endpoint, for the application and for the resource that it calls."""
    end(held)
    assert [] == [way for way, works in held.living().items() if works]


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_revocation_ends_its_own_authorization_alone(held: Held, kind: str) -> None:
    """RFC 7009: either token ends its grant, both kinds of it; the other authorization of the same client goes on."""
    pair = base64.b64encode(f"{PENSIONS.client_id}:{SECRET}".encode()).decode()
    for token in (held.opaque[kind], "unknown", held.opaque[kind]):
        answer = WsgiClient(held.provider.application.wsgi).post(
            "/revoke",
            data={"token": token, "token_type_hint": "nonsense"},
            headers={"Authorization": f"Basic {pair}"},
            base_url=ISSUER,
        )
        assert 200 == answer.status_code
    living = [way for way, works in held.living().items() if works]
    assert ["introspection by the resource", "refresh for the resource"] == living


def test_a_refresh_keeps_what_was_asked_for(held: Held) -> None:
    """The `claims` parameter lives with the grant: ID token and userinfo of a refreshed token hold what it names."""
    claims = json.dumps({"id_token": {"email": None}, "userinfo": {"given_name": {"essential": True}, "picture": None}})
    url = held.pensions.authorize_url(scope="openid offline_access", claims=claims)
    issued = held.pensions.tokens(held.browser.consent(held.browser.get(url)))
    held.provider.clock.forward(5)
    again = held.pensions.refresh(issued["refresh_token"]).get_json()
    before, after = claims_of(issued["id_token"]), claims_of(again["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid", "email"):
        assert before[name] == after[name]
    assert (before["iat"] + 5, "azp" in before) == (after["iat"], "azp" in after)
    told = held.pensions.userinfo(again["access_token"]).get_json()
    assert {"sub": before["sub"], "given_name": "Angela"} == told
