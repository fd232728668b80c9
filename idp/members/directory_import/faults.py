"""What is wrong with a file of dossiers. No fault repeats a value: they go to terminals and tickets."""

from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one line. `field` is empty where the whole line is meant; `line` counts from 1, the header too."""

    line: int
    field: str
    reason: str


class FileRefusedError(Exception):
    """The file cannot be read as a directory file at all, or another import is in the way; the message may be shown."""


class FieldError(ValueError):
    """A value is not as documented; the message finishes the sentence that its field begins."""
