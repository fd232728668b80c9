"""The pushed authorization request endpoint (RFC 9126 section 2; N-070): a request of a client that proved itself.

Client authentication is that of the token endpoint (section 2.1), whose rules for an assertion's audience hold here
too: the issuer, and never this endpoint's own address (C-05). Whether the request may be is not judged here but by the
checks of `/authorize` themselves, before it is kept.
"""

from typing import Protocol

from idp.endpoints.dpop import DpopGate
from idp.endpoints.server import ClientAuthenticator, error_reply, require_form
from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Parameters, Reply, Request, json_reply
from idp.records import dataclass


class Push(Protocol):
    """Checks and keeps a request: `idp.authorize.rfc9126_par`."""

    def __call__(self, client: Client, sent: Parameters, proven_key: str | None = None, /) -> tuple[str, int]:
        """Return its `request_uri` and the seconds that it may be used for; raise `ProtocolError` for a fault."""
        ...


@dataclass(frozen=True, slots=True)
class PushEndpoint:
    """POST /par. `dpop` verifies the proof that binds the code to come to a key (RFC 9449 section 10.1)."""

    authenticate: ClientAuthenticator
    dpop: DpopGate
    push: Push

    def __call__(self, request: Request) -> Reply:
        """Answer a push: 201 with a `request_uri` (section 2.2), or the error of the request (section 2.3)."""
        try:
            require_form(request)
            client = self.authenticate(request)
            uri, seconds = self.push(client, request.form, self.dpop.at_token_endpoint(request))
        except ProtocolError as error:
            return error_reply(error, request)
        return json_reply(201, {"request_uri": uri, "expires_in": seconds})
