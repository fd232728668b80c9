"""What the three grants share: the services, and the way from Authlib's request to them."""

from typing import Any

from idp import crash_points
from idp.endpoints.dpop import DpopGate
from idp.protocol.client import Client
from idp.protocol.client_notes import Kind, Note, unnoted
from idp.protocol.errors import ProtocolError
from idp.protocol.messages import Request
from idp.records import dataclass
from idp.services.issuing import IssuedTokens
from idp.services.token_wishes import Wish
from idp.services.tokens import Tokens


class TokenMembers(dict[str, Any]):
    """The members of a token answer; Authlib logs whole answers at DEBUG, so this one shows nothing (trap 14)."""

    def __repr__(self) -> str:
        return "<tokens>"


@dataclass(frozen=True, slots=True)
class Issuer:
    """The collaborators of the grants."""

    tokens: Tokens
    dpop: DpopGate
    note: Note = unnoted


class Issuing:
    """Mixin before an Authlib grant: hands the whole request to the services.

    A subclass made by `bound` carries the collaborators, because Authlib instantiates grants by itself.
    """

    issuer: Issuer
    request: Any
    step: Kind
    """What is noted of the client when the grant succeeds."""
    point: str = "client-credentials.before_response"
    """The crash point before the answer."""

    @classmethod
    def bound(cls, issuer: Issuer) -> type:
        """Return a subclass with its collaborators."""
        return type(cls.__name__, (cls,), {"issuer": issuer, "__doc__": cls.__doc__})

    @property
    def message(self) -> Request:
        """The request being answered."""
        message: Request = self.request.message
        return message

    @property
    def caller(self) -> Client:
        """The authenticated client."""
        client: Client = self.request.client.client
        return client

    def wish(self) -> Wish:
        """Read what is asked for, the DPoP proof verified.

        Raises:
            ProtocolError: `invalid_dpop_proof`.
        """
        values = self.request.values
        resources: tuple[str, ...] = ()
        if "resource" in values:
            resources = tuple(value for name, value in self.message.form.pairs if name == "resource")
        return Wish(
            scope=tuple(values.get("scope", "").split()),
            resources=resources,
            dpop_jkt=self.issuer.dpop.at_token_endpoint(self.message),
        )

    def issue(self) -> IssuedTokens:
        """Issue; a subclass says how."""
        raise NotImplementedError

    def generate_token(self, *_args: object, **_kwargs: object) -> TokenMembers:
        """Issue and return the members of the answer, in place of Authlib's generators."""
        caller, note = self.caller.client_id, self.issuer.note
        try:
            issued = self.issue()
        except ProtocolError as error:
            note(caller, Kind.TOKEN, error.description or error.error)
            raise
        note(caller, self.step)
        if issued.id_token is not None:
            note(caller, Kind.ID_TOKEN)
        crash_points.reached(self.point)
        return TokenMembers(issued.payload())

    def execute_hook(self, _hook_type: str, *_args: object, **_kwargs: object) -> None:
        """No hooks: nobody registers one, and Authlib would look for them six times a request."""

    def save_token(self, _token: object) -> None:
        """Nothing: the service has committed."""

    def validate_requested_scope(self) -> None:
        """Nothing: the service judges the scope."""
