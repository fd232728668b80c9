"""The letters: what waits against the promise of 72 hours, the print run, and the file that it made.

A run is the one that `idp letters print` has always made: in one transaction it names a batch and wipes the secrets, so
a letter is in one file at most, whichever door asks for it. Taking the file away makes nothing again: it is read from
the folder where the run left it, and is there until whoever has printed it deletes it.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from idp.admin.actor import Actor
from idp.admin.acts.refusals import ConflictError, UnknownError
from idp.clock import Clock
from idp.members.letter_files import DraftDamaged, PrintFolder, PrintingElsewhere
from idp.protocol.errors import Unavailable
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.db import Store

if TYPE_CHECKING:
    from idp.members.letters import BatchStatus, LetterPrinting, Outlook, PrintRun, Progress, QueueStatus

log = logging.getLogger("idp.admin")

BATCH: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{2,4}")
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class LettersNow:
    """The queue against the promise, what a run would do now, and the batches whose file is on this machine."""

    queue: "QueueStatus"
    outlook: "Outlook"
    here: frozenset[str]


@dataclass(frozen=True, slots=True)
class Batches:
    """Some batches, the latest first, and the name below which earlier ones follow; empty at the end.

    `here` names those whose file is on this machine.
    """

    batches: "Sequence[BatchStatus]"
    earlier: str
    here: frozenset[str]


@dataclass(frozen=True, slots=True)
class PrintFile:
    """The file of a batch: passwords in the clear, for the printer alone."""

    name: str
    content: bytes = field(repr=False)


class LetterActs:
    """What may be done with letters.

    Args:
        store: where they are.
        printing: returns what prints them; loaded late, since its PDF library is large.
        directory: where print files are written on this machine.
        trail: told of each run and of each file that is taken away.
        clock: Unix seconds.
    """

    def __init__(
        self, store: Store, printing: "Callable[[], LetterPrinting]", directory: Path, trail: AuditLog, clock: Clock
    ) -> None:
        self._store = store
        self._printing = printing
        self._directory = directory
        self._trail = trail
        self._clock = clock

    def status(self, actor: Actor) -> LettersNow:
        """Return how the letters stand.

        Raises:
            ForbiddenError: not the actor's to see.
            Unavailable: the store does not answer.
        """
        actor.permit("letters.status", self._clock())
        printing = self._printing()
        return LettersNow(printing.status(PrintFolder(self._directory)), printing.outlook(), self._here())

    def batches(self, actor: Actor, *, below: str = "", limit: int = PAGE) -> Batches:
        """Return the batches of the past, as far back as letters are kept.

        Args:
            actor: who looks.
            below: go on below this batch.
            limit: batches of the page, `PAGE` at most.

        Raises:
            ForbiddenError, Unavailable: as `status`.
        """
        actor.permit("letters.status", self._clock())
        most = max(1, min(limit, PAGE))
        found = self._printing().batches(below, most + 1)
        earlier = found[most - 1].batch if len(found) > most else ""
        return Batches(found[:most], earlier, self._here())

    def print(
        self,
        actor: Actor,
        *,
        directory: Path | None = None,
        day: date | None = None,
        progress: "Progress | None" = None,
    ) -> "PrintRun":
        """Print every letter that is ready, and finish what a run that was cut off had begun.

        Args:
            actor: who does it.
            directory: where the files go; the house's own folder when None.
            day: the date on the letters; today in Paris when None.
            progress: told of each letter done.

        Raises:
            ForbiddenError: not the actor's to do.
            ConflictError: another run is at work, or the folder takes no file; nothing more was marked.
            Unavailable: the store does not answer; what was marked is in a file.
        """
        actor.permit("letters.print", self._clock())
        folder = PrintFolder(directory or self._directory)
        try:
            run = self._printing().run(folder, day, progress or (lambda _done, _all: None), actor.facts())
        except PrintingElsewhere:
            raise ConflictError("another run prints into this folder", "", "elsewhere") from None
        except OSError as error:
            raise ConflictError(f"cannot write the print file: {error.strerror}", "", "folder") from None
        sheets, held = sum(one.sheets for one in run.files), sum(map(len, run.held.values()))
        outcome = "damaged" if run.damaged else "ok"
        self._trail("letters_run", outcome=outcome, files=len(run.files), sheets=sheets, held=held, **actor.facts())
        return run

    def file(self, actor: Actor, batch: str) -> PrintFile:
        """Return the print file of a batch; that it was taken is on record before.

        Raises:
            ForbiddenError, StaleSignInError: not now, or not by this actor.
            UnknownError: this machine has no file of this batch.
            ConflictError: the file is not the one that was written.
            Unavailable: the folder or the record does not answer.
        """
        actor.permit("letters.take", self._clock())
        if not BATCH.fullmatch(batch):
            raise UnknownError("there is no such batch", "batch", "unknown")
        try:
            content = PrintFolder(self._directory).read(batch)
        except DraftDamaged:
            raise ConflictError("the file is not the one that was written", "batch", "damaged") from None
        except OSError as error:
            log.warning("a print file cannot be read, batch=%s: %s", batch, error.strerror)
            raise Unavailable("print folder") from None
        if content is None:
            raise UnknownError("this machine has no file of this batch", "batch", "unknown")
        self._trail("letters_taken", batch=batch, octets=len(content), **actor.facts())
        return PrintFile(f"{batch}.pdf", content)

    def _here(self) -> frozenset[str]:
        return frozenset(PrintFolder(self._directory).published())
