"""Removal of what is over, in small batches: no sweep holds a lock for long, and no security rests on it.

However much is over, one run takes a bounded part of it and says so; the worker then delivers what is due, draws breath
and runs it again. Every table that grows has a step; tests/worker/test_purge.py knows them all.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from idp.clock import Clock
from idp.services.client_notes import KEPT as CLIENT_DAYS_KEPT
from idp.store.db import Store, Unit

log = logging.getLogger("idp.worker")

_BATCH: Final = 500
_ROUNDS: Final = 4
"""Batches of one table in one run."""
_DELIVERED_KEPT: Final = 30 * 86400
"""A delivered task's key still stops a repetition for so long."""
_LETTERS_KEPT: Final = 62 * 86400
"""A printed letter is remembered for a month after its password has expired."""

_PROPOSALS_KEPT: Final = 30 * 86400
"""A proposal that is over is on record; its row only says so to whoever made it."""

_READERS_KEPT: Final = 30 * 86400
"""An address from which a client has not called for so long is not where it is."""


class Purge:
    """Purges every table that grows.

    Args:
        store: where they are.
        clock: present time.
        history: seconds that a sign-in stays in the member's history, and its device known.
        extra: further purges by name, such as the key-value store's; each deletes one batch and returns its size.
    """

    def __init__(
        self, store: Store, clock: Clock, history: int, extra: Mapping[str, Callable[[int], int]] | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._history = history
        self._extra = dict(extra or {})
        self._unfinished = False

    def unfinished(self) -> bool:
        """Whether the last run left something that is over."""
        return self._unfinished

    def run(self) -> dict[str, int]:
        """Purge a part of everything; return how many rows went, by name. Logged as proof of erasure (N-156)."""
        now = self._clock()
        steps: dict[str, Callable[[Unit], int]] = {
            "tokens": lambda unit: unit.tokens.purge(now, _BATCH),
            "grants": lambda unit: unit.grants.purge(now, _BATCH),
            "spent": lambda unit: unit.spent.purge(now, _BATCH),
            "outbox": lambda unit: unit.outbox.purge(now - _DELIVERED_KEPT, _BATCH),
            "letters": lambda unit: unit.letters.purge(now - _LETTERS_KEPT, _BATCH),
            "provisionals": lambda unit: unit.provisionals.purge(now - _DELIVERED_KEPT, _BATCH),
            "email_proofs": lambda unit: unit.email_proofs.purge(now - _DELIVERED_KEPT, _BATCH),
            "client_days": lambda unit: unit.client_days.purge(now - CLIENT_DAYS_KEPT, _BATCH),
            "key_readers": lambda unit: unit.key_readers.purge(now - _READERS_KEPT, _BATCH),
            "proposals": lambda unit: unit.proposals.purge(now - _PROPOSALS_KEPT, _BATCH),
            "proposals_wiped": lambda unit: unit.proposals.wipe(now),
            "sign_ins": lambda unit: unit.sign_ins.purge(now - self._history, _BATCH),
        }
        batches = {name: partial(self._batch, step) for name, step in steps.items()}
        batches |= {name: partial(step, _BATCH) for name, step in self._extra.items()}
        self._unfinished = False
        gone = {name: self._repeat(batch) for name, batch in batches.items()}
        if any(gone.values()):
            log.info("purged %s", " ".join(f"{name}={count}" for name, count in gone.items() if count))
        return gone

    def _batch(self, step: Callable[[Unit], int]) -> int:
        with self._store.begin() as unit:
            return step(unit)

    def _repeat(self, batch: Callable[[], int]) -> int:
        total = 0
        for _ in range(_ROUNDS):
            count = batch()
            total += count
            if count < _BATCH:
                return total
        self._unfinished = True
        return total
