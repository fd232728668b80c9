"""A back channel over a real store, called as plain functions: no app, no HTTP, a clock and keys of the test's own."""

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any
from urllib.parse import quote_plus

from idp.authorize.rfc9101_jar import RequestObjects
from idp.authorize.rfc9126_par import Pushes
from idp.config import Tokens as Lifetimes
from idp.endpoints.assemble import Endpoints, build_endpoints
from idp.protocol.client import Client, ClientSecret
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.messages import Parameters, Reply, Request
from idp.protocol.opaque import digest
from idp.protocol.rfc7636_pkce import s256
from idp.services.back_channel import BackChannel
from idp.services.client_keys import ClientKeys
from idp.services.client_logos import Logos
from idp.services.clients import Clients
from idp.services.hints import Hints
from idp.services.outgoing import Failure, OutgoingFailed
from idp.services.pushed_requests import PushedRequests
from idp.services.token_secret import open_token_secret
from idp.store.accounts import Account
from idp.store.db import Store
from idp.store.kv import SqlKeyValue
from keys.house_secret import HouseSecret
from keys.ring import KeyRing, SealedKey, generate
from keys.sealing import Sealer
from tests.support.cast import ESPACE
from tests.support.records import PARTICULARS
from tests.support.request_objects import no_key_of_ours
from tests.support.stores import Clock

ISSUER = "https://id.example.org"
(CALLBACK,) = ESPACE.redirect_uris
VERIFIER = "verifier-of-the-test-0123456789-abcdefghijklmnop"
SECRET = "a+secret/with:signs%that=need-encoding-0123456789"
API = "https://api.example.org"

CLIENT = replace(
    ESPACE,
    secrets=(ClientSecret(digest(SECRET), 0),),
    scopes=frozenset({"openid", "profile", "email", "dossier", "offline_access", "batch"}),
    audiences=(API, "https://other-api.example.org"),
)
PUBLIC = replace(
    CLIENT, client_id="spa", secrets=(), token_endpoint_auth_method="none", origins=frozenset({"https://spa.example"})
)
OTHER = replace(CLIENT, client_id="other")

MEMBER = replace(PARTICULARS, email_verified=True)


@cache
def ring(*algorithms: str) -> KeyRing:
    """Return a ring, of an ES256 and an RS256 key where nothing else is asked; made once per run: nobody changes it."""
    sealer = Sealer([secrets.token_bytes(32)])
    made = [generate(algorithm, sealer) for algorithm in algorithms or ("ES256", "RS256")]
    rows = tuple(SealedKey(key.kid, key.algorithm, key.use, 1, key.sealed, 0, 0, 1 << 40, 1 << 41) for key in made)
    return KeyRing(lambda: rows, sealer, now=0)


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a JWT, unverified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Return an Authorization header, both parts form-url-encoded (RFC 6749 section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}


def form(
    path: str, fields: Mapping[str, str] | Iterable[tuple[str, str]], headers: Mapping[str, str] | None = None
) -> Request:
    """Return a POST with a form, as the door reads it."""
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", path, form=Parameters.of(fields), headers={**kind, **(headers or {})}, remote="192.0.2.1")


def body_of(reply: Reply) -> dict[str, Any]:
    """Return the JSON of an answer."""
    parsed: dict[str, Any] = json.loads(reply.body)
    return parsed


@dataclass
class World:
    """A seeded back channel."""

    store: Store
    clock: Clock
    channel: BackChannel
    to: Endpoints
    account: Account
    documents: dict[str, bytes]
    """What applications' addresses answer; every other address does not."""
    pushes: Pushes

    def code(self, client: Client = CLIENT, scope: str = "openid profile email", **changes: Any) -> str:
        """Return a fresh code, as the front channel would have issued it."""
        grant = AuthorizationGrant(
            client_id=client.client_id,
            account_id=self.account.id,
            subject=self.account.subject,
            sid="sid-1",
            scope=tuple(scope.split()),
            redirect_uri=CALLBACK,
            auth_time=self.clock() - 100,
            acr="https://carpimko.com/acr/password",
            amr=("pwd",),
            nonce="n-1",
            code_challenge=s256(VERIFIER),
        )
        return self.channel.codes.issue(replace(grant, **changes))

    def call(self, path: str, fields: Mapping[str, str | None], client: Client = CLIENT, **headers: str) -> Reply:
        """Post a form with the client's authentication; a field of None is left out."""
        sent = {name: value for name, value in fields.items() if value is not None}
        if client.public:
            sent.setdefault("client_id", client.client_id)
        else:
            headers = {**basic(client.client_id, SECRET), **headers}
        to = self.to
        endpoints = {"/token": to.token, "/par": to.par, "/revoke": to.revoke, "/introspect": to.introspect}
        return endpoints[path](form(path, sent, headers))

    def redeem(self, code: str, client: Client = CLIENT, **changes: str | None) -> Reply:
        """Redeem a code, with fields changed or (None) left out."""
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.call("/token", fields, client)

    def tokens(self, client: Client = CLIENT, scope: str = "openid profile email", **changes: Any) -> dict[str, Any]:
        """Return the tokens of a fresh authorization."""
        reply = self.redeem(self.code(client, scope, **changes), client)
        assert reply.status == 200, reply.body
        return body_of(reply)

    def refresh(self, token: str, client: Client = CLIENT, **fields: str) -> Reply:
        """Use a refresh token."""
        return self.call("/token", {"grant_type": "refresh_token", "refresh_token": token, **fields}, client)

    def userinfo(self, token: str, scheme: str = "Bearer", **headers: str) -> Reply:
        """Call userinfo with a token in the header."""
        return self.to.userinfo(Request("GET", "/userinfo", headers={"authorization": f"{scheme} {token}", **headers}))

    def introspect(self, token: str, client: Client = CLIENT) -> dict[str, Any]:
        """Ask about a token."""
        return body_of(self.call("/introspect", {"token": token}, client))


def open_world(store: Store, *, keys: KeyRing | None = None, **lives: int) -> World:
    """Seed a store with a member and three clients, and wire the back channel over it."""
    clock = Clock()
    kv = SqlKeyValue(store, clock)
    documents: dict[str, bytes] = {}
    clients = Clients(store, clock)

    def fetch(url: str) -> bytes:
        if url not in documents:
            raise OutgoingFailed(Failure.UNREACHABLE)
        return documents[url]

    channel = BackChannel.over(
        store=store,
        kv=kv,
        ring=keys or ring(),
        issuer=ISSUER,
        lives=Lifetimes(**lives),
        clock=clock,
        clients=clients,
        token_secret=partial(open_token_secret, store, Sealer([b"k" * 32]), HouseSecret(b"s" * 32)),
        client_keys=ClientKeys(clients, fetch, clock),
        longest_session=28800,
    )
    for client in (CLIENT, PUBLIC, OTHER):
        channel.clients.upsert(client)
    with store.begin() as unit:
        account = unit.accounts.upsert(MEMBER, account_id="a" * 32, subject="subject-1", now=clock())
    logos = Logos(store, clients, fetch, clock)
    hints = Hints(channel.ring, ISSUER, clock, no_key_of_ours)
    objects = RequestObjects(ISSUER, clients.get, channel.client_keys.verified, no_key_of_ours, clock)
    pushes = Pushes(PushedRequests(kv, clock, 60), objects, clients.get, hints.subject_for)
    endpoints = build_endpoints(channel, tuple, logos, pushes.push)
    return World(store, clock, channel, endpoints, account, documents, pushes)
