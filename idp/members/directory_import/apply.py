"""The second reading of a file: apply it in batches that can be resumed.

A batch and the journal's word that it is done are one transaction, so a crash leaves whole batches and a journal that
says which; the same command goes on from there. After the last batch the journal goes, in one transaction with the
audit's event. Lines already applied would change nothing either: the journal saves time, and keeps the counts right.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import BinaryIO, Final

from idp.clock import Clock
from idp.members.directory_import.changes import Outcome, decide
from idp.members.directory_import.faults import FileRefusedError
from idp.members.directory_import.files import Lines, read_lines
from idp.members.directory_import.records import Reader, Record
from idp.members.directory_import.report import Checked, Counts, Options, Report
from idp.members.sealed_mail import queue_mail
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.bulk import BulkAccounts
from idp.store.db import Store, Unit, once
from idp.store.imports import Imports, Journal
from idp.upstream_ports import Seal

BATCH: Final = 2000
"""Lines in one transaction: SQLite's other writers wait for about a tenth of a second."""

FORGET_AFTER: Final = 30 * 86400
"""Seconds after which the journal of an import that nobody goes on with is deleted."""


@dataclass(frozen=True, slots=True)
class Means:
    """What an import works with; see `DirectoryImport`."""

    store: Store
    audit: Trail
    clock: Clock
    seal: Seal
    new_id: Callable[[], str]
    batch: int


class Application:
    """Applies one checked file."""

    def __init__(self, means: Means, options: Options, checked: Checked, reader: Reader) -> None:
        self._means = means
        self._options = options
        self._checked = checked
        self._reader = reader
        told = f"{checked.digest} {options.skip_faulty} {options.trusted_contacts}"
        self._id = hashlib.sha256(told.encode("ascii")).hexdigest()

    def run(self, file: BinaryIO, advanced: Callable[[int], None]) -> Report:
        """Apply every batch that the journal does not know as done.

        Args:
            file: the file that was checked.
            advanced: told, before each batch, how many octets have been read; may raise to stop.
        """
        dry = self._options.dry_run
        journal = Journal(0, {}) if dry else once(self._open)
        resumed_at = journal.records
        file.seek(0)
        lines = Lines(file)
        records = self._records(lines)
        for _ in islice(records, resumed_at):
            pass
        while batch := list(islice(records, self._means.batch)):
            advanced(lines.octets)
            journal = once(partial(self._count if dry else self._apply, batch, journal))
        counts = Counts(**journal.counts)
        if not dry:
            once(partial(self._close, journal, counts))
        return Report(counts, self._checked.lines, not dry, resumed_at)

    def _records(self, lines: Lines) -> Iterator[Record | None]:
        for raw in read_lines(lines, self._options.format):
            record = self._reader.read(raw, lambda _fault: None)
            yield None if record is None or record.dossier in self._checked.repeated else record

    def _open(self) -> Journal:
        now = self._means.clock()
        with self._means.store.begin() as unit:
            imports = Imports(unit.session)
            imports.forget(now - FORGET_AFTER)
            return imports.open(self._id, {}, now)

    def _count(self, batch: Sequence[Record | None], journal: Journal) -> Journal:
        with self._means.store.reading() as unit:
            outcomes = self._decide(batch, BulkAccounts(unit.session), self._means.clock(), lock=False)
        return _after(journal, outcomes, len(batch))

    def _apply(self, batch: Sequence[Record | None], journal: Journal) -> Journal:
        now = self._means.clock()
        with self._means.store.begin() as unit:
            accounts = BulkAccounts(unit.session)
            outcomes = self._decide(batch, accounts, now, lock=True)
            after = _after(journal, outcomes, len(batch))
            if not Imports(unit.session).advance(self._id, journal.records, after, now):
                raise FileRefusedError("this file is being imported by another process")
            accounts.insert([outcome.row for outcome in outcomes if outcome.kind == "new"])
            accounts.update([outcome.row for outcome in outcomes if outcome.kind == "changed"])
            self._end(unit, accounts, outcomes, now)
            self._tell(unit, outcomes, now)
        return after

    def _decide(
        self, batch: Sequence[Record | None], accounts: BulkAccounts, now: int, *, lock: bool
    ) -> Sequence[Outcome]:
        # Sorted, so that two imports lock common dossiers in the same order.
        sound = sorted((record for record in batch if record is not None), key=lambda record: record.dossier)
        known = accounts.known([record.dossier for record in sound], lock=lock)
        trusted, new_id = self._options.trusted_contacts, self._means.new_id
        return [
            decide(record, known.get(record.dossier), trusted_contacts=trusted, now=now, new_id=new_id)
            for record in sound
        ]

    def _end(self, unit: Unit, accounts: BulkAccounts, outcomes: Sequence[Outcome], now: int) -> None:
        """Tell of every change of status, and end what was open where the dossier is not active any more."""
        turned = [outcome for outcome in outcomes if outcome.status is not None]
        for outcome in turned:
            account_id, status = outcome.row["id"], str(outcome.status)
            self._means.audit.within(unit, "dossier_status", account_id=account_id, status=status, by="import")
        ended = [outcome.row["id"] for outcome in turned if outcome.status != "active"]
        for account_id in accounts.with_grants(ended):
            unit.logouts.of_account(account_id, now)
            unit.grants.revoke_for_account(account_id, "dossier_status", now)
        for account_id in ended:
            unit.sign_ins.end_all(account_id, "closed", now)
            unit.provisionals.cancel(account_id, now)
            unit.email_proofs.cancel(account_id, now)

    def _tell(self, unit: Unit, outcomes: Sequence[Outcome], now: int) -> None:
        """Tell members of what the file changes of their contacts and passwords, at the address on file before it."""
        for outcome, template in ((one, template) for one in outcomes for template in one.told):
            account_id = outcome.row["id"]
            queue_mail(
                unit,
                self._means.seal,
                account_id=account_id,
                to=outcome.tells,
                template=template,
                values={"dossier": outcome.row["dossier"], "changed_at": str(now)},
                key=f"{template.replace('_', '-')}:{account_id}:{now}",
                task_id=self._means.new_id(),
                now=now,
            )

    def _close(self, journal: Journal, counts: Counts) -> None:
        with self._means.store.begin() as unit:
            if not Imports(unit.session).close(self._id, journal.records):
                raise FileRefusedError("this file is being imported by another process")
            self._means.audit.within(
                unit,
                "directory_import",
                file=self._checked.digest,
                new=counts.new,
                changed=counts.changed,
                unchanged=counts.unchanged,
                faulty=counts.faulty,
            )


def _after(journal: Journal, outcomes: Sequence[Outcome], lines: int) -> Journal:
    counts = Counts(**journal.counts).plus(outcomes, lines - len(outcomes))
    return Journal(journal.records + lines, counts.as_json())
