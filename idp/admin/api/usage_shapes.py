"""The values about applications' use that go in and out. Times are Unix seconds."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from idp.admin.api.values import Shape, whole
from idp.protocol.client_notes import DAYS, LONGEST


class UsageWanted(Shape):
    """How far back."""

    days: Annotated[int, Field(ge=1, le=LONGEST), BeforeValidator(whole)] = Field(
        DAYS, description="Days of UTC to look at, today's among them."
    )


class UsageDay(Shape):
    """One day of UTC, named by its first second; `steps` counts what went well by kind."""

    begins: int
    steps: dict[str, int]
    refused: int


class ClientFault(Shape):
    """One way in which requests were refused. `aspect` says more; `sent` and `registered` are the last near miss.

    `reference` is that of the last request (`X-Request-Id`), empty where none is kept.
    """

    kind: Literal["redirect_uri", "disabled", "authorize", "authentication", "token", "logout", "not_told"]
    aspect: str
    count: int
    first_at: int
    last_at: int
    sent: str
    registered: str
    reference: str


class ClientUsage(Shape):
    """What an application did lately; `last_used` is null where it did nothing for three months."""

    client_id: str
    last_used: int | None
    days: list[UsageDay]
    faults: list[ClientFault]
