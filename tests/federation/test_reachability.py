"""Whether an upstream answers, asked before a person is sent there."""

import threading

import pytest

from federation.reachability import EVERY, Reachability
from federation.upstream_errors import UpstreamDown
from tests.support.stores import Clock


class Host:
    """A host that a test switches off; counts how often it is asked."""

    def __init__(self) -> None:
        self.up = True
        self.asked = 0

    def touch(self) -> None:
        """Answer, or not."""
        self.asked += 1
        if not self.up:
            raise UpstreamDown("fetch:ConnectionError")


@pytest.fixture
def clock() -> Clock:
    """The time of the test."""
    return Clock()


@pytest.fixture
def host() -> Host:
    """A host that is up."""
    return Host()


def test_an_answer_is_believed_for_a_while(host: Host, clock: Clock) -> None:
    """Within the span nobody is asked again, whatever the answer was; after it, one question."""
    reachable = Reachability(host.touch, clock)
    assert reachable()
    host.up = False
    clock.forward(EVERY - 1)
    assert reachable()
    clock.forward(1)
    assert not reachable()
    host.up = True
    assert not reachable()
    clock.forward(EVERY)
    assert reachable()
    assert 3 == host.asked


@pytest.mark.parametrize("asked_before", [True, False], ids=["later", "at the start"])
def test_one_asks_while_the_others_go_on(clock: Clock, asked_before: bool) -> None:
    """A host that hangs holds one person up, not everybody; at the start of a process neither."""
    hanging, let_go, hangs = threading.Event(), threading.Event(), [False]

    def touch() -> None:
        if hangs[0]:
            hanging.set()
            let_go.wait(5)

    reachable = Reachability(touch, clock)
    if asked_before:
        assert reachable()
        clock.forward(EVERY)
    hangs[0] = True
    waiting = threading.Thread(target=reachable)
    waiting.start()
    assert hanging.wait(5)
    assert reachable()
    let_go.set()
    waiting.join()
