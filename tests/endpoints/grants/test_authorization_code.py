"""Codes at the token endpoint: bound, single use, and what a reuse costs (N-020 to N-027)."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from idp.protocol.messages import Reply
from idp.protocol.opaque import digest
from idp.services.codes import ENDED_SESSION
from idp.services.tokens import PresentedCode
from idp.store.grants import GRANTS
from idp.store.tokens import REFRESH
from keys.half_hash import half_hash
from tests.support.back_channel import API, CLIENT, OTHER, PUBLIC, World, body_of, claims_of, open_world, ring


def refused(reply: Reply, error: str = "invalid_grant", status: int = 400) -> None:
    """Hold an answer against what a refusal is."""
    assert status == reply.status
    assert error == body_of(reply)["error"]
    assert ("Cache-Control", "no-store") in reply.headers


def test_a_code_yields_tokens(both: World) -> None:
    """A code with all that binds it yields an access token and an ID token, never stored by anybody."""
    reply = both.redeem(both.code())
    body = body_of(reply)
    assert reply.status == 200
    assert {"access_token", "token_type", "expires_in", "scope", "id_token"} == body.keys()
    assert ("Bearer", 600, "openid profile email") == (body["token_type"], body["expires_in"], body["scope"])
    assert ("Cache-Control", "no-store") in reply.headers


def test_id_token_holds_what_core_asks_and_nothing_else(world: World) -> None:
    """N-046: iss, sub, aud, exp, iat, auth_time, nonce, acr, amr, sid, at_hash; no claim of a scope, no dossier."""
    body = world.tokens(scope="openid profile email dossier")
    now = world.clock()
    expected = {
        "iss": "https://id.example.org",
        "sub": "subject-1",
        "aud": "espace",
        "exp": now + 600,
        "iat": now,
        "auth_time": now - 100,
        "nonce": "n-1",
        "acr": "https://carpimko.com/acr/password",
        "amr": ["pwd"],
        "sid": "sid-1",
        "at_hash": half_hash(body["access_token"], "ES256"),
    }
    assert expected == claims_of(body["id_token"])


def test_no_nonce_where_none_was_sent(world: World) -> None:
    """The nonce is echoed only when the authorization request had one."""
    assert "nonce" not in claims_of(world.tokens(nonce=None)["id_token"])


def test_claims_asked_for_by_name_come_in_the_id_token(world: World) -> None:
    """`claims.id_token` opens single claims of registered scopes, and never replaces a registered claim (N-048)."""
    asked = {"id_token": {"email": None, "sub": {"value": "mallory"}, "acr": None, "address": None, "x": None}}
    claims = claims_of(world.tokens(scope="openid", claims=asked)["id_token"])
    assert "angela@example.org" == claims["email"]
    assert "subject-1" == claims["sub"]
    assert {"address", "x", "name"}.isdisjoint(claims)


def test_the_clients_algorithm_signs(world: World) -> None:
    """RS256 where the client registered nothing else (OIDC's default)."""
    world.channel.clients.upsert(replace(CLIENT, id_token_signed_response_alg="RS256"))
    assert '"alg":"RS256"' in _header(world.tokens()["id_token"])


def test_a_code_is_redeemed_once_and_a_replay_revokes(both: World) -> None:
    """N-024: the second, otherwise valid redemption is refused and kills what the first produced."""
    code = both.code(scope="openid offline_access")
    first = body_of(both.redeem(code))
    refused(both.redeem(code))
    assert both.userinfo(first["access_token"]).status == 401
    refused(both.refresh(first["refresh_token"]))


def test_a_code_of_a_session_that_was_signed_out_yields_nothing(world: World) -> None:
    """N-081: the mark is found after the grant was written; the code is spent, and no token of it lives."""
    world.tokens()
    code = world.code(scope="openid offline_access")
    with world.store.begin() as unit:
        unit.spent.mark(ENDED_SESSION, digest("sid-1"), world.clock() + 900)
    for _ in range(2):
        refused(world.redeem(code))
    with world.store.reading() as unit:
        grant = unit.grants.by_code_digest(digest(code))
        assert grant is not None
        live = unit.tokens.live_refreshes(grant.id, world.clock())
    assert not live


def test_a_replay_long_after_revokes_too(world: World) -> None:
    """The grant row answers where the key-value store has forgotten the code, as after thirty seconds or an hour."""
    code = world.code()
    token = body_of(world.redeem(code))["access_token"]
    world.clock.forward(120)
    assert world.channel.codes.peek(code) is None
    assert world.userinfo(token).status == 200
    refused(world.redeem(code))
    assert world.userinfo(token).status == 401


def test_a_redeemed_code_is_never_redeemed_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its row, long over, is swept between the two looks of one request."""
    code = world.code(scope="openid offline_access")
    assert world.redeem(code).status == 200
    world.clock.forward(400 * 86400)
    find = world.channel.tokens.find_code

    def swept(value: str) -> PresentedCode | None:
        found = find(value)
        with world.store.begin() as unit:
            assert 1 == unit.grants.purge(world.clock())
        return found

    monkeypatch.setattr(world.channel.tokens, "find_code", swept)
    refused(world.redeem(code))


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://app.example.org/other"},
        {"redirect_uri": None},
        {"code_verifier": "x" * 43},
        {"code_verifier": None},
    ],
)
def test_an_invalid_replay_revokes_nothing(world: World, changes: dict[str, Any]) -> None:
    """N-025: who has the code but not the rest cannot end the member's session."""
    code = world.code()
    token = body_of(world.redeem(code))["access_token"]
    refused(world.redeem(code, **changes))
    assert world.userinfo(token).status == 200


def test_another_clients_replay_revokes_nothing(world: World) -> None:
    """N-025, V-13: another client, though well authenticated, neither gets tokens nor revokes any."""
    code = world.code()
    token = body_of(world.redeem(code))["access_token"]
    refused(world.redeem(code, OTHER))
    assert world.userinfo(token).status == 200


def test_another_client_does_not_spend_the_code(world: World) -> None:
    """N-026: the code stays good for its own client."""
    code = world.code()
    refused(world.redeem(code, OTHER))
    assert world.redeem(code).status == 200


@pytest.mark.parametrize("verifier", [None, "x" * 43, "short", "é" * 43, "v" * 129])
def test_a_missing_or_wrong_verifier_spends_the_code(world: World, verifier: str | None) -> None:
    """V-10: leaving the verifier out is no way around PKCE, and there is no second guess."""
    code = world.code()
    refused(world.redeem(code, code_verifier=verifier))
    refused(world.redeem(code))


@pytest.mark.parametrize(
    ("challenge", "changes", "said"),
    [
        (None, {}, "code_verifier came for a code that was asked for without code_challenge"),
        ("c" * 43, {"code_verifier": None}, "code_verifier is missing"),
        ("c" * 43, {"code_verifier": "short"}, "code_verifier must be 43 to 128 unreserved characters"),
        ("c" * 43, {}, "code_verifier does not match"),
        ("c" * 43, {"redirect_uri": None}, "redirect_uri is missing"),
        ("c" * 43, {"redirect_uri": "https://x.example/"}, "redirect_uri does not match the authorization request"),
    ],
)
def test_what_is_wrong_beside_the_code_is_named(
    world: World, challenge: str | None, changes: dict[str, str | None], said: str
) -> None:
    """The parameter and its fault, as RFC 6749 section 5.2 lets us say them; the code stays `invalid_grant`."""
    reply = world.redeem(world.code(code_challenge=challenge), CLIENT, **changes)
    assert {"error": "invalid_grant", "error_description": said} == body_of(reply)


def test_another_client_learns_nothing_of_the_address(world: World) -> None:
    """Whose code it is not is not told what it lacks."""
    reply = world.redeem(world.code(), OTHER, redirect_uri="https://x.example/")
    assert "the code or token is not valid" == body_of(reply)["error_description"]


def test_a_code_without_challenge_refuses_a_verifier(world: World) -> None:
    """N-021, V-11: stripping the challenge from the authorization request gains nothing."""
    refused(world.redeem(world.code(code_challenge=None)))
    assert world.redeem(world.code(code_challenge=None), code_verifier=None).status == 200


def test_redirect_uri_is_byte_for_byte(world: World) -> None:
    """N-026: the token request repeats the redirect URI exactly."""
    refused(world.redeem(world.code(), redirect_uri="https://app.example.org/callback/"))


def test_a_code_dies_after_its_minute(world: World) -> None:
    """N-023: sixty seconds, by our clock, whatever the store remembers."""
    code = world.code()
    world.clock.forward(59)
    assert world.channel.codes.peek(code) is not None
    world.clock.forward(1)
    refused(world.redeem(code))


def test_any_changed_byte_makes_another_code(world: World) -> None:
    """V-13, V-15: no edited, cut or longer code works."""
    code = world.code()
    for position in range(0, len(code), 6):
        letter = "A" if code[position] != "A" else "B"
        refused(world.redeem(code[:position] + letter + code[position + 1 :]))
    for other in (code[:-1], code + "A", code.upper(), " " + code, "é" + code):
        refused(world.redeem(other))
    assert world.redeem(code).status == 200


def test_nothing_readable_is_stored(world: World) -> None:
    """N-028: codes, access and refresh tokens are known by digest only."""
    code = world.code(scope="openid offline_access")
    body = body_of(world.redeem(code))
    with world.store.reading() as unit:
        grant, refresh = (unit.session.execute(select(rows)).one() for rows in (GRANTS, REFRESH))
    assert digest(code) == grant.code_digest
    assert digest(body["refresh_token"]) == refresh.digest


def test_parallel_redemptions_have_one_winner(both: World) -> None:
    """N-024, R-01: of twenty at once one gets tokens, the others invalid_grant, never a 500, and as replays revoke."""
    code = both.code()
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: both.redeem(code), range(20)))
    winners = [reply for reply in replies if reply.status == 200]
    assert 1 == len(winners)
    assert {400} == {reply.status for reply in replies if reply is not winners[0]}
    assert both.userinfo(body_of(winners[0])["access_token"]).status == 401


