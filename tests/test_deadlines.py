"""Deadlines that one thread watches."""

import os
import threading
import time

import pytest

from idp.deadlines import Deadlines


def test_each_is_kept_in_its_order_and_a_cancelled_one_is_not() -> None:
    """Whatever the order in which they came; one thread watches them all."""
    deadlines, done, last = Deadlines(), list[int](), threading.Event()
    began, threads = time.monotonic(), threading.active_count()
    deadlines.after(0.3, last.set)
    deadlines.after(0.2, lambda: done.append(2))
    deadlines.after(0.15, lambda: done.append(0)).cancel()
    deadlines.after(0.1, lambda: done.append(1))
    assert threads + 1 == threading.active_count()
    assert last.wait(10)
    assert [1, 2] == done
    assert time.monotonic() - began >= 0.3


def test_one_that_comes_after_a_rest_is_kept_too() -> None:
    """The thread waits for nothing in particular meanwhile."""
    deadlines = Deadlines()
    for _ in range(2):
        reached = threading.Event()
        deadlines.after(0.01, reached.set)
        assert reached.wait(10)


def test_a_process_that_was_divided_keeps_its_own() -> None:
    """The child has none of its parent's, and a thread of its own for those that it makes."""
    deadlines, parents = Deadlines(), threading.Event()
    deadlines.after(0.5, parents.set)
    child = os.fork()
    if not child:
        reached = threading.Event()
        deadlines.after(0.01, reached.set)
        kept = reached.wait(10) and not parents.wait(1)
        os._exit(0 if kept else 1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert parents.wait(10)


def test_one_that_fails_ends_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is told in the log; those that come after it are kept."""
    deadlines, reached = Deadlines(), threading.Event()

    def fails() -> None:
        raise ValueError

    deadlines.after(0.0, fails)
    deadlines.after(0.01, reached.set)
    assert reached.wait(10)
    assert ["a deadline was not kept"] == [record.message for record in caplog.records]
