"""Who calls the API: a machine client with an access token made for it, and how often it may.

The token comes by the client credentials grant alone, names the API as its resource (RFC 8707), so that no other
resource server can use it here, and its scopes `admin:<role>` are the roles. A member's token has a grant, and opens
nothing whatever its scopes. A DPoP-bound token needs its proof (RFC 9449).
"""

import logging
from typing import Final

from idp.admin.actor import Actor
from idp.admin.api.problems import Problem
from idp.admin.roles import Role
from idp.clock import Clock
from idp.endpoints.dpop import DpopGate
from idp.endpoints.rfc6750_bearer import check_holder, in_header
from idp.protocol import rfc9449_dpop
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Request
from idp.protocol.names import ADMIN_SCOPE
from idp.protocol.network import network_of
from idp.services.access_tokens import AccessTokens, LiveToken
from idp.services.local_counters import LocalCounters
from idp.upstream_ports import KeyValue, KeyValueUnavailable

log = logging.getLogger("idp.admin")

WINDOW: Final = 60


class Guard:
    """Lets programs in.

    Args:
        access: finds tokens.
        dpop: verifies proofs.
        kv: counts requests.
        clock: Unix seconds.
        resource: the API's address, as tokens name it.
        per_minute: requests of one client in a minute.
    """

    def __init__(
        self, access: AccessTokens, dpop: DpopGate, kv: KeyValue, clock: Clock, *, resource: str, per_minute: int
    ) -> None:
        self._access = access
        self._dpop = dpop
        self._kv = kv
        self._here = LocalCounters(clock)
        self._clock = clock
        self._resource = resource
        self._per_minute = per_minute

    def admit(self, request: Request) -> Actor:
        """Return who calls, with the roles of the token.

        Raises:
            Problem: there is no token, or it does not open the API; or the client must wait.
            Unavailable: the store does not answer.
        """
        try:
            token = self._token(request)
        except ProtocolError as error:
            log.info("no way in: %s", error.description or "no token", extra={"reference": request.reference})
            raise _refusal(error) from None
        client_id = token.client.client_id
        self._brake(client_id)
        return Actor(
            id=client_id,
            roles=_roles(token),
            door="api",
            auth_time=token.issued_at,
            network=network_of(request.remote),
            reference=request.reference,
        )

    def _token(self, request: Request) -> LiveToken:
        scheme, value = in_header(request)
        token = self._access.find(value, self._clock())
        if token is None or token.audience != (self._resource,) or token.grant is not None:
            raise ProtocolError("invalid_token", "the access token is not valid here", status=401)
        check_holder(request, token, scheme, value, self._dpop)
        return token

    def _brake(self, client_id: str) -> None:
        now = self._clock()
        key = f"admin-api-calls:{client_id}:{now // WINDOW}"
        try:
            count = self._kv.increment(key, WINDOW)
        except KeyValueUnavailable:
            # Each process counts alone: an upstream must be paused even while the counters are gone.
            count = self._here.increment(key, WINDOW)
        if count > self._per_minute:
            wait = ("Retry-After", str(WINDOW - now % WINDOW))
            raise Problem("too-many-requests", f"{self._per_minute} requests a minute are allowed", "", (wait,))


def _roles(token: LiveToken) -> frozenset[Role]:
    """Return the roles that the token has and its client still has."""
    held = set(token.scope) & token.client.scopes
    return frozenset(role for role in Role if f"{ADMIN_SCOPE}{role.value}" in held)


def _refusal(error: ProtocolError) -> Problem:
    """Return the answer of RFC 6750 section 3, and of RFC 9449 section 7.1 beside it."""
    algorithms = " ".join(rfc9449_dpop.ALGORITHMS)
    said = f', error="{error.error}", error_description="{error.description}"' if error.error else ""
    challenge = ("WWW-Authenticate", f'Bearer realm="admin"{said}, DPoP realm="admin", algs="{algorithms}"{said}')
    if not error.error:
        return Problem("no-credentials", "send an access token in the Authorization header", "", (challenge,))
    if error.error == "invalid_request":
        return Problem("malformed-request", error.description, "Authorization", (challenge,))
    return Problem("invalid-token", error.description, "Authorization", (challenge,))
