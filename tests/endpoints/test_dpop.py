"""Sender-constrained tokens at the token endpoint and at userinfo (N-049, N-074)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from idp.protocol.messages import Reply
from tests.support.assertions import ClientKey, client_key
from tests.support.back_channel import (
    CALLBACK,
    CLIENT,
    ISSUER,
    PUBLIC,
    VERIFIER,
    World,
    body_of,
)

KEY, OTHER_KEY = client_key("dpop"), client_key("other dpop")
USERINFO = f"{ISSUER}/userinfo"
OFFLINE = "openid offline_access"


def redeem(world: World, code: str, proof: str | None, client: object = CLIENT) -> Reply:
    """Redeem a code with a proof."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    headers = {} if proof is None else {"dpop": proof}
    return world.call("/token", fields, client, **headers)  # type: ignore[arg-type]  # a Client


def bound(world: World, scope: str = "openid", client: object = CLIENT) -> dict[str, str]:
    """Return tokens bound to KEY."""
    code = world.code(client, scope)  # type: ignore[arg-type]  # a Client
    reply = redeem(world, code, KEY.proof(world.clock()), client)
    assert reply.status == 200, reply.body
    return body_of(reply)


def ask(world: World, token: str, proof: str | None, scheme: str = "DPoP") -> Reply:
    """Call userinfo with a proof."""
    headers = {} if proof is None else {"dpop": proof}
    return world.userinfo(token, scheme, **headers)


def proof_for(world: World, token: str, key: ClientKey = KEY, **changes: object) -> str:
    """Return a sound proof for userinfo."""
    return key.proof(world.clock(), method="GET", url=USERINFO, access_token=token, **changes)  # type: ignore[arg-type]  # claims


def test_the_token_is_bound_to_the_proven_key(both: World) -> None:
    """RFC 9449 section 5: token_type DPoP, `cnf.jkt` at introspection, and userinfo answers its holder."""
    token = bound(both)
    assert "DPoP" == token["token_type"]
    assert {"jkt": KEY.thumbprint} == both.introspect(token["access_token"])["cnf"]
    assert 200 == ask(both, token["access_token"], proof_for(both, token["access_token"])).status


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "dPoP", "DPOP"])
def test_the_scheme_in_any_case(world: World, scheme: str) -> None:
    """RFC 9110 section 11.1."""
    token = bound(world)["access_token"]
    assert 200 == ask(world, token, proof_for(world, token), scheme).status


def test_a_bound_token_as_bearer_is_refused(world: World) -> None:
    """N-074, with or without a proof; and a bearer token as DPoP is refused too."""
    token = bound(world)["access_token"]
    assert 401 == ask(world, token, proof_for(world, token), "Bearer").status
    assert 401 == world.userinfo(token).status
    plain = world.tokens()["access_token"]
    assert 401 == ask(world, plain, proof_for(world, plain)).status


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "POST"},
        {"htm": None},
        {"htu": f"{ISSUER}/token"},
        {"htu": "https://evil.example/userinfo"},
        {"htu": None},
        {"htu": 7},
        {"ath": "wrong"},
        {"ath": None},
        {"jti": None},
        {"jti": ""},
        {"iat": None},
        {"iat": 1_700_000_000 - 3600},
        {"iat": 1_700_000_000 + 3600},
        {"iat": "now"},
        {"exp": 1_600_000_000},
        {"header": {"typ": None}},
        {"header": {"typ": "jwt"}},
        {"header": {"alg": None}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "RS256"}},
        {"header": {"alg": "HS256"}},
        {"header": {"jwk": None}},
        {"header": {"jwk": KEY.private}},
        {"header": {"jwk": OTHER_KEY.public}},
        {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
        {"header": {"crit": ["x"]}},
    ],
)
def test_unsound_proofs_are_refused(world: World, changes: Mapping[str, Any]) -> None:
    """N-074: type, algorithm, public key, method, address, time, token hash; each missing, wrong or of another type."""
    token = bound(world)["access_token"]
    reply = ask(world, token, proof_for(world, token, **changes))
    assert 401 == reply.status
    assert "DPoP" in dict(reply.headers)["WWW-Authenticate"]


