"""Authlib's authorization server core, without a framework: our `Request` in, our `Reply` out.

What is taken: dispatch by grant type and endpoint, and the checks of its grant classes. What is replaced: client
authentication as a whole (`client_authentication`, traps 4 to 6), token generation (`grants`), and every answer, so
that it carries `no-store` and never a description made of the request (traps 1 and 15).
"""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749 import TokenEndpoint
from authlib.oauth2.rfc6749.requests import OAuth2Payload, OAuth2Request

from idp.metrics.points import REFUSALS
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind, Note, unnoted
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Reply, Request, is_form, json_reply
from idp.protocol.parameters import said_twice

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
_NEEDED: Mapping[str, str] = {"authorization_code": "code", "refresh_token": "refresh_token"}
"""Grant type to the parameter without which Authlib calls a request invalid."""


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


class Payload(OAuth2Payload):
    """Body parameters as Authlib reads them."""

    def __init__(self, form: dict[str, str]) -> None:
        self._form = form

    @property
    def data(self) -> dict[str, str]:
        """Name to value; each appears once (`require_form`)."""
        return self._form


class BackChannelRequest(OAuth2Request):
    """A request as Authlib reads it: body parameters only, never the query (trap 11).

    Made without Authlib's own beginning, which checks an address for https (ours is the issuer's, whatever a proxy
    says) and copies every parameter into lists: together a tenth of a token's time.
    """

    def __init__(self, request: Request) -> None:
        self.method = request.method
        self.headers = request.headers
        self.message = request
        self.caller: Client | None = None
        """Who calls, once that is proven; Authlib keeps it to itself until all else is."""
        self.values = request.form.as_dict()
        self.payload = Payload(self.values)
        self.client: ClientView | None = None
        self.user = self.authorization_code = self.refresh_token = self.credential = None

    @property
    def form(self) -> dict[str, str]:
        """Body parameters."""
        return self.values

    @property
    def args(self) -> dict[str, str]:
        """Nothing: these endpoints read no query."""
        return {}


class Server(AuthorizationServer):
    """The core with our request, our answers and our client authentication."""

    def __init__(self, authenticate: ClientAuthenticator, note: Note = unnoted) -> None:
        super().__init__()
        self._note = note
        self._authenticate = authenticate
        self._by_type: dict[str, type] = {}

    def register_grant(self, grant_cls: type, extensions: None = None) -> None:
        """Take a grant, by its type."""
        super().register_grant(grant_cls, extensions)
        self._by_type[grant_cls.GRANT_TYPE] = grant_cls  # type: ignore[attr-defined]  # Authlib's grants have one

    def get_token_grant(self, request: BackChannelRequest) -> Any:
        """Return the grant of a request whose type is known (`TokenEndpoint`), without asking each."""
        return self._by_type[request.values["grant_type"]](request, self)

    def create_oauth2_request(self, request: Request) -> BackChannelRequest:
        """Wrap the request given; there is no global one."""
        return BackChannelRequest(request)

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

    def create_token_response(self, request: Request) -> Reply:
        """Answer a token request of a known grant type, through that grant's two steps."""
        asked = self.create_oauth2_request(request)
        grant = self.get_token_grant(asked)
        try:
            grant.validate_token_request()
            status, members, _ = grant.create_token_response()
        except OAuth2Error as error:
            return self.handle_error_response(asked, error)
        return _written(asked, status, members)

    def through(self, endpoint: TokenEndpoint, request: Request) -> Reply:
        """Answer a request about a token, through one of Authlib's endpoints."""
        asked = self.create_oauth2_request(request)
        try:
            status, members, _ = endpoint.create_endpoint_response(asked)
        except OAuth2Error as error:
            return self.handle_error_response(asked, error)
        return _written(asked, status, members)

    def handle_error_response(self, request: BackChannelRequest, error: OAuth2Error) -> Reply:
        """Answer an error raised inside Authlib by its code, in our words; its own words go to the log."""
        code = error.error or "invalid_request"
        status = 401 if code == "invalid_client" else 400
        fault = ProtocolError(code, _sentence(code, request.values), status=status, detail=str(error))
        if request.caller is not None:
            self._note(request.caller.client_id, Kind.TOKEN, fault.description or code)
        return error_reply(fault, request.message)


def _sentence(code: str, form: Mapping[str, str]) -> str:
    """Return what to say of an error of Authlib's, with the name of the parameter that is missing."""
    needed = _NEEDED.get(form.get("grant_type", ""))
    if code == "invalid_request" and needed is not None and needed not in form:
        return f"{needed} is missing"
    return _FIXED.get(code, "")


def _written(asked: BackChannelRequest, status: int, body: Mapping[str, Any] | Reply) -> Reply:
    """Write an answer as JSON, never stored; one that is ready goes out as it is."""
    if isinstance(body, Reply):
        return body
    return json_reply(status, body, client_id="" if asked.caller is None else asked.caller.client_id)


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
    if not is_form(request.headers.get("content-type", "")):
        raise ProtocolError("invalid_request", "the body must be application/x-www-form-urlencoded")
    if request.query.pairs:
        raise ProtocolError("invalid_request", "parameters belong in the body, not in the query")
    names = [name for name, _ in request.form.pairs if name != "resource"]
    if len(names) != len(set(names)):
        raise said_twice(names)