def test_refresh_token_needs_the_scope_and_the_grant_type(world: World) -> None:
    """Only `offline_access`, and only for a client that may refresh."""
    assert "refresh_token" in world.tokens(scope="openid offline_access")
    assert "refresh_token" not in world.tokens()
    world.channel.clients.upsert(replace(CLIENT, grant_types=frozenset({"authorization_code"})))
    assert "refresh_token" not in world.tokens(scope="openid offline_access")


def test_closed_account_gets_nothing(world: World) -> None:
    """N-054, V-43: the account's status counts at redemption, and for tokens already out."""
    token, code = world.tokens()["access_token"], world.code()
    with world.store.begin() as unit:
        unit.accounts.hold_status(world.account.id, "closed", "other", world.clock())
    refused(world.redeem(code))
    assert world.userinfo(token).status == 401


def test_code_dies_with_a_password_change(world: World) -> None:
    """N-054: a code of a session begun before the change is dead, and so are the tokens."""
    token, code = world.tokens()["access_token"], world.code(account_epoch=0)
    with world.store.begin() as unit:
        unit.accounts.bump_epoch(world.account.id, world.clock())
    refused(world.redeem(code))
    assert world.userinfo(token).status == 401
    assert world.redeem(world.code(account_epoch=1)).status == 200


