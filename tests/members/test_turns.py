"""Who may wait for a password hash: by the clock of the test."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from idp.members import turns
from idp.members.turns import Full, Turns

MOMENT = 60.0
"""Seconds, so that no machine is too slow."""


@pytest.fixture(autouse=True)
def _long_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOMENT", MOMENT)


class Process:
    """Turns at one thing at a time in a process of eight threads, and threads that come and wait."""

    def __init__(self, threads: int = 8, at_once: int = 1) -> None:
        self.now = 100.0
        self.turns = Turns(at_once, threads, 60.0, lambda: self.now)
        self.ends = threading.Semaphore(0)
        self.threads: list[threading.Thread] = []

    def come(self, many: int) -> int:
        """Have so many come, one after another; return how many hold a thread then."""
        for _ in range(many):
            inside = self.turns._inside
            thread = threading.Thread(target=self._have)
            thread.start()
            while thread.is_alive() and self.turns._inside == inside:
                time.sleep(0.001)
            self.threads.append(thread)
        return self.turns._inside

    def end(self, many: int) -> None:
        """Let so many end, each as soon as it has its turn."""
        before = self.turns._inside
        for _ in range(many):
            self.ends.release()
        while self.turns._inside > before - many:
            time.sleep(0.001)

    def _have(self) -> None:
        try:
            with self.turns.turn():
                assert self.ends.acquire(timeout=60)
        except Full:
            return


@contextmanager
def process(threads: int = 8, takes: float = 0.01) -> Iterator[Process]:
    """A process whose hashes were seen to take such a part of the moment."""
    made = Process(threads)
    made.turns._takes = takes * MOMENT
    try:
        yield made
    finally:
        made.end(made.turns._inside)
        for thread in made.threads:
            thread.join(60)


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (2, 1), (3, 2), (4, 3), (8, 7), (16, 15)])
def test_all_but_the_last_thread_may_wait(threads: int, most: int) -> None:
    """Never the last, but where there is only one."""
    with process(threads) as one:
        assert most == one.come(threads + 2)


@pytest.mark.parametrize(("takes", "inside"), [(0.0, 7), (0.01, 7), (0.2, 5), (0.25, 4), (2.0, 4)])
def test_who_would_wait_too_long_is_told_at_once(takes: float, inside: int) -> None:
    """Beyond half of the threads, by the part of the moment that a hash takes on this machine."""
    with process(takes=takes) as one:
        assert inside == one.come(9)


def test_a_storm_that_lasts_holds_half() -> None:
    """After the moment nobody comes in beyond half, though some leave; after a rest all is as before."""
    with process() as one:
        assert 7 == one.come(8)
        one.now += MOMENT
        one.end(4)
        assert 4 == one.come(5)
        one.end(1)
        assert 4 == one.come(5)
        one.end(4)
        one.now += MOMENT
        assert 7 == one.come(8)


def test_storms_that_let_up_for_an_instant_are_one() -> None:
    """Who comes in bursts, each as soon as the last is through, holds no more than who comes all the time."""
    with process() as one:
        assert 7 == one.come(7)
        for _ in range(3):
            one.now += MOMENT / 2
            one.end(one.turns._inside)
            one.now += MOMENT / 2
            assert 4 == one.come(7)
        one.end(4)
        one.now += MOMENT
        assert 7 == one.come(7)


def test_a_rest_is_one_though_some_come() -> None:
    """Who waits within half of the threads does not make the storm last."""
    with process() as one:
        assert 7 == one.come(7)
        one.end(7)
        one.now += MOMENT / 2
        assert 4 == one.come(4)
        one.end(4)
        one.now += MOMENT / 2
        assert 7 == one.come(7)


def test_what_a_hash_takes_is_learnt() -> None:
    """The first is believed, the later ones change it a little each."""
    one = Process()
    for spent, known in ((0.8, 0.8), (0.0, 0.7), (0.7, 0.7)):
        with one.turns.turn():
            one.now += spent
        assert known == pytest.approx(one.turns._takes)


def test_nobody_is_overtaken() -> None:
    """Who comes when a turn is over waits behind those who waited before."""
    one, order = Process(), list[str]()

    def waits(name: str) -> None:
        with one.turns.turn():
            order.append(name)

    with one.turns.turn():
        waiting = [threading.Thread(target=waits, args=(name,)) for name in ("first", "second")]
        for thread in waiting:
            many = len(one.turns._waiting)
            thread.start()
            while many == len(one.turns._waiting):
                time.sleep(0.001)
    waits("last")
    for thread in waiting:
        thread.join(60)
    assert ["first", "second", "last"] == order


def test_a_turn_that_came_too_late_goes_to_the_next() -> None:
    """Who gave up waits no more: the turn is there for whoever comes."""
    one = Turns(1, 8, 0.01)
    with one.turn(), pytest.raises(Full), one.turn():
        pass
    with one.turn():
        assert not one._waiting


def test_the_wait_is_told() -> None:
    """And a turn that fails is over like any other."""
    one = Process()
    with pytest.raises(KeyError), one.turns.turn() as waited:
        raise KeyError
    assert 0.0 == waited
    assert 0 == one.turns._inside


def test_two_at_a_time() -> None:
    """As many may enter as have their turn at once, whatever the threads."""
    one = Process(threads=1, at_once=2)
    with ExitStack() as stack:
        stack.enter_context(one.turns.turn())
        stack.enter_context(one.turns.turn())
        with pytest.raises(Full):
            stack.enter_context(one.turns.turn())
