"""The values of the members' desk: whom somebody looks for, what the desk sees, what it does. Times: Unix seconds."""

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from idp.admin.api.shapes import Case
from idp.admin.api.values import Reason, Shape, whole
from idp.services.sign_in_history import LAST_PAGE

_LETTER: Final = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]"
_BETWEEN: Final = "[ .'\u2019-]"

Status = Literal["active", "suspended", "closed", "deceased"]
Channel = Literal["email", "post"]
Cause = Literal["departed", "duplicate", "fraud", "on-request", "other"]
Identified = Literal["questions", "callback", "document", "visit"]


def _without_default(schema: dict[str, Any]) -> None:
    """Say nothing of a default: what is not looked for is left out."""
    schema.pop("default", None)


Number = Annotated[
    str,
    Field(pattern=r"^([0-9]{7}|[0-9]{9})$", description="The whole number.", json_schema_extra=_without_default),
]
NamePart = Annotated[
    str,
    Field(
        max_length=64,
        pattern=f"^{_BETWEEN}*{_LETTER}{_BETWEEN}*{_LETTER}({_LETTER}|{_BETWEEN})*$",
        description="The beginning of a birth or usage name, from any word on; accents and capitals do not matter.",
        json_schema_extra=_without_default,
    ),
]
_LEAP: Final = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_DAY: Final = "(0[013578]|1[02])-([0-2][0-9]|3[01])|(0[469]|11)-([0-2][0-9]|30)|02-([01][0-9]|2[0-8])"
BIRTHDATE: Final = f"^([0-9]{{4}}-({_DAY})|{_LEAP}-02-29)$"
"""The days that a calendar has, those that are not known whole among them."""
Birthdate = Annotated[
    str,
    Field(
        pattern=BIRTHDATE,
        description="YYYY-MM-DD, a day that there is, with 00 for what is not known.",
        json_schema_extra=_without_default,
    ),
]


class MembersSought(Shape):
    """Whom to look for: one member at least, and all of them must fit."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra={"minProperties": 1})

    dossier: Number = ""
    name: NamePart = Field("", repr=False)
    birthdate: Birthdate = Field("", repr=False)

    @model_validator(mode="after")
    def _somebody(self) -> "MembersSought":
        if not self.model_fields_set:
            raise ValueError("says nobody")
        return self


class Person(Shape):
    """Whose dossier it is."""

    id: str
    dossier: str
    situation: str
    status: Status
    birth_name: str
    usage_name: str
    given_names: list[str]
    birthdate: str


class MembersFound(Shape):
    """Members who fit, by birth name; `more`: there are others, so say more of whom you look for."""

    members: list[Person]
    more: bool


class Contact(Shape):
    """An address in part, empty where there is none. `rests_until`: it changed lately, and receives nothing before."""

    shown: str
    proven: bool
    rests_until: int | None


class LinkedIdentity(Shape):
    """An identity from elsewhere that opens the account, or did; `ended_at` is null in force."""

    provider: str
    method: str
    linked_at: int
    ended_at: int | None
    ended_reason: str


class Factor(Shape):
    """A second factor, by its kind."""

    kind: str
    created_at: int
    used_at: int | None


class OpenSession(Shape):
    """A session that lives."""

    browser: str
    system: str
    network: str
    provider: str
    started_at: int
    seen_at: int
    clients: list[str]


class SignInSeen(Shape):
    """A sign-in, or an attempt that opened nothing; `reason`: why it ended or was refused."""

    at: int
    opened: bool
    outcome: Literal["live", "over", "ended", "refused"]
    reason: str
    provider: str
    client_id: str | None
    browser: str
    system: str
    network: str
    ended_at: int | None


class HistoryWanted(Shape):
    """Which page of the history."""

    page: Annotated[int, Field(ge=1, le=LAST_PAGE), BeforeValidator(whole)] = Field(1, description="From 1.")


class History(Shape):
    """A page of the history, the latest first; `next` is the page that follows, or null."""

    sign_ins: list[SignInSeen]
    next: int | None


class Delivery(Shape):
    """A provisional password or a code, and what brings it.

    `mail` is how far its message got, null for a letter or where it is not kept any more. A letter waits to be printed
    (`waits`), or was printed in a `batch`; one that does neither was not worth printing any more.
    """

    what: Literal["password", "code"]
    channel: str
    asked_at: int
    expires_at: int
    attempts: int
    used_at: int | None
    cancelled_at: int | None
    mail: Literal["waiting", "failing", "done", "given_up"] | None
    waits: bool
    batch: str | None
    printed_at: int | None


class MessageSent(Shape):
    """A message to the member but that of a password, as far as it is kept; `template` is empty where that is not."""

    template: str
    asked_at: int
    state: Literal["waiting", "failing", "done", "given_up"]


class DeskEvent(Shape):
    """What was done to the account before by the staff or their programs."""

    time: int
    event: str
    outcome: str
    actor: str
    reason: str
    identified: str


class Provisional(Shape):
    """A provisional password that works."""

    channel: str
    expires_at: int


class Linked(Shape):
    """An upstream whose identity opens the account now."""

    name: str
    label: str


class MemberFile(Shape):
    """A member's account; the latest entries of each list. `acts` are those that the state of the dossier allows."""

    member: Person
    held: str
    language: str
    password: Literal["none", "set", "legacy", "dormant", "reported"]
    email: Contact
    post: Contact
    identities: list[LinkedIdentity]
    upstreams: list[Linked]
    factors: list[Factor]
    recovery_codes: int
    provisional: Provisional | None
    sessions: list[OpenSession]
    sign_ins: list[SignInSeen]
    deliveries: list[Delivery]
    messages: list[MessageSent]
    cases: list[Case]
    done: list[DeskEvent]
    acts: list[str]


class Act(Shape):
    """An act of the desk: why, and how the caller was known to be the member; `nobody`: the fund acts on its own."""

    reason: Reason
    identified: Identified | Literal["nobody"]


class ResetWanted(Act):
    """A provisional password, and how the member gets it."""

    channel: Channel


class UnlinkWanted(Act):
    """The upstream whose link ends."""

    upstream: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class HoldWanted(Act):
    """A suspension or a closing, and its cause in one word, which is held with the dossier."""

    cause: Cause


class RemovalWanted(Shape):
    """Why second factors are removed: only for a caller who was identified."""

    reason: Reason
    identified: Identified


class MemberDone(Shape):
    """An act that was done; `told`: a message goes to the member, who has an e-mail address."""

    id: str
    told: bool
