"""Which applications have read the published keys, as far as that can be known.

The keys are public and whoever reads them says no name. What is known: from which addresses a client with credentials
calls, since it proves itself there, and from which addresses the keys are read. An application that verifies our
tokens on the machine that redeems its codes, as most do, is told by putting the two together (decision note 0009).
Browsers and telephones are left out: public clients have no credentials, and their addresses are members'.

A request notes in memory and returns; once a minute one request writes what its process has noted. Notes not yet
written are lost with the process: they are made again by the next call and the next read.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from itertools import islice
from threading import Lock
from typing import Final, TypeVar

from idp.clock import Clock
from idp.protocol.client import Client
from idp.store.db import Store, once
from idp.store.key_readers import KeyReader

log = logging.getLogger("idp.keys")

T = TypeVar("T")

EVERY: Final = 60
"""Seconds between two writes of one process."""
CALL_EVERY: Final = 3600
"""Seconds for which one note of a call from an address stands for all."""
READS_KEPT: Final = 3600
"""Seconds that a read is remembered for a client that calls from there for the first time afterwards."""
MAX_NOTES: Final = 1000
"""Reads that are remembered, and calls that are written at a time."""
MAX_CALLS: Final = 20_000
"""Clients at addresses that are known to have called, or wait to be written: a minute has its thousand."""
AT_ONCE: Final = 200
"""Notes that are written in one transaction, in one exchange."""
MAX_ADDRESS: Final = 64


class KeyReaders:
    """Notes calls and reads. Thread-safe; two dictionary writes a request at most."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._writing = Lock()
        self._written_at = clock()
        self._calls: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._reads: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def called(self, client: Client, address: str) -> None:
        """Note that a client has proved itself from an address; a public one proves nothing and is not noted.

        Nor is the staff's own console, which has the keys in memory.
        """
        if client.public or client.staff or not 0 < len(address) <= MAX_ADDRESS:
            return
        now, place = self._clock(), (client.client_id, address)
        if 0 <= now - self._known.get(place, -CALL_EVERY) < CALL_EVERY:
            return
        with self._lock:
            self._known[place] = now
            self._calls[place] = now
            while len(self._known) > MAX_CALLS:
                self._known.popitem(last=False)
            while len(self._calls) > MAX_CALLS:
                self._calls.popitem(last=False)

    def read(self, address: str, newest: int) -> None:
        """Note that the keys were read from an address; `newest` is when the newest of them was published."""
        if not 0 < len(address) <= MAX_ADDRESS:
            return
        note = (self._clock(), newest)
        if self._reads.get(address) == note:
            return  # of this very second: a proxy's address, or a program in a hurry
        with self._lock:
            self._reads[address] = note
            self._reads.move_to_end(address)
            while len(self._reads) > MAX_NOTES:
                self._reads.popitem(last=False)

    def write_if_due(self) -> None:
        """Write what was noted when a minute has gone by; otherwise a subtraction. Never fails a request."""
        now = self._clock()
        if 0 <= now - self._written_at < EVERY or not self._writing.acquire(blocking=False):
            return
        try:
            self._written_at = now
            self.write()
        except Exception:  # whatever a database does, nobody's tokens hang on this
            log.warning("who read the keys was not written", exc_info=True)
        finally:
            self._writing.release()

    def write(self) -> None:
        """Write what was noted; may raise `Unavailable`, and keeps the reads of addresses nobody calls from yet."""
        with self._lock:
            calls = dict(self._calls.popitem(last=False) for _ in range(min(MAX_NOTES, len(self._calls))))
            reads = dict(self._reads)
        if not calls and not reads:
            return
        try:
            matched = self._written(calls, reads)
        except Exception:
            # Known for an hour, these calls would be noted by nobody again.
            self._note_again(calls)
            raise
        self._settle(reads, matched)

    def _written(
        self, calls: dict[tuple[str, str], int], reads: dict[str, tuple[int, int]]
    ) -> dict[str, tuple[int, int]]:
        """Write all calls, and the reads from where somebody calls, which are returned; a few at a time."""
        with self._store.reading() as unit:
            places = unit.key_readers.addresses() | {address for _, address in calls}
        matched = {address: note for address, note in reads.items() if address in places}
        for some in _some(sorted(calls.items())):
            once(partial(self._write_calls, some))
        for read in _some(sorted(matched.items())):
            once(partial(self._write_reads, read))
        return matched

    def _write_calls(self, some: list[tuple[tuple[str, str], int]]) -> None:
        """Write a few; two processes may be in each other's way, and then one begins again."""
        with self._store.fleeting() as unit:
            for (client_id, address), at in some:
                unit.key_readers.called(client_id, address, at)

    def _write_reads(self, some: list[tuple[str, tuple[int, int]]]) -> None:
        with self._store.fleeting() as unit:
            for address, (at, newest) in some:
                unit.key_readers.read(address, newest, at)

    def _note_again(self, calls: dict[tuple[str, str], int]) -> None:
        """Keep what could not be written for the next time, what was noted since before it."""
        with self._lock:
            for place, at in calls.items():
                if len(self._calls) < MAX_CALLS:
                    self._calls.setdefault(place, at)

    def report(self) -> tuple[KeyReader, ...]:
        """Return every client at every address that it calls from, straight from the database."""
        with self._store.reading() as unit:
            return tuple(unit.key_readers.all())

    def _settle(self, reads: dict[str, tuple[int, int]], matched: dict[str, tuple[int, int]]) -> None:
        """Forget the reads that were written, unless newer ones came, and those that nobody came to claim."""
        oldest = self._clock() - READS_KEPT
        with self._lock:
            for address, note in reads.items():
                if self._reads.get(address) == note and (address in matched or note[0] < oldest):
                    del self._reads[address]


def _some(notes: list[T]) -> Iterator[list[T]]:
    rest = iter(notes)
    while some := list(islice(rest, AT_ONCE)):
        yield some
