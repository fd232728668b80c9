"""The worker itself: a thread beside the server, or the foreground of `idp worker`."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from idp.clock import Clock
from idp.protocol.errors import Unavailable
from idp.records import dataclass

log = logging.getLogger("idp.worker")

T = TypeVar("T")

_IDLE: Final = 1.0
_BREATH: Final = 0.2
"""Between two turns of a chore that is not done: whoever serves beside it comes first."""
_AFTER_FAULT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every so many seconds; `more` says whether it left some for the next turn, shortly after."""

    name: str
    every: int
    run: Callable[[], object]
    more: Callable[[], bool] = lambda: False


class Worker:
    """Delivers the outbox and does chores until told to stop. Start it once.

    Args:
        deliver: hands over what is due and returns how many tasks that was.
        chores: purges, the key tick; a chore that fails is logged and tried again at its next time.
        clock: present time.
        apart: further deliveries, each in a thread of its own beside this one, so that none waits for another's
            partners.
    """

    def __init__(
        self,
        deliver: Callable[[], int],
        chores: Sequence[Chore],
        clock: Clock,
        *,
        apart: Sequence[Callable[[], int]] = (),
    ) -> None:
        self._deliver = deliver
        self._apart = tuple(Worker(one, (), clock) for one in apart)
        self._chores = tuple(chores)
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._next = dict.fromkeys((chore.name for chore in chores), 0)

    def start(self) -> None:
        """Start in a thread that does not keep the process alive."""
        self._thread = threading.Thread(target=self.run, name="idp-worker", daemon=True)
        self._thread.start()
        for one in self._apart:
            one.start()

    def stop(self, seconds: float = 10) -> None:
        """Ask to stop and wait for the task in hand, `seconds` at most."""
        self._stopping.set()
        for one in self._apart:
            one.stop(seconds)
        if self._thread is not None:
            self._thread.join(seconds)

    def run(self) -> None:
        """Work until `stop`, in this thread."""
        while not self._stopping.is_set():
            self._stopping.wait(self.turn())

    def turn(self) -> float:
        """Do what is due once; return the seconds to rest."""
        delivered = self._guarded("outbox", self._deliver)
        now, rest = self._clock(), _IDLE
        for chore in self._chores:
            if now >= self._next[chore.name] and not self._stopping.is_set():
                self._next[chore.name] = now + chore.every
                self._guarded(chore.name, chore.run)
                if chore.more():
                    self._next[chore.name], rest = now, _BREATH
        if delivered is None:
            return _AFTER_FAULT
        return 0 if delivered else rest

    def _guarded(self, name: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except Unavailable as error:
            log.warning("%s put off: %s", name, error.reason)
        except Exception:
            # A thread that died of one fault would stop all mail without a word.
            log.exception("%s failed", name)
        return None
