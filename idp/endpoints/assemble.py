"""Wires the back channel: services in, the endpoints of the machines' door out.

Which path each answers stands in `idp.wire.table`; `idp.app` puts the two together:

    clients = Clients(store, clock)
    channel = BackChannel.over(
        store=store, kv=kv, ring=ring, issuer=..., lives=settings.tokens, clock=clock, clients=clients
    )
    endpoints = build_endpoints(channel, readiness)
    application = door(build_table(endpoints), flask_app.wsgi_app, origins=channel.clients.origins)
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.endpoints.client_authentication import Authenticate
from idp.endpoints.dpop import DpopGate
from idp.endpoints.grants.issuing import Issuer
from idp.endpoints.health import Readiness, Readyz, healthz
from idp.endpoints.oidc_userinfo import UserInfoEndpoint
from idp.endpoints.rfc6749_token import TokenEndpoint
from idp.endpoints.rfc7009_revocation import RevocationEndpoint
from idp.endpoints.rfc7523_private_key_jwt import AssertionVerifier
from idp.endpoints.rfc7662_introspection import IntrospectionEndpoint
from idp.endpoints.rfc8414_metadata import Discovery, Jwks
from idp.endpoints.server import Server
from idp.protocol.messages import Reply, Request
from idp.services.back_channel import BackChannel

Endpoint = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Every endpoint that only machines call."""

    discovery: Endpoint
    jwks: Endpoint
    token: Endpoint
    userinfo: Endpoint
    revoke: Endpoint
    introspect: Endpoint
    healthz: Endpoint
    readyz: Endpoint


def build_endpoints(channel: BackChannel, readiness: Readiness) -> Endpoints:
    """Build the endpoints over the services.

    Args:
        channel: the services.
        readiness: tells what the process needs and whether it is there.

    Raises:
        ValueError: the metadata would not be valid, so the issuer is not usable.
    """
    assertions = AssertionVerifier(
        channel.clients,
        channel.replay,
        channel.issuer,
        f"{channel.issuer}/token",
        channel.clock,
    )
    server = Server(channel.issuer, Authenticate(channel.clients, assertions, channel.brake))
    dpop = DpopGate(channel.replay, channel.issuer, channel.clock)
    return Endpoints(
        discovery=Discovery(channel.issuer),
        jwks=Jwks(channel.ring, channel.clock, reload_every=channel.reload_keys_every),
        token=TokenEndpoint.over(server, Issuer(channel.tokens, dpop), channel.refresh_keys),
        userinfo=UserInfoEndpoint(channel.access, dpop, channel.ring, channel.issuer, channel.clock),
        revoke=RevocationEndpoint(server, channel.access, channel.clock).answer,
        introspect=IntrospectionEndpoint(server, channel.access, channel.issuer, channel.clock).answer,
        healthz=healthz,
        readyz=Readyz(readiness),
    )
