"""What goes in and out of the operations on proposals. Times are Unix seconds."""

from typing import Any, Literal

from pydantic import Field

from idp.admin.api.values import Flag, Shape


class Proposed(Shape):
    """An act that was not done: it waits for a second person, until `expires_at`."""

    proposal: str
    act: str
    expires_at: int


class ProposalsWanted(Shape):
    """Which proposals."""

    decided: Flag = Field(False, description="Those of the past too.")


class Proposal(Shape):
    """An act that waits for a second person, or did.

    An open one is over at `expires_at`. An `approved` one is being carried out, or its process died; `note` says why
    it was refused or has failed.
    """

    id: str
    act: str
    status: Literal["open", "approved", "done", "failed", "refused", "withdrawn"]
    made_by: str
    door: Literal["console", "api", "command"]
    made_at: int
    expires_at: int
    decided_by: str | None
    decided_at: int | None
    note: str | None


class Proposals(Shape):
    """Proposals, the newest first, a hundred at most."""

    proposals: list[Proposal]


class OpenedProposal(Shape):
    """A proposal with what the act is to be done with; null once it is decided or over."""

    proposal: Proposal
    arguments: dict[str, Any] | None


class Refused(Shape):
    """What became of a proposal: `withdrawn` by whoever made it."""

    id: str
    status: Literal["refused", "withdrawn"]
