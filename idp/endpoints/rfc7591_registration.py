"""Dynamic registration (RFC 7591, OpenID Connect Dynamic Client Registration 1.0) and its management (RFC 7592).

POST registers; GET, PUT and DELETE at `registration_client_uri`, the same path with the client's id in the query, need
the registration access token. Authlib's metadata classes are not used: they take values of the wrong type for granted
and say what is wrong without naming it; the tests hold what we accept against them. Software statements are ignored.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from idp.endpoints.server import error_reply
from idp.protocol.client_metadata.refusal import MetadataRefused
from idp.protocol.client_metadata.write import write
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import NO_STORE, Reply, Request, json_reply
from idp.protocol.network import network_of
from idp.services.registration.leave import Gate
from idp.services.registration.registrar import Registered, Registrar, described
from keys.compact import parse_object
from keys.errors import TokenRejected

PATH: Final = "/register"


class RegistrationEndpoint:
    """Every method of the registration's path."""

    def __init__(self, gate: Gate, registrar: Registrar, issuer: str) -> None:
        self._gate = gate
        self._registrar = registrar
        self._issuer = issuer

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        try:
            if request.method == "POST":
                return self._register(request)
            held = self._registrar.find(request.query.get("client_id"), bearer(request))
            if request.method == "DELETE":
                self._registrar.remove(held)
                return Reply(204, NO_STORE)
            if request.method == "PUT":
                held = self._registrar.change(held, _document(request))
            return self._told(200, held)
        except MetadataRefused as refusal:
            return error_reply(ProtocolError(refusal.code, str(refusal)), request)
        except ProtocolError as error:
            return error_reply(error, request)

    def _register(self, request: Request) -> Reply:
        network = network_of(request.remote)
        leave = self._gate.admit(bearer(request), network)
        return self._told(201, self._registrar.register(_document(request), leave, network))

    def _told(self, status: int, held: Registered) -> Reply:
        address = f"{self._issuer}{PATH}?client_id={quote(held.client.client_id, safe='')}"
        members: dict[str, Any] = {**described(held, address), **write(held.client)}
        return json_reply(status, members)


def bearer(request: Request) -> str | None:
    """Return the bearer token of a request, None where it has none; an empty text where it cannot be read."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if request.sent_twice("authorization") or scheme.lower() != "bearer":
        return ""
    return token.strip()


def _document(request: Request) -> Mapping[str, object]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ProtocolError("invalid_client_metadata", "the body must be application/json")
    try:
        return parse_object(request.body)
    except TokenRejected as error:
        raise ProtocolError("invalid_client_metadata", "the body must be a JSON object", detail=str(error)) from None
