"""The first attempt of a task, in the request that queued it: the person who waits is told how it went.

The request holds the task's lease (`idp.store.outbox.Outbox.add`); whatever is not over when it runs out, and all of it
when the process dies, is the worker's like any other task.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

from idp.clock import Clock
from idp.protocol.errors import Unavailable
from idp.store.db import Store
from idp.store.outbox import Task

log = logging.getLogger("idp.worker")

LEASE: Final = 30
"""Seconds that a caller has for its attempt: more than the longest call that begins in the first half of them."""


class AtOnce:
    """Delivers tasks side by side, in threads of its own. Thread-safe.

    Args:
        store: where the outbox is.
        deliver: hands one task over and notes how it ended.
        clock: Unix seconds.
        hands: how many calls are under way at most; a task that finds none free in time is left to the worker.
    """

    def __init__(self, store: Store, deliver: Callable[[Task], bool], clock: Clock, *, hands: int = 8) -> None:
        self._store = store
        self._deliver = deliver
        self._clock = clock
        self._pool = ThreadPoolExecutor(hands, "idp-at-once")

    def __call__(self, task_ids: Sequence[str], seconds: float) -> None:
        """Begin, and wait until all are over, `seconds` at most; those under way go on meanwhile.

        Where the database does not answer nothing is begun: what the caller has done stands, and the worker comes.
        """
        if not task_ids:
            return
        try:
            with self._store.reading() as unit:
                tasks = unit.outbox.tasks(task_ids)
        except Unavailable as error:
            log.warning("first attempts put off: %s", error.reason)
            return
        wait([self._pool.submit(self._attempt, task) for task in tasks], seconds)

    def _attempt(self, task: Task) -> None:
        if self._clock() - task.created_at < LEASE // 2:
            self._deliver(task)