def test_a_disabled_client_gets_nothing_at_once(world: World) -> None:
    """V-43: disabled by another process, while this one still has it in its cache."""
    token, code = world.tokens()["access_token"], world.code()
    with world.store.begin() as unit:
        unit.clients.upsert(replace(CLIENT, enabled=False), world.clock())
    refused(world.redeem(code), "invalid_client", 401)
    assert world.userinfo(token).status == 401


def test_grant_type_is_registered_per_client(world: World) -> None:
    """N-037: a client without the grant type is told so."""
    world.channel.clients.upsert(replace(CLIENT, grant_types=frozenset({"client_credentials"})))
    refused(world.redeem(world.code()), "unauthorized_client")


def test_missing_code_is_an_invalid_request(world: World) -> None:
    """RFC 6749 section 5.2."""
    refused(world.call("/token", {"grant_type": "authorization_code"}), "invalid_request")


def test_a_named_resource_gets_a_signed_access_token(world: World) -> None:
    """RFC 9068 and 8707: `at+jwt` for one registered audience, and our userinfo refuses it (N-045)."""
    body = world.tokens(resources=(API,))
    claims = claims_of(body["access_token"])
    assert '"typ":"at+jwt"' in _header(body["access_token"])
    assert (API, "subject-1", "espace", "openid profile email") == (
        claims["aud"],
        claims["sub"],
        claims["client_id"],
        claims["scope"],
    )
    assert world.userinfo(body["access_token"]).status == 401
    assert world.introspect(body["access_token"])["active"]


def test_a_house_that_signs_with_rs256_alone(world: World) -> None:
    """RFC 9068 section 2.1: a resource server verifies it whatever the settings name, since they must name that one."""
    alone = open_world(world.store, keys=ring("RS256"))
    alone.channel.clients.upsert(replace(CLIENT, id_token_signed_response_alg="RS256"))
    assert '"alg":"RS256"' in _header(alone.tokens(resources=(API,))["access_token"])


@pytest.mark.parametrize("resource", ["https://unregistered.example", "https://other-api.example.org"])
def test_a_resource_not_authorized_is_refused(world: World, resource: str) -> None:
    """RFC 8707 section 2.2: what the authorization named bounds the token request."""
    refused(world.redeem(world.code(resources=(API,)), resource=resource), "invalid_target")


def test_a_failed_signature_leaves_the_code_unspent(world: World) -> None:
    """All or nothing: where no key signs, the grant is rolled back and the code works once one does."""
    world.channel.clients.upsert(replace(CLIENT, id_token_signed_response_alg="PS256"))
    code = world.code()
    reply = world.redeem(code)
    assert (500, "server_error") == (reply.status, body_of(reply)["error"])
    world.channel.clients.upsert(CLIENT)
    assert world.redeem(code).status == 200


def test_public_client_redeems_by_its_id_alone(world: World) -> None:
    """A client without credentials names itself; PKCE binds the code."""
    assert world.redeem(world.code(PUBLIC), PUBLIC).status == 200


def _header(token: str) -> str:
    part = token.split(".", maxsplit=1)[0]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
