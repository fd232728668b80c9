"""What a step of the journey answers, before it is a page: the routes turn it into a response."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol

from federation import notices
from federation.notices import Notice
from idp.records import dataclass
from idp.upstream import LoginOutcome, Member
from idp.upstream_ports import BrowserDoor

NOTICE = "federation/notice.html"
"""The template of every notice."""


@dataclass(frozen=True, slots=True)
class Go:
    """Send the browser on, with 303."""

    location: str


@dataclass(frozen=True, slots=True)
class Page:
    """Show a page."""

    template: str
    context: Mapping[str, Any] = field(repr=False)
    status: int = 200
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Finish:
    """Open a session. `trip` is the `state` whose repetition must lead to the same place, if any."""

    outcome: LoginOutcome = field(repr=False)
    interaction: str
    trip: str | None = field(default=None, repr=False)


Step = Go | Page | Finish


@dataclass(frozen=True, slots=True)
class Action:
    """A link at the foot of a notice."""

    label: str
    href: str
    primary: bool = False


def notice(door: BrowserDoor, what: Notice, *actions: Action) -> Page:
    """Show a notice with its ways on; the reference only where something went wrong."""
    context = {
        "title": what.title,
        "paragraphs": what.paragraphs,
        "actions": actions,
        "contact": what.contact,
        "reference": door.reference() if what.status >= 500 else None,
    }
    return Page(NOTICE, context, what.status)


def ways_on(door: BrowserDoor, what: Notice, interaction: str | None, retry: str) -> tuple[Action, ...]:
    """Return the ways on from a notice: try again, or the dossier number; home when all is lost."""
    if interaction is None:
        return (Action(notices.HOME, "/", primary=True),)
    other = Action(notices.OTHER_WAY, door.sign_in_url(interaction), primary=not what.retry and not what.contact)
    return (Action(notices.RETRY, retry, primary=True), other) if what.retry else (other,)


class Origin(Protocol):
    """Where a person came from: an interaction, or the account of a member."""

    @property
    def interaction(self) -> str:
        """The pending interaction; empty for a member."""
        ...

    @property
    def member(self) -> Member | None:
        """The member who links an identity; None for a person who signs in."""
        ...


@dataclass(frozen=True, slots=True)
class Way:
    """Where a person sets out from: an interaction, or the account of a member."""

    interaction: str
    member: Member | None = None


def way_back(door: BrowserDoor, origin: Origin) -> str:
    """Return the page that a person came from: where both ways in are, or the account's identities."""
    return door.sign_in_url(origin.interaction) if origin.member is None else door.identities_url()
