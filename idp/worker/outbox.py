"""Delivery of the outbox: lease, hand over, mark; at least once, and never twice at the same time.

No more tasks are leased than there are hands, so that a slow one does not use up the lease of those behind it: another
worker would hand these over too.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

from idp import crash_points
from idp.clock import Clock
from idp.metrics.points import DELIVERIES
from idp.store.db import Store, Unit, once
from idp.store.outbox import PATIENCE, Task, Undelivered
from idp.tracing.spans import span

log = logging.getLogger("idp.worker")

Handler = Callable[[Task], bool | None]
"""Hands one task over; any exception means that it was not, and will be tried again. False: there was nothing to do.

`Undelivered` tells why, and for how long. A handler returns within `LEASE`, or another worker begins the same task.
"""

LEASE: Final = 120
"""Seconds for which nobody else is given a task."""

_FIRST_WAIT: Final = 30
_LONGEST_WAIT: Final = 3600
_ALARM_AFTER: Final = 900
"""From this age on, each failure of a task is logged as an error."""


class Trail(Protocol):
    """Keeps an event with the change it tells of (`idp.services.audit`)."""

    def within(
        self, unit: Unit, event: str, *, account_id: str | None = None, outcome: str = "ok", **details: str | int
    ) -> None:
        """Record one event in an open unit."""
        ...


def back_off(attempts: int) -> int:
    """Return the seconds to wait after the `attempts`-th failure: half a minute, doubling to an hour."""
    return min(_LONGEST_WAIT, _FIRST_WAIT << min(max(attempts - 1, 0), 10))


class OutboxDelivery:
    """Hands due tasks to the handler of their kind.

    Args:
        store: where the outbox is.
        handlers: by kind of task.
        clock: present time.
        trail: told of what is given up, in the same transaction.
        kinds: the only kinds of tasks to take; None for all.
        hands: how many tasks are handed over side by side.
    """

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        clock: Clock,
        trail: Trail,
        *,
        kinds: Collection[str] | None = None,
        hands: int = 1,
    ) -> None:
        self._store = store
        self._handlers = dict(handlers)
        self._clock = clock
        self._trail = trail
        self._kinds = kinds
        self._hands = hands

    def run_once(self, limit: int = 10) -> int:
        """Deliver what is due, `limit` rounds at most; return how many tasks were handed over.

        A process that dies between handing over and marking leaves its lease to run out: the task is then handed
        over again, with the same key.
        """
        handed = 0
        for _ in range(limit):
            if not self._any_due():
                break
            handed += self._round(once(self._lease))
        return handed

    def deliver(self, task: Task) -> bool:
        """Hand one leased task over and note how it ended; return whether it was taken."""
        try:
            sent = self._hand_over(task) is not False
        except Undelivered as error:
            self._put_back(task, error.cause, error.patience)
            return False
        except Exception as error:  # noqa: BLE001 -- whatever a handler meets, the other tasks must go on
            self._put_back(task, type(error).__name__, PATIENCE)
            return False
        crash_points.reached("outbox.after_handing_over")
        once(lambda: self._mark(task, _kept(task) if sent and "template" in task.payload else {}))
        DELIVERIES.add(task.kind, "done")
        return True

    def _round(self, tasks: Sequence[Task]) -> int:
        if len(tasks) < 2:
            return sum(map(self.deliver, tasks))
        with ThreadPoolExecutor(len(tasks), "idp-outbox") as hands:
            return sum(hands.map(self.deliver, tasks))

    def _any_due(self) -> bool:
        with self._store.reading() as unit:
            return unit.outbox.any_due(self._clock(), self._kinds)

    def _lease(self) -> list[Task]:
        with self._store.begin() as unit:
            return list(unit.outbox.due(self._clock(), self._hands, LEASE, self._kinds))

    def _hand_over(self, task: Task) -> bool | None:
        handler = self._handlers.get(task.kind)
        if handler is None:
            raise Undelivered("no_handler")
        if self._clock() >= _good_until(task.payload):
            raise Undelivered("too_late", patience=0)
        with span(f"deliver {task.kind}", "consumer"):
            return handler(task)

    def _mark(self, task: Task, kept: Mapping[str, str]) -> None:
        with self._store.begin() as unit:
            unit.outbox.done(task.id, self._clock(), kept)

    def _put_back(self, task: Task, cause: str, patience: int) -> None:
        age = self._clock() - task.created_at
        over = age >= patience
        once(lambda: self._give_up(task, cause) if over else self._try_later(task, cause))
        level = logging.ERROR if over or age >= _ALARM_AFTER else logging.WARNING
        word = "given up" if over else "failed"
        DELIVERIES.add(task.kind, word)
        log.log(level, "task %s kind=%s id=%s attempts=%d cause=%s", word, task.kind, task.id, task.attempts, cause)

    def _try_later(self, task: Task, cause: str) -> None:
        with self._store.begin() as unit:
            unit.outbox.failed(task.id, cause, not_before=self._clock() + back_off(task.attempts))

    def _give_up(self, task: Task, cause: str) -> None:
        account_id = task.payload.get("account_id")
        template = {"template": str(task.payload["template"])} if "template" in task.payload else {}
        with self._store.begin() as unit:
            unit.outbox.abandon(task.id, cause, self._clock(), _kept(task))
            self._trail.within(
                unit,
                "undelivered",
                account_id=account_id,
                outcome=cause[:64],
                reference=task.id,
                kind=task.kind,
                attempts=task.attempts,
                **template,
            )


def _good_until(payload: Mapping[str, Any]) -> float:
    """Return the time from which a task is worth nothing to whoever receives it; never, for most."""
    return float(payload.get("good_until", "inf"))


def _kept(task: Task) -> dict[str, str]:
    """Return what stays to be read of a task that is over: whose message it was, and which; nothing that it said."""
    return {name: str(task.payload[name]) for name in ("account_id", "template") if task.payload.get(name)}
