"""The values about applications that go in and out. Times are Unix seconds; metadata bear the names of RFC 7591."""

import typing
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from idp.admin.api.values import Limit, Reason, Shape, number
from idp.admin.registration.limits import LONGEST_OVERLAP
from idp.admin.registration.own_members import OWN
from idp.protocol.client import Client
from idp.protocol.client_metadata.members import MEMBERS

_HINTS: Final = typing.get_type_hints(Client)
_DAY: Final = 86400


def _kind(attribute: str) -> str:
    hint = _HINTS[attribute]
    if hint is bool:
        return "boolean"
    if int in typing.get_args(hint):
        return "integer"
    if typing.get_origin(hint) in {tuple, frozenset}:
        return "array"
    mapped = any(typing.get_origin(one) is Mapping for one in typing.get_args(hint))
    return "object" if mapped else "string"


def _member(name: str, attribute: str) -> dict[str, Any]:
    kind = "string" if name == "scope" else _kind(attribute)
    schema: dict[str, Any] = {"type": [kind, "null"]}
    return schema | ({"items": {"type": "string"}} if kind == "array" else {})


Metadata = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "Members of a registration, and of the house (docs/applications.md); also "
            "`client_name#en` in one language. Null gives a member its default. Any other name is refused.",
            "properties": {one.name: _member(one.name, one.attribute) for one in (*MEMBERS, *OWN)},
        }
    ),
]
Kind = Literal["web", "spa", "native", "machine"]
ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Seen = Annotated[
    Annotated[int, Field(ge=1, le=10**9), BeforeValidator(number)] | None,
    Field(description="The version that the change was made from; refused where it is not the present one."),
]


class ClientsWanted(Shape):
    """Which applications, and where the page begins."""

    search: Annotated[str, Field(max_length=128)] = Field("", description="Part of an id, a name, a redirect URI.")
    limit: Limit = Field(50, description="Applications of the page.")
    cursor: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")] | None = Field(
        None, description="What `next` of the page before says."
    )


class ClientSummary(Shape):
    """An application in a list."""

    client_id: str
    name: str
    type: Kind
    enabled: bool
    token_endpoint_auth_method: str


class ClientPage(Shape):
    """Applications, by id; `next` is the cursor of the page that follows, or null."""

    clients: list[ClientSummary]
    next: str | None


class Secret(Shape):
    """When a secret was made, and when it ends where it does."""

    created_at: int
    expires_at: int | None


class ClientFile(Shape):
    """Everything that is registered of an application. `staff`: it is the console, which registers itself."""

    client_id: str
    type: Kind
    enabled: bool
    version: int
    created_at: int
    updated_at: int
    registered_dynamically: bool
    staff: bool
    secrets: list[Secret]
    metadata: dict[str, Any]


class ClientWanted(Shape):
    """A new application; what `metadata` does not say begins as its type does."""

    client_id: ClientId
    type: Kind = "web"
    metadata: Metadata
    reason: Reason | None = None


class ClientMade(ClientFile):
    """An application that was just registered. Its secret is in this answer only; null where it has none."""

    client_secret: str | None = Field(repr=False)


class ClientChanges(Shape):
    """The members that change; the others stay."""

    metadata: Metadata
    version: Seen = None
    reason: Reason | None = None


class Reasoned(Shape):
    """Why, where somebody wants to say it."""

    reason: Reason | None = None


class SecretWanted(Reasoned):
    """How long the present secret works beside the new one, in seconds; zero ends it now."""

    overlap: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP), BeforeValidator(number)] = 7 * _DAY
    version: Seen = None


class NewSecret(Shape):
    """A secret that was just made: it is in this answer only."""

    client_id: str
    client_secret: str = Field(repr=False)
    version: int
    secrets: list[Secret]


class Deletion(Shape):
    """Why an application is deleted."""

    reason: Reason
    version: Seen = None


class Gone(Shape):
    """The application that is there no more."""

    client_id: str


class RollBack(Reasoned):
    """From which version somebody goes back."""

    version: Seen = None


class VersionsWanted(Shape):
    """Where the page begins."""

    limit: Limit = Field(50, description="Versions of the page.")
    cursor: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")] | None = Field(
        None, description="What `next` of the page before says."
    )


class ClientChange(Shape):
    """One member that a version changed; null where it was or is not there."""

    member: str
    before: Any
    after: Any


class ClientVersion(Shape):
    """One version. `act`, `actor` and `door` are empty where no administrator made it; `who` is a login, or `actor`."""

    number: int
    act: str
    actor: str
    who: str
    door: str
    reason: str
    made_at: int
    changes: list[ClientChange]


class ClientVersionFile(ClientVersion):
    """A version with the registration that it left."""

    metadata: dict[str, Any]


class VersionPage(Shape):
    """Versions, the newest first; `next` is the cursor of the page that follows, or null."""

    versions: list[ClientVersion]
    next: str | None


class Versioned(Shape):
    """The version that holds now."""

    client_id: str
    version: int
