"""Which client calls: exactly one method in the request, and the one registered for that client (N-031, N-032).

The methods themselves stand in `rfc6749_client_auth` and `rfc7523_private_key_jwt`. No answer tells an unknown client
from a wrong secret, a disabled client from a wrong method (N-036).
"""

import math
from collections.abc import Callable
from dataclasses import field
from typing import Final, Protocol

from idp.endpoints.known_headers import Known, KnownHeaders
from idp.endpoints.rfc6749_client_auth import read_basic
from idp.endpoints.rfc7523_private_key_jwt import AssertionVerifier, claimed_client
from idp.protocol.client import AuthMethod, Client
from idp.protocol.client_notes import Kind, Note, unnoted
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Request
from idp.records import dataclass
from idp.services.clients import Clients

_ELSEWHERE: Final = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
"""Parameters that present a client beside its header."""


class FailureBrake(Protocol):
    """Counts failed authentications per client and address, and says when to wait (N-033)."""

    def wait(self, client_id: str, remote: str, secret: str | None) -> int:
        """Return the seconds to wait before another try, 0 for none. No I/O."""
        ...

    def succeeded(self, client_id: str, secret: str | None) -> str:
        """Remember what was right, and return by what. No I/O."""
        ...

    def again(self, remembered: str) -> None:
        """Remember what was right before, and is again. No I/O."""
        ...

    def failed(self, client_id: str, remote: str) -> None:
        """Count one failure."""
        ...


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request presents: a method, the client it names, a check that may be slow, and what could be guessed.

    The check returns until when the proof works, Unix seconds or infinity; None where it is none.
    """

    method: AuthMethod
    client_id: str
    holds: Callable[[Client | None], float | None]
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Authenticate:
    """The authenticator, wired once. `proven` hears of each success: the client, and the address it called from."""

    clients: Clients
    assertions: AssertionVerifier
    brake: FailureBrake
    proven: Callable[[Client, str], None]
    note: Note = unnoted
    known: KnownHeaders = field(default_factory=KnownHeaders)

    def __call__(self, request: Request) -> Client:
        """Return the client, enabled and proven.

        Raises:
            ProtocolError: `invalid_request` for two methods at once, else `invalid_client`, status 401.
            Unavailable: the database did not answer.
        """
        client = self._proven_before(request)
        if client is None:
            client = self._proven_now(request)
        self.proven(client, request.remote)
        return client

    def _proven_before(self, request: Request) -> Client | None:
        """Return the client whose very header was right before, as long as its registration is the same object.

        Anything else that the request says of a client, and whatever has changed since, is for `_proven_now`.
        """
        header = request.headers.get("authorization")
        known = self.known.find(header) if header else None
        if known is None:
            return None
        client = known.client
        for name, value in request.form.pairs:
            if name in _ELSEWHERE or (name == "client_id" and value != client.client_id):
                return None
        if self.clients.get(client.client_id) is not client or self.clients.now() >= known.until:
            return None
        self.brake.again(known.remembered)
        return client

    def _proven_now(self, request: Request) -> Client:
        presented = self._presented(request)
        wait = self.brake.wait(presented.client_id, request.remote, presented.secret)
        if wait:
            raise ProtocolError(
                "invalid_client",
                "too many failed attempts",
                status=429,
                headers=(("Retry-After", str(wait)),),
            )
        client = self.clients.get(presented.client_id)
        until = presented.holds(client)
        if (
            client is None
            or until is None
            or not client.enabled
            or client.token_endpoint_auth_method != presented.method
        ):
            self.brake.failed(presented.client_id, request.remote)
            if client is not None:
                self._explain(client, presented)
            raise refused(_cause(client, presented, proven=until is not None))
        remembered = self.brake.succeeded(presented.client_id, presented.secret)
        if presented.method == "client_secret_basic":
            self.known.keep(request.headers["authorization"], Known(client, until, remembered))
        return client

    def _explain(self, client: Client, presented: Presented) -> None:
        """Note why a client was refused; what is wrong with an assertion, its verifier notes."""
        method = client.token_endpoint_auth_method
        if not client.enabled:
            self.note(client.client_id, Kind.DISABLED)
        elif method != presented.method:
            self.note(client.client_id, Kind.AUTHENTICATION, "method", sent=presented.method, registered=method)
        elif presented.secret is not None:
            ended = self.clients.secret_held_once(client, presented.secret)
            self.note(client.client_id, Kind.AUTHENTICATION, "secret_ended" if ended else "secret")

    def _presented(self, request: Request) -> Presented:
        form = request.form
        basic = "authorization" in request.headers
        secret = form.get("client_secret")
        assertion = form.get("client_assertion") or form.get("client_assertion_type")
        if sum((basic, secret is not None, assertion is not None)) > 1:
            raise ProtocolError("invalid_request", "more than one client authentication method")
        if basic:
            return self._basic(request)
        named = form.get("client_id")
        if assertion is not None:
            return self._assertion(request, named)
        if named is None:
            raise refused("no client named")
        if secret is not None:
            sent = secret
            return Presented("client_secret_post", named, lambda client: self.clients.secret_until(client, sent), sent)
        return Presented("none", named, lambda client: None if client is None else math.inf)

    def _basic(self, request: Request) -> Presented:
        credentials = read_basic(request.headers["authorization"])
        if credentials is None or request.sent_twice("authorization"):
            raise refused("malformed Authorization header")
        client_id, secret = credentials
        if request.form.get("client_id") not in (None, client_id):
            raise refused("client_id differs from the Authorization header")
        return Presented(
            "client_secret_basic",
            client_id,
            lambda client: self.clients.secret_until(client, secret),
            secret,
        )

    def _assertion(self, request: Request, named: str | None) -> Presented:
        assertion = request.form.get("client_assertion") or ""
        client_id = claimed_client(assertion, request.form.get("client_assertion_type"))
        if client_id is None or named not in (None, client_id):
            raise refused("malformed client assertion or another client_id")
        return Presented(
            "private_key_jwt",
            client_id,
            lambda client: math.inf if client is not None and self.assertions.holds(client, assertion) else None,
        )


def refused(detail: str) -> ProtocolError:
    """Return the one answer to every failure; `detail` is for the log and holds no credential."""
    return ProtocolError("invalid_client", "client authentication failed", status=401, detail=detail)


def _cause(client: Client | None, presented: Presented, *, proven: bool) -> str:
    if client is None:
        return "unknown client"
    if not client.enabled:
        return f"client {client.client_id} is disabled"
    if client.token_endpoint_auth_method != presented.method:
        return f"client {client.client_id} used {presented.method}, which is not its method"
    return f"client {client.client_id}: credential refused" if not proven else "refused"
