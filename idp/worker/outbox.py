"""Delivery of the outbox: lease, hand over, mark; at least once, and never twice at the same time."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from idp.clock import Clock
from idp.store.db import Store, once
from idp.store.outbox import Task

log = logging.getLogger("idp.worker")

Handler = Callable[[Task], None]
"""Hands one task over; any exception means that it was not, and will be tried again."""

_FIRST_WAIT: Final = 30
_LONGEST_WAIT: Final = 3600
_GIVE_UP_AFTER: Final = 3 * 86400


def back_off(attempts: int) -> int:
    """Return the seconds to wait after the `attempts`-th failure: half a minute, doubling to an hour."""
    return min(_LONGEST_WAIT, _FIRST_WAIT << min(max(attempts - 1, 0), 10))


class OutboxDelivery:
    """Hands due tasks to the handler of their kind.

    Args:
        store: where the outbox is.
        handlers: by kind of task.
        clock: present time.
    """

    def __init__(self, store: Store, handlers: Mapping[str, Handler], clock: Clock) -> None:
        self._store = store
        self._handlers = dict(handlers)
        self._clock = clock

    def run_once(self, limit: int = 10) -> int:
        """Deliver what is due, `limit` tasks at most; return how many were handed over.

        A process that dies between handing over and marking leaves its lease to run out: the task is then handed
        over again, with the same key.
        """
        with self._store.reading() as unit:
            if not unit.outbox.any_due(self._clock()):
                return 0
        return sum(self._deliver(task) for task in once(lambda: self._lease(limit)))

    def _lease(self, limit: int) -> list[Task]:
        with self._store.begin() as unit:
            return list(unit.outbox.due(self._clock(), limit))

    def _deliver(self, task: Task) -> bool:
        handler = self._handlers.get(task.kind)
        if handler is None:
            self._put_back(task, f"no handler for {task.kind}")
            return False
        try:
            handler(task)
        except Exception as error:  # noqa: BLE001 -- whatever a handler meets, the other tasks must go on
            self._put_back(task, type(error).__name__)
            return False
        once(lambda: self._mark(task))
        return True

    def _mark(self, task: Task) -> None:
        with self._store.begin() as unit:
            unit.outbox.done(task.id, self._clock())

    def _put_back(self, task: Task, cause: str) -> None:
        now = self._clock()
        over = now - task.created_at >= _GIVE_UP_AFTER

        def write() -> None:
            with self._store.begin() as unit:
                if over:
                    unit.outbox.abandon(task.id, cause, now)
                else:
                    unit.outbox.failed(task.id, cause, not_before=now + back_off(task.attempts))

        once(write)
        level = logging.ERROR if over else logging.WARNING
        log.log(level, "task failed kind=%s id=%s attempts=%d cause=%s", task.kind, task.id, task.attempts, cause)
