"""The table of the machines' door."""

from dataclasses import fields, replace

from idp.endpoints.assemble import Endpoints
from idp.protocol.messages import Reply, Request
from idp.wire.table import build_table


def nothing(_request: Request) -> Reply:
    """Answer nothing."""
    return Reply(204)


ALL = Endpoints(**{member.name: nothing for member in fields(Endpoints)})
TABLE = build_table(ALL)


def test_every_path_of_machines() -> None:
    """These and no others; pages are not here."""
    expected = {
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/jwks",
        "/token",
        "/par",
        "/userinfo",
        "/revoke",
        "/introspect",
        "/check-session",
        "/healthz",
        "/readyz",
        "/register",
        "/client-logo",
    }
    assert expected == TABLE.keys()
    assert "/register" not in build_table(replace(ALL, register=None))


def test_cors_only_where_pages_of_applications_call() -> None:
    """N-008: token, pushed requests, userinfo, revocation, discovery, JWKS."""
    open_paths = {path for path, route in TABLE.items() if route.cors}
    assert {
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/jwks",
        "/token",
        "/par",
        "/userinfo",
        "/revoke",
    } == open_paths


def test_what_changes_something_is_post_only() -> None:
    """N-030."""
    for path in ("/token", "/par", "/revoke", "/introspect"):
        assert ("POST",) == TABLE[path].methods
