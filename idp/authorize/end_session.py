"""Logout asked for by a client: OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3, read and judged.

And what the browser is asked to load of the others: OpenID Connect Front-Channel Logout 1.0 section 2.

A pure reading: it says who asks, where the person may be sent afterwards, and whether to ask first (N-080, C-06).
Only a hint that is truly one of our ID tokens, for the client named, counts; an expired one still does. Ending the
session itself is `idp.services.sign_out`.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from idp.authorize.pipeline import FindClient
from idp.protocol.client import Client
from idp.protocol.id_token_hint import Hint
from idp.protocol.messages import Parameters
from idp.records import dataclass

ReadLogoutHint = Callable[[str], Hint | None]


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A logout below the edge.

    `return_to` is set only for a verified hint and an exactly registered URI. `client` is who asks, as far as a
    verified hint proves it; None otherwise. `state` is echoed only with `return_to`. `refused` is an address that such
    a client sent and has not registered.
    """

    client: Client | None = None
    hint: Hint | None = None
    return_to: str | None = None
    refused: str | None = None
    state: str | None = None
    ui_locales: str | None = None

    def needs_question(self, sid: str | None) -> bool:
        """Whether the person must be asked: a session lives and the hint is not of that session."""
        return sid is not None and (self.hint is None or self.hint.sid != sid)


def read_logout(parameters: Parameters, find_client: FindClient, read_hint: ReadLogoutHint) -> LogoutRequest:
    """Read a logout request; nothing in it is an error that leaves a person signed in."""
    locales = parameters.get("ui_locales")
    if parameters.repeated() is not None:
        return LogoutRequest(ui_locales=locales)
    text = parameters.get("id_token_hint")
    hint = read_hint(text) if text is not None else None
    named = parameters.get("client_id")
    if hint is None or (named is not None and named != hint.client_id):
        return LogoutRequest(ui_locales=locales)
    client = find_client(hint.client_id)
    if client is None or not client.enabled:
        return LogoutRequest(ui_locales=locales)
    uri = parameters.get("post_logout_redirect_uri")
    allowed = uri if uri is not None and uri in client.post_logout_redirect_uris else None
    state = parameters.get("state") if allowed else None
    return LogoutRequest(client, hint, allowed, uri if allowed is None else None, state, locales)


def return_url(request: LogoutRequest) -> str | None:
    """Return the address to send the person to after logout, `state` added if it was sent (section 3), or None."""
    if request.return_to is None or request.state is None:
        return request.return_to
    separator = "&" if "?" in request.return_to else "?"
    return f"{request.return_to}{separator}{urlencode({'state': request.state})}"


def frame_url(client: Client, issuer: str, sid: str) -> str | None:
    """Return what the browser loads so that a client ends its session there, or None where it registered nothing.

    `iss` and `sid` are added for a client that wants them, and nothing else ever (Front-Channel Logout 1.0 section 2).
    """
    uri = client.frontchannel_logout_uri
    if uri is None or not client.frontchannel_logout_session_required:
        return uri
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode({'iss': issuer, 'sid': sid})}"
