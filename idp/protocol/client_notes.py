"""What is noted of an application as it works: its steps, and what it was refused. Words only; no value of a request.

Each note has a kind and an aspect, both of closed sets, so that a row a day of each bounds what anybody can make us
keep. A near miss comes along as two addresses made fit to be shown (`near_miss`), or as two names of the protocol.
"""

from enum import StrEnum
from typing import Final, Protocol


class Kind(StrEnum):
    """What happened. The first are steps of a sign-in as it should go, the others refusals."""

    REQUESTED = "requested"
    """A sound authorization request came."""
    ANSWERED = "answered"
    """It was answered with a success: somebody signed in, or was already."""
    REDEEMED = "redeemed"
    ID_TOKEN = "id_token"
    USERINFO = "userinfo"
    REFRESHED = "refreshed"
    OWN_TOKEN = "own_token"
    """An access token for the application itself (client credentials)."""
    LOGGED_OUT = "logged_out"
    """It asked for a sign-out, with an ID token of ours."""
    TOLD = "told"
    """It took a logout token."""

    REDIRECT_URI = "redirect_uri"
    """A return address that is not registered; the aspect says how it differs."""
    DISABLED = "disabled"
    AUTHORIZE = "authorize"
    """Another fault of an authorization request; the aspect is the sentence the application was told."""
    AUTHENTICATION = "authentication"
    """It did not prove itself; the aspect says with what."""
    TOKEN = "token"
    """Another fault at the token endpoint; the aspect is the sentence it was told."""
    LOGOUT = "logout"
    """A sign-out whose return address or ID token did not count."""
    NOT_TOLD = "not_told"
    """A logout token that it did not take; the aspect says why."""


STEPS: Final = tuple(list(Kind)[: list(Kind).index(Kind.REDIRECT_URI)])
FAULTS: Final = tuple(list(Kind)[list(Kind).index(Kind.REDIRECT_URI) :])


class Note(Protocol):
    """Takes a note of an application that is registered. Never fails, never waits for a store that does not answer."""

    def __call__(self, client_id: str, kind: Kind, aspect: str = "", *, sent: str = "", registered: str = "") -> None:
        """Take it: `sent` and `registered` are the two sides of a near miss, fit to be shown."""
        ...


def unnoted(client_id: str, kind: Kind, aspect: str = "", *, sent: str = "", registered: str = "") -> None:
    """Take no note: for whoever is built without a house."""


DAYS: Final = 7
"""Days that are looked at where nobody says how many."""
LONGEST: Final = 90
"""Days for which notes are kept."""
