"""An import from its first line to its last: check the whole file, then apply it."""

import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO

from idp.clock import Clock
from idp.members.directory_import.apply import BATCH, Application, Means
from idp.members.directory_import.faults import Fault, FileRefusedError
from idp.members.directory_import.files import Lines, read_lines
from idp.members.directory_import.numbers_seen import NumbersSeen
from idp.members.directory_import.records import Reader
from idp.members.directory_import.report import Checked, Counts, Options, Report
from idp.members.trail import Trail
from idp.store.db import Store
from idp.upstream_ports import Seal

Tell = Callable[[Fault], None]
Progress = Callable[[str, int], None]
"""Told the stage (`check` or `apply`) and how many octets of the file it has read."""


class DirectoryImport:
    """Imports files of dossiers.

    Args:
        store: where accounts are.
        audit: told of each finished import, and of every change of status.
        clock: present time.
        seal: seals the messages to addresses that the file replaces.
        new_id: makes ids and subjects: 128 random bits, hex.
        batch: lines in one transaction.
    """

    def __init__(
        self,
        store: Store,
        audit: Trail,
        clock: Clock,
        seal: Seal,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
        batch: int = BATCH,
    ) -> None:
        self._means = Means(store, audit, clock, seal, new_id, batch)

    def run(self, file: BinaryIO, options: Options, tell: Tell, progress: Progress) -> Report:
        """Check a whole file and apply it; every fault is told, in the order of the lines.

        Args:
            file: the open file, which must be seekable: it is read twice.
            options: how to apply it.
            tell: told of every fault.
            progress: told how far it is.

        Raises:
            FileRefusedError: the file is none of dossiers, changed while being read, or is being imported already.
            Unavailable: the database is; the same call goes on where this one ended.
        """
        reader = Reader(datetime.fromtimestamp(self._means.clock(), UTC).year)
        state = _state(file)

        def advanced(octets: int) -> None:
            if _state(file) != state:
                raise FileRefusedError("the file has changed while it was read; run the import again")
            progress("apply", octets)

        checked = self._check(file, options, reader, tell, progress)
        if checked.faulty and not (options.skip_faulty or options.dry_run):
            return Report(Counts(faulty=checked.faulty), checked.lines, applied=False)
        return Application(self._means, options, checked, reader).run(file, advanced)

    def _check(self, file: BinaryIO, options: Options, reader: Reader, tell: Tell, progress: Progress) -> Checked:
        file.seek(0)
        lines, seen = Lines(file), NumbersSeen()
        count = faulty = 0
        for raw in read_lines(lines, options.format):
            record = reader.read(raw, tell)
            count += 1
            if record is None:
                faulty += 1
            elif not seen.add(record.dossier):
                faulty += 1
                tell(Fault(raw.line, "dossier", "stands on an earlier line too: neither line is applied"))
            if count % self._means.batch == 0:
                progress("check", lines.octets)
        progress("check", lines.octets)
        return Checked(lines.digest, count, faulty, frozenset(seen.repeated))


def _state(file: BinaryIO) -> tuple[int, int]:
    facts = os.fstat(file.fileno())
    return facts.st_size, facts.st_mtime_ns
