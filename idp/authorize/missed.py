"""What is noted of a request that was refused: which client's, and the near miss that explains it. Pure."""

from idp.protocol.client import Client
from idp.protocol.client_notes import Kind, Note
from idp.protocol.errors import ProtocolError, ShownError
from idp.protocol.messages import Parameters
from idp.protocol.names import SCOPE_CLAIMS
from idp.protocol.near_miss import near_miss
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Missed:
    """A refusal as it is noted."""

    kind: Kind
    aspect: str
    sent: str = ""
    registered: str = ""

    def tell(self, note: Note, client: Client) -> None:
        """Note it."""
        note(client.client_id, self.kind, self.aspect, sent=self.sent, registered=self.registered)


def before_proof(error: ShownError, parameters: Parameters, client: Client) -> Missed | None:
    """Return what is noted of a request of a known client that could be sent nowhere, None for what is none of its."""
    if error.reason == "client_disabled":
        return Missed(Kind.DISABLED, "")
    if error.reason == "request_uri_unknown":
        return Missed(Kind.AUTHORIZE, "the pushed request is unknown, used or expired")
    if error.reason in {"redirect_uri_missing", "redirect_uri_repeated"}:
        return Missed(Kind.REDIRECT_URI, error.reason.removeprefix("redirect_uri_"))
    if error.reason != "redirect_uri_mismatch":
        return None
    found = near_miss(parameters.get("redirect_uri") or "", client.redirect_uris)
    return Missed(Kind.REDIRECT_URI, found.difference.value, found.sent, found.registered)


def after_proof(error: ProtocolError, parameters: Parameters, client: Client) -> Missed:
    """Return what is noted of a request whose client was told of a fault: the sentence, and names of the protocol."""
    sent = registered = ""
    if error.error == "invalid_scope":
        known = dict.fromkeys((parameters.get("scope") or "").split())
        sent = " ".join(name for name in known if name in SCOPE_CLAIMS and name not in client.scopes)
        registered = " ".join(sorted(client.scopes))
    return Missed(Kind.AUTHORIZE, error.description or error.error, sent, registered)


def before_logout(parameters: Parameters, client: Client) -> list[Missed]:
    """Return what is noted of a sign-out whose ID token proves no client: that, and an address that would not do."""
    sent = parameters.get("id_token_hint") is not None
    faults = [Missed(Kind.LOGOUT, "hint" if sent else "hint_missing")]
    uri = parameters.get("post_logout_redirect_uri")
    if uri is not None and uri not in client.post_logout_redirect_uris:
        faults.append(after_logout(uri, client))
    return faults


def after_logout(uri: str, client: Client) -> Missed:
    """Return what is noted of a sign-out that cannot send the person back."""
    found = near_miss(uri, client.post_logout_redirect_uris)
    return Missed(Kind.LOGOUT, found.difference.value, found.sent, found.registered)
