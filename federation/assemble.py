"""Wiring: settings and ports in, an upstream and its pages out."""

from flask import Blueprint

from federation import franceconnect as fc
from federation.breaker import BreakerPolicy, CircuitBreaker
from federation.franceconnect_upstream import FranceConnectUpstream
from federation.journey import Journey
from federation.outbound import BoundedAdapter
from federation.provider_metadata import CachePolicy, ProviderDirectory
from federation.reachability import Reachability
from federation.relying_party import RelyingParty
from federation.routes import blueprint
from federation.transactions import PendingLinks, Trips
from idp.upstream import BrowserDoor, Ports, Upstream


def franceconnect(
    settings: fc.FranceConnectSettings,
    ports: Ports,
    door: BrowserDoor,
    *,
    cache: CachePolicy | None = None,
    breaker: BreakerPolicy | None = None,
) -> tuple[Upstream, Blueprint]:
    """Build the FranceConnect upstream and its blueprint; asks nothing of the network."""
    adapter = BoundedAdapter(
        hosts=frozenset({settings.host}),
        timeout=settings.timeout,
        public_only=settings.environment != "emulator",
    )
    directory = ProviderDirectory(
        settings.issuer,
        adapter,
        ports.clock,
        known=fc.endpoints(settings.issuer),
        policy=cache,
    )
    circuit = CircuitBreaker(ports.clock, breaker)
    upstream = FranceConnectUpstream(settings, directory, circuit)
    journey = Journey(
        upstream=upstream,
        client=RelyingParty(settings.relying_party(), directory, adapter, ports.clock),
        breaker=circuit,
        trips=Trips(ports.kv, ports.random, upstream.name),
        pending=PendingLinks(ports.kv, ports.seal, ports.random, upstream.name),
        ports=ports,
        reachable=Reachability(directory.touch, ports.clock),
    )
    return upstream, blueprint(upstream, journey, door)
