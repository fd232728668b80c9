"""What goes in and out of the operations on proposals. Times are Unix seconds."""

from typing import Annotated, Any, Literal

from pydantic import Field

from idp.admin.api.values import Flag, Limit, Shape


class Proposed(Shape):
    """An act that was not done: it waits for a second person, until `expires_at`."""

    proposal: str
    act: str
    expires_at: int


class ProposalsWanted(Shape):
    """Which proposals."""

    decided: Flag = Field(False, description="Those of the past too.")
    limit: Limit = Field(100, description="Proposals of the page.")
    cursor: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,11})-[0-9a-f]{32}$")] | None = Field(
        None, description="What `next` of the page before says."
    )


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
    """Proposals, the newest first; `next` is the cursor of the page that follows, or null."""

    proposals: list[Proposal]
    next: str | None


class OpenedProposal(Shape):
    """A proposal with what the act is to be done with; null once it is decided or over."""

    proposal: Proposal
    arguments: dict[str, Any] | None


class Refused(Shape):
    """What became of a proposal: `withdrawn` by whoever made it."""

    id: str
    status: Literal["refused", "withdrawn"]
