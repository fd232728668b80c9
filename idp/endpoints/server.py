"""Authlib's authorization server core, without a framework: our `Request` in, our `Reply` out.

What is taken: dispatch by grant type and endpoint, and the checks of its grant classes. What is replaced: client
authentication as a whole (`client_authentication`, traps 4 to 6), token generation (`grants`), and every answer, so
that it carries `no-store` and never a description made of the request (traps 1 and 15).
"""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request

from idp.metrics.points import REFUSALS
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind, Note, unnoted
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Reply, Request, json_reply

log = logging.getLogger("idp.endpoints")

CHALLENGE = ("WWW-Authenticate", 'Basic realm="token", charset="UTF-8"')
_FIXED: Mapping[str, str] = {
    "invalid_request": "the request lacks a parameter or has a bad one",
    "invalid_client": "client authentication failed",
    "invalid_grant": "the code or token is not valid",
    "unauthorized_client": "this client may not use this grant type",
    "unsupported_grant_type": "this grant type is not supported",
    "invalid_scope": "the scope is not valid",
}
"""Our own sentences for errors raised inside Authlib, whose descriptions may quote the request."""


class ClientAuthenticator(Protocol):
    """Proves who calls, or raises `ProtocolError` (`invalid_client`, `invalid_request`)."""

    def __call__(self, request: Request) -> Client:
        """Return the authenticated client."""
        ...


class ClientView:
    """A client with the questions that Authlib's grants ask (`ClientMixin`, what is used of it)."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __repr__(self) -> str:
        return f"<client {self.client.client_id}>"

    def get_client_id(self) -> str:
        """Return the client id."""
        return self.client.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client is registered for a grant type (N-037)."""
        return grant_type in self.client.grant_types


class BackChannelRequest(OAuth2Request):
    """A request as Authlib reads it: body parameters only, never the query (trap 11).

    Its address is our issuer's, so that Authlib's check for https never depends on a proxy.
    """

    def __init__(self, request: Request, issuer: str) -> None:
        super().__init__(request.method, issuer + request.path, headers=request.headers)
        self.message = request
        self.caller: Client | None = None
        """Who calls, once that is proven; Authlib keeps it to itself until all else is."""
        self.explained = False
        """Whether why it is refused is noted already, better than here."""
        self.payload = BasicOAuth2Payload(request.form.as_dict())

    @property
    def form(self) -> dict[str, str]:
        """Body parameters."""
        return self.message.form.as_dict()

    @property
    def args(self) -> dict[str, str]:
        """Nothing: these endpoints read no query."""
        return {}


class Server(AuthorizationServer):
    """The core with our request, our answers and our client authentication."""

    def __init__(self, issuer: str, authenticate: ClientAuthenticator, note: Note = unnoted) -> None:
        super().__init__()
        self._note = note
        self._issuer = issuer
        self._authenticate = authenticate

    def create_oauth2_request(self, request: Request) -> BackChannelRequest:
        """Wrap the request given; there is no global one."""
        return BackChannelRequest(request, self._issuer)

    def authenticate_client(
        self, request: BackChannelRequest, _methods: object, _endpoint: str = "token"
    ) -> ClientView:
        """Authenticate by the one registered method; Authlib's registry, which tries several, stays out."""
        client = self._authenticate(request.message)
        request.caller = client
        request.auth_method = client.token_endpoint_auth_method
        return ClientView(client)

    def send_signal(self, _name: str, *_args: object, **_kwargs: object) -> None:
        """No signals."""

    def handle_response(self, status: int, body: Mapping[str, Any] | Reply, _headers: object) -> Reply:
        """Write an answer of Authlib's as JSON, never stored; one that is ready goes out as it is."""
        return body if isinstance(body, Reply) else json_reply(status, body)

    def handle_error_response(self, request: BackChannelRequest, error: OAuth2Error) -> Reply:
        """Answer an error raised inside Authlib by its code, in our words; its own words go to the log."""
        code = error.error or "invalid_request"
        status = 401 if code == "invalid_client" else 400
        fault = ProtocolError(code, _FIXED.get(code, ""), status=status, detail=str(error))
        if request.caller is not None and not request.explained:
            self._note(request.caller.client_id, Kind.TOKEN, fault.description or code)
        return error_reply(fault, request.message)


def error_reply(error: ProtocolError, request: Request) -> Reply:
    """Answer an error as JSON (RFC 6749 section 5.2); its cause goes to the log only (N-036)."""
    REFUSALS.add(request.path, error.error)
    log.info(
        "%s refused: %s (%s)",
        request.path,
        error.error,
        error.detail or error.description,
        extra={"event": "request_refused", "reference": request.reference},
    )
    body = {"error": error.error}
    if error.description:
        body["error_description"] = error.description
    reply = json_reply(error.status, body)
    headers = error.headers
    if error.status == 401 and not any(name == "WWW-Authenticate" for name, _ in headers):
        headers = (*headers, CHALLENGE)
    return Reply(reply.status, (*reply.headers, *headers), reply.body)


def require_form(request: Request) -> None:
    """Refuse what is not a form with one value a parameter, or has anything in its query (N-030).

    Raises:
        ProtocolError: `invalid_request`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise ProtocolError("invalid_request", "the body must be application/x-www-form-urlencoded")
    if request.query.pairs:
        raise ProtocolError("invalid_request", "parameters belong in the body, not in the query")
    once = type(request.form)(tuple(pair for pair in request.form.pairs if pair[0] != "resource"))
    if once.repeated() is not None:
        raise ProtocolError("invalid_request", "a parameter appears more than once")
