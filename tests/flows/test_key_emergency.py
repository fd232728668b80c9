"""An emergency of the keys ends every access token that was issued before, on every node, and nothing else."""

import base64
from dataclasses import dataclass, replace
from typing import Any

import pytest
from werkzeug.test import Client as WsgiClient

from idp.admin.actor import operator
from idp.services.token_references import TokenReferences, TokenSecret
from idp.services.token_secret import PURPOSE
from tests.support.cast import ISSUER, SECRET
from tests.support.provider import Provider, running
from tests.support.relying_party import RelyingParty
from tests.support.statements import counted

API = "https://api.example.org"


@dataclass
class Nodes:
    """Two processes over one database, and the fund's application, which asks either."""

    first: Provider
    second: Provider
    espace: RelyingParty

    def living(self, token: str, *, opaque: bool = True) -> list[bool]:
        """Return whether each node believes a token: at introspection, and a member's opaque one at userinfo."""
        pair = base64.b64encode(f"{self.espace.client.client_id}:{SECRET}".encode()).decode()
        found = []
        for node in (self.first, self.second):
            wsgi = WsgiClient(node.application.wsgi)
            answer = wsgi.post(
                "/introspect", data={"token": token}, headers={"Authorization": f"Basic {pair}"}, base_url=ISSUER
            )
            assert 200 == answer.status_code
            found.append(answer.get_json()["active"])
            if opaque:
                found.append(RelyingParty(node).userinfo(token).status_code == 200)
        return found

    def emergency(self, *algorithms: str) -> None:
        """Two persons drop the keys, on the first node."""
        acts = self.first.application.acts
        made = acts.keys.prepare_emergency(operator("marie"), algorithms, "clés perdues")
        acts.proposals.approve(operator("paul"), made.proposal.id)

    def forward(self, seconds: int) -> None:
        """Let time pass; the nodes share their clock."""
        self.first.clock.forward(seconds)


@pytest.fixture
def nodes(every_provider: Provider) -> Any:
    """Two nodes on each kind of store."""
    client = every_provider.application.clients.get("espace")
    assert client is not None
    every_provider.application.clients.upsert(replace(client, audiences=(API,)), SECRET)
    with running(every_provider.restarted()) as second:
        yield Nodes(every_provider, second, RelyingParty(every_provider))


def test_every_access_token_of_before_is_dead_on_every_node(nodes: Nodes) -> None:
    """A member's and a program's, opaque and signed, and one that a thief made; new ones live on both nodes."""
    browser = nodes.first.browser()
    issued = nodes.espace.tokens(nodes.espace.sign_in(browser, scope="openid offline_access"))
    signed = nodes.espace.tokens(browser.get(nodes.espace.authorize_url(resource=API)))["access_token"]
    own = nodes.espace.token(grant_type="client_credentials").get_json()["access_token"]
    held = [(issued["access_token"], True), (signed, False), (own, False)]
    assert all(all(nodes.living(token, opaque=opaque)) for token, opaque in held)
    forged = forge(nodes.first, issued["access_token"])
    assert [True] * 4 == nodes.living(forged)
    nodes.emergency("ES256")
    for token, opaque in (*held, (forged, True)):
        assert not any(nodes.living(token, opaque=opaque)), "no node waits for its next look"
    nodes.forward(1)
    assert not any(nodes.living(forged))
    renewed = nodes.espace.refresh(issued["refresh_token"]).get_json()
    assert [True] * 4 == nodes.living(renewed["access_token"]), "refresh tokens go on, and both nodes read what is new"
    again = nodes.espace.token(grant_type="client_credentials").get_json()["access_token"]
    assert [True] * 2 == nodes.living(again, opaque=False)
    nodes.forward(30)
    signed = nodes.espace.tokens(browser.get(nodes.espace.authorize_url(resource=API)))["access_token"]
    assert [True] * 2 == nodes.living(signed, opaque=False), "also by keys that a node has not read yet"
    assert not any(nodes.living(forge(nodes.first, renewed["access_token"])))


def test_a_node_that_hears_nothing_follows_by_itself(nodes: Nodes) -> None:
    """It issues dead tokens until it looks: after `keys.reload_every`, or once one of them is used."""
    own = RelyingParty(nodes.second)
    early = own.token(grant_type="client_credentials").get_json()["access_token"]
    assert [True] * 2 == nodes.living(early, opaque=False)
    nodes.emergency()
    late = own.token(grant_type="client_credentials").get_json()["access_token"]
    assert [False] * 2 == nodes.living(late, opaque=False)
    nodes.forward(30)
    timely = own.token(grant_type="client_credentials").get_json()["access_token"]
    assert [True] * 2 == nodes.living(timely, opaque=False)
    nodes.emergency()
    nodes.forward(1)
    assert [False] * 2 == nodes.living(timely, opaque=False)
    healed = own.token(grant_type="client_credentials").get_json()["access_token"]
    assert [True] * 2 == nodes.living(healed, opaque=False)


def test_dead_tokens_cost_what_living_ones_did(nodes: Nodes) -> None:
    """One statement on a node that knows, none for what another secret sealed; a node that has to look adds one."""
    issued = nodes.espace.tokens(nodes.espace.sign_in(nodes.first.browser()))["access_token"]

    def statements(node: Provider, token: str) -> int:
        party = RelyingParty(node)
        with counted(node.application.engine) as found:
            party.userinfo(token)
        return len(found)

    statements(nodes.second, issued)
    assert 1 == statements(nodes.second, issued)
    nodes.emergency()
    nodes.forward(1)
    assert [2, 0, 0] == [statements(nodes.second, issued) for _ in range(3)]
    fresh = nodes.second.browser()
    party = RelyingParty(nodes.second)
    new = party.tokens(party.sign_in(fresh))["access_token"]
    assert [1, 1] == [statements(nodes.second, new) for _ in range(2)]


def forge(provider: Provider, living: str) -> str:
    """Return what somebody makes who copied the database and the key-encryption key before: any grant he likes."""
    stolen = TokenSecret(0, provider.application.secret.derive(PURPOSE))
    now = provider.clock()
    here = TokenReferences(provider.application.token_secret, 600, now)
    reference = here.read(living, now)
    assert reference is not None
    return TokenReferences(lambda: stolen, 600, now).write(replace(reference, expires_at=now + 600), now)
