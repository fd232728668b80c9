"""Which path is answered by what: the machines' door on one screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from idp.endpoints.assemble import Endpoint, Endpoints

GET: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Route:
    """One path. `cors` lets pages of registered origins call it (N-008)."""

    endpoint: Endpoint
    methods: tuple[str, ...]
    cors: bool = False


Table = Mapping[str, Route]


def build_table(to: Endpoints) -> Table:
    """Return every path of the machines' door. `/authorize` and `/logout` are pages, and never answer to CORS."""
    return {
        "/.well-known/openid-configuration": Route(to.discovery, GET, cors=True),
        "/.well-known/oauth-authorization-server": Route(to.discovery, GET, cors=True),
        "/jwks": Route(to.jwks, GET, cors=True),
        "/token": Route(to.token, ("POST",), cors=True),
        "/userinfo": Route(to.userinfo, ("GET", "HEAD", "POST"), cors=True),
        "/revoke": Route(to.revoke, ("POST",)),
        "/introspect": Route(to.introspect, ("POST",)),
        "/healthz": Route(to.healthz, GET),
        "/readyz": Route(to.readyz, GET),
    }