def test_no_malformed_or_two_proofs(world: World) -> None:
    """A missing header, nonsense, and two proofs in one are refused."""
    token = bound(world)["access_token"]
    good = proof_for(world, token)
    for sent in (None, "x", "a.b.c", f"{good},{good}", f"{good}, {good}"):
        assert 401 == ask(world, token, sent).status
    assert 200 == ask(world, token, good).status


def test_another_key_is_refused(world: World) -> None:
    """A thief's own sound proof does not open a bound token."""
    token = bound(world)["access_token"]
    assert 401 == ask(world, token, proof_for(world, token, OTHER_KEY)).status


def test_a_proof_is_used_once(both: World) -> None:
    """RFC 9449 section 11.1: the same proof again is refused, at either endpoint."""
    token = bound(both)["access_token"]
    proof = proof_for(both, token)
    assert [200, 401] == [ask(both, token, proof).status for _ in range(2)]
    proof = KEY.proof(both.clock())
    assert [200, 400] == [redeem(both, both.code(), proof).status for _ in range(2)]


def test_addresses_that_are_the_same(world: World) -> None:
    """Query and fragment are ignored, scheme and host are of any case, the default port may be named (section 4.3)."""
    token = bound(world)["access_token"]
    for url in (
        f"{USERINFO}?a=b",
        f"{USERINFO}#f",
        "HTTPS://ID.example.org/userinfo",
        "https://id.example.org:443/userinfo",
    ):
        assert 200 == ask(world, token, proof_for(world, token, htu=url)).status


@pytest.mark.parametrize("seconds", [-60, -10, 10])
def test_clocks_may_differ(world: World, seconds: int) -> None:
    """Ten seconds either way pass, and `nbf` and `exp` are tolerated."""
    token, when = bound(world)["access_token"], world.clock() + seconds
    proof = proof_for(world, token, iat=when, nbf=when, exp=world.clock() + 100)
    assert 200 == ask(world, token, proof).status


def test_a_bad_proof_at_the_token_endpoint(world: World) -> None:
    """Section 5: invalid_dpop_proof, status 400, and the code is not spent."""
    code = world.code()
    reply = redeem(world, code, KEY.proof(world.clock(), url=USERINFO))
    assert (400, "invalid_dpop_proof") == (reply.status, body_of(reply)["error"])
    assert 200 == redeem(world, code, KEY.proof(world.clock())).status


def test_a_code_bound_to_a_key_needs_it(world: World) -> None:
    """Section 10: `dpop_jkt` of the authorization request."""
    code = world.code(dpop_jkt=KEY.thumbprint)
    for proof in (None, OTHER_KEY.proof(world.clock())):
        assert 400 == redeem(world, code, proof).status
    assert 200 == redeem(world, code, KEY.proof(world.clock())).status


def test_a_client_may_be_registered_for_bound_tokens_only(world: World) -> None:
    """Section 5.2: no proof, no token."""
    world.channel.clients.upsert(replace(CLIENT, dpop_bound=True))
    reply = redeem(world, world.code(), None)
    assert "invalid_dpop_proof" == body_of(reply)["error"]
    reply = world.call("/token", {"grant_type": "client_credentials"})
    assert "invalid_dpop_proof" == body_of(reply)["error"]


def test_a_public_clients_refresh_token_is_bound(world: World) -> None:
    """Section 5: the same key is needed at the refresh, and a wrong one spends nothing."""
    refresh = bound(world, OFFLINE, PUBLIC)["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": refresh}
    assert 400 == world.call("/token", fields, PUBLIC).status
    assert 400 == world.call("/token", fields, PUBLIC, dpop=OTHER_KEY.proof(world.clock())).status
    assert 200 == world.call("/token", fields, PUBLIC, dpop=KEY.proof(world.clock())).status


def test_a_confidential_client_may_change_its_key(world: World) -> None:
    """Its refresh token is bound by client authentication; a proof is still needed, so nothing is downgraded."""
    refresh = bound(world, OFFLINE)["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": refresh}
    assert 400 == world.call("/token", fields).status
    reply = world.call("/token", fields, dpop=OTHER_KEY.proof(world.clock()))
    token = body_of(reply)["access_token"]
    assert 200 == ask(world, token, proof_for(world, token, OTHER_KEY)).status
