"""The values that go in and out: typed, closed, and what the OpenAPI document says of them. Times are Unix seconds."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from idp.admin.api.values import Claim, Flag, Limit, Login, Name, Reason, Roles, Shape, Time, Token, Words, number
from idp.admin.pauses import LATEST


class Nothing(Shape):
    """No parameter."""


# Cases


class CasesWanted(Shape):
    """Which cases, and where the page begins."""

    decided: Flag = Field(False, description="Those of the past too.")
    limit: Limit = Field(50, description="Cases of the page.")
    cursor: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,11})-[0-9a-f]{16}$")] | None = Field(
        None, description="What `next` of the page before says."
    )


class Decision(Shape):
    """A decision without a dossier."""

    reason: Reason


class LinkDecision(Shape):
    """A decision for one of the dossiers of a case, named by its number or its account."""

    dossier: Token
    reason: Reason


class Case(Shape):
    """A person of an upstream whose dossier nobody could tell."""

    id: str
    upstream: str
    reason: str
    status: Literal["open", "linked", "refused", "undone", "proven", "expired"]
    opened_at: int
    seen_at: int
    account_id: str | None
    decided_at: int | None
    decided_by: str | None
    note: str | None


class CasePage(Shape):
    """Cases, the oldest first; `next` is the cursor of the page that follows, or null."""

    cases: list[Case]
    next: str | None


class Civil(Shape):
    """A civil identity as the fund or an upstream holds it."""

    birth_name: str
    given_names: list[str]
    birthdate: str
    gender: str
    birthplace: str
    birthcountry: str
    usage_name: str


class Comparison(Shape):
    """How one field compares, and why."""

    field: str
    result: str
    reason: str


class Dossier(Shape):
    """A dossier held against an identity. `linked`: `this` identity, an `other` one, `ended_by_choice`, or `no`."""

    account_id: str
    dossier: str
    situation: str
    status: Literal["active", "suspended", "closed", "deceased"]
    linked: str
    outcome: str
    fields: list[Comparison]


class CaseDossier(Dossier):
    """A dossier of a case, with what it holds; `email` and `post` in part, empty where there is none."""

    held: Civil
    email: str
    post: str


class CaseFile(Shape):
    """A case with both sides; `presented` is null once the identity is no longer kept.

    `differing` names in what the dossiers are not all alike, whole addresses compared.
    """

    case: Case
    presented: Civil | None
    dossiers: list[CaseDossier]
    differing: list[str]


class Decided(Shape):
    """What became of a case; `told` says whether the member is told by e-mail, null where there is nothing to tell."""

    id: str
    status: Literal["linked", "refused", "undone"]
    told: bool | None


# Upstreams


class PauseWanted(Shape):
    """A pause: until when (null: until it is resumed), what members read instead of the house's sentence, and why."""

    until: Annotated[int, Field(ge=0, le=LATEST), BeforeValidator(number)] | None = None
    fr: Words | None = None
    en: Words | None = None
    reason: Words | None = None


class Pause(Shape):
    """A pause in force."""

    since: int
    until: int | None
    words: dict[str, str]


class Upstream(Shape):
    """An upstream identity provider. `members`: it opens members' accounts.

    `failing_since` is what the process that answers found out for itself, null where its circuit breaker is closed.
    """

    name: str
    label: str
    members: bool
    offered: bool
    pause: Pause | None
    failing_since: int | None


class Upstreams(Shape):
    """Every upstream that is enabled."""

    upstreams: list[Upstream]


class Changed(Shape):
    """Whether anything was otherwise before."""

    changed: bool


class Claims(Shape):
    """Claims of an identity, as the upstream's userinfo has them; others than these are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    sub: Claim = ""
    family_name: Claim = ""
    given_name: Claim = ""
    given_name_array: Annotated[list[Claim], Field(max_length=20, default_factory=list)]
    preferred_username: Claim = ""
    birthdate: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    idp_birthdate: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    gender: Claim = ""
    birthplace: Claim = ""
    birthcountry: Claim = ""


class Identity(Shape):
    """Whom to explain."""

    claims: Claims


class Explanation(Shape):
    """What would happen to an identity now, by which rule, and the dossiers that were looked at."""

    decision: str
    rule: str
    dossiers: list[Dossier]
    passed_over: int


# Audit


class EventsWanted(Shape):
    """Which events: every one that is named must fit; `until` is excluded."""

    dossier: Token | None = Field(None, description="Of this member, by number.")
    event: Token | None = Field(None, description="Of this kind.")
    outcome: Token | None = Field(None, description="With this outcome.")
    client_id: Token | None = Field(None, description="Of this application.")
    actor: Token | None = Field(None, description="Of this administrator, application or operator.")
    reference: Token | None = Field(None, description="Of this request.")
    since: Time | None = None
    until: Time | None = None


class EventPageWanted(EventsWanted):
    """Which events, and where the page begins."""

    limit: Limit = Field(50, description="Events of the page.")
    cursor: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,14}$")] | None = Field(
        None, description="What `next` of the page before says."
    )


class ExportWanted(EventsWanted):
    """Which events, and in which form."""

    format: Literal["csv", "jsonl"] = "jsonl"


class Event(Shape):
    """A security event."""

    id: int
    time: int
    event: str
    outcome: str
    account_id: str | None
    client_id: str | None
    network: str | None
    reference: str | None
    details: dict[str, Any]


class EventPage(Shape):
    """Events, the newest first; `next` is the cursor of the page that follows, or null."""

    events: list[Event]
    next: str | None


class Head(Shape):
    """A seal: its number and its hash."""

    seal: Annotated[int, Field(ge=0, le=10**15), BeforeValidator(number)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class VerificationWanted(Shape):
    """`head` is what an earlier verification said, kept elsewhere: it must still be in the chain."""

    head: Head | None = None


class ChainFault(Shape):
    """One thing wrong: which seal, and which event where it is one event."""

    kind: str
    seal: int
    event: int | None


class Verification(Shape):
    """What a verification found; `intact` says that nothing was changed, taken away or added."""

    intact: bool
    seals: int
    events: int
    unsealed: int
    late: bool
    head: Head
    faults: list[ChainFault]


# Administrators


class AdministratorWanted(Shape):
    """Somebody to add."""

    login: Login
    name: Name
    roles: Roles


class RolesWanted(Shape):
    """The roles that replace the present ones."""

    roles: Roles


class Administrator(Shape):
    """Somebody of the staff. `ready`: an invitation was taken; `provider`: with an identity of this upstream."""

    id: str
    login: str
    name: str
    roles: list[str]
    enabled: bool
    ready: bool
    provider: str
    created_at: int
    disabled_at: int | None
    invited_until: int | None


class AdministratorsWanted(Shape):
    """Where the page begins."""

    limit: Limit = Field(50, description="Administrators of the page.")
    cursor: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")] | None = Field(
        None, description="What `next` of the page before says."
    )


class Administrators(Shape):
    """Administrators, by login; `next` is the cursor of the page that follows, or null."""

    administrators: list[Administrator]
    next: str | None


class Invitation(Shape):
    """An invitation: its link is shown this once, to be handed to the person."""

    administrator: Administrator
    url: str = Field(repr=False)
    expires_at: int


class ProblemDetails(Shape):
    """A problem (RFC 9457). `instance` is the request's reference; `member` names what is at fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
    title: str
    status: int
    detail: str
    instance: str
    member: str = ""
