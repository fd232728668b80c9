"""Calls that several threads make at the same time, made by one of them for all.

Waiting for another process and waking up again cost a request as much as half of its own work, and the process that
is asked as much as its answer. So whoever finds nobody under way goes at once; those who come meanwhile wait together,
and when the first is back one of them goes for all. At rest everybody goes alone and at once; the busier a process is,
the more travel together.
"""

import copy
import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

PATIENCE: Final = 0.05
"""Seconds after which a call that nobody has taken along goes by itself: something is the matter with who went."""


class _Waiting(Generic[Q, A]):
    """A call that waits. `company` are those that its thread is to go for, itself the first, once it is its turn."""

    __slots__ = ("answer", "asked", "called", "company", "error")

    def __init__(self, asked: Q) -> None:
        self.asked: Final = asked
        self.called: Final = threading.Lock()
        self.called.acquire()
        self.company: list[_Waiting[Q, A]] | None = None
        self.answer: A | None = None
        self.error: BaseException | None = None


class Together(Generic[Q, A]):
    """Makes calls. Thread-safe.

    Args:
        go: makes some calls in one exchange and returns an answer for each, or raises for all.
        alone: makes one.
        patience: seconds that a call waits to be taken along.
    """

    def __init__(
        self, go: Callable[[Sequence[Q]], Sequence[A]], alone: Callable[[Q], A], patience: float = PATIENCE
    ) -> None:
        self._go = go
        self._alone = alone
        self._patience = patience
        self._turn = threading.Lock()
        self._away = False
        self._queue: list[_Waiting[Q, A]] = []

    def __call__(self, asked: Q) -> A:
        """Make a call, or have it made. An error of who went for it is raised here too, as one of its own."""
        with self._turn:
            if self._away:
                mine = _Waiting[Q, A](asked)
                self._queue.append(mine)
            else:
                self._away, mine = True, None
        if mine is None:
            try:
                return self._alone(asked)
            finally:
                self._back()
        if not mine.called.acquire(timeout=self._patience):
            if self._withdrawn(mine):
                return self._alone(asked)
            mine.called.acquire()
        if mine.company is not None:
            return self._lead(mine.company)
        if mine.error is not None:
            raise copy.copy(mine.error) from mine.error
        return mine.answer  # type: ignore[return-value]  # there is one where there is no error

    def _withdrawn(self, mine: _Waiting[Q, A]) -> bool:
        """Leave the queue; False where somebody has gone for this call, or it is its turn to go."""
        with self._turn:
            if mine in self._queue:
                self._queue.remove(mine)
                return True
        return False

    def _lead(self, company: "list[_Waiting[Q, A]]") -> A:
        """Go for some, of whom the first is this thread's own, and call the others when it is back."""
        others = company[1:]
        try:
            answers = self._go([one.asked for one in company]) if others else [self._alone(company[0].asked)]
            for one, answer in zip(company, answers, strict=True):
                one.answer = answer
        except BaseException as error:
            for one in others:
                one.error = error
            raise
        finally:
            self._back()
            for one in others:
                one.called.release()
        return answers[0]

    def _back(self) -> None:
        """Have one of those who wait go for all of them, if there are any."""
        with self._turn:
            company, self._queue = self._queue, []
            self._away = bool(company)
        if company:
            company[0].company = company
            company[0].called.release()
