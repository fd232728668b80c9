"""What goes in and out of the configuration's operations."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from idp.admin.api.values import Shape

LONGEST: Final = 60_000
"""Characters of a file: a request has 64 KiB at most."""


class FileWanted(Shape):
    """A configuration file (TOML). `prune`: disable the applications that it does not name."""

    text: Annotated[str, Field(max_length=LONGEST, description="The file.")]
    prune: bool = False


class ApplyWanted(FileWanted):
    """A file to apply. `plan` is what a comparison answered: nothing is done where it would be another by now."""

    plan: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class FileFault(Shape):
    """One thing that is wrong with a file: on which line, in which table, and why."""

    line: int
    where: str
    reason: str


class MemberChange(Shape):
    """One member before and after; null stands for its default."""

    name: str
    before: Any
    after: Any


class FileDifference(Shape):
    """One thing that differs. `disable`: an application that the file does not name, where that is to be pruned."""

    kind: Literal["clients", "administrators", "upstreams"]
    name: str
    change: Literal["create", "change", "disable"]
    members: list[MemberChange]


class Comparison(Shape):
    """What applying a file would change; nothing of it where there are faults. `unnamed` is left alone."""

    faults: list[FileFault]
    differences: list[FileDifference]
    unnamed: list[str]
    plan: str | None


class FileVersion(Shape):
    """A file that is kept. `found`: what the database held before one was applied."""

    number: int
    kind: Literal["applied", "found"]
    digest: str
    actor: str
    door: str
    kept_at: int


class FileVersions(Shape):
    """The files that are kept, the newest first."""

    versions: list[FileVersion]


class FileText(FileVersion):
    """A file that is kept, with its text: applying it again rolls back."""

    text: str


class Drift(Shape):
    """How far the database is from the file that was applied last; null where none ever was."""

    last: FileVersion | None
    comparison: Comparison | None


class MadeSecret(Shape):
    """The secret of an application that was made: shown this once."""

    client_id: str
    client_secret: str = Field(repr=False)


class AppliedFile(Shape):
    """A file that was applied, or in part: `stopped` says what was refused, and the same file goes on from there."""

    version: int
    differences: list[FileDifference]
    secrets: list[MadeSecret]
    stopped: str | None
