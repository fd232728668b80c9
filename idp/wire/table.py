"""Which path is answered by what: the machines' door on one screen."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from idp.endpoints.assemble import Endpoint, Endpoints
from idp.protocol.client_words import LOGO_PATH
from idp.protocol.messages import Reply, Request
from idp.records import dataclass

GET: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Route:
    """One path. `cors` lets pages of registered origins call it (N-008)."""

    endpoint: Endpoint
    methods: tuple[str, ...]
    cors: bool = False


Table = Mapping[str, Route]


class Fault(Protocol):
    """Writes the answer to a request that did not reach its endpoint, or broke there."""

    def __call__(
        self, status: int, error: str, description: str, /, *headers: tuple[str, str], reference: str
    ) -> Reply:
        """Return the answer; `error` and `description` are fixed ASCII, `reference` is the request's."""
        ...


@dataclass(frozen=True, slots=True)
class Mount:
    """Everything below a path: its endpoint judges path and method itself, and its faults are written its own way."""

    endpoint: Endpoint
    fault: Fault


def late_mount(made: Callable[[], Mount]) -> Mount:
    """Return a mount that is made when somebody first calls below its path."""

    def endpoint(request: Request) -> Reply:
        return made().endpoint(request)

    def fault(status: int, error: str, description: str, /, *headers: tuple[str, str], reference: str) -> Reply:
        return made().fault(status, error, description, *headers, reference=reference)

    return Mount(endpoint, fault)


def build_table(to: Endpoints) -> Table:
    """Return every path of the machines' door. `/authorize` and `/logout` are pages, and never answer to CORS."""
    table = {
        "/.well-known/openid-configuration": Route(to.discovery, GET, cors=True),
        "/.well-known/oauth-authorization-server": Route(to.discovery, GET, cors=True),
        "/jwks": Route(to.jwks, GET, cors=True),
        "/token": Route(to.token, ("POST",), cors=True),
        "/par": Route(to.par, ("POST",), cors=True),
        "/userinfo": Route(to.userinfo, ("GET", "HEAD", "POST"), cors=True),
        "/revoke": Route(to.revoke, ("POST",), cors=True),
        "/introspect": Route(to.introspect, ("POST",)),
        "/check-session": Route(to.check_session, GET),
        LOGO_PATH: Route(to.client_logo, GET),
        "/healthz": Route(to.healthz, GET),
        "/readyz": Route(to.readyz, GET),
    }
    if to.register is not None:
        table["/register"] = Route(to.register, ("POST", "GET", "PUT", "DELETE"))
    return table
