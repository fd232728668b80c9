"""What an import is asked for, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field

from idp.members.directory_import.changes import Outcome
from idp.members.directory_import.files import Format
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is applied. `dry_run` writes nothing; `skip_faulty` applies the sound lines of a faulty file.

    `trusted_contacts`: its changed contacts may receive a reset at once, and replace those that members have proven.
    """

    format: Format
    dry_run: bool = False
    skip_faulty: bool = False
    trusted_contacts: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines by what became of them.

    `kept_email` counts proven addresses that the file would have replaced, `kept_status` an operator's decisions.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    faulty: int = 0
    kept_email: int = 0
    kept_status: int = 0

    def plus(self, outcomes: Sequence[Outcome], faulty: int) -> "Counts":
        """Return the counts with those of a batch."""
        kinds = [outcome.kind for outcome in outcomes]
        return Counts(
            new=self.new + kinds.count("new"),
            changed=self.changed + kinds.count("changed"),
            unchanged=self.unchanged + kinds.count("unchanged"),
            faulty=self.faulty + faulty,
            kept_email=self.kept_email + sum(outcome.kept_email for outcome in outcomes),
            kept_status=self.kept_status + sum(outcome.kept_status for outcome in outcomes),
        )

    def as_json(self) -> Mapping[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the first reading found: the file's SHA-256, its lines, and the numbers that stand on several."""

    digest: str
    lines: int
    faulty: int
    repeated: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """How an import ended. `applied` is False for a dry run, and where faults kept the file out."""

    counts: Counts
    lines: int
    applied: bool
    resumed_at: int = 0
