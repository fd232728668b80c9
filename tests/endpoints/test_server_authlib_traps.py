"""The traps found in Authlib 1.9.9, each where our back channel would fall into it; an upgrade tells what changed.

The front channel's (1, 2, 9, 10 at `/authorize`, 15) and logout's (7, 8) are tested beside them.
"""

import inspect
import logging

import authlib
import pytest
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2 import OAuth2Error, rfc6749

from idp.endpoints import server as our_server
from idp.endpoints.grants.issuing import TokenMembers
from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Parameters, Request
from tests.support.back_channel import PUBLIC, World, basic, body_of, claims_of, form


def test_the_version_the_traps_were_found_in() -> None:
    """Another minor release is read again before it is believed."""
    assert authlib.__version__.startswith("1.9.")


def test_trap_1_text_of_the_request_never_becomes_a_description(world: World) -> None:
    """Authlib raises ValueError on quotes and accents in a description, and puts input there; ours are fixed."""
    for redirect_uri in ("https://app.example.org/é", 'https://app.example.org/"', "\\"):
        reply = world.redeem(world.code(), redirect_uri=redirect_uri)
        assert (400, "invalid_grant") == (reply.status, body_of(reply)["error"])
    for grant_type in ('fo"o', "é", "\\", "a" * 5000):
        reply = world.call("/token", {"grant_type": grant_type})
        assert (400, "unsupported_grant_type") == (reply.status, body_of(reply)["error"])
    with pytest.raises(ValueError, match="error_description"):
        ProtocolError("invalid_request", 'no "quotes"')


def test_trap_3_a_refreshed_id_token_keeps_auth_time_and_a_code_lives_a_minute(world: World) -> None:
    """Authlib says now for auth_time at a refresh, and lets codes live ten days."""
    first = world.tokens(scope="openid offline_access")
    world.clock.forward(1000)
    again = body_of(world.refresh(first["refresh_token"]))
    assert claims_of(first["id_token"])["auth_time"] == claims_of(again["id_token"])["auth_time"]
    code = world.code()
    world.clock.forward(60)
    assert 400 == world.redeem(code).status


def test_trap_4_two_credentials_are_refused(world: World) -> None:
    """Authlib accepts a right Basic header beside a wrong secret in the body."""
    fields = {"grant_type": "client_credentials", "client_id": "espace", "client_secret": "wrong"}
    assert 400 == world.to.token(form("/token", fields, basic("espace", "a+secret"))).status


def test_trap_5_bytes_that_are_no_text_are_a_refusal(world: World) -> None:
    """Authlib answers 500 to a Basic header that is not UTF-8."""
    headers = {"authorization": "Basic /////w=="}
    assert 401 == world.to.token(form("/token", {"grant_type": "client_credentials"}, headers)).status


def test_trap_5_its_registry_of_methods_is_not_asked() -> None:
    """Listing a method that is not registered is a KeyError there; ours never loops over methods."""
    source = inspect.getsource(our_server.Server.authenticate_client)
    assert "super()" not in source
    assert our_server.Server.authenticate_client is not rfc6749.AuthorizationServer.authenticate_client


def test_trap_10_pkce_bites_for_confidential_clients_too(world: World) -> None:
    """Authlib asks for a verifier only where the client has no credentials."""
    assert 400 == world.redeem(world.code(), code_verifier=None).status


def test_trap_11_a_missing_grant_type_is_an_invalid_request(world: World) -> None:
    """Authlib says unsupported_grant_type."""
    assert "invalid_request" == body_of(world.call("/token", {}))["error"]


def test_trap_11_nothing_is_read_from_the_query(world: World) -> None:
    """N-030: a grant type, a secret or a code in the URL is refused, not honoured."""
    for name in ("grant_type", "client_secret", "code", "anything"):
        request = form("/token", {"grant_type": "client_credentials"}, basic("espace", "x"))
        asked = Request(
            request.method,
            request.path,
            query=Parameters.of({name: "client_credentials"}),
            form=request.form,
            headers=request.headers,
        )
        assert (400, "invalid_request") == (
            world.to.token(asked).status,
            body_of(world.to.token(asked))["error"],
        )


def test_trap_12_no_hooks_are_registered(world: World) -> None:
    """Hooks run in no fixed order; our order is written in the services."""
    token: object = world.to.token
    core = token.server  # type: ignore[attr-defined]  # the endpoint is a dataclass over the server
    assert not core._extensions
    assert all(not extensions for _, extensions in core._token_grants)


def test_trap_13_reuse_revokes(world: World) -> None:
    """Authlib deletes a code after its tokens are saved, and a reuse costs nothing."""
    code = world.code(PUBLIC)
    token = body_of(world.redeem(code, PUBLIC))["access_token"]
    assert 400 == world.redeem(code, PUBLIC).status
    assert 401 == world.userinfo(token).status


def test_trap_14_tokens_do_not_print_themselves(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Authlib logs whole token answers at DEBUG; ours show as two words."""
    caplog.set_level(logging.DEBUG)
    issued = world.tokens(scope="openid offline_access")
    assert "<tokens>" == repr(TokenMembers(issued))
    assert "<tokens>" in caplog.text
    for name in ("access_token", "refresh_token", "id_token"):
        assert issued[name] not in caplog.text


def test_every_error_of_authlib_becomes_ours() -> None:
    """Whatever code it raises, the answer has a fixed description, and 401 only for invalid_client."""
    core = our_server.Server(_nobody)
    request = core.create_oauth2_request(form("/token", {}))
    named = {rfc6749.UnsupportedResponseTypeError, rfc6749.UnsupportedGrantTypeError}
    for kind in OAuth2Error.__subclasses__():
        error = kind("x") if kind in named else kind()
        assert isinstance(error, AuthlibBaseError)
        reply = core.handle_error_response(request, error)
        assert (401 if error.error == "invalid_client" else 400) == reply.status
        assert ("Cache-Control", "no-store") in reply.headers


def _nobody(request: Request) -> Client:
    raise ProtocolError("invalid_client", status=401, detail=request.path)
