"""Wires the back channel: services in, the endpoints of the machines' door out.

Which path each answers stands in `idp.wire.table`; `idp.app` puts the two together:

    clients = Clients(store, clock)
    channel = BackChannel.over(
        store=store, kv=kv, ring=ring, issuer=..., lives=settings.tokens, clock=clock, clients=clients,
        longest_session=settings.sessions.absolute,
    )
    endpoints = build_endpoints(channel, readiness, logos, pushes.push)
    application = door(build_table(endpoints), flask_app.wsgi_app, origins=channel.clients.origins)
"""

from collections.abc import Callable

from idp.endpoints.client_authentication import Authenticate
from idp.endpoints.client_logo import ClientLogoEndpoint
from idp.endpoints.dpop import DpopGate
from idp.endpoints.grants.issuing import Issuer
from idp.endpoints.health import Readiness, Readyz, healthz
from idp.endpoints.oidc_check_session import CheckSession
from idp.endpoints.oidc_userinfo import UserInfoEndpoint
from idp.endpoints.rfc6749_token import TokenEndpoint
from idp.endpoints.rfc7009_revocation import RevocationEndpoint
from idp.endpoints.rfc7523_private_key_jwt import AssertionVerifier
from idp.endpoints.rfc7591_registration import RegistrationEndpoint
from idp.endpoints.rfc7662_introspection import IntrospectionEndpoint
from idp.endpoints.rfc8414_metadata import DEFAULT_OFFER, Discovery, Jwks, Offer
from idp.endpoints.rfc9126_par import Push, PushEndpoint
from idp.endpoints.server import Server
from idp.protocol.messages import Reply, Request
from idp.protocol.oidc_session_state import cookie_name
from idp.records import dataclass
from idp.services.back_channel import BackChannel
from idp.services.client_logos import Logos

Endpoint = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Every endpoint that only machines call, or a script alone."""

    discovery: Endpoint
    jwks: Endpoint
    token: Endpoint
    par: Endpoint
    userinfo: Endpoint
    revoke: Endpoint
    introspect: Endpoint
    check_session: Endpoint
    healthz: Endpoint
    readyz: Endpoint
    client_logo: Endpoint
    register: Endpoint | None = None
    """None where clients may not register by themselves."""


def build_endpoints(
    channel: BackChannel,
    readiness: Readiness,
    logos: Logos,
    push: Push,
    offer: Offer = DEFAULT_OFFER,
    register: RegistrationEndpoint | None = None,
) -> Endpoints:
    """Build the endpoints over the services.

    Args:
        channel: the services.
        readiness: tells what the process needs and whether it is there.
        logos: our copies of clients' logos.
        push: checks and keeps a pushed authorization request.
        offer: what the settings decide of what is offered.
        register: answers clients that register by themselves, where they may.

    Raises:
        ValueError: the metadata would not be valid, so the issuer is not usable.
    """
    assertions = AssertionVerifier(
        channel.client_keys,
        channel.replay,
        channel.issuer,
        f"{channel.issuer}/token",
        channel.clock,
        channel.note,
    )
    authenticate = Authenticate(channel.clients, assertions, channel.brake, channel.key_readers.called, channel.note)
    server = Server(authenticate, channel.note)
    dpop = DpopGate(channel.replay, channel.issuer, channel.clock)
    return Endpoints(
        discovery=Discovery(channel.issuer, offer),
        jwks=Jwks(channel.ring, channel.clock, channel.key_readers, reload_every=channel.reload_keys_every),
        token=TokenEndpoint.over(server, Issuer(channel.tokens, dpop, channel.note), channel.refresh_keys),
        par=PushEndpoint(authenticate, dpop, push),
        userinfo=UserInfoEndpoint(
            channel.access, dpop, channel.ring, channel.encryption, channel.issuer, channel.clock, channel.note
        ),
        revoke=RevocationEndpoint(server, channel.access, channel.clock).answer,
        introspect=IntrospectionEndpoint(
            server, channel.access, channel.ring, channel.encryption, channel.issuer, channel.clock
        ).answer,
        check_session=CheckSession(cookie_name(secure=channel.issuer.startswith("https://"))),
        healthz=healthz,
        readyz=Readyz(readiness),
        client_logo=ClientLogoEndpoint(logos),
        register=register,
    )
