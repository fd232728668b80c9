"""Printing the letters of the day, and how the queue stands against the promise.

A file is drafted and flushed to disk, then one transaction names its batch and wipes the secrets, then the file gets
its name. Whatever dies in between, a letter is in one published file at most, and its secret is in the database or on
disk (R-34). A member never holds two letters that work: a new provisional password cancels the one before it.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from idp import config, crash_points
from idp.clock import Clock
from idp.members.letter_address import postal_lines
from idp.members.letter_files import DraftDamaged, Manifest, PrintFolder, letters_digest
from idp.members.letter_pdf import render
from idp.members.letter_promise import PARIS, deadline, local_day
from idp.members.letter_queue import letter_context
from idp.members.letter_words import Letter, Letterhead
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.accounts import Account
from idp.store.db import Store
from idp.store.letters import PrintedBatch, WaitingLetter
from idp.upstream_desk import NO_FACTS
from idp.upstream_ports import Seal

log = logging.getLogger("idp.members")

Progress = Callable[[int, int], None]
"""Told how many letters of the run are done, and how many there are."""

_TRIES: Final = 3
_RECENT: Final = 14 * 86400


@dataclass(frozen=True, slots=True)
class PrintedFile:
    """One file that was published. `recovered` means that an earlier run had died before it could be."""

    path: Path
    sheets: int
    sha256: str
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class PrintRun:
    """What one run did.

    `held` gives the dossiers that wait for something to be put right, by reason: `no_address`, `address_changed`,
    `unreadable`. `wiped` counts the letters that were not worth printing, by reason: `cancelled`, `spent`, `expired`,
    `too_late`, `tried_out`, `closed`. `damaged` names batches whose draft was lost.
    """

    files: tuple[PrintedFile, ...]
    held: Mapping[str, tuple[str, ...]]
    wiped: Mapping[str, int]
    damaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run would do now: print `ready` letters, hold others, wipe others; the words are those of `PrintRun`."""

    ready: int
    held: Mapping[str, tuple[str, ...]]
    over: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The queue against the promise. Times are Unix seconds; `pressing` letters are due within a day."""

    waiting: int
    oldest: int | None
    due: int | None
    pressing: int
    late: int
    unpublished: tuple[str, ...]
    batches: tuple["BatchStatus", ...]


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """One batch of the last days; `kept` tells whether its oldest letter was printed within the promise."""

    batch: str
    letters: int
    printed_at: int
    kept: bool


@dataclass(slots=True)
class _Sorted:
    """The letters that wait, by what is to be done with each."""

    ready: list[tuple[WaitingLetter, Letter]] = field(default_factory=list)
    held: dict[str, list[str]] = field(default_factory=dict)
    over: dict[str, list[str]] = field(default_factory=dict)


class _QueueMoved(Exception):
    """A letter of the draft was wiped, printed or cancelled meanwhile: nothing was marked."""


class LetterPrinting:
    """Prints letters and tells how they stand.

    Args:
        store: letters, provisional passwords, accounts.
        seal: the house's sealer.
        settings: of the provider.
        clock: present time.
        trail: told of each batch, in its transaction.
    """

    def __init__(self, store: Store, seal: Seal, settings: config.Settings, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._seal = seal
        self._settings = settings
        self._clock = clock
        self._trail = trail
        letters = settings.letters
        self._head = Letterhead(letters.sender, letters.place, f"{settings.issuer}/connexion", settings.help.phone)

    def run(
        self,
        folder: PrintFolder,
        day: date | None = None,
        progress: Progress = lambda _done, _all: None,
        facts: Mapping[str, str] = NO_FACTS,
    ) -> PrintRun:
        """Print every letter that is ready, in files of at most `batch_size`.

        Args:
            folder: where the files go.
            day: the date they bear and are named after; today in Paris when None.
            progress: told of each letter done.
            facts: what the audit keeps of who prints.

        Raises:
            PrintingElsewhere: another run works in this folder.
            OSError: the disk is full or the folder cannot be written; nothing more was marked.
            Unavailable: the database does not answer.
        """
        day = day or local_day(self._clock())
        with folder.alone():
            files, damaged = self._recover(folder)
            wiped = self._wipe(self._sort().over, facts)
            todo = len(self._sort().ready)
            done = 0
            for _ in range(_TRIES + todo):
                batch = self._sort()
                chosen = batch.ready[: self._settings.letters.batch_size]
                if not chosen:
                    break
                try:
                    files.append(self._print(folder, chosen, day, facts, _shifted(progress, done, todo)))
                    done += len(chosen)
                except _QueueMoved:
                    log.info("the queue moved while a file was drafted; drafting it again")
            held = {reason: tuple(dossiers) for reason, dossiers in self._sort().held.items()}
        return PrintRun(tuple(files), held, wiped, damaged)

    def status(self, folder: PrintFolder) -> QueueStatus:
        """Tell how the queue stands. Reads only."""
        now = self._clock()
        with self._store.reading() as unit:
            since = unit.letters.waiting_since()
            batches = unit.letters.batches_since(now - _RECENT)
            drafts = tuple(batch for batch in folder.drafts() if unit.letters.in_batch(batch))
        deadlines = [deadline(moment) for moment in since]
        return QueueStatus(
            waiting=len(since),
            oldest=since[0] if since else None,
            due=deadlines[0] if deadlines else None,
            pressing=sum(now <= due < now + 86400 for due in deadlines),
            late=sum(due < now for due in deadlines),
            unpublished=drafts,
            batches=tuple(_batch_status(batch) for batch in batches),
        )

    def outlook(self) -> Outlook:
        """Tell what a run would do now. Reads only, and opens no letter: one that cannot be opened counts as ready."""
        now = self._clock()
        with self._store.reading() as unit:
            waiting = unit.letters.waiting()
        over = Counter(reason for letter in waiting if (reason := self._over(letter, now)) is not None)
        alive = [letter for letter in waiting if self._over(letter, now) is None]
        held: dict[str, list[str]] = {}
        for letter in alive:
            if (reason := self._held(letter.account, now)) is not None:
                held.setdefault(reason, []).append(letter.account.dossier)
        ready = len(alive) - sum(map(len, held.values()))
        return Outlook(ready, {reason: tuple(numbers) for reason, numbers in held.items()}, over)

    def batches(self, below: str, limit: int) -> Sequence[BatchStatus]:
        """Return batches of the past, the latest name first, those below one where it is named."""
        with self._store.reading() as unit:
            return [_batch_status(batch) for batch in unit.letters.batches(below, limit)]

    # Sorting

    def _sort(self) -> _Sorted:
        with self._store.reading() as unit:
            waiting = unit.letters.waiting()
        result, now = _Sorted(), self._clock()
        for letter in waiting:
            over = self._over(letter, now)
            if over is not None:
                result.over.setdefault(over, []).append(letter.id)
                continue
            made = self._letter(letter, now)
            if isinstance(made, str):
                result.held.setdefault(made, []).append(letter.account.dossier)
            else:
                result.ready.append((letter, made))
        return result

    def _over(self, letter: WaitingLetter, now: int) -> str | None:
        settings = self._settings
        if letter.over is not None:
            return letter.over
        if letter.expires_at <= now:
            return "expired"
        if letter.attempts >= settings.activation.attempts:
            return "tried_out"
        if letter.account.status != "active":
            return "closed"
        return "too_late" if letter.expires_at < now + settings.letters.least_days * 86400 else None

    def _letter(self, letter: WaitingLetter, now: int) -> Letter | str:
        account = letter.account
        lines, held = postal_lines(account), self._held(account, now)
        if lines is None or held is not None:
            return held or "no_address"
        try:
            payload = json.loads(self._seal.unseal(letter.sealed, letter_context(letter.id)))
            secret, provider = str(payload["secret"]), str(payload.get("provider", ""))
        except (ValueError, KeyError):
            log.error("a letter's sealed password cannot be opened, letter=%s", letter.id)  # noqa: TRY400 - no values
            return "unreadable"
        # The last day on which the password works from morning to night.
        last = datetime.fromtimestamp(letter.expires_at, PARIS).date() - timedelta(days=1)
        return Letter(lines, account.dossier, account.situation, secret, last, provider, account.locale)

    def _held(self, account: Account, now: int) -> str | None:
        """Return why a letter waits for something to be put right, or None."""
        if postal_lines(account) is None:
            return "no_address"
        rest = self._settings.activation.contact_rest
        changed_lately = account.address_changed_at and now - account.address_changed_at < rest
        return "address_changed" if changed_lately else None

    def _wipe(self, over: Mapping[str, Sequence[str]], facts: Mapping[str, str]) -> dict[str, int]:
        if not over:
            return {}
        with self._store.begin() as unit:
            counts = {reason: unit.letters.wipe(ids) for reason, ids in over.items()}
            reasons = " ".join(f"{name}={n}" for name, n in counts.items())
            self._trail.within(unit, "letters_wiped", reasons=reasons, **facts)
        return counts

    # Printing

    def _print(
        self,
        folder: PrintFolder,
        chosen: Sequence[tuple[WaitingLetter, Letter]],
        day: date,
        facts: Mapping[str, str],
        progress: Progress,
    ) -> PrintedFile:
        ids = [letter.id for letter, _ in chosen]
        batch = self._next_name(folder, day)
        pages = [page for _, page in chosen]
        pdf = render(self._head, pages, batch=batch, day=day, progress=lambda done: progress(done, len(pages)))
        manifest = Manifest(
            batch=batch,
            file=f"{batch}.pdf",
            date=day.isoformat(),
            sheets=len(pages),
            bytes=len(pdf),
            sha256=sha256(pdf).hexdigest(),
            letters=letters_digest(ids),
        )
        folder.draft(manifest, pdf)
        crash_points.reached("letters.after_draft")
        try:
            self._mark(ids, manifest, facts)
        except _QueueMoved:
            folder.discard(batch)
            raise
        crash_points.reached("letters.after_mark")
        return PrintedFile(folder.publish(batch, manifest.letters), len(pages), manifest.sha256)

    def _mark(self, ids: Sequence[str], manifest: Manifest, facts: Mapping[str, str]) -> None:
        now = self._clock()
        with self._store.begin() as unit:
            usable = {letter.id for letter in unit.letters.waiting() if self._over(letter, now) is None}
            taken = unit.letters.in_batch(manifest.batch)
            if taken or not usable.issuperset(ids) or unit.letters.mark_printed(ids, manifest.batch, now) != len(ids):
                raise _QueueMoved
            self._trail.within(
                unit,
                "letters_printed",
                batch=manifest.batch,
                sheets=manifest.sheets,
                sha256=manifest.sha256,
                **facts,
            )

    def _next_name(self, folder: PrintFolder, day: date) -> str:
        with self._store.reading() as unit:
            known = {*unit.letters.batches_of_day(day.isoformat()), *folder.batches()}
        numbers = (f"{day.isoformat()}-{number:02}" for number in range(1, len(known) + 2))
        return next(name for name in numbers if name not in known)

    def _recover(self, folder: PrintFolder) -> tuple[list[PrintedFile], tuple[str, ...]]:
        """Finish what a run that died had begun: publish what is marked, throw away what is not."""
        files, damaged = [], []
        for batch in folder.drafts():
            with self._store.reading() as unit:
                ids = unit.letters.in_batch(batch)
            if not ids:
                folder.discard(batch)
                continue
            try:
                path = folder.publish(batch, letters_digest(ids))
            except DraftDamaged:
                log.error("the draft of a printed batch is damaged, batch=%s", batch)  # noqa: TRY400 - says it all
                damaged.append(batch)
                continue
            log.warning("published a batch that an earlier run had left, batch=%s", batch)
            files.append(PrintedFile(path, len(ids), sha256(path.read_bytes()).hexdigest(), recovered=True))
        return files, tuple(damaged)


def _shifted(progress: Progress, done: int, todo: int) -> Progress:
    return lambda number, _all: progress(done + number, todo)


def _batch_status(batch: PrintedBatch) -> BatchStatus:
    return BatchStatus(batch.batch, batch.letters, batch.printed_at, batch.printed_at <= deadline(batch.first_asked))
