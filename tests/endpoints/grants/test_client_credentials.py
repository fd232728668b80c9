"""Tokens for an application itself (N-037)."""

from tests.support.back_channel import API, PUBLIC, World, body_of, claims_of

GRANT = {"grant_type": "client_credentials"}


def test_a_token_for_the_application_itself(both: World) -> None:
    """No ID token, no refresh token, only scopes that open nothing of a member."""
    body = body_of(both.call("/token", GRANT))
    assert {"access_token", "token_type", "expires_in", "scope"} == body.keys()
    assert "batch" == body["scope"]


def test_it_names_no_member(world: World) -> None:
    """N-037: introspection shows no `sub`; the signed form names the client."""
    opaque = body_of(world.call("/token", GRANT))["access_token"]
    signed = body_of(world.call("/token", {**GRANT, "resource": API}))["access_token"]
    assert "sub" not in world.introspect(opaque)
    assert ("espace", "espace") == (claims_of(signed)["sub"], claims_of(signed)["client_id"])


def test_member_scopes_are_refused(world: World) -> None:
    """`openid`, `profile`, `dossier` mean a member, and there is none."""
    for scope in ("openid", "profile batch", "dossier", "offline_access", "unknown"):
        reply = world.call("/token", {**GRANT, "scope": scope})
        assert (400, "invalid_scope") == (reply.status, body_of(reply)["error"])


def test_userinfo_refuses_it(world: World) -> None:
    """There is no member to tell of."""
    token = body_of(world.call("/token", GRANT))["access_token"]
    assert 403 == world.userinfo(token).status


def test_a_public_client_may_not(world: World) -> None:
    """RFC 6749 section 4.4: confidential clients only."""
    reply = world.call("/token", GRANT, PUBLIC)
    assert "unauthorized_client" == body_of(reply)["error"]


def test_two_resources_are_one_too_many(world: World) -> None:
    """N-045: one audience a token."""
    reply = world.call("/token", {**GRANT, "resource": "https://unregistered.example"})
    assert "invalid_target" == body_of(reply)["error"]
