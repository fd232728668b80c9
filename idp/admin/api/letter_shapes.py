"""The values of the letters: how they stand, what a run did, the batches. Times are Unix seconds."""

from typing import Annotated

from pydantic import Field

from idp.admin.api.values import Limit, Shape


class Batch(Shape):
    """A print file: how many letters, when, whether the oldest kept the promise, whether this machine has the file."""

    batch: str
    letters: int
    printed_at: int
    kept: bool
    here: bool


class Held(Shape):
    """Letters that wait for something to be put right: why, and whose dossiers."""

    reason: str
    dossiers: list[str]


class Wiped(Shape):
    """Letters that are not worth printing any more: why, and how many."""

    reason: str
    count: int


class LettersNow(Shape):
    """The queue against the promise of 72 hours, and what a run would do now.

    `due` is when the oldest letter is promised; `pressing` letters are due within a day, `late` ones were.
    `unpublished` names batches of a run that was cut off, which the next one finishes.
    """

    waiting: int
    ready: int
    held: list[Held]
    over: list[Wiped]
    oldest: int | None
    due: int | None
    pressing: int
    late: int
    unpublished: list[str]
    batches: list[Batch]


class BatchesWanted(Shape):
    """Where the page begins."""

    limit: Limit = Field(50, description="Batches of the page.")
    cursor: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2,4}$")] | None = Field(
        None, description="What `next` of the page before says."
    )


class BatchPage(Shape):
    """Batches, the latest first; `next` is the cursor of the page that follows, or null."""

    batches: list[Batch]
    next: str | None


class PrintedFile(Shape):
    """A print file that was made; `recovered`: an earlier run had been cut off before it could be."""

    batch: str
    sheets: int
    sha256: str
    recovered: bool


class Printed(Shape):
    """What a run did; `damaged` names batches whose draft was lost, so that their members must ask again."""

    files: list[PrintedFile]
    held: list[Held]
    wiped: list[Wiped]
    damaged: list[str]
