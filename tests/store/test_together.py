"""Calls of several threads, made by one of them for all."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from idp.store.together import Together


class Partner:
    """Somebody who is asked: doubles numbers, each exchange as soon as it may."""

    def __init__(self) -> None:
        self.alone: list[int] = []
        self.for_all: list[list[int]] = []
        self.held: dict[int, threading.Event] = {}
        self.there = threading.Semaphore(0)
        self.fault: BaseException | None = None

    def ask(self, number: int) -> int:
        """Answer one."""
        self.alone.append(number)
        self.there.release()
        self.held.get(number, _OPEN).wait(10)
        return 2 * number

    def ask_all(self, numbers: Sequence[int]) -> list[int]:
        """Answer several."""
        self.for_all.append(list(numbers))
        if self.fault is not None:
            raise self.fault
        return [2 * number for number in numbers]


_OPEN = threading.Event()
_OPEN.set()


@contextmanager
def under_way(partner: Partner, together: "Together[int, int]") -> Iterator[Callable[[int], Future[int]]]:
    """Have one exchange under way, of 0, while the block runs; yield what makes another call wait for it."""
    partner.held[0] = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(together, 0)
        assert partner.there.acquire(timeout=10)

        def call(number: int) -> Future[int]:
            waiting = len(together._queue)
            future = pool.submit(together, number)
            while len(together._queue) == waiting and not future.done():
                time.sleep(0.001)
            return future

        try:
            yield call
        finally:
            partner.held[0].set()
    assert first.result() == 0


def test_who_finds_nobody_under_way_goes_alone() -> None:
    """And at once; so does the next one."""
    partner = Partner()
    together = Together(partner.ask_all, partner.ask)
    assert [2, 4] == [together(1), together(2)]
    assert ([1, 2], []) == (partner.alone, partner.for_all)


def test_who_comes_meanwhile_travels_together() -> None:
    """In one exchange, each with its own answer; afterwards nobody is under way."""
    partner = Partner()
    together = Together(partner.ask_all, partner.ask, patience=10)
    with under_way(partner, together) as call:
        answers = [call(number) for number in (1, 2, 3)]
        assert not any(answer.done() for answer in answers)
    assert [2, 4, 6] == [answer.result() for answer in answers]
    assert [[1, 2, 3]] == partner.for_all
    assert together(4) == 8
    assert [0, 4] == partner.alone


def test_who_comes_meanwhile_alone_goes_alone() -> None:
    """By the simpler way."""
    partner = Partner()
    together = Together(partner.ask_all, partner.ask, patience=10)
    with under_way(partner, together) as call:
        answer = call(1)
    assert answer.result() == 2
    assert ([0, 1], []) == (partner.alone, partner.for_all)


def test_what_goes_wrong_is_told_to_all() -> None:
    """To each as an error of its own kind; the next one goes as ever."""
    partner = Partner()
    together = Together(partner.ask_all, partner.ask, patience=10)
    partner.fault = ConnectionResetError(104, "gone")
    with under_way(partner, together) as call:
        answers = [call(number) for number in (1, 2)]
    errors = [answer.exception() for answer in answers]
    assert all(isinstance(error, ConnectionResetError) and error.errno == 104 for error in errors)
    assert errors[0] is not errors[1]
    assert together(3) == 6


def test_nobody_waits_for_one_who_does_not_come_back() -> None:
    """Who has waited too long goes by itself, and is not taken along afterwards."""
    partner = Partner()
    together = Together(partner.ask_all, partner.ask, patience=0.02)
    with under_way(partner, together) as call:
        assert call(1).result(timeout=10) == 2
        assert call(2).result(timeout=10) == 4
    assert [] == partner.for_all
    assert [0, 1, 2] == partner.alone
    assert together(3) == 6


def test_an_end_of_the_thread_leaves_nobody_behind() -> None:
    """Whoever goes for others and is ended says so, and those who came meanwhile go."""
    partner = Partner()
    together = Together(partner.ask_all, partner.ask, patience=10)
    partner.fault = SystemExit()
    with under_way(partner, together) as call:
        answers = [call(number) for number in (1, 2)]
    for answer in answers:
        with pytest.raises(SystemExit):
            answer.result()
    assert together(3) == 6


def test_many_threads_get_their_own_answers() -> None:
    """However they meet."""

    def slow(number: int) -> int:
        time.sleep(0.0005)
        return 2 * number

    def all_slow(numbers: Sequence[int]) -> list[int]:
        time.sleep(0.0005)
        return [2 * number for number in numbers]

    together = Together(all_slow, slow)
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(together, range(3000)))
    assert found == [2 * number for number in range(3000)]
    assert not together._queue
