"""Wiring: settings and ports in, an upstream and its pages out."""

from flask import Blueprint

from federation import franceconnect as fc
from federation.account_link import AccountLink
from federation.breaker import BreakerPolicy, CircuitBreaker
from federation.contact_code import ContactCodes
from federation.franceconnect_upstream import FranceConnectUpstream
from federation.journey import Journey
from federation.openid import OpenIdSettings
from federation.openid_journey import OpenIdJourney, OpenIdUpstream
from federation.openid_routes import openid_blueprint
from federation.policy import LinkingPolicy
from federation.provider_metadata import CachePolicy, ProviderDirectory
from federation.reachability import Reachability
from federation.relying_party import Decrypt, RelyingParty
from federation.routes import blueprint
from federation.transactions import PendingLinks, Trips
from idp.outbound import BoundedAdapter
from idp.upstream import Entrance, Upstream
from idp.upstream_ports import Arrive, BrowserDoor, Ports


def franceconnect(
    settings: fc.FranceConnectSettings,
    ports: Ports,
    door: BrowserDoor,
    *,
    cache: CachePolicy | None = None,
    breaker: BreakerPolicy | None = None,
    policy: LinkingPolicy | None = None,
    decrypt: Decrypt | None = None,
    threads: int = 8,
) -> tuple[Upstream, Blueprint]:
    """Build the FranceConnect upstream and its blueprint; asks nothing of the network.

    ``decrypt`` is for FranceConnect+ (ValueError when it lacks there). ``threads``: the process's
    share for this upstream; half of it at most ever waits for an answer.
    """
    adapter = BoundedAdapter(
        hosts=frozenset({settings.host}),
        timeout=settings.timeout,
        public_only=not settings.environment.startswith("emulator"),
        partner=fc.NAME,
    )
    directory = ProviderDirectory(
        settings.issuer,
        adapter,
        ports.clock,
        known=fc.endpoints(settings.issuer),
        policy=cache,
    )
    circuit = CircuitBreaker(ports.clock, breaker)
    trips = Trips(ports.kv, ports.random, fc.NAME)
    pending = PendingLinks(ports.kv, ports.seal, ports.random, fc.NAME)
    upstream = FranceConnectUpstream(settings, directory, circuit, trips, ports, policy or LinkingPolicy())
    journey = Journey(
        upstream=upstream,
        client=RelyingParty(settings.relying_party().within(threads), directory, adapter, ports.clock, decrypt),
        breaker=circuit,
        trips=trips,
        pending=pending,
        ports=ports,
        reachable=Reachability(directory.touch, ports.clock),
        account_link=AccountLink(upstream, pending, ports),
        policy=upstream.policy,
    )
    codes = ContactCodes(ports.kv, ports.seal, ports.random, fc.NAME)
    return upstream, blueprint(upstream, journey, codes, door)


def openid(
    settings: OpenIdSettings,
    ports: Ports,
    door: BrowserDoor,
    arrive: Arrive,
    *,
    cache: CachePolicy | None = None,
    threads: int = 8,
) -> tuple[Entrance, Blueprint]:
    """Build an OpenID provider's entrance and its blueprint; asks nothing of the network.

    ``arrive`` is told who came; it alone decides what that opens. ``threads`` as above.
    """
    adapter = BoundedAdapter(
        hosts=frozenset({settings.host}),
        timeout=settings.timeout,
        public_only=not settings.here,
        partner=settings.name,
    )
    directory = ProviderDirectory(settings.issuer, adapter, ports.clock, policy=cache)
    upstream = OpenIdUpstream(settings, directory, CircuitBreaker(ports.clock), ports)
    journey = OpenIdJourney(
        upstream=upstream,
        client=RelyingParty(settings.relying_party().within(threads), directory, adapter, ports.clock),
        trips=Trips(ports.kv, ports.random, settings.name),
        ports=ports,
        reachable=Reachability(directory.touch, ports.clock),
        arrive=arrive,
    )
    return upstream, openid_blueprint(journey, door)
