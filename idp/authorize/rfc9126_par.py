"""Pushed authorization requests at both ends (RFC 9126): pushed and checked as at `/authorize`, then found there.

**When a `request_uri` is spent.** With the application's answer, a success or an error, and not when it is opened
(N-071): no later use of it is answered (sections 4 and 7.3); a sign-in that was parked before, in another tab, still
ends with an answer of its own. A browser with a session may get a success at once,
so that it takes the request out of the store, and gives it back where a page comes first or a store does not answer;
any other only reads it. Until then, for what is left of its minute, the same address may be opened again: a reload, a
second tab, a link that was fetched ahead, as section 4 allows. The sign-in itself does not need it any more: what was
pushed is parked with the interaction, which lives as long as any other and spends the request when it ends.

Where a client must push (section 6), what came otherwise gets `invalid_request`: at its return address, which is proven
by then, as any other fault of its request.
"""

from typing import Final

from idp.authorize import missed
from idp.authorize.pipeline import PARAMETERS, FindClient, PkcePolicy, ReadHint, identify, validate
from idp.authorize.rfc9101_jar import RequestObjects, Resolved
from idp.protocol.client import Client
from idp.protocol.client_notes import Note, unnoted
from idp.protocol.errors import ProtocolError, ShownError
from idp.protocol.messages import Parameters
from idp.records import dataclass
from idp.services.pushed_requests import PREFIX, Pushed, PushedRequests

_MUST_PUSH: Final = "this client must push its authorization requests"
_SAID: Final = {
    "request_too_long": "the request is too long",
    "redirect_uri_repeated": "redirect_uri appears more than once",
    "redirect_uri_missing": "redirect_uri is missing",
    "redirect_uri_mismatch": "redirect_uri is not registered for this client",
}
"""What is told of a fault that `/authorize` may only show (section 2.3): here the caller is proven."""


@dataclass(frozen=True, slots=True)
class Pushes:
    """Takes pushed requests in, and finds them at `/authorize`.

    Args:
        requests: where they are kept.
        request_objects: resolves those that are pushed as signed tokens (section 3).
        find_client: the relying applications.
        read_hint: reads `id_token_hint`.
        pkce: who must send a code challenge.
        note: told why a request was refused.
    """

    requests: PushedRequests
    request_objects: RequestObjects
    find_client: FindClient
    read_hint: ReadHint
    pkce: PkcePolicy = "always"
    note: Note = unnoted

    def push(self, client: Client, sent: Parameters, proven_key: str | None = None) -> tuple[str, int]:
        """Check the request of a client that proved itself, keep it and return its `request_uri` and its seconds.

        `proven_key` is the thumbprint of the DPoP key that the push proved, which then binds the code (RFC 9449
        section 10.1).

        Raises:
            ProtocolError: what `/authorize` would have answered or shown, and `invalid_request` for a `request_uri`.
            Unavailable: keys cannot be had now.
            KeyValueUnavailable: it could not be kept.
        """
        # Who calls is proven, and may have named itself in its proof alone: the request is its own in any case.
        known = [pair for pair in sent.pairs if pair[0] in PARAMETERS and pair[0] != "client_id"]
        asked = Resolved(Parameters((("client_id", client.client_id), *known)))
        try:
            _refuse_reference(asked.parameters)
            asked = self.request_objects.resolve(asked.parameters)
            to = identify(asked.believed(), self.find_client)
            sound = _bound(asked.parameters, proven_key)
            validate(sound, to, self.read_hint, pkce=self.pkce)
        except ShownError as error:
            found = missed.before_proof(error, asked.parameters, client)
            if found is not None:
                found.tell(self.note, client)
            raise ProtocolError("invalid_request", _SAID.get(error.reason, ""), detail=error.reason) from None
        except ProtocolError as error:
            missed.after_proof(error, asked.parameters, client).tell(self.note, client)
            raise
        return self.requests.keep(client.client_id, sound), self.requests.lifetime

    def open(self, sent: Parameters, *, session: bool) -> Pushed | None:
        """Return what `client_id` and `request_uri` stand for; None where no pushed request is named.

        Nothing else that is sent along counts (RFC 9101 section 5): it came through the browser, unsigned. `session`
        tells that the browser may have one, so that its request may be answered at once.

        Raises:
            ShownError: there is no such request of this client, so that no return address is proven.
            KeyValueUnavailable: it cannot be read now.
        """
        named = [value for name, value in sent.pairs if name == "request_uri"]
        if not any(value.startswith(PREFIX) for value in named):
            return None
        clients = [value for name, value in sent.pairs if name == "client_id"]
        if len(clients) != 1:
            raise ShownError("client_id_repeated" if clients else "client_id_missing")
        client = self.find_client(clients[0]) if len(clients[0]) <= 128 else None
        if client is None:
            raise ShownError("client_unknown")
        find = self.requests.take if session else self.requests.peek
        pushed = find(client.client_id, named[0]) if len(named) == 1 else None
        if pushed is None:
            error = ShownError("request_uri_unknown", client.client_id)
            found = missed.before_proof(error, sent, client)
            if found is not None:
                found.tell(self.note, client)
            raise error
        return pushed

    def close(self, pushed: Pushed, *, answered: bool) -> None:
        """Let go of what was opened: it is spent where the application got its answer, and there again where not."""
        if answered and not pushed.taken:
            self.requests.spend(pushed.key)
        elif pushed.taken and not answered:
            self.requests.keep_again(pushed)


def believed(asked: Resolved, client: Client) -> Parameters:
    """Return the parameters of a request, pushed where its client must push.

    Raises:
        ProtocolError: they are not believed, or did not come that way.
    """
    if client.require_pushed_authorization_requests and asked.pushed is None:
        raise ProtocolError("invalid_request", _MUST_PUSH)
    return asked.believed()


def _refuse_reference(asked: Parameters) -> None:
    if asked.get("request_uri") is not None:
        raise ProtocolError("invalid_request", "a pushed request cannot contain request_uri")


def _bound(asked: Parameters, proven_key: str | None) -> Parameters:
    """Return a request with `dpop_jkt` of the key that was proven; a request that names another is refused."""
    if proven_key is None:
        return asked
    named = asked.get("dpop_jkt")
    if named not in (None, proven_key):
        raise ProtocolError("invalid_request", "dpop_jkt is not the key of the DPoP proof")
    return asked if named is not None else Parameters((*asked.pairs, ("dpop_jkt", proven_key)))
